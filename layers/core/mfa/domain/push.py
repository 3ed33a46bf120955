"""Push approval: what a person must do on the phone, how long a prompt may wait, and what a prompt shows.

A login asks one device. What is signed there is in ``device_signatures``; whether a prompt may be sent at all is in
``push_ledger``.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from mfa.domain.sealing import Sealed

UNKNOWN_ADDRESS: Final = "unknown"  # what a prompt shows where the client does not tell the address of the person
PUSH_NONCE_OCTETS: Final = 16


class PushApproval(StrEnum):
    """What approving takes. Each one takes a signature of the device as well."""

    TAP = "tap"
    NUMBER = "number"  # the number that was typed at the login: whoever did not type it cannot know it
    PASSKEY = "passkey"  # a passkey of the device, with user verification


class PushWait(StrEnum):
    """How long a prompt may wait."""

    FIRST_PACKET = "first_packet"  # as long as the client waits for the answer to one packet
    ALL_RETRIES = "all_retries"  # over all packets that it sends: for clients whose retries are known to join


@dataclass(frozen=True, slots=True, kw_only=True)
class PushPrompt:
    """What is asked of a device. ``number`` is sealed and never leaves the backend; None if none was typed. ``nonce``
    is base64url. ``address`` is that of the person's device as the client tells it, or ``unknown``."""

    device_id: str
    nonce: str
    address: str
    approval: PushApproval
    number: Sealed | None = field(default=None, repr=False)

    @property
    def needs_number(self) -> bool:
        """Also where a tap would do: who typed a number wants it compared."""
        return self.number is not None

    @property
    def needs_passkey(self) -> bool:
        return self.approval is PushApproval.PASSKEY


def number_context(login_id: str) -> bytes:
    """The associated data that ties a sealed number to its login."""
    return f"push-number|{login_id}".encode()


def token_context(login_id: str) -> bytes:
    """The same for the task token by which the waiting execution is woken."""
    return f"task-token|{login_id}".encode()
