"""The user's routes: a code opens a session, the session opens everything else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from enrollment import messages
from enrollment.sessions import (
    NO_COOKIE,
    ClaimantEndpoint,
    is_by_cookie,
    opened_answer,
    wants_cookie,
    with_session,
)
from http_api.requests import Request
from http_api.responses import Response, answer, no_content, with_cookie
from http_api.routes import Endpoint, Route
from mfa.contract import ContractError, fields
from mfa.domain.factors import TotpAlgorithm, TotpParameters
from mfa.services.enrollment_factors import FactorEnrollment
from mfa.services.enrollment_names import MAX_LABEL_OCTETS
from mfa.services.enrollment_provisioning import SEED_OCTETS
from mfa.services.enrollment_sessions import Claimant, EnrollmentSessions
from mfa.services.request_limits import RequestLimits

_CODE: Final = frozenset({"code"})
_ENROLLMENT_CODE: Final = frozenset({"code", "cookie"})
_NAME: Final = frozenset({"name"})
_NEW_FACTOR: Final = frozenset({"type", "name", "algorithm", "digits", "period"})
_MAX_CODE_OCTETS: Final = 64
_DIGITS: Final = (6, 8)
_PERIODS: Final = (30, 60)


@dataclass(frozen=True, slots=True)
class UserRoutes:
    sessions: EnrollmentSessions
    factors: FactorEnrollment
    limits: RequestLimits

    def table(self) -> tuple[Route, ...]:
        factors = "/v1/enrollment/factors"
        return (
            Route("POST", "/v1/enrollment/sessions", self.redeem),
            Route(
                "DELETE",
                "/v1/enrollment/sessions/current",
                with_session(self.sessions, self.end_session, only_looks=True),
            ),
            Route("GET", factors, self._with_session(self.list_factors)),
            Route("POST", factors, self._with_session(self.start_factor)),
            Route("POST", f"{factors}/{{factor_id}}/confirmation", self._with_session(self.confirm_factor)),
            Route("PATCH", f"{factors}/{{factor_id}}", self._with_session(self.rename_factor)),
            Route("DELETE", f"{factors}/{{factor_id}}", self._with_session(self.remove_factor)),
        )

    def _with_session(self, endpoint: ClaimantEndpoint) -> Endpoint:
        return with_session(self.sessions, endpoint)

    def redeem(self, request: Request, _: Mapping[str, str]) -> Response:
        message = request.json(_ENROLLMENT_CODE)
        code, by_cookie = fields.text(message, "code", max_octets=_MAX_CODE_OCTETS), wants_cookie(message)
        self.limits.of_address("redeem", request.source_ip)
        opened = self.sessions.redeem(code)
        return opened_answer(messages.opened_session(opened), opened, self.sessions, by_cookie=by_cookie)

    def end_session(self, claimant: Claimant, request: Request, _: Mapping[str, str]) -> Response:
        self.sessions.end(claimant)
        return with_cookie(no_content(), NO_COOKIE) if is_by_cookie(request) else no_content()

    def list_factors(self, claimant: Claimant, _: Request, __: Mapping[str, str]) -> Response:
        return answer(200, {"factors": [messages.factor(one) for one in claimant.factors.factors.values()]})

    def start_factor(self, claimant: Claimant, request: Request, _: Mapping[str, str]) -> Response:
        message = request.json(_NEW_FACTOR)
        if message.get("type") != "totp":
            raise ContractError("type must be totp")
        name = fields.optional_text(message, "name", max_octets=MAX_LABEL_OCTETS)
        return answer(201, messages.started_factor(self.factors.start(claimant, _parameters(message), name)))

    def confirm_factor(self, claimant: Claimant, request: Request, path: Mapping[str, str]) -> Response:
        code = fields.text(request.json(_CODE), "code", max_octets=_MAX_CODE_OCTETS)
        return answer(200, messages.factor(self.factors.confirm(claimant, path["factor_id"], code)))

    def rename_factor(self, claimant: Claimant, request: Request, path: Mapping[str, str]) -> Response:
        name = fields.text(request.json(_NAME), "name", max_octets=MAX_LABEL_OCTETS)
        return answer(200, messages.factor(self.factors.rename(claimant, path["factor_id"], name)))

    def remove_factor(self, claimant: Claimant, _: Request, path: Mapping[str, str]) -> Response:
        self.factors.remove(claimant, path["factor_id"])
        return no_content()


def _parameters(message: fields.JsonObject) -> TotpParameters:
    defaults = TotpParameters()
    return TotpParameters(
        algorithm=_algorithm(message, defaults.algorithm),
        digits=_one_of(message, "digits", _DIGITS, defaults.digits),
        period=_one_of(message, "period", _PERIODS, defaults.period),
    )


def _algorithm(message: fields.JsonObject, default: TotpAlgorithm) -> TotpAlgorithm:
    wanted = fields.optional_text(message, "algorithm", max_octets=16)
    for algorithm in SEED_OCTETS:
        if algorithm == (default if wanted is None else wanted):
            return algorithm
    raise ContractError(f"algorithm must be one of {', '.join(SEED_OCTETS)}")


def _one_of(message: fields.JsonObject, name: str, allowed: tuple[int, ...], default: int) -> int:
    wanted = fields.optional_integer(message, name, lowest=min(allowed), highest=max(allowed))
    if wanted is None:
        return default
    if wanted not in allowed:
        raise ContractError(f"{name} must be {' or '.join(map(str, allowed))}")
    return wanted
