"""Many people who are asked at once, on the deployed stack: nobody is lost (``make soak``: 200)."""

import os
import secrets
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from local import seed
from local.layout import ROOT
from local.up import Gatehouse
from tests.e2e.conftest import MakeUsers, User
from tests.e2e.packets import AccessRequest, open_client
from tests.e2e.test_push_execution import asked

pytestmark = pytest.mark.e2e

FULL_COUNT = 200
PATIENT = "127.0.8.1"  # of the RADIUS client whose prompts wait as long as it sends
SECONDS = 40.0
A_SECOND = 6  # what the emulator takes beside polls


@pytest.fixture
def process(gatehouse: Gatehouse) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.e2e.push_process"],
        cwd=ROOT,
        env={**os.environ, **seed._environment(gatehouse.emulator.url, gatehouse.stack)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


def test_e18_all_who_wait_at_once_are_told(
    gatehouse: Gatehouse, make_users: MakeUsers, process: subprocess.Popen[str], rounds: int
) -> None:
    users = make_users(min(FULL_COUNT, max(10, rounds // 2)))
    devices = {user.name: _paired(process, user) for user in users}
    requests = {user.name: AccessRequest.of(user.name, "push 47") for user in users}
    with ExitStack() as open_until_the_end:
        waiting = {}
        for number, (name, request) in enumerate(requests.items()):
            waiting[name] = client = open_until_the_end.enter_context(open_client(PATIENT))
            client.settimeout(SECONDS)
            edge = gatehouse.edges[number % len(gatehouse.edges)]
            client.sendto(request.octets, (edge.host, edge.auth_port))
            time.sleep(1 / A_SECOND)
        logins = _all_waiting(process, list(devices.values()))
        for user_id, login_id in logins.items():
            device_id = next(device for known, device in devices.values() if known == user_id)
            asked(process, {"do": "decide", "user_id": user_id, "device_id": device_id, "login_id": login_id})
        with ThreadPoolExecutor(8) as pool:
            codes = Counter(pool.map(lambda name: requests[name].verified(waiting[name].recv(4096)), requests))
    assert codes == {"Access-Accept": len(users)}


def _paired(process: subprocess.Popen[str], user: User) -> tuple[str, str]:
    """User id and device id."""
    user_id = user._item(f"N#corp#sam#{user.name}", "ID")["user_id"]["S"]
    device_id = secrets.token_urlsafe(16)
    asked(process, {"do": "pair_known", "user_id": user_id, "device_id": device_id})
    return user_id, device_id


def _all_waiting(process: subprocess.Popen[str], devices: list[tuple[str, str]]) -> dict[str, str]:
    """Login ids by user id, once all of them wait."""
    until, found = time.monotonic() + SECONDS, dict[str, str]()
    while len(found) < len(devices):
        assert time.monotonic() < until, f"{len(found)} of {len(devices)} wait"
        for user_id, _ in devices:
            if user_id not in found and (login_id := asked(process, {"do": "waiting", "user_id": user_id})):
                found[user_id] = login_id
    return found
