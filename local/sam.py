"""The environment in which the SAM CLI runs."""

import os

from local.layout import SAM


def sam_environment() -> dict[str, str]:
    """The caller's environment (proxies, certificates, package settings), without an AWS profile, with SAM's own
    Python first: its builder looks for ``python3.13`` with pip on the search path."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    kept["PATH"] = f"{SAM.parent}{os.pathsep}{os.environ.get('PATH', '/usr/bin:/bin')}"
    return kept | {
        "SAM_CLI_TELEMETRY": "0",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }
