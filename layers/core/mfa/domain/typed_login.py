"""What was typed into the password field, read by the client's mode: a factor, a password, both, or a marker.

Nothing here trims, folds or repairs a password: it goes to the directory as it was typed, or not at all. What must
never be asked about there is no password: no text, digits only (a code, typed where it does not belong), or a text
with a NUL, behind which some servers see nothing and take the rest for the empty password.
"""

from dataclasses import dataclass, field

from mfa.domain.configuration import ClientMode, ClientPolicy, JoinedForm
from mfa.domain.reasons import RejectReason
from mfa.domain.typed_text import TypedCode, TypedWord, read_typed_text


@dataclass(frozen=True, slots=True)
class TypedFactor:
    factor: TypedCode | TypedWord


@dataclass(frozen=True, slots=True)
class TypedPassword:
    """``factor`` is None where none was typed: one is chosen for the user."""

    password: bytes = field(repr=False)
    factor: TypedCode | TypedWord | None = None


@dataclass(frozen=True, slots=True)
class TypedMarker:
    """A text that asks for the choice of a factor, without a password."""


type TypedLogin = TypedFactor | TypedPassword | TypedMarker


def read_typed_login(text: str, policy: ClientPolicy, *, answers_challenge: bool = False) -> TypedLogin | RejectReason:
    match policy.mode:
        case ClientMode.SECOND_FACTOR:
            return _factor_field(text, policy)
        case ClientMode.PASSWORD_THEN_FACTOR:
            return TypedMarker() if _is_marker(text, policy) else _password(text)
        case ClientMode.PASSWORD_AND_FACTOR:
            return _joined(text, policy.joined)
        case ClientMode.CHALLENGE:
            return _factor(text) if answers_challenge else _password(text)


def read_password(text: str, policy: ClientPolicy) -> bytes | None:
    """The password of a user who is not asked for a factor: without one, the whole text is the password."""
    typed = read_typed_login(text, policy)
    if isinstance(typed, TypedPassword):
        return typed.password
    if policy.mode is not ClientMode.PASSWORD_AND_FACTOR:
        return None
    alone = _password(text)
    return alone.password if isinstance(alone, TypedPassword) else None


def is_password(text: str) -> bool:
    """False for what must never be tried as a password. A digit is whatever Unicode says is one."""
    return "\0" not in text and not all(character.isdigit() or character.isspace() for character in text)


def _factor_field(text: str, policy: ClientPolicy) -> TypedLogin | RejectReason:
    """The grammar wins over the password. A marker wins over a word, since somebody chose it, but never over a code."""
    typed = read_typed_text(text)
    if not isinstance(typed, TypedCode) and _is_marker(text, policy):
        return TypedMarker()
    if typed is not None:
        return TypedFactor(typed)
    if policy.password_in_factor_field and is_password(text):
        return TypedPassword(text.encode())
    return RejectReason.NOT_A_CODE


def _factor(text: str) -> TypedFactor | RejectReason:
    typed = read_typed_text(text)
    return RejectReason.NOT_A_CODE if typed is None else TypedFactor(typed)


def _password(text: str) -> TypedPassword | RejectReason:
    return TypedPassword(text.encode()) if is_password(text) else RejectReason.PASSWORD_MISSING


def _joined(text: str, form: JoinedForm) -> TypedPassword | RejectReason:
    parts = _with_code(text, form.code_length) if form.code_length else _parted(text, form.delimiter)
    if parts is None or not is_password(parts[0]):
        return RejectReason.PASSWORD_MISSING
    password, factor = parts
    return TypedPassword(password.encode(), factor)


def _with_code(text: str, length: int) -> tuple[str, TypedCode] | None:
    code = read_typed_text(text[-length:])
    if not isinstance(code, TypedCode) or len(code.digits) != length:  # spaces around it would be part of the password
        return None
    return text[:-length], code


def _parted(text: str, delimiter: str) -> tuple[str, TypedCode | TypedWord] | None:
    """At the last delimiter whose right side is a factor: what is left of it may hold more of them."""
    end = len(text)
    while delimiter and (start := text.rfind(delimiter, 0, end)) >= 0:
        factor = read_typed_text(text[start + len(delimiter) :])
        if factor is not None:
            return text[:start], factor
        end = start + len(delimiter) - 1
    return None


def _is_marker(text: str, policy: ClientPolicy) -> bool:
    return text.strip(" ").lower() in policy.automatic_factor_markers
