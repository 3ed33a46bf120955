"""The deployed state machine and the function that rings, under their own roles, with a push service on loopback.

The emulator does not honour TimeoutSecondsPath: there the login's own end, noted by whoever asks, ends the wait.
"""

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from local import aws, seed
from local.layout import ROOT
from local.up import Gatehouse
from mfa.adapters.system import SystemClock
from mfa.contract.fields import octets_of
from mfa.domain.push_devices import PushSubscription
from tests.fakes.push_service import PushService, push_service

pytestmark = pytest.mark.e2e

LONG = 60


@dataclass
class Stage:
    """A user with one device, and a way to put logins that wait for it."""

    gatehouse: Gatehouse
    process: subprocess.Popen[str]
    service: PushService
    subscription: PushSubscription
    user_id: str
    device_id: str

    def does(self, what: str, **arguments: Any) -> Any:
        command = {"do": what, "user_id": self.user_id, "device_id": self.device_id, **arguments}
        return asked(self.process, command)

    def put(self, seconds: float = LONG) -> str:
        login_id: str = self.does("put", seconds=seconds)
        return login_id

    def started(self, seconds: int = LONG) -> str:
        login_id = self.put(seconds)
        self.start(login_id, seconds)
        return login_id

    def start(self, login_id: str, seconds: int = LONG) -> None:
        self.executions.start_execution(
            stateMachineArn=self.gatehouse.stack.push_state_machine_arn,
            name=login_id,
            input=json.dumps({"login_id": login_id, "seconds": seconds}),
        )

    def invoke(self, **event: Any) -> None:
        functions = aws.client("lambda", self.gatehouse.emulator.url)
        answer = functions.invoke(
            FunctionName=self.gatehouse.stack.send_push_function, Payload=json.dumps(event).encode()
        )
        assert "FunctionError" not in answer, answer["Payload"].read()
        assert answer["Payload"].read() == b"{}"

    def status(self, login_id: str) -> str:
        machine = self.gatehouse.stack.push_state_machine_arn
        arn = f"{machine.replace(':stateMachine:', ':execution:')}:{login_id}"
        status: str = self.executions.describe_execution(executionArn=arn)["status"]
        return status

    def ended(self, login_id: str) -> str:
        until(lambda: self.status(login_id) != "RUNNING")
        return self.status(login_id)

    @property
    def executions(self) -> Any:
        return aws.client("stepfunctions", self.gatehouse.emulator.url)


def asked(process: subprocess.Popen[str], command: dict[str, Any]) -> Any:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(command) + "\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


def until(holds: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.fixture(scope="module")
def process(gatehouse: Gatehouse) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.e2e.push_process"],
        cwd=ROOT,
        env={**os.environ, **seed._environment(gatehouse.emulator.url, gatehouse.stack)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture
def stage(gatehouse: Gatehouse, process: subprocess.Popen[str]) -> Iterator[Stage]:
    key = octets_of(asked(process, {"do": "vapid_public_key"}), "key", lowest=65, highest=65)
    with push_service(clock=SystemClock()) as service:
        subscription = service.subscribe(key)
        stage = Stage(gatehouse, process, service, subscription, f"u{secrets.token_hex(6)}", secrets.token_urlsafe(16))
        stage.does(
            "pair",
            endpoint=subscription.endpoint,
            public_key=subscription.public_key.hex(),
            auth_secret=subscription.auth_secret.hex(),
        )
        yield stage


def test_a_login_rings_its_device_and_a_decision_wakes_the_execution(stage: Stage) -> None:
    login_id = stage.started()
    (received,) = stage.service.wait_for(1, seconds=30)
    assert json.loads(received.payload) == {"id": login_id}
    assert 0 < received.ttl <= LONG
    assert stage.status(login_id) == "RUNNING"
    stage.does("decide", login_id=login_id)
    stage.executions.send_task_success(taskToken=stage.does("token", login_id=login_id), output="{}")
    assert stage.ended(login_id) == "SUCCEEDED"
    assert stage.does("state", login_id=login_id) == "approved"
    assert len(stage.service.received) == 1


def test_a_login_that_is_decided_before_it_is_sent_ends_its_execution_at_once(stage: Stage) -> None:
    """The function's role may wake executions."""
    login_id = stage.put()
    stage.does("decide", login_id=login_id)
    stage.start(login_id)
    assert stage.ended(login_id) == "SUCCEEDED"
    assert stage.service.received == []


def test_without_execution_the_prompt_is_sent_as_well_and_once(stage: Stage) -> None:
    login_id = stage.put()
    for _ in range(2):
        stage.invoke(step="send", login_id=login_id)
    assert len(stage.service.wait_for(1)) == 1
    assert stage.does("token", login_id=login_id) is None


def test_a_subscription_that_is_gone_is_removed_under_the_functions_role(stage: Stage) -> None:
    assert stage.does("is_subscribed")
    stage.service.unsubscribe(stage.subscription)
    stage.invoke(step="send", login_id=stage.put())
    assert not stage.does("is_subscribed")
    assert stage.service.received == []


def test_the_end_is_noted_under_the_functions_role(stage: Stage) -> None:
    login_id = stage.put(seconds=1.0)
    stage.invoke(step="expire", login_id=login_id)
    assert stage.does("state", login_id=login_id) == "expired"


def test_x2_an_endpoint_that_is_no_push_services_is_never_contacted(stage: Stage) -> None:
    """Also by the deployed function: the switch of this machine admits loopback, and nothing else."""
    with push_service(clock=SystemClock()) as elsewhere:
        stage.user_id, stage.device_id = f"u{secrets.token_hex(6)}", secrets.token_urlsafe(16)
        stage.does(
            "pair",
            endpoint=elsewhere.origin.replace("http://", "http://anybody@") + "/push/x",
            public_key=stage.subscription.public_key.hex(),
            auth_secret=stage.subscription.auth_secret.hex(),
        )
        login_id = stage.put()
        stage.invoke(step="send", login_id=login_id)
        assert elsewhere.requests == 0
        assert stage.does("state", login_id=login_id) == "pending"


def test_an_event_of_another_kind_is_refused_clearly(stage: Stage) -> None:
    functions = aws.client("lambda", stage.gatehouse.emulator.url)
    answer = functions.invoke(FunctionName=stage.gatehouse.stack.send_push_function, Payload=b'{"step":"approve"}')
    assert answer["FunctionError"]
    assert b"step is send or expire" in answer["Payload"].read()
