"""Phone numbers that get messages, calls or both: which are admitted, and what of them may be shown."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from mfa.domain.sealing import Sealed

MAX_PHONES: Final = 3  # of one user; each is named by one digit (sms2, phone2)
PHONE_ID_OCTETS: Final = 6  # unique among three; nobody can act on a phone by its id alone
MAX_NAME_OCTETS: Final = 32
PREFIX_DIGITS: Final = 6  # country code and operator range: +49 151 2…, +1 415 55…


class PhoneWay(StrEnum):
    """By what a number is reached. Each way is proven by a code of its own that came by it."""

    MESSAGE = "message"
    CALL = "call"


class LineType(StrEnum):
    """What libphonenumber says that a number is. In some countries mobile and fixed lines look alike."""

    MOBILE = "mobile"
    FIXED_OR_MOBILE = "fixed_or_mobile"
    FIXED = "fixed"
    VOIP = "voip"
    PREMIUM = "premium"
    SHARED_COST = "shared_cost"
    TOLL_FREE = "toll_free"
    OTHER = "other"


class NumberRefusal(StrEnum):
    """Why a number gets no message, or no call."""

    NOT_A_NUMBER = "not-a-number"
    COUNTRY = "country-refused"
    LINE_TYPE = "line-type-refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneNumber:
    """``e164`` begins with ``+``; ``region`` is ISO 3166's two letters."""

    e164: str = field(repr=False)
    region: str
    line_type: LineType


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedPhone:
    """A number of a user that has shown a code which came to it. ``number`` is the sealed E.164 text, ``ways`` how such
    codes came: it counts for nothing else."""

    phone_id: str
    name: str
    number: Sealed
    region: str
    verified_at: int
    ways: frozenset[PhoneWay] = frozenset({PhoneWay.MESSAGE})


_LINE_TYPES: Final = {
    PhoneWay.MESSAGE: frozenset({LineType.MOBILE, LineType.FIXED_OR_MOBILE}),
    PhoneWay.CALL: frozenset({LineType.MOBILE, LineType.FIXED_OR_MOBILE, LineType.FIXED}),
}


def refusal_of(
    number: PhoneNumber, countries: Collection[str], way: PhoneWay = PhoneWay.MESSAGE
) -> NumberRefusal | None:
    """A number on somebody's computer is no second thing that a person has, and the others cost what their owner
    asks for. A telephone on a desk can ring, but get no message."""
    if number.line_type not in _LINE_TYPES[way]:
        return NumberRefusal.LINE_TYPE
    return None if number.region in countries else NumberRefusal.COUNTRY


def chosen_phone(phones: Sequence[VerifiedPhone], place: int | None, way: PhoneWay) -> VerifiedPhone | None:
    """``phone`` is the first that is reached that way, ``phone2`` the one in the second place, if it is."""
    if place is None:
        return next((phone for phone in phones if way in phone.ways), None)
    found = phones[place - 1] if place <= len(phones) else None
    return found if found is not None and way in found.ways else None


def with_phone(phones: Sequence[VerifiedPhone], phone: VerifiedPhone) -> tuple[VerifiedPhone, ...]:
    """In the place that it has, or else behind the others."""
    if any(one.phone_id == phone.phone_id for one in phones):
        return tuple(phone if one.phone_id == phone.phone_id else one for one in phones)
    return (*phones, phone)


def masked(e164: str) -> str:
    """All that logs and answers show of a number."""
    return f"…{e164[-2:]}"


def prefix_of(e164: str) -> str:
    return e164.removeprefix("+")[:PREFIX_DIGITS]


def number_context(user_id: str, phone_id: str) -> bytes:
    """The associated data that ties a sealed number to its owner."""
    return f"phone|{user_id}|{phone_id}".encode()
