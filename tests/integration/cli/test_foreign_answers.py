"""Answers that do not come from the enrolment function: gateways, wrong servers, broken connections."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from gatehouse import transport
from tests.functions.enrollment.world import World
from tests.integration.cli.conftest import Run, error_of
from tests.integration.cli.enrollment_server import KEY_ID, REGION, SECRET_KEY, serving

ROOT = Path(__file__).parents[3]


@contextmanager
def answering(octets: bytes) -> Iterator[str]:
    """A server that says the same to everybody, whatever they ask."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):  # who has read enough of an answer hangs up
                connection.recv(65536)
                connection.sendall(octets)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):  # unread octets would make the system reset the connection
                    pass

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join()


def http(status: str, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


ANSWERS = {
    "API Gateway refuses the signature": (http("403 Forbidden", b'{"message":"Forbidden"}'), 1, "refused"),
    "API Gateway throttles": (http("429 Too Many Requests", b'{"message":"Too Many Requests"}'), 2, "refused"),
    "API Gateway lost the function": (http("500 Internal Server Error", b'{"message":"Internal"}'), 2, "refused"),
    "a redirect is not followed": (http("302 Found", b"", "Location: http://127.0.0.1:9/"), 2, "refused"),
    "a web page": (http("200 OK", b"<html>"), 2, "bad-answer"),
    "a list": (http("200 OK", b"[]"), 2, "bad-answer"),
    "octets": (http("200 OK", b"\xff\xfe"), 2, "bad-answer"),
    "far too much": (http("200 OK", b'{"a":"' + b"x" * 9_000_000 + b'"}'), 2, "bad-answer"),
    "cut off": (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", 2, "unreachable"),
    "no HTTP": (b"\x15\x03\x01\x00\x02\x02\x28", 2, "unreachable"),
    "nothing": (b"", 2, "unreachable"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_foreign_answer_is_one_clear_line(run: Run, name: str) -> None:
    octets, status, code = ANSWERS[name]
    with answering(octets) as url:
        result = run("user", "add", "alice", "--no-enroll", "--enrollment-url", url)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (status, "", 1)
    with answering(octets) as url:
        assert error_of(run("user", "code", "alice", "--enrollment-url", url, "--json"))["code"] == code


def test_an_answer_that_never_ends_is_waited_for_a_limited_time(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Octet after octet: no read of the socket ever takes long."""
    monkeypatch.setattr(transport, "WHOLE_SECONDS", 0.5)
    enough = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                while not enough.wait(0.05):
                    connection.sendall(b"X")

        thread = threading.Thread(target=drip)
        thread.start()
        result = run("trace", "alice", "--enrollment-url", f"http://127.0.0.1:{server.getsockname()[1]}")
        enough.set()
        thread.join()
    assert result.exit_code == 2
    assert result.stderr.endswith("cannot be reached: no answer within 0.5 s\n")


def test_a_name_that_is_not_utf_8_is_wrong_use(run: Run) -> None:
    for arguments in (("user", "show", "\udcff"), ("login", "\udcff", "1"), ("enroll", "\udcff")):
        assert error_of(run(*arguments, "--json"))["code"] == "usage"


def test_a_terminal_without_the_letters_of_a_name_shows_their_numbers(world: World) -> None:
    world.add_user("Жанна")
    with serving(world) as url:
        environment = os.environ | {
            "PYTHONPATH": str(ROOT / "cli"),
            "PYTHONIOENCODING": "latin-1",
            "AWS_ACCESS_KEY_ID": KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": REGION,
        }
        command = [sys.executable, "-m", "gatehouse", "user", "show", "Жанна", "--enrollment-url", url]
        shown = subprocess.run(command, env=environment, capture_output=True, check=True, timeout=60).stdout
    assert b"\\u0436\\u0430\\u043d\\u043d\\u0430" in shown


def test_a_traceback_is_shown_to_who_asks_for_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEHOUSE_TRACEBACK", "1")
    with answering(http("200 OK", b'{"hello":"world"}')) as url, pytest.raises(AssertionError, match="username"):
        run("user", "unlock", "alice", "--enrollment-url", url)
