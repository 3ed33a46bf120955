"""Some minutes of life on this machine, for the picture of the dashboard: see bench/dashboard.py.

The real stack on the emulator, an edge, a canary. Some people log in with codes, some mistype; some are asked on
their phones and approve, deny or do not answer, some get codes by message. After a third somebody guesses codes, after
a half names; then somebody reports a prompt, and codes that get around a factor are used.

What was told in the first half minute is left out: functions start in it, as they do after a deployment.
"""

import base64
import io
import itertools
import json
import random
import secrets
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, redirect_stdout, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pyotp

import udp_probe.app
from gatehouse.errors import CommandError
from local import callers, seed
from local.demo_world import CLIENT, DemoUser
from local.layout import RunFolder
from local.up import Gatehouse, running
from local.warm import warm_up
from mfa.adapters.canary.carrier import LambdaCarrier
from mfa.adapters.canary.log import LoggedCanary
from mfa.adapters.system import SystemClock, SystemRandom
from mfa.canary_ports import CanarySecret
from mfa.contract.fields import base64url
from mfa.services.canary import CanaryService
from tests.e2e.logs import function_logs
from tests.e2e.phones import TestPhone, paired_phone
from tests.e2e.sms import Mailbox, with_phone
from tests.e2e.test_recovery import Portal
from tests.fakes.push_service import PushService, push_service
from tests.fakes.radius_client import RadiusClient

PEOPLE, PHONES, MAILBOXES = 27, 6, 2
LEAD_SECONDS = 30


class FixedSecrets:
    def __init__(self, seed_text: str) -> None:
        self._secret = CanarySecret(shared_secret=CLIENT.edge.secrets[0], seed=base64.b32decode(seed_text))

    def read(self) -> CanarySecret:
        return self._secret


class ProbeHere:
    """A client of Lambda's ``invoke`` that runs udp_probe in this process."""

    def __init__(self, gatehouse: Gatehouse) -> None:
        self._run = udp_probe.app.create_app(
            [(edge.host, edge.auth_port) for edge in (*gatehouse.edges, *gatehouse.edges)][:2]
        )

    def invoke(self, **arguments: Any) -> dict[str, Any]:
        return {"Payload": io.BytesIO(json.dumps(self._run(json.loads(arguments["Payload"]), None)).encode())}


def main() -> None:
    target, minutes = Path(sys.argv[1]), float(sys.argv[2])
    with ExitStack() as ending:
        folder = RunFolder(Path(ending.enter_context(tempfile.TemporaryDirectory())))
        gatehouse = ending.enter_context(running(folder, radius_port=27_812))
        warm_up(gatehouse)
        people = _people(gatehouse, PEOPLE)
        service = ending.enter_context(push_service(clock=SystemClock()))
        phones = [ending.enter_context(paired_phone(gatehouse, user.username)) for user in people[:PHONES]]
        for phone in phones:
            _subscribe(phone, service)
        canary_lines: list[str] = []
        span = (time.time() + LEAD_SECONDS, time.time() + LEAD_SECONDS + minutes * 60)
        _live(gatehouse, people, phones, LEAD_SECONDS + minutes * 60, canary_lines)
        edges = [line for edge in gatehouse.edges for line in edge.process.log.read_text().splitlines()]
        told = [line for line in (*function_logs(gatehouse), *edges, *canary_lines) if _is_metric(line, *span)]
    target.write_text("\n".join(told) + "\n")
    print(f"{len(told)} lines with metrics are in {target}")


def _is_metric(line: str, since: float, until: float) -> bool:
    return '"_aws"' in line and since <= json.loads(line)["_aws"]["Timestamp"] / 1000 < until


def _subscribe(phone: TestPhone, service: PushService) -> None:
    """As its browser does."""
    subscription = service.subscribe(base64.urlsafe_b64decode(phone.api.show()["vapid_public_key"] + "="))
    keys = {"p256dh": base64url(subscription.public_key), "auth": base64url(subscription.auth_secret)}
    phone.api.subscribe({"endpoint": subscription.endpoint, "keys": keys})


def _people(gatehouse: Gatehouse, count: int) -> list[DemoUser]:
    made = [
        DemoUser(f"u{secrets.token_hex(4)}", base64.b32encode(secrets.token_bytes(20)).decode()) for _ in range(count)
    ]
    made.append(DemoUser("canary", base64.b32encode(secrets.token_bytes(20)).decode()))
    seed.users(gatehouse.emulator.url, gatehouse.stack, made)
    return made


def _live(
    gatehouse: Gatehouse, people: list[DemoUser], phones: list[TestPhone], seconds: float, canary_lines: list[str]
) -> None:
    until = time.monotonic() + seconds
    *asked, last = phones
    api = gatehouse.stack.enrollment_api_url(gatehouse.emulator)
    administrator = callers.administrator(gatehouse.emulator.url, gatehouse.stack)
    with_numbers, (*others, victim, canary) = people[PHONES : PHONES + MAILBOXES], people[PHONES + MAILBOXES :]
    mailboxes = [(user, with_phone(gatehouse, api, administrator, user.username)) for user in with_numbers]
    portal = Portal(api, administrator, others[0].username)
    tasks: list[Callable[[], None]] = [
        lambda: _codes(gatehouse, others, until),
        lambda: _episodes(gatehouse, victim, last, portal, seconds),
        lambda: _sing(gatehouse, canary, until, canary_lines),
        *(partial(_pushes, gatehouse, phone, until) for phone in asked),
        *(partial(_messages, gatehouse, user, mailbox, until) for user, mailbox in mailboxes),
    ]
    threads = [threading.Thread(target=task) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _ask(gatehouse: Gatehouse, name: str, text: str, seconds: float = 12) -> None:
    edge = random.choice(gatehouse.edges)
    client = RadiusClient((edge.host, edge.auth_port), CLIENT.edge.secrets[0])
    with suppress(AssertionError):
        client.log_in(name, text, seconds=seconds)
    client.close()


def _in_turn(people: list[DemoUser], until: float, pause: float) -> Iterator[DemoUser]:
    while time.monotonic() < until:
        for user in people:
            if time.monotonic() >= until:
                return
            yield user
            time.sleep(random.uniform(0.5, 1.5) * pause)


def _codes(gatehouse: Gatehouse, people: list[DemoUser], until: float) -> None:
    for user in _in_turn(people, until, 2.0):  # each comes round less often than codes change
        code = pyotp.TOTP(user.totp_secret).now()
        chance = random.random()
        text = code if chance < 0.9 else "let me in" if chance < 0.92 else f"{random.randrange(10**6):06}"
        threading.Thread(target=_ask, args=(gatehouse, user.username, text)).start()


def _pushes(gatehouse: Gatehouse, phone: TestPhone, until: float) -> None:
    numbers = itertools.cycle(random.sample(range(10, 100), 90))  # one of the last five would be refused
    decision: str | None = None
    while time.monotonic() < until:
        refused = decision != "approve"  # three in a row, and nobody would be asked for minutes
        decision = "approve" if refused else random.choice(["approve", "approve", "deny", None])
        _push(gatehouse, phone, str(next(numbers)), decision)
        time.sleep(random.uniform(5, 13))


def _push(gatehouse: Gatehouse, phone: TestPhone, number: str, decision: str | None) -> None:
    asking = threading.Thread(target=_ask, args=(gatehouse, phone.user, f"push {number}", 12))
    asking.start()
    for _ in range(6 if decision else 0):
        time.sleep(1)  # a phone looks no more often, and the emulator has other things to do
        with suppress(CommandError):
            for prompt in phone.api.prompts():
                phone.api.decide(prompt, str(decision), number if decision == "approve" else None)
        if not asking.is_alive():
            break
    asking.join()


def _messages(gatehouse: Gatehouse, user: DemoUser, mailbox: Mailbox, until: float) -> None:
    while time.monotonic() < until:
        time.sleep(random.uniform(20, 50))
        _ask(gatehouse, user.username, "sms")
        _ask(gatehouse, user.username, mailbox.codes()[-1])


def _episodes(gatehouse: Gatehouse, victim: DemoUser, phone: TestPhone, portal: Portal, seconds: float) -> None:
    time.sleep(seconds / 3)
    for number in range(11):
        _ask(gatehouse, victim.username, f"{number:06}")
    time.sleep(seconds / 6)
    for number in range(24):
        _ask(gatehouse, f"guess{number}", "123456")
    time.sleep(seconds / 12)
    _push(gatehouse, phone, "47", "report")
    time.sleep(seconds / 12)
    _ask(gatehouse, portal.name, portal.recovery_codes()[0])
    time.sleep(seconds / 12)
    _ask(gatehouse, portal.name, portal.bypass()["code"])


def _sing(gatehouse: Gatehouse, user: DemoUser, until: float, lines: list[str]) -> None:
    canary = CanaryService(
        secrets=FixedSecrets(user.totp_secret),
        carrier=LambdaCarrier(make_client=lambda _name, _config: ProbeHere(gatehouse), function="udp-probe"),
        clock=SystemClock(),
        random=SystemRandom(),
        log=LoggedCanary(service_name="canary", metrics_namespace="Gatehouse"),
    )
    while time.monotonic() < until:
        with redirect_stdout(io.StringIO()) as printed:
            canary.sing()
        lines += printed.getvalue().splitlines()
        time.sleep(60)


if __name__ == "__main__":
    main()
