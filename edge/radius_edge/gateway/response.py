"""The reader of one HTTP/1.1 response (RFC 9112), bounded in everything. No I/O.

It takes what an HTTP server in front of Lambda sends: Content-Length or chunked. A response that two readers could
read differently (two lengths, length and chunks, octets after the end) is refused, and its connection closed.
"""

import re
from typing import Final

from radius_edge.gateway.faults import ResponseError

MAX_HEAD_OCTETS: Final = 16_384
MAX_CHUNK_LINE_OCTETS: Final = 256

_STATUS_LINE: Final = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9]{2})(?: [^\r\n]*)?")
_DIGITS: Final = re.compile(rb"[0-9]{1,12}")
_CHUNK_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?")
_LENGTH: Final = b"\r\ncontent-length:"
_TRANSFER_ENCODING: Final = b"\r\ntransfer-encoding:"
_CLOSE: Final = b"\r\nconnection: close"
_BODILESS: Final = (204, 304)


class Response:
    """``head`` begins with the response's head, ``lower`` is that head in lower case and nothing more."""

    __slots__ = ("_head", "_lower", "body", "keep_alive", "status")

    def __init__(self, status: int, head: bytes, lower: bytes, *, keep_alive: bool) -> None:
        self.status = status
        self._head = head
        self._lower = lower
        self.body = b""
        self.keep_alive = keep_alive

    def header(self, name: str) -> str | None:
        """The first header of that name."""
        start = self._lower.find(b"\r\n" + name.lower().encode() + b":")
        if start < 0:
            return None
        start += len(name) + 3
        end = self._head.find(b"\r\n", start)
        return self._head[start : end if end >= 0 else None].strip().decode("latin-1")


def whole_response(octets: bytes, most_body_octets: int) -> Response | None:
    """The response if it came in one piece with a Content-Length, as nearly all do; None leaves it to the reader.

    It must never give anything that the reader would not: whatever is unusual is left to that. ``find`` because it
    costs half of what ``in`` does for octets.
    """
    end = octets.find(b"\r\n\r\n")
    if not 0 < end <= MAX_HEAD_OCTETS or not octets.startswith(b"HTTP/1.1 200 OK\r\n"):
        return None
    size = len(octets) - end - 4
    lower = octets[: end + 2].lower()
    if lower.find(b"\r\ncontent-length: %d\r\n" % size) < 0 or lower.count(_LENGTH) != 1 or size > most_body_octets:
        return None
    if lower.find(_TRANSFER_ENCODING) >= 0 or lower.find(_CLOSE) >= 0:
        return None
    response = Response(200, octets, lower, keep_alive=True)
    response.body = octets[end + 4 :]
    return response


class ResponseReader:
    """Feed it octets until it gives a Response; then it is used up. Raises ResponseError."""

    __slots__ = ("_buffer", "_chunks", "_length", "_most", "_response", "_until_close")

    def __init__(self, most_body_octets: int) -> None:
        self._buffer = b""
        self._most = most_body_octets
        self._response: Response | None = None
        self._length = 0
        self._chunks: list[bytes] | None = None
        self._until_close = False

    def feed(self, octets: bytes) -> Response | None:
        self._buffer = self._buffer + octets if self._buffer else octets
        while self._response is None:
            end = self._buffer.find(b"\r\n\r\n")
            if end > MAX_HEAD_OCTETS or (end < 0 and len(self._buffer) > MAX_HEAD_OCTETS):
                raise ResponseError("the head is too long")
            if end < 0:
                return None
            head, self._buffer = self._buffer[:end], self._buffer[end + 4 :]
            self._read_head(head)
        if self._chunks is not None:
            return self._read_chunks(self._response, self._chunks)
        return self._read_body(self._response)

    def close(self) -> Response | None:
        """The server has closed the connection: the end of a body that has no other end, else an error."""
        if self._response is None or not self._until_close:
            return None
        self._response.body = self._buffer
        return self._response

    def _read_head(self, head: bytes) -> None:
        line, _, _ = head.partition(b"\r\n")
        match = _STATUS_LINE.fullmatch(line)
        if match is None:
            raise ResponseError("not an HTTP/1 response")
        status = int(match[2])
        if status < 200:  # 100 Continue and its kind come before the real one (RFC 9110 section 15.2)
            return
        lower = head.lower()
        keep_alive = match[1] == b"1" and _CLOSE not in lower
        response = Response(status, head, lower, keep_alive=keep_alive)
        self._read_framing(response, lower)
        self._response = response

    def _read_framing(self, response: Response, lower: bytes) -> None:
        lengths = lower.count(_LENGTH)
        chunked = response.header("transfer-encoding")
        if lengths > 1 or (lengths and chunked is not None) or chunked not in (None, "chunked"):
            raise ResponseError("the end of the body can be read in two ways")
        if response.status in _BODILESS:
            self._length = 0
        elif chunked is not None:
            self._chunks = []
        elif lengths:
            self._length = self._checked_length(response.header("content-length") or "")
        else:
            self._until_close = True
            response.keep_alive = False

    def _checked_length(self, text: str) -> int:
        if not _DIGITS.fullmatch(text.encode("latin-1")):
            raise ResponseError("Content-Length is no number")
        length = int(text)
        if length > self._most:
            raise ResponseError("the body is too long")
        return length

    def _read_body(self, response: Response) -> Response | None:
        buffer = self._buffer
        if self._until_close:
            if len(buffer) > self._most:
                raise ResponseError("the body is too long")
            return None
        if len(buffer) < self._length:
            return None
        if len(buffer) > self._length:
            raise ResponseError("octets after the end of the response")
        response.body = buffer
        return response

    def _read_chunks(self, response: Response, chunks: list[bytes]) -> Response | None:
        while True:
            end = self._buffer.find(b"\r\n")
            if end > MAX_CHUNK_LINE_OCTETS or (end < 0 and len(self._buffer) > MAX_CHUNK_LINE_OCTETS):
                raise ResponseError("a chunk's size line is too long")
            if end < 0:
                return None
            match = _CHUNK_SIZE.fullmatch(self._buffer[:end])
            if match is None:
                raise ResponseError("a chunk's size is no number")
            size = int(match[1], 16)
            if size == 0:
                return self._read_trailer(response, chunks, end)
            if sum(map(len, chunks)) + size > self._most:
                raise ResponseError("the body is too long")
            after = end + 2 + size
            if len(self._buffer) < after + 2:
                return None
            if self._buffer[after : after + 2] != b"\r\n":
                raise ResponseError("a chunk does not end where it says")
            chunks.append(self._buffer[end + 2 : after])
            self._buffer = self._buffer[after + 2 :]

    def _read_trailer(self, response: Response, chunks: list[bytes], end: int) -> Response | None:
        stop = self._buffer.find(b"\r\n\r\n", end)
        if stop < 0:
            if len(self._buffer) > MAX_HEAD_OCTETS:
                raise ResponseError("the trailer is too long")
            return None
        if len(self._buffer) > stop + 4:
            raise ResponseError("octets after the end of the response")
        response.body = b"".join(chunks)
        return response
