"""What an edge holds while a login waits: a ticket that only the backend can read, and only for the edge that asked.

It is sealed, so an edge can neither make nor change one; it names the role that may ask with it, so a ticket that leaks
to another edge is of no use there; and it ends.
"""

from dataclasses import dataclass, field
from typing import Final

from mfa.contract import fields
from mfa.contract.credentials import MsChap2Success
from mfa.contract.errors import ContractError
from mfa.contract.login import LOGIN_ID_OCTETS, NONCE_OCTETS
from mfa.domain.login_replay import MAX_REPLAY_WINDOW_SECONDS
from mfa.domain.sealing import Sealed
from mfa.errors import SealBrokenError
from mfa.ports import Vault

_CONTEXT: Final = b"poll-ticket|v1"
GOOD_AFTER_THE_END_SECONDS: Final = MAX_REPLAY_WINDOW_SECONDS  # the outcome may still be asked for, not for ever


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """``login_id`` and ``nonce`` are those of the LoginRequest that waits: the answer must echo them. ``transaction``
    is the login that is asked about, which another packet may have begun. ``ms_chap`` is what an Accept of this packet
    must show under MS-CHAPv2. ``expires_at`` in Unix seconds."""

    login_id: bytes
    nonce: bytes = field(repr=False)
    transaction: str
    client: str
    role: str | None
    expires_at: int
    ms_chap: MsChap2Success | None = field(default=None, repr=False)


class Tickets:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def seal(self, ticket: Ticket) -> str:
        content: dict[str, object] = {
            "login_id": fields.base64url(ticket.login_id),
            "nonce": fields.base64url(ticket.nonce),
            "transaction": ticket.transaction,
            "client": ticket.client,
            "role": ticket.role,
            "expires_at": ticket.expires_at,
        }
        if ticket.ms_chap is not None:
            content["ms_chap"] = ticket.ms_chap.to_message()
        sealed = self._vault.seal(fields.encode_object(content), _CONTEXT)
        return f"{sealed.key_version}.{fields.base64url(sealed.octets)}"

    def open(self, text: str) -> Ticket | None:
        """None if it is none of ours. Raises UnavailableError, so that a fault is not taken for a forgery."""
        try:
            version, _, octets = text.partition(".")
            sealed = Sealed(int(version), fields.octets_of(octets, "ticket", lowest=0, highest=1024))
            return _read(self._vault.open(sealed, _CONTEXT))
        except (ValueError, SealBrokenError):  # ContractError is a ValueError
            return None


def _read(content: bytes) -> Ticket:
    message = fields.decode_object(content)
    role = message.get("role")
    if not (role is None or isinstance(role, str)):
        raise ContractError("role must be a string or null")
    return Ticket(
        login_id=fields.octets(message, "login_id", lowest=LOGIN_ID_OCTETS, highest=LOGIN_ID_OCTETS),
        nonce=fields.octets(message, "nonce", lowest=NONCE_OCTETS, highest=NONCE_OCTETS),
        transaction=fields.text(message, "transaction", max_octets=64),
        client=fields.text(message, "client", max_octets=64),
        role=role,
        expires_at=fields.integer(message, "expires_at", lowest=0, highest=2**40),
        ms_chap=MsChap2Success.optional(message.get("ms_chap")),
    )
