"""What a login takes where a directory is asked: our adapter beside FreeRADIUS + rlm_ldap, at one domain controller.

Both ask about the same account of the same Samba, in turns. FreeRADIUS is asked by RADIUS, by a virtual server for
each step; the step is the difference to one that asks nothing, or less. Ours is asked as the function
``verify_password`` is, without the network between a login and that function.
"""

import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median, quantiles
from typing import Final

from bench.freeradius_ldap import STEPS, LdapPeer, peer_is_missing, running_peer
from local import samba_server
from local.directory_world import SERVICE_ACCOUNT, account
from local.domain_controller import Domain, DomainController
from mfa.adapters.ldap import accounts
from mfa.adapters.ldap.channel import open_channel
from mfa.adapters.ldap.directory import LdapDirectory
from mfa.adapters.ldap.session import bind, bound_session
from mfa.contract.directory import (
    DirectoryAddress,
    DirectoryAnswer,
    DirectoryOperation,
    DirectoryQuestion,
    DirectoryResult,
    NameKind,
    ServiceAccount,
)

ROUNDS: Final = 20
LOGINS_A_ROUND: Final = 10
SECONDS: Final = 10.0
USER: Final = account("nested")  # in the group that is asked for by way of another one
SERVICE: Final = ServiceAccount(
    username=SERVICE_ACCOUNT.user_principal_name, password=SERVICE_ACCOUNT.password.encode()
)

type Samples = defaultdict[str, list[float]]


class Ours:
    """The adapter, step by step and as a whole."""

    def __init__(self, address: DirectoryAddress) -> None:
        self._address = address
        self._directory = LdapDirectory()

    def check(self) -> None:
        assert self._answer("a wrong password").result is DirectoryResult.PASSWORD_WRONG
        assert self._answer(USER.password).result is DirectoryResult.PASSWORD_RIGHT

    def whole(self) -> float:
        began = time.perf_counter()
        answer = self._answer(USER.password)
        assert answer.result is DirectoryResult.PASSWORD_RIGHT, answer.detail
        return time.perf_counter() - began

    def sample(self, samples: Samples) -> None:
        for step, seconds in self._steps():
            samples[step].append(seconds)
        samples["whole"].append(self.whole())

    def _steps(self) -> Iterator[tuple[str, float]]:
        times = Lap()
        deadline = time.monotonic() + SECONDS
        with open_channel(self._address.controllers[0], self._address.ca_certificates, deadline) as channel:
            yield "connect", times.lap()
            _, session = bound_session(channel, SERVICE.username, SERVICE.password)
            yield "service bind", times.lap()
            wanted = accounts.account_filter(NameKind.SAM, USER.username)
            (found,) = session.find(self._address.base_dn, wanted, ["objectGUID", "badPwdCount"], most=1)
            yield "search", times.lap()
            session.read(found.dn, ["tokenGroups"])
            yield "groups", times.lap()
        with open_channel(self._address.controllers[0], self._address.ca_certificates, deadline) as channel:
            assert bind(channel, found.dn, USER.password.encode()).code == 0
            yield "bind", times.lap()

    def _answer(self, password: str) -> DirectoryAnswer:
        question = DirectoryQuestion(
            operation=DirectoryOperation.VERIFY_PASSWORD, directory=self._address, service_account=SERVICE,
            name_kind=NameKind.SAM, name=USER.username, deadline_ms=int(SECONDS * 1000), password=password.encode(),
        )  # fmt: skip
        return self._directory.answer(question, SECONDS)


class Theirs:
    """By RADIUS. A login that is not accepted though it should be is counted, and not among the samples."""

    def __init__(self, peer: LdapPeer) -> None:
        self._peer = peer
        self.failed = 0

    def check(self) -> None:
        assert not self._peer.log_in("whole", USER, "a wrong password")[0]
        for step in STEPS:
            assert self._peer.log_in(step, USER)[0], step

    def sample(self, samples: Samples) -> None:
        for step in STEPS:
            accepted, seconds = self._peer.log_in(step, USER)
            if accepted:
                samples[step].append(seconds)
            else:
                self.failed += 1

    def whole(self) -> tuple[bool, float]:
        return self._peer.log_in("whole", USER)


class Lap:
    """Seconds since the last look."""

    def __init__(self) -> None:
        self._last = time.perf_counter()

    def lap(self) -> float:
        before, self._last = self._last, time.perf_counter()
        return self._last - before


def main() -> int:
    reason = samba_server.missing() or peer_is_missing()
    if reason:
        print(f"error: {reason}", file=sys.stderr)
        return 2
    with ExitStack() as ending:
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory()))
        domain = Domain.make(folder)
        first = ending.enter_context(domain.controller("dc1"))
        second = ending.enter_context(domain.controller("dc2"))
        peer = ending.enter_context(running_peer(folder / "freeradius", [first, second]))
        ours, theirs = Ours(domain.address_of(first, second)), Theirs(peer)
        print(_table(*_measured(ours, theirs)))
        print(_with_first_hanging(first, ours, theirs))
        print(
            f"\nMedians of {ROUNDS * LOGINS_A_ROUND}; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; ", end=""
        )
        asked = ROUNDS * LOGINS_A_ROUND * len(STEPS)
        print(f"FreeRADIUS did not accept {theirs.failed} of {asked} right logins.")
    return 0


def _measured(ours: Ours, theirs: Theirs) -> tuple[Samples, Samples]:
    ours.check()
    theirs.check()
    of_ours, of_theirs = defaultdict(list), defaultdict(list)
    for number in range(1, ROUNDS + 1):
        print(f"\rround {number} of {ROUNDS}", end="", file=sys.stderr, flush=True)
        for _ in range(LOGINS_A_ROUND):
            ours.sample(of_ours)
            theirs.sample(of_theirs)
    print(file=sys.stderr)
    return of_ours, of_theirs


def _table(ours: Samples, theirs: Samples) -> str:
    middle = {step: median(values) * 1000 for step, values in theirs.items()}
    steps = {
        "search": middle["search"] - middle["nothing"],
        "groups": middle["groups"] - middle["search"],
        "bind": middle["bind"] - middle["search"],
    }
    rows = [
        ("connect, TLS included", _of(ours["connect"]), "kept open"),
        ("bind of the service account", _of(ours["service bind"]), "kept"),
        ("search for the account", _of(ours["search"]), f"{steps['search']:.1f} ms"),
        ("groups", _of(ours["groups"]), f"{steps['groups']:.1f} ms"),
        ("bind with the user's password", _of(ours["bind"]), f"{steps['bind']:.1f} ms"),
        ("the whole", _of(ours["whole"]), _of(theirs["whole"])),
    ]
    lines = ["| step | verify_password's adapter | FreeRADIUS + rlm_ldap |", "|--|--|--|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def _of(seconds: list[float]) -> str:
    return f"{median(seconds) * 1000:.1f} ms (p99 {quantiles(seconds, n=100)[-1] * 1000:.1f})"


def _with_first_hanging(first: DomainController, ours: Ours, theirs: Theirs) -> str:
    """The first login after the controller that is asked first stopped, as SIGSTOP does it."""
    first.pause()
    try:
        own = ours.whole()
        accepted, seconds = theirs.whole()
    finally:
        first.resume()
    outcome = "accepted" if accepted else "not accepted"
    return (
        f"| the whole, the first controller hanging | {own * 1000:.0f} ms | {outcome} after {seconds * 1000:.0f} ms |"
    )


if __name__ == "__main__":
    sys.exit(main())
