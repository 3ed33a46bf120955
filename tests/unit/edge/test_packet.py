"""The strict reader: RFC 2865 sections 3 and 5, THREATS A1 to A5 and A12."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radius_edge.protocol.attributes import PROXY_STATE
from radius_edge.protocol.errors import PacketError
from radius_edge.protocol.packet import MAX_ATTRIBUTES, read_packet
from radius_edge.protocol.reasons import DiscardReason
from tests.fakes.radius_client import attribute, packet
from tests.vectors import radius

SECRET = b"0123456789abcdefg"


def refusal(datagram: bytes) -> DiscardReason:
    with pytest.raises(PacketError) as caught:
        read_packet(datagram)
    return caught.value.reason


def with_attributes(attributes: bytes) -> bytes:
    return packet(1, attributes, secret=SECRET, signed=False)


def test_the_example_of_rfc_2865_section_7_1_is_read() -> None:
    read = read_packet(radius.PAP_REQUEST)
    assert (read.code, read.identifier) == (1, 0)
    assert read.authenticator == bytes.fromhex("0f403f9473978057bd83d5cb98f4227a")
    assert [kind for kind, _ in read.attributes] == [1, 2, 4, 5]
    assert read.first(1) == b"nemo"
    assert read.first(80) is None


@pytest.mark.parametrize("size", [0, 1, 19])
def test_less_than_a_header_is_malformed(size: int) -> None:
    assert refusal(radius.PAP_REQUEST[:size]) is DiscardReason.MALFORMED


def test_a_jumbo_datagram_is_malformed_even_if_its_length_is_possible() -> None:
    assert refusal(radius.PAP_REQUEST + bytes(60_000)) is DiscardReason.MALFORMED


@pytest.mark.parametrize("length", [0, 19, 57, 4097, 65_535])
def test_an_impossible_length_is_refused(length: int) -> None:
    octets = radius.PAP_REQUEST
    assert refusal(octets[:2] + length.to_bytes(2) + octets[4:]) is DiscardReason.LENGTH


def test_octets_after_length_are_padding() -> None:
    assert read_packet(radius.PAP_REQUEST + b"\1\2\3").octets == radius.PAP_REQUEST


@pytest.mark.parametrize(
    "attributes",
    [b"\1\0", b"\1\1", b"\1", b"\1\7abcd", attribute(1, b"x") + b"\2\x13" + bytes(16), b"\0\4xy"],
    ids=["length 0", "length 1", "half a header", "one past the end", "second past the end", "type 0"],
)
def test_a_broken_attribute_spoils_the_packet(attributes: bytes) -> None:
    assert refusal(with_attributes(attributes)) is DiscardReason.ATTRIBUTE


def test_an_empty_attribute_is_read_and_left_to_the_judgement_of_others() -> None:
    assert read_packet(with_attributes(b"\1\2")).attributes == [(1, b"")]


@pytest.mark.parametrize("size", [0, 15, 17])
def test_a_message_authenticator_has_16_octets(size: int) -> None:
    assert refusal(with_attributes(attribute(80, bytes(size)))) is DiscardReason.BAD_MESSAGE_AUTHENTICATOR


def test_a_second_message_authenticator_spoils_the_packet() -> None:
    assert refusal(with_attributes(attribute(80, bytes(16)) * 2)) is DiscardReason.BAD_MESSAGE_AUTHENTICATOR


def test_200_attributes_are_read_and_201_are_not() -> None:
    assert len(read_packet(with_attributes(attribute(26, b"x") * MAX_ATTRIBUTES)).attributes) == 200
    assert refusal(with_attributes(attribute(26, b"x") * 201)) is DiscardReason.TOO_MANY_ATTRIBUTES


def test_the_worst_packet_costs_less_than_5_ms() -> None:
    worst = with_attributes(b"\x1a\2" * 2038)
    start = time.process_time()
    assert refusal(worst) is DiscardReason.TOO_MANY_ATTRIBUTES
    assert time.process_time() - start < 0.005


def test_attributes_of_one_kind_are_written_as_they_came() -> None:
    states = attribute(PROXY_STATE, b"one"), attribute(PROXY_STATE, b"two")
    read = read_packet(with_attributes(states[0] + attribute(1, b"nemo") + states[1]))
    assert read.written(PROXY_STATE) == states[0] + states[1]
    assert read.count(PROXY_STATE) == 2


@given(st.lists(st.tuples(st.integers(1, 79), st.binary(max_size=253)), max_size=15))
def test_what_is_written_is_read(attributes: list[tuple[int, bytes]]) -> None:
    octets = with_attributes(b"".join(attribute(kind, value) for kind, value in attributes))
    if len(octets) > 4096:
        assert refusal(octets) is DiscardReason.LENGTH
    else:
        assert read_packet(octets).attributes == attributes


@given(st.binary(max_size=300))
def test_any_octets_are_read_or_refused(octets: bytes) -> None:
    try:
        read = read_packet(octets)
    except PacketError:
        return
    written = b"".join(attribute(kind, value) for kind, value in read.attributes)
    assert octets.startswith(octets[:20] + written)
    assert int.from_bytes(octets[2:4]) == 20 + len(written)
