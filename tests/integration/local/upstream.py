"""Stands for the emulator's API behind the portal: it keeps what reaches it and answers as it is told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BASE = "/_aws/execute-api/abc123"


@dataclass
class Asked:
    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> list[str]:
        return [value for one, value in self.headers if one.lower() == name]


@dataclass
class Upstream:
    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=lambda: [("content-type", "application/json")])
    body: bytes = b'{"from": "upstream"}'

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{BASE}"

    def answer(self, status: int, message: object, *headers: tuple[str, str]) -> None:
        self.status, self.body, self.headers = status, json.dumps(message).encode(), list(headers)


@contextmanager
def serving() -> Iterator[Upstream]:
    upstream = Upstream()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            upstream.asked.append(Asked(self.command, self.path, list(self.headers.items()), body))
            self.send_response(upstream.status)
            for name, value in upstream.headers:
                self.send_header(name, value)
            self.send_header("content-length", str(len(upstream.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(upstream.body)

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = serve  # noqa: N815 -- its names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's own name
            """What was asked is kept above."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        upstream.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield upstream
        finally:
            server.shutdown()
            thread.join()
