"""One identity for every spelling of a name.

``alice``, ``ALICE``, ``CORP\\alice`` and (where she has that alias) ``alice@corp.example.test`` lead to one user
with one counter. A bare name and ``DOMAIN\\name`` are looked up as sAMAccountName, ``name@domain`` as
userPrincipalName; neither is cut down to the other, because AD lets them belong to different people. Only where an
administrator says of a RADIUS client that they never do (``simplify``), a name@suffix is its bare name.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # a configuration names realms; and few have a directory
    from mfa.domain.configuration import UserNameRules
    from mfa.domain.directory import DirectorySettings

MAX_NAME_OCTETS: Final = 253
_FORBIDDEN: Final = frozenset('"/[]:;|=,+*?<>#')  # never in a sAMAccountName; and our keys are built with "#"
_REFUSED_CATEGORIES: Final = ("C", "Z", "M")  # control, format, unassigned; separators; lone combining marks


class AliasKind(StrEnum):
    SAM = "sam"
    UPN = "upn"
    GUID = "guid"  # the directory's objectGUID: never typed, but the one name that outlives renames


@dataclass(frozen=True, slots=True)
class Realm:
    """One set of users. Only its own domain names may stand before ``\\`` or after ``@``; compared without case.
    ``directory`` is where their passwords and groups are asked for; None if nobody asks."""

    name: str
    netbios_domains: frozenset[str] = frozenset()
    upn_suffixes: frozenset[str] = frozenset()
    directory: "DirectorySettings | None" = None


@dataclass(frozen=True, slots=True)
class Alias:
    """A canonical name. Two spellings are the same user exactly if their Alias is equal."""

    realm: str
    kind: AliasKind
    name: str


class NameRefusedError(ValueError):
    """Raised for a name that no user can have. ``rule`` says which rule it broke; the name is not repeated."""

    def __init__(self, rule: str) -> None:
        super().__init__(f"user name refused: {rule}")
        self.rule = rule


def canonical_name(sent: str, realm: Realm) -> Alias:
    """Read a name as a client sent it (strict UTF-8, any spelling) in a realm; raise NameRefusedError."""
    return _read(sent, (realm,), simplify=False)


def read_name(sent: str, realms: Sequence[Realm], rules: "UserNameRules") -> Alias:
    """The same where users of several realms may log in: the domain or suffix tells which; a bare name belongs to the
    first of ``realms``. Raises NameRefusedError."""
    return _read(sent, realms, simplify=rules.simplify)


def _read(sent: str, realms: Sequence[Realm], *, simplify: bool) -> Alias:
    name = _fold(sent)
    if "\\" in name:
        domain, _, account = name.partition("\\")
        realm = next((one for one in realms if domain in _folded(one.netbios_domains)), None)
        if realm is None:
            raise NameRefusedError("the domain before \\ is not one of the realm's")
        return Alias(realm.name, AliasKind.SAM, _checked(account))
    if "@" in name:
        account, _, suffix = name.rpartition("@")
        realm = next((one for one in realms if suffix in _folded(one.upn_suffixes)), None)
        if realm is None:
            raise NameRefusedError("the suffix after @ is not one of the realm's")
        if simplify:
            return Alias(realm.name, AliasKind.SAM, _checked(account))
        return Alias(realm.name, AliasKind.UPN, f"{_checked(account)}@{suffix}")
    return Alias(realms[0].name, AliasKind.SAM, _checked(name))


def _fold(sent: str) -> str:
    try:
        octets = len(sent.encode())
    except UnicodeEncodeError:
        raise NameRefusedError("not valid Unicode") from None
    if octets > MAX_NAME_OCTETS:
        raise NameRefusedError(f"longer than {MAX_NAME_OCTETS} octets")
    return (
        unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", sent).casefold()).strip(" ").rstrip(".").strip(" ")
    )


def _folded(names: frozenset[str]) -> frozenset[str]:
    return frozenset(name.casefold() for name in names)


def _checked(account: str) -> str:
    account = account.strip(" ").rstrip(". ")
    if not account:
        raise NameRefusedError("empty")
    for character in account:
        if character in _FORBIDDEN or character in "\\@":
            raise NameRefusedError("a character that no account name can hold")
        if character != " " and unicodedata.category(character)[0] in _REFUSED_CATEGORIES:
            raise NameRefusedError("an invisible, control or combining character")
    if len({script for script in map(_script, account) if script}) > 1:
        raise NameRefusedError("letters of more than one script look alike")
    return account


def _script(character: str) -> str | None:
    """The script of a letter, read off its Unicode name ("CYRILLIC SMALL LETTER A"); None for digits and signs.

    Kanji, hiragana and katakana are written together, so they count as one.
    """
    if not character.isalpha():
        return None
    word = unicodedata.name(character, "UNNAMED").split()[0]
    return "JAPANESE" if word in {"CJK", "HIRAGANA", "KATAKANA"} else word
