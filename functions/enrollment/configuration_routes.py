"""The administrator's routes to the configuration: RADIUS clients, realms, and what was learned of the clients.

Shared secrets go in and never come out. A bad document is answered with all of its mistakes and changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from enrollment.admin_routes import verified_actor
from http_api.problems import refused
from http_api.requests import Request
from http_api.responses import Response, answer, no_content
from http_api.routes import Route
from mfa.contract import fields
from mfa.contract.clients import MAX_NAME_OCTETS
from mfa.domain.configuration_changes import Change
from mfa.domain.configuration_document import DOCUMENT_FIELDS, shown_document
from mfa.services.configuration_administration import ConfigurationAdministration, LearnedClient

PATH: Final = "/v1/admin/configuration"
_NEW_CONFIGURATION: Final = frozenset({"expected_revision", "dry_run", *DOCUMENT_FIELDS})
_MAX_REVISION: Final = 2**40


@dataclass(frozen=True, slots=True)
class ConfigurationRoutes:
    configuration: ConfigurationAdministration

    def table(self) -> tuple[Route, ...]:
        client = "/v1/admin/clients/{name}"
        return (
            Route("GET", PATH, self.show),
            Route("PUT", PATH, self.apply),
            Route("GET", f"{client}/profile", self.learned),
            Route("DELETE", f"{client}/pins", self.unpin_all),
            Route("DELETE", f"{client}/pins/{{address}}", self.unpin),
        )

    def show(self, _: Request, __: Mapping[str, str]) -> Response:
        found = self.configuration.in_force()
        return answer(200, {"revision": found.revision, **shown_document(found)})

    def apply(self, request: Request, _: Mapping[str, str]) -> Response:
        message = dict(request.json(_NEW_CONFIGURATION))
        expected = fields.integer(message, "expected_revision", lowest=0, highest=_MAX_REVISION)
        dry_run = fields.truth(message, "dry_run") if "dry_run" in message else False
        document = {name: value for name, value in message.items() if name not in {"expected_revision", "dry_run"}}
        applied = self.configuration.apply(
            document, expected_revision=expected, dry_run=dry_run, actor=verified_actor(request)
        )
        return answer(200, {"revision": applied.revision, "changes": [_change(one) for one in applied.changes]})

    def learned(self, _: Request, path: Mapping[str, str]) -> Response:
        return answer(200, _learned(self.configuration.learned(_client(path))))

    def unpin_all(self, request: Request, path: Mapping[str, str]) -> Response:
        self.configuration.unpin(_client(path), None, verified_actor(request))
        return no_content()

    def unpin(self, request: Request, path: Mapping[str, str]) -> Response:
        self.configuration.unpin(_client(path), _short(path["address"]), verified_actor(request))
        return no_content()


def _client(path: Mapping[str, str]) -> str:
    return _short(path["name"])


def _short(part: str) -> str:
    """Not longer than a name or an address can be, so that no key of the table can be too long."""
    if len(part.encode()) > MAX_NAME_OCTETS:
        raise refused(404, "not-found", "there is nothing of that name")
    return part


def _change(one: Change) -> fields.JsonObject:
    return {
        "subject": one.subject,
        "field": one.field,
        "before": one.before,
        "after": one.after,
        "text": one.text,
    }


def _learned(client: LearnedClient) -> fields.JsonObject:
    traits = sorted(client.profile.traits.items(), key=lambda trait: (trait[1], trait[0]))
    return {
        "name": client.name,
        "pins": list(client.pins),
        "traits": [{"trait": trait, "first_seen": first_seen} for trait, first_seen in traits],
    }
