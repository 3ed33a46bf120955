"""From a backend's answer to a reply: every outcome, every fault, and nothing that becomes an Accept by mistake."""

import pytest

from mfa.contract import LoginResponse, Outcome
from radius_edge.answers import reply_to
from radius_edge.gateway.faults import Fault
from radius_edge.protocol import codes
from radius_edge.protocol.reasons import LocalRejectReason
from tests.fakes.radius_client import attribute


def answer(outcome: Outcome, **members: object) -> LoginResponse:
    return LoginResponse(login_id=bytes(16), nonce=bytes(16), outcome=outcome, **members)  # type: ignore[arg-type]


@pytest.mark.parametrize("fault", Fault)
def test_every_fault_is_a_reject_at_once(fault: Fault) -> None:
    reply = reply_to(fault, proven=True)
    assert reply is not None
    assert (reply.code, reply.attributes, reply.hold_ms) == (codes.ACCESS_REJECT, b"", 0)
    assert reply.reason is not None


@pytest.mark.parametrize(
    ("outcome", "code"),
    [(Outcome.ACCEPT, codes.ACCESS_ACCEPT), (Outcome.REJECT, codes.ACCESS_REJECT), (Outcome.CHALLENGE, 11)],
)
def test_an_outcome_has_its_code(outcome: Outcome, code: int) -> None:
    reply = reply_to(answer(outcome, hold_ms=700), proven=True)
    assert reply is not None
    assert (reply.code, reply.reason) == (code, None)
    assert reply.hold_ms == (700 if outcome is Outcome.REJECT else 0)


def test_drop_is_silence() -> None:
    assert reply_to(answer(Outcome.DROP), proven=True) is None


def test_pending_is_not_understood_yet_and_so_a_reject() -> None:
    reply = reply_to(answer(Outcome.PENDING, ticket="t", poll_after_ms=500), proven=True)
    assert reply is not None
    assert (reply.code, reply.reason) == (codes.ACCESS_REJECT, LocalRejectReason.BAD_BACKEND)


def test_attributes_are_written_by_name() -> None:
    reply = reply_to(
        answer(Outcome.ACCEPT, reply_message="hé", attributes=(("Class", "staff"), ("Filter-Id", "vpn"))), proven=False
    )
    assert reply is not None
    assert reply.attributes == attribute(18, "hé".encode()) + attribute(25, b"staff") + attribute(11, b"vpn")


def test_a_challenge_carries_its_state() -> None:
    reply = reply_to(answer(Outcome.CHALLENGE, reply_message="Code?", state=b"opaque"), proven=True)
    assert reply is not None
    assert reply.attributes == attribute(18, b"Code?") + attribute(24, b"opaque")


@pytest.mark.parametrize(
    "members",
    [
        {"attributes": (("Tunnel-Type", "VLAN"),)},
        {"attributes": (("Class", ""),)},
        {"attributes": (("Class", "x" * 254),)},
        {"attributes": (("Class", "x" * 253),) * 9},
    ],
)
def test_an_accept_that_would_lose_an_attribute_is_a_reject(members: dict[str, object]) -> None:
    reply = reply_to(answer(Outcome.ACCEPT, **members), proven=True)
    assert reply is not None
    assert (reply.code, reply.reason) == (codes.ACCESS_REJECT, LocalRejectReason.REPLY_NOT_ENCODABLE)


def test_a_reject_without_proof_of_its_sender_is_bare() -> None:
    reply = reply_to(answer(Outcome.REJECT, reply_message="no"), proven=False)
    assert reply is not None
    assert reply.attributes == b""
