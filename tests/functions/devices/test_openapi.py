"""docs/openapi.yaml says what the device API does: THREATS G16. As tests/functions/enrollment/test_openapi.py."""

import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import hypothesis
import pytest
import schemathesis
import yaml

from tests.conftest import CASES_SENT
from tests.fakes.phone import Phone
from tests.functions.devices.world import DeviceWorld, WaitingLogin
from tests.functions.enrollment.gateway import Gateway
from tests.functions.enrollment.test_openapi import CHECKS, DOCUMENT, EXAMPLES, METHODS

PREFIX = "/v1/device"


class Deployment:
    """One application for schemathesis; behind it a fresh world for every example, and a phone that signs whatever is
    sent. ``sent`` counts what came."""

    world: DeviceWorld
    phone: Phone
    sent = 0

    def begin(self) -> WaitingLogin:
        self.world = DeviceWorld()
        self.phone = self.world.phone()
        self.world.give_passkey(self.phone)
        return self.world.login(self.phone)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.sent += 1
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
        time_ms = int(self.world.clock.now() * 1000)
        signed = self.phone.authorization(environ["REQUEST_METHOD"], path, time_ms, body)
        environ["HTTP_AUTHORIZATION"] = signed
        return Gateway(self.world)(environ, start_response)  # type: ignore[arg-type] # it has an app


deployment = Deployment()
schema = schemathesis.openapi.from_path(DOCUMENT).include(path_regex=rf"^{PREFIX}(/|$)")
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
        if method in METHODS and path.split("/")[2] == "device"
    }
    assert documented == {(route.method, route.template) for route in DeviceWorld().routes.table()}


@pytest.mark.parametrize("known", [True, False], ids=["known-things", "any-things"])
@schema.parametrize()
@hypothesis.settings(max_examples=EXAMPLES, deadline=None)
def test_every_answer_is_as_documented(case: Any, known: bool) -> None:
    login = deployment.begin()
    if known:
        _name_known_things(case, login)
    case.call_and_validate(headers={"Authorization": "Gatehouse-Device"}, checks=CHECKS)
    assert not deployment.world.faults


def _name_known_things(case: Any, login: WaitingLogin) -> None:
    """Random ids and signatures find nothing; these do."""
    if "prompt_id" in case.path_parameters:
        case.path_parameters["prompt_id"] = login.login_id
    if isinstance(case.body, dict) and case.body.get("decision") in ["approve", "deny", "report"]:
        world, phone = deployment.world, deployment.phone
        number = case.body.get("number")
        number = number if isinstance(number, str) and number.isascii() else None
        case.body |= phone.decision(world.prompt(phone, login), case.body["decision"], number)
    if isinstance(case.body, dict) and isinstance(case.body.get("endpoint"), str):
        case.body["endpoint"] = "https://push.example.test/" + case.body["endpoint"][:100]


def test_an_approval_goes_through_what_schemathesis_uses() -> None:
    """Otherwise it might have tried nothing but refusals."""
    login = deployment.begin()
    world, phone = deployment.world, deployment.phone
    operation = schema[f"{PREFIX}/prompts/{{prompt_id}}/decision"]["POST"]
    body = phone.decision(world.prompt(phone, login), "approve", "47")
    case = operation.Case(path_parameters={"prompt_id": login.login_id}, body=body, media_type="application/json")
    answered = case.call_and_validate(headers={"Authorization": "Gatehouse-Device"}, checks=CHECKS)
    assert answered.status_code == 200
    assert world.radius(login) == "accept"
