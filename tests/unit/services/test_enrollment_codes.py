"""Enrolment codes and tokens: their spelling, and one digest for every spelling of one code."""

import re

import pytest

from mfa.services.enrollment_codes import code_digest, new_code, new_token, token_digest
from mfa.services.enrollment_errors import EnrollmentCodeRefusedError, SessionRefusedError
from tests.fakes.randomness import SeededRandom
from tests.fakes.vault import FakeVault


class FixedRandom:
    def __init__(self, number: int) -> None:
        self._number = number

    def octets(self, count: int) -> bytes:
        return self._number.to_bytes(count)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (0, "0000-0000-0000-0000"),
        (1, "0000-0000-0000-0001"),
        (18, "0000-0000-0000-000J"),  # I is left out
        (1 << 75, "1000-0000-0000-0000"),
        (2**80 - 1, "ZZZZ-ZZZZ-ZZZZ-ZZZZ"),
    ],
)
def test_a_code_spells_all_eighty_bits_in_order(number: int, code: str) -> None:
    assert new_code(FixedRandom(number)) == code


def test_a_code_never_holds_a_letter_that_looks_like_another() -> None:
    random = SeededRandom()
    codes = [new_code(random) for _ in range(500)]
    assert len(set(codes)) == 500
    assert all(re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}", code) for code in codes)


def test_every_spelling_of_a_code_has_its_digest_and_another_code_has_another() -> None:
    vault = FakeVault()
    right = code_digest(vault, "10A1-0000-0000-000Z")
    for spelling in ("10a1 0000 0000 000z", "IOAl-oooo-OOOO-000Z", " 10A10000-0000000Z ", "1-0-A-1-000000000-00Z"):
        assert code_digest(vault, spelling) == right
    assert code_digest(vault, "10A1-0000-0000-000Y") != right


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10A1-0000-0000-000",
        "10A1-0000-0000-000Z0",
        "10A1-0000-0000-000U",
        "10A1_0000_0000_000Z",
        "１" * 16,
        "ı" * 16,
    ],
)
def test_what_is_no_code_is_refused_like_an_unknown_one(text: str) -> None:
    with pytest.raises(EnrollmentCodeRefusedError):
        code_digest(FakeVault(), text)


def test_codes_and_tokens_are_digested_for_different_purposes() -> None:
    vault = FakeVault()
    token = new_token(SeededRandom())
    assert len(token) == 43
    assert token_digest(vault, token) == vault.digest("session", token.encode())
    assert code_digest(vault, "0" * 16) == vault.digest("enrollment-code", b"0" * 16)


@pytest.mark.parametrize("token", ["", "A" * 42, "A" * 44, "A" * 42 + "=", "A" * 42 + "\n", "ä" * 43])
def test_what_is_no_token_opens_nothing(token: str) -> None:
    with pytest.raises(SessionRefusedError):
        token_digest(FakeVault(), token)
