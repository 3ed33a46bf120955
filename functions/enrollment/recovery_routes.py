"""The user's routes to recovery codes, and the administrator's to bypass codes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from enrollment import messages
from enrollment.admin_routes import verified_actor
from enrollment.sessions import ClaimantEndpoint, with_session
from http_api.requests import Request
from http_api.responses import Response, answer, no_content
from http_api.routes import Endpoint, Route
from mfa.contract import fields
from mfa.domain.recovery import MAX_BYPASS_SECONDS, MAX_BYPASS_USES, MAX_REASON_OCTETS
from mfa.services.bypass_codes import BypassAdministration, BypassRequest
from mfa.services.enrollment_sessions import Claimant, EnrollmentSessions
from mfa.services.recovery_codes import RecoveryEnrollment

_NEW_BYPASS: Final = frozenset({"uses", "valid_seconds", "reason"})


@dataclass(frozen=True, slots=True)
class RecoveryRoutes:
    sessions: EnrollmentSessions
    codes: RecoveryEnrollment

    def table(self) -> tuple[Route, ...]:
        path = "/v1/enrollment/recovery-codes"
        return (
            Route("GET", path, self._with_session(self.show)),
            Route("POST", path, self._with_session(self.renew)),
        )

    def _with_session(self, endpoint: ClaimantEndpoint) -> Endpoint:
        return with_session(self.sessions, endpoint)

    def show(self, claimant: Claimant, _: Request, __: Mapping[str, str]) -> Response:
        return answer(200, messages.recovery_codes(self.codes.show(claimant)))

    def renew(self, claimant: Claimant, request: Request, _: Mapping[str, str]) -> Response:
        request.json(frozenset(), optional=True)
        return answer(201, messages.made_codes(self.codes.renew(claimant)))


@dataclass(frozen=True, slots=True)
class BypassRoutes:
    administration: BypassAdministration

    def table(self) -> tuple[Route, ...]:
        codes = "/v1/admin/users/{username}/bypass-codes"
        return (
            Route("GET", codes, self.list_codes),
            Route("POST", codes, self.make),
            Route("DELETE", f"{codes}/{{bypass_id}}", self.revoke),
        )

    def make(self, request: Request, path: Mapping[str, str]) -> Response:
        message = request.json(_NEW_BYPASS)
        wanted = BypassRequest(
            uses=fields.optional_integer(message, "uses", lowest=1, highest=MAX_BYPASS_USES),
            valid_seconds=fields.optional_integer(message, "valid_seconds", lowest=1, highest=MAX_BYPASS_SECONDS),
            reason=fields.text(message, "reason", max_octets=MAX_REASON_OCTETS),
        )
        made = self.administration.make(path["username"], _realm(request), wanted, verified_actor(request))
        return answer(201, {**messages.bypass_code(made.bypass), "code": made.code})

    def list_codes(self, request: Request, path: Mapping[str, str]) -> Response:
        codes = self.administration.list(path["username"], _realm(request))
        return answer(200, {"bypass_codes": [messages.bypass_code(one) for one in codes]})

    def revoke(self, request: Request, path: Mapping[str, str]) -> Response:
        self.administration.revoke(path["username"], _realm(request), path["bypass_id"], verified_actor(request))
        return no_content()


def _realm(request: Request) -> str | None:
    return request.query.get("realm")
