"""The emulator of AWS: real signatures, real policies, function processes; all on one loopback port."""

import os
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from local.child import Child
from local.credentials import ACCOUNT, REGION, ROOT_USER
from local.errors import LocalError
from local.layout import EMULATOR, RunFolder
from local.memory import folder_in_memory

START_SECONDS: Final = 60.0  # 0.2 s on an idle machine; a busy CI runner takes its time


class Emulator:
    """A running emulator. ``more`` are variables that its process gets besides."""

    def __init__(self, folder: RunFolder, port: int, more: Mapping[str, str] | None = None) -> None:
        self.url = f"http://127.0.0.1:{port}"
        folder.emulator_state.mkdir(parents=True, exist_ok=True)
        self._temporary = folder_in_memory(folder.emulator_temporary)
        environment = _environment(folder, port, self._temporary) | dict(more or {})
        self.process = Child("the emulator", [EMULATOR], environment, folder.log("emulator"))

    def wait_until_ready(self) -> None:
        until = time.monotonic() + START_SECONDS
        while not self._answers():
            self.process.check()
            if time.monotonic() > until:
                raise LocalError(f"the emulator did not answer within {START_SECONDS:.0f} s; see {self.process.log}")
            time.sleep(0.1)

    def stop(self) -> None:
        self.process.stop()
        shutil.rmtree(self._temporary, ignore_errors=True)

    def path_url(self, api_id: str) -> str:
        """The base of an API's URLs. This path form needs no host name that only a special resolver knows."""
        return f"{self.url}/_aws/execute-api/{api_id}"

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/_ministack/ready", timeout=2) as answer:  # noqa: S310 our own http URL
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False


def _environment(folder: RunFolder, port: int, temporary: Path) -> dict[str, str]:
    """Nothing of the caller's environment but the search path: no AWS profile must leak in, nor into functions."""
    return {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": str(temporary),
        "TMPDIR": str(temporary),
        "STATE_DIR": str(folder.emulator_state),
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "AUTH": "true",  # verify signatures, and hold roles and users to their policies
        "AWS_ACCESS_KEY_ID": ROOT_USER.access_key_id,
        "AWS_SECRET_ACCESS_KEY": ROOT_USER.secret_access_key,
        "IOT_MTLS_ENABLED": "0",  # would listen on all addresses
        "SFTP_ENABLED": "0",
        # Each slow moment starts more processes, which unpack and slow it further. Beyond this it refuses, as AWS does.
        "LAMBDA_ACCOUNT_CONCURRENCY": "64",
        "LOG_LEVEL": "WARNING",
    }


def installed() -> bool:
    return Path(EMULATOR).exists()
