"""CPU of the edge per login, all features on, against a stub backend; and of its parts.

    PYTHONPATH=edge:layers/core:. python -m bench.edge_cpu [--logins 20000] [--outstanding 64] [--rounds 3]

Three processes: this one sends, the edge is measured by the kernel's scheduler clock, the stub answers. Every reply
is checked, so an edge that skipped its work would not look fast.
"""

import argparse
import hashlib
import hmac
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import timeit
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.edge_stub import response as api_response
from mfa.contract import (
    EdgeClient,
    EdgeConfiguration,
    LoginResponse,
    MessageAuthenticatorPolicy,
)
from radius_edge.clients import ClientTable
from radius_edge.configuration import Configuration
from radius_edge.credentials.source import static_credentials
from radius_edge.gateway.response import whole_response
from radius_edge.gateway.signing import SignedRoute
from radius_edge.login import Login
from radius_edge.login_question import LoginQuestions
from radius_edge.protocol.access_request import Ask, decide
from radius_edge.protocol.duplicates import Entry
from radius_edge.protocol.login_id import LoginIds
from radius_edge.protocol.packet import read_packet
from radius_edge.protocol.replies import signed_reply
from radius_edge.reception import Arrival
from tests.fakes.edge_configuration import ENVIRON, LOGIN_ID_KEY, SECRET, client
from tests.fakes.radius_client import access_request, attribute

ROOT = Path(__file__).resolve().parents[1]
PATHS = f"{ROOT / 'edge'}:{ROOT / 'layers/core'}:{ROOT}"
MORE = (
    attribute(4, bytes((10, 0, 0, 9)))
    + attribute(32, b"vpn-1")
    + attribute(31, b"198.51.100.7")
    + attribute(5, bytes((0, 0, 0, 7)))
)


def configuration() -> bytes:
    corp: EdgeClient = client(
        require_message_authenticator=MessageAuthenticatorPolicy.AUTO, timeout_seconds=5, retries=1
    )
    return EdgeConfiguration(revision="1", login_id_key=LOGIN_ID_KEY, clients=(corp,)).to_json()


@contextmanager
def running(*command: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process and its first line."""
    environ = {**os.environ, **ENVIRON, "PYTHONPATH": PATHS}
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen([sys.executable, "-m", *command], stdout=output, text=True, env=environ, cwd=ROOT)
        try:
            yield process, first_line(output)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(10)


def first_line(output) -> str:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        text = os.pread(output.fileno(), 4096, 0).decode()
        if "\n" in text:
            return text.partition("\n")[0]
        time.sleep(0.02)
    raise TimeoutError("the process says nothing")


def cpu_seconds(pid: int) -> float:
    """Time on a CPU of all its threads, in the scheduler's nanoseconds."""
    return sum(int((task / "schedstat").read_text().split()[0]) for task in Path(f"/proc/{pid}/task").iterdir()) / 1e9


def memory_megabytes(pid: int) -> float:
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


class Load:
    """Logins from several source ports, each Identifier with one login outstanding."""

    def __init__(self, port: int, logins: int, outstanding: int) -> None:
        self._sockets = [self._connected(port) for _ in range(max(1, outstanding // 200 + 1))]
        self._requests = [
            access_request(f"user{number}", "123456", secret=SECRET, identifier=number % 256, more=MORE)
            for number in range(logins)
        ]
        self._outstanding = outstanding

    @staticmethod
    def _connected(port: int) -> socket.socket:
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        sender.connect(("127.0.0.1", port))
        sender.setblocking(False)
        return sender

    def run(self, rate: float | None = None) -> float:
        """Send all; return the seconds. ``rate`` paces the sending, otherwise answers do."""
        waiting: dict[tuple[int, int], bytes] = {}
        start, sent, answered, requests = time.monotonic(), 0, 0, self._requests
        while answered < len(requests):
            allowed = len(requests) if rate is None else min(len(requests), int((time.monotonic() - start) * rate) + 1)
            while sent < allowed and len(waiting) < self._outstanding:
                which, request = sent % len(self._sockets), requests[sent]
                waiting[which, request[1]] = request
                self._sockets[which].send(request)
                sent += 1
            for ready in select.select(self._sockets, [], [], 0.001 if rate else 2)[0]:
                which = self._sockets.index(ready)
                try:
                    while True:
                        octets = ready.recv(4096)
                        check(octets, waiting.pop((which, octets[1])))
                        answered += 1
                except BlockingIOError:
                    pass
            if time.monotonic() - start > 120:
                raise TimeoutError(f"{len(requests) - answered} logins were not answered")
        return time.monotonic() - start


def check(reply: bytes, request: bytes) -> None:
    digest = hashlib.md5(reply[:4] + request[4:20] + reply[20:] + SECRET).digest()  # noqa: S324 - RADIUS
    assert reply[0] == 2, "not accepted"
    assert reply[4:20] == digest, "wrongly signed"


def measure(logins: int, outstanding: int, rate: float | None) -> tuple[float, float, float]:
    """µs of CPU per login, logins per second, megabytes."""
    with running("bench.edge_stub", configuration().decode()) as (_, stub_port):
        options = ["--region", "eu-west-1", "--listen", "127.0.0.1", "--auth-port", "0", "--acct-port", "0"]
        url = f"http://127.0.0.1:{stub_port}/v1"
        with running("radius_edge", *options, "--api-url", url, "--allow-http-backend-on-loopback") as (
            edge,
            listening,
        ):
            port = json.loads(listening)["auth_port"]
            time.sleep(0.5)
            Load(port, min(logins, 2000), outstanding).run(rate)  # warm: connections, caches
            load = Load(port, logins, outstanding)
            before = cpu_seconds(edge.pid)
            seconds = load.run(rate)
            spent = cpu_seconds(edge.pid) - before
            return spent / logins * 1e6, logins / seconds, memory_megabytes(edge.pid)


def parts() -> dict[str, Callable[[], object]]:
    octets = access_request("user1", "123456", secret=SECRET, more=MORE)
    sender = ClientTable([client()]).find("127.0.0.1")
    assert sender is not None
    packet, ids, credentials = read_packet(octets), LoginIds(LOGIN_ID_KEY), static_credentials(ENVIRON)
    assert credentials is not None
    route = SignedRoute(
        "POST",
        "api.example.test",
        "/v1/logins",
        "eu-west-1",
        credentials,
    )
    now = time.time()

    configured = Configuration(EdgeConfiguration.from_json(configuration()))
    arrival = Arrival(configured, sender, packet, ("127.0.0.1", 1), None, time.monotonic())  # type: ignore[arg-type]
    ask = decide(packet, sender.client, pinned=True, now=now)
    assert isinstance(ask, Ask)
    entry = Entry((arrival.address, 1, packet.authenticator), bytes(16), proven=True)
    login = Login(None, arrival, ask, bytes(16), entry)  # type: ignore[arg-type]
    questions = LoginQuestions()
    question = questions.about(login, ask, arrival)
    body = question.body(arrival.at)
    answer = question.echo + b'"outcome":"accept","hold_ms":0,"attributes":[]}'
    response = api_response(answer)
    return {
        "read the packet": lambda: read_packet(octets),
        "decide (verify Message-Authenticator, read password)": lambda: decide(
            packet, sender.client, pinned=True, now=now
        ),
        "login id": lambda: ids.login_id(sender.octets, packet.octets),
        "make the question and write it, NAS attributes included": lambda: questions.about(login, ask, arrival).body(
            arrival.at
        ),
        "for scale: make and write the contract's message": lambda: question.request(arrival.at).to_json(),
        "sign it (SigV4)": lambda: route.head(body, now),
        "read the HTTP response": lambda: whole_response(response, 65_536),
        "read the answer, which is a usual one": lambda: questions.answers.read(answer, question),
        "for scale: read it by the contract": lambda: LoginResponse.from_json(answer),
        "sign the reply": lambda: signed_reply(2, 1, packet.authenticator, sender.client.secrets[0]),
        "for scale: one hmac.digest of the standard library": lambda: hmac.digest(SECRET, octets, "md5"),
    }


def micro() -> list[tuple[str, float]]:
    return [(name, min(timeit.repeat(call, number=5000, repeat=15)) / 5000 * 1e6) for name, call in parts().items()]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--logins", type=int, default=20_000)
    options.add_argument("--outstanding", type=int, default=64)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start\n")
    print("| load | CPU per login, lowest of rounds | logins/s | memory |\n|---|---|---|---|")
    cases: list[tuple[str, int, float | None]] = [
        (f"{given.outstanding} outstanding, as fast as it goes", given.logins, None),
        ("1,000 logins/s", min(given.logins, 5_000), 1000),
        ("100 logins/s", min(given.logins, 500), 100),
    ]
    for name, logins, rate in cases:
        rounds = [measure(logins, given.outstanding, rate) for _ in range(given.rounds)]
        cpu, per_second, memory = min(rounds)
        print(f"| {name} | {cpu:.1f} µs | {per_second:,.0f} | {memory:.0f} MB |", flush=True)
    print("\n| part | µs |\n|---|---|")
    for name, microseconds in micro():
        print(f"| {name} | {microseconds:.2f} |")


if __name__ == "__main__":
    main()
