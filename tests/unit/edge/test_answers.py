"""From a backend's answer to a reply: every outcome, every fault, and nothing that becomes an Accept by mistake."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfa.contract import LoginResponse, MsChap2Success, Outcome
from radius_edge.answers import reply_to, written
from radius_edge.gateway.faults import Fault
from radius_edge.login import PacketInWait, Reply
from radius_edge.protocol import codes
from radius_edge.protocol.duplicates import Entry
from radius_edge.protocol.mppe import read_key
from radius_edge.protocol.ms_chap import MsChapIdent
from radius_edge.protocol.packet import read_packet
from radius_edge.protocol.reasons import LocalRejectReason
from radius_edge.protocol.shared_secret import SharedSecret
from radius_edge.protocol.vendor import vendor_attributes
from radius_edge.reply_attributes import ReplyAttributes
from tests.fakes.edge_configuration import SECRET
from tests.fakes.radius_client import access_request, attribute, checked_reply

PROOF = MsChap2Success(success="S=" + "A1" * 20)
KEYS = MsChap2Success(success="S=" + "A1" * 20, send_key=b"s" * 16, recv_key=b"r" * 16)
left_out: list[tuple[str, str]] = []
WRITE = ReplyAttributes(lambda name, why: left_out.append((name, why))).write


def answer(outcome: Outcome, **members: object) -> LoginResponse:
    return LoginResponse(login_id=bytes(16), nonce=bytes(16), outcome=outcome, **members)  # type: ignore[arg-type]


def waiting(*, proven: bool = True, ms_chap: MsChapIdent | None = None, more: bytes = b"") -> PacketInWait:
    octets = access_request("alice", "123456", secret=SECRET, authenticator=bytes(range(16)), more=more, signed=proven)
    arrival = SimpleNamespace(packet=read_packet(octets), address=("127.0.0.1", 1), port=None, at=0.0)
    entry = Entry((("127.0.0.1", 1), 1, bytes(16)), bytes(16), proven=proven)
    return PacketInWait(arrival, entry, ms_chap)  # type: ignore[arg-type]


def reply_of(answered: LoginResponse | Fault, packet: PacketInWait | None = None) -> Reply:
    reply = reply_to(answered, packet or waiting(), WRITE)
    assert reply is not None
    return reply


def on_the_wire(answered: LoginResponse | Fault, packet: PacketInWait) -> tuple[Reply, list[tuple[int, bytes]]]:
    """What a client reads, without Message-Authenticator; all that must hold for every reply is checked."""
    reply, octets = written(reply_of(answered, packet), packet, SharedSecret(SECRET))
    head = bytes((1, packet.identifier)) + bytes(2) + packet.authenticator
    checked = checked_reply(octets, head, SECRET)
    assert checked.code == reply.code
    return reply, checked.attributes[1:]


@pytest.mark.parametrize("fault", Fault)
def test_every_fault_is_a_reject_at_once(fault: Fault) -> None:
    reply = reply_of(fault)
    assert (reply.code, reply.attributes, reply.hold_ms) == (codes.ACCESS_REJECT, b"", 0)
    assert reply.reason is not None


@pytest.mark.parametrize(
    ("outcome", "code"),
    [(Outcome.ACCEPT, codes.ACCESS_ACCEPT), (Outcome.REJECT, codes.ACCESS_REJECT), (Outcome.CHALLENGE, 11)],
)
def test_an_outcome_has_its_code(outcome: Outcome, code: int) -> None:
    reply = reply_of(answer(outcome, hold_ms=700))
    assert (reply.code, reply.reason) == (code, None)
    assert reply.hold_ms == (700 if outcome is Outcome.REJECT else 0)


def test_drop_is_silence() -> None:
    assert reply_to(answer(Outcome.DROP), waiting(), WRITE) is None


def test_pending_is_no_reply_and_so_a_reject() -> None:
    reply = reply_of(answer(Outcome.PENDING, poll_after_ms=500))
    assert (reply.code, reply.reason) == (codes.ACCESS_REJECT, LocalRejectReason.BAD_BACKEND)


def test_attributes_are_written_by_name_with_the_message_at_the_end() -> None:
    pairs = (("Class", "staff"), ("Filter-Id", "vpn"), ("Cisco-AVPair", "shell:priv-lvl=15"))
    _, found = on_the_wire(answer(Outcome.ACCEPT, reply_message="hé", attributes=pairs), waiting(proven=False))
    cisco = (9).to_bytes(4) + attribute(1, b"shell:priv-lvl=15")
    assert found == [(25, b"staff"), (11, b"vpn"), (26, cisco), (18, "hé".encode())]


def test_a_challenge_carries_its_state() -> None:
    _, found = on_the_wire(answer(Outcome.CHALLENGE, reply_message="Code?", state=b"opaque"), waiting())
    assert found == [(24, b"opaque"), (18, b"Code?")]


@pytest.mark.parametrize(
    ("pair", "why"),
    [
        (("No-Such-Attribute", "x"), "unknown"),
        (("Message-Authenticator", "x" * 16), "unknown"),
        (("Proxy-State", "x"), "unknown"),
        (("MS-MPPE-Send-Key", "x"), "unknown"),
        (("Class", ""), "value"),
        (("Class", "x" * 254), "value"),
        (("Class", "0xzz"), "value"),
        (("Framed-IP-Address", "10.0.0.256"), "value"),
        (("Session-Timeout", "soon"), "value"),
    ],
)
def test_an_attribute_that_cannot_be_written_is_left_out_and_told(pair: tuple[str, str], why: str) -> None:
    left_out.clear()
    for _ in range(2):
        reply, found = on_the_wire(answer(Outcome.ACCEPT, attributes=(("Class", "staff"), pair)), waiting())
        assert reply.code == codes.ACCESS_ACCEPT
        assert found == [(25, b"staff")]
    assert left_out == [(pair[0], why)] * 2


def test_attributes_give_way_to_proxy_states_and_state() -> None:
    hops = b"".join(attribute(33, bytes((number,)) * 253) for number in range(12))
    packet = waiting(more=hops)
    full = answer(Outcome.CHALLENGE, state=b"opaque", attributes=(("Class", "x" * 253),) * 9)
    reply, found = on_the_wire(full, packet)
    assert reply.code == codes.ACCESS_CHALLENGE
    assert found[0] == (24, b"opaque")
    assert [value for kind, value in found if kind == 33] == [bytes((number,)) * 253 for number in range(12)]
    assert sum(kind == 25 for kind, _ in found) == 3


@given(
    hops=st.lists(st.integers(1, 253), max_size=15),
    sizes=st.lists(st.integers(1, 253), max_size=40),
    message=st.text(max_size=300),
)
def test_no_reply_is_ever_longer_than_a_packet_may_be(hops: list[int], sizes: list[int], message: str) -> None:
    packet = waiting(more=b"".join(attribute(33, b"h" * size) for size in hops))
    pairs = tuple(("Class", "c" * size) for size in sizes)
    reply, found = on_the_wire(answer(Outcome.ACCEPT, attributes=pairs, reply_message=message[:250]), packet)
    assert reply.code == codes.ACCESS_ACCEPT
    assert [len(value) for kind, value in found if kind == 33] == hops
    assert [len(value) for kind, value in found if kind == 25] == sizes[: sum(kind == 25 for kind, _ in found)]


def test_a_long_message_is_cut_between_characters() -> None:
    _, found = on_the_wire(answer(Outcome.ACCEPT, reply_message="é" * 300), waiting())
    assert [len(value) for _, value in found] == [252, 252, 96]
    assert b"".join(value for _, value in found).decode() == "é" * 300


def test_a_reject_without_proof_of_its_sender_is_bare() -> None:
    for ms_chap in (None, MsChapIdent(2, 7)):
        packet = waiting(proven=False, ms_chap=ms_chap)
        assert on_the_wire(answer(Outcome.REJECT, reply_message="no"), packet)[1] == []


def test_ms_chap_2_gets_the_servers_proof() -> None:
    _, found = on_the_wire(answer(Outcome.ACCEPT, ms_chap=PROOF), waiting(ms_chap=MsChapIdent(2, 7)))
    assert found == [(26, (311).to_bytes(4) + attribute(26, b"\7" + PROOF.success.encode()))]


def test_keys_are_hidden_for_the_client_alone() -> None:
    packet = waiting(ms_chap=MsChapIdent(2, 7))
    _, found = on_the_wire(answer(Outcome.ACCEPT, ms_chap=KEYS), packet)
    octets = b"".join(attribute(kind, value) for kind, value in found)
    read = read_packet(b"\2\1" + (20 + len(octets)).to_bytes(2) + bytes(16) + octets)
    inner = dict(vendor_attributes(read, 311))
    assert read_key(inner[16], packet.authenticator, SharedSecret(SECRET)) == b"s" * 16
    assert read_key(inner[17], packet.authenticator, SharedSecret(SECRET)) == b"r" * 16
    assert b"s" * 16 not in octets


def test_an_accept_without_the_servers_proof_is_no_accept_under_ms_chap_2() -> None:
    reply, _ = on_the_wire(answer(Outcome.ACCEPT), waiting(ms_chap=MsChapIdent(2, 7)))
    assert (reply.code, reply.reason) == (codes.ACCESS_REJECT, LocalRejectReason.BAD_BACKEND)


def test_ms_chap_1_needs_no_proof_and_pap_gets_none() -> None:
    assert on_the_wire(answer(Outcome.ACCEPT), waiting(ms_chap=MsChapIdent(1, 7)))[1] == []
    assert on_the_wire(answer(Outcome.ACCEPT, ms_chap=KEYS), waiting())[1] == []


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("answered", [answer(Outcome.REJECT), Fault.TIMEOUT])
def test_a_reject_under_ms_chap_says_so_in_its_words(version: int, answered: LoginResponse | Fault) -> None:
    _, found = on_the_wire(answered, waiting(ms_chap=MsChapIdent(version, 9)))
    assert len(found) == 1
    kind, value = found[0]
    assert (kind, value[:4], value[4], value[6]) == (26, (311).to_bytes(4), 2, 9)
    assert value[7:].startswith(b"E=691 R=0 C=")
