"""What an upstream's reply leaves to the client: RFC 2865 section 5, RFC 2548 section 2.4, RFC 2868 section 3.5."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from radius_edge.protocol.mppe import hide_key, read_key
from radius_edge.protocol.packet import Packet, read_packet
from radius_edge.protocol.passing_on import Cover, PassedOn, passed_on
from radius_edge.protocol.shared_secret import SharedSecret
from tests.fakes.radius_client import attribute, hidden

OLD, NEW = b"of the upstream, 16 octets", b"of the client, 16 octets"
OLD_AUTHENTICATOR, NEW_AUTHENTICATOR = bytes(range(16)), bytes(range(100, 116))
UPSTREAMS = Cover(SharedSecret(OLD), OLD_AUTHENTICATOR)
CLIENTS = Cover(SharedSecret(NEW), NEW_AUTHENTICATOR)
SALT = b"\x9a\x01"


def covered(key: bytes, salt: bytes, cover: Cover) -> bytes:
    return hide_key(key, salt, cover.authenticator, cover.secret)


def uncovered(value: bytes, cover: Cover) -> bytes:
    return read_key(value, cover.authenticator, cover.secret)


def of_microsoft(*attributes: tuple[int, bytes]) -> bytes:
    return attribute(26, (311).to_bytes(4) + b"".join(attribute(kind, value) for kind, value in attributes))


def reply(attributes: bytes) -> Packet:
    return read_packet(bytes((2, 1)) + (20 + len(attributes)).to_bytes(2) + bytes(16) + attributes)


def passed(attributes: bytes) -> PassedOn:
    return passed_on(reply(attributes), UPSTREAMS, CLIENTS)


def test_what_is_of_the_hop_stays_behind_and_the_rest_goes_as_it_came() -> None:
    cisco = attribute(26, (9).to_bytes(4) + attribute(1, b"shell:priv-lvl=15"))
    kept = attribute(25, b"one") + attribute(11, b"vpn") + cisco + attribute(25, b"two")
    left = attribute(80, bytes(16)) + attribute(24, b"state") + attribute(33, b"hop") + attribute(79, b"\3\1\0\4")
    both = passed(left + kept + attribute(18, b"hello") + attribute(18, b"again"))
    assert both.attributes == kept
    assert both.messages == attribute(18, b"hello") + attribute(18, b"again")
    assert both.left_out == []


@given(key=st.binary(min_size=1, max_size=200))
def test_a_key_is_read_by_the_client_and_by_nobody_else(key: bytes) -> None:
    """FreeRADIUS and Windows give keys of 16 and of 32 octets."""
    both = passed(of_microsoft((16, covered(key, SALT, UPSTREAMS))))
    value = reply(both.attributes).attributes[0][1][6:]
    assert value[:2] == SALT
    assert uncovered(value, CLIENTS) == key


def test_several_of_microsofts_in_one_attribute_stay_together() -> None:
    success = b"\5S=" + b"A" * 40
    both = passed(of_microsoft((26, success), (17, covered(b"k" * 16, SALT, UPSTREAMS)), (7, (1).to_bytes(4))))
    (only,) = reply(both.attributes).attributes
    assert only[1].startswith((311).to_bytes(4) + attribute(26, success))
    assert both.has_success
    assert not both.has_error


def test_the_keys_of_ms_chap_1_are_hidden_like_a_password() -> None:
    keys = bytes(range(1, 33))
    both = passed(of_microsoft((12, hidden(keys, OLD_AUTHENTICATOR, OLD))))
    assert both.attributes == of_microsoft((12, hidden(keys, NEW_AUTHENTICATOR, NEW)))


def test_a_tunnel_password_keeps_its_tag() -> None:
    value = b"\x01" + covered(b"of the tunnel", SALT, UPSTREAMS)
    both = passed(attribute(69, value))
    assert both.attributes[2] == 1
    assert uncovered(both.attributes[3:], CLIENTS) == b"of the tunnel"


def test_what_cannot_be_uncovered_is_left_out_and_named() -> None:
    other = Cover(SharedSecret(b"another secret"), OLD_AUTHENTICATOR)
    broken = (
        of_microsoft((16, b""), (7, (1).to_bytes(4))) + of_microsoft((17, SALT + bytes(15))) + of_microsoft((12, b"x"))
    )
    both = passed(broken + attribute(69, b"\0" + SALT) + of_microsoft((16, covered(b"k" * 16, b"\x80\0", other))))
    assert both.attributes == of_microsoft((7, (1).to_bytes(4)))
    assert both.left_out == [
        "MS-MPPE-Send-Key",
        "MS-MPPE-Recv-Key",
        "MS-CHAP-MPPE-Keys",
        "Tunnel-Password",
        "MS-MPPE-Send-Key",
    ]


def test_a_vendors_value_of_another_form_is_passed_by() -> None:
    odd = attribute(26, (311).to_bytes(4) + b"\x10\xff")
    assert passed(odd).attributes == odd


@given(st.lists(st.tuples(st.integers(1, 255), st.binary(max_size=253)), max_size=12))
def test_whatever_comes_what_goes_is_well_formed_and_not_longer(pairs: list[tuple[int, bytes]]) -> None:
    octets = b"".join(attribute(kind, value) for kind, value in pairs if kind != 80)
    both = passed(octets)
    assert len(both.attributes + both.messages) <= len(octets)
    kinds = reply(both.attributes).kinds
    assert not {24, 33, 79, 80} & set(kinds)


def test_the_cover_is_that_of_the_rfc() -> None:
    """RFC 2548 section 2.4.2, by hand: b(1) = MD5(S + R + A)."""
    plain = b"\x03key" + bytes(12)
    stream = hashlib.md5(NEW + NEW_AUTHENTICATOR + SALT).digest()  # noqa: S324 - RADIUS
    expected = SALT + bytes(a ^ b for a, b in zip(plain, stream, strict=True))
    both = passed(of_microsoft((16, covered(b"key", SALT, UPSTREAMS))))
    assert both.attributes == of_microsoft((16, expected))


def test_no_repr_shows_a_key() -> None:
    assert "S=" not in repr(passed(of_microsoft((26, b"\5S=AAAA"))))
