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
from math import ceil

import pytest

from local import seed
from local.layout import ROOT
from local.up import Gatehouse
from local.warm import warm
from tests.e2e.conftest import MakeUsers, User
from tests.e2e.packets import AccessRequest, open_client
from tests.e2e.test_push_execution import asked

pytestmark = pytest.mark.e2e

FULL_COUNT = 200
PATIENT = "127.0.8.1"  # of the RADIUS client whose prompts wait as long as it sends: a minute
SECONDS = 60.0
A_SECOND = 6  # what the emulator takes beside polls
USERS_A_PROCESS = 20  # of those that ring and poll: one more that starts in the middle delays them all
LOOK_SECONDS = 1.0  # each look is a call for each of them


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
    processes = ceil(len(users) / USERS_A_PROCESS)
    warm(gatehouse, {"SendPushFunction": processes, "PollsFunction": processes})
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
        logins = _all_waiting(process, [user_id for user_id, _ in devices.values()])
        decisions = [(logins[user_id], user_id, device_id) for user_id, device_id in devices.values()]
        asked(process, {"do": "decide_all", "decisions": decisions})
        with ThreadPoolExecutor(8) as pool:
            codes = Counter(pool.map(lambda name: requests[name].verified(waiting[name].recv(4096)), requests))
    assert codes == {"Access-Accept": len(users)}


def _paired(process: subprocess.Popen[str], user: User) -> tuple[str, str]:
    """User id and device id."""
    user_id = user._item(f"N#corp#sam#{user.name}", "ID")["user_id"]["S"]
    device_id = secrets.token_urlsafe(16)
    asked(process, {"do": "pair_known", "user_id": user_id, "device_id": device_id})
    return user_id, device_id


def _all_waiting(process: subprocess.Popen[str], user_ids: list[str]) -> dict[str, str]:
    """Login ids by user id, seen at one time: all of them wait at once."""
    until, found = time.monotonic() + SECONDS, dict[str, str]()
    while len(found) < len(user_ids):
        assert time.monotonic() < until, f"{len(found)} of {len(user_ids)} wait"
        time.sleep(LOOK_SECONDS)
        found = asked(process, {"do": "waiting", "user_ids": user_ids})
    return found
