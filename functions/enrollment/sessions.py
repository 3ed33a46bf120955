"""Requests with a session's bearer token (RFC 6750): who sends them."""

from collections.abc import Callable, Mapping

from http_api.problems import refused
from http_api.requests import Request
from http_api.responses import Response
from http_api.routes import Endpoint
from mfa.services.enrollment_sessions import Claimant, EnrollmentSessions

type ClaimantEndpoint = Callable[[Claimant, Request, Mapping[str, str]], Response]


def with_session(sessions: EnrollmentSessions, endpoint: ClaimantEndpoint) -> Endpoint:
    def authenticated(request: Request, path: Mapping[str, str]) -> Response:
        return endpoint(sessions.authenticate(bearer_token(request)), request, path)

    return authenticated


def bearer_token(request: Request) -> str:
    """RFC 6750 section 2.1; the scheme's name is compared without case (RFC 9110 section 11.1)."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip(" "):
        raise refused(
            401,
            "session-needed",
            "send the session's token as Authorization: Bearer …",
            {"www-authenticate": 'Bearer realm="gatehouse"'},
        )
    return token.strip(" ")
