"""Sealed octets as a plain map, and back."""

from collections.abc import Mapping
from typing import Any

from mfa.domain.sealing import Sealed


def raw_sealed(value: Sealed) -> dict[str, object]:
    return {"key_version": value.key_version, "octets": value.octets}


def sealed(raw: Mapping[str, Any]) -> Sealed:
    return Sealed(raw["key_version"], raw["octets"])
