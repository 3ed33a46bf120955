"""Some minutes of life on this machine, for the picture of the dashboard: see bench/dashboard.py.

The real stack on the emulator, an edge, a canary. A dozen people log in with codes, some mistype; some are asked on
their phones and approve, deny or do not answer; after a third somebody guesses codes, after a half names.
"""

import base64
import io
import json
import random
import secrets
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, redirect_stdout, suppress
from pathlib import Path
from typing import Any

import pyotp

import udp_probe.app
from local import seed
from local.demo_world import CLIENT, DemoUser
from local.layout import RunFolder
from local.up import Gatehouse, running
from local.warm import warm_up
from mfa.adapters.canary.carrier import LambdaCarrier
from mfa.adapters.canary.log import LoggedCanary
from mfa.adapters.system import SystemClock, SystemRandom
from mfa.canary_ports import CanarySecret
from mfa.services.canary import CanaryService
from tests.e2e.logs import function_logs
from tests.e2e.phones import TestPhone, paired_phone
from tests.fakes.radius_client import RadiusClient

PEOPLE, PHONES = 16, 2


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
        phones = [ending.enter_context(paired_phone(gatehouse, user.username)) for user in people[:PHONES]]
        canary_lines: list[str] = []
        _live(gatehouse, people, phones, minutes * 60, canary_lines)
        edges = [line for edge in gatehouse.edges for line in edge.process.log.read_text().splitlines()]
        told = [line for line in (*function_logs(gatehouse), *edges, *canary_lines) if '"_aws"' in line]
    target.write_text("\n".join(told) + "\n")
    print(f"{len(told)} lines with metrics are in {target}")


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
    tasks: list[Callable[[], None]] = [
        lambda: _codes(gatehouse, people[PHONES:-1], until),
        lambda: _episodes(gatehouse, people[-2], seconds),
        lambda: _sing(gatehouse, people[-1], until, canary_lines),
        *(lambda phone=phone: _pushes(gatehouse, phone, until) for phone in phones),  # type: ignore[misc] # bound now
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
    for user in _in_turn(people, until, 2.0):
        code = pyotp.TOTP(user.totp_secret).now()
        chance = random.random()
        text = code if chance < 0.9 else "let me in" if chance < 0.92 else f"{random.randrange(10**6):06}"
        threading.Thread(target=_ask, args=(gatehouse, user.username, text)).start()


def _pushes(gatehouse: Gatehouse, phone: TestPhone, until: float) -> None:
    while time.monotonic() < until:
        number = f"{random.randrange(10, 100)}"  # one of the last five would be refused
        asking = threading.Thread(target=_ask, args=(gatehouse, phone.user, f"push {number}", 12))
        asking.start()
        chance = random.random()
        with suppress(Exception):  # a prompt that was rationed never comes
            if chance < 0.75:
                phone.approve(number)
            elif chance < 0.85:
                phone.deny()
        asking.join()
        time.sleep(random.uniform(10, 30))


def _episodes(gatehouse: Gatehouse, victim: DemoUser, seconds: float) -> None:
    time.sleep(seconds / 3)
    for number in range(11):
        _ask(gatehouse, victim.username, f"{number:06}")
    time.sleep(seconds / 6)
    for number in range(24):
        _ask(gatehouse, f"guess{number}", "123456")


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
