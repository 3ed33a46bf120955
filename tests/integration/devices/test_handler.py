"""Both functions as Lambda loads them: settings from the environment, real adapters, real log lines, and Step
Functions that take any token."""

import importlib
import json
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from mfa.bootstrap import Composition
from mfa.contract.fields import base64url
from mfa.domain.login_transactions import LoginTransaction, TransactionState
from mfa.domain.push import PushApproval, PushPrompt, number_context, token_context
from mfa.domain.push_ledger import OpenPush, PushLedger
from mfa.settings import SettingsError
from tests.fakes.aws import AwsInProcess, raw_items
from tests.fakes.phone import Phone
from tests.functions.enrollment.world import ADMIN, CORP, PORTAL, Answer, event_of
from tests.integration.enrollment.test_handler import as_answer

pytestmark = pytest.mark.integration

TASK_TOKEN = "task-token-canary"
HANDLERS = ("devices.handler", "enrollment.handler")

type Ask = Callable[..., Answer]


@pytest.fixture
def environment(aws: AwsInProcess, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[None]:
    for name, value in {
        "TABLE_NAME": aws.settings.table_name,
        "KMS_KEY_ID": aws.settings.kms_key_id,
        "DEPLOYMENT": aws.settings.deployment,
        "AWS_REGION": aws.settings.region,
        "LOG_LEVEL": "ERROR",
        "PORTAL_ORIGIN": PORTAL,
        "POWERTOOLS_SERVICE_NAME": f"devices-{request.node.name}",  # loggers outlive a test with the output they found
    }.items():
        monkeypatch.setenv(name, value)
    Composition(aws.settings).edge_api.configuration.apply([CORP], [])
    for name in HANDLERS:
        sys.modules.pop(name, None)
    yield
    for name in HANDLERS:
        sys.modules.pop(name, None)


def load(name: str) -> Ask:
    handler = importlib.import_module(f"{name}.handler").lambda_handler

    def ask(
        method: str,
        path: str,
        message: object = None,
        *,
        actor: str | None = None,
        token: str = "",
        phone: Phone | None = None,
    ) -> Answer:
        body = b"" if message is None else json.dumps(message).encode()
        headers = {"content-type": "application/json"} if body else {}
        if token:
            headers["authorization"] = f"Bearer {token}"
        if phone:
            headers["authorization"] = phone.authorization(method, path, int(time.time() * 1000), body)
        return as_answer(handler(event_of(method, path, headers=headers, body=body, actor=actor), None))

    return ask


def pair(enrollment: Ask) -> Phone:
    assert enrollment("POST", "/v1/admin/users", {"username": "alice"}, actor=ADMIN).status == 201
    code = enrollment("POST", "/v1/admin/users/alice/enrollment-codes", actor=ADMIN).json["code"]
    token = enrollment("POST", "/v1/enrollment/sessions", {"code": code}).json["token"]
    phone = Phone()
    paired = enrollment("POST", "/v1/enrollment/devices", phone.pairing(token, "Phone"), token=token)
    assert paired.status == 201, paired
    phone.device_id = paired.json["device_id"]
    options = enrollment("POST", f"/v1/enrollment/devices/{phone.device_id}/passkey/options", token=token)
    assert options.json["public_key"]["rp"]["id"] == "mfa.example.test"
    return phone


def put_login(aws: AwsInProcess, phone: Phone) -> str:
    composition = Composition(aws.settings)
    device = composition.stores.push_devices.read(phone.device_id)
    assert device is not None
    login_id, now = base64url(b"a waiting login."), time.time()
    transaction = LoginTransaction(
        login_id=login_id,
        client="vpn",
        user_id=device.user_id,
        username="CORP\\alice",
        source_ip="192.0.2.7",
        config_revision="1",
        created_at=now,
        expires_at=now + 60,
        prompt=PushPrompt(
            device_id=phone.device_id,
            nonce=base64url(b"a nonce, 16 oct."),
            address="unknown",
            approval=PushApproval.NUMBER,
            number=composition.vault.seal(b"83", number_context(login_id)),
        ),
    )
    composition.stores.transactions.put(transaction)
    last = OpenPush(
        login_id=login_id,
        client="vpn",
        join_tag=b"tag",
        opened_at=now,
        expires_at=transaction.expires_at,
        newest_packet_at=now,
    )
    composition.stores.push_ledgers.save(PushLedger(user_id=device.user_id, last=last, prompts=(now,)))
    token = composition.vault.seal(TASK_TOKEN.encode(), token_context(login_id))
    composition.stores.push_transactions.claim_sending(login_id, now, token)
    return login_id


def test_a_login_is_approved_and_no_secret_reaches_the_log_or_the_table_in_clear(
    environment: None, aws: AwsInProcess, capfd: pytest.CaptureFixture[str]
) -> None:
    enrollment, devices = load("enrollment"), load("devices")
    phone = pair(enrollment)
    login_id = put_login(aws, phone)
    shown = devices("GET", "/v1/device", phone=phone)
    assert (shown.status, shown.json["user"]["username"]) == (200, "alice")
    subscription = {
        "endpoint": "https://fcm.googleapis.com/fcm/send/endpoint-canary",
        "keys": {"p256dh": base64url(Phone().public_key), "auth": base64url(b"an auth secret.."[:16])},
    }
    assert devices("PUT", "/v1/device/subscription", subscription, phone=phone).status == 204
    forbidden = {**subscription, "endpoint": "https://169.254.169.254/"}
    assert devices("PUT", "/v1/device/subscription", forbidden, phone=phone).code == "endpoint-refused"
    (prompt,) = devices("GET", "/v1/device/prompts", phone=phone).json["prompts"]
    path = f"/v1/device/prompts/{login_id}/decision"
    approved = devices("POST", path, phone.decision(prompt, "approve", "83"), phone=phone)
    assert (approved.status, approved.json) == (200, {"state": "approved", "reason": None})
    assert devices("POST", path, phone.decision(prompt, "deny"), phone=phone).code == "decided-already"
    stored = Composition(aws.settings).stores.transactions.read([login_id])[login_id]
    assert isinstance(stored, LoginTransaction)
    assert stored.state is TransactionState.APPROVED
    printed = capfd.readouterr()
    assert '"event":"woken"' in printed.out
    assert printed.out.count('"message":"login decided"') == 1
    assert f'"factor_id":"{phone.device_id}"' in printed.out
    table = repr(raw_items())
    for secret in (TASK_TOKEN, base64url(TASK_TOKEN.encode()), "'83'", b"83".hex()):
        assert secret not in table
    for secret in (TASK_TOKEN, "endpoint-canary", '"83"', base64url(phone.public_key)):
        assert secret not in printed.out + printed.err + approved.body + shown.body


def test_a_fault_leaves_one_line(environment: None, capfd: pytest.CaptureFixture[str]) -> None:
    load("devices")
    assert sys.modules["devices.handler"].lambda_handler({"source": "aws.events"}, None)["statusCode"] == 500
    assert capfd.readouterr().out.count("request failed") == 1


def test_without_the_portal_s_origin_devices_do_not_start_and_enrolment_does(
    environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what concerns passkeys needs it there."""
    monkeypatch.delenv("PORTAL_ORIGIN")
    with pytest.raises(SettingsError, match="PORTAL_ORIGIN"):
        load("devices")
    enrollment = load("enrollment")
    assert enrollment("POST", "/v1/admin/users", {"username": "alice"}, actor=ADMIN).status == 201


def test_a_start_loads_neither_webauthn_nor_what_sends_and_wakes(environment: None) -> None:
    """The first decision needs none of them."""
    late = ("webauthn", "mfa.adapters.web_push.sender", "mfa.adapters.push_execution.waker")
    before = {name: sys.modules.pop(name, None) for name in late}
    try:
        load("devices")
        load("enrollment")
        assert [name for name in late if name in sys.modules] == []
    finally:
        sys.modules.update({name: module for name, module in before.items() if module is not None})


def test_calls_of_the_table_per_request(environment: None, aws: AwsInProcess) -> None:
    """What a poll of an open app and a decision cost."""
    enrollment, devices = load("enrollment"), load("devices")
    phone = pair(enrollment)
    login_id = put_login(aws, phone)
    devices("GET", "/v1/device/prompts", phone=phone)
    before = len(aws.calls)
    (prompt,) = devices("GET", "/v1/device/prompts", phone=phone).json["prompts"]
    assert aws.calls[before:] == [*["GetItem"] * 4, "BatchGetItem"]
    before = len(aws.calls)
    path = f"/v1/device/prompts/{login_id}/decision"
    assert devices("POST", path, phone.decision(prompt, "approve", "83"), phone=phone).status == 200
    signed, read, key_of_the_hour = ["GetItem"] * 3, ["BatchGetItem"], ["GetItem"]
    assert aws.calls[before:] == [*signed, *read, *key_of_the_hour, "TransactWriteItems", "UpdateItem"]
