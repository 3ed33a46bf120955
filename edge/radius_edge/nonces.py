"""Nonces of questions to the backend: 128 random bits each, in base64url.

Taken from the operating system for many at once, because each taking is a system call. None is used twice; what is
left over is known to this process only.
"""

import os
from typing import Final

from mfa.contract.fields import base64url
from mfa.contract.login import NONCE_OCTETS

AT_ONCE: Final = 128
_PADDED_OCTETS: Final = 18  # a multiple of three, so that each nonce begins a new group of base64
_PADDED_CHARACTERS: Final = 24
_CHARACTERS: Final = 22


class Nonces:
    def __init__(self) -> None:
        self._left: list[str] = []

    def next(self) -> str:
        if not self._left:
            self._left = _some()
        return self._left.pop()


def _some() -> list[str]:
    octets = bytearray(os.urandom(AT_ONCE * _PADDED_OCTETS))
    for at in range(NONCE_OCTETS, _PADDED_OCTETS):
        octets[at::_PADDED_OCTETS] = bytes(AT_ONCE)
    text = base64url(bytes(octets))
    return [text[at : at + _CHARACTERS] for at in range(0, len(text), _PADDED_CHARACTERS)]
