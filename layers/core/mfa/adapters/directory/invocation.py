"""One synchronous invocation of the function that asks directories.

A password must never be tried twice, so nothing here is repeated: not after a timeout, nor a 5xx, nor an answer that
cannot be read. What may have reached a controller is told as sent.
"""

import re
from collections.abc import Callable
from typing import Any, Final

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
)

from mfa.adapters.directory.fault import DirectoryFault
from mfa.adapters.directory.service_accounts import ClientMaker
from mfa.contract.directory import (
    MAX_DEADLINE_MS,
    DirectoryAnswer,
    DirectoryOperation,
    DirectoryQuestion,
    DirectoryResult,
)
from mfa.contract.errors import ContractError
from mfa.ports import Clock

CONNECT_SECONDS: Final = 1.0
STEP_SECONDS: Final = 0.25  # a client's timeout is fixed when it is made, so there is one for each such step
LEAST_SECONDS: Final = 0.5  # with less there is no use in asking
REUSED_SECONDS: Final = 10  # a connection that was idle for longer is often dead: the function was frozen meanwhile
MAX_CLIENTS: Final = 16

_BEFORE_ANYTHING_IS_SENT: Final = (
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
)
_ERROR_TYPE: Final = re.compile(rb'"errorType": ?"([A-Za-z0-9_.]{1,64})"')

type QuestionMaker = Callable[[int], DirectoryQuestion]


class Invocation:
    """``function`` is the function's name, None where the deployment has none."""

    def __init__(self, make_client: ClientMaker, function: str | None, clock: Clock) -> None:
        self._make_client = make_client
        self._function = function
        self._clock = clock
        self._clients: dict[float, Any] = {}
        self._used_at: dict[float, float] = {}

    def check(self) -> None:
        """Raises DirectoryFault if there is no function to invoke."""
        if self._function is None:
            raise DirectoryFault("VERIFY_PASSWORD_FUNCTION is not set, so no directory can be asked")

    def ask(self, question: QuestionMaker, deadline: float) -> DirectoryAnswer:
        """``question`` is given the milliseconds that are left for it. Raises DirectoryFault."""
        seconds = self._seconds(deadline)
        asked = question(min(MAX_DEADLINE_MS, round(seconds * 1000)))
        is_password = asked.operation is DirectoryOperation.VERIFY_PASSWORD
        payload = self._invoke(seconds, asked.to_json(), is_password=is_password)
        try:
            answer = DirectoryAnswer.from_json(payload)
        except ContractError as error:  # its text names the field and the rule, never the value
            raise DirectoryFault(f"the function's answer cannot be read: {error}", was_sent=is_password) from None
        if not _is_plausible(asked, answer):
            raise DirectoryFault("the function's answer is none to this question", was_sent=is_password)
        return answer

    def _seconds(self, deadline: float) -> float:
        """What is left, rounded down to a step."""
        seconds = (deadline - self._clock.now()) // STEP_SECONDS * STEP_SECONDS
        if seconds < LEAST_SECONDS:
            raise DirectoryFault("no time is left to ask the directory")
        return seconds

    def _invoke(self, seconds: float, body: bytes, *, is_password: bool) -> bytes:
        try:
            response = self._client(seconds).invoke(FunctionName=self._function, Payload=body)
            payload: bytes = response["Payload"].read()
        except ClientError as error:
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
            code = error.response.get("Error", {}).get("Code")
            was_sent = is_password and status >= 500  # a 4xx means: it was not run
            raise DirectoryFault(f"Lambda did not run {self._function}: {code}", was_sent=was_sent) from None
        except BotoCoreError as error:
            was_sent = is_password and not isinstance(error, _BEFORE_ANYTHING_IS_SENT)
            raise DirectoryFault(f"Lambda did not answer: {type(error).__name__}", was_sent=was_sent) from None
        if "FunctionError" in response:
            raise DirectoryFault(f"{self._function} failed: {_error_type(payload)}", was_sent=is_password)
        return payload

    def _client(self, seconds: float) -> Any:  # noqa: ANN401 -- botocore makes its clients' methods at run time
        now = self._clock.now()
        if seconds not in self._clients:
            self._make_room()
            config = Config(connect_timeout=CONNECT_SECONDS, read_timeout=seconds, retries={"total_max_attempts": 1})
            self._clients[seconds] = self._make_client("lambda", config)
        elif now - self._used_at[seconds] > REUSED_SECONDS:
            self._clients[seconds].close()  # its connections; it opens new ones
        self._used_at[seconds] = now
        return self._clients[seconds]

    def _make_room(self) -> None:
        if len(self._clients) >= MAX_CLIENTS:
            self._clients.clear()


def _is_plausible(asked: DirectoryQuestion, answer: DirectoryAnswer) -> bool:
    """A success must be one of what was asked, and about the account that was asked about."""
    if asked.operation is not DirectoryOperation.VERIFY_PASSWORD:
        return answer.result is not DirectoryResult.PASSWORD_RIGHT and not answer.was_sent
    if answer.result is not DirectoryResult.PASSWORD_RIGHT:
        return answer.result is not DirectoryResult.FOUND
    guid = None if answer.account is None else answer.account.object_guid
    return answer.was_sent and guid is not None and asked.object_guid in {None, guid}


def _error_type(payload: bytes) -> str:
    """``errorMessage`` may quote anything, so only the name of the error is told."""
    found = _ERROR_TYPE.search(payload)
    return "an error without a type" if found is None else found[1].decode()
