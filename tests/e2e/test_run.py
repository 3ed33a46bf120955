"""`make run` as a person or a tool meets it: a file that says when it is ready, and an end that leaves nothing."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pyotp
import pytest

from local.demo_world import USERS
from local.layout import ROOT
from tests.e2e.packets import AccessRequest, open_client
from tests.integration.local.http_client import ask

pytestmark = pytest.mark.e2e
START_SECONDS = 240  # half a minute on an idle machine; others may use this one as well
STOP_SECONDS = 20
CHILD_OF_A_RUN = """
import sys, time
from pathlib import Path
sys.path.insert(0, ".")
from local.child import Child
print(Child("a sleeper", ["sleep", "600"], {{"PATH": "/usr/bin:/bin"}}, Path("{log}")).pid, flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("run")


@pytest.fixture(scope="module")
def process(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """What the recipe of `make run` starts, with two edges."""
    started = subprocess.Popen(
        [sys.executable, "-m", "local", "run", "--edges", "2"],
        cwd=ROOT, env=dict(os.environ, GATEHOUSE_LOCAL=str(folder)),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    with started:
        yield started
        if started.poll() is None:
            started.terminate()
            started.wait(STOP_SECONDS)


@pytest.fixture(scope="module")
def ready(process: subprocess.Popen[str], folder: Path) -> dict[str, Any]:
    until = time.monotonic() + START_SECONDS
    while not (folder / "ready.json").exists():
        assert process.poll() is None, process.stdout.read() if process.stdout else ""
        assert time.monotonic() < until
        time.sleep(0.1)
    document: dict[str, Any] = json.loads((folder / "ready.json").read_text())
    return document


def test_the_ready_file_has_all_that_tools_rely_on(ready: dict[str, Any]) -> None:
    assert set(ready) == {
        "version", "region", "stack", "table", "aws_endpoint_url", "aws_credentials", "edge_api_url",
        "enrollment_api_url", "portal_url", "push_service_url", "connect_service_url", "edges", "radius_clients",
        "users",
    }  # fmt: skip
    assert ready["version"] == 1
    assert re.fullmatch(r"http://localhost:84\d\d", ready["portal_url"])
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", ready["push_service_url"])
    assert [edge["host"] for edge in ready["edges"]] == ["127.0.0.1", "127.0.0.2"]
    for edge in ready["edges"]:
        assert set(edge) == {"host", "auth_port", "acct_port", "health_url"}
        assert edge["acct_port"] == edge["auth_port"] + 1
    (client,) = ready["radius_clients"]
    assert (client["name"], client["network"], client["mode"]) == ("demo", "127.0.0.0/8", "second_factor")
    assert len(client["secret"]) >= 16
    assert len(ready["users"]) >= 3
    for user in ready["users"]:
        assert set(user) == {"username", "password", "totp_secret"}
        assert user["password"] is None


def test_the_ready_files_credentials_work_as_they_stand(ready: dict[str, Any]) -> None:
    dynamodb = boto3.client(
        "dynamodb", endpoint_url=ready["aws_endpoint_url"], region_name=ready["region"], **ready["aws_credentials"]
    )
    assert dynamodb.describe_table(TableName=ready["table"])["Table"]["TableStatus"] == "ACTIVE"


def test_a_tool_that_read_the_ready_file_can_log_in(ready: dict[str, Any]) -> None:
    bob = ready["users"][1]
    assert bob["username"] == USERS[1].username
    request = AccessRequest.of(bob["username"], pyotp.TOTP(bob["totp_secret"]).now())
    with open_client() as client:
        client.settimeout(20)
        client.sendto(request.octets, (ready["edges"][1]["host"], ready["edges"][1]["auth_port"]))
        assert request.verified(client.recv(4096)) == "Access-Accept"


def test_the_portal_of_the_ready_file_shows_the_web_app_and_the_phone_simulator(ready: dict[str, Any]) -> None:
    port = int(ready["portal_url"].rpartition(":")[2])
    for path in ("/", "/_local/phone"):
        assert ask(port, "GET", path).headers["content-type"].startswith("text/html"), path


def test_everything_listens_on_loopback_only(process: subprocess.Popen[str], ready: dict[str, Any]) -> None:
    """Ports bound to 0.0.0.0 or :: by any process of the run."""
    inodes = {inode for pid in [process.pid, *descendants(process.pid)] for inode in socket_inodes(pid)}
    assert inodes, f"{ready['stack']} must listen somewhere"
    assert open_to_all(inodes) == []


def test_sigterm_ends_every_process_and_takes_the_ready_file_away(
    process: subprocess.Popen[str], ready: dict[str, Any], folder: Path
) -> None:
    started = descendants(process.pid)
    assert len(started) >= 1 + len(ready["edges"]), "the emulator, the edges, function processes"
    process.send_signal(signal.SIGTERM)
    assert process.wait(STOP_SECONDS) == 0
    assert [pid for pid in started if alive(pid)] == []
    assert not (folder / "ready.json").exists()


def test_a_killed_run_leaves_no_process_either(tmp_path: Path) -> None:
    """SIGKILL: nothing can tidy up, so the kernel ends the children."""
    child = tmp_path / "child.py"
    child.write_text(CHILD_OF_A_RUN.format(log=tmp_path / "log"))
    with subprocess.Popen([sys.executable, child], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        started = int(parent.stdout.readline())
        assert alive(started)
        parent.kill()
    until = time.monotonic() + STOP_SECONDS
    while alive(started) and time.monotonic() < until:
        time.sleep(0.05)
    assert not alive(started)


def descendants(pid: int) -> list[int]:
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [*children, *(below for child in children for below in descendants(child))]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def socket_inodes(pid: int) -> set[str]:
    links = (path.readlink().name for path in Path(f"/proc/{pid}/fd").iterdir() if path.is_symlink())
    return {name.removeprefix("socket:[").removesuffix("]") for name in links if name.startswith("socket:[")}


def open_to_all(inodes: set[str]) -> list[str]:
    """Rows of the kernel's tables whose local address is the wildcard and whose peer is nobody."""
    found = []
    for table, wildcard in (("tcp", "0" * 8), ("tcp6", "0" * 32), ("udp", "0" * 8), ("udp6", "0" * 32)):
        for row in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            columns = row.split()
            if columns[9] in inodes and columns[1].startswith(wildcard + ":") and columns[1].split(":")[1] != "0000":
                found.append(f"{table} {columns[1]}")
    return found
