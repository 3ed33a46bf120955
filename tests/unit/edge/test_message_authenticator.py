"""Message-Authenticator: RFC 3579 section 3.2, with the examples of RFC 5997; the trio, and every octet counts."""

import hmac

import pytest

from radius_edge.protocol.message_authenticator import (
    signed_request,
    verify_message_authenticator,
    verifying_secret,
)
from radius_edge.protocol.packet import read_packet
from radius_edge.protocol.shared_secret import SharedSecret
from tests.fakes.radius_client import access_request, attribute, packet
from tests.vectors import radius

RIGHT, WRONG = SharedSecret(radius.SECRET), SharedSecret(b"xyzzy5462")


@pytest.mark.parametrize("octets", [radius.STATUS_AUTH, radius.STATUS_ACCT])
def test_the_examples_of_rfc_5997_verify(octets: bytes) -> None:
    assert verify_message_authenticator(read_packet(octets), RIGHT)


@pytest.mark.parametrize("octets", [radius.STATUS_AUTH, radius.STATUS_ACCT])
def test_a_wrong_secret_is_refused(octets: bytes) -> None:
    assert not verify_message_authenticator(read_packet(octets), WRONG)


def test_our_own_output_verifies() -> None:
    ours = signed_request(1, 7, bytes(16), attribute(1, b"nemo"), RIGHT)
    assert verify_message_authenticator(read_packet(ours), RIGHT)
    assert not verify_message_authenticator(read_packet(ours), WRONG)
    assert ours[20:22] == b"\x50\x12"


def test_the_second_implementation_agrees() -> None:
    theirs = access_request("nemo", "arctangent", secret=radius.SECRET, more=attribute(32, b"vpn"))
    assert verify_message_authenticator(read_packet(theirs), RIGHT)


def test_every_single_octet_is_protected() -> None:
    octets = access_request("nemo", "arctangent", secret=radius.SECRET)
    for at in (*range(2), *range(4, len(octets))):
        changed = bytearray(octets)
        changed[at] ^= 1
        try:
            read = read_packet(bytes(changed))
        except Exception:  # noqa: BLE001, S112 - refused even earlier
            continue
        assert not verify_message_authenticator(read, RIGHT), f"octet {at}"


def test_padding_is_not_part_of_it() -> None:
    assert verify_message_authenticator(read_packet(radius.STATUS_AUTH + b"padding"), RIGHT)


def test_absent_is_not_valid() -> None:
    assert not verify_message_authenticator(read_packet(radius.PAP_REQUEST), RIGHT)


def test_zeros_are_not_valid() -> None:
    unsigned = packet(1, attribute(80, bytes(16)), secret=radius.SECRET, signed=False)
    assert not verify_message_authenticator(read_packet(unsigned), RIGHT)


def test_of_two_secrets_the_one_that_verifies_is_found() -> None:
    read = read_packet(radius.STATUS_AUTH)
    assert verifying_secret(read, (WRONG, RIGHT)) is RIGHT
    assert verifying_secret(read, (RIGHT, WRONG)) is RIGHT
    assert verifying_secret(read, (WRONG,)) is None


def test_it_is_hmac_md5_over_the_packet_with_zeros_in_its_place() -> None:
    octets = radius.STATUS_AUTH
    assert octets[22:] == hmac.digest(radius.SECRET, octets[:22] + bytes(16), "md5")
