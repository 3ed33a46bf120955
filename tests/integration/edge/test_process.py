"""The edge as a process of its own: settings, signals, standard output, reload, credentials (B12, E19 to E21)."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.fakes.edge_configuration import ENVIRON, SECRET, client, configuration
from tests.fakes.radius_client import ACCEPT, REJECT, RadiusClient, access_request, checked_reply
from tests.integration.edge.rig import Rig, clients_file
from tests.integration.edge.stub_backend import delayed

pytestmark = pytest.mark.integration

ROOT = Path(__file__).resolve().parents[3]
PYTHONPATH = f"{ROOT / 'edge'}:{ROOT / 'layers/core'}"


def command(*arguments: str) -> list[str]:
    fixed = ("--listen", "127.0.0.1", "--auth-port", "0", "--acct-port", "0", "--region", "eu-west-1")
    return [sys.executable, "-m", "radius_edge", *fixed, "--allow-http-backend-on-loopback", *arguments]


def environ(**more: str) -> dict[str, str]:
    return {"PYTHONPATH": PYTHONPATH, "AWS_EC2_METADATA_DISABLED": "true", **more}


@contextmanager
def process(*arguments: str, **options: object) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, object]]]:
    """A running edge and its first line."""
    env = options.pop("env", environ(**ENVIRON))
    running = subprocess.Popen(command(*arguments), stdout=subprocess.PIPE, bufsize=0, env=env, **options)  # type: ignore[call-overload]
    try:
        yield running, json.loads(running.stdout.readline())
    finally:
        running.kill()
        running.wait(10)
        running.stdout.close()


@contextmanager
def backend() -> Iterator[Rig]:
    """A stub backend for edges that run elsewhere."""
    with Rig(client()) as rig:
        yield rig


@contextmanager
def edge_from_file() -> Iterator[tuple[Rig, Path, subprocess.Popen[bytes], dict[str, object]]]:
    """A backend, a clients file, and an edge that works by them."""
    with (
        backend() as rig,
        clients_file(client()) as file,
        process(*url(rig), "--clients-file", str(file)) as (running, listening),
    ):
        yield rig, file, running, listening


def url(rig: Rig) -> tuple[str, str]:
    return "--api-url", f"http://127.0.0.1:{rig.backend.port}/v1"


def edge_client(listening: dict[str, object]) -> RadiusClient:
    return RadiusClient(("127.0.0.1", int(str(listening["auth_port"]))), SECRET)


def code_of_login(listening: dict[str, object], code: str = "123456") -> int | None:
    radius_client = edge_client(listening)
    try:
        reply = radius_client.log_in("alice", code, seconds=0.5)
        return reply.code if reply else None
    finally:
        radius_client.close()


def wait_for_login(listening: dict[str, object], code: int) -> None:
    end = time.monotonic() + 8
    while code_of_login(listening) != code:
        assert time.monotonic() < end


def test_b12_sigterm_answers_what_is_in_flight_and_exits_0() -> None:
    with edge_from_file() as (rig, _, running, listening):
        rig.backend.fault = delayed(0.5)
        radius_client, request = edge_client(listening), access_request("alice", "123456", secret=SECRET)
        radius_client.send(request)
        rig.wait_until(lambda: len(rig.backend.logins) == 1)
        running.send_signal(signal.SIGTERM)
        octets = radius_client.receive(2)
        radius_client.close()
        assert octets is not None
        assert checked_reply(octets, request, SECRET).code == ACCEPT
        assert running.wait(5) == 0
        lines = [json.loads(line) for line in running.stdout.read().splitlines()]
        assert [line["event"] for line in lines][-1] == "stopped"


def test_the_configuration_comes_from_the_api() -> None:
    with backend() as rig, process(*url(rig)) as (_, listening):
        wait_for_login(listening, ACCEPT)


def test_e19_a_reader_that_stops_reading_stops_no_login() -> None:
    with edge_from_file() as (_, _, _, listening):
        radius_client = edge_client(listening)
        name = "x" * 250
        for number in range(1500):  # 600 kB of lines into a pipe of 64 kB that nobody reads
            request = access_request(name, "123456", secret=SECRET, identifier=number % 256)
            reply = radius_client.ask(request, seconds=2)
            assert reply is not None
            assert reply.code == ACCEPT
        radius_client.close()


@pytest.mark.parametrize("redirection", [">&-", ">/dev/full"])
def test_e19_a_closed_or_full_output_stops_no_login(redirection: str, tmp_path: Path) -> None:
    with backend() as rig, clients_file(client()) as file:
        port = free_port()
        arguments = command(*url(rig), "--clients-file", str(file), "--auth-port", str(port))
        shell = ["/bin/sh", "-c", f'exec "$@" {redirection}', "sh", *arguments]
        running = subprocess.Popen(shell, env=environ(**ENVIRON))
        try:
            wait_until_bound(port)
            assert [code_of_login({"auth_port": port}) for _ in range(5)] == [ACCEPT] * 5
            running.terminate()
            assert running.wait(5) == 0
        finally:
            running.kill()
            running.wait()


@pytest.mark.parametrize(
    ("document", "complaint"),
    [
        (configuration().replace(b'"secrets":[', b'"secrets":["c2hvcnQ",'), "16 to 512 octets"),
        (configuration(client(secrets=(SECRET,))).replace(b"127.0.0.1/32", b"0.0.0.0/0"), "let anybody in"),
        (b'{"version":1}', "revision"),
        (b"not json", "JSON"),
        (None, "cannot read"),
    ],
    ids=["short secret", "0.0.0.0/0", "incomplete", "no JSON", "missing"],
)
def test_e21_a_bad_clients_file_stops_the_start_with_one_line(
    tmp_path: Path, document: bytes | None, complaint: str
) -> None:
    file = tmp_path / "clients.json"
    if document is not None:
        file.write_bytes(document)
    arguments = command("--api-url", "https://api.example.test/v1", "--clients-file", str(file))
    ended = subprocess.run(arguments, capture_output=True, env=environ(**ENVIRON), timeout=10, check=False)
    assert ended.returncode == 2
    [line] = ended.stderr.decode().splitlines()
    assert complaint in line
    assert SECRET.decode() not in line


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((), "--api-url"),
        (("--api-url", "http://api.example.test/v1"), "loopback"),
        (("--api-url", "https://api.example.test/v1", "--ca-file", "/no/such/file"), "certificates"),
        (("--api-url", "https://api.example.test/v1", "--listen", "192.0.2.1"), "cannot listen"),
    ],
)
def test_e21_a_bad_setting_stops_the_start_with_one_line(arguments: tuple[str, ...], complaint: str) -> None:
    ended = subprocess.run(command(*arguments), capture_output=True, env=environ(**ENVIRON), timeout=10, check=False)
    assert ended.returncode == 2
    [line] = ended.stderr.decode().splitlines()
    assert line.startswith("radius_edge: ")
    assert complaint in line


def test_e20_a_bad_reload_keeps_the_old_configuration_and_a_good_one_is_used() -> None:
    other = client("corp", "127.0.0.1/32", secrets=(b"the-next-shared-secret-of-corp",))
    with edge_from_file() as (_, file, running, listening):
        assert code_of_login(listening) == ACCEPT
        file.write_bytes(b"{}")
        running.send_signal(signal.SIGHUP)
        assert next_event(running, "configuration_refused")["kept_previous"] is True
        assert code_of_login(listening) == ACCEPT
        file.write_bytes(configuration(other, revision="2"))
        running.send_signal(signal.SIGHUP)
        assert next_event(running, "configuration_loaded")["revision"] == "2"
        assert code_of_login(listening) is None


def test_credentials_are_found_by_a_child_process(tmp_path: Path) -> None:
    file = tmp_path / "credentials"
    file.write_text("[default]\naws_access_key_id = AKIDCHILD\naws_secret_access_key = aws-secret-canary\n")
    env = environ(AWS_SHARED_CREDENTIALS_FILE=str(file), AWS_CONFIG_FILE=os.devnull)
    with backend() as rig, process(*url(rig), env=env) as (running, listening):
        assert next_event(running, "credentials_loaded")["access_key_id"] == "AKIDCHILD"
        wait_for_login(listening, ACCEPT)
        assert "Credential=AKIDCHILD/" in rig.backend.logins[-1].headers["authorization"]


def test_without_configuration_packets_are_met_with_silence_and_the_edge_is_not_ready() -> None:
    with process("--api-url", "http://127.0.0.1:1/v1", "--health", "127.0.0.1:0") as (_, listening):
        assert code_of_login(listening) is None
        connection = HTTPConnection("127.0.0.1", int(str(listening["health_port"])), timeout=5)
        connection.request("GET", "/readyz")
        assert connection.getresponse().status == 503
        connection.close()


def test_two_edges_reject_a_wrong_code_alike() -> None:
    with backend() as rig, process(*url(rig)) as (_, one), process(*url(rig)) as (_, two):
        for listening in (one, two):
            wait_for_login(listening, ACCEPT)
            assert code_of_login(listening, "000000") == REJECT


def next_event(running: subprocess.Popen[bytes], event: str) -> dict[str, object]:
    """Read the log until a line of that event."""
    assert running.stdout is not None
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if select.select([running.stdout], [], [], 0.1)[0]:
            line = json.loads(running.stdout.readline())
            if line["event"] == event:
                return dict(line)
    raise AssertionError(f"no {event} line")


def free_port() -> int:
    import socket  # noqa: PLC0415 - used here only

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_bound(port: int) -> None:
    end = time.monotonic() + 8
    while f":{port:04X} " not in Path("/proc/net/udp").read_text():
        assert time.monotonic() < end
        time.sleep(0.02)
