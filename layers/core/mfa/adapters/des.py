"""Single DES, for MS-CHAP alone. Loaded when the first MS-CHAP credential arrives: most deployments never see one.

``cryptography`` keeps only Triple DES; with one key three times over it is single DES.
"""

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.modes import ECB


def des(key: bytes, blocks: bytes) -> bytes:
    """Each block of 8 octets encrypted for itself; what MS-CHAP encrypts are single blocks."""
    return Cipher(TripleDES(key * 3), ECB()).encryptor().update(blocks)  # noqa: S305 -- RFC 2433 prescribes it
