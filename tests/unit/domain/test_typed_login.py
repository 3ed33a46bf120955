"""What was typed, by the client's mode. Passwords stay as they are; digits only never become one."""

import ipaddress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfa.contract import EdgeClient
from mfa.domain.configuration import ClientMode, ClientPolicy, JoinedForm
from mfa.domain.reasons import RejectReason
from mfa.domain.typed_login import (
    TypedFactor,
    TypedLogin,
    TypedMarker,
    TypedPassword,
    read_password,
    read_typed_login,
)
from mfa.domain.typed_text import FactorWord, TypedCode, TypedWord, read_typed_text

CODE, PUSH = TypedCode("123456"), TypedWord(FactorWord.PUSH)
NOT_A_CODE, MISSING = RejectReason.NOT_A_CODE, RejectReason.PASSWORD_MISSING
PLAIN = ClientPolicy(
    edge=EdgeClient(
        name="vpn",
        networks=(ipaddress.ip_network("192.0.2.0/24"),),
        secrets=(b"a shared secret of vpn",),
        timeout_seconds=5,
        retries=2,
    ),
    realm="corp",
    automatic_factor_markers=frozenset({"auto", "sms", "1"}),
)
THEN = replace(PLAIN, mode=ClientMode.PASSWORD_THEN_FACTOR)
AND = replace(PLAIN, mode=ClientMode.PASSWORD_AND_FACTOR)
FIXED = replace(AND, joined=JoinedForm(code_length=6))
CHALLENGE = replace(PLAIN, mode=ClientMode.CHALLENGE)
IN_FIELD = replace(PLAIN, password_in_factor_field=True)
ALL = (PLAIN, IN_FIELD, THEN, AND, FIXED, CHALLENGE)

# Texts as people type and as nobody should: pieces that mean something to the grammar among any characters.
PIECES = st.sampled_from([",", ",,", "123456", "12345678", "1", "push", "sms2", " ", "\0", "abcd-efgh-jkmn", "１２３"])
TEXTS = st.lists(PIECES | st.text(max_size=6), max_size=6).map("".join)


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("123456", TypedFactor(CODE)),
        (" 123456 ", TypedFactor(CODE)),
        ("push", TypedFactor(PUSH)),
        ("auto", TypedMarker()),
        (" AUTO ", TypedMarker()),
        ("sms", TypedMarker()),  # also a word: the marker is what somebody configured
        ("1", TypedMarker()),
        ("secret", NOT_A_CODE),
        ("12345", NOT_A_CODE),
        ("", NOT_A_CODE),
    ],
)
def test_second_factor_takes_factors_and_markers(text: str, typed: object) -> None:
    assert read_typed_login(text, PLAIN) == typed


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("123456", TypedFactor(CODE)),
        ("push", TypedFactor(PUSH)),
        ("auto", TypedMarker()),
        (" Secret ", TypedPassword(b" Secret ")),
        ("password,123456", TypedPassword(b"password,123456")),
        ("12345", NOT_A_CODE),
        ("123 456", NOT_A_CODE),
        ("１２３４５６", NOT_A_CODE),
        ("   ", NOT_A_CODE),
        ("", NOT_A_CODE),
        ("sec\0ret", NOT_A_CODE),
    ],
)
def test_where_a_password_is_taken_in_the_factor_field_the_grammar_wins(text: str, typed: object) -> None:
    assert read_typed_login(text, IN_FIELD) == typed


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("secret", TypedPassword(b"secret")),
        (" secret\t", TypedPassword(b" secret\t")),
        ("Ünï-ツ", TypedPassword("Ünï-ツ".encode())),
        ("push", TypedPassword(b"push")),  # all text is the password, but for markers
        ("password,123456", TypedPassword(b"password,123456")),
        ("auto", TypedMarker()),
        ("1", TypedMarker()),
        ("123456", MISSING),
        ("2", MISSING),
        ("", MISSING),
        (" ", MISSING),
        ("\0", MISSING),
        ("\0secret", MISSING),
    ],
)
def test_password_then_factor_takes_the_whole_text_for_the_password(text: str, typed: object) -> None:
    assert read_typed_login(text, THEN) == typed


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("secret,123456", TypedPassword(b"secret", CODE)),
        ("secret, 123456 ", TypedPassword(b"secret", CODE)),
        (" secret ,123456", TypedPassword(b" secret ", CODE)),
        ("secret,push", TypedPassword(b"secret", PUSH)),
        ("se,cret,123456", TypedPassword(b"se,cret", CODE)),
        ("secret,,123456", TypedPassword(b"secret,", CODE)),
        ("secret,123456,push", TypedPassword(b"secret,123456", PUSH)),
        ("secret,push,nonsense", MISSING),  # behind the last factor stands something else
        ("secret,", MISSING),
        ("secret", MISSING),
        ("123456", MISSING),
        ("auto", MISSING),  # a marker would leave the password out
        (",123456", MISSING),
        (" ,123456", MISSING),
        ("12345678,123456", MISSING),
        ("sec\0ret,123456", MISSING),
        ("", MISSING),
    ],
)
def test_password_and_factor_is_split_at_the_last_delimiter_whose_right_side_is_a_factor(
    text: str, typed: object
) -> None:
    assert read_typed_login(text, AND) == typed


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("secret123456", TypedPassword(b"secret", CODE)),
        ("secret 123456", TypedPassword(b"secret ", CODE)),
        ("secret,123456", TypedPassword(b"secret,", CODE)),
        ("secret1123456", TypedPassword(b"secret1", CODE)),
        ("secret12345 ", MISSING),
        ("secret１２３４５６", MISSING),
        ("secret,push", MISSING),
        ("123456", MISSING),
        ("123456123456", MISSING),
        ("12345", MISSING),
        ("", MISSING),
    ],
)
def test_a_fixed_code_length_takes_the_last_digits(text: str, typed: object) -> None:
    assert read_typed_login(text, FIXED) == typed


def test_a_delimiter_of_several_characters_may_overlap_itself() -> None:
    policy = replace(AND, joined=JoinedForm(delimiter=";;"))
    assert read_typed_login("secret;;;123456", policy) == TypedPassword(b"secret;", CODE)
    assert read_typed_login("secret;;push;;", policy) == MISSING


def test_a_challenge_takes_the_password_first_and_the_factor_as_its_answer() -> None:
    assert read_typed_login("secret", CHALLENGE) == TypedPassword(b"secret")
    assert read_typed_login("auto", CHALLENGE) == TypedPassword(b"auto")
    assert read_typed_login("123456", CHALLENGE) == MISSING
    assert read_typed_login("123456", CHALLENGE, answers_challenge=True) == TypedFactor(CODE)
    assert read_typed_login("secret", CHALLENGE, answers_challenge=True) == NOT_A_CODE


@pytest.mark.parametrize(
    ("policy", "text", "password"),
    [
        (AND, "secret", b"secret"),  # without a factor there is nothing to split off
        (AND, "secret,push", b"secret"),
        (AND, "123456", None),
        (AND, "", None),
        (FIXED, "secret", b"secret"),
        (THEN, "secret", b"secret"),
        (THEN, "auto", None),
        (CHALLENGE, "secret", b"secret"),
        (IN_FIELD, "secret", b"secret"),
        (IN_FIELD, "123456", None),
        (PLAIN, "secret", None),
    ],
)
def test_who_is_asked_for_no_factor_types_the_password(policy: ClientPolicy, text: str, password: bytes | None) -> None:
    assert read_password(text, policy) == password


def passwords(typed: TypedLogin | RejectReason) -> list[bytes]:
    return [typed.password] if isinstance(typed, TypedPassword) else []


@given(TEXTS, st.sampled_from(ALL))
def test_no_empty_text_no_digits_only_and_no_nul_ever_becomes_a_password(text: str, policy: ClientPolicy) -> None:
    alone = read_password(text, policy)
    for password in passwords(read_typed_login(text, policy)) + ([] if alone is None else [alone]):
        assert password.strip()
        assert b"\0" not in password
        assert not "".join(password.decode().split()).isdigit()


@given(TEXTS, st.sampled_from(ALL))
def test_a_password_is_a_beginning_of_the_text_octet_by_octet(text: str, policy: ClientPolicy) -> None:
    for password in passwords(read_typed_login(text, policy)):
        assert text.encode().startswith(password)


@given(TEXTS, st.sampled_from([THEN, CHALLENGE, IN_FIELD]))
def test_where_nothing_is_joined_nothing_is_cut_off(text: str, policy: ClientPolicy) -> None:
    for password in passwords(read_typed_login(text, policy)):
        assert text.encode() == password


@given(TEXTS)
def test_no_later_delimiter_has_a_factor_on_its_right(text: str) -> None:
    typed = read_typed_login(text, AND)
    if isinstance(typed, TypedPassword):
        split = len(typed.password.decode())
        assert text[split] == ","
        assert read_typed_text(text[split + 1 :]) == typed.factor
        later = (at for at in range(split + 1, len(text)) if text[at] == ",")
        assert all(read_typed_text(text[at + 1 :]) is None for at in later)


@given(st.text(min_size=1, max_size=30), st.sampled_from(["123456", "12345678", "push47", "abcd-efgh-jkmn"]))
def test_every_password_can_be_joined_with_every_factor(password: str, factor: str) -> None:
    typed = read_typed_login(f"{password},{factor}", AND)
    if typed == RejectReason.PASSWORD_MISSING:
        assert "\0" in password or not password.strip() or "".join(password.split()).isdigit()
    else:
        assert typed == TypedPassword(password.encode(), read_typed_text(factor))


@given(TEXTS)
def test_no_mode_but_those_with_passwords_ever_finds_one(text: str) -> None:
    assert not passwords(read_typed_login(text, PLAIN))


def test_no_secret_shows_in_a_repr() -> None:
    shown = repr(read_typed_login("secret,123456", AND))
    assert "secret" not in shown
    assert "123456" not in shown
