"""What counts as a signature of a device, and what only looks like one."""

import hashlib
from typing import Final

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from mfa.adapters.device_signatures import EcdsaVerifier
from tests.fakes.phone import new_key, raw_public_key, raw_signature

# Of P-256 (SEC 2 section 2.4.2).
ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
FIELD: Final = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
KEY = new_key()
PUBLIC_KEY = raw_public_key(KEY)
MESSAGE = b"a decision"
SIGNATURE = raw_signature(KEY, MESSAGE)
R, S = int.from_bytes(SIGNATURE[:32]), int.from_bytes(SIGNATURE[32:])

# RFC 6979 appendix A.2.5: P-256, SHA-256, "sample". A signature that nobody here made.
FOREIGN_KEY = bytes.fromhex(
    "0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
    "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
)
FOREIGN_SIGNATURE = bytes.fromhex(
    "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
    "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
)

verify = EcdsaVerifier().verify_signature


def signature(r: int, s: int) -> bytes:
    return r.to_bytes(32) + s.to_bytes(32)


def test_the_right_signature_passes() -> None:
    assert verify(FOREIGN_KEY, b"sample", FOREIGN_SIGNATURE)


def test_a_wrong_one_is_refused() -> None:
    assert not verify(FOREIGN_KEY, b"test", FOREIGN_SIGNATURE)
    assert not verify(PUBLIC_KEY, b"sample", FOREIGN_SIGNATURE)
    assert not verify(PUBLIC_KEY, MESSAGE + b" ", SIGNATURE)


@given(st.binary(max_size=300))
def test_what_we_sign_verifies(octets: bytes) -> None:
    assert verify(PUBLIC_KEY, octets, raw_signature(KEY, octets))


@pytest.mark.parametrize("bit", range(0, 512, 7))
def test_no_changed_bit_passes(bit: int) -> None:
    changed = bytearray(SIGNATURE)
    changed[bit // 8] ^= 1 << bit % 8
    assert not verify(PUBLIC_KEY, MESSAGE, bytes(changed))


@pytest.mark.parametrize(
    ("r", "s"),
    [(0, 0), (0, S), (R, 0), (0, 1), (1, 0), (1, 1), (ORDER, S), (R, ORDER), (ORDER, ORDER), (ORDER - 1, ORDER - 1)],
    ids=[f"pair {number}" for number in range(10)],
)
def test_numbers_that_no_signature_has_are_refused(r: int, s: int) -> None:
    """CVE-2022-21449: with r = s = 0 some verifiers took anything."""
    assert not verify(PUBLIC_KEY, MESSAGE, signature(r, s))


def test_numbers_that_were_not_reduced_are_refused() -> None:
    """r + n is r to whoever computes modulo n without a look at the range."""
    largest = 2**256 - 1
    assert not verify(PUBLIC_KEY, MESSAGE, signature(R, largest))
    assert not verify(PUBLIC_KEY, MESSAGE, signature(largest, S))
    key, octets = small_r()
    r, s = int.from_bytes(octets[:32]), int.from_bytes(octets[32:])
    assert verify(key, MESSAGE, signature(r, s))
    assert not verify(key, MESSAGE, signature(r + ORDER, s))


def small_r() -> tuple[bytes, bytes]:
    """A signature whose r + n still fits into 32 octets, which one in 2**32 does by chance. The point with x = 5 is on
    the curve: whoever may choose the key as well finds one for it (r = 5, s = 1, Q = (R - e G) / r)."""
    e = int.from_bytes(hashlib.sha256(MESSAGE).digest()) % ORDER
    point = (5, _y_of(5))
    generator = (
        0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
        0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
    )
    difference = _add(point, _times(generator, ORDER - e))
    x, y = _times(difference, pow(5, -1, ORDER))
    return b"\x04" + x.to_bytes(32) + y.to_bytes(32), signature(5, 1)


def _y_of(x: int) -> int:
    b = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
    square = (x**3 - 3 * x + b) % FIELD
    y = pow(square, (FIELD + 1) // 4, FIELD)
    assert y * y % FIELD == square
    return y


def _add(left: tuple[int, int], right: tuple[int, int]) -> tuple[int, int]:
    (x1, y1), (x2, y2) = left, right
    slope = (3 * x1 * x1 - 3) * pow(2 * y1, -1, FIELD) if left == right else (y2 - y1) * pow(x2 - x1, -1, FIELD)
    x = (slope * slope - x1 - x2) % FIELD
    return x, (slope * (x1 - x) - y1) % FIELD


def _times(point: tuple[int, int], factor: int) -> tuple[int, int]:
    result: tuple[int, int] | None = None
    while factor:
        if factor & 1:
            result = point if result is None else _add(result, point)
        point, factor = _add(point, point), factor >> 1
    assert result is not None
    return result


def test_the_other_s_verifies_too_as_webcrypto_makes_both() -> None:
    """So a signature is never the name of what was signed: docs of the adapter."""
    assert verify(PUBLIC_KEY, MESSAGE, signature(R, ORDER - S))


@pytest.mark.parametrize("length", [0, 1, 32, 63, 65, 70, 128, 10_000])
def test_a_signature_of_another_length_is_refused(length: int) -> None:
    assert not verify(PUBLIC_KEY, MESSAGE, (SIGNATURE * 200)[:length])


def test_a_signature_that_is_filled_up_with_zeros_is_refused() -> None:
    """One value, one spelling."""
    assert not verify(PUBLIC_KEY, MESSAGE, SIGNATURE[:32] + b"\x00" + SIGNATURE[32:])
    assert not verify(PUBLIC_KEY, MESSAGE, b"\x00" + SIGNATURE)


def test_a_signature_in_der_is_refused() -> None:
    assert not verify(PUBLIC_KEY, MESSAGE, encode_dss_signature(R, S))


# ---- keys

X, Y = PUBLIC_KEY[1:33], PUBLIC_KEY[33:]
BAD_KEYS = {
    "nothing": b"",
    "infinity": b"\x00",
    "infinity, filled up": bytes(65),
    "the origin": b"\x04" + bytes(64),
    "not on the curve": PUBLIC_KEY[:-1] + bytes([PUBLIC_KEY[-1] ^ 1]),
    "coordinates exchanged": b"\x04" + Y + X,
    "coordinates that are not reduced": b"\x04" + FIELD.to_bytes(32) + Y,
    "the largest coordinates": b"\x04" + b"\xff" * 64,
    "compressed": bytes([2 + (Y[-1] & 1)]) + X,
    "hybrid": bytes([6 + (Y[-1] & 1)]) + X + Y,
    "without its form": X + Y,
    "one octet more": PUBLIC_KEY + b"\x00",
    "one octet less": PUBLIC_KEY[:-1],
    "of another curve": b"\x04"
    + bytes.fromhex(
        # secp256k1's generator
        "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
        "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"
    ),
}


@pytest.mark.parametrize("name", BAD_KEYS)
def test_what_is_no_point_of_the_curve_is_no_key_and_verifies_nothing(name: str) -> None:
    assert not EcdsaVerifier().is_public_key(BAD_KEYS[name])
    assert not verify(BAD_KEYS[name], MESSAGE, SIGNATURE)


def test_a_point_of_the_curve_is_a_key() -> None:
    assert EcdsaVerifier().is_public_key(PUBLIC_KEY)
    assert EcdsaVerifier().is_public_key(FOREIGN_KEY)


@given(st.binary(max_size=100), st.binary(max_size=100), st.binary(max_size=100))
def test_nothing_makes_it_raise(public_key: bytes, octets: bytes, signed: bytes) -> None:
    assert not verify(public_key, octets, signed)
