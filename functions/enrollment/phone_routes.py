"""The routes to phone numbers that get codes or calls: the user's own, with a session, and the administrator's."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from enrollment import messages
from enrollment.admin_routes import realm_of, verified_actor
from enrollment.sessions import ClaimantEndpoint, with_session
from http_api.requests import Request
from http_api.responses import Response, answer, no_content
from http_api.routes import Endpoint, Route
from mfa.contract import ContractError, fields
from mfa.domain.phones import MAX_PHONES, PhoneWay
from mfa.services.enrollment_names import MAX_LABEL_OCTETS
from mfa.services.enrollment_sessions import Claimant, EnrollmentSessions
from mfa.services.enrollment_subscribers import SubscriberAdministration
from mfa.services.phone_enrollment import PhoneEnrollment
from mfa.services.sms_readiness import SmsReadiness

_NEW_PHONE: Final = frozenset({"number", "name", "by"})
_CODE: Final = frozenset({"code"})
_CHANGE: Final = frozenset({"name", "position"})
_CHECK: Final = frozenset({"number"})
_MAX_NUMBER_OCTETS: Final = 64
_MAX_CODE_OCTETS: Final = 64
_MAX_WAY_OCTETS: Final = 16


@dataclass(frozen=True, slots=True)
class PhoneRoutes:
    sessions: EnrollmentSessions
    phones: PhoneEnrollment

    def table(self) -> tuple[Route, ...]:
        phones = "/v1/enrollment/phones"
        phone = f"{phones}/{{phone_id}}"
        return (
            Route("GET", phones, self._with_session(self.list_phones)),
            Route("POST", phones, self._with_session(self.add)),
            Route("POST", f"{phone}/confirmation", self._with_session(self.confirm)),
            Route("PATCH", phone, self._with_session(self.change)),
            Route("DELETE", phone, self._with_session(self.remove)),
        )

    def _with_session(self, endpoint: ClaimantEndpoint) -> Endpoint:
        return with_session(self.sessions, endpoint)

    def list_phones(self, claimant: Claimant, _: Request, __: Mapping[str, str]) -> Response:
        listed = [messages.phone(one) for one in self.phones.list(claimant.factors)]
        return answer(200, {"phones": listed, "by": list(self.phones.offered)})

    def add(self, claimant: Claimant, request: Request, _: Mapping[str, str]) -> Response:
        message = request.json(_NEW_PHONE)
        number = fields.text(message, "number", max_octets=_MAX_NUMBER_OCTETS)
        name = fields.optional_text(message, "name", max_octets=MAX_LABEL_OCTETS)
        return answer(201, messages.added_phone(self.phones.add(claimant, number, name, _way(message))))

    def confirm(self, claimant: Claimant, request: Request, path: Mapping[str, str]) -> Response:
        code = fields.text(request.json(_CODE), "code", max_octets=_MAX_CODE_OCTETS)
        return answer(200, messages.phone(self.phones.confirm(claimant, path["phone_id"], code)))

    def change(self, claimant: Claimant, request: Request, path: Mapping[str, str]) -> Response:
        message = request.json(_CHANGE)
        name = fields.optional_text(message, "name", max_octets=MAX_LABEL_OCTETS)
        position = fields.optional_integer(message, "position", lowest=1, highest=MAX_PHONES)
        if name is None and position is None:
            raise ContractError("name or position must be there")
        return answer(200, messages.phone(self.phones.change(claimant, path["phone_id"], name, position)))

    def remove(self, claimant: Claimant, _: Request, path: Mapping[str, str]) -> Response:
        self.phones.remove(claimant.user_id, path["phone_id"])
        return no_content()


@dataclass(frozen=True, slots=True)
class PhoneAdminRoutes:
    administration: SubscriberAdministration
    phones: PhoneEnrollment
    readiness: SmsReadiness

    def table(self) -> tuple[Route, ...]:
        phones = "/v1/admin/users/{username}/phones"
        return (
            Route("GET", phones, self.list_phones),
            Route("DELETE", f"{phones}/{{phone_id}}", self.remove),
            Route("POST", "/v1/admin/sms-checks", self.check),
        )

    def list_phones(self, request: Request, path: Mapping[str, str]) -> Response:
        details = self.administration.show(path["username"], realm_of(request))
        return answer(200, {"phones": [messages.phone(one) for one in self.phones.list(details.factors)]})

    def remove(self, request: Request, path: Mapping[str, str]) -> Response:
        actor = verified_actor(request)
        details = self.administration.show(path["username"], realm_of(request))
        self.phones.remove(details.subscriber.user_id, path["phone_id"], actor)
        return no_content()

    def check(self, request: Request, _: Mapping[str, str]) -> Response:
        """The number stands in the body, because paths and queries are logged."""
        message = request.json(_CHECK, optional=True)
        number = fields.optional_text(message, "number", max_octets=_MAX_NUMBER_OCTETS)
        return answer(200, messages.sms_check(self.readiness.check(number)))


def _way(message: Mapping[str, object]) -> PhoneWay:
    """By what the code comes."""
    text = fields.optional_text(message, "by", max_octets=_MAX_WAY_OCTETS) or PhoneWay.MESSAGE.value
    try:
        return PhoneWay(text)
    except ValueError:
        raise ContractError("by must be message or call") from None
