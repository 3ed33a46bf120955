"""Step Functions and Lambda on loopback: they answer what the test says, and remember what they were asked."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

import tests.fakes.aws  # noqa: F401 -- it reads the descriptions of services once for all tests
from mfa.bootstrap import Composition
from mfa.settings import Settings
from tests.fakes.push_trail import RecordingTrail
from tests.fakes.real_world import replace_parts

MACHINE = "arn:aws:states:eu-central-1:123456789012:stateMachine:push-approval"


@dataclass(frozen=True)
class Refusal:
    status: int
    code: str


@dataclass
class StubAws:
    """``refusals`` by operation; an operation without one works. One in ``hangs`` answers when the stub ends."""

    url: str = ""
    refusals: dict[str, Refusal] = field(default_factory=dict)
    hangs: set[str] = field(default_factory=set)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    invocation_types: list[str] = field(default_factory=list)
    ends: threading.Event = field(default_factory=threading.Event)

    @property
    def operations(self) -> list[str]:
        return [operation for operation, _ in self.asked]


@dataclass
class World:
    aws: StubAws
    composition: Composition
    trail: RecordingTrail


def composed(url: str | None, *, machine: str | None = MACHINE, function: str | None = "send-push") -> World:
    settings = Settings(
        table_name="table",
        kms_key_id="key",
        deployment="gatehouse-test",
        region="eu-central-1",
        endpoint_url=url,
        push_state_machine=machine,
        send_push_function=function,
    )
    composition, trail = Composition(settings), RecordingTrail()
    replace_parts(composition.push, trail=trail)
    return World(StubAws(), composition, trail)


@pytest.fixture
def aws() -> Iterator[StubAws]:
    with stub_aws() as aws:
        yield aws


@pytest.fixture
def world(aws: StubAws) -> World:
    world = composed(aws.url)
    world.aws = aws
    return world


@contextmanager
def stub_aws() -> Iterator[StubAws]:
    stub = StubAws()
    server = _Server(("127.0.0.1", 0), _handler(stub))
    stub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield stub
    finally:
        stub.ends.set()
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that has given up is what some of the tests are about."""


def _handler(stub: StubAws) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2] or "Invoke"
            stub.asked.append((operation, body))
            if operation == "Invoke":
                stub.invocation_types.append(self.headers["X-Amz-Invocation-Type"])
            if operation in stub.hangs:
                stub.ends.wait(timeout=30)
            self._answer(operation, stub.refusals.get(operation))

        def _answer(self, operation: str, refusal: Refusal | None) -> None:
            answer: dict[str, object] = (
                {"executionArn": "arn", "startDate": 1.0} if operation == "StartExecution" else {}
            )
            status = 202 if operation == "Invoke" else 200
            if refusal is not None:
                status, answer = refusal.status, {"__type": refusal.code, "message": "no", "Type": "User"}
            octets = json.dumps(answer).encode()
            self.send_response(status)
            if refusal is not None:
                self.send_header("x-amzn-ErrorType", refusal.code)
            self.send_header("Content-Length", str(len(octets)))
            self.end_headers()
            self.wfile.write(octets)

        def log_message(self, *_arguments: object) -> None:
            pass

    return Handler
