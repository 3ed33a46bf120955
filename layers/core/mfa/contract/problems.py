"""Errors over HTTP: problem details (RFC 9457)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mfa.contract import fields

CONTENT_TYPE: Final = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Problem:
    """``code`` is machine-readable and stable; ``detail`` tells a person what is wrong and what to do. ``errors`` are
    the single mistakes, where there can be several."""

    status: int
    code: str
    detail: str
    errors: tuple[Mapping[str, str], ...] = ()

    def to_json(self) -> bytes:
        message: dict[str, object] = {
            "type": f"urn:gatehouse:problem:{self.code}",
            "title": self.code.replace("-", " "),
            "status": self.status,
            "detail": self.detail,
        }
        if self.errors:
            message["errors"] = list(self.errors)
        return fields.encode_object(message)
