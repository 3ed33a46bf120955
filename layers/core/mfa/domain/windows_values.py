"""How Active Directory writes times, SIDs and GUIDs: pure readers and writers.

Each reader raises ValueError for octets that cannot be such a value, and its writer gives the same octets back.
"""

import struct
import uuid
from typing import Final

FILETIME_UNITS: Final = 10_000_000  # a second, in units of 100 ns
FILETIME_OF_1970: Final = 116_444_736_000_000_000  # a FILETIME counts from 1601
NEVER: Final = 2**63 - 1  # what accountExpires holds for "never", as 0 does

_SID_HEAD: Final = 8
_MAX_SUB_AUTHORITIES: Final = 15


def unix_of_filetime(filetime: int) -> float:
    """Unix seconds."""
    return (filetime - FILETIME_OF_1970) / FILETIME_UNITS


def filetime_of_unix(seconds: float) -> int:
    return round(seconds * FILETIME_UNITS) + FILETIME_OF_1970


def seconds_of_interval(interval: int) -> float:
    """A duration such as lockOutObservationWindow: negative, in units of 100 ns. The most negative is "for ever"."""
    return float("inf") if interval <= -(2**63) else abs(interval) / FILETIME_UNITS


def guid_text(octets: bytes) -> str:
    """objectGUID in the usual form, lower case. Its first three fields are little-endian (MS-DTYP 2.3.4.2)."""
    return str(uuid.UUID(bytes_le=octets))


def guid_octets(text: str) -> bytes:
    return uuid.UUID(text).bytes_le


def sid_text(octets: bytes) -> str:
    """A security identifier as text (MS-DTYP 2.4.2.2): S-1-authority-sub-sub..."""
    if len(octets) < _SID_HEAD or octets[0] != 1:
        raise ValueError("no SID of revision 1")
    count = octets[1]
    if count > _MAX_SUB_AUTHORITIES or len(octets) != _SID_HEAD + 4 * count:
        raise ValueError("a SID of another length than it says")
    authority = int.from_bytes(octets[2:_SID_HEAD], "big")
    shown = str(authority) if authority < 2**32 else f"0x{authority:012X}"
    return "-".join(("S-1", shown, *map(str, struct.unpack_from(f"<{count}I", octets, _SID_HEAD))))


def sid_octets(text: str) -> bytes:
    marker, revision, authority, *subs = text.split("-")
    if (marker, revision) != ("S", "1") or len(subs) > _MAX_SUB_AUTHORITIES:
        raise ValueError("no SID of revision 1")
    try:
        head = bytes((1, len(subs))) + int(authority, 0).to_bytes(6, "big")
        return head + b"".join(int(sub).to_bytes(4, "little") for sub in subs)
    except OverflowError:
        raise ValueError("a SID with a number that is too large") from None
