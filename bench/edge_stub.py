"""A backend that costs next to nothing: it echoes login id and nonce, and accepts the code 123456.

``python -m bench.edge_stub`` prints its port. It answers by slicing, because the edge is what is measured.
"""

import asyncio
import sys

import uvloop

CLIENTS = sys.argv[1].encode() if sys.argv[1:] else b"{}"


class Stub(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._buffer = b""

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            at = head.find(b"Content-Length: ")
            size = int(head[at + 16 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self._buffer) < end + 4 + size:
                return
            body, self._buffer = self._buffer[end + 4 : end + 4 + size], self._buffer[end + 4 + size :]
            self._transport.write(response(_answer(body) if size else CLIENTS))


def _answer(body: bytes) -> bytes:
    login_id, nonce = _member(body, b'"login_id":"'), _member(body, b'"nonce":"')
    outcome = b"accept" if b'"pap":"123456"' in body else b"reject"
    return (
        b'{"version":1,"login_id":"'
        + login_id
        + b'","nonce":"'
        + nonce
        + b'","outcome":"'
        + outcome
        + b'","hold_ms":0,"attributes":[]}'
    )


def _member(body: bytes, name: bytes) -> bytes:
    start = body.index(name) + len(name)
    return body[start : body.index(b'"', start)]


def response(body: bytes) -> bytes:
    """The headers that API Gateway sends, so that reading them costs what it costs in service."""
    return (
        b"HTTP/1.1 200 OK\r\nDate: Sat, 21 Nov 2026 12:00:00 GMT\r\nContent-Type: application/json\r\n"
        b"Content-Length: " + str(len(body)).encode() + b"\r\nConnection: keep-alive\r\n"
        b"x-amzn-RequestId: 6a1ba1c5-7f4f-4a9c-9d7b-1c2d3e4f5a6b\r\nx-amz-apigw-id: AbCdEfGhIjKlMnO=\r\n"
        b"X-Amzn-Trace-Id: Root=1-5e9e6c3c-0123456789abcdef01234567;Sampled=0\r\n\r\n" + body
    )


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Stub, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
