"""The edge API in the words of the contract: ask about a login, fetch the clients, ping.

An answer counts only if it echoes the login id and the nonce of its question. Whatever else comes back is a fault.
"""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final

from mfa.contract import ContractError
from mfa.contract.accounting import AccountingRequest, AccountingResponse
from mfa.contract.polls import PollRequest, PollResponse
from radius_edge.fail_mode import ANSWER_WITHIN_SECONDS, FailMode
from radius_edge.gateway.exchange import Exchange
from radius_edge.gateway.faults import Fault
from radius_edge.gateway.gateway import Gateway
from radius_edge.gateway.response import Response
from radius_edge.turns import Turns

if TYPE_CHECKING:
    from radius_edge.login_question import LoginQuestion

FETCH_SECONDS: Final = 10.0
PING_SECONDS: Final = 5.0
MAX_CONFIGURATION_OCTETS: Final = 8 * 1024 * 1024

MAX_POLL_ANSWER_OCTETS: Final = 1024 * 1024  # a hundred logins with all the attributes that a reply can hold

_UNIX_MINUS_MONOTONIC: Final = time.time() - time.monotonic()

type PollAnswer = PollResponse | Fault


class BackendError(Exception):
    """Raised by the calls that are awaited. ``fault`` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"the edge API could not be asked: {fault.value}")
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Fetched:
    """``body`` is None when the revision named by the ETag is still the current one."""

    body: bytes | None
    etag: str | None


class PollQuestion(Exchange):
    """POST /polls. ``then`` is called once."""

    __slots__ = ("_body", "_then", "_turns")
    resource = "polls"
    most_body_octets = MAX_POLL_ANSWER_OCTETS

    def __init__(
        self, tickets: Sequence[str], deadline: float, then: Callable[[PollAnswer], None], turns: Turns
    ) -> None:
        super().__init__(deadline)
        self._body = PollRequest(tickets).to_json()
        self._then = then
        self._turns = turns

    def body(self, now: float) -> bytes:  # noqa: ARG002 - no time is part of it
        return self._body

    def answered(self, response: Response) -> None:
        self._turns.add(partial(self._read, response))

    def _read(self, response: Response) -> None:
        try:
            answer: PollAnswer = PollResponse.from_json(response.body)
        except ContractError:
            answer = Fault.BAD_ANSWER
        self._then(answer if response.status == 200 else Fault.BAD_ANSWER)

    def failed(self, fault: Fault) -> None:
        self._then(fault)


class AccountingQuestion(Exchange):
    """POST /accounting. ``then`` is called once: None when the backend has stored it, else why it has not."""

    __slots__ = ("_body", "_then")
    resource = "accounting"

    def __init__(self, request: AccountingRequest, deadline: float, then: Callable[[Fault | None], None]) -> None:
        super().__init__(deadline)
        self._body = request.to_json()
        self._then = then

    def body(self, now: float) -> bytes:  # noqa: ARG002 - no time is part of it
        return self._body

    def answered(self, response: Response) -> None:
        try:
            AccountingResponse.from_json(response.body)
        except ContractError:
            self._then(Fault.BAD_ANSWER)
            return
        self._then(None if response.status == 200 else Fault.BAD_ANSWER)

    def failed(self, fault: Fault) -> None:
        self._then(fault)


class _Get(Exchange):
    """A GET that a coroutine waits for."""

    __slots__ = ("_headers", "_ready", "resource")
    method = "GET"
    most_body_octets = MAX_CONFIGURATION_OCTETS

    def __init__(self, resource: str, deadline: float, headers: str = "") -> None:
        super().__init__(deadline)
        self.resource = resource
        self._headers = headers
        self._ready: asyncio.Future[Response] = asyncio.get_running_loop().create_future()

    def body(self, now: float) -> bytes:  # noqa: ARG002 - a GET has none at any time
        return b""

    def headers(self) -> str:
        return self._headers

    def answered(self, response: Response) -> None:
        if not self._ready.done():
            self._ready.set_result(response)

    def failed(self, fault: Fault) -> None:
        if not self._ready.done():
            self._ready.set_exception(BackendError(fault))

    async def response(self) -> Response:
        return await self._ready


class Backend:
    """Typed calls over one Gateway."""

    def __init__(self, gateway: Gateway, fail_mode: FailMode | None = None) -> None:
        self._gateway = gateway
        self._fail_mode = fail_mode
        self._turns = Turns()

    def ask(self, question: "LoginQuestion") -> None:
        """Its login hears the answer or the fault, once, at the latest at the deadline."""
        mode = self._fail_mode
        if mode is not None and mode.allowed and mode.permits(question.client):
            question.fail_mode = mode
            if mode.outage:
                question.deadline = min(question.deadline, time.monotonic() + ANSWER_WITHIN_SECONDS)
        self._gateway.start(question)

    def poll(self, tickets: Sequence[str], deadline: float, then: Callable[[PollAnswer], None]) -> None:
        """``then`` hears the results or the fault, once."""
        self._gateway.start(PollQuestion(tickets, deadline, then, self._turns))

    def store(
        self, request: AccountingRequest, deadline: float, then: Callable[[Fault | None], None]
    ) -> AccountingQuestion:
        """``then`` hears None when the request is stored, or the fault, once. Returned for ``forget``."""
        question = AccountingQuestion(request, deadline, then)
        self._gateway.start(question)
        return question

    def forget(self, question: Exchange) -> None:
        """Nobody waits for this answer any more."""
        self._gateway.cancel(question)

    async def fetch_clients(self, etag: str | None) -> Fetched:
        """Raises BackendError."""
        headers = f"If-None-Match: {etag}\r\n" if etag else ""
        response = await self._get("clients", headers)
        if response.status == 304:
            return Fetched(None, etag)
        return Fetched(response.body, _safe_etag(response.header("etag")))

    async def _get(self, resource: str, headers: str) -> Response:
        question = _Get(resource, time.monotonic() + FETCH_SECONDS, headers)
        self._gateway.start(question)
        try:
            return await question.response()
        finally:
            self._gateway.cancel(question)


def trace_id(login_id: bytes, arrived_at: float) -> str:
    """What X-Ray and the function's log know a login by: its second of arrival, and 96 bits of its login id."""
    return f"1-{_hexadecimal(int(arrived_at + _UNIX_MINUS_MONOTONIC))}-{login_id[:12].hex()}"


@lru_cache(maxsize=8)
def _hexadecimal(second: int) -> str:
    return f"{second:08x}"


def _safe_etag(etag: str | None) -> str | None:
    """It goes back into a header, so it must be one line of visible characters."""
    return etag if etag and len(etag) <= 256 and etag.isascii() and etag.isprintable() else None


async def ping(gateway: Gateway) -> Fault | None:
    """GET /ping over a new connection, once; None if the API itself has answered."""
    question = _Get("ping", time.monotonic() + PING_SECONDS)
    gateway.probe(question)
    try:
        response = await question.response()
        well = response.status == 200 and json.loads(response.body).get("status") == "ok"
    except BackendError as error:
        return error.fault
    except (ValueError, AttributeError):
        return Fault.BAD_ANSWER
    finally:
        gateway.cancel(question)
    return None if well else Fault.BAD_ANSWER
