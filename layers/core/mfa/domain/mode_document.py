"""What users type, in a configuration document: the mode of a client, its factors, and what goes with that mode."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mfa.domain.configuration import (
    DEFAULT_CHALLENGE_MESSAGE,
    ClientMode,
    ClientPolicy,
    JoinedForm,
    UserNameRules,
    approval_by_default,
)
from mfa.domain.document_names import NAME, NAME_RULE
from mfa.domain.document_reading import Section
from mfa.domain.policy import DEFAULT_FACTORS, FactorKind
from mfa.domain.push import PushApproval, PushWait
from mfa.domain.sent_codes import MAX_BATCH
from mfa.domain.typed_text import read_typed_text

MODE_FIELDS: Final = (
    "mode", "factors", "joined", "password_in_factor_field", "automatic_factor_markers", "challenge_message",
    "push_approval", "push_wait", "sms_codes",
)  # fmt: skip
MODES: Final = tuple(mode.value for mode in ClientMode)
FACTOR_KINDS: Final = tuple(kind.value for kind in FactorKind)
PUSH_APPROVALS: Final = tuple(approval.value for approval in PushApproval)
PUSH_WAITS: Final = tuple(wait.value for wait in PushWait)
JOINED_FIELDS: Final = ("delimiter", "code_length")
USER_NAME_FIELDS: Final = ("simplify", "more_realms")
CODE_LENGTHS: Final = (6, 8)
MAX_MARKERS: Final = 16
MAX_MARKER_CHARACTERS: Final = 64
MAX_CHALLENGE_MESSAGE_OCTETS: Final = 253  # one Reply-Message (RFC 2865 section 5.18)
# No dash: recovery codes hold some.
DELIMITER: Final = re.compile(r"[!-,./:-@\[-`{-~]{1,4}")

# Which fields mean something in which modes only.
_ONLY_IN: Final[Mapping[str, tuple[ClientMode, ...]]] = {
    "joined": (ClientMode.PASSWORD_AND_FACTOR,),
    "password_in_factor_field": (ClientMode.SECOND_FACTOR,),
    "automatic_factor_markers": (ClientMode.SECOND_FACTOR, ClientMode.PASSWORD_THEN_FACTOR),
    "challenge_message": (ClientMode.CHALLENGE,),
}
_FACTORS_RULE: Final = f"a list of {', '.join(FACTOR_KINDS)}, in the order in which one is chosen"


@dataclass(frozen=True, slots=True, kw_only=True)
class HowToType:
    mode: ClientMode
    factors: tuple[FactorKind, ...]
    joined: JoinedForm
    password_in_factor_field: bool
    automatic_factor_markers: frozenset[str]
    challenge_message: str
    push_approval: PushApproval
    push_wait: PushWait
    sms_codes: int


def read_how_to_type(client: Section) -> HowToType | None:
    mode = client.choice("mode", MODES, default=ClientMode.SECOND_FACTOR.value)
    if mode is not None:
        _refuse_fields_of_other_modes(client, ClientMode(mode))
    factors = read_factors(client, default=tuple(kind.value for kind in DEFAULT_FACTORS))
    joined = _joined(client, factors)
    in_field = client.truth("password_in_factor_field", default=False)
    markers = client.each(
        "automatic_factor_markers", _marker, rule="a list of texts such as auto", default=(), most=MAX_MARKERS
    )
    message = client.text("challenge_message", default=DEFAULT_CHALLENGE_MESSAGE, rule="a text for the user")
    if message is not None and len(message.encode(errors="replace")) > MAX_CHALLENGE_MESSAGE_OCTETS:
        client.note("challenge_message", f"challenge_message may have {MAX_CHALLENGE_MESSAGE_OCTETS} octets at most")
    approval = client.choice("push_approval", PUSH_APPROVALS, default=_approval_by_default(mode))
    wait = client.choice("push_wait", PUSH_WAITS, default=PushWait.FIRST_PACKET.value)
    sms_codes = client.integer("sms_codes", lowest=1, highest=MAX_BATCH, default=1)
    if mode is None or message is None or approval is None or wait is None or sms_codes is None:
        return None
    _refuse_a_number_that_nobody_types(client, ClientMode(mode), PushApproval(approval))
    return HowToType(
        mode=ClientMode(mode),
        factors=factors,
        joined=joined,
        password_in_factor_field=in_field,
        automatic_factor_markers=frozenset(markers),
        challenge_message=message,
        push_approval=PushApproval(approval),
        push_wait=PushWait(wait),
        sms_codes=sms_codes,
    )


def _approval_by_default(mode: str | None) -> str:
    return approval_by_default(ClientMode.SECOND_FACTOR if mode is None else ClientMode(mode)).value


def _refuse_a_number_that_nobody_types(client: Section, mode: ClientMode, approval: PushApproval) -> None:
    if mode is ClientMode.PASSWORD_THEN_FACTOR and approval is PushApproval.NUMBER:
        text = "push_approval: number has no use in mode password_then_factor, where only a password is typed"
        client.note("push_approval", f"{text}: choose tap or passkey")


def read_factors(section: Section, *, default: tuple[str, ...]) -> tuple[FactorKind, ...]:
    factors = section.each("factors", _factor, rule=_FACTORS_RULE, default=default)
    if section.raw("factors") == []:
        section.note("factors", f"factors must be {_FACTORS_RULE}, or be left out for all of them but phone")
    if len(set(factors)) != len(factors):
        section.note("factors", "a factor stands twice in factors: give each once")
    return factors


def _factor(text: str) -> FactorKind:
    if text not in FACTOR_KINDS:
        raise ValueError(f"{text!r} is no factor of ours; give one of {', '.join(FACTOR_KINDS)}")
    return FactorKind(text)


def _refuse_fields_of_other_modes(client: Section, mode: ClientMode) -> None:
    for name, modes in _ONLY_IN.items():
        if mode not in modes:
            allowed = " and ".join(one.value for one in modes)
            client.refuse([name], f"is for mode {allowed} only: remove it, or change the mode")


def _joined(client: Section, factors: tuple[FactorKind, ...]) -> JoinedForm:
    section = client.inner("joined", JOINED_FIELDS)
    if section is None:
        return JoinedForm()
    if "code_length" not in section:
        delimiter = section.text(
            "delimiter", pattern=DELIMITER, rule="one to four signs such as a comma; no letters, digits or dashes"
        )
        return JoinedForm() if delimiter is None else JoinedForm(delimiter=delimiter)
    section.refuse(["delimiter"], "and code_length cannot both be: remove one of them")
    length = section.integer("code_length", lowest=min(CODE_LENGTHS), highest=max(CODE_LENGTHS))
    if length is not None and length not in CODE_LENGTHS:
        section.note("code_length", "code_length must be 6 or 8: codes have as many digits")
    if FactorKind.CODE not in factors:
        section.note("code_length", "code_length asks for a code, but factors has no code: add it there")
    return JoinedForm() if length is None else JoinedForm(code_length=length)


def _marker(text: str) -> str:
    marker = text.strip(" ").lower()
    if not marker or len(marker) > MAX_MARKER_CHARACTERS:
        raise ValueError(f"a marker has 1 to {MAX_MARKER_CHARACTERS} characters")
    if marker.isdigit() or read_typed_text(marker) is not None:
        raise ValueError(f"{text!r} is read as a factor already; choose a word that is none")
    return marker


def read_user_names(client: Section) -> UserNameRules:
    section = client.inner("user_names", USER_NAME_FIELDS)
    if section is None:
        return UserNameRules()
    more = section.each("more_realms", _realm_name, rule="a list of names of realms", default=())
    return UserNameRules(simplify=section.truth("simplify", default=False), more_realms=more)


def _realm_name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise ValueError(f"a realm has {NAME_RULE}")
    return text


def shown_how_to_type(client: ClientPolicy) -> dict[str, object]:
    """Only what means something in the client's mode."""
    shown: dict[str, object] = {
        "mode": client.mode.value,
        "factors": [kind.value for kind in client.factors],
        "joined": _shown_joined(client.joined),
        "password_in_factor_field": client.password_in_factor_field,
        "automatic_factor_markers": sorted(client.automatic_factor_markers),
        "challenge_message": client.challenge_message,
        "push_approval": client.push_approval.value,
        "push_wait": client.push_wait.value,
        "sms_codes": client.sms_codes,
    }
    return {name: value for name, value in shown.items() if client.mode in _ONLY_IN.get(name, tuple(ClientMode))}


def _shown_joined(joined: JoinedForm) -> dict[str, object]:
    if joined.code_length is not None:
        return {"code_length": joined.code_length}
    return {"delimiter": joined.delimiter}


def shown_user_names(rules: UserNameRules) -> dict[str, object]:
    return {"simplify": rules.simplify, "more_realms": list(rules.more_realms)}
