"""Notifier by invoking the function that tells, without waiting for it. Lambda tries again if that fails, so what is
told has to be told once only: the function sees to it.

Nothing here may fail a change or a login, nor hold one up for long. A notice that cannot be handed on is a line in the
log; the change itself stands in the audit trail in any case.
"""

import json
from collections.abc import Callable
from functools import cached_property
from typing import Any, Final

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from mfa.domain.notices import Notice
from mfa.notice_ports import NoticeChannel, NoticeNote, NoticeTrail

_CONFIG: Final = Config(connect_timeout=0.5, read_timeout=1, retries={"total_max_attempts": 1})

type ClientMaker = Callable[[str, Config], Any]


class LambdaNotifier:
    """``make_client`` makes a client of an AWS service, ``function`` is the name of the function that tells."""

    def __init__(self, *, make_client: ClientMaker, function: str, trail: NoticeTrail) -> None:
        self._make_client = make_client
        self._function = function
        self._trail = trail

    def notify(self, notice: Notice) -> None:
        try:
            self._functions.invoke(FunctionName=self._function, InvocationType="Event", Payload=_payload(notice))
        except ClientError as error:
            self._failed(notice, f"Lambda refused it: {error.response.get('Error', {}).get('Code')}")
        except BotoCoreError as error:
            self._failed(notice, f"Lambda did not answer: {type(error).__name__}")

    def _failed(self, notice: Notice, why: str) -> None:
        self._trail.noted(NoticeNote(notice=notice, channel=NoticeChannel.NONE, was_taken=False, detail=why))

    @cached_property
    def _functions(self) -> Any:  # noqa: ANN401 -- botocore makes its clients' methods at run time
        return self._make_client("lambda", _CONFIG)


def _payload(notice: Notice) -> bytes:
    return json.dumps(
        {
            "notice_id": notice.notice_id,
            "user_id": notice.user_id,
            "event": notice.event,
            "at": notice.at,
            "subject": notice.subject,
            "is_by_administrator": notice.is_by_administrator,
        }
    ).encode()
