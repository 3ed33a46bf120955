"""Lambda and Secrets Manager on loopback: they answer what the test says, and remember what they were asked."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from mfa.contract.directory import DirectoryAnswer, DirectoryQuestion
from mfa.contract.fields import decode_object


@dataclass(frozen=True, kw_only=True)
class StubAnswer:
    """``hangs`` sends nothing until the stub ends, ``breaks`` closes the connection in the middle of the body."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    hangs: bool = False
    breaks: bool = False


@dataclass(frozen=True, kw_only=True)
class Invoked:
    path: str
    headers: Mapping[str, str]
    question: DirectoryQuestion
    connection: int


def said(answer: DirectoryAnswer) -> StubAnswer:
    return StubAnswer(body=json.dumps(answer.to_message()).encode())


def refused(status: int, code: str) -> StubAnswer:
    return StubAnswer(
        status=status,
        body=json.dumps({"__type": code, "Type": "User", "message": "no", "Message": "no"}).encode(),
        headers={"x-amzn-ErrorType": code},
    )


@dataclass
class StubAws:
    """``answers`` are given in order, the last one for ever. ``secrets`` are SecretString by name; one that is a
    StubAnswer is given as it is."""

    url: str = ""
    answers: list[StubAnswer] = field(default_factory=list)
    secrets: dict[str, str | StubAnswer] = field(default_factory=dict)
    invoked: list[Invoked] = field(default_factory=list)
    secrets_read: list[str] = field(default_factory=list)
    ends: threading.Event = field(default_factory=threading.Event)

    def invoke(self, invoked: Invoked) -> StubAnswer:
        self.invoked.append(invoked)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def secret(self, name: str) -> StubAnswer:
        self.secrets_read.append(name)
        found = self.secrets.get(name)
        if found is None:
            return refused(400, "ResourceNotFoundException")
        if isinstance(found, StubAnswer):
            return found
        return StubAnswer(body=json.dumps({"Name": name, "SecretString": found}).encode())


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
        """A client that went away in the middle is what some of the tests are about."""


def _handler(stub: StubAws) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("X-Amz-Target") == "secretsmanager.GetSecretValue":
                self._send(stub.secret(json.loads(body)["SecretId"]))
                return
            question = DirectoryQuestion.from_message(decode_object(body))
            port = self.client_address[1]
            self._send(
                stub.invoke(Invoked(path=self.path, headers=dict(self.headers), question=question, connection=port))
            )

        def _send(self, answer: StubAnswer) -> None:
            if answer.hangs:
                stub.ends.wait(timeout=30)
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body) + (100 if answer.breaks else 0)))
            self.end_headers()
            self.wfile.write(answer.body)
            self.close_connection = answer.breaks

        def log_message(self, *_arguments: object) -> None:
            pass

    return Handler
