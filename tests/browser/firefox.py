"""Firefox by Marionette, its own remote protocol: a length, a colon, JSON. It needs no geckodriver.

https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html
"""

import contextlib
import json
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.browser.browsers import FIREFOX
from tests.browser.waiting import wait_for

# Nothing but loopback, no first-run pages, no updates, and a person who has allowed notifications.
_PREFERENCES: Final[Mapping[str, Any]] = {
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
    "network.proxy.no_proxies_on": "localhost,127.0.0.1",
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.aboutwelcome.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "toolkit.telemetry.server": "",
    "permissions.default.desktop-notification": 1,
    "alerts.useSystemBackend": False,  # Firefox draws them itself, where they can be looked at
    # After a click a worker may open a window for a second; on a busy machine it needs longer to hear of the click.
    "dom.disable_open_click_delay": 60_000,
    "dom.webnotifications.disable_open_click_delay": 60_000,
}
_ASYNC: Final = """
  const done = arguments[arguments.length - 1];
  (async (...given) => { %s })(...[...arguments].slice(0, -1))
    .then((value) => done([value ?? null, null]), (error) => done([null, String(error)]));
"""


class FirefoxError(Exception):
    """Raised for what Firefox refuses, or a script throws."""


class Firefox:
    def __init__(self, connection: socket.socket) -> None:
        self._stream = connection.makefile("rwb")
        self._serial = 0
        self._read()  # it greets
        self.command("WebDriver:NewSession", {"capabilities": {"alwaysMatch": {}}})
        self.command("WebDriver:SetTimeouts", {"script": 15_000})

    def command(self, name: str, parameters: Mapping[str, Any] | None = None) -> Any:
        self._serial += 1
        message = json.dumps([0, self._serial, name, parameters or {}]).encode()
        self._stream.write(str(len(message)).encode() + b":" + message)
        self._stream.flush()
        _, _, error, result = self._read()
        if error:
            raise FirefoxError(f"{error['error']}: {error['message']}")
        return result

    def _read(self) -> Any:
        length = b""
        while (octet := self._stream.read(1)) != b":":
            if not octet:
                raise FirefoxError("it is gone")
            length += octet
        return json.loads(self._stream.read(int(length)))

    def open(self, url: str) -> None:
        self.command("WebDriver:Navigate", {"url": url})

    def run(self, script: str, *given: object) -> Any:
        """The body of an async function in the page; its value."""
        answered = self.command("WebDriver:ExecuteAsyncScript", {"script": _ASYNC % script, "args": list(given)})
        if answered["value"] is None:  # the page was left while the script ran: whoever waits looks again
            return None
        value, error = answered["value"]
        if error:
            raise FirefoxError(error)
        return value

    def run_in_browser(self, script: str, *given: object) -> Any:
        """The same in the browser's own window, which may do anything."""
        self.command("Marionette:SetContext", {"value": "chrome"})
        try:
            return self.run(script, *given)
        finally:
            self.command("Marionette:SetContext", {"value": "content"})

    def quit(self) -> None:
        with contextlib.suppress(FirefoxError, OSError):
            self.command("Marionette:Quit", {"flags": ["eForceQuit"]})
        self._stream.close()


@contextmanager
def firefox(preferences: Mapping[str, Any]) -> Iterator[Firefox]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        port = _free_port()
        lines = {**_PREFERENCES, "marionette.port": port, **preferences}
        text = "".join(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in lines.items())
        (Path(profile) / "user.js").write_text(text)
        command = [
            FIREFOX,
            "--no-remote",
            "--headless",
            "--marionette",
            "--remote-allow-system-access",
            "--profile",
            profile,
        ]
        environment = {"HOME": profile, "PATH": "/usr/bin:/bin"}
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            try:
                with wait_for(lambda: _connected(port), seconds=90) as connection:
                    driven = Firefox(connection)
                    yield driven
                    driven.quit()
                process.wait(20)
            finally:
                if process.poll() is None:
                    process.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _connected(port: int) -> socket.socket | None:
    try:
        return socket.create_connection(("127.0.0.1", port), timeout=60)
    except OSError:
        return None
