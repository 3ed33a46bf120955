"""RFC 8188 and RFC 8291 by their own examples, and both ways."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from mfa.adapters.web_push import content_coding, p256
from mfa.adapters.web_push.content_coding import MAX_PLAINTEXT_OCTETS, CodingError
from mfa.adapters.web_push.message_encryption import decrypt, encrypt
from mfa.adapters.web_push.sender import PADDED_OCTETS


def octets(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "==")


# RFC 8188 section 3.1
WALRUS = b"I am the walrus"
WALRUS_KEY = octets("yqdlZ-tYemfogSmv7Ws5PQ")
WALRUS_SALT = octets("I1BsxtFttlv3u_Oo94xnmw")
WALRUS_MESSAGE = octets("I1BsxtFttlv3u_Oo94xnmwAAEAAA-NAVub2qFgBEuQKRapoZu-IxkIva3MEB1PD-ly8Thjg")

# RFC 8188 section 3.2: two records of 25 octets
TWO_RECORDS_KEY = octets("BO3ZVPxUlnLORbVGMpbT1Q")
TWO_RECORDS = octets(
    "uNCkWiNYzKTnBN9ji3-qWAAAABkCYTHOG8chz_gnvgOqdGYovxyjuqRyJFjEDyoF1Fvkj6hQPdPHI51OEUKEpgz3SsLWIqS_uA"
)

# RFC 8291 appendix A
WATERMELON = b"When I grow up, I want to be a watermelon"
SENDER = p256.private_key(octets("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))
SENDER_PUBLIC = octets("BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8")
RECEIVER = p256.private_key(octets("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"))
RECEIVER_PUBLIC = octets("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4")
AUTH_SECRET = octets("BTBZMqHH6r4Tts7J_aSIgg")
SALT = octets("DGv6ra1nlYgDCS1FRnbzlw")
WATERMELON_MESSAGE = octets(
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl"
    "7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def test_rfc_8188_section_3_1_both_ways() -> None:
    assert content_coding.encode(WALRUS, WALRUS_KEY, WALRUS_SALT, b"") == WALRUS_MESSAGE
    assert content_coding.decode(WALRUS_MESSAGE, WALRUS_KEY) == WALRUS


def test_rfc_8188_section_3_2_has_two_records_which_push_messages_may_not_have() -> None:
    assert content_coding.key_id_of(TWO_RECORDS[: 21 + 2 + 25]) == b"a1"
    with pytest.raises(CodingError):
        content_coding.decode(TWO_RECORDS, TWO_RECORDS_KEY)
    with pytest.raises(CodingError):  # the first record alone opens, but says that another follows
        content_coding.decode(TWO_RECORDS[: 21 + 2 + 25], TWO_RECORDS_KEY)


def test_rfc_8291_appendix_a_both_ways() -> None:
    assert p256.public_octets(SENDER) == SENDER_PUBLIC
    assert p256.public_octets(RECEIVER) == RECEIVER_PUBLIC
    assert encrypt(WATERMELON, RECEIVER_PUBLIC, AUTH_SECRET, sender=SENDER, salt=SALT) == WATERMELON_MESSAGE
    assert decrypt(WATERMELON_MESSAGE, RECEIVER, AUTH_SECRET) == WATERMELON


@given(st.binary(max_size=PADDED_OCTETS), st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16))
def test_what_is_encrypted_opens_and_its_size_tells_nothing(plaintext: bytes, auth: bytes, salt: bytes) -> None:
    sender, receiver = p256.new_key(), p256.new_key()
    public = p256.public_octets(receiver)
    message = encrypt(plaintext, public, auth, sender=sender, salt=salt, padded_to=PADDED_OCTETS)
    assert decrypt(message, receiver, auth) == plaintext
    assert len(message) == 21 + 65 + PADDED_OCTETS + 1 + 16


@given(st.binary(max_size=50), st.integers(0, 60))
def test_any_padding_comes_off_again_and_zeros_of_the_plaintext_stay(plaintext: bytes, more: int) -> None:
    padded_to = len(plaintext) + more
    message = content_coding.encode(plaintext + b"\0\0", WALRUS_KEY, WALRUS_SALT, b"", padded_to=padded_to + 2)
    assert content_coding.decode(message, WALRUS_KEY) == plaintext + b"\0\0"


def test_nothing_longer_than_the_padded_size_is_sent() -> None:
    """It would be told by its size, or cut off."""
    with pytest.raises(ValueError, match="too long"):
        content_coding.encode(b"x" * (PADDED_OCTETS + 1), WALRUS_KEY, WALRUS_SALT, b"", padded_to=PADDED_OCTETS)
    with pytest.raises(ValueError, match="too long"):
        content_coding.encode(b"x" * (MAX_PLAINTEXT_OCTETS + 1), WALRUS_KEY, WALRUS_SALT, b"")


def test_neither_another_browser_nor_another_secret_opens_it() -> None:
    for receiver, auth in ((p256.new_key(), AUTH_SECRET), (RECEIVER, bytes(16))):
        with pytest.raises(CodingError):
            decrypt(WATERMELON_MESSAGE, receiver, auth)


def test_a_changed_octet_is_noticed_wherever_it_is() -> None:
    for place in range(len(WATERMELON_MESSAGE)):
        if 16 <= place < 20:
            continue  # the record size: any that holds the one record is as good
        changed = bytearray(WATERMELON_MESSAGE)
        changed[place] ^= 1
        with pytest.raises(ValueError):  # noqa: PT011 -- of three sorts: the header, the point, the record
            decrypt(bytes(changed), RECEIVER, AUTH_SECRET)


def test_a_cut_off_message_opens_nowhere() -> None:
    for length in range(len(WATERMELON_MESSAGE)):
        with pytest.raises(ValueError):  # noqa: PT011 -- as above
            decrypt(WATERMELON_MESSAGE[:length], RECEIVER, AUTH_SECRET)


def test_a_record_of_nothing_but_padding_is_refused() -> None:
    cipher, nonce = content_coding._cipher(WALRUS_KEY, WALRUS_SALT)
    message = WALRUS_SALT + (4096).to_bytes(4) + b"\0" + cipher.encrypt(nonce, bytes(30), None)
    with pytest.raises(CodingError):
        content_coding.decode(message, WALRUS_KEY)


@pytest.mark.parametrize("key", [b"", b"\x04" + bytes(64), RECEIVER_PUBLIC[:-1], RECEIVER_PUBLIC + b"\0"])
def test_a_subscription_whose_key_is_no_point_of_the_curve_is_refused(key: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- cryptography's own text
        encrypt(WATERMELON, key, AUTH_SECRET, sender=SENDER, salt=SALT)


def test_private_keys_are_32_octets_also_with_leading_zeros() -> None:
    key = ec.derive_private_key(7, p256.CURVE)
    assert p256.private_octets(key) == bytes(31) + b"\x07"
    assert p256.public_octets(p256.private_key(p256.private_octets(key))) == p256.public_octets(key)
