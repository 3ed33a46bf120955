"""The content coding aes128gcm (RFC 8188), both ways, in one record: push messages may have no more (RFC 8291)."""

import struct
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SALT_OCTETS: Final = 16
RECORD_OCTETS: Final = 4096
_HEADER: Final = struct.Struct(f"!{SALT_OCTETS}sIB")  # section 2.1: salt, record size, length of the key id
_TAG_OCTETS: Final = 16
_LAST_RECORD: Final = b"\x02"  # section 2: what ends the plaintext of the last record, before its padding
MAX_PLAINTEXT_OCTETS: Final = RECORD_OCTETS - _TAG_OCTETS - len(_LAST_RECORD)


class CodingError(ValueError):
    """Raised for octets that are no such record, or do not open."""


def encode(plaintext: bytes, key: bytes, salt: bytes, key_id: bytes, *, padded_to: int = 0) -> bytes:
    """``key`` is the input keying material. The plaintext is padded to so many octets; none longer is taken. Raises
    ValueError."""
    room = padded_to or len(plaintext)
    if not len(plaintext) <= room <= MAX_PLAINTEXT_OCTETS:
        raise ValueError(f"{len(plaintext)} octets are too long for a record of {room}")
    padded = (plaintext + _LAST_RECORD).ljust(room + 1, b"\0")
    cipher, nonce = _cipher(key, salt)
    return _HEADER.pack(salt, RECORD_OCTETS, len(key_id)) + key_id + cipher.encrypt(nonce, padded, None)


def key_id_of(message: bytes) -> bytes:
    """Raises CodingError."""
    return _parts(message)[1]


def decode(message: bytes, key: bytes) -> bytes:
    """Raises CodingError."""
    salt, _, record = _parts(message)
    cipher, nonce = _cipher(key, salt)
    try:
        padded = cipher.decrypt(nonce, record, None)
    except (InvalidTag, ValueError):  # ValueError: too short to hold a tag
        raise CodingError("the record does not open") from None
    plaintext, delimiter = padded.rstrip(b"\0")[:-1], padded.rstrip(b"\0")[-1:]
    if delimiter != _LAST_RECORD:
        raise CodingError("the record is not the last one, or nothing but padding")
    return plaintext


def _parts(message: bytes) -> tuple[bytes, bytes, bytes]:
    """Salt, key id, and the one record."""
    if len(message) < _HEADER.size:
        raise CodingError("the message is shorter than its header")
    salt, record_octets, length = _HEADER.unpack_from(message)
    key_id, record = message[_HEADER.size : _HEADER.size + length], message[_HEADER.size + length :]
    if len(key_id) != length or len(record) > record_octets:
        raise CodingError("the message is cut off, or of more than one record")
    return salt, key_id, record


def _cipher(key: bytes, salt: bytes) -> tuple[AESGCM, bytes]:
    """Sections 2.2 and 2.3. The nonce of the first record is the derived one as it is."""
    content_key = _derived(key, salt, b"Content-Encoding: aes128gcm\0", 16)
    return AESGCM(content_key), _derived(key, salt, b"Content-Encoding: nonce\0", 12)


def _derived(key: bytes, salt: bytes, info: bytes, octets: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=octets, salt=salt, info=info).derive(key)
