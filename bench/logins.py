"""What a login costs in the ``logins`` function: ``python -m bench.logins``.

Cold: what a new instance loads before its first request, as CPU time of a fresh process, beside what botocore alone
needs to make a DynamoDB client in the same run; the ratio is the figure to compare between machines. Warm: CPU time
of one login from event to response. Calls: what DynamoDB is asked, counted by an in-process AWS.
"""

import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

from bench.login_calls import calls_per_login
from bench.login_warm import warm_milliseconds

ROOT = Path(__file__).resolve().parent.parent
RUNS = int(os.environ.get("RUNS", "15"))
GOAL_COLD_RATIO = 1.4
GOAL_WARM_MS = 2.0
ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "TABLE_NAME": "table",
    "KMS_KEY_ID": "key",
    "DEPLOYMENT": "bench",
}
BARE = "import botocore.session; s = botocore.session.get_session(); s.create_client('dynamodb', 'eu-central-1')"
AND_KMS = "s.create_client('kms', 'eu-central-1')"
OURS = "import logins.handler"
MEASURED = "import time\nbefore = time.process_time()\n{}\nprint((time.process_time() - before) * 1000)"


def main() -> None:
    os.environ.update(ENVIRONMENT)
    load = os.getloadavg()[0]
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, load {load:.1f}, {RUNS} cold starts each\n")
    print("| what | figure | goal |")
    print("|---|---|---|")
    for row in rows():
        print("| " + " | ".join(row) + " |", flush=True)


def rows() -> Iterator[tuple[str, str, str]]:
    cold = [cold_milliseconds() for _ in range(RUNS)]  # taking turns: what else the machine does hits all alike
    bare, bare_both, ours = (statistics.median(one) for one in zip(*cold, strict=True))
    ratio = statistics.median(one[2] / one[0] for one in cold)
    yield "cold: bare DynamoDB client by botocore, CPU", f"{bare:.0f} ms", ""
    yield "cold: bare DynamoDB and KMS clients by botocore, CPU", f"{bare_both:.0f} ms", ""
    yield "cold: logins.handler with both clients, CPU", f"{ours:.0f} ms", ""
    yield "cold: logins.handler / bare DynamoDB client", f"{ratio:.2f}", f"≤ {GOAL_COLD_RATIO}"
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):  # writing the audit lines is counted
        warm = warm_milliseconds()
    yield "warm: one login beside the DynamoDB calls, CPU", f"{warm.beside_calls:.2f} ms", f"≤ {GOAL_WARM_MS}"
    yield "warm: the same with PynamoDB and botocore up to the socket, CPU", f"{warm.up_to_the_socket:.2f} ms", ""
    for protocol, milliseconds in warm.by_protocol.items():
        yield f"warm: one login by {protocol} beside the DynamoDB calls, CPU", f"{milliseconds:.2f} ms", ""
    yield "the first MS-CHAP login of a process beside the calls, CPU", f"{warm.first_ms_chap:.0f} ms", ""
    for kind, calls in calls_per_login().items():
        yield f"DynamoDB calls: {kind}", " + ".join(calls) or "none", ""


def cold_milliseconds() -> tuple[float, float, float]:
    return fresh_process(BARE), fresh_process(f"{BARE}; {AND_KMS}"), fresh_process(OURS)


def fresh_process(code: str) -> float:
    environment = {**os.environ, **ENVIRONMENT, "PYTHONPATH": f"{ROOT}/layers/core:{ROOT}/functions"}
    command = [sys.executable, "-c", MEASURED.format(code)]
    return float(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)


if __name__ == "__main__":
    main()
