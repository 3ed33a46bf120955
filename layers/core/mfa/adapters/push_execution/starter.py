"""PushStarter: one execution of the state machine for one login, named after it.

Where Step Functions does not take it (it starts 300 a second at most), the function that sends is invoked directly,
without waiting. Then nothing waits for the decision, and the login's own expiry ends it. Both may happen, if an answer
was lost: the prompt is sent once all the same, because sending has to be claimed.
"""

import json
from collections.abc import Callable
from functools import cached_property
from typing import Any, Final

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from mfa.errors import UnavailableError
from mfa.push_ports import PushEvent, PushNote, PushTrail

# A person waits, and the edge with its deadline: a slow answer is a fault, and the other way is tried.
_CONFIG: Final = Config(connect_timeout=1, read_timeout=1.5, retries={"total_max_attempts": 1})
_STARTED_BEFORE: Final = "ExecutionAlreadyExists"

type ClientMaker = Callable[[str, Config], Any]


class ExecutionStarter:
    """``make_client`` makes a client of an AWS service. ``state_machine`` is an ARN, ``function`` a name; None where a
    deployment has none."""

    def __init__(
        self, *, make_client: ClientMaker, state_machine: str | None, function: str | None, trail: PushTrail
    ) -> None:
        self._make_client = make_client
        self._state_machine = state_machine
        self._function = function
        self._trail = trail

    def start(self, login_id: str, seconds: int) -> None:
        why_not = self._execution(login_id, seconds)
        if why_not is not None:
            self._trail.noted(PushNote(event=PushEvent.STARTED_WITHOUT_EXECUTION, login_id=login_id, detail=why_not))
            self._invocation(login_id)

    def _execution(self, login_id: str, seconds: int) -> str | None:
        """Why there is none; None if there is."""
        if self._state_machine is None:
            return "PUSH_STATE_MACHINE is not set"
        given = json.dumps({"login_id": login_id, "seconds": seconds})
        try:
            self._executions.start_execution(stateMachineArn=self._state_machine, name=login_id, input=given)
        except ClientError as error:
            code = _code(error)
            return None if code == _STARTED_BEFORE else f"Step Functions refused it: {code}"
        except BotoCoreError as error:
            return f"Step Functions did not answer: {type(error).__name__}"
        return None

    def _invocation(self, login_id: str) -> None:
        if self._function is None:
            raise UnavailableError("SEND_PUSH_FUNCTION is not set, so no prompt can be sent")
        payload = json.dumps({"step": "send", "login_id": login_id}).encode()
        try:
            self._functions.invoke(FunctionName=self._function, InvocationType="Event", Payload=payload)
        except ClientError as error:
            raise UnavailableError(f"Lambda refused to send the prompt: {_code(error)}") from None
        except BotoCoreError as error:
            raise UnavailableError(f"Lambda did not answer: {type(error).__name__}") from None

    @cached_property
    def _executions(self) -> Any:  # noqa: ANN401 -- botocore makes its clients' methods at run time
        return self._make_client("stepfunctions", _CONFIG)

    @cached_property
    def _functions(self) -> Any:  # noqa: ANN401 -- as above
        return self._make_client("lambda", _CONFIG)


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code"))
