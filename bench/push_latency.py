"""From an approval to its Access-Accept, on the whole product of this machine: ``python -m bench.push_latency``.

A login is asked for by RADIUS, the person takes between two and seven seconds, as people do, and approves by the device
API. Measured is from the moment at which the device API has answered to that at which the verified Accept is here. Most
of it is the pause between two polls of the edge; the emulator adds tens of milliseconds to each call.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from gatehouse.deployment import Target
from gatehouse.device_api import DeviceApi
from gatehouse.enrollment_api import EnrollmentApi
from gatehouse.pairing import pair
from local import ready
from local.demo_world import USERS, DemoUser
from local.layout import RunFolder
from local.login import log_in
from local.up import Gatehouse, running
from local.warm import warm_up

SHORTEST, LONGEST = 2.0, 7.0  # seconds that a person takes
LOOK_SECONDS: Final = 0.1
GOAL: Final = 1.2  # seconds, of the 99th percentile


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--logins", type=int, default=90, help="of all three users together (90: about three minutes)")
    logins = parser.parse_args().logins
    with (
        tempfile.TemporaryDirectory() as folder,
        running(RunFolder(Path(folder) / "run")) as gatehouse,
        ThreadPoolExecutor(len(USERS)) as pool,
    ):
        warm_up(gatehouse)
        each = max(1, logins // len(USERS))
        found = [delay for delays in pool.map(lambda user: measured(gatehouse, user, each), USERS) for delay in delays]
    print(table(sorted(found)))


def measured(gatehouse: Gatehouse, user: DemoUser, logins: int) -> Sequence[float]:
    """A few users at a time: the emulator runs some forty calls a second."""
    device, drawn = _device(gatehouse, user), random.Random(user.username)
    with ThreadPoolExecutor(1) as pool:
        delays = []
        for number in range(logins):
            text = f"{number % 100:02}"
            login = pool.submit(log_in, gatehouse.edges[0], user, f"push {text}")
            prompt = _prompt(device)
            time.sleep(drawn.uniform(SHORTEST, LONGEST))
            device.decide(prompt, "approve", text)
            approved = time.monotonic()
            assert login.result().accepted
            delays.append(time.monotonic() - approved)
    return delays


def table(delays: Sequence[float]) -> str:
    cells = (str(len(delays)), *(_at(delays, share) for share in (0.5, 0.9, 0.99, 1)), f"{GOAL} s")
    head = "| logins | p50 | p90 | p99 | longest | goal of p99 |\n|--:|--:|--:|--:|--:|--:|"
    return f"{head}\n| {' | '.join(cells)} |"


def _at(delays: Sequence[float], share: float) -> str:
    return f"{delays[min(len(delays) - 1, int(share * len(delays)))]:.2f} s"


def _device(gatehouse: Gatehouse, user: DemoUser) -> DeviceApi:
    document = ready.document(
        gatehouse.emulator, gatehouse.stack, gatehouse.edges, gatehouse.portal, gatehouse.push_service
    )
    target = Target(str(document["enrollment_api_url"]), document)
    return pair(target, EnrollmentApi(target).issue_code(user.username, None, None)["code"], "bench").api


def _prompt(device: DeviceApi) -> dict[str, object]:
    while not (prompts := device.prompts()):
        time.sleep(LOOK_SECONDS)
    return prompts[0]


if __name__ == "__main__":
    main()
