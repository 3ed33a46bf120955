"""The user's list of notices, and the administrator's invitations."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from enrollment import messages
from enrollment.admin_routes import realm_of, verified_actor
from enrollment.sessions import with_session
from http_api.requests import Request
from http_api.responses import Response, answer
from http_api.routes import Route
from mfa.contract import ContractError, fields
from mfa.domain.email_addresses import MAX_ADDRESS_OCTETS
from mfa.domain.invitations import InviteBy
from mfa.services.enrollment_codes import MAX_VALID_MINUTES
from mfa.services.enrollment_sessions import Claimant, EnrollmentSessions
from mfa.services.invitations import InvitationRequest, Invitations
from mfa.services.notices import NoticeList

_INVITATION: Final = frozenset({"by", "to", "valid_minutes", "again", "show_link", "dry_run"})


@dataclass(frozen=True, slots=True)
class NoticeRoutes:
    sessions: EnrollmentSessions
    notices: NoticeList

    def table(self) -> tuple[Route, ...]:
        return (Route("GET", "/v1/enrollment/notices", with_session(self.sessions, self.show)),)

    def show(self, claimant: Claimant, _: Request, __: Mapping[str, str]) -> Response:
        return answer(200, {"notices": [messages.notice(one) for one in self.notices.show(claimant)]})


@dataclass(frozen=True, slots=True)
class InvitationRoutes:
    invitations: Invitations

    def table(self) -> tuple[Route, ...]:
        return (Route("POST", "/v1/admin/users/{username}/invitations", self.invite),)

    def invite(self, request: Request, path: Mapping[str, str]) -> Response:
        message = request.json(_INVITATION)
        wanted = InvitationRequest(
            by=_by(message),
            to=fields.optional_text(message, "to", max_octets=MAX_ADDRESS_OCTETS),
            valid_minutes=fields.optional_integer(message, "valid_minutes", lowest=1, highest=MAX_VALID_MINUTES),
            again=fields.optional_truth(message, "again"),
        )
        actor = verified_actor(request)
        if fields.optional_truth(message, "dry_run"):
            shown = self.invitations.check(path["username"], realm_of(request), wanted)
            return answer(200, {"by": wanted.by.value, "to": shown})
        sent = self.invitations.invite(path["username"], realm_of(request), wanted, actor)
        return answer(201, messages.invitation(sent, with_link=fields.optional_truth(message, "show_link")))


def _by(message: fields.JsonObject) -> InviteBy:
    text = fields.text(message, "by", max_octets=16)
    if text not in InviteBy:
        raise ContractError(f"by must be one of {', '.join(InviteBy)}")
    return InviteBy(text)
