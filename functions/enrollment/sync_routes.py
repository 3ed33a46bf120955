"""The administrator's routes for users who are kept like the members of directory groups."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from enrollment.admin_routes import verified_actor
from http_api.requests import Request
from http_api.responses import Response, answer
from http_api.routes import Route
from mfa.contract import ContractError, fields
from mfa.domain.directory_sync import SyncChange, SyncStep
from mfa.services.directory_sync import DirectorySync
from mfa.services.enrollment_names import MAX_LABEL_OCTETS

MAX_GROUPS: Final = 16
MAX_STEPS: Final = 25  # at once: some writes each, well within the life of a request
_NEW_PLAN: Final = frozenset({"realm", "groups"})
_STEPS: Final = frozenset({"realm", "changes"})
_CHANGE: Final = frozenset({"step", "object_guid", "sam_account_name", "user_principal_name", "display_name", "was"})


@dataclass(frozen=True, slots=True)
class SyncRoutes:
    sync: DirectorySync

    def table(self) -> tuple[Route, ...]:
        return (
            Route("POST", "/v1/admin/directory-syncs", self.plan),
            Route("POST", "/v1/admin/directory-syncs/steps", self.apply),
        )

    def plan(self, request: Request, _: Mapping[str, str]) -> Response:
        verified_actor(request)
        message = request.json(_NEW_PLAN)
        groups = [_text(group, "groups", 184) for group in fields.items(message, "groups", most=MAX_GROUPS)]
        if not groups:
            raise ContractError("groups must name at least one group, by its SID")
        plan = self.sync.plan(_realm(message), groups)
        return answer(200, {"members": plan.members, "changes": [_shown(change) for change in plan.changes]})

    def apply(self, request: Request, _: Mapping[str, str]) -> Response:
        message = request.json(_STEPS)
        changes = [_change(value) for value in fields.items(message, "changes", most=MAX_STEPS)]
        results = self.sync.apply(_realm(message), changes, verified_actor(request))
        return answer(
            200,
            {
                "results": [
                    {"object_guid": one.change.object_guid, "step": one.change.step.value, "refused": one.refused}
                    for one in results
                ]
            },
        )


def _realm(message: fields.JsonObject) -> str | None:
    return fields.optional_text(message, "realm", max_octets=MAX_LABEL_OCTETS)


def _shown(change: SyncChange) -> fields.JsonObject:
    return {
        "step": change.step.value,
        "object_guid": change.object_guid,
        "sam_account_name": change.sam_account_name,
        "user_principal_name": change.user_principal_name,
        "display_name": change.display_name,
        "was": change.was,
    }


def _change(value: object) -> SyncChange:
    message = fields.object_of(value, "changes")
    fields.refuse_unknown(message, _CHANGE)
    return SyncChange(
        step=_step(message),
        object_guid=fields.text(message, "object_guid", max_octets=36),
        sam_account_name=fields.text(message, "sam_account_name", max_octets=1024),
        user_principal_name=fields.optional_text(message, "user_principal_name", max_octets=1024),
        display_name=fields.optional_text(message, "display_name", max_octets=1024),
        was=fields.optional_text(message, "was", max_octets=1024),
    )


def _step(message: fields.JsonObject) -> SyncStep:
    text = fields.text(message, "step", max_octets=16)
    if text not in SyncStep:
        raise ContractError(f"step must be one of {', '.join(SyncStep)}")
    return SyncStep(text)


def _text(value: object, name: str, most: int) -> str:
    return fields.text({name: value}, name, max_octets=most)
