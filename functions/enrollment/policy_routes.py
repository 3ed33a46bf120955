"""The administrator's route that tells what the policy would say to a login. It decides nothing and writes nothing."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from enrollment.admin_routes import verified_actor
from http_api.requests import Request
from http_api.responses import Response, answer
from http_api.routes import Route
from mfa.contract import ContractError, fields
from mfa.contract.clients import MAX_NAME_OCTETS
from mfa.contract.directory import DirectoryAnswer
from mfa.domain.policy_explanation import Explained, ExplainedRule
from mfa.domain.policy_judgement import EnrolledUser, told
from mfa.domain.policy_outcome import PolicyOutcome
from mfa.services.policy_test import PolicyQuestion, PolicyReport, PolicyTest

MAX_USER_OCTETS: Final = 253  # as RADIUS has it
MAX_UNIX_SECONDS: Final = 253_402_300_799  # the end of the year 9999, which is that of calendars here
_MARGIN_SECONDS: Final = 86_400  # on either side, for the time zones
_QUESTION: Final = frozenset({"user", "client", "source_ip", "caller_ip", "at"})


@dataclass(frozen=True, slots=True)
class PolicyRoutes:
    policy: PolicyTest

    def table(self) -> tuple[Route, ...]:
        return (Route("POST", "/v1/admin/policy-tests", self.ask),)

    def ask(self, request: Request, _: Mapping[str, str]) -> Response:
        verified_actor(request)
        message = request.json(_QUESTION)
        report = self.policy.ask(
            PolicyQuestion(
                user=fields.text(message, "user", max_octets=MAX_USER_OCTETS),
                client=fields.text(message, "client", max_octets=MAX_NAME_OCTETS),
                source_ip=_address(fields.text(message, "source_ip", max_octets=45), "source_ip"),
                caller_ip=_optional_address(message),
                at=fields.optional_integer(
                    message, "at", lowest=_MARGIN_SECONDS, highest=MAX_UNIX_SECONDS - _MARGIN_SECONDS
                ),
            )
        )
        return answer(200, _shown(report))


def _address(text: str, name: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise ContractError(f"{name} must be an IP address") from None


def _optional_address(message: fields.JsonObject) -> str | None:
    text = fields.optional_text(message, "caller_ip", max_octets=45)
    return None if text is None else _address(text, "caller_ip")


def _shown(report: PolicyReport) -> fields.JsonObject:
    alias = report.alias
    return {
        "revision": report.revision,
        "at": report.at,
        "client": report.client.edge.name,
        "mode": report.client.mode.value,
        "realm": None if alias is None else alias.realm,
        "name": None if alias is None else alias.name,
        "user": _user(report.user),
        "directory": None if report.directory is None else _directory(report.directory),
        "policies": [_rule(rule) for rule in report.rules],
        "exemptions": [_explained(one) for one in report.exemptions],
        "unenrolled": report.client.unenrolled.action.value,
        "notes": list(report.notes),
        "outcome": _outcome(report.outcome),
    }


def _user(user: EnrolledUser) -> fields.JsonObject:
    return {
        "known": user.is_known,
        "state": None if user.state is None else user.state.value,
        "factors": [kind.value for kind in user.factors],
    }


def _directory(answered: DirectoryAnswer) -> fields.JsonObject:
    account = answered.account
    return {
        "result": answered.result.value,
        "text": told(answered),
        "controller": answered.controller,
        "sam_account_name": None if account is None else account.sam_account_name,
        "user_principal_name": None if account is None else account.user_principal_name,
        "groups": [] if account is None else sorted(account.groups),
    }


def _explained(one: Explained) -> fields.JsonObject:
    return {"name": one.name, "matches": one.matches, "text": one.text}


def _rule(rule: ExplainedRule) -> fields.JsonObject:
    return {**_explained(rule), "action": rule.action.value, "decides": rule.decides}


def _outcome(outcome: PolicyOutcome) -> fields.JsonObject:
    return {
        "outcome": outcome.kind.value,
        "text": outcome.text,
        "reason": None if outcome.reason is None else outcome.reason.value,
        "policy": outcome.rule,
        "exemption": outcome.exemption,
        "upstream": outcome.upstream,
        "factors": [kind.value for kind in outcome.factors],
    }
