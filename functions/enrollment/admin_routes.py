"""The administrator's routes. API Gateway verifies the IAM signature; ``app`` refuses what it has not verified."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from enrollment import messages
from http_api.problems import refused
from http_api.requests import Request
from http_api.responses import Response, answer, no_content
from http_api.routes import Route
from mfa.contract import ContractError, fields
from mfa.domain.email_addresses import MAX_ADDRESS_OCTETS
from mfa.domain.factors import SubscriberState
from mfa.domain.user_names import MAX_NAME_OCTETS
from mfa.services.enrollment_codes import MAX_VALID_MINUTES
from mfa.services.enrollment_names import MAX_LABEL_OCTETS
from mfa.services.enrollment_subscribers import NewSubscriber, SubscriberAdministration

_NEW_USER: Final = frozenset({"username", "display_name", "upn", "realm", "email", "dry_run"})
_NEW_CODE: Final = frozenset({"valid_minutes"})
_NEW_EMAIL: Final = frozenset({"email"})
_NEW_STATE: Final = frozenset({"state"})


@dataclass(frozen=True, slots=True)
class AdminRoutes:
    administration: SubscriberAdministration

    def table(self) -> tuple[Route, ...]:
        user = "/v1/admin/users/{username}"
        return (
            Route("POST", "/v1/admin/users", self.create),
            Route("GET", user, self.show),
            Route("DELETE", user, self.remove),
            Route("POST", f"{user}/enrollment-codes", self.issue_code),
            Route("POST", f"{user}/unlock", self.unlock),
            Route("PUT", f"{user}/state", self.set_state),
            Route("PUT", f"{user}/email", self.set_email),
            Route("DELETE", f"{user}/devices/{{device_id}}", self.remove_device),
            Route("POST", f"{user}/push/unmute", self.unmute_push),
        )

    def create(self, request: Request, _: Mapping[str, str]) -> Response:
        message = request.json(_NEW_USER)
        wanted = NewSubscriber(
            username=fields.text(message, "username", max_octets=MAX_NAME_OCTETS),
            display_name=fields.optional_text(message, "display_name", max_octets=MAX_LABEL_OCTETS),
            upn=fields.optional_text(message, "upn", max_octets=MAX_NAME_OCTETS),
            realm=fields.optional_text(message, "realm", max_octets=MAX_LABEL_OCTETS),
            email=fields.optional_text(message, "email", max_octets=MAX_ADDRESS_OCTETS),
        )
        actor = verified_actor(request)
        if fields.optional_truth(message, "dry_run"):
            return answer(200, messages.planned_subscriber(self.administration.check(wanted)))
        return answer(201, messages.subscriber(self.administration.create(wanted, actor)))

    def show(self, request: Request, path: Mapping[str, str]) -> Response:
        return answer(200, messages.subscriber(self.administration.show(path["username"], realm_of(request))))

    def remove(self, request: Request, path: Mapping[str, str]) -> Response:
        self.administration.remove(path["username"], realm_of(request), verified_actor(request))
        return no_content()

    def issue_code(self, request: Request, path: Mapping[str, str]) -> Response:
        message = request.json(_NEW_CODE, optional=True)
        minutes = fields.optional_integer(message, "valid_minutes", lowest=1, highest=MAX_VALID_MINUTES)
        issued = self.administration.issue_code(path["username"], realm_of(request), minutes, verified_actor(request))
        return answer(201, messages.issued_code(issued))

    def unlock(self, request: Request, path: Mapping[str, str]) -> Response:
        details = self.administration.unlock(path["username"], realm_of(request), verified_actor(request))
        return answer(200, messages.subscriber(details))

    def set_state(self, request: Request, path: Mapping[str, str]) -> Response:
        state = _state(request.json(_NEW_STATE))
        actor = verified_actor(request)
        return answer(
            200, messages.subscriber(self.administration.set_state(path["username"], realm_of(request), state, actor))
        )

    def set_email(self, request: Request, path: Mapping[str, str]) -> Response:
        """``null`` takes the address away."""
        message = request.json(_NEW_EMAIL)
        if "email" not in message:
            raise ContractError("email must be there; null takes the address away")
        email = None if message["email"] is None else fields.text(message, "email", max_octets=MAX_ADDRESS_OCTETS)
        actor = verified_actor(request)
        details = self.administration.set_email(path["username"], realm_of(request), email, actor)
        return answer(200, messages.subscriber(details))

    def remove_device(self, request: Request, path: Mapping[str, str]) -> Response:
        actor = verified_actor(request)
        self.administration.remove_device(path["username"], realm_of(request), path["device_id"], actor)
        return no_content()

    def unmute_push(self, request: Request, path: Mapping[str, str]) -> Response:
        self.administration.unmute_push(path["username"], realm_of(request), verified_actor(request))
        return no_content()


def verified_actor(request: Request) -> str:
    """The administrator that API Gateway verified. Without one the request is refused, whatever the route says."""
    if request.actor is None:
        raise refused(403, "administrators-only", "this path takes requests that are signed by an IAM identity")
    return request.actor


def realm_of(request: Request) -> str | None:
    return request.query.get("realm")


def _state(message: fields.JsonObject) -> SubscriberState:
    try:
        return SubscriberState(fields.text(message, "state", max_octets=16))
    except ContractError:
        raise
    except ValueError:
        raise ContractError("state must be active or disabled") from None
