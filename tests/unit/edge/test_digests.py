"""Keyed hashes with prepared keys, against the RFCs and hashlib; and a secret that shows itself to nobody."""

import copy
import hashlib
import hmac
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radius_edge.protocol.digests import hmac_md5, hmac_sha256, md5
from radius_edge.protocol.shared_secret import SharedSecret

CANARY = b"canary-of-a-shared-secret"


def test_hmac_md5_is_that_of_rfc_2202() -> None:
    assert hmac_md5(b"Jefe").digest(b"what do ya want for nothing?").hex() == "750c783e6ab0b503eaa86e310a5db738"
    assert hmac_md5(b"\xaa" * 80).digest(b"Test Using Larger Than Block-Size Key - Hash Key First").hex() == (
        "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd"
    )


def test_hmac_sha256_is_that_of_rfc_4231() -> None:
    assert hmac_sha256(b"Jefe").digest(b"what do ya want for nothing?").hex() == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_a_prepared_key_gives_what_hashlib_gives(key: bytes, octets: bytes) -> None:
    assert hmac_md5(key).digest(octets) == hmac.digest(key, octets, "md5")
    assert hmac_sha256(key).digest(octets) == hmac.digest(key, octets, "sha256")
    assert md5(octets).digest() == hashlib.md5(octets).digest()  # noqa: S324 - RADIUS


def test_a_secret_shows_itself_in_no_text() -> None:
    secret = SharedSecret(CANARY)
    assert "canary" not in f"{secret} {secret!r} {[secret]}"


@pytest.mark.parametrize("leave", [pickle.dumps, copy.deepcopy])
def test_a_secret_does_not_leave_the_process(leave: object) -> None:
    with pytest.raises(TypeError):
        leave(SharedSecret(CANARY))  # type: ignore[operator]
