"""Status-Server: RFC 5997, THREATS A16 and A17."""

import pytest

from radius_edge.protocol.packet import read_packet
from radius_edge.protocol.reasons import DiscardReason
from radius_edge.protocol.shared_secret import SharedSecret
from radius_edge.protocol.status_server import answer_status_server
from tests.fakes.radius_client import attribute, checked_reply, packet
from tests.vectors import radius

SECRETS = (SharedSecret(b"current-secret-of-ours"), SharedSecret(radius.SECRET))


@pytest.mark.parametrize(
    ("request_octets", "accounting", "code"), [(radius.STATUS_AUTH, False, 2), (radius.STATUS_ACCT, True, 5)]
)
def test_the_examples_of_rfc_5997_are_answered(request_octets: bytes, accounting: bool, code: int) -> None:
    answer = answer_status_server(read_packet(request_octets), SECRETS, accounting=accounting)
    assert isinstance(answer, bytes)
    assert checked_reply(answer, request_octets, radius.SECRET).code == code


def test_proxy_state_comes_back() -> None:
    request = packet(12, attribute(33, b"hop"), secret=radius.SECRET)
    answer = answer_status_server(read_packet(request), SECRETS, accounting=False)
    assert isinstance(answer, bytes)
    assert checked_reply(answer, request, radius.SECRET).values(33) == [b"hop"]


def test_without_message_authenticator_there_is_silence() -> None:
    request = packet(12, b"", secret=radius.SECRET, signed=False)
    answer = answer_status_server(read_packet(request), SECRETS, accounting=False)
    assert answer is DiscardReason.MESSAGE_AUTHENTICATOR_MISSING


def test_with_a_wrong_one_there_is_silence() -> None:
    request = packet(12, b"", secret=b"a-stranger-made-this")
    answer = answer_status_server(read_packet(request), SECRETS, accounting=False)
    assert answer is DiscardReason.BAD_MESSAGE_AUTHENTICATOR
