"""Reading single fields of a JSON object: each function returns the checked value or raises ContractError.

Error texts name the field and the rule, never the value: a value may be a password.
"""

import binascii
import json
from collections.abc import Mapping
from typing import cast

from mfa.contract.errors import ContractError

VERSION = 1
MAX_BODY_OCTETS = (
    64 * 1024
)  # 4096 octets of RADIUS, base64 and JSON around it, with room; a body above is refused unread

type JsonObject = Mapping[str, object]

_FROM_URL = bytes.maketrans(b"-_", b"+/")
_TO_URL = bytes.maketrans(b"+/", b"-_")


def decode_object(body: bytes | str) -> JsonObject:
    """Parse one JSON object; refuse duplicate keys, NaN, deep nesting and anything that is not an object."""
    try:
        # json.loads would take UTF-16 and a BOM, and make a new decoder for every message.
        value = _decode(body if isinstance(body, str) else body.decode())
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        if isinstance(error, ContractError):
            raise
        raise ContractError("the body is not valid JSON in UTF-8") from None
    if not isinstance(value, dict):
        raise ContractError("the body must be one JSON object")
    return cast(JsonObject, value)


def encode_object(message: JsonObject) -> bytes:
    return _encode(message).encode()


_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"), allow_nan=False).encode


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ContractError("a field stands twice in one object")
    return result


def _no_constants(name: str) -> object:
    raise ContractError(f"{name} is not JSON")


_decode = json.JSONDecoder(object_pairs_hook=_no_duplicates, parse_constant=_no_constants).decode


def refuse_unknown(message: JsonObject, known: frozenset[str]) -> None:
    for name in message:
        if name not in known:
            raise ContractError(f"unknown field {name[:40]!r}")


def check_version(message: JsonObject) -> None:
    if message.get("version") != VERSION:
        raise ContractError(f"version must be {VERSION}")


def text(message: JsonObject, name: str, *, max_octets: int, empty: bool = False) -> str:
    value = message.get(name)
    if not isinstance(value, str):
        raise ContractError(f"{name} must be a string")
    try:
        size = len(value.encode())
    except UnicodeEncodeError:  # JSON can smuggle lone surrogates past the UTF-8 of the body
        raise ContractError(f"{name} must be valid Unicode") from None
    if size > max_octets or (not value and not empty):
        raise ContractError(f"{name} must have {0 if empty else 1} to {max_octets} octets")
    return value


def optional_text(message: JsonObject, name: str, *, max_octets: int) -> str | None:
    return None if message.get(name) is None else text(message, name, max_octets=max_octets, empty=True)


def integer(message: JsonObject, name: str, *, lowest: int, highest: int) -> int:
    value = message.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
        raise ContractError(f"{name} must be a whole number from {lowest} to {highest}")
    return value


def optional_integer(message: JsonObject, name: str, *, lowest: int, highest: int) -> int | None:
    return None if message.get(name) is None else integer(message, name, lowest=lowest, highest=highest)


def truth(message: JsonObject, name: str) -> bool:
    value = message.get(name)
    if not isinstance(value, bool):
        raise ContractError(f"{name} must be true or false")
    return value


def optional_truth(message: JsonObject, name: str) -> bool:
    """False if it is not there."""
    return truth(message, name) if name in message else False


def text_map(message: JsonObject, name: str, *, most: int, max_octets: int) -> dict[str, str]:
    """Names with their texts, none of either longer than ``max_octets``."""
    values = object_of(message.get(name), name)
    if len(values) > most:
        raise ContractError(f"{name} must have at most {most} entries")
    for key in values:
        text({name: key}, name, max_octets=max_octets)
    return {key: text(values, key, max_octets=max_octets, empty=True) for key in values}


def octets(message: JsonObject, name: str, *, lowest: int, highest: int) -> bytes:
    """A binary field: base64url without padding (RFC 4648 section 5)."""
    return octets_of(message.get(name), name, lowest=lowest, highest=highest)


def optional_octets(message: JsonObject, name: str, *, lowest: int, highest: int) -> bytes | None:
    return None if message.get(name) is None else octets(message, name, lowest=lowest, highest=highest)


def octets_of(value: object, name: str, *, lowest: int, highest: int) -> bytes:
    if not isinstance(value, str):
        raise ContractError(f"{name} must be base64url without padding")
    try:
        decoded = binascii.a2b_base64(value.encode("ascii").translate(_FROM_URL) + b"==")
    except ValueError:  # binascii.Error and UnicodeEncodeError are ValueErrors
        raise ContractError(f"{name} must be base64url without padding") from None
    if base64url(decoded) != value:  # one value, one spelling; this also finds characters that the decoder passes over
        raise ContractError(f"{name} must be canonical base64url without padding")
    if not lowest <= len(decoded) <= highest:
        raise ContractError(f"{name} must have {lowest} to {highest} octets")
    return decoded


def base64url(value: bytes) -> str:
    return binascii.b2a_base64(value, newline=False).translate(_TO_URL, b"=").decode("ascii")


def items(message: JsonObject, name: str, *, most: int) -> list[object]:
    value = message.get(name)
    if not isinstance(value, list) or len(value) > most:
        raise ContractError(f"{name} must be a list of at most {most}")
    return cast(list[object], value)


def object_of(value: object, name: str) -> JsonObject:
    if not isinstance(value, dict):
        raise ContractError(f"{name} must be an object")
    return cast(JsonObject, value)
