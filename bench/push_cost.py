"""What a login by push costs: ``python -m bench.push_cost``.

Calls to DynamoDB are counted on an in-process AWS while the real services do one login: it asks, rings, is looked at,
decided and told. Transitions are counted in the state machine's definition, the start as one; AWS says that it counts
each step that is executed, so the bill may show one less. How often edges ask is simulated (bench.push_polls). What is
assumed stands below. Prices are those of us-east-1 in dollars, without free tiers.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bench.dynamodb_units import Bill, bill, recorded
from bench.push_polls import MEDIAN_SECONDS, alone, shared
from mfa.bootstrap import Composition
from mfa.contract.fields import base64url
from mfa.domain.device_signatures import DeviceDecision
from mfa.domain.push_devices import PushSubscription
from mfa.services.device_authentication import PairedDevice, SignedRequest
from mfa.services.push_decisions import SignedDecision
from tests.architecture.cloudformation import template
from tests.fakes.aws import AwsInProcess, aws_in_process
from tests.fakes.clock import FakeClock
from tests.fakes.push_sender import FakePushSender
from tests.fakes.push_world import PHONE, PushWorld
from tests.fakes.real_world import replace_parts
from tests.fakes.wakers import RecordingWaker

ROOT: Final = Path(__file__).resolve().parent.parent
GOAL: Final = 80.0

# Dollars for a million; of GB-seconds on arm64.
REST_CALL, HTTP_CALL, INVOCATION, TRANSITION = 3.50, 1.00, 0.20, 25.0
READ, WRITE, GB_SECONDS, LOG_GIGABYTE = 0.125, 0.625, 13.3334, 0.50

# Assumed: wall time of an invocation in milliseconds (a call to DynamoDB takes 5, to Step Functions 20, to a push
# service 100), octets of its log lines, how often an app that a notification opens looks until its owner has decided
# (when it opens, then every three seconds), and what it asks for of its own files (page, settings, worker).
MILLISECONDS: Final = {"logins": 50, "polls": 12, "send_push": 140, "devices": 25, "web": 2}
LOG_OCTETS: Final = {"logins": 1500, "polls": 300, "send_push": 1200, "devices": 1200, "web": 300}
LOOKS: Final = 3
FILES: Final = 3


@dataclass(frozen=True, kw_only=True)
class Row:
    """``count`` of it in one login; ``dollars`` for a million logins."""

    what: str
    count: str
    dollars: float


class Trusting:
    """Signatures are not what is counted here."""

    def verify_signature(self, _public_key: bytes, _octets: bytes, _signature: bytes) -> bool:
        return True


@dataclass(frozen=True, kw_only=True)
class Counted:
    """Calls to the table of each step of a login."""

    ask: Bill
    send: Bill
    poll: Bill
    look: Bill
    decide: Bill
    last_poll: Bill
    expire: Bill


class Login:
    """One login on the real services and stores; push service and Step Functions are only remembered."""

    def __init__(self, aws: AwsInProcess) -> None:
        settings = replace(aws.settings, portal_origin="https://mfa.example.com")
        self._composition = composition = Composition(settings, clock=FakeClock())
        replace_parts(composition.push, sender=FakePushSender(), waker=RecordingWaker())
        replace_parts(composition.devices, verifier=Trusting())
        composition.vault.prepare()
        assert isinstance(composition.clock, FakeClock)
        self.clock = composition.clock
        self.world = PushWorld(composition.stores, vault=composition.vault, clock=composition.clock)
        subscription = PushSubscription(endpoint="https://" + "x" * 200, public_key=bytes(65), auth_secret=bytes(16))
        composition.stores.push_devices.subscribe(self.world.user_id, PHONE, subscription)
        self.world.login(self.world.wrong_code())  # names and configuration are cached, as on a warm function

    def counted(self) -> Counted:
        world, dispatch = self.world, self._composition.push.dispatch
        ask, answer = _billed(lambda: world.ask("push 47"))
        login_id = base64url(answer.response.login_id)
        send, _ = _billed(lambda: dispatch.send(login_id, "t" * 600))
        poll, _ = _billed(lambda: world.poll(answer))
        look, _ = _billed(lambda: self._composition.devices.decisions.waiting(self._device()))
        decide, decided = _billed(lambda: self._decide(login_id))
        assert decided == "approved"
        last_poll, told = _billed(lambda: world.poll(answer))
        assert told.outcome.value == "accept"
        return Counted(
            ask=ask, send=send, poll=poll, look=look, decide=decide, last_poll=last_poll, expire=self._expire()
        )

    def _expire(self) -> Bill:
        self.clock.advance(600)
        login_id = base64url(self.world.ask("push 48").response.login_id)
        self.clock.advance(60)
        expire, _ = _billed(lambda: self._composition.push.dispatch.expire(login_id))
        return expire

    def _decide(self, login_id: str) -> str:
        signed = SignedDecision(decision=DeviceDecision.APPROVE, number="47", signature=bytes(64))
        return self._composition.devices.decisions.decide(self._device(), login_id, signed).state.value

    def _device(self) -> PairedDevice:
        now_ms = int(self.clock.now() * 1000)
        request = SignedRequest(
            device_id=PHONE, time_ms=now_ms, signature=bytes(64), method="GET", path="/v1/device/prompts", body=b""
        )
        return self._composition.devices.authentication.authenticate(request)


def _billed[Result](step: Callable[[], Result]) -> tuple[Bill, Result]:
    with recorded() as calls:
        result = step()
    return bill(calls), result


def transitions() -> tuple[int, int]:
    """Of a login that is answered, and of one that is not."""
    states = json.loads((ROOT / "statemachines/push_approval.asl.json").read_text())["States"]
    (timeout,) = [one["Next"] for one in states["RingAndWait"]["Catch"] if one["ErrorEquals"] == ["States.Timeout"]]
    assert states["RingAndWait"]["End"]
    assert states[timeout]["End"]
    return 2, 3


def function(name: str, times: float) -> float:
    gigabytes = template()["Globals"]["Function"]["MemorySize"] / 1024
    compute = GB_SECONDS * gigabytes * MILLISECONDS[name] / 1000
    return times * (INVOCATION + compute + LOG_GIGABYTE * LOG_OCTETS[name] / 1000)


def table(one: Bill, times: float = 1) -> float:
    return times * (READ * one.reads + WRITE * one.writes)


def rows(counted: Counted, polls: float) -> Iterator[Row]:
    """Of a login that is approved."""
    moves, _ = transitions()
    yield Row(what="Step Functions, transitions", count=f"{moves}", dollars=moves * TRANSITION)
    yield Row(what="edge API: the login", count="1", dollars=REST_CALL)
    yield Row(what="edge API: how it stands", count=f"{polls:.1f}", dollars=polls * REST_CALL)
    yield Row(what="device API: looks, decision", count=f"{LOOKS} + 1", dollars=(LOOKS + 1) * HTTP_CALL)
    yield Row(what="web: the app opens", count=f"{FILES}", dollars=FILES * HTTP_CALL + function("web", FILES))
    yield Row(what="functions: logins", count="1", dollars=function("logins", 1))
    yield Row(what="functions: polls", count=f"{polls:.1f}", dollars=function("polls", polls))
    yield Row(what="functions: send_push", count="1", dollars=function("send_push", 1))
    yield Row(what="functions: devices", count=f"{LOOKS + 1}", dollars=function("devices", LOOKS + 1))
    yield Row(what="DynamoDB: the login", count=_units(counted.ask), dollars=table(counted.ask))
    yield Row(what="DynamoDB: sending", count=_units(counted.send), dollars=table(counted.send))
    last = table(counted.last_poll)
    # Questions are shared, and items are not: as many are read as if the login waited alone.
    read = alone(MEDIAN_SECONDS) - 1
    yield Row(
        what="DynamoDB: how it stands",
        count=f"{read} × {_units(counted.poll)}; {_units(counted.last_poll)}",
        dollars=table(counted.poll, read) + last,
    )
    yield Row(what="DynamoDB: looks", count=f"{LOOKS} × {_units(counted.look)}", dollars=table(counted.look, LOOKS))
    yield Row(what="DynamoDB: decision", count=_units(counted.decide), dollars=table(counted.decide))


def _units(one: Bill) -> str:
    return f"{one.reads} r {one.writes} w"


def unanswered(counted: Counted, polls: float, life: int) -> float:
    """Of one that nobody looks at, and whose end is noted by the state machine."""
    _, moves = transitions()
    sent = table(counted.ask) + table(counted.send) + table(counted.expire) + table(counted.poll, alone(life))
    functions = function("logins", 1) + function("polls", polls) + function("send_push", 2)
    return moves * TRANSITION + (1 + polls) * REST_CALL + functions + sent


def main() -> None:
    with Path(os.devnull).open("w") as nowhere, aws_in_process() as aws, redirect_stdout(nowhere):
        counted = Login(aws).counted()
    print("Calls to DynamoDB of one login:\n\n| step | calls | read units | write units |\n|---|---|--:|--:|")
    for step, one in vars(counted).items():
        print(f"| {step.replace('_', ' ')} | {one.told} | {one.reads} | {one.writes} |")
    polls = shared(1.0)
    print(f"\nOne login of a million that are approved (half within {MEDIAN_SECONDS:.0f} s), 1 a second at an edge:\n")
    print("| what | in one login | $ per million |\n|---|--:|--:|")
    found = list(rows(counted, polls))
    for row in found:
        print(f"| {row.what} | {row.count} | {row.dollars:.2f} |")
    total = sum(row.dollars for row in found)
    print(f"| **sum** (goal ≤ {GOAL:.0f}) | | **{total:.2f}** |")
    print(f"| **sum, if a start is no transition** | | **{total - TRANSITION:.2f}** |")
    _print_by_load(counted)


def _print_by_load(counted: Counted) -> None:
    print("\nQuestions are shared by all that wait at an edge at the same moment:\n")
    print("| pushes at an edge | questions for each | approved, $ per million | unanswered for 9 s, $ per million |")
    print("|---|--:|--:|--:|")
    loads: Mapping[str, float | None] = {"one at a time": None, "0.1 a second": 0.1, "1 a second": 1, "5 a second": 5}
    for load, rate in loads.items():
        polls = float(alone(MEDIAN_SECONDS)) if rate is None else shared(rate)
        share = polls / alone(MEDIAN_SECONDS)
        dollars = sum(row.dollars for row in rows(counted, polls))
        print(f"| {load} | {polls:.1f} | {dollars:.0f} | {unanswered(counted, alone(9) * share, 9):.0f} |")


if __name__ == "__main__":
    main()
