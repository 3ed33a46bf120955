"""Pending logins: a person has to decide, and one question in a while asks about all of them.

    waiting for its time ──► ready ──► asked about (up to 100 in one question) ──► decided
            ▲                                │
            └────────── still pending ◄──────┘

The backend says when to ask again; times are rounded up to a common beat, so that logins share their questions; the
more are pending, the shorter the beat. A login is asked about once more shortly before its client's patience ends: its
prompt has ended by then, so that what comes back is how it stays. A question that fails changes nothing: its logins are
asked about again, until their own end comes, which is a Reject.
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import Final, Protocol

from mfa.contract import LoginResponse, Outcome
from mfa.contract.polls import MAX_TICKETS
from radius_edge.backend import Backend, PollAnswer
from radius_edge.deadlines import Deadlines
from radius_edge.gateway.faults import Fault
from radius_edge.login import Login

BEAT_SECONDS: Final = 0.25
SHORTEST_BEAT_SECONDS: Final = BEAT_SECONDS / 8
FULL_BEAT: Final = 2 * MAX_TICKETS  # logins: with more on one beat, packets that come then would wait behind them
MAX_QUESTIONS: Final = 16  # at once; more tickets wait for one of them to come back
QUESTION_SECONDS: Final = 5.0
LAST_LOOK_SECONDS: Final = 0.75  # before the end of the client's patience, and after that of the prompt
AFTER_FAULT_SECONDS: Final = 1.0  # at least; the gateway has tried twice already


class PendingEnds(Protocol):
    """Who is told what became of a pending login."""

    def decided(self, login: Login, answer: LoginResponse) -> None: ...
    def patience_ended(self, login: Login, now: float) -> None: ...
    def poll_failed(self, fault: Fault, now: float) -> None: ...


class Poller:
    """Runs on one event loop. A pending login is always in the table of deadlines, so that it ends in time."""

    def __init__(self, backend: Backend, deadlines: Deadlines, ends: PendingEnds) -> None:
        self._backend = backend
        self._deadlines = deadlines
        self._ends = ends
        self._ready: deque[Login] = deque()
        self._questions = 0
        self._scheduled = False
        self.pending = 0

    def begin(self, login: Login, answer: LoginResponse, now: float) -> bool:
        """False if nothing can be asked with this answer."""
        if answer.ticket is None or answer.poll_after_ms is None:
            return False
        login.ticket, login.nonce = answer.ticket, answer.nonce
        login.poll_after = answer.poll_after_ms / 1000
        login.forget_written_ids()
        self.pending += 1
        self._wait(login, login.poll_after, now, now)
        return True

    def end(self, login: Login) -> None:
        """This login is pending no more, for whatever reason."""
        login.ticket = None
        self.pending -= 1

    def due(self, login: Login, now: float) -> None:
        if now >= login.patience_ends:
            self._ends.patience_ended(login, now)
            return
        self._deadlines.add(login, login.patience_ends)
        self._ready.append(login)
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._ask_scheduled)

    def _wait(self, login: Login, seconds: float, asked: float, now: float) -> None:
        """``asked`` is when it was asked about: what came back stood then, or a little later."""
        beat = self._beat()
        at = math.ceil((now + seconds) / beat) * beat
        last_look = login.patience_ends - LAST_LOOK_SECONDS
        if at > last_look:
            at = max(last_look, now) if asked < last_look else login.patience_ends
        if login.tick >= 0:
            self._deadlines.remove(login)
        self._deadlines.add(login, at)

    def _beat(self) -> float:
        """Halved until few enough of all that are pending meet on one, as they are asked about once a second or so."""
        beat = BEAT_SECONDS
        while beat > SHORTEST_BEAT_SECONDS and self.pending * beat > FULL_BEAT:
            beat /= 2
        return beat

    def _ask_scheduled(self) -> None:
        self._scheduled = False
        self._ask()

    def _ask(self) -> None:
        while self._ready and self._questions < MAX_QUESTIONS:
            batch = self._next_batch()
            if batch:
                self._questions += 1
                tickets = [login.ticket for login in batch if login.ticket is not None]
                now = time.monotonic()
                self._backend.poll(tickets, now + QUESTION_SECONDS, partial(self._answered, batch, now))

    def _next_batch(self) -> list[Login]:
        """Each ticket once: the same packet may wait twice, if a balancer gave its copies different ports."""
        batch: dict[str, Login] = {}
        twins: list[Login] = []
        while self._ready and len(batch) < MAX_TICKETS:
            login = self._ready.popleft()
            if login.ticket is None:
                continue
            if login.ticket in batch:
                twins.append(login)
            else:
                batch[login.ticket] = login
        self._ready.extendleft(reversed(twins))
        return list(batch.values())

    def _answered(self, batch: Sequence[Login], asked: float, answer: PollAnswer) -> None:
        self._questions -= 1
        now = time.monotonic()
        if isinstance(answer, Fault):
            self._ends.poll_failed(answer, now)
            found: dict[tuple[bytes, bytes], LoginResponse] = {}
        else:
            found = {(result.login_id, result.nonce): result for result in answer.results}
        for login in batch:
            if login.ticket is not None:
                self._result(login, found.get((login.login_id, login.nonce)), asked, now)
        if self._ready:
            self._ask()

    def _result(self, login: Login, result: LoginResponse | None, asked: float, now: float) -> None:
        if result is None:
            self._wait(login, max(login.poll_after, AFTER_FAULT_SECONDS), asked, now)
        elif result.outcome is Outcome.PENDING:
            login.ticket = result.ticket or login.ticket
            if result.poll_after_ms is not None:
                login.poll_after = result.poll_after_ms / 1000
            self._wait(login, login.poll_after, asked, now)
        else:
            self._deadlines.remove(login)
            self._ends.decided(login, result)
