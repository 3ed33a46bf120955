"""HTTP as octets on a socket: what no client library would send is what these tests are about."""

import http.client
import json
import socket
from dataclasses import dataclass
from typing import Any

PATIENCE_SECONDS = 60  # a login that waits for a person is answered after half of it


@dataclass(frozen=True)
class Reply:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    port: int, method: str, target: str, *headers: tuple[str, str], body: bytes = b"", host: str | None = None
) -> Reply:
    """A well-formed request; ``host`` is what the Host header says, the portal's own name unless told otherwise."""
    lines = [f"{method} {target} HTTP/1.1", f"host: {host or f'localhost:{port}'}", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return ask_raw(port, "\r\n".join([*lines, "", ""]).encode("latin-1") + body, method)


def ask_raw(port: int, octets: bytes, method: str = "GET") -> Reply:
    """Raises http.client.BadStatusLine if the server closes without an answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(octets)
        response = http.client.HTTPResponse(connection, method=method)
        try:
            response.begin()
            return Reply(response.status, response.headers, response.read())
        finally:
            response.close()
