"""Forwarding: an old RADIUS server decides a login, and its answer goes on to the client (docs/guides/migrating.md).

The packet waits in the duplicate cache as any login does, so a retransmission costs no second question to the server.
Bounded in all and for each upstream: where there is no room, the client that has most waiting there gives up its
stalest login. Every end but a believable answer is a Reject, at the latest at the login's deadline.

A forwarded Reject is not held (docs/decisions/0021): it leaves when it comes, subject to nothing but the deadline.
"""

import asyncio
import re
import time
from collections.abc import Sequence
from functools import partial
from typing import Final, Protocol

from radius_edge.answers import local_reject
from radius_edge.forwarded_answers import forwarded_reply
from radius_edge.forwarded_login import ForwardedLogin
from radius_edge.login import Login, Reply
from radius_edge.logs import Scalar
from radius_edge.protocol.access_request import Ask
from radius_edge.protocol.errors import RequestError
from radius_edge.protocol.packet import HEADER_OCTETS
from radius_edge.protocol.passing_on import Cover
from radius_edge.protocol.reasons import BadReply, LocalRejectReason
from radius_edge.protocol.upstream_request import mark_of, upstream_request, was_forwarded
from radius_edge.reception import Arrival, Reception
from radius_edge.upstreams import Upstream
from radius_edge.waiting import WaitingLogins

MAX_FORWARDED: Final = 4_096
MAX_FORWARDED_TO_ONE: Final = 2_048  # what the sockets of one server hold
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_.-]")
_UNANSWERED: Final = frozenset(
    {LocalRejectReason.UPSTREAM_TIMEOUT, LocalRejectReason.UPSTREAM_UNREACHABLE, LocalRejectReason.UPSTREAM_BAD_REPLY}
)
_ANSWERS: Final = {2: "accept", 3: "reject", 11: "challenge"}
_HINTS: Final[dict[str, str]] = {
    LocalRejectReason.UPSTREAM_UNKNOWN: "this edge's configuration has no such upstream: "
    "it must come with GET /clients or stand in the clients file",
    LocalRejectReason.UPSTREAM_LOOP: "the old server has sent the login back here: let it decide what comes from edges",
    LocalRejectReason.UPSTREAM_OVERLOAD: "more logins wait for the old server than the edge holds",
    LocalRejectReason.UPSTREAM_TIMEOUT: "the old server must know this edge as a RADIUS client, with the same secret",
    LocalRejectReason.UPSTREAM_UNREACHABLE: "nobody is at the old server's port, or there is no way to its address",
    LocalRejectReason.UPSTREAM_BAD_REPLY: "secret mismatch, or no Message-Authenticator, or forged replies",
    LocalRejectReason.UPSTREAM_CHALLENGE: "the old server asks the user for more; that is not passed on",
    LocalRejectReason.UPSTREAM_NO_PROOF: "an Accept under MS-CHAPv2 must carry MS-CHAP2-Success",
}


class ForwardingEnds(Protocol):
    """Who sends the reply. Called once for each login, unless the login has ended otherwise."""

    def forwarded(self, login: Login, reply: Reply) -> None: ...
    def forwarding_broke(self, login: Login, error: Exception) -> None: ...


class Forwarder:
    """Runs on one event loop."""

    def __init__(self, reception: Reception, ends: ForwardingEnds) -> None:
        self._reception = reception
        self._metrics = reception.metrics
        self._ends = ends
        self._upstreams: dict[str, Upstream] = {}
        self._tasks: dict[Login, tuple[Upstream, asyncio.Task[None]]] = {}
        self._waiting = WaitingLogins(MAX_FORWARDED, MAX_FORWARDED)
        self._waiting_for: dict[str, WaitingLogins] = {}

    def __len__(self) -> int:
        return len(self._tasks)

    def begin(self, login: Login, ask: Ask, arrival: Arrival, name: str | None) -> None:
        """``name`` is the upstream's, as the backend gave it."""
        upstream = self._upstream(name or "")
        if upstream is None:
            self._refuse(login, name or "", LocalRejectReason.UPSTREAM_UNKNOWN)
            return
        mark = mark_of(arrival.configuration.login_ids)
        if was_forwarded(arrival.packet, mark):
            self._refuse(login, upstream.name, LocalRejectReason.UPSTREAM_LOOP)
            return
        write = partial(upstream_request, arrival.packet, ask, arrival.sender.source_ip, mark, secret=upstream.secret)
        forwarded = ForwardedLogin(login, upstream, write, self)
        deadline = arrival.at + arrival.sender.client.answer_within
        self._admit(login, upstream)
        self._count("upstream_forwarded_total", upstream)
        task = asyncio.get_running_loop().create_task(self._run(forwarded, deadline))
        self._tasks[login] = upstream, task

    def close(self) -> None:
        for _, task in self._tasks.values():
            task.cancel()
        for upstream in self._upstreams.values():
            upstream.close()

    def bad_reply(self, upstream: Upstream, server: str, fault: BadReply) -> None:
        """Of a forwarded login, which goes on waiting."""
        self._count("upstream_bad_replies_total", upstream)
        self._alarm(
            LocalRejectReason.UPSTREAM_BAD_REPLY, upstream.name, f"{server} {fault}", server=server, fault=fault.value
        )

    def _upstream(self, name: str) -> Upstream | None:
        """As the newest configuration has it; requests to what it was before end at their own sockets."""
        configuration = self._reception.configuration
        settings = None if configuration is None else configuration.upstreams.get(name)
        known = self._upstreams.get(name)
        if settings is None:
            return None
        if known is None or known.settings != settings:
            late = partial(self._metrics.count, "upstream_late_replies_total", "upstream", _label(name))
            known = self._upstreams[name] = Upstream(settings, late)
        return known

    def _admit(self, login: Login, upstream: Upstream) -> None:
        own = self._waiting_for.get(upstream.name)
        if own is None:
            own = self._waiting_for[upstream.name] = WaitingLogins(MAX_FORWARDED_TO_ONE, MAX_FORWARDED_TO_ONE)
        for table in (own, self._waiting):
            in_the_way = table.in_the_way(login.sender.client.name)
            if in_the_way is not None:
                self._give_up(in_the_way)
        own.add(login)
        self._waiting.add(login)

    def _give_up(self, login: Login) -> None:
        upstream, task = self._tasks[login]
        task.cancel()
        self._forget(login)
        self._refuse(login, upstream.name, LocalRejectReason.UPSTREAM_OVERLOAD)

    def _forget(self, login: Login) -> None:
        upstream, _ = self._tasks.pop(login)
        self._waiting.remove(login)
        self._waiting_for[upstream.name].remove(login)

    async def _run(self, forwarded: ForwardedLogin, deadline: float) -> None:
        login = forwarded.login
        try:
            await forwarded.ask_until(deadline)
            self._answer(forwarded)
        except RequestError:
            self._refuse(login, forwarded.upstream.name, LocalRejectReason.UPSTREAM_NOT_ENCODABLE)
        except Exception as error:  # noqa: BLE001 - this login must get its Reject whatever went wrong
            self._ends.forwarding_broke(login, error)
        finally:
            if login in self._tasks:  # not given up before
                self._forget(login)

    def _answer(self, forwarded: ForwardedLogin) -> None:
        login, upstream = forwarded.login, forwarded.upstream
        if login.done:
            return
        left_out: Sequence[str] = ()
        if forwarded.reply is None or forwarded.answered is None:
            reply = local_reject(forwarded.why_unanswered)
            self._unanswered(forwarded.why_unanswered, upstream)
        else:
            self._count("upstream_answered_total", upstream)
            cover = Cover(upstream.secret, forwarded.answered.octets[4:HEADER_OCTETS])
            reply, left_out = forwarded_reply(forwarded.reply, cover, upstream.name, login.packet, login.secret)
        self._log(forwarded, reply)
        for name in left_out:
            self._alarm("upstream_attribute_left_out", upstream.name, f"{upstream.name} {name}", attribute=name)
        self._ends.forwarded(login, reply)

    def _unanswered(self, reason: LocalRejectReason, upstream: Upstream) -> None:
        if reason in _UNANSWERED:
            self._count("upstream_unanswered_total", upstream)
            self._alarm(reason, upstream.name, upstream.name)

    def _refuse(self, login: Login, name: str, reason: LocalRejectReason) -> None:
        """Nothing was heard of the upstream, and nothing will be."""
        self._alarm(reason, name, name)
        if not login.done:
            self._ends.forwarded(login, local_reject(reason))

    def _log(self, forwarded: ForwardedLogin, reply: Reply) -> None:
        """What the upstream said, beside the line of the login that tells what the client was told."""
        answer = None if forwarded.reply is None else _ANSWERS[forwarded.reply.code]
        self._reception.log.write(
            "forwarded",
            login_id=forwarded.login.login_id_text,
            upstream=forwarded.upstream.name,
            server=None if forwarded.answered is None else forwarded.answered.server.name,
            answer=answer or "none",
            reason=reply.reason,
            hint=None if reply.reason is None else _HINTS.get(reply.reason),
            requests=forwarded.sent,
            duration_ms=round((time.monotonic() - forwarded.began_at) * 1000, 1),
        )

    def _alarm(self, reason: str, name: str, about: str, **fields: Scalar) -> None:
        """Counted each time, logged once a minute for each upstream. Never with a user's name."""
        self._metrics.count("alarms_total", "alarm", reason)
        hint = _HINTS.get(reason)
        self._reception.rationed.write("alarm", reason, about, time.monotonic(), upstream=name, hint=hint, **fields)

    def _count(self, name: str, upstream: Upstream) -> None:
        self._metrics.count(name, "upstream", _label(upstream.name))


def _label(name: str) -> str:
    """Names of upstreams are an administrator's, and become names of metrics."""
    return _UNSAFE.sub("_", name)
