"""One login on its way: the packet that waits, the question to the backend, the reply that may have to be held.

    asked ──► pending ──► decided ──► held (a Reject that must not come too early) ──► sent
      │          │                      │
      └──────────┴──────────────────────┴──► shed or dropped: no reply, ever

A login ends once; whatever arrives after that is ignored.
"""

from dataclasses import dataclass
from typing import Protocol

from mfa.contract import LoginResponse, MsChap2Success, Outcome
from mfa.contract.fields import base64url
from radius_edge.backend import trace_id
from radius_edge.clients import Sender
from radius_edge.gateway.exchange import Exchange
from radius_edge.gateway.faults import Fault
from radius_edge.protocol import attributes as attr
from radius_edge.protocol.access_request import Ask, RejectNow
from radius_edge.protocol.duplicates import Address, Entry
from radius_edge.protocol.ms_chap import MsChapIdent
from radius_edge.protocol.reasons import LocalRejectReason
from radius_edge.protocol.shared_secret import SharedSecret
from radius_edge.reception import Arrival
from radius_edge.sockets import UdpPort

type LoginAnswer = LoginResponse | Fault


@dataclass(slots=True)
class Reply:
    """A decided answer, not yet written. ``reason`` is set if the edge made it itself.

    ``needed`` and ``attributes`` are written attributes; only the latter may give way where there is no room.
    ``upstream`` names the old server whose answer this is; then all that the protocol needs is in ``needed`` already.
    """

    code: int
    outcome: Outcome
    needed: bytes = b""
    attributes: bytes = b""
    ms_chap: MsChap2Success | None = None
    reason: LocalRejectReason | None = None
    hold_ms: int = 0
    upstream: str = ""


class PacketInWait:
    """What is needed of an Access-Request to answer it later. Every packet gets a reply of its own."""

    __slots__ = (
        "address",
        "arrived_at",
        "authenticator",
        "entry",
        "identifier",
        "ms_chap",
        "port",
        "proven",
        "proxy_states",
    )

    def __init__(self, arrival: Arrival, entry: Entry, ms_chap: MsChapIdent | None) -> None:
        packet = arrival.packet
        self.address: Address = arrival.address
        self.port: UdpPort = arrival.port
        self.arrived_at = arrival.at
        self.entry = entry
        self.identifier = packet.identifier
        self.authenticator = packet.authenticator
        self.ms_chap = ms_chap
        self.proven = packet.message_authenticator_at > 0
        self.proxy_states = packet.written(attr.PROXY_STATE) if attr.PROXY_STATE in packet.kinds else b""


class LoginEnds(Protocol):
    """Who is told when a login has an answer, and when its time has come: to be asked about, or to be answered."""

    def decided(self, login: "Login", answer: LoginAnswer) -> None: ...
    def due(self, login: "Login", now: float) -> None: ...


class Login:
    """``tick`` belongs to the table of deadlines while it is pending or its reply is held.

    ``ticket`` is not None exactly while it is pending; ``nonce`` and ``poll_after`` come with it.
    """

    __slots__ = (
        "_ends",
        "done",
        "login_id",
        "login_id_text",
        "message_authenticator",
        "nonce",
        "packet",
        "poll_after",
        "question",
        "reply",
        "secret",
        "sender",
        "tick",
        "ticket",
        "trace_id",
        "user_name",
    )

    def __init__(
        self, ends: LoginEnds, arrival: Arrival, decision: Ask | RejectNow, login_id: bytes, entry: Entry
    ) -> None:
        self._ends = ends
        self.sender: Sender = arrival.sender
        self.secret: SharedSecret = decision.secret
        self.user_name = decision.user_name or ""
        self.message_authenticator = decision.message_authenticator
        self.login_id = login_id
        self.login_id_text = self.trace_id = ""
        self.packet = PacketInWait(arrival, entry, decision.ms_chap if isinstance(decision, Ask) else None)
        self.question: Exchange | None = None
        self.reply: Reply | None = None
        self.done = False
        self.ticket: str | None = None
        self.nonce = b""
        self.poll_after = 0.0
        self.tick = -1

    @property
    def patience_ends(self) -> float:
        return self.packet.arrived_at + self.sender.client.patience

    def write_ids(self) -> None:
        """As text, for the question and for the log line; the thousands that are pending do without."""
        if not self.trace_id:
            self.login_id_text = base64url(self.login_id)
            self.trace_id = trace_id(self.login_id, self.packet.arrived_at)

    def forget_written_ids(self) -> None:
        self.login_id_text = self.trace_id = ""

    def answered(self, answer: LoginAnswer) -> None:
        if not self.done:
            self._ends.decided(self, answer)

    def due(self, now: float) -> None:
        if not self.done:
            self._ends.due(self, now)
