"""The state machine of push approval in this process: moto runs its definition, and its function is ours.

moto's Lambda without Docker only echoes, so an invocation is led to ``create_app``, and what that raises becomes the
answer that Lambda's runtime makes of it.
"""

import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import botocore.session
from moto.awslambda_simple.models import LambdaSimpleBackend

from mfa.settings import Settings
from tests.fakes.aws import REGION, aws_in_process

DEFINITION = Path(__file__).resolve().parents[2] / "statemachines/push_approval.asl.json"
ROLE = "arn:aws:iam::123456789012:role/any"
FUNCTION = "send-push"

type Function = Callable[[Mapping[str, Any], Any], object]


@dataclass
class Executions:
    """``function`` is what the function's name stands for; ``invoked`` are the events that it was given."""

    settings: Settings
    function: Function
    invoked: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def steps(self) -> list[str]:
        return [event["step"] for event in self.invoked]

    def status(self, login_id: str) -> str:
        status: str = self._described(login_id)["status"]
        return status

    def ended(self, login_id: str, seconds: float = 15) -> str:
        """How it ended, as soon as it has."""
        until = time.monotonic() + seconds
        while (status := self.status(login_id)) == "RUNNING":
            assert time.monotonic() < until, "the execution goes on"
            time.sleep(0.02)
        return status

    def wait_for_steps(self, count: int, seconds: float = 10) -> None:
        until = time.monotonic() + seconds
        while len(self.invoked) < count:
            assert time.monotonic() < until, self.invoked
            time.sleep(0.01)

    def transitions(self, login_id: str) -> int:
        """As they are billed at most: the start, and every state that was entered."""
        history = self._client.get_execution_history(executionArn=self._arn(login_id))["events"]
        return 1 + sum(event["type"].endswith("StateEntered") for event in history)

    def told(self, login_id: str) -> tuple[str, str]:
        """Input and output."""
        described = self._described(login_id)
        return described["input"], described.get("output", "")

    def _described(self, login_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self._client.describe_execution(executionArn=self._arn(login_id))
        return found

    def _arn(self, login_id: str) -> str:
        return f"{str(self.settings.push_state_machine).replace(':stateMachine:', ':execution:')}:{login_id}"

    @property
    def _client(self) -> Any:
        return botocore.session.get_session().create_client("stepfunctions", REGION)


@contextmanager
def executions(function: Callable[[Settings], Function]) -> Iterator[Executions]:
    """``function`` makes the function of the settings, which name the state machine."""
    config = {"stepfunctions": {"execute_state_machine": True}, "lambda": {"use_docker": False}}
    with aws_in_process(config) as aws:  # type: ignore[arg-type] # moto demands all of the names of its type
        arn = _function_arn()
        settings = replace(aws.settings, push_state_machine=_state_machine(arn), send_push_function=FUNCTION)
        running = Executions(settings, function(settings))
        with _invocations_reach(running):
            yield running


def definition(function_arn: str, partition: str = "aws") -> str:
    text = DEFINITION.read_text()
    return text.replace("${SendPushFunction}", function_arn).replace("${Partition}", partition)


def _state_machine(function_arn: str) -> str:
    client = botocore.session.get_session().create_client("stepfunctions", REGION)
    made = client.create_state_machine(name="push-approval", definition=definition(function_arn), roleArn=ROLE)
    arn: str = made["stateMachineArn"]
    return arn


def _function_arn() -> str:
    session = botocore.session.get_session()
    trust = json.dumps({"Version": "2012-10-17", "Statement": []})
    role = session.create_client("iam", REGION).create_role(RoleName="any", AssumeRolePolicyDocument=trust)["Role"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("handler.py", "")
    made = session.create_client("lambda", REGION).create_function(
        FunctionName=FUNCTION,
        Runtime="python3.13",
        Role=role["Arn"],
        Handler="handler.lambda_handler",
        Code={"ZipFile": code.getvalue()},
    )
    arn: str = made["FunctionArn"]
    return arn


@contextmanager
def _invocations_reach(running: Executions) -> Iterator[None]:
    original = LambdaSimpleBackend.invoke

    def invoke(
        _backend: Any, _function: str, _qualifier: Any, body: Any, _headers: Any, response_headers: Any
    ) -> bytes:
        event = json.loads(body)
        running.invoked.append(event)
        try:
            return json.dumps(running.function(event, None)).encode()
        except Exception as error:  # noqa: BLE001 -- as Lambda's runtime does
            response_headers["x-amz-function-error"] = "Unhandled"
            return json.dumps({"errorType": type(error).__name__, "errorMessage": str(error)}).encode()

    LambdaSimpleBackend.invoke = invoke  # type: ignore[method-assign]
    try:
        yield
    finally:
        LambdaSimpleBackend.invoke = original  # type: ignore[method-assign]
