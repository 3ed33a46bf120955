"""The enrolment API as a Python object: signed calls for administrators, session calls for users."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self
from urllib.parse import quote, urlencode

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError, ClientError

from gatehouse.deployment import Target, find_target
from gatehouse.errors import FAILED, REFUSED, CommandError, Finding
from gatehouse.transport import HttpAnswer, base_url, send

type Json = dict[str, Any]


class Authorization(Protocol):
    def headers(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Mapping[str, str]:
        """All headers to send, with whatever proves who asks."""
        ...


@dataclass(frozen=True, slots=True)
class Signed:
    """AWS Signature Version 4 for the service execute-api."""

    target: Target

    def headers(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Mapping[str, str]:
        request = AWSRequest(method=method, url=url, data=body, headers=dict(headers))
        try:
            SigV4Auth(self.target.credentials(), "execute-api", self.target.region()).add_auth(request)
        except (BotoCoreError, ClientError) as error:
            raise CommandError("no-credentials", f"the AWS credentials cannot be used: {error}") from None
        return dict(request.headers.items())


@dataclass(frozen=True, slots=True)
class Bearer:
    """The token of an enrolment session, or none before there is one."""

    token: str | None

    def headers(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Mapping[str, str]:  # noqa: ARG002 -- one form for both kinds
        return {**headers, "Authorization": f"Bearer {self.token}"} if self.token else headers


@dataclass(frozen=True, slots=True)
class EnrollmentApi:
    target: Target

    @classmethod
    def at(cls, url: str | None, *, local: bool) -> Self:
        """That of the deployment which a command's options or the environment name. Raises CommandError."""
        return cls(find_target(url, local=local))

    def create_user(self, fields: Mapping[str, str | None]) -> Json:
        sent = {name: value for name, value in fields.items() if value is not None}
        return self._admin("POST", "/v1/admin/users", sent)

    def check_new_user(self, fields: Mapping[str, str | None]) -> Json:
        """The names that ``create_user`` would give; nothing is changed. Raises what that would raise."""
        sent = {name: value for name, value in fields.items() if value is not None}
        return self._admin("POST", "/v1/admin/users", {**sent, "dry_run": True})

    def show_user(self, name: str, realm: str | None) -> Json:
        return self._admin("GET", _user(name, realm))

    def remove_user(self, name: str, realm: str | None) -> None:
        self._admin("DELETE", _user(name, realm))

    def unlock_user(self, name: str, realm: str | None) -> Json:
        return self._admin("POST", _user(name, realm, "/unlock"))

    def set_state(self, name: str, realm: str | None, state: str) -> Json:
        return self._admin("PUT", _user(name, realm, "/state"), {"state": state})

    def issue_code(self, name: str, realm: str | None, valid_minutes: int | None) -> Json:
        sent = {} if valid_minutes is None else {"valid_minutes": valid_minutes}
        return self._admin("POST", _user(name, realm, "/enrollment-codes"), sent)

    def set_email(self, name: str, realm: str | None, email: str | None) -> Json:
        return self._admin("PUT", _user(name, realm, "/email"), {"email": email})

    def invite(self, name: str, realm: str | None, wanted: Mapping[str, object]) -> Json:
        return self._admin("POST", _user(name, realm, "/invitations"), wanted)

    def remove_device(self, name: str, realm: str | None, device_id: str) -> None:
        self._admin("DELETE", _user(name, realm, f"/devices/{quote(device_id, safe='')}"))

    def unmute_push(self, name: str, realm: str | None) -> None:
        self._admin("POST", _user(name, realm, "/push/unmute"))

    def list_phones(self, name: str, realm: str | None) -> Json:
        return self._admin("GET", _user(name, realm, "/phones"))

    def remove_phone(self, name: str, realm: str | None, phone_id: str) -> None:
        self._admin("DELETE", _user(name, realm, f"/phones/{quote(phone_id, safe='')}"))

    def check_sms(self, number: str | None) -> Json:
        return self._admin("POST", "/v1/admin/sms-checks", {} if number is None else {"number": number})

    def make_bypass_code(self, name: str, realm: str | None, wanted: Mapping[str, object]) -> Json:
        return self._admin("POST", _user(name, realm, "/bypass-codes"), wanted)

    def bypass_codes(self, name: str, realm: str | None) -> Json:
        return self._admin("GET", _user(name, realm, "/bypass-codes"))

    def revoke_bypass_code(self, name: str, realm: str | None, bypass_id: str) -> None:
        self._admin("DELETE", _user(name, realm, f"/bypass-codes/{quote(bypass_id, safe='')}"))

    def plan_sync(self, realm: str | None, groups: Sequence[str]) -> Json:
        return self._admin("POST", "/v1/admin/directory-syncs", _in_realm(realm, {"groups": list(groups)}))

    def apply_sync(self, realm: str | None, changes: Sequence[Mapping[str, object]]) -> Json:
        sent = _in_realm(realm, {"changes": [dict(change) for change in changes]})
        return self._admin("POST", "/v1/admin/directory-syncs/steps", sent)

    def check_tokens(self, tokens: Sequence[Mapping[str, object]], *, accept_short_seeds: bool) -> Json:
        sent = {"tokens": list(tokens), "accept_short_seeds": accept_short_seeds}
        return self._admin("POST", "/v1/admin/token-checks", sent)

    def token_imports(self) -> Json:
        return self._admin("GET", "/v1/admin/token-imports")

    def start_token_import(self, import_id: str, total: int) -> Json:
        return self._admin("PUT", _import(import_id), {"total": total})

    def add_tokens(self, import_id: str, tokens: Sequence[Mapping[str, object]], *, accept_short_seeds: bool) -> Json:
        sent = {"tokens": list(tokens), "accept_short_seeds": accept_short_seeds}
        return self._admin("POST", f"{_import(import_id)}/tokens", sent)

    def complete_token_import(self, import_id: str) -> Json:
        return self._admin("POST", f"{_import(import_id)}/completion")

    def abandon_token_import(self, import_id: str) -> None:
        self._admin("DELETE", _import(import_id))

    def tokens(self, after: str | None) -> Json:
        return self._admin("GET", f"/v1/admin/tokens{'' if after is None else f'?{urlencode({"after": after})}'}")

    def assign_token(self, serial: str, username: str, realm: str | None) -> Json:
        return self._admin("PUT", f"{_token(serial)}/owner", _in_realm(realm, {"username": username}))

    def take_token_back(self, serial: str) -> Json:
        return self._admin("DELETE", f"{_token(serial)}/owner")

    def resync_token(self, serial: str, codes: Sequence[str]) -> Json:
        return self._admin("POST", f"{_token(serial)}/resync", {"codes": list(codes)})

    def trace(self, name: str, realm: str | None, seconds: int) -> Json:
        query = {"seconds": str(seconds)} if realm is None else {"seconds": str(seconds), "realm": realm}
        return self._admin("GET", f"/v1/admin/users/{quote(name, safe='')}/receipts?{urlencode(query)}")

    def verify_audit(self, first_minute: int, last_minute: int) -> Json:
        query = urlencode({"first_minute": first_minute, "last_minute": last_minute})
        return self._admin("GET", f"/v1/admin/audit/verification?{query}")

    def configuration(self) -> Json:
        return self._admin("GET", "/v1/admin/configuration")

    def apply_configuration(self, document: Mapping[str, object], expected_revision: int, *, dry_run: bool) -> Json:
        sent = {**document, "expected_revision": expected_revision, "dry_run": dry_run}
        return self._admin("PUT", "/v1/admin/configuration", sent)

    def test_policy(self, question: Mapping[str, object]) -> Json:
        return self._admin("POST", "/v1/admin/policy-tests", question)

    def client_profile(self, name: str) -> Json:
        return self._admin("GET", f"/v1/admin/clients/{quote(name, safe='')}/profile")

    def unpin_client(self, name: str, address: str | None) -> None:
        rest = "" if address is None else f"/{quote(address, safe='')}"
        self._admin("DELETE", f"/v1/admin/clients/{quote(name, safe='')}/pins{rest}")

    def open_session(self, code: str) -> Json:
        return self._call(Bearer(None), "POST", "/v1/enrollment/sessions", {"code": code})

    def end_session(self, token: str) -> None:
        self._call(Bearer(token), "DELETE", "/v1/enrollment/sessions/current")

    def start_factor(self, token: str, fields: Mapping[str, object]) -> Json:
        return self._call(Bearer(token), "POST", "/v1/enrollment/factors", fields)

    def confirm_factor(self, token: str, factor_id: str, code: str) -> Json:
        path = f"/v1/enrollment/factors/{quote(factor_id, safe='')}/confirmation"
        return self._call(Bearer(token), "POST", path, {"code": code})

    def claim_token(self, token: str, serial: str, codes: Sequence[str]) -> Json:
        return self._call(Bearer(token), "POST", "/v1/enrollment/tokens", {"serial": serial, "codes": list(codes)})

    def renew_recovery_codes(self, token: str) -> Json:
        return self._call(Bearer(token), "POST", "/v1/enrollment/recovery-codes")

    def pair_device(self, token: str, fields: Mapping[str, object]) -> Json:
        return self._call(Bearer(token), "POST", "/v1/enrollment/devices", fields)

    def add_phone(self, token: str, fields: Mapping[str, object]) -> Json:
        return self._call(Bearer(token), "POST", "/v1/enrollment/phones", fields)

    def confirm_phone(self, token: str, phone_id: str, code: str) -> Json:
        path = f"/v1/enrollment/phones/{quote(phone_id, safe='')}/confirmation"
        return self._call(Bearer(token), "POST", path, {"code": code})

    def _admin(self, method: str, path: str, message: Mapping[str, object] | None = None) -> Json:
        return self._call(Signed(self.target), method, path, message)

    def _call(
        self, authorization: Authorization, method: str, path: str, message: Mapping[str, object] | None = None
    ) -> Json:
        return call(self.target, authorization, method, path, message)


def call(
    target: Target,
    authorization: Authorization,
    method: str,
    path: str,
    message: Mapping[str, object] | None = None,
) -> Json:
    """One request and its answer; raises CommandError for a problem, with the server's own code and words."""
    url = base_url(target.url) + path
    body = b"" if message is None else json.dumps(message).encode()
    headers = {"User-Agent": "gatehouse", **({"Content-Type": "application/json"} if body else {})}
    return _read(send(method, url, authorization.headers(method, url, headers, body), body))


def _in_realm(realm: str | None, message: dict[str, object]) -> dict[str, object]:
    return message if realm is None else {"realm": realm, **message}


def _user(name: str, realm: str | None, rest: str = "") -> str:
    query = f"?{urlencode({'realm': realm})}" if realm else ""
    return f"/v1/admin/users/{quote(name, safe='')}{rest}{query}"


def _import(import_id: str) -> str:
    return f"/v1/admin/token-imports/{quote(import_id, safe='')}"


def _token(serial: str) -> str:
    return f"/v1/admin/tokens/{quote(serial, safe='')}"


def _read(answer: HttpAnswer) -> Json:
    message = _object(answer)
    if 200 <= answer.status < 300:
        return message
    code = str(message.get("type", "")).removeprefix("urn:gatehouse:problem:")
    if code:
        status = REFUSED if answer.status < 500 else FAILED
        raise CommandError(code, str(message.get("detail", "")), status, _findings(message))
    raise CommandError("refused", _foreign(answer.status), REFUSED if answer.status == 403 else FAILED)


def _findings(message: Json) -> list[Finding]:
    """The single mistakes that a problem may list."""
    errors = message.get("errors")
    listed = errors if isinstance(errors, list) else []
    return [Finding(str(one.get("path", "")), str(one.get("detail", ""))) for one in listed if isinstance(one, dict)]


def _object(answer: HttpAnswer) -> Json:
    try:
        message = json.loads(answer.body or b"{}")
    except ValueError:
        message = None
    if isinstance(message, dict):
        return message
    raise CommandError("bad-answer", f"the answer (HTTP {answer.status}) is not JSON: is this the enrolment URL?")


def _foreign(status: int) -> str:
    """For answers that come from API Gateway itself, not from our function."""
    if status == 403:
        return "API Gateway refused the request (HTTP 403): these AWS credentials may not call the enrolment API"
    return f"HTTP {status}, and no reason in the answer: is this the enrolment URL?"
