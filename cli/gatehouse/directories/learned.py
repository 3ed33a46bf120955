"""What the logins of a directory have taught about it: its RADIUS client's profile, which no packet with a wrong secret
can reach. It tells what AWS documents nowhere, and it is there when logs may not be read."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from gatehouse.findings import Finding, ok, warning

_CHECK: Final = "learned"
_VALID: Final = "message-authenticator:valid"
_ABSENT: Final = "message-authenticator:absent"


def learned(profile: Mapping[str, Any], controllers: Sequence[str]) -> Iterator[Finding]:
    """``profile`` as the enrolment API tells it."""
    name, traits = profile["name"], [str(one["trait"]) for one in profile["traits"]]
    if not traits:
        yield warning(_CHECK, f"client {name}: function logins has never read a request of it")
        return
    protocols = " and ".join(_values(traits, "protocol"))
    forms = " and ".join(_values(traits, "user-name"))
    yield ok(_CHECK, f"client {name} has sent {protocols}, with user names of the form {forms}")
    yield _message_authenticator(name, traits, [one for one in controllers if one in profile["pins"]], len(controllers))


def _message_authenticator(name: str, traits: Sequence[str], pinned: Sequence[str], controllers: int) -> Finding:
    if _VALID not in traits:
        return ok(_CHECK, f"client {name} sends no Message-Authenticator: leave it at auto, and at PAP")
    if _ABSENT in traits:
        return ok(_CHECK, f"client {name} has sent requests with Message-Authenticator and without: leave it at auto")
    text = (
        f"client {name} has always sent a Message-Authenticator, {len(pinned)} of {controllers} controllers are pinned"
    )
    return ok(_CHECK, f"{text}: MS-CHAPv2 would be believed")


def _values(traits: Sequence[str], kind: str) -> list[str]:
    return sorted(trait.partition(":")[2] for trait in traits if trait.startswith(f"{kind}:"))
