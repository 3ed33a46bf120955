"""docs/openapi.yaml says what the function does: THREATS G16.

``make test`` runs few examples of each operation, ``make soak`` (ROUNDS) or SCHEMATHESIS_EXAMPLES as many as asked.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import hypothesis
import pytest
import schemathesis
import yaml
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from enrollment.app import route_table
from mfa.contract.fields import base64url
from mfa.domain.factors import HotpParameters
from mfa.domain.otp import code_at
from tests.conftest import CASES_SENT
from tests.fakes.phone import Phone, SoftPasskey
from tests.functions.enrollment.authenticator import code_of
from tests.functions.enrollment.gateway import Gateway
from tests.functions.enrollment.world import PORTAL, World

DOCUMENT = Path(__file__).parents[3] / "docs" / "openapi.yaml"
FULL_EXAMPLES = 100  # of each operation, with known and with any things; schemathesis adds the edges of each value
EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES") or min(int(os.environ.get("ROUNDS", "20")), FULL_EXAMPLES))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]
SEED = b"12345678901234567890"
SIGN_IN = "/v1/enrollment/sign-in"
AGAIN = "/v1/enrollment/sessions/current/re-authentication"
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}


class Deployment:
    """One application for schemathesis; behind it a fresh world for every example. ``sent`` counts what came."""

    def __init__(self) -> None:
        self.gateway = Gateway(World())
        self.sent = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.sent += 1
        return self.gateway(environ, start_response)

    def begin(self) -> World:
        self.gateway = Gateway(World())
        return self.gateway.world


deployment = Deployment()
schema = schemathesis.openapi.from_path(DOCUMENT).exclude(path_regex=r"^/v1/device(/|$)")  # another function's
schema.app = deployment


@pytest.fixture(autouse=True)
def count_cases(record_property: Callable[[str, object], None]) -> Iterator[None]:
    before = deployment.sent
    yield
    record_property(CASES_SENT, deployment.sent - before)


def test_the_document_and_the_function_name_the_same_operations() -> None:
    document = yaml.safe_load(DOCUMENT.read_text())
    documented = {
        (method.upper(), path)
        for path, item in document["paths"].items()
        for method in item
        if method in METHODS and path.split("/")[2] != "device"
    }
    served = {(route.method, route.template) for route in route_table(World().services)}
    assert documented == served


@pytest.mark.parametrize("known", [True, False], ids=["known-things", "any-things"])
@schema.parametrize()
@hypothesis.settings(max_examples=EXAMPLES, deadline=None)
def test_every_answer_is_as_documented(case: Any, known: bool) -> None:
    world = deployment.begin()
    world.add_user("alice")
    token = world.open_session("alice")
    if known:
        _name_known_things(case, world, token)
    admin = case.operation.path.startswith("/v1/admin")
    authorization = "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE" if admin else f"Bearer {token}"
    case.call_and_validate(headers={"Authorization": authorization}, checks=CHECKS)
    assert not world.faults


def _name_known_things(case: Any, world: World, token: str) -> None:
    """Random names and codes find nothing; these do."""
    if "username" in case.path_parameters:
        case.path_parameters["username"] = "alice"
    if "name" in case.path_parameters:
        world.store.observations.pin("vpn", "192.0.2.7", 0)
        case.path_parameters["name"] = "vpn"
    if "address" in case.path_parameters:
        case.path_parameters["address"] = "192.0.2.7"
    if isinstance(case.body, dict) and "expected_revision" in case.body:
        case.body["expected_revision"] = 1
    if isinstance(case.body, dict) and "source_ip" in case.body:
        _configure_a_client(world)
        case.body |= {"user": "alice", "client": "vpn", "source_ip": "192.0.2.7", "caller_ip": None}
    if "device_id" in case.path_parameters or case.operation.path == "/v1/enrollment/devices":
        _name_a_device(case, world, token)
    if "token" in case.operation.path:
        _name_a_token(case, world)
    if "bypass_id" in case.path_parameters:
        path = "/v1/admin/users/alice/bypass-codes"
        case.path_parameters["bypass_id"] = world.admin("POST", path, {"reason": "lost phone"}).json["bypass_id"]
    if "/phones" in case.operation.path:
        _name_a_phone(case, world, token)
    _name_a_code(case, world, token)


def _name_a_code(case: Any, world: World, token: str) -> None:
    code = world.sender.code if world.sender.sent else world.issue_code()
    if "factor_id" in case.path_parameters:
        started = world.start_factor(token)
        case.path_parameters["factor_id"] = started["factor_id"]
        code = code_of(started["otpauth_uri"], world.clock.now())
    if case.operation.path in {SIGN_IN, AGAIN}:
        code = world.ask("POST", "/v1/enrollment/recovery-codes", token=token).json["codes"][0]
    if case.operation.path == "/v1/enrollment/code-tests":
        code = _code_of_a_new_factor(world, token)
    if not isinstance(case.body, dict):
        return
    if "by" in case.body:
        case.body["to"] = "+49 1512 3456789" if case.body["by"] == "sms" else "alice@example.test"
    if isinstance(case.body.get("code"), str):
        case.body["code"] = code
    if case.operation.path == SIGN_IN and "username" in case.body:
        case.body["username"] = "alice"


def _code_of_a_new_factor(world: World, token: str) -> str:
    started = world.start_factor(token)
    uri = started["otpauth_uri"]
    assert world.confirm(token, started["factor_id"], code_of(uri, world.clock.now())).status == 200
    world.clock.advance(60)  # within the fifteen minutes of the session, and past the code that was used
    return code_of(uri, world.clock.now())


def _name_a_device(case: Any, world: World, token: str) -> None:
    phone = Phone()
    if "device_id" not in case.path_parameters:
        if isinstance(case.body, dict) and isinstance(case.body.get("name"), str):
            case.body |= phone.pairing(token, case.body["name"].encode(errors="replace").decode())
        return
    device = world.ask("POST", "/v1/enrollment/devices", phone.pairing(token, "Phone"), token=token).json["device_id"]
    case.path_parameters["device_id"] = device
    if isinstance(case.body, dict) and isinstance(case.body.get("credential"), dict):
        path = f"/v1/enrollment/devices/{device}/passkey/options"
        challenge = world.ask("POST", path, token=token).json["public_key"]["challenge"]
        case.body["credential"] = SoftPasskey(PORTAL, "mfa.example.test").create(challenge)


def _name_a_phone(case: Any, world: World, token: str) -> None:
    number = "+49 1512 3456789"
    if "phone_id" not in case.path_parameters:
        if isinstance(case.body, dict):
            case.body["number"] = number
        return
    phone_id = world.ask("POST", "/v1/enrollment/phones", {"number": number}, token=token).json["phone_id"]
    case.path_parameters["phone_id"] = phone_id
    if not case.operation.path.endswith("/confirmation"):
        path = f"/v1/enrollment/phones/{phone_id}/confirmation"
        assert world.ask("POST", path, {"code": world.sender.code}, token=token).status == 200


def _name_a_token(case: Any, world: World) -> None:
    """A token with a button, which alice has where somebody must; or an import of it that is open."""
    token = {"serial": "T-1", "type": "hotp", "seed": base64url(SEED)}
    world.admin("PUT", "/v1/admin/token-imports/known", {"total": 1})
    if "import_id" in case.path_parameters:
        case.path_parameters["import_id"] = "known"
        if not case.operation.path.endswith("tokens"):
            world.admin("POST", "/v1/admin/token-imports/known/tokens", {"tokens": [token]})
        return
    world.admin("POST", "/v1/admin/token-imports/known/tokens", {"tokens": [token]})
    world.admin("POST", "/v1/admin/token-imports/known/completion")
    first, second = (code_at(counter, SEED, HotpParameters()) for counter in (0, 1))
    if "serial" in case.path_parameters:
        case.path_parameters["serial"] = "T-1"
        if case.method != "PUT":
            world.admin("PUT", "/v1/admin/tokens/T-1/owner", {"username": "alice"})
    if isinstance(case.body, dict) and "username" in case.body:
        case.body |= {"username": "alice", "realm": None}
    if isinstance(case.body, dict) and "codes" in case.body:
        case.body["codes"] = [first, second]
    if isinstance(case.body, dict) and "serial" in case.body:
        case.body["serial"] = "t-1"


def _configure_a_client(world: World) -> None:
    client = {
        "name": "vpn",
        "networks": ["192.0.2.0/24"],
        "secret": "an example for schemathesis",
        "timeout_seconds": 5,
        "retries": 1,
    }
    policies = [{"name": "alice", "users": ["alice"], "action": "allow"}]
    exemption = {"name": "bob", "users": ["bob"], "owner": "Ada", "reason": "none", "statement": "it does"}
    exemptions = [exemption | {"until": "2023-12-01"}]
    document = {"realms": [{"name": "corp"}], "clients": [client], "policies": policies, "exemptions": exemptions}
    assert world.admin("PUT", "/v1/admin/configuration", {"expected_revision": 1, **document}).status == 200
