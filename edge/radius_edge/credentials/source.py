"""Keeping the gateway supplied with credentials, without ever making a packet wait for them."""

import asyncio
import contextlib
import json
import os
import random
import sys
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from radius_edge.gateway.signing import AwsCredentials
from radius_edge.logs import LogLines

CHILD_SECONDS: Final = 20.0
BEFORE_EXPIRY_SECONDS: Final = 300.0
RETRY_SECONDS: Final = 5.0
LONGEST_SLEEP_SECONDS: Final = 900.0  # however long they say they last: our clock may be wrong, or they be revoked
AFTER_REFUSAL_SECONDS: Final = 30.0  # a refusal is answered by a new look, but not more often than this
MAX_DOCUMENT_OCTETS: Final = 65_536
_IMPORT_ROOT: Final = str(Path(__file__).resolve().parents[2])  # where the child finds this package


class CredentialsError(Exception):
    """Raised when none were found. The text is for the log and holds no secret."""


def static_credentials(environ: Mapping[str, str]) -> AwsCredentials | None:
    """What the environment holds, if it holds a key and its secret."""
    key, secret = environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY")
    if not key or not secret:
        return None
    token = environ.get("AWS_SESSION_TOKEN") or None
    return AwsCredentials(access_key_id=key, secret_access_key=secret, session_token=token)


def read_document(octets: bytes) -> AwsCredentials:
    """A credential_process document, version 1; raise CredentialsError."""
    try:
        document = json.loads(octets)
        if document["Version"] != 1:
            raise CredentialsError("the credentials document has an unknown version")
        expiration = document.get("Expiration")
        expires_at = datetime.fromisoformat(expiration).timestamp() if expiration else None
        return AwsCredentials(
            access_key_id=str(document["AccessKeyId"]),
            secret_access_key=str(document["SecretAccessKey"]),
            session_token=str(document["SessionToken"]) if document.get("SessionToken") else None,
            expires_at=expires_at,
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise CredentialsError("the credentials document is not what it should be") from None


async def credentials_of_child() -> AwsCredentials:
    """Run the child; raise CredentialsError if it finds nothing in time."""
    path = os.pathsep.join(part for part in (_IMPORT_ROOT, os.environ.get("PYTHONPATH", "")) if part)
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "radius_edge.credentials",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
    )
    try:
        async with asyncio.timeout(CHILD_SECONDS):
            octets, complaint = await child.communicate()
    except TimeoutError:
        raise CredentialsError("looking for AWS credentials took too long") from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode != 0 or len(octets) > MAX_DOCUMENT_OCTETS:
        last_line = complaint.decode(errors="replace").strip().splitlines()[-1:]
        raise CredentialsError(last_line[0][:300] if last_line else "the credentials program failed")
    return read_document(octets)


class CredentialsKeeper:
    """Hands fresh credentials to ``use``, well before the old ones end; keeps the old ones while they last.

    ``now`` is the API's time as far as it is known, in Unix seconds; ``broken`` hears of errors of ours.
    """

    def __init__(
        self,
        use: Callable[[AwsCredentials | None], None],
        log: LogLines,
        broken: Callable[[str, Exception], None],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._use = use
        self._log = log
        self._broken = broken
        self._now = now
        self._current: AwsCredentials | None = None
        self._refused = asyncio.Event()

    def refused(self) -> None:
        """The API did not take a signature: what we have may have ended early."""
        self._refused.set()

    async def run(self) -> None:
        """Never ends by itself, whatever goes wrong."""
        while True:
            seconds = await self._renew()
            least = min(seconds, AFTER_REFUSAL_SECONDS)
            await asyncio.sleep(least)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds - least):
                    await self._refused.wait()
            self._refused.clear()

    async def _renew(self) -> float:
        """Seconds until the next look."""
        try:
            self._take(await credentials_of_child())
        except CredentialsError as error:
            self._log.write("credentials_missing", error=str(error), kept_previous=self._keep_while_valid())
        except Exception as error:  # noqa: BLE001 - no more processes, no more descriptors: that may pass
            self._broken("credentials", error)
            self._keep_while_valid()
        else:
            return self._seconds_until_refresh()
        return RETRY_SECONDS * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load

    def _take(self, credentials: AwsCredentials) -> None:
        if credentials != self._current:
            self._log.write("credentials_loaded", access_key_id=credentials.access_key_id)
        self._current = credentials
        self._use(credentials)

    def _keep_while_valid(self) -> bool:
        current = self._current
        if current is not None and current.expires_at is not None and current.expires_at <= self._now():
            self._current = None
            self._use(None)
        return self._current is not None

    def _seconds_until_refresh(self) -> float:
        expires_at = self._current.expires_at if self._current else None
        if expires_at is None:
            return LONGEST_SLEEP_SECONDS
        spread = random.uniform(0, 60)  # noqa: S311 - so that a fleet does not ask at once
        left = expires_at - self._now() - BEFORE_EXPIRY_SECONDS - spread
        return min(max(AFTER_REFUSAL_SECONDS, left), LONGEST_SLEEP_SECONDS)
