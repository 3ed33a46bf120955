"""Accounting-Request: RFC 2866 section 3, THREATS A24. The trio."""

import pytest

from radius_edge.protocol.accounting import accounting_secret, request_authenticator, verify_accounting_request
from radius_edge.protocol.packet import read_packet
from radius_edge.protocol.shared_secret import SharedSecret
from tests.fakes.radius_client import accounting_request, attribute

OCTETS = b"0123456789abcdefg"
RIGHT, WRONG = SharedSecret(OCTETS), SharedSecret(b"another-secret-of-ours")
REQUEST = accounting_request(attribute(40, (1).to_bytes(4)) + attribute(44, b"session"), secret=OCTETS)


def test_the_right_secret_passes() -> None:
    assert verify_accounting_request(read_packet(REQUEST), RIGHT)


def test_a_wrong_secret_is_refused() -> None:
    assert not verify_accounting_request(read_packet(REQUEST), WRONG)


def test_our_own_output_verifies() -> None:
    head = bytes((4, 3, 0, 20)) + bytes(16)
    ours = head[:4] + request_authenticator(head, RIGHT)
    assert verify_accounting_request(read_packet(ours), RIGHT)


@pytest.mark.parametrize("at", [1, 4, 19, 25, -1])
def test_every_octet_is_protected(at: int) -> None:
    changed = bytearray(REQUEST)
    changed[at] ^= 1
    assert not verify_accounting_request(read_packet(bytes(changed)), RIGHT)


def test_the_previous_secret_is_tried_after_the_current_one() -> None:
    assert accounting_secret(read_packet(REQUEST), (WRONG, RIGHT)) is RIGHT
    assert accounting_secret(read_packet(REQUEST), (WRONG,)) is None
