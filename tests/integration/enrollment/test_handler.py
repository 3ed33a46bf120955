"""The function as Lambda loads it: settings from the environment, real adapters, real events, real log lines."""

import base64
import importlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from mfa.bootstrap import Composition
from mfa.settings import SettingsError
from tests.fakes.aws import AwsInProcess, raw_items
from tests.functions.enrollment.authenticator import code_of
from tests.functions.enrollment.world import ADMIN, CORP, Answer, event_of, real_event

pytestmark = pytest.mark.integration

type Ask = Callable[..., Answer]
type Load = Callable[[], Ask]


@pytest.fixture
def load(aws: AwsInProcess, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Load]:
    """Called in the test, because loggers keep the standard output that they find; and they outlive a test, so
    each test is a service of its own name."""
    monkeypatch.setenv("TABLE_NAME", aws.settings.table_name)
    monkeypatch.setenv("KMS_KEY_ID", aws.settings.kms_key_id)
    monkeypatch.setenv("DEPLOYMENT", aws.settings.deployment)
    monkeypatch.setenv("AWS_REGION", aws.settings.region)
    monkeypatch.setenv("LOG_LEVEL", "ERROR")  # audit lines are written all the same
    monkeypatch.setenv("ISSUER", "Example Corp")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", request.node.name)
    Composition(aws.settings).edge_api.configuration.apply([CORP], [])
    sys.modules.pop("enrollment.handler", None)
    yield _load
    sys.modules.pop("enrollment.handler", None)


def _load() -> Ask:
    handler = importlib.import_module("enrollment.handler")

    def send(method: str, path: str, body: str = "", *, actor: str | None = None, token: str = "") -> Answer:
        headers = {"content-type": "application/json", **({"authorization": f"Bearer {token}"} if token else {})}
        return as_answer(handler.lambda_handler(event_of(method, path, headers=headers, body=body, actor=actor), None))

    return send


def as_answer(answered: dict[str, Any]) -> Answer:
    return Answer(answered["statusCode"], answered["headers"], answered["body"])


def test_no_secret_reaches_the_log_or_the_table_in_clear(load: Load, capfd: pytest.CaptureFixture[str]) -> None:
    """THREATS F6."""

    ask = load()
    assert ask("POST", "/v1/admin/users", '{"username":"alice"}', actor=ADMIN).status == 201
    code = ask("POST", "/v1/admin/users/alice/enrollment-codes", actor=ADMIN).json["code"]
    token = ask("POST", "/v1/enrollment/sessions", f'{{"code":"{code}"}}').json["token"]
    started = ask("POST", "/v1/enrollment/factors", '{"type":"totp"}', token=token).json
    path = f"/v1/enrollment/factors/{started['factor_id']}/confirmation"
    assert ask("POST", path, '{"code":"31415926"}', token=token).status == 400
    assert ask("POST", path, '{"code":"314159"}', token=token).status == 422
    typed = code_of(started["otpauth_uri"], time.time())
    assert ask("POST", path, f'{{"code":"{typed}"}}', token=token).status == 200
    (secret,) = parse_qs(urlsplit(started["otpauth_uri"]).query)["secret"]
    seed = base64.b32decode(secret)
    printed = capfd.readouterr()
    written = printed.out + printed.err
    assert written.count("factor_activated") == 2, "one audit line and one metric"
    stored = repr(raw_items())
    for planted in (code, code.replace("-", ""), token, secret, started["key"], f'"{typed}"', "314159"):
        assert planted not in written
        assert planted not in stored
    assert repr(seed) not in stored
    assert repr(base64.b64encode(seed))[2:-1] not in stored
    assert "Example%20Corp:alice" in started["otpauth_uri"]


def test_real_events_are_served(load: Load) -> None:
    load()
    handler = sys.modules["enrollment.handler"]
    created = as_answer(handler.lambda_handler(real_event("admin_create_user.json"), None))
    assert (created.status, created.json["username"]) == (201, "alice")
    assert as_answer(handler.lambda_handler(real_event("redeem_code.json"), None)).status == 404


def test_a_fault_leaves_one_line(load: Load, capfd: pytest.CaptureFixture[str]) -> None:
    load()
    event = real_event("redeem_code.json")
    event["headers"] = {"content-type": 7}
    assert sys.modules["enrollment.handler"].lambda_handler(event, None)["statusCode"] == 500
    printed = capfd.readouterr().out
    assert printed.count("request failed") == 1
    assert '"error":"AttributeError"' in printed


def test_a_missing_setting_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TABLE_NAME", raising=False)
    sys.modules.pop("enrollment.handler", None)
    with pytest.raises(SettingsError, match="TABLE_NAME"):
        importlib.import_module("enrollment.handler")
