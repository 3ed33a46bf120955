"""One login on its way through the servers of an upstream.

    ask the first server ──► no answer within timeout_ms, or nobody there ──► ask the next ──► … ──► the first again
              │                                                                    │
              └──────────────────── a reply that can be believed ◄─────────────────┘

Every server that was asked may still answer while another one is asked; the first believable reply counts. A server
that is asked again gets the same octets, so it knows them for a retransmission and decides the login once; each turn
waits twice as long as the one before (RFC 5080 section 2.2.1). If nobody is at any port, there is a pause and another
turn: an old server that is being restarted costs nobody a login.
"""

import asyncio
import time
from typing import Final, Protocol

from radius_edge.login import Login
from radius_edge.protocol.errors import UpstreamReplyError
from radius_edge.protocol.packet import Packet
from radius_edge.protocol.reasons import BadReply, LocalRejectReason
from radius_edge.protocol.upstream_reply import verified_reply
from radius_edge.upstream_socket import Asked, Request, Write
from radius_edge.upstreams import Server, Upstream

PAUSE_SECONDS: Final = 0.5  # between two turns in which nobody was there


class HearsOfBadReplies(Protocol):
    def bad_reply(self, upstream: Upstream, server: str, fault: BadReply) -> None: ...


class ForwardedLogin:
    """``reply`` is the verified answer to ``answered``; both are None until there is one."""

    __slots__ = (
        "_asked",
        "_bad_reply",
        "_heard",
        "_listener",
        "_requests",
        "_silent",
        "_write",
        "answered",
        "began_at",
        "login",
        "reply",
        "sent",
        "upstream",
    )

    def __init__(self, login: Login, upstream: Upstream, write: Write, listener: HearsOfBadReplies) -> None:
        self.began_at = time.monotonic()
        self.login = login
        self.upstream = upstream
        self.answered: Request | None = None
        self.reply: Packet | None = None
        self.sent = 0
        self._write = write
        self._listener = listener
        self._requests: dict[Server, Request] = {}
        self._asked: Server | None = None
        self._silent: set[Asked] = set()
        self._heard = asyncio.Event()
        self._bad_reply = False

    @property
    def ended(self) -> bool:
        """Answered, or nobody wants the answer any more: given up, or its client has reused the Identifier."""
        return self.reply is not None or self.login.done or self.login.packet.entry.superseded

    @property
    def why_unanswered(self) -> LocalRejectReason:
        if self.login.packet.entry.superseded:
            return LocalRejectReason.SUPERSEDED
        if self._bad_reply:
            return LocalRejectReason.UPSTREAM_BAD_REPLY
        return LocalRejectReason.UPSTREAM_TIMEOUT if self._silent else LocalRejectReason.UPSTREAM_UNREACHABLE

    async def ask_until(self, deadline: float) -> None:
        """Returns with a reply, or without one at the deadline (time.monotonic). Raises RequestError."""
        try:
            async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
                patience = self.upstream.timeout
                while not self.ended:
                    await self._one_turn(patience)
                    patience *= 2
        except TimeoutError:
            if self._asked in self._silent:
                self._asked.failed(time.monotonic())
        finally:
            for request in self._requests.values():
                request.end()

    def heard(self, request: Request, datagram: bytes) -> None:
        """Of the socket. What cannot be believed leaves the login open."""
        if self.reply is not None:
            return
        settings = self.upstream.settings
        try:
            self.reply = verified_reply(
                datagram,
                request.octets,
                self.upstream.secret,
                message_authenticator_required=settings.require_message_authenticator,
            )
        except UpstreamReplyError as error:
            self._bad_reply = True
            self._listener.bad_reply(self.upstream, request.server.name, error.fault)
            return
        self.answered = request
        request.server.answered()
        self._heard.set()

    def refused(self, request: Request) -> None:
        """Of the socket. Another server may be asked meanwhile; then it goes on."""
        self._silent.discard(request.server)
        if request.server is self._asked:
            self._heard.set()

    async def _one_turn(self, patience: float) -> None:
        anybody = False
        for server in self.upstream.in_order():
            anybody |= await self._ask(server, patience)
            if self.ended:
                return
        if not anybody:
            self._heard.clear()
            await self._wait(PAUSE_SECONDS)

    async def _ask(self, server: Server, patience: float) -> bool:
        """False if it says at once that nobody is there."""
        self._asked = server
        self._heard.clear()
        try:
            async with asyncio.timeout(patience):
                if self._send(server):
                    await self._heard.wait()
        except TimeoutError:
            server.failed(time.monotonic())
            return True
        if self.reply is None:
            server.failed(time.monotonic())
        return self.reply is not None

    def _send(self, server: Server) -> bool:
        request = self._requests.get(server)
        if request is None:
            request = server.request(self._write, self)
            if request is None:
                return False
            self._requests[server] = request
        self.sent += 1
        if not request.send():
            return False
        self._silent.add(server)
        return True

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._heard.wait()
        except TimeoutError:
            pass
