"""What happened: to one user, for whoever helps; and whether what is kept of it is still what was sealed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from enrollment.admin_routes import realm_of, verified_actor
from http_api.requests import Request
from http_api.responses import Response, answer
from http_api.routes import Route
from mfa.contract import ContractError
from mfa.services.audit_verification import AuditVerification, Verification
from mfa.services.login_trace import LoginTrace, Trace

DEFAULT_SECONDS: Final = 2 * 3600
_NUMBER: Final = re.compile(r"[0-9]{1,10}")


@dataclass(frozen=True, slots=True)
class AuditRoutes:
    trace: LoginTrace
    verification: AuditVerification

    def table(self) -> tuple[Route, ...]:
        return (
            Route("GET", "/v1/admin/users/{username}/receipts", self.show),
            Route("GET", "/v1/admin/audit/verification", self.verify),
        )

    def show(self, request: Request, path: Mapping[str, str]) -> Response:
        verified_actor(request)
        seconds = _number(request, "seconds", DEFAULT_SECONDS)
        return answer(200, _trace(self.trace.of(path["username"], realm_of(request), seconds)))

    def verify(self, request: Request, _: Mapping[str, str]) -> Response:
        verified_actor(request)
        first, last = _number(request, "first_minute"), _number(request, "last_minute")
        return answer(200, _verification(self.verification.verify(first, last)))


def _number(request: Request, name: str, default: int | None = None) -> int:
    text = request.query.get(name)
    if text is None and default is not None:
        return default
    if text is None or not _NUMBER.fullmatch(text):
        raise ContractError(f"{name} must be a whole number")
    return int(text)


def _trace(trace: Trace) -> dict[str, object]:
    lines = [{"at_ms": line.at_ms, "sentence": line.sentence, "facts": dict(line.facts)} for line in trace.lines]
    return {"lines": lines, "is_cut": trace.is_cut}


def _verification(found: Verification) -> dict[str, object]:
    newest = None if found.newest is None else {"minute": found.newest.minute, "seal": found.newest.mac}
    return {
        "first_minute": found.first,
        "last_minute": found.last,
        "seals": found.seals,
        "entries": found.entries,
        "strangers": found.strangers,
        "late": found.late,
        "began_at": found.began_at,
        "newest": newest,
        "findings": [{"kind": one.kind.value, "minute": one.minute, "words": one.words} for one in found.findings],
    }
