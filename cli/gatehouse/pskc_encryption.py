"""The encryption of PSKC (RFC 6030 section 6): AES in CBC mode under a pre-shared or derived key, with a MAC.

The MAC is verified before anything is decrypted. A value without one is refused: CBC alone would let anybody who had
the file in hand change a seed.
"""

import hmac
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.hashes import SHA1, SHA224, SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from gatehouse.safe_xml import Element
from gatehouse.token_rows import TokenFileError, base64_octets, whole_number

MAX_ITERATIONS: Final = 10_000_000  # some seconds; a file that asks for more wants to keep somebody busy
_BLOCK_OCTETS: Final = 16
_KEY_OCTETS: Final = {"aes128-cbc": 16, "aes192-cbc": 24, "aes256-cbc": 32}
_MACS: Final = {
    "http://www.w3.org/2000/09/xmldsig#hmac-sha1": "sha1",
    "http://www.w3.org/2001/04/xmldsig-more#hmac-sha224": "sha224",
    "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256": "sha256",
    "http://www.w3.org/2001/04/xmldsig-more#hmac-sha384": "sha384",
    "http://www.w3.org/2001/04/xmldsig-more#hmac-sha512": "sha512",
}
_PRFS: Final[dict[str, type[HashAlgorithm]]] = {
    "": SHA1,
    "hmac-sha1": SHA1,
    "hmacwithsha1": SHA1,
    "hmac-sha224": SHA224,
    "hmac-sha256": SHA256,
    "hmac-sha384": SHA384,
    "hmac-sha512": SHA512,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What the maker of the file has sent on another way: one of the two, or neither."""

    key: bytes | None = field(default=None, repr=False)
    passphrase: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Decryption:
    """The keys of one file."""

    key: bytes = field(repr=False)
    mac_key: bytes = field(repr=False)
    mac: str

    def value(self, encrypted: Element, value_mac: Element | None) -> bytes:
        """Raises TokenFileError."""
        octets = _cipher_value(encrypted)
        if value_mac is None:
            raise TokenFileError("the encrypted seed has no ValueMAC: anybody could have changed it")
        expected = hmac.digest(self.mac_key, octets, self.mac)
        if not hmac.compare_digest(expected, base64_octets("ValueMAC", value_mac.text)):
            raise TokenFileError("the MAC is wrong: another key or passphrase, or the file was changed")
        return _decrypted(encrypted, octets, self.key)


def decryption_of(container: Element, secrets: Secrets) -> Decryption | None:
    """None if the file says nothing of a key. Raises TokenFileError."""
    encryption = container.child("EncryptionKey")
    if encryption is None:
        return None
    derived = encryption.child("DerivedKey")
    if derived is None and encryption.child("KeyName") is None:
        raise TokenFileError("the seeds are encrypted for a certificate, or in another way that is not read")
    key = _shared(secrets) if derived is None else _derived(derived, secrets)
    method = container.child("MACMethod")
    if method is None:
        raise TokenFileError("the file names no MACMethod, so nobody could tell if it was changed")
    mac = _MACS.get(method.attributes.get("Algorithm", ""))
    if mac is None:
        raise TokenFileError("the file's MACMethod is not HMAC with SHA-1 or SHA-2")
    mac_key = method.child("MACKey")
    # RFC 6030 section 6.1.1 gives the MAC a key of its own; where a maker left it out, it is the encryption key.
    return Decryption(key, key if mac_key is None else _decrypted(mac_key, _cipher_value(mac_key), key), mac)


def _shared(secrets: Secrets) -> bytes:
    if secrets.key is None:
        raise TokenFileError("the seeds are encrypted with a pre-shared key: give it with --psk-file")
    return secrets.key


def _derived(derived: Element, secrets: Secrets) -> bytes:
    """PBKDF2 (RFC 8018), as XML Encryption 1.1 writes it down."""
    if secrets.passphrase is None:
        raise TokenFileError("the seeds are encrypted with a passphrase: give it with --passphrase-file")
    parameters = derived.child("KeyDerivationMethod", "PBKDF2-params")
    salt = None if parameters is None else parameters.child("Salt", "Specified")
    iterations = None if parameters is None else parameters.child("IterationCount")
    length = None if parameters is None else parameters.child("KeyLength")
    if parameters is None or salt is None or iterations is None or length is None:
        raise TokenFileError("the file does not say how its key is derived by PBKDF2 (salt, iterations, length)")
    count, octets = (whole_number(one.name, one.text.strip()) for one in (iterations, length))
    if not 1 <= count <= MAX_ITERATIONS or octets not in _KEY_OCTETS.values():
        raise TokenFileError(f"PBKDF2 is done for 1 to {MAX_ITERATIONS} iterations and keys of 16, 24 or 32 octets")
    kdf = PBKDF2HMAC(algorithm=_prf(parameters), length=octets, salt=base64_octets("Salt", salt.text), iterations=count)
    return kdf.derive(secrets.passphrase.encode())


def _prf(parameters: Element) -> HashAlgorithm:
    prf = parameters.child("PRF")
    named = "" if prf is None else prf.attributes.get("Algorithm", "")
    known = _PRFS.get(named.rpartition("#")[2].lower())
    if known is None:
        raise TokenFileError("PBKDF2 is done with HMAC and SHA-1 or SHA-2 only")
    return known()


def _cipher_value(encrypted: Element) -> bytes:
    value = encrypted.child("CipherData", "CipherValue")
    if value is None:
        raise TokenFileError("an encrypted value has no CipherValue")
    return base64_octets("CipherValue", value.text)


def _decrypted(encrypted: Element, octets: bytes, key: bytes) -> bytes:
    """XML Encryption section 5.2: the vector comes first, and the last octet says how many are padding."""
    method = encrypted.child("EncryptionMethod")
    name = "" if method is None else method.attributes.get("Algorithm", "").rpartition("#")[2].lower()
    if _KEY_OCTETS.get(name) is None:
        raise TokenFileError("an encrypted value is not in AES-128, AES-192 or AES-256 in CBC mode")
    if len(key) != _KEY_OCTETS[name]:
        raise TokenFileError(f"the key has {len(key)} octets; the file's {name} takes {_KEY_OCTETS[name]}")
    if len(octets) < 2 * _BLOCK_OCTETS or len(octets) % _BLOCK_OCTETS:
        raise TokenFileError("an encrypted value is cut off")
    decryptor = Cipher(AES(key), CBC(octets[:_BLOCK_OCTETS])).decryptor()
    padded = decryptor.update(octets[_BLOCK_OCTETS:]) + decryptor.finalize()
    if not 1 <= padded[-1] <= _BLOCK_OCTETS:
        raise TokenFileError("an encrypted value does not decrypt: another key or passphrase, or the file was changed")
    return padded[: -padded[-1]]
