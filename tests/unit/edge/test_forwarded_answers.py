"""From a believed reply of an upstream to what the client reads: whole or not at all, and never too long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfa.contract import Outcome
from radius_edge.answers import written
from radius_edge.forwarded_answers import forwarded_reply
from radius_edge.login import PacketInWait, Reply
from radius_edge.protocol import codes
from radius_edge.protocol.ms_chap import MsChapIdent
from radius_edge.protocol.packet import Packet, read_packet
from radius_edge.protocol.passing_on import Cover
from radius_edge.protocol.reasons import LocalRejectReason
from radius_edge.protocol.shared_secret import SharedSecret
from tests.fakes.edge_configuration import SECRET, UPSTREAM_SECRET
from tests.fakes.radius_client import attribute, checked_reply
from tests.unit.edge.test_answers import waiting
from tests.unit.edge.test_passing_on import of_microsoft

COVER = Cover(SharedSecret(UPSTREAM_SECRET), bytes(16))
CLASS, MESSAGE = attribute(25, b"staff"), attribute(18, b"hello")
PROOF = of_microsoft((26, b"\7S=" + b"A1" * 20))
ERROR = of_microsoft((2, b"\7E=648 R=0 V=3"))


def answer(code: int, attributes: bytes = b"") -> Packet:
    return read_packet(bytes((code, 1)) + (20 + len(attributes)).to_bytes(2) + bytes(16) + attributes)


def on_the_wire(answered: Packet, packet: PacketInWait) -> tuple[Reply, list[tuple[int, bytes]]]:
    """What a client reads, without Message-Authenticator; all that must hold for every reply is checked."""
    secret = SharedSecret(SECRET)
    reply, _ = forwarded_reply(answered, COVER, "old", packet, secret)
    reply, octets = written(reply, packet, secret)
    checked = checked_reply(octets, bytes((1, packet.identifier)) + bytes(2) + packet.authenticator, SECRET)
    assert checked.code == reply.code
    return reply, checked.attributes[1:]


def test_an_accept_goes_on_with_its_message_at_the_end() -> None:
    reply, found = on_the_wire(answer(2, MESSAGE + CLASS), waiting())
    assert (reply.code, reply.outcome, reply.upstream, reply.hold_ms) == (2, Outcome.ACCEPT, "old", 0)
    assert found == [(25, b"staff"), (18, b"hello")]


def test_a_reject_goes_on_to_a_proven_sender_and_bare_to_another() -> None:
    assert on_the_wire(answer(3, MESSAGE + CLASS), waiting())[1] == [(25, b"staff"), (18, b"hello")]
    reply, found = on_the_wire(answer(3, MESSAGE + CLASS), waiting(proven=False))
    assert (reply.code, found) == (codes.ACCESS_REJECT, [])


@pytest.mark.parametrize("ms_chap", [None, MsChapIdent(1, 7), MsChapIdent(2, 7)])
def test_a_challenge_is_a_reject_of_ours(ms_chap: MsChapIdent | None) -> None:
    reply, found = on_the_wire(answer(11, attribute(24, b"state") + MESSAGE), waiting(ms_chap=ms_chap))
    assert (reply.code, reply.reason, reply.upstream) == (3, LocalRejectReason.UPSTREAM_CHALLENGE, "")
    assert [kind for kind, _ in found] == ([] if ms_chap is None else [26])


def test_the_proof_goes_on_and_without_it_there_is_no_accept() -> None:
    packet = waiting(ms_chap=MsChapIdent(2, 7))
    assert on_the_wire(answer(2, PROOF), packet)[1] == [(26, PROOF[2:])]
    reply, _ = on_the_wire(answer(2, CLASS), packet)
    assert (reply.code, reply.reason) == (3, LocalRejectReason.UPSTREAM_NO_PROOF)
    assert on_the_wire(answer(2, CLASS), waiting(ms_chap=MsChapIdent(1, 7)))[0].code == 2


def test_a_reject_under_ms_chap_has_one_error() -> None:
    packet = waiting(ms_chap=MsChapIdent(2, 7))
    assert on_the_wire(answer(3, ERROR), packet)[1] == [(26, ERROR[2:])]
    (found,) = on_the_wire(answer(3), packet)[1]
    assert found[1][6:].startswith(b"\7E=691 R=0 C=")
    assert on_the_wire(answer(3, ERROR), waiting(ms_chap=MsChapIdent(2, 7), proven=False))[1] == []


def test_what_has_no_room_is_a_reject_and_a_message_gives_way() -> None:
    hops = b"".join(attribute(33, bytes((number,)) * 253) for number in range(10))
    full = attribute(25, b"c" * 253) * 5
    reply, found = on_the_wire(answer(2, full + attribute(18, b"m" * 253)), waiting(more=hops))
    assert (reply.code, [kind for kind, _ in found].count(25), 18 in dict(found)) == (2, 5, False)
    reply, _ = on_the_wire(answer(2, full + full), waiting(more=hops))
    assert (reply.code, reply.reason) == (3, LocalRejectReason.REPLY_NOT_ENCODABLE)


@given(
    code=st.sampled_from([2, 3, 11]),
    hops=st.lists(st.integers(1, 253), max_size=15),
    pairs=st.lists(st.tuples(st.integers(1, 255), st.binary(min_size=1, max_size=253)), max_size=16),
    version=st.sampled_from([None, 1, 2]),
)
def test_whatever_it_says_the_client_gets_one_good_reply(
    code: int, hops: list[int], pairs: list[tuple[int, bytes]], version: int | None
) -> None:
    packet = waiting(
        more=b"".join(attribute(33, b"h" * size) for size in hops),
        ms_chap=None if version is None else MsChapIdent(version, 7),
    )
    said = answer(code, b"".join(attribute(kind, value) for kind, value in pairs if kind != 80))
    reply, found = on_the_wire(said, packet)
    assert [len(value) for kind, value in found if kind == 33] == hops
    assert reply.code in {code, codes.ACCESS_REJECT}
    assert not {24, 79, 80} & {kind for kind, _ in found}
