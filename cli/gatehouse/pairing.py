"""Devices of this terminal. An enrolment code becomes a session, the session takes a public key.

Whoever imports this loads ``cryptography``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gatehouse.deployment import Target
from gatehouse.device_api import DeviceApi
from gatehouse.device_keys import DeviceKey, KeyFile
from gatehouse.device_signatures import base64url, pairing_octets
from gatehouse.enrollment_api import EnrollmentApi
from gatehouse.errors import CommandError


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedDevice:
    """``answer`` is what the server said of it: device_id, name, position, vapid_public_key, user."""

    target: Target
    key: DeviceKey
    answer: dict[str, Any]

    @property
    def device_id(self) -> str:
        return str(self.answer["device_id"])

    @property
    def api(self) -> DeviceApi:
        return DeviceApi(self.target, self.device_id, self.key)

    @property
    def key_file(self) -> KeyFile:
        return KeyFile(url=self.target.url, device_id=self.device_id, key=self.key)


def pair(target: Target, code: str, name: str) -> PairedDevice:
    """With a new key. The signature proves to the server that whoever pairs it has the private half."""
    api, key = EnrollmentApi(target), DeviceKey.new()
    session = api.open_session(code)
    token = str(session["token"])
    try:
        signature = key.sign(pairing_octets(token, key.public, name))
        fields = {"name": name, "public_key": base64url(key.public), "signature": signature}
        return PairedDevice(target=target, key=key, answer=api.pair_device(token, fields))
    finally:
        _end(api, token)


@contextmanager
def paired_for_now(target: Target, user: str, realm: str | None, name: str) -> Iterator[DeviceApi]:
    """A new device of that user, by an administrator's right. A user has few places for devices: it gives its own back
    at the end of the block."""
    api = EnrollmentApi(target)
    paired = pair(target, api.issue_code(user, realm, None)["code"], name)
    try:
        yield paired.api
    finally:
        api.remove_device(user, realm, paired.device_id)


def kept(path: Path, target: Target | None) -> DeviceApi:
    """The device of a key file, where it was paired unless ``target`` says where that is now."""
    found = KeyFile.load(path)
    return DeviceApi(target or Target(found.url), found.device_id, found.key)


def check_free(path: Path) -> None:
    """Before a code is used up for a key that could not be kept."""
    if path.exists():
        text = f"{path} is there already; give another --key-file, or remove that device first"
        raise CommandError("key-file", text)
    if not path.parent.is_dir():
        raise CommandError("key-file", f"the folder {path.parent} is not there")


def _end(api: EnrollmentApi, token: str) -> None:
    """The session ends by itself soon: a failure here must not hide what happened before."""
    try:
        api.end_session(token)
    except CommandError:
        return
