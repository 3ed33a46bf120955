"""Attributes of an Access-Accept, by their names in a RADIUS dictionary.

Here only their form is checked: dictionaries are the edge's and the command's. What the protocol itself needs is
set by Gatehouse and cannot be configured: a second State or Message-Authenticator would break every reply.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from mfa.contract.login import MAX_REPLY_ATTRIBUTES
from mfa.domain.document_reading import Path, Section, is_text

SET_BY_GATEHOUSE: Final = frozenset(
    {
        "Message-Authenticator",
        "State",
        "Proxy-State",
        "EAP-Message",
        "User-Password",
        "CHAP-Password",
        "MS-CHAP-Error",
        "MS-CHAP2-Success",
        "MS-MPPE-Send-Key",
        "MS-MPPE-Recv-Key",
    }
)
ATTRIBUTE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
MAX_VALUE_OCTETS: Final = 253  # RFC 2865 section 5

_RULE: Final = "a mapping of attribute names to a value or a list of values"
_VALUE_RULE: Final = f"a text of 1 to {MAX_VALUE_OCTETS} octets or a whole number"


def read_reply_attributes(client: Section) -> tuple[tuple[str, str], ...]:
    value = client.raw("reply_attributes")
    if "reply_attributes" not in client:
        return ()
    if not isinstance(value, dict):
        client.note("reply_attributes", f"reply_attributes must be {_RULE}")
        return ()
    path = (*client.path, "reply_attributes")
    pairs = [pair for name, values in value.items() for pair in _pairs(client, path, name, values)]
    if len(pairs) > MAX_REPLY_ATTRIBUTES:
        client.note("reply_attributes", f"there may be at most {MAX_REPLY_ATTRIBUTES} reply attributes")
    return tuple(pairs)


def _pairs(client: Section, path: Path, name: object, values: object) -> Iterable[tuple[str, str]]:
    if not isinstance(name, str) or not ATTRIBUTE_NAME.fullmatch(name):
        client.mistakes.add((*path, str(name)), "this is no attribute name such as Filter-Id")
        return
    if name in SET_BY_GATEHOUSE:
        client.mistakes.add((*path, name), f"{name} is set by Gatehouse itself where it is needed: remove it")
        return
    for value in values if isinstance(values, list) else [values]:
        text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if is_text(text) and isinstance(text, str) and len(text.encode()) <= MAX_VALUE_OCTETS:
            yield name, text
        else:
            client.mistakes.add((*path, name), f"a value of {name} must be {_VALUE_RULE}")


def shown_reply_attributes(pairs: Sequence[tuple[str, str]]) -> dict[str, object]:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return {name: of_name[0] if len(of_name) == 1 else of_name for name, of_name in values.items()}
