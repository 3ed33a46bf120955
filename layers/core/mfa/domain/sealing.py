"""A sealed secret: what is stored instead of a seed."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Sealed:
    """AES-256-GCM output (12-octet nonce, ciphertext, 16-octet tag) under data key ``key_version``."""

    key_version: int
    octets: bytes = field(repr=False)


def seed_context(user_id: str, factor_id: str) -> bytes:
    """The associated data that ties a sealed seed to its owner: moved to another item, it does not open."""
    return f"seed|{user_id}|{factor_id}".encode()


def token_context(serial: str) -> bytes:
    """The same for a token of the inventory, whoever has it."""
    return f"token|{serial}".encode()
