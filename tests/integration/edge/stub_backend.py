"""An edge API with fault switches: it knows one code, verifies as the real one does, and every way to answer badly.

A user whose name begins with ``wait`` has to decide: his logins are pending until ``decide`` is called.

``fault`` is a callable that takes the question and the connection, or None. The faults are below, by THREATS row.
"""

import asyncio
import contextlib
import json
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from mfa.adapters.des import des
from mfa.contract import LoginRequest, PapCredential
from mfa.contract.credentials import ChapCredential, MsChap2Credential, MsChapCredential
from mfa.contract.fields import encode_object
from mfa.domain.proofs import ChapProof, CodeProof, MsChap2Proof, MsChapProof

RIGHT_CODE = "123456"
KEYS_FOR = "keys"  # whoever is called so gets MPPE keys


@dataclass
class Question:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def message(self) -> dict[str, object]:
        return dict(json.loads(self.body))


type Fault = Callable[[Question, asyncio.StreamWriter], Awaitable[bool]]
"""True: it has answered (or will never); False: go on as usual."""


@dataclass
class StubBackend:
    configuration: bytes
    fault: Fault | None = None
    extra: dict[str, object] = field(default_factory=dict)  # more members for the answers to logins
    questions: list[Question] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    right: str = RIGHT_CODE
    poll_after_ms: int = 100
    pending: dict[str, dict[str, object]] = field(default_factory=dict)  # answers to be, by ticket
    stored: list[dict[str, object]] = field(default_factory=list)  # accounting, each once
    _server: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def logins(self) -> list[Question]:
        return [question for question in self.questions if question.path.endswith("/logins")]

    @property
    def polls(self) -> list[Question]:
        return [question for question in self.questions if question.path.endswith("/polls")]

    def decide(self, outcome: str, **members: object) -> None:
        """Whoever waits now, waits no more."""
        for answer in self.pending.values():
            answer.update(outcome=outcome, **members)

    async def start(self, tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Refuse connections from now on, and cut those that are open."""
        assert self._server is not None
        self._server.close()
        for writer in tuple(self._open):
            writer.transport.abort()
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        try:
            while True:
                await self._answer(await read_question(reader), writer)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(writer)
            with contextlib.suppress(OSError):
                writer.close()

    async def _answer(self, question: Question, writer: asyncio.StreamWriter) -> None:
        self.questions.append(question)
        if self.fault is not None and await self.fault(question, writer):
            return
        if question.path.endswith("/clients"):
            etag = '"1"'
            if question.headers.get("if-none-match") == etag:
                writer.write(response(304, b""))
            else:
                writer.write(response(200, self.configuration, f"ETag: {etag}\r\n"))
        elif question.path.endswith("/ping"):
            writer.write(response(200, b'{"status":"ok"}'))
        elif question.path.endswith("/polls"):
            writer.write(response(200, self._poll_answer(question)))
        elif question.path.endswith("/accounting"):
            if question.message not in self.stored:
                self.stored.append(question.message)
            writer.write(response(200, b'{"version":1,"stored":true}'))
        elif str(question.message["username"]).startswith("wait"):
            writer.write(response(200, self._pending_answer(question)))
        else:
            writer.write(response(200, login_answer(question, self.extra, self.right)))

    def _pending_answer(self, question: Question) -> bytes:
        message = question.message
        answer: dict[str, object] = {"login_id": message["login_id"], "nonce": message["nonce"], "outcome": "pending"}
        ticket = f"ticket-{message['login_id']}-{message['nonce']}"
        self.pending[ticket] = answer
        first = {"version": 1, **answer, "ticket": ticket, "poll_after_ms": self.poll_after_ms}
        return encode_object({**first, **self.extra})

    def _poll_answer(self, question: Question) -> bytes:
        tickets = question.message["tickets"]
        assert isinstance(tickets, list)
        results = [
            {**self.pending[ticket], "poll_after_ms": self.poll_after_ms}
            for ticket in tickets
            if ticket in self.pending
        ]
        return encode_object({"version": 1, "results": results})


def login_answer(question: Question, extra: dict[str, object] | None = None, text: str = RIGHT_CODE) -> bytes:
    request = LoginRequest.from_json(question.body)
    proof = proof_of(request)
    right = proof.proves(text)
    answer = {
        "version": 1,
        "login_id": question.message["login_id"],
        "nonce": question.message["nonce"],
        "outcome": "accept" if right else "reject",
        "attributes": [],
        **(extra or {}),
    }
    if right and isinstance(proof, MsChap2Proof):
        answer["ms_chap"] = proof.success(text, with_keys=request.username == KEYS_FOR).to_message()
    return encode_object(answer)


def proof_of(request: LoginRequest) -> CodeProof | ChapProof | MsChapProof | MsChap2Proof:
    match request.credential:
        case PapCredential(text):
            return CodeProof(text)
        case ChapCredential() as credential:
            return ChapProof(credential)
        case MsChapCredential() as credential:
            return MsChapProof(credential, des)
        case MsChap2Credential() as credential:
            return MsChap2Proof.of(credential, request.username, des)


def response(status: int, body: bytes, headers: str = "") -> bytes:
    """As API Gateway writes it: the edge reads that in fewer steps than what is unusual."""
    phrase = "OK" if status == 200 else "X"
    return f"HTTP/1.1 {status} {phrase}\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def read_question(reader: asyncio.StreamReader) -> Question:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    method, path, _ = head[0].split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Question(method, path, headers, body)


# Faults. Each takes effect on logins only, so that the edge keeps its configuration.


def on_logins(answer: Callable[[Question, asyncio.StreamWriter], Awaitable[None]]) -> Fault:
    async def fault(question: Question, writer: asyncio.StreamWriter) -> bool:
        if not question.path.endswith("/logins"):
            return False
        await answer(question, writer)
        return True

    return fault


def raw(octets: bytes) -> Fault:
    """Answer these octets, whatever they are."""

    async def answer(_: Question, writer: asyncio.StreamWriter) -> None:
        writer.write(octets)

    return on_logins(answer)


def status(code: int, body: bytes = b"{}", headers: str = "") -> Fault:
    return raw(response(code, body, headers))


def changed(**members: object) -> Fault:
    """The right answer, but for these members."""

    async def answer(question: Question, writer: asyncio.StreamWriter) -> None:
        writer.write(response(200, login_answer(question, members)))

    return on_logins(answer)


async def _hang(_: Question, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


hang = on_logins(_hang)


async def _drip(question: Question, writer: asyncio.StreamWriter) -> None:
    for octet in response(200, login_answer(question)):
        writer.write(bytes((octet,)))
        await asyncio.sleep(1)


drip = on_logins(_drip)


async def _cut(_: Question, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


cut = on_logins(_cut)


async def _half(question: Question, writer: asyncio.StreamWriter) -> None:
    whole = response(200, login_answer(question))
    writer.write(whole[: len(whole) // 2])
    await writer.drain()
    writer.close()


half = on_logins(_half)


async def _huge(_: Question, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 52428800\r\n\r\n")
    with contextlib.suppress(OSError):
        for _ in range(800):
            writer.write(bytes(65_536))
            await writer.drain()


huge = on_logins(_huge)


def delayed(seconds: float) -> Fault:
    """Right, but late."""

    async def answer(question: Question, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        writer.write(response(200, login_answer(question)))

    return on_logins(answer)


def first(count: int, fault: Fault) -> Fault:
    """Only the first so many questions go wrong."""
    left = count

    async def limited(question: Question, writer: asyncio.StreamWriter) -> bool:
        nonlocal left
        if left <= 0 or not question.path.endswith("/logins"):
            return False
        left -= 1
        return await fault(question, writer)

    return limited


async def _chunked(question: Question, writer: asyncio.StreamWriter) -> None:
    body = login_answer(question)
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for at in range(0, len(body), 7):
        piece = body[at : at + 7]
        writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        await writer.drain()
    writer.write(b"0\r\n\r\n")


chunked = on_logins(_chunked)
