"""gatehouse login USER CODE, against a RADIUS server that answers rightly, wrongly or not at all."""

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import Result

from tests.integration.cli.conftest import Run, error_of
from tests.integration.cli.radius_server import (
    ACCEPT,
    CHALLENGE,
    REJECT,
    SECRET,
    Answers,
    Request,
    Responder,
    reply_to,
    responding,
)

STATE = 24
CALLING_STATION = 31
ATTRIBUTES = [
    (18, "Welcome, Zoë".encode()),
    (27, (3600).to_bytes(4)),
    (8, bytes([10, 0, 0, 9])),
    (25, b"\xff\x00"),
    (26, (9).to_bytes(4) + bytes([1, 7]) + b"admin"),
    (200, b"\x1b[2J"),
]


def login(run: Run, responder: Responder, *more: str) -> Result:
    return run("login", "CORP\\alice", "123456", "--port", str(responder.port), "--secret", SECRET.decode(), *more)


def test_an_accept_is_status_0_and_the_request_was_as_the_rfcs_want_it(run: Run) -> None:
    with responding(lambda request: [reply_to(request, ACCEPT, ATTRIBUTES)]) as responder:
        result = login(run, responder)
    assert (result.exit_code, result.stderr) == (0, "")
    (request,) = responder.requests
    assert request.is_signed
    assert not any(kind == CALLING_STATION for kind, _ in request.attributes), "nothing is made up for a real edge"
    assert (request.value(1), request.password, request.value(32)) == (b"CORP\\alice", b"123456", b"gatehouse")
    first, *shown = result.stdout.splitlines()
    assert first.startswith("Access-Accept from 127.0.0.1 port ")
    assert [line.split(maxsplit=1) for line in shown] == [
        ["Reply-Message", "Welcome, Zoë"],
        ["Session-Timeout", "3600"],
        ["Framed-IP-Address", "10.0.0.9"],
        ["Class", "0xff00"],
        ["Vendor-Specific-9-1", "admin"],
        ["Attribute-200", "\\x1b[2J"],
    ]


def test_a_reject_is_status_1(run: Run) -> None:
    with responding(lambda request: [reply_to(request, REJECT)]) as responder:
        result = login(run, responder, "--json")
    assert result.exit_code == 1
    answered = json.loads(result.stdout)
    assert (answered["reply"], answered["accepted"], answered["attributes"]) == ("Access-Reject", False, [])
    assert answered["server"] == {"host": "127.0.0.1", "port": responder.port}
    assert 0 < answered["milliseconds"] < 10_000


def test_a_challenge_is_not_an_accept(run: Run) -> None:
    with responding(lambda request: [reply_to(request, CHALLENGE, [(24, b"state")])]) as responder:
        result = login(run, responder)
    assert (result.exit_code, result.stdout.split()[0]) == (1, "Access-Challenge")


def challenge_once(request: Request) -> list[bytes]:
    is_answer = any(kind == STATE for kind, _ in request.attributes)
    return [reply_to(request, ACCEPT) if is_answer else reply_to(request, CHALLENGE, [(STATE, b"\x00once\xff")])]


def test_a_challenge_is_answered_with_its_state(run: Run) -> None:
    with responding(challenge_once) as responder:
        result = login(run, responder, "--answer", "654321")
    assert (result.exit_code, result.stdout.split()[0]) == (0, "Access-Accept")
    first, second = responder.requests
    assert (first.password, second.password, second.value(STATE)) == (b"123456", b"654321", b"\x00once\xff")
    assert first.authenticator != second.authenticator


def test_an_answer_that_nobody_asked_for_is_not_sent(run: Run) -> None:
    with responding(lambda request: [reply_to(request, ACCEPT)]) as responder:
        assert login(run, responder, "--answer", "654321").exit_code == 0
    assert len(responder.requests) == 1


def test_the_login_leaves_from_the_address_that_was_asked_for(run: Run) -> None:
    with responding(lambda request: [reply_to(request, ACCEPT)]) as responder:
        assert login(run, responder, "--from", "127.0.3.1").exit_code == 0
    assert responder.requests[0].source == "127.0.3.1"


FORGERIES: dict[str, Answers] = {
    "wrong response authenticator": lambda request: [reply_to(request, ACCEPT, secret=b"another secret")],
    "flipped code": lambda request: [bytes([ACCEPT]) + reply_to(request, REJECT)[1:]],
    "wrong Message-Authenticator": lambda request: [reply_to(request, ACCEPT, spoil_message_authenticator=True)],
    "no Message-Authenticator": lambda request: [reply_to(request, ACCEPT, with_message_authenticator=False)],
    "another identifier": lambda request: [reply_to(request, ACCEPT, identifier=request.octets[1] ^ 1)],
    "a code that is no reply": lambda request: [reply_to(request, 1)],
    "no packet": lambda request: [b"", b"\x02", b"x" * 19, b"x" * 4096, reply_to(request, ACCEPT)[:-1]],
    "an empty attribute": lambda request: [reply_to(request, ACCEPT)[:20] + b"\x12\x00"],
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_reply_that_is_not_genuine_is_never_an_accept(run: Run, forgery: str) -> None:
    with responding(FORGERIES[forgery]) as responder:
        result = login(run, responder, "--timeout", "0.2", "--json")
    assert (result.exit_code, error_of(result)["code"]) == (2, "reply-not-genuine")


@pytest.mark.parametrize("forgery", FORGERIES)
def test_the_genuine_reply_counts_even_after_a_forged_one(run: Run, forgery: str) -> None:
    with responding(lambda request: [*FORGERIES[forgery](request), reply_to(request, REJECT)]) as responder:
        result = login(run, responder)
    assert (result.exit_code, result.stdout.split()[0]) == (1, "Access-Reject")


def test_no_answer_is_status_2_after_the_same_packet_was_sent_again(run: Run) -> None:
    with responding(lambda _: []) as responder:
        result = login(run, responder, "--timeout", "0.1", "--retries", "2", "--json")
    assert (result.exit_code, error_of(result)["code"]) == (2, "no-answer")
    assert len(responder.requests) == 3
    assert len({request.octets for request in responder.requests}) == 1


def test_a_late_answer_to_a_resent_packet_is_taken(run: Run) -> None:
    received: list[Request] = []

    def second_time(request: Request) -> list[bytes]:
        received.append(request)
        return [reply_to(request, ACCEPT)] if len(received) == 2 else []

    with responding(second_time) as responder:
        assert login(run, responder, "--timeout", "0.1", "--retries", "1").exit_code == 0


def test_nothing_listening_is_said_at_once(run: Run) -> None:
    with responding(lambda _: []) as responder:
        pass
    result = login(run, responder, "--json")
    assert (result.exit_code, error_of(result)["code"]) == (2, "unreachable")


def test_the_secret_may_come_from_the_environment_and_the_code_from_a_prompt(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEHOUSE_RADIUS_SECRET", SECRET.decode())
    with responding(lambda request: [reply_to(request, ACCEPT)]) as responder:
        result = run("login", "alice", "--port", str(responder.port), "--json", typed="654321\n")
    assert (result.exit_code, json.loads(result.stdout)["accepted"]) == (0, True)
    assert responder.requests[0].password == b"654321"


def test_no_secret_stands_in_any_output(run: Run) -> None:
    """THREATS F6."""
    with responding(lambda request: [reply_to(request, ACCEPT, secret=b"another")]) as responder:
        result = login(run, responder, "--timeout", "0.1")
    assert SECRET.decode() not in result.output
    assert "123456" not in result.output


def test_local_takes_edge_and_secret_from_the_running_set_up(run: Run) -> None:
    with responding(lambda request: [reply_to(request, ACCEPT)]) as responder:
        ready = {
            "version": 1,
            "edges": [{"host": "127.0.0.1", "auth_port": responder.port}],
            "radius_clients": [{"name": "demo", "secret": SECRET.decode()}],
        }
        Path(".local").mkdir()
        Path(".local/ready.json").write_text(json.dumps(ready))
        shown = run("login", "alice", "123456", "--local")
        assert shown.exit_code == 0
        assert "Calling-Station-Id 203.0.113.7, which is made up" in shown.stdout
        other = run("login", "alice", "123456", "--local", "--calling-station", "198.51.100.9")
        assert "made up" not in other.stdout
        assert [request.value(31) for request in responder.requests] == [b"203.0.113.7", b"198.51.100.9"]
    Path(".local/ready.json").write_text('{"version": 1, "edges": [], "radius_clients": []}')
    assert error_of(run("login", "alice", "1", "--local", "--json"))["code"] == "not-running"


@pytest.mark.parametrize(
    ("source", "secret"), [(None, "the whole machine's"), ("127.0.3.1", SECRET.decode()), ("127.1.1.1", "loopback's")]
)
def test_local_takes_the_secret_of_the_client_that_the_address_belongs_to(
    run: Run, source: str | None, secret: str
) -> None:
    with responding(lambda request: [reply_to(request, ACCEPT)]) as responder:
        ready = {
            "version": 1,
            "edges": [{"host": "127.0.0.1", "auth_port": responder.port}],
            "radius_clients": [
                {"name": "first", "network": "127.0.0.0/12", "secret": "the whole machine's"},
                {"name": "longest prefix", "network": "127.0.3.0/24", "secret": SECRET.decode()},
                {"name": "longer prefix", "network": "127.1.0.0/16", "secret": "loopback's"},
            ],
        }
        Path(".local").mkdir()
        Path(".local/ready.json").write_text(json.dumps(ready))
        where = () if source is None else ("--from", source)
        result = run("login", "alice", "123456", "--local", "--timeout", "0.1", *where)
        assert result.exit_code == (0 if secret == SECRET.decode() else 2)
        refused = run("login", "alice", "123456", "--local", "--json", "--from", "10.0.0.1")
    assert error_of(refused)["code"] == "bad-source"


@pytest.mark.parametrize(
    "arguments",
    [
        ("", "123456"),
        ("a" * 254, "123456"),
        ("alice", ""),
        ("alice", "1" * 129),
        ("alice", "1", "--port", "0"),
        ("alice", "1", "--port", "65536"),
        ("alice", "1", "--timeout", "0"),
        ("alice", "1", "--retries", "11"),
        ("alice", "1", "--from", "203.0.113.9"),
        ("alice", "1", "--from", "here"),
        ("alice", "1", "--host", "no.such.host.invalid"),
        ("alice", "1", "--host", "a" * 70),
    ],
)
def test_wrong_use_is_one_line_and_status_2(run: Run, arguments: tuple[str, ...]) -> None:
    result = run("login", "--secret", "x" * 16, *arguments)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)


# ---- asking for the shared secret, in a process of its own


@contextmanager
def asking(stdin: int, *more: str) -> Iterator[subprocess.Popen[str]]:
    """A process without a terminal but the one that ``stdin`` may be."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-m", "gatehouse", "login", "alice", "123456", *more]
    with subprocess.Popen(
        command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
        start_new_session=True,
    ) as process:  # fmt: skip
        yield process


def test_without_a_terminal_and_a_secret_the_one_error_says_what_to_set() -> None:
    with asking(subprocess.DEVNULL) as process:
        shown, errors = process.communicate(timeout=60)
    assert (process.returncode, shown) == (2, "")
    assert errors == (
        "gatehouse: the shared secret is not given, and there is no terminal to ask at: set GATEHOUSE_RADIUS_SECRET, "
        "or use --local beside a running make run\n"
    )


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """Our end and the process's."""
    ours, theirs = pty.openpty()
    yield ours, theirs
    os.close(ours)
    os.close(theirs)


def wait_for_the_question(process: subprocess.Popen[str]) -> None:
    assert process.stderr is not None
    assert process.stderr.read(len("Shared secret: ")) == "Shared secret: "


def test_the_secret_is_asked_for_without_an_echo(terminal: tuple[int, int]) -> None:
    ours, theirs = terminal
    with (
        responding(lambda request: [reply_to(request, ACCEPT)]) as responder,
        asking(theirs, "--port", str(responder.port)) as process,
    ):
        wait_for_the_question(process)
        os.write(ours, SECRET + b"\n")
        shown, errors = process.communicate(timeout=60)
    assert (process.returncode, shown.startswith("Access-Accept")) == (0, True)
    os.set_blocking(ours, False)
    with pytest.raises(BlockingIOError):
        os.read(ours, 1000)
    assert SECRET.decode() not in shown + errors


def test_an_interrupt_at_the_secret_ends_like_one_anywhere_else(terminal: tuple[int, int]) -> None:
    with asking(terminal[1]) as process:
        wait_for_the_question(process)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors.strip()) == (130, "")
