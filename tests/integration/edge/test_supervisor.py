"""``--processes N``: several processes, one port, one log, one health port, one end."""

import json
import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen

import pytest

from tests.fakes.edge_configuration import ENVIRON, SECRET, client
from tests.fakes.radius_client import ACCEPT, access_request, checked_reply
from tests.integration.edge.rig import Rig, clients_file
from tests.integration.edge.stub_backend import delayed
from tests.integration.edge.test_process import (
    backend,
    code_of_login,
    command,
    edge_client,
    environ,
    next_event,
    process,
    url,
    wait_for_login,
)

pytestmark = pytest.mark.integration


@contextmanager
def two_processes() -> Iterator[tuple[Rig, Popen[bytes], dict[str, object]]]:
    with backend() as rig, clients_file(client()) as file:
        arguments = (*url(rig), "--clients-file", str(file), "--processes", "2", "--health", "127.0.0.1:0")
        with process(*arguments) as (running, listening):
            wait_until(lambda: get(listening, "/readyz")[0] == 200)
            yield rig, running, listening
            ended = running.poll()
            if ended is None:
                running.terminate()
                running.wait(10)


def get(listening: dict[str, object], path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{listening['health_port']}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def metric(listening: dict[str, object], sample: str) -> float:
    lines = get(listening, "/metrics")[1].splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"gatehouse_edge_{sample} "))


def wait_until(condition, seconds: float = 10) -> None:  # type: ignore[no-untyped-def]
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def children(parent: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def test_many_clients_are_spread_over_the_processes_and_counted_together() -> None:
    with two_processes() as (rig, running, listening):
        assert listening["processes"] == 2
        assert [code_of_login(listening) for _ in range(24)] == [ACCEPT] * 24
        assert metric(listening, 'logins_total{outcome="accept"}') == 24
        assert metric(listening, "processes") == 2
        assert len({question.headers["x-amzn-trace-id"] for question in rig.backend.logins}) == 24
        running.terminate()
        assert running.wait(10) == 0
        lines = [json.loads(line) for line in running.stdout.read().splitlines()]  # type: ignore[union-attr]
        assert [line["event"] for line in lines].count("login") == 24
        assert [line["event"] for line in lines].count("stopped") == 2


def test_sigterm_drains_all_processes() -> None:
    with two_processes() as (rig, running, listening):
        rig.backend.fault = delayed(0.7)
        asking = [(edge_client(listening), access_request("alice", "123456", secret=SECRET)) for _ in range(12)]
        for radius_client, request in asking:
            radius_client.send(request)
        rig.wait_until(lambda: len(rig.backend.logins) == 12)
        running.terminate()
        for radius_client, request in asking:
            octets = radius_client.receive(2)
            radius_client.close()
            assert octets is not None
            assert checked_reply(octets, request, SECRET).code == ACCEPT
        assert running.wait(10) == 0


def test_a_process_that_dies_is_started_again_and_the_others_go_on() -> None:
    with two_processes() as (_, running, listening):
        victim = children(running.pid)[0]
        os.kill(victim, signal.SIGKILL)
        alarm = next_event(running, "alarm")
        assert (alarm["reason"], alarm["exit_code"]) == ("process_ended", -9)
        assert ACCEPT in [code_of_login(listening) for _ in range(4)]
        wait_until(lambda: get(listening, "/readyz")[0] == 200)
        assert metric(listening, "process_restarts_total") == 1
        assert len(children(running.pid)) == 2
        assert [code_of_login(listening) for _ in range(12)] == [ACCEPT] * 12


def test_when_the_watching_process_is_killed_the_others_end() -> None:
    with two_processes() as (_, running, _listening):
        served = children(running.pid)
        running.kill()
        running.wait(5)
        wait_until(lambda: not any(Path(f"/proc/{pid}/cmdline").exists() and is_alive(pid) for pid in served))


def is_alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_sighup_reaches_all_processes(tmp_path: Path) -> None:
    with two_processes() as (_, running, listening):
        wait_for_login(listening, ACCEPT)
        running.send_signal(signal.SIGHUP)
        time.sleep(0.3)
        assert code_of_login(listening) == ACCEPT
        wait_until(lambda: metric(listening, 'configuration_loads_total{result="unchanged"}') == 2)


def test_a_bad_setting_stops_the_start_with_the_same_code_and_line() -> None:
    arguments = command("--api-url", "https://api.example.test/v1", "--processes", "2", "--listen", "192.0.2.1")
    with Popen(arguments, env=environ(**ENVIRON), stderr=-1, stdout=-1) as ended:
        complaint = ended.communicate(timeout=20)[1].decode()
    assert ended.returncode == 2
    assert "cannot listen" in complaint
    assert len(complaint.splitlines()) == 1
