"""The user's routes into the portal: sign in, sign in again, look at the session, try whether a code works."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from enrollment import messages
from enrollment.sessions import (
    ClaimantEndpoint,
    is_by_cookie,
    opened_answer,
    session_binding,
    wants_cookie,
    with_session,
)
from http_api.requests import Request
from http_api.responses import Response, answer
from http_api.routes import Endpoint, Route
from mfa.contract import fields
from mfa.contract.credentials import MAX_PAP_OCTETS
from mfa.domain.user_names import MAX_NAME_OCTETS
from mfa.services.enrollment_sessions import Claimant, EnrollmentSessions, OpenedSession
from mfa.services.portal_sign_in import PortalSignIn, SignInRequest

_SIGN_IN: Final = frozenset({"username", "password", "code", "cookie"})
_AGAIN: Final = frozenset({"password", "code"})
_CODE: Final = frozenset({"code"})
_MAX_CODE_OCTETS: Final = 64


@dataclass(frozen=True, slots=True)
class SignInRoutes:
    sessions: EnrollmentSessions
    portal: PortalSignIn

    def table(self) -> tuple[Route, ...]:
        current = "/v1/enrollment/sessions/current"
        return (
            Route("POST", "/v1/enrollment/sign-in", self.sign_in),
            Route("GET", current, self._with_session(self.show)),
            Route("POST", f"{current}/re-authentication", self._with_session(self.sign_in_again)),
            Route("POST", "/v1/enrollment/code-tests", self._with_session(self.try_code)),
        )

    def _with_session(self, endpoint: ClaimantEndpoint) -> Endpoint:
        return with_session(self.sessions, endpoint, only_looks=True)

    def sign_in(self, request: Request, _: Mapping[str, str]) -> Response:
        message = request.json(_SIGN_IN)
        wanted = SignInRequest(
            username=fields.text(message, "username", max_octets=MAX_NAME_OCTETS),
            password=fields.optional_text(message, "password", max_octets=MAX_PAP_OCTETS),
            code=fields.text(message, "code", max_octets=_MAX_CODE_OCTETS),
            source_ip=request.source_ip,
        )
        return self._opened(self.portal.sign_in(wanted), by_cookie=wants_cookie(message))

    def sign_in_again(self, claimant: Claimant, request: Request, _: Mapping[str, str]) -> Response:
        message = request.json(_AGAIN)
        password = fields.optional_text(message, "password", max_octets=MAX_PAP_OCTETS)
        code = fields.text(message, "code", max_octets=_MAX_CODE_OCTETS)
        opened = self.portal.again(claimant, password, code, request.source_ip)
        return self._opened(opened, by_cookie=is_by_cookie(request))

    def show(self, claimant: Claimant, request: Request, _: Mapping[str, str]) -> Response:
        subscriber = self.sessions.subscriber(claimant)
        return answer(200, messages.session(claimant, subscriber, session_binding(self.sessions, request)))

    def try_code(self, claimant: Claimant, request: Request, _: Mapping[str, str]) -> Response:
        code = fields.text(request.json(_CODE), "code", max_octets=_MAX_CODE_OCTETS)
        return answer(200, {"factor_id": self.portal.try_code(claimant, code, request.source_ip)})

    def _opened(self, opened: OpenedSession, *, by_cookie: bool) -> Response:
        told = messages.signed_in(opened)
        if not by_cookie:
            told = {**told, "binding": opened.token}
        return opened_answer(told, opened, self.sessions, by_cookie=by_cookie)
