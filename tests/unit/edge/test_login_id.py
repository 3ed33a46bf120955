"""Login ids: the same packet is the same login everywhere, and nothing else is."""

import hmac

from hypothesis import given
from hypothesis import strategies as st

from radius_edge.protocol.login_id import LoginIds, sender_octets

KEY = bytes(range(32))
_NAMES = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)


def test_the_id_is_the_first_128_bits_of_the_hmac_in_the_design() -> None:
    expected = hmac.digest(KEY, b"v1" + b"\0\4corp" + b"\0\x0810.0.0.1" + b"packet", "sha256")[:16]
    assert LoginIds(KEY).login_id(sender_octets("corp", "10.0.0.1"), b"packet") == expected


def test_two_edges_and_one_restarted_give_the_same_id() -> None:
    sender = sender_octets("corp", "10.0.0.1")
    assert LoginIds(KEY).login_id(sender, b"packet") == LoginIds(KEY).login_id(sender, b"packet")


def test_client_address_packet_and_key_all_make_a_difference() -> None:
    ids = {
        LoginIds(KEY).login_id(sender_octets("corp", "10.0.0.1"), b"packet"),
        LoginIds(KEY).login_id(sender_octets("cor", "10.0.0.1"), b"packet"),
        LoginIds(KEY).login_id(sender_octets("corp", "10.0.0.2"), b"packet"),
        LoginIds(KEY).login_id(sender_octets("corp", "10.0.0.1"), b"packets"),
        LoginIds(bytes(32)).login_id(sender_octets("corp", "10.0.0.1"), b"packet"),
    }
    assert len(ids) == 5


@given(_NAMES, st.text("0123456789.", max_size=8), _NAMES, st.text("0123456789.", max_size=8))
def test_no_two_senders_are_written_alike(client: str, address: str, other: str, elsewhere: str) -> None:
    same = (client, address) == (other, elsewhere)
    assert (sender_octets(client, address) == sender_octets(other, elsewhere)) == same
