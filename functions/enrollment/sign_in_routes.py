"""The user's routes into the portal: sign in, sign in again, look at the session."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from enrollment import messages
from enrollment.sessions import ClaimantEndpoint, cookie_of, is_by_cookie, session_binding, with_session
from http_api.requests import Request
from http_api.responses import Response, answer, with_cookie
from http_api.routes import Endpoint, Route
from mfa.contract import fields
from mfa.contract.credentials import MAX_PAP_OCTETS
from mfa.domain.user_names import MAX_NAME_OCTETS
from mfa.services.enrollment_sessions import Claimant, EnrollmentSessions, OpenedSession
from mfa.services.portal_sign_in import PortalSignIn, SignInRequest

_SIGN_IN: Final = frozenset({"username", "password", "code", "cookie"})
_AGAIN: Final = frozenset({"password", "code"})
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
        by_cookie = fields.truth(message, "cookie") if "cookie" in message else False
        return self._opened(self.portal.sign_in(wanted), by_cookie=by_cookie)

    def sign_in_again(self, claimant: Claimant, request: Request, _: Mapping[str, str]) -> Response:
        message = request.json(_AGAIN)
        password = fields.optional_text(message, "password", max_octets=MAX_PAP_OCTETS)
        code = fields.text(message, "code", max_octets=_MAX_CODE_OCTETS)
        opened = self.portal.again(claimant, password, code, request.source_ip)
        return self._opened(opened, by_cookie=is_by_cookie(request))

    def show(self, claimant: Claimant, request: Request, _: Mapping[str, str]) -> Response:
        subscriber = self.sessions.subscriber(claimant)
        return answer(200, messages.session(claimant, subscriber, session_binding(self.sessions, request)))

    def _opened(self, opened: OpenedSession, *, by_cookie: bool) -> Response:
        """A browser keeps the token where no script can read it."""
        told = messages.signed_in(opened)
        if not by_cookie:
            return answer(201, {**told, "token": opened.token, "binding": opened.token})
        now = int(self.sessions.clock.now())
        return with_cookie(answer(201, told), cookie_of(opened, now))
