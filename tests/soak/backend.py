"""The stub backend with people who decide, Rejects that are held, configurations that change, and faults."""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from mfa.contract import EdgeClient, MessageAuthenticatorPolicy
from mfa.contract.fields import encode_object
from tests.fakes.edge_configuration import OLD_SECRET, SECRET, client, configuration
from tests.integration.edge.stub_backend import (
    Fault,
    Question,
    StubBackend,
    changed,
    cut,
    half,
    hang,
    huge,
    login_answer,
    raw,
    response,
    status,
)

TIMEOUT_SECONDS: Final = 5
HOLD_MS: Final = 400
LATE_SECONDS: Final = 0.7
DECIDED_AFTER: Final = (0.5, 3.0)  # seconds; what is decided late is asked about more often
KEPT_SECONDS: Final = 20.0  # a decided login is asked about no more
CORP, LAX, ROTATING, STRANGER = (f"127.0.0.{last}" for last in (1, 3, 4, 99))


def everywhere(fault: Fault) -> Fault:
    """Not on logins only, but on polls and accounting as well. The configuration still comes."""

    async def anywhere(question: Question, writer: asyncio.StreamWriter) -> bool:
        if question.path.endswith("/clients"):
            return False
        return await fault(replace(question, path="/v1/logins"), writer)

    return anywhere


async def late(_: Question, __: asyncio.StreamWriter) -> bool:
    """Right, and slow."""
    await asyncio.sleep(LATE_SECONDS)
    return False


AWAY: Final = "connections refused"
FAULTS: Final[Mapping[str, Fault | None]] = {
    AWAY: None,
    "hangs": everywhere(hang),
    "500": everywhere(status(500)),
    "503, Retry-After": everywhere(status(503, headers="Retry-After: 1\r\n")),
    "429": everywhere(status(429)),
    "403": everywhere(status(403)),
    "connections cut": everywhere(cut),
    "half an answer": half,
    "garbage": everywhere(raw(b"\x16\x03\x01 this is not HTTP\r\n\r\n")),
    "another login's answer": changed(nonce="A" * 22),
    "50 MB": everywhere(huge),
    "700 ms late": everywhere(late),
}


@dataclass
class SoakBackend(StubBackend):
    """``asked`` counts questions by user name; whoever ends an exchange takes its count away."""

    asked: Counter[str] = field(default_factory=Counter)
    kept_sessions: set[str] = field(default_factory=set)
    revision: int = 1
    document: bytes = b""

    async def away(self) -> None:
        await self.stop()

    async def back(self) -> None:
        await self.start(port=self.port)

    async def _answer(self, question: Question, writer: asyncio.StreamWriter) -> None:
        route = question.path.rpartition("/")[2]
        if route == "logins":
            self.asked[str(question.message["username"])] += 1
        if self.fault is not None and await self.fault(question, writer):
            return
        answers = {"clients": self._clients, "accounting": self._keep, "polls": self._polled, "logins": self._login}
        writer.write(answers[route](question))

    def _clients(self, question: Question) -> bytes:
        etag = f'"{self.revision}"'
        if question.headers.get("if-none-match") == etag:
            return response(304, b"")
        return response(200, self.document, f"ETag: {etag}\r\n")

    def _keep(self, question: Question) -> bytes:
        self.kept_sessions.add(str(question.message["session_id"]))
        return response(200, b'{"version":1,"stored":true}')

    def _polled(self, question: Question) -> bytes:
        return response(200, self._poll_answer(question))

    def _login(self, question: Question) -> bytes:
        if str(question.message["username"]).startswith("wait"):
            return response(200, self._pending_answer(question))
        answer = login_answer(question)
        if b'"outcome":"reject"' in answer:
            answer = encode_object({**json.loads(answer), "hold_ms": HOLD_MS})
        return response(200, answer)

    def _pending_answer(self, question: Question) -> bytes:
        """``wait-accept-…``, ``wait-reject-…``: decided after a while. Other names: never."""
        answer = super()._pending_answer(question)
        ticket = json.loads(answer)["ticket"]
        _, wanted, number = str(question.message["username"]).split("-")
        loop = asyncio.get_running_loop()
        if wanted in {"accept", "reject"}:
            after = DECIDED_AFTER[int(number) % 2]
            loop.call_later(after, self.pending[ticket].update, {"outcome": wanted})
        loop.call_later(KEPT_SECONDS, self.pending.pop, ticket)
        return answer


def clients_of(revision: int) -> tuple[EdgeClient, ...]:
    """The secrets of one client change places, another client comes and goes; nobody's login may suffer."""
    no = MessageAuthenticatorPolicy.NO
    secrets = (SECRET, OLD_SECRET) if revision % 2 else (OLD_SECRET, SECRET)
    always = (
        _client("corp", CORP),
        _client("lax", LAX, require_message_authenticator=no),
        _client("rotating", ROTATING, secrets=secrets),
    )
    guest = (client("guest", "127.0.8.0/24"),) if revision % 3 == 0 else ()
    return always + guest


def _client(name: str, address: str, **changes: object) -> EdgeClient:
    """Without retries, so that an undecided login ends with the one packet's time."""
    return client(name, f"{address}/32", timeout_seconds=TIMEOUT_SECONDS, retries=0, **changes)


def next_configuration(backend: SoakBackend) -> bool:
    """Every fifth cannot be read, and must leave things as they are. True if it can be read."""
    backend.revision += 1
    readable = backend.revision % 5 != 0
    backend.document = (
        configuration(*clients_of(backend.revision), revision=str(backend.revision)) if readable else b'{"clients":'
    )
    return readable
