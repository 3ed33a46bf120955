"""Mozilla's push service, as far as Firefox and a sender see it: a WebSocket for one, RFC 8030 for the other.

It passes sealed messages on and can open none. https://mozilla-push-service.readthedocs.io has the protocol.
"""

import base64
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from uuid import uuid4

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

_PATH: Final = "/wpush/v2/"


@dataclass
class Autopush:
    """``socket`` is where the browser connects, ``origin`` where senders post. ``acknowledged`` counts the messages
    that the browser took: 100 is "delivered to the app"."""

    socket: str = ""
    origin: str = ""
    channels: dict[str, ServerConnection] = field(default_factory=dict)
    acknowledged: list[int] = field(default_factory=list)
    received: list[dict[str, str]] = field(default_factory=list)

    def talk(self, connection: ServerConnection) -> None:
        try:
            for message in connection:
                answer = self._answer(connection, json.loads(message))
                if answer is not None:
                    connection.send(json.dumps(answer))
        except ConnectionClosed:
            return

    def _answer(self, connection: ServerConnection, asked: dict[str, Any]) -> dict[str, Any] | None:
        match asked.get("messageType"):
            case None:
                return {}  # a ping
            case "hello":
                return {**asked, "status": 200, "uaid": uuid4().hex, "use_webpush": True, "broadcasts": {}}
            case "register":
                channel = str(asked["channelID"])
                self.channels[channel] = connection
                endpoint = f"{self.origin}{_PATH}{channel}"
                return {"messageType": "register", "status": 200, "channelID": channel, "pushEndpoint": endpoint}
            case "unregister":
                self.channels.pop(str(asked["channelID"]), None)
                return {**asked, "status": 200}
            case "ack":
                self.acknowledged += [int(one["code"]) for one in asked["updates"]]
        return None

    def take(self, path: str, headers: dict[str, str], body: bytes) -> int:
        """The status for the sender."""
        connection = self.channels.get(path.removeprefix(_PATH))
        if connection is None:
            return 410
        self.received.append(headers)
        message = {
            "messageType": "notification",
            "channelID": path.removeprefix(_PATH),
            "version": secrets.token_hex(8),
            "ttl": int(headers["ttl"]),
            "data": base64.urlsafe_b64encode(body).rstrip(b"=").decode(),
            "headers": {"encoding": headers["content-encoding"]},
        }
        connection.send(json.dumps(message))
        return 201


@contextmanager
def autopush() -> Iterator[Autopush]:
    service = Autopush()

    class Sender(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(
                service.take(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            )
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's own name
            """Nobody reads it."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Sender)
    web_socket = serve(service.talk, "127.0.0.1", 0, subprotocols=["push-notification"])  # type: ignore[list-item]  # a NewType
    service.socket = f"ws://127.0.0.1:{web_socket.socket.getsockname()[1]}/"
    service.origin = f"http://127.0.0.1:{http.server_port}"
    threads = [threading.Thread(target=one.serve_forever) for one in (http, web_socket)]
    for thread in threads:
        thread.start()
    try:
        yield service
    finally:
        http.shutdown()
        web_socket.shutdown()
        for thread in threads:
            thread.join()
        http.server_close()
