"""Which names a subscriber may be given, and whom a name in a request means.

The rule: a name is canonical before it is compared or stored (``mfa.domain.user_names``), in exactly one realm.
"""

import unicodedata
from typing import Final

from mfa.domain.email_addresses import is_address
from mfa.domain.subscribers import Subscriber
from mfa.domain.user_names import Alias, AliasKind, NameRefusedError, Realm, canonical_name
from mfa.errors import InvalidInputError, NotFoundError
from mfa.ports import SubscriberStore

MAX_LABEL_OCTETS: Final = 64  # of a display name or a factor's name


def new_aliases(realm: Realm, username: str, upn: str | None) -> tuple[Alias, ...]:
    """All names of a new subscriber, each once, the main one first."""
    main = _new_alias(realm, "username", username)
    if upn is None:
        return (main,)
    second = _new_alias(realm, "upn", upn)
    if second.kind is not AliasKind.UPN:
        raise InvalidInputError("name-refused", "upn must be of the form name@domain")
    return (main,) if second == main else (main, second)


def _new_alias(realm: Realm, field: str, name: str) -> Alias:
    if "%" in name:  # API Gateway decodes a path once more or less than others do: "%" would name two users
        raise InvalidInputError("name-refused", f"{field} refused: % cannot stand in the path of a request")
    try:
        return canonical_name(name, realm)
    except NameRefusedError as error:
        raise InvalidInputError("name-refused", f"{field} refused: {error.rule}") from None


def find_subscriber(store: SubscriberStore, realm: Realm, name: str) -> Subscriber:
    """The subscriber behind any spelling of one of the names; a name that nobody can have belongs to nobody."""
    try:
        subscriber = store.find(canonical_name(name, realm))
    except NameRefusedError:
        subscriber = None
    if subscriber is None:
        raise NotFoundError("no such user")
    return subscriber


def checked_label(field: str, label: str, *, max_octets: int = MAX_LABEL_OCTETS) -> str:
    """A name for people to read: one line, nothing that can hide or reorder text."""
    label = label.strip(" ")
    if not label or len(label.encode()) > max_octets:
        raise InvalidInputError("label-refused", f"{field} must have 1 to {max_octets} octets that are not blank")
    if any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for character in label):
        raise InvalidInputError("label-refused", f"{field} must not hold control or invisible characters")
    return label


def checked_address(text: str) -> str:
    """An e-mail address that mail can go to."""
    address = text.strip(" ")
    if not is_address(address):
        raise InvalidInputError("address-refused", "email must be one address such as alice@example.com, in ASCII")
    return address
