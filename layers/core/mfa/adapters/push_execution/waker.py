"""Waker: tells the execution that holds a login that it is decided.

Nothing depends on it: the item has decided, and whoever asks reads the item. So what fails here is noted and no more.
"""

from collections.abc import Callable
from functools import cached_property
from typing import Any, Final

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from mfa.push_ports import PushEvent, PushNote, PushTrail

_CONFIG: Final = Config(connect_timeout=1, read_timeout=1.5, retries={"total_max_attempts": 1})
# The wait is over already, or the token is of an execution that has ended.
_TOO_LATE: Final = frozenset({"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"})

type ClientMaker = Callable[[str, Config], Any]


class ExecutionWaker:
    """``make_client`` makes a client of an AWS service; it is called when the first execution is woken."""

    def __init__(self, *, make_client: ClientMaker, trail: PushTrail) -> None:
        self._make_client = make_client
        self._trail = trail

    def wake(self, task_token: str, login_id: str) -> None:
        event, detail = self._woken(task_token)
        self._trail.noted(PushNote(event=event, login_id=login_id, detail=detail))

    def _woken(self, task_token: str) -> tuple[PushEvent, str]:
        try:
            # Executions tell nobody anything: what was decided stands in the item.
            self._executions.send_task_success(taskToken=task_token, output="{}")
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code"))
            return (PushEvent.TOO_LATE_TO_WAKE if code in _TOO_LATE else PushEvent.NOT_WOKEN), code
        except (BotoCoreError, OSError) as error:
            return PushEvent.NOT_WOKEN, type(error).__name__
        except Exception as error:  # noqa: BLE001 -- whatever it is, the person's decision stands
            return PushEvent.NOT_WOKEN, f"a fault of ours: {type(error).__name__}"
        return PushEvent.WOKEN, ""

    @cached_property
    def _executions(self) -> Any:  # noqa: ANN401 -- botocore makes its clients' methods at run time
        return self._make_client("stepfunctions", _CONFIG)
