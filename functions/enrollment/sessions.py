"""Requests with a session: a bearer token (RFC 6750) of a command, or the cookie of the web app; who sends them.

A request that changes something takes a session that may change factors, unless its route says otherwise: forgetting
to say it must not open anything.
"""

from collections.abc import Callable, Mapping
from typing import Final

from enrollment.origins import SAFE_METHODS
from http_api.problems import refused
from http_api.requests import Request
from http_api.responses import Response, answer, with_cookie
from http_api.routes import Endpoint
from mfa.contract import fields
from mfa.services.enrollment_sessions import Claimant, EnrollmentSessions, OpenedSession

COOKIE: Final = "__Host-gatehouse"  # the prefix holds: Secure, this host only, Path=/

type ClaimantEndpoint = Callable[[Claimant, Request, Mapping[str, str]], Response]


def with_session(sessions: EnrollmentSessions, endpoint: ClaimantEndpoint, *, only_looks: bool = False) -> Endpoint:
    """``only_looks``: no factor is changed by it, whatever the method."""

    def authenticated(request: Request, path: Mapping[str, str]) -> Response:
        claimant = sessions.authenticate(session_token(request))
        if request.method not in SAFE_METHODS and not only_looks:
            sessions.may_change(claimant)
        return endpoint(claimant, request, path)

    return authenticated


def session_token(request: Request) -> str:
    """The scheme's name is compared without case (RFC 9110 section 11.1). A token that is sent on purpose wins."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip(" "):
        return token.strip(" ")
    if COOKIE in request.cookies and "authorization" not in request.headers:
        return request.cookies[COOKIE]
    raise refused(
        401,
        "session-needed",
        "send the session's token as Authorization: Bearer …",
        {"www-authenticate": 'Bearer realm="gatehouse"'},
    )


def session_binding(sessions: EnrollmentSessions, request: Request) -> str:
    """What a device signs so that its proof is good for this session only: the token, or where no script can read that,
    what stands for it."""
    token = session_token(request)
    return sessions.binding(token) if is_by_cookie(request) else token


def is_by_cookie(request: Request) -> bool:
    return "authorization" not in request.headers and COOKIE in request.cookies


def wants_cookie(message: fields.JsonObject) -> bool:
    return fields.truth(message, "cookie") if "cookie" in message else False


def opened_answer(
    told: fields.JsonObject, opened: OpenedSession, sessions: EnrollmentSessions, *, by_cookie: bool
) -> Response:
    """A browser keeps the token where no script can read it; whoever else asks gets it in ``told``."""
    if not by_cookie:
        return answer(201, {**told, "token": opened.token})
    return with_cookie(answer(201, told), cookie_of(opened, int(sessions.clock.now())))


def cookie_of(opened: OpenedSession, now: int) -> str:
    longest = (opened.expires_at if opened.ends_at is None else opened.ends_at) - now
    return f"{COOKIE}={opened.token}; Path=/; Max-Age={longest}; Secure; HttpOnly; SameSite=Strict"


NO_COOKIE: Final = f"{COOKIE}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict"
