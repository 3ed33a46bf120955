"""A RADIUS client for the demonstration: one login, and how it went, as a person would like to read it."""

import io
import time
from dataclasses import dataclass
from typing import Final

import pyotp
from pyrad.client import Client, Timeout
from pyrad.dictionary import Dictionary
from pyrad.packet import AccessAccept, AccessReject

from local.demo_world import CLIENT, DemoUser
from local.edges import Edge
from local.errors import LocalError

_DICTIONARY: Final = (
    "ATTRIBUTE User-Name 1 string\nATTRIBUTE User-Password 2 string\nATTRIBUTE NAS-Identifier 32 string\n"
)
_NAMES: Final = {AccessAccept: "Access-Accept", AccessReject: "Access-Reject"}


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply whose Message-Authenticator was right: without a right one it is never seen here."""

    code: int
    milliseconds: float

    @property
    def accepted(self) -> bool:
        return bool(self.code == AccessAccept)

    @property
    def rejected(self) -> bool:
        return bool(self.code == AccessReject)

    def __str__(self) -> str:
        name = _NAMES.get(self.code, f"code {self.code}")
        return f"{name} after {self.milliseconds:.0f} ms, Message-Authenticator valid"


def log_in(edge: Edge, user: DemoUser, code: str) -> Answer:
    client = Client(
        server=edge.host,
        authport=edge.auth_port,
        secret=CLIENT.edge.secrets[0],
        dict=Dictionary(io.StringIO(_DICTIONARY)),
        timeout=CLIENT.edge.timeout_seconds,
        retries=CLIENT.edge.retries + 1,
        enforce_ma=True,
    )
    request = client.CreateAuthPacket(User_Name=user.username, NAS_Identifier="local")
    request["User-Password"] = request.PwCrypt(code)
    begin = time.monotonic()
    try:
        reply = client.SendPacket(request)
    except Timeout:
        raise LocalError(f"{edge.name} did not answer; see {edge.process.log}") from None
    return Answer(reply.code, (time.monotonic() - begin) * 1000)


def code_of(user: DemoUser) -> str:
    """What the user's authenticator shows now."""
    return pyotp.TOTP(user.totp_secret).now()


def wrong_code_of(user: DemoUser) -> str:
    """A code that is right at no step near the current one."""
    totp, now = pyotp.TOTP(user.totp_secret), int(time.time())
    near = {totp.at(now + steps * totp.interval) for steps in range(-3, 4)}
    return next(code for code in (f"{number:06d}" for number in range(1000)) if code not in near)


def transcript(edge: Edge, user: DemoUser, what: str, answer: Answer) -> str:
    return (
        f"\n  Access-Request  {user.username}, {what}, from RADIUS client {CLIENT.edge.name!r}"
        f" to {edge.host}:{edge.auth_port}\n  {answer}\n"
    )
