"""MD4, MS-CHAP version 1 and 2 and CHAP, by the RFCs' own examples; each verify_* with the right, a wrong, our own."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfa.adapters.des import des
from mfa.domain import chap, ms_chap
from mfa.domain.md4 import md4
from tests.vectors import ms_chap as vectors
from tests.vectors.radius import CHAP_REQUEST

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
octets_8 = st.binary(min_size=8, max_size=8)


@pytest.mark.parametrize("message", vectors.MD4)
def test_md4_by_rfc_1320(message: bytes) -> None:
    assert md4(message).hex() == vectors.MD4[message]


@pytest.mark.parametrize("length", [55, 56, 63, 64, 65, 119, 120, 128])
def test_md4_pads_by_the_same_rule_around_the_end_of_a_block(length: int) -> None:
    """RFC 1320 section 3.1, 3.2: one digest per message, and no two alike where one ends in the other's padding."""
    message = b"x" * length
    assert len({md4(message), md4(message + b"\x80"), md4(message + b"\0"), md4(message[:-1])}) == 4


def test_des_by_the_example_that_every_implementation_has() -> None:
    """NBS special publication 500-20: the key with its parity bits, and without them."""
    for key in ("10316E028C8F3B4A", "11306F038D8E3A4B"):
        assert des(bytes.fromhex(key), bytes(8)).hex().upper() == "82DCBAFBDEAB6602"


def test_des_encrypts_each_block_for_itself() -> None:
    key = bytes(range(8))
    assert des(key, b"first..." + b"second..") == des(key, b"first...") + des(key, b"second..")


# ---- version 1


def test_nt_hash_and_response_by_rfc_2433() -> None:
    assert ms_chap.nt_hash(vectors.V1_PASSWORD) == vectors.V1_NT_HASH
    assert ms_chap.nt_response(vectors.V1_CHALLENGE, vectors.V1_NT_HASH, des) == vectors.V1_NT_RESPONSE


def test_the_right_response_passes() -> None:
    found = ms_chap.verify_nt_response([vectors.V1_CHALLENGE], vectors.V1_NT_RESPONSE, vectors.V1_NT_HASH, des)
    assert found == vectors.V1_CHALLENGE


@pytest.mark.parametrize("position", range(24))
def test_a_response_with_one_other_octet_is_refused(position: int) -> None:
    altered = bytearray(vectors.V1_NT_RESPONSE)
    altered[position] ^= 1
    assert ms_chap.verify_nt_response([vectors.V1_CHALLENGE], bytes(altered), vectors.V1_NT_HASH, des) is None


def test_a_wrong_password_or_challenge_is_refused() -> None:
    other = ms_chap.nt_hash(vectors.V1_PASSWORD.lower())
    assert ms_chap.verify_nt_response([vectors.V1_CHALLENGE], vectors.V1_NT_RESPONSE, other, des) is None
    assert ms_chap.verify_nt_response([bytes(8)], vectors.V1_NT_RESPONSE, vectors.V1_NT_HASH, des) is None


@given(octets_8, texts)
def test_our_own_response_verifies(challenge: bytes, password: str) -> None:
    password_hash = ms_chap.nt_hash(password)
    response = ms_chap.nt_response(challenge, password_hash, des)
    others = [bytes(8), challenge, b"\xff" * 8]
    assert ms_chap.verify_nt_response(others, response, password_hash, des) == challenge


# ---- version 2


def test_version_2_by_rfc_2759() -> None:
    challenge = ms_chap.challenge_hash(
        vectors.V2_PEER_CHALLENGE, vectors.V2_AUTHENTICATOR_CHALLENGE, vectors.V2_USER_NAME.encode()
    )
    assert challenge == vectors.V2_CHALLENGE
    password_hash = ms_chap.nt_hash(vectors.V2_PASSWORD)
    assert password_hash == vectors.V2_NT_HASH
    assert ms_chap.nt_response(challenge, password_hash, des) == vectors.V2_NT_RESPONSE
    assert ms_chap.authenticator_response(password_hash, vectors.V2_NT_RESPONSE, challenge) == vectors.V2_SUCCESS


def test_the_server_sends_under_the_key_of_rfc_3079_and_receives_under_another() -> None:
    send_key, receive_key = ms_chap.mppe_keys(vectors.V2_NT_HASH, vectors.V2_NT_RESPONSE)
    assert send_key == vectors.V2_SEND_KEY
    assert len(receive_key) == 16
    assert receive_key != send_key


# ---- CHAP


def test_chap_by_rfc_2865_section_7_2() -> None:
    challenge, attribute = CHAP_REQUEST[4:20], CHAP_REQUEST[28:47]
    identifier, response = attribute[2], attribute[3:]
    assert chap.verify_chap_response(identifier, challenge, response, "arctangent")
    assert not chap.verify_chap_response(identifier, challenge, response, "arctangen")
    assert not chap.verify_chap_response(identifier ^ 1, challenge, response, "arctangent")
    assert not chap.verify_chap_response(identifier, bytes(16), response, "arctangent")


@given(st.integers(0, 255), texts, st.binary(min_size=1, max_size=253))
def test_our_own_chap_response_verifies_and_is_what_rfc_1994_says(identifier: int, text: str, challenge: bytes) -> None:
    response = chap.chap_response(identifier, text, challenge)
    assert response == hashlib.md5(bytes([identifier]) + text.encode() + challenge, usedforsecurity=False).digest()
    assert chap.verify_chap_response(identifier, challenge, response, text)
