"""The grammar of the factor field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfa.domain.typed_text import FactorWord, TypedCode, TypedWord, read_typed_text

PUSH, PHONE, SMS, RECOVERY = FactorWord.PUSH, FactorWord.PHONE, FactorWord.SMS, FactorWord.RECOVERY_CODE


@pytest.mark.parametrize("text", ["123456", "12345678", " 123456", "123456  ", "000000"])
def test_six_or_eight_digits_are_a_code(text: str) -> None:
    assert read_typed_text(text) == TypedCode(text.strip())


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("push", TypedWord(PUSH)),
        ("PUSH ", TypedWord(PUSH)),
        ("push2", TypedWord(PUSH, 2)),
        ("push47", TypedWord(PUSH, None, "47")),
        ("push 47", TypedWord(PUSH, None, "47")),
        ("Push  05", TypedWord(PUSH, None, "05")),
        ("push247", TypedWord(PUSH, 2, "47")),
        ("push2 47", TypedWord(PUSH, 2, "47")),
        ("phone", TypedWord(PHONE)),
        ("phone2", TypedWord(PHONE, 2)),
        ("sms", TypedWord(SMS)),
        ("SMS9", TypedWord(SMS, 9)),
        ("abcd-efgh-jkmn", TypedWord(RECOVERY, code="ABCDEFGHJKMN")),
        (" ABCD-efgh-JKMN ", TypedWord(RECOVERY, code="ABCDEFGHJKMN")),
        ("abcdef-ghjkmn", TypedWord(RECOVERY, code="ABCDEFGHJKMN")),
        ("ABCD-1234-JKMN-5678", TypedWord(RECOVERY, code="ABCD1234JKMN5678")),
        ("o123-il56-abcd", TypedWord(RECOVERY, code="01231156ABCD")),
        ("OOOO-IIII-LLLL", TypedWord(RECOVERY, code="000011111111")),
    ],
)
def test_the_words(text: str, word: TypedWord) -> None:
    assert read_typed_text(text) == word


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "push 2",
        "push0",
        "push2471",
        "push-47",
        "phone 2",
        "sms0",
        "12345",
        "1234567",
        "123456789",
        "１２３４５６",
        "١٢٣٤٥٦",
        "+12345",
        "-12345",
        "123 456",
        "123456,push",
        "\t123456",
        "123456\n",
        "pu\u017fh",  # the long s folds to s
        "\u212apush",
        "1234-5678-9012",  # digits only are never a recovery code
        "abcd-efgh",
        "abcdefghjkmnpqrs",
        "abcd--efgh-jkmn",
        "uuuu-uuuu-uuuu",  # not in Crockford's alphabet, and nobody reads a U into it
        "correct-horse-battery-staple",  # a password: O is read as 0 only where a code is spelled as it is printed
        "ı111-1111-1111",
        "correct horse battery staple",
    ],
)
def test_anything_else_is_nothing(text: str) -> None:
    assert read_typed_text(text) is None


@given(st.text(max_size=40))
def test_reading_never_fails_and_a_code_is_always_ascii_digits(text: str) -> None:
    typed = read_typed_text(text)
    if isinstance(typed, TypedCode):
        assert typed.digits.isascii()
        assert typed.digits.isdigit()
        assert len(typed.digits) in {6, 8}


def test_a_code_does_not_show_in_its_repr() -> None:
    assert "123456" not in repr(read_typed_text("123456"))
    assert "47" not in repr(read_typed_text("push47"))
    assert "ABCD" not in repr(read_typed_text("abcd-efgh-jkmn"))
