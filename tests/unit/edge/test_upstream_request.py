"""What an upstream is asked: RFC 2865 sections 2.3, 5.2 and 5.3, RFC 3579 section 3.2; pyrad reads it as we mean it."""

import hashlib
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyrad.dictionary import Dictionary
from pyrad.packet import AuthPacket

from mfa.contract import EdgeClient, MessageAuthenticatorPolicy
from radius_edge.protocol.access_request import Ask, decide
from radius_edge.protocol.errors import RequestError
from radius_edge.protocol.login_id import LoginIds
from radius_edge.protocol.message_authenticator import verify_message_authenticator
from radius_edge.protocol.packet import Packet, read_packet
from radius_edge.protocol.pap import read_user_password
from radius_edge.protocol.radius_client import RadiusClient
from radius_edge.protocol.shared_secret import SharedSecret
from radius_edge.protocol.upstream_request import mark_of, upstream_request, was_forwarded
from radius_edge.reply_attributes import DICTIONARY
from tests.fakes.edge_configuration import SECRET, UPSTREAM_SECRET, client
from tests.fakes.old_server import asked
from tests.fakes.radius_client import access_request, attribute, packet
from tests.vectors import radius

UPSTREAM = SharedSecret(UPSTREAM_SECRET)
MARK = b"a mark of ours.."
VECTOR = bytes(range(50, 66))


def client_of(secret: bytes) -> RadiusClient:
    no = MessageAuthenticatorPolicy.NO
    settings: EdgeClient = client(require_message_authenticator=no, chap_without_message_authenticator_until=2**39)
    made = RadiusClient(settings)
    made.secrets = (SharedSecret(secret),)  # those of the RFCs are shorter than we allow
    return made


def forwarded(octets: bytes, secret: bytes = SECRET, source_ip: str = "192.0.2.7") -> bytes:
    read = read_packet(octets)
    ask = decide(read, client_of(secret), pinned=False, now=0)
    assert isinstance(ask, Ask)
    return upstream_request(read, ask, source_ip, MARK, identifier=7, authenticator=VECTOR, secret=UPSTREAM)


def unchanged(before: Packet, after: Packet) -> bool:
    """All attributes but those of the hop are there, in their order."""
    hop = {2, 24, 33, 60, 80, 4, 95}
    kept = [pair for pair in after.attributes if pair[0] not in hop]
    return kept == [pair for pair in before.attributes if pair[0] not in hop]


@pytest.mark.parametrize(
    ("octets", "password"),
    [(radius.PAP_REQUEST, radius.PAP_PASSWORD), (radius.CARD_REQUEST, radius.CARD_PASSWORD)],
)
def test_the_examples_of_rfc_2865_are_hidden_anew(octets: bytes, password: str) -> None:
    request = read_packet(forwarded(octets, radius.SECRET))
    assert (request.code, request.identifier, request.authenticator) == (1, 7, VECTOR)
    assert read_user_password(request.first(2) or b"", VECTOR, UPSTREAM) == password
    assert unchanged(read_packet(octets), request)
    assert request.first(4) == (read_packet(octets).first(4))


def test_the_chap_example_of_rfc_2865_gets_its_challenge_told() -> None:
    """Its challenge is the Request Authenticator, which is another one upstream."""
    request = read_packet(forwarded(radius.CHAP_REQUEST, radius.SECRET))
    before = read_packet(radius.CHAP_REQUEST)
    password, challenge = request.first(3) or b"", request.first(60) or b""
    assert challenge == before.authenticator
    assert hashlib.md5(password[:1] + b"arctangent" + challenge).digest() == password[1:]  # noqa: S324 - RADIUS
    assert unchanged(before, request)


def test_a_challenge_that_the_client_told_is_told_once() -> None:
    challenge = b"0123456789abcdef"
    attributes = attribute(1, b"bob") + attribute(3, bytes(17)) + attribute(60, challenge)
    request = read_packet(forwarded(packet(1, attributes, secret=SECRET)))
    assert [value for kind, value in request.attributes if kind == 60] == [challenge]


def test_it_begins_with_a_message_authenticator_of_the_upstreams_secret() -> None:
    request = read_packet(forwarded(access_request("bob", "text", secret=SECRET)))
    assert request.kinds[0] == 80
    assert request.count(80) == 1
    assert verify_message_authenticator(request, UPSTREAM)
    assert not verify_message_authenticator(request, SharedSecret(SECRET))


def test_pyrad_reads_what_we_ask() -> None:
    octets = forwarded(access_request("bob", "the old password, ä", secret=SECRET, more=attribute(32, b"vpn")))
    read = AuthPacket(packet=octets, secret=UPSTREAM_SECRET, dict=Dictionary(str(DICTIONARY)))
    assert read.verify_message_authenticator(secret=UPSTREAM_SECRET)
    assert read.PwDecrypt(read[2][0]) == "the old password, ä"
    assert (read[1], read[32]) == ([b"bob"], [b"vpn"])


def test_we_forward_what_pyrad_asks() -> None:
    request = AuthPacket(secret=SECRET, dict=Dictionary(str(DICTIONARY)))
    request[1], request[2], request[32] = [b"bob"], [request.PwCrypt("x" * 100)], [b"vpn"]
    request.add_message_authenticator()
    ours = asked(forwarded(request.RequestPacket()), UPSTREAM_SECRET)
    assert (ours.user, ours.password, ours.values(32)) == ("bob", b"x" * 100, [b"vpn"])


def test_what_belongs_to_the_hop_stays_behind() -> None:
    more = attribute(24, b"state") + attribute(33, b"hop") + attribute(33, b"another") + attribute(25, b"class")
    request = asked(forwarded(access_request("bob", "text", secret=SECRET, more=more)), UPSTREAM_SECRET)
    assert (request.values(24), request.values(33), request.values(25)) == ([], [MARK], [b"class"])


@pytest.mark.parametrize(
    ("more", "source_ip", "kind", "value"),
    [
        (b"", "192.0.2.7", 4, bytes((192, 0, 2, 7))),
        (b"", "2001:db8::7", 95, bytes.fromhex("20010db8000000000000000000000007")),
        (attribute(4, bytes((10, 0, 0, 1))), "192.0.2.7", 4, bytes((10, 0, 0, 1))),
        (attribute(32, b"vpn"), "192.0.2.7", 32, b"vpn"),
    ],
)
def test_the_client_has_one_name(more: bytes, source_ip: str, kind: int, value: bytes) -> None:
    octets = forwarded(access_request("bob", "text", secret=SECRET, more=more), source_ip=source_ip)
    names = [pair for pair in read_packet(octets).attributes if pair[0] in {4, 32, 95}]
    assert names == [(kind, value)]


def test_the_mark_shows_a_request_that_comes_back() -> None:
    ours = mark_of(LoginIds(bytes(32)))
    assert ours != mark_of(LoginIds(b"1" * 32))
    hop = attribute(33, b"hop of another")
    for more, expected in ((hop + attribute(33, ours), True), (hop, False), (b"", False)):
        assert was_forwarded(read_packet(access_request("b", "x", secret=SECRET, more=more)), ours) is expected


def test_a_request_that_would_be_too_long_is_an_error() -> None:
    more = attribute(25, bytes(253)) * 15 + attribute(25, bytes(200))
    with pytest.raises(RequestError, match="4096"):
        forwarded(access_request("bob", "text", secret=SECRET, more=more, signed=False))


@given(
    text=st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), min_size=1, max_size=32),
    more=st.lists(st.tuples(st.integers(4, 255), st.binary(max_size=100)), max_size=8),
)
def test_whatever_a_client_asks_reaches_the_upstream(text: str, more: list[tuple[int, bytes]]) -> None:
    usual = [pair for pair in more if pair[0] not in {24, 26, 60, 70, 79, 80, 103}]
    before = access_request(
        "bob", text, secret=SECRET, authenticator=os.urandom(16), more=b"".join(attribute(*pair) for pair in usual)
    )
    request = asked(forwarded(before), UPSTREAM_SECRET)
    assert request.password.decode() == text
    assert unchanged(read_packet(before), read_packet(request.octets))
