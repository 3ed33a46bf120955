"""Reply attributes by name, as a policy lists them, in octets. pyrad reads the dictionary that ships with the edge.

The dictionary is loaded once, when the first name is asked for; what was written once is remembered. A name or value
that cannot be written is left out and reported: it must never fail a login, and never go unnoticed.
"""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from radius_edge.protocol import attributes as attr
from radius_edge.protocol.errors import ReplyError
from radius_edge.protocol.vendor import MAX_VENDOR_VALUE_OCTETS, vendor_attribute

if TYPE_CHECKING:
    from pyrad.dictionary import Attribute, Dictionary

DICTIONARY: Final = Path(__file__).with_name("dictionaries") / "dictionary"
MAX_REMEMBERED: Final = 4_096
_INTEGERS: Final = frozenset({"integer", "integer64", "signed", "short", "byte", "date"})
_TEXTS: Final = frozenset({"string", "octets"})

type Pairs = tuple[tuple[str, str], ...]


class CannotWrite(Protocol):
    """Told about every pair that was left out, each time it is: ``why`` is "unknown" or "value"."""

    def __call__(self, name: str, why: str) -> None: ...


class ReplyAttributes:
    """Written attributes, whole, in the order in which they were asked for."""

    def __init__(self, cannot_write: CannotWrite, path: Path = DICTIONARY) -> None:
        self._cannot_write = cannot_write
        self._path = path
        self._written: dict[tuple[str, str], bytes | str] = {}

    def write(self, pairs: Pairs) -> bytes:
        return b"".join([self._one(pair) for pair in pairs]) if pairs else b""

    def _one(self, pair: tuple[str, str]) -> bytes:
        written = self._written.get(pair)
        if written is None:
            written = self._try_to_write(*pair)
            if len(self._written) >= MAX_REMEMBERED:
                self._written.clear()
            self._written[pair] = written
        if isinstance(written, str):
            self._cannot_write(pair[0], written)
            return b""
        return written

    def _try_to_write(self, name: str, value: str) -> bytes | str:
        """The octets, or why there are none."""
        attribute = self._dictionary.attributes.get(name)
        if attribute is None or attribute.encrypt or attribute.is_sub_attribute:
            return "unknown"
        try:
            return _written(self._dictionary, attribute, value)
        except (ReplyError, ValueError, TypeError, KeyError):  # pyrad raises any of them for a value it cannot encode
            return "value"

    @cached_property
    def _dictionary(self) -> "Dictionary":
        from pyrad.dictionary import Dictionary  # noqa: PLC0415 - most edges write no attributes and need no dictionary

        return Dictionary(str(self._path))


def _written(dictionary: "Dictionary", attribute: "Attribute", value: str) -> bytes:
    octets = _octets(attribute, value)
    if not attribute.vendor:
        return b"".join(
            attr.attribute(attribute.code, piece) for piece in _pieces(attribute, octets, attr.MAX_VALUE_OCTETS)
        )
    vendor = dictionary.vendors.GetForward(attribute.vendor)
    return b"".join(
        vendor_attribute(vendor, attribute.code, piece) for piece in _pieces(attribute, octets, MAX_VENDOR_VALUE_OCTETS)
    )


def _pieces(attribute: "Attribute", octets: bytes, most: int) -> list[bytes]:
    """Only Reply-Message may be cut (RFC 2865 section 5.18); a part of anything else would mean something else."""
    if attribute.code == attr.REPLY_MESSAGE and not attribute.vendor:
        return attr.cut_text(octets, most)
    return [octets]


def _octets(attribute: "Attribute", value: str) -> bytes:
    from pyrad.tools import EncodeAttr  # noqa: PLC0415 - as above

    if attribute.type in _INTEGERS:
        named = attribute.values.HasForward(value)
        number = attribute.values.GetForward(value) if named else None
        octets: bytes = number if isinstance(number, bytes) else EncodeAttr(attribute.type, int(value, 0))
    elif attribute.type in _TEXTS:
        octets = bytes.fromhex(value[2:]) if attribute.type == "octets" and value.startswith("0x") else value.encode()
    else:
        octets = EncodeAttr(attribute.type, value)
    return octets
