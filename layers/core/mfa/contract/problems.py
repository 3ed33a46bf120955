"""Errors over HTTP: problem details (RFC 9457)."""

from dataclasses import dataclass
from typing import Final

from mfa.contract import fields

CONTENT_TYPE: Final = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Problem:
    """``code`` is machine-readable and stable; ``detail`` tells a person what is wrong and what to do."""

    status: int
    code: str
    detail: str

    def to_json(self) -> bytes:
        return fields.encode_object(
            {
                "type": f"urn:gatehouse:problem:{self.code}",
                "title": self.code.replace("-", " "),
                "status": self.status,
                "detail": self.detail,
            }
        )
