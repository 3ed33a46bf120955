"""The user's route to requests that a report has turned off."""

from collections.abc import Mapping
from dataclasses import dataclass

from enrollment.sessions import with_session
from http_api.requests import Request
from http_api.responses import Response, answer, no_content
from http_api.routes import Route
from mfa.services.enrollment_sessions import Claimant, EnrollmentSessions
from mfa.services.push_muting import PushMuting


@dataclass(frozen=True, slots=True)
class PushRoutes:
    sessions: EnrollmentSessions
    muting: PushMuting

    def table(self) -> tuple[Route, ...]:
        return (
            Route("GET", "/v1/enrollment/push", with_session(self.sessions, self.show)),
            Route("POST", "/v1/enrollment/push/unmute", with_session(self.sessions, self.unmute)),
        )

    def show(self, claimant: Claimant, _: Request, __: Mapping[str, str]) -> Response:
        return answer(200, {"muted_at": self.muting.muted_at(claimant)})

    def unmute(self, claimant: Claimant, request: Request, _: Mapping[str, str]) -> Response:
        request.json(frozenset(), optional=True)
        self.muting.unmute(claimant)
        return no_content()
