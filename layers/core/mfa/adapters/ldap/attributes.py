"""Reading single attributes of an entry: the first value, as what it is."""

from mfa.adapters.ldap.session import Attributes


def one(values: Attributes, name: str) -> bytes | None:
    found = values.get(name.lower())
    return found[0] if found else None


def text(values: Attributes, name: str) -> str | None:
    value = one(values, name)
    return None if value is None else value.decode()


def integer(values: Attributes, name: str) -> int:
    return int(one(values, name) or 0)
