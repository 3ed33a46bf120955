"""Certificates of a directory's authority, as files hold them."""

import ssl
from typing import Final

# In the place of certificates that could not be read: it has their form, so that nothing more is said about them.
STAND_IN: Final = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"


def as_pem(octets: bytes) -> bytes:
    """Windows exports certificates as DER unless it is asked for Base-64; both are taken."""
    return ssl.DER_cert_to_PEM_cert(octets).encode() if octets.startswith(b"\x30\x82") else octets


def are_certificates(pem: str) -> bool:
    """Whether the TLS library that would have to trust them can read them."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=pem)
    except (ssl.SSLError, ValueError):
        return False
    return True
