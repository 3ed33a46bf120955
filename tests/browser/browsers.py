"""Debian's browsers, started so that they reach nothing but loopback."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, BrowserType

CHROMIUM: Final = Path("/usr/bin/chromium")
FIREFOX: Final = Path("/usr/bin/firefox-esr")

PHONE: Final[Mapping[str, Any]] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 1,
    "is_mobile": True,
    "has_touch": True,
    "reduced_motion": "reduce",
    "locale": "en-GB",
    "timezone_id": "Europe/Berlin",
}

FLAGS: Final = (
    "--no-sandbox",  # tests run as root in containers
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)


def launched(chromium: BrowserType, environment: Mapping[str, str] | None = None) -> Browser:
    return chromium.launch(
        executable_path=CHROMIUM, args=list(FLAGS), env={**os.environ, **(environment or {})}, chromium_sandbox=False
    )
