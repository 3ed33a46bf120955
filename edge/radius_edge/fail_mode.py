"""The one exception to "every fault is a Reject": Accept without a second factor while the backend is unreachable.

Off by default. A client must have `accept_while_backend_unreachable_until` in its configuration, and that moment must
lie ahead. Then a login is accepted only if all of this holds:

- three pings in a row, over at least 15 seconds, could not connect or were answered 5xx;
- every attempt of this very login failed in the same way, or none was made because the breaker is open.

An answer, a 403, a 429, garbage, a wrong certificate, a lost or hanging answer mean that somebody is there, whichever
client's question it was: the count of pings begins anew, and the login is a Reject. A fault of the edge itself is no
evidence of anything. Pings are sent only while such clients' logins fail. Each Accept, and the begin and the end of the
outage, is an alarm.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from mfa.contract import LoginRequest, LoginResponse, Outcome
from mfa.contract.credentials import MsChap2Credential
from mfa.contract.fields import base64url
from radius_edge.gateway.faults import Fault

PINGS: Final = 3
OUTAGE_SECONDS: Final = 15.0
PING_PAUSE_SECONDS: Final = 7.5
ANSWER_WITHIN_SECONDS: Final = 2.0  # during an outage; a login that is to be accepted anyway need not wait for its end
_EVIDENCE: Final = frozenset({Fault.UNREACHABLE, Fault.FAILED})
_SOMEBODY_IS_THERE: Final = frozenset(
    {Fault.THROTTLED, Fault.NOT_AUTHORISED, Fault.BAD_ANSWER, Fault.NOT_TRUSTED, Fault.LOST, Fault.TIMEOUT}
)

type Ping = Callable[[], Awaitable[Fault | None]]
type Alarm = Callable[..., None]


class Outage:
    """What a row of pings says. Pure: times are given, in time.monotonic."""

    def __init__(self) -> None:
        self.failures = 0
        self._first = 0.0
        self._last = 0.0

    @property
    def confirmed(self) -> bool:
        return self.failures >= PINGS and self._last - self._first >= OUTAGE_SECONDS

    def ping_failed(self, now: float) -> None:
        if self.failures == 0:
            self._first = now
        self.failures += 1
        self._last = now

    def somebody_is_there(self) -> None:
        self.failures = 0


class FailMode:
    """``allowed`` maps a client's name to the end of its permission in Unix seconds; empty for nearly everybody."""

    def __init__(self, ping: Ping, alarm: Alarm, monotonic: Callable[[], float], unix: Callable[[], float]) -> None:
        self.allowed: Mapping[str, int] = {}
        self._ping = ping
        self._alarm = alarm
        self._monotonic = monotonic
        self._unix = unix
        self._outage = Outage()
        self._watching: asyncio.Task[None] | None = None

    @property
    def outage(self) -> bool:
        return self._outage.confirmed

    def permits(self, client: str) -> bool:
        return self._unix() < self.allowed.get(client, 0)

    def attempt_ended(self, fault: Fault | None) -> None:
        """Any attempt of any question to the backend, whoever asks. None: an answer has come."""
        if self._outage.failures and (fault is None or fault in _SOMEBODY_IS_THERE):
            self._somebody_is_there()

    def instead_of(self, fault: Fault, attempts: Sequence[Fault], request: LoginRequest) -> LoginResponse | Fault:
        """The fault itself, or an Accept in its place. ``attempts`` are the faults of all attempts of this login."""
        if not _of_an_outage(fault, attempts) or not self.permits(request.client):
            return fault
        self._watch()
        # Under MS-CHAPv2 an Accept must prove that the server knows the password, which the edge does not.
        if not self.outage or isinstance(request.credential, MsChap2Credential):
            return fault
        self._alarm(
            "accepted_without_second_factor",
            client=request.client,
            user_name=request.username,
            login_id=base64url(request.login_id),
            fault=fault,
        )
        return LoginResponse(login_id=request.login_id, nonce=request.nonce, outcome=Outcome.ACCEPT)

    def close(self) -> None:
        if self._watching is not None:
            self._watching.cancel()

    def _watch(self) -> None:
        if self._watching is None or self._watching.done():
            self._watching = asyncio.get_running_loop().create_task(self._ping_while_it_fails())

    async def _ping_while_it_fails(self) -> None:
        try:
            await self._ping_while_it_is_evidence()
        except Exception as error:  # noqa: BLE001 - an error of ours is no evidence of an outage
            self._alarm("fail_mode_broken", error=type(error).__name__)
        self._somebody_is_there()

    async def _ping_while_it_is_evidence(self) -> None:
        while (fault := await self._ping()) in _EVIDENCE:
            before = self.outage
            self._outage.ping_failed(self._monotonic())
            if self.outage and not before:
                self._alarm("fail_mode_began", fault=fault, clients=", ".join(sorted(self.allowed)))
            await asyncio.sleep(PING_PAUSE_SECONDS)

    def _somebody_is_there(self) -> None:
        before = self.outage
        self._outage.somebody_is_there()
        if before:
            self._alarm("fail_mode_ended")


def _of_an_outage(fault: Fault, attempts: Sequence[Fault]) -> bool:
    if fault is Fault.NEVER_ASKED:
        return not attempts
    return fault in _EVIDENCE and all(attempt in _EVIDENCE for attempt in attempts)
