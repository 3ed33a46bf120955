"""Backend faults, from outside: THREATS E1 to E7, E16, E22. No fault yields an Accept, and every packet is answered
before its client's timeout (here 1 or 2 seconds)."""

import asyncio
import ssl
import time
from pathlib import Path

import pytest

from radius_edge.credentials import source
from radius_edge.gateway import pool
from radius_edge.gateway.signing import AwsCredentials
from radius_edge.protocol.access_request import decide
from tests.fakes.edge_configuration import SECRET, client
from tests.fakes.radius_client import ACCEPT, REJECT, Reply, access_request
from tests.integration.edge.certificates import make_authority
from tests.integration.edge.conftest import HASTY
from tests.integration.edge.rig import Rig, clients_file
from tests.integration.edge.stub_backend import (
    Fault,
    changed,
    chunked,
    cut,
    delayed,
    drip,
    first,
    half,
    hang,
    huge,
    raw,
    response,
    status,
)

pytestmark = pytest.mark.integration


def hasty_login(rig: Rig, code: str = "123456") -> tuple[Reply, float]:
    """By a client that waits one second; the reply, and how long it took."""
    start = time.monotonic()
    reply = rig.client(source=HASTY).log_in("alice", code, seconds=1)
    assert reply is not None, "no answer before the client's timeout"
    return reply, time.monotonic() - start


def reason_of_last_login(rig: Rig) -> object:
    return rig.log_lines("login")[-1]["reason"]


@pytest.mark.parametrize(
    ("fault", "attempts", "reason"),
    [
        (hang, 1, "backend_timeout"),
        (drip, 1, "backend_timeout"),
        (cut, 2, "backend_unreachable"),
        (half, 1, "bad_backend"),
        (status(500), 2, "backend_failed"),
        (status(502, b"<html>"), 2, "backend_failed"),
        (status(503), 2, "backend_failed"),
        (status(504), 2, "backend_failed"),
        (status(429, headers="Retry-After: 1\r\n"), 2, "backend_failed"),
        (status(403, b'{"message":"expired"}'), 1, "edge_not_authorised"),
        (status(401), 1, "edge_not_authorised"),
        (status(400), 1, "bad_backend"),
        (status(301, headers="Location: http://127.0.0.1:1/\r\n"), 1, "bad_backend"),
        (status(200, b""), 1, "bad_backend"),
        (status(200, b"<html>ok</html>"), 1, "bad_backend"),
        (status(200, b'{"result":"accept"}'), 1, "bad_backend"),
        (status(200, b'{"version":1,"outcome":"accept"}'), 1, "bad_backend"),
        (status(304, b""), 1, "bad_backend"),
        (raw(b"\x00\xff garbage \r\n\r\n"), 1, "bad_backend"),
        (raw(response(200, b"{}") + b"more"), 1, "bad_backend"),
        (huge, 1, "bad_backend"),
        (changed(login_id="AAAAAAAAAAAAAAAAAAAAAA"), 1, "bad_backend"),
        (changed(nonce="AAAAAAAAAAAAAAAAAAAAAA"), 1, "bad_backend"),
        (changed(outcome="yes"), 1, "bad_backend"),
        (changed(version=2), 1, "bad_backend"),
        (changed(outcome="pending", ticket="t", poll_after_ms=500), 1, "deadline"),
    ],
    ids=(
        *("hang", "drip", "cut", "half", "500", "502", "503", "504", "429", "403", "401", "400", "301"),
        *("empty", "html", "result", "no echo", "304", "garbage", "surplus", "huge", "other login", "other nonce"),
        *("outcome", "version", "pending"),
    ),
)
def test_e2_to_e5_a_faulty_backend_is_a_reject_in_time(rig: Rig, fault: Fault, attempts: int, reason: str) -> None:
    rig.backend.fault = fault
    reply, seconds = hasty_login(rig)
    assert reply.code == REJECT
    assert seconds < 0.95
    assert len(rig.backend.logins) == attempts
    assert reason_of_last_login(rig) == reason
    rig.backend.fault = None
    assert hasty_login(rig)[0].code == ACCEPT


def test_e1_a_backend_that_refuses_connections_is_a_reject_in_time_and_recovers() -> None:
    with Rig(client(timeout_seconds=1)) as rig:
        port = rig.backend.port
        rig.on_loop(rig.backend.stop)
        for _ in range(12):
            start = time.monotonic()
            reply = rig.client().log_in("alice", "123456", seconds=1)
            assert reply is not None
            assert reply.code == REJECT
            assert time.monotonic() - start < 0.95
        assert rig.log_lines("login")[0]["reason"] == "backend_unreachable"
        assert rig.metric("backend_attempts_total", result="unreachable") >= 10
        assert rig.http("/readyz")[0] == 200  # the edge itself is well
        rig.on_loop(lambda: rig.backend.start(port=port))
        reply = rig.client().log_in("alice", "123456", seconds=1)
        assert reply is not None
        assert reply.code == ACCEPT


def test_e1_a_connection_that_died_while_idle_costs_nobody_a_login(rig: Rig) -> None:
    assert hasty_login(rig)[0].code == ACCEPT
    rig.backend.fault = first(1, cut)
    reply, _ = hasty_login(rig)
    assert reply.code == ACCEPT
    assert len(rig.backend.logins) == 3


def test_e3_one_bad_answer_is_asked_again_and_the_second_one_counts(rig: Rig) -> None:
    rig.backend.fault = first(1, status(503))
    assert hasty_login(rig)[0].code == ACCEPT
    one, two = (question.message for question in rig.backend.logins)
    assert one["login_id"] == two["login_id"]
    assert int(str(two["deadline_ms"])) < int(str(one["deadline_ms"]))


def test_e3_the_breaker_opens_and_a_probe_closes_it(rig: Rig) -> None:
    rig.backend.fault = status(500)
    senders = [rig.client(source=HASTY) for _ in range(30)]
    for number, sender in enumerate(senders):
        sender.send(access_request("alice", "123456", secret=SECRET, identifier=number))
    for sender in senders:
        octets = sender.receive(1)
        assert octets is not None
        assert octets[0] == REJECT
    rig.wait_until(lambda: rig.metric("logins_in_flight") == 0)
    assert len(rig.backend.logins) < 60
    rig.backend.fault = None
    assert hasty_login(rig)[0].code == ACCEPT
    assert rig.metric("backend_breaker_open") == 0


def test_e2_a_hanging_backend_does_not_stop_the_event_loop(rig: Rig) -> None:
    rig.backend.fault = hang
    sender = rig.client(source=HASTY)
    for identifier in range(200):
        sender.send(access_request("alice", "123456", secret=SECRET, identifier=identifier))
    lags = []
    for _ in range(10):
        start = time.monotonic()
        rig.on_loop(lambda: asyncio.sleep(0))
        lags.append(time.monotonic() - start)
    assert sorted(lags)[5] < 0.05
    codes = [octets[0] for _ in range(200) if (octets := sender.receive(1)) is not None]
    assert codes == [REJECT] * 200


def test_one_connection_is_enough_and_a_hanging_answer_does_not_block_it_for_ever() -> None:
    with Rig(client(timeout_seconds=1), client("patient", "127.0.0.2/32"), arguments=("--max-connections", "1")) as rig:
        rig.backend.fault = first(1, hang)
        hasty, patient = rig.client(), rig.client(source="127.0.0.2")
        hasty.send(access_request("alice", "123456", secret=SECRET))
        rig.wait_until(lambda: len(rig.backend.logins) == 1)
        reply = patient.log_in("alice", "123456", seconds=2)
        assert reply is not None
        assert reply.code == ACCEPT
        assert (hasty.receive(1) or b"?")[0] == REJECT


def test_e4_a_chunked_answer_is_an_answer(rig: Rig) -> None:
    rig.backend.fault = chunked
    assert hasty_login(rig)[0].code == ACCEPT


def test_e5_not_being_authorised_is_an_alarm(rig: Rig) -> None:
    rig.backend.fault = status(403)
    hasty_login(rig)
    assert any("edge not authorised" in str(line["hint"]) for line in rig.log_lines("alarm"))
    assert rig.metric("alarms_total", alarm="edge_not_authorised") > 0


def test_e5_an_edge_without_credentials_rejects_and_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    with clients_file(client()) as file, Rig(environ={}, arguments=("--clients-file", str(file))) as rig:
        reply = rig.client().log_in("alice", "123456")
        assert reply is not None
        assert reply.code == REJECT
        assert reason_of_last_login(rig) == "no_aws_credentials"
        rig.wait_until(lambda: bool(rig.log_lines("credentials_missing")))


def test_e5_a_refusal_makes_the_edge_look_for_credentials_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keys = iter(("AKIDFIRST", "AKIDSECOND"))

    async def child() -> AwsCredentials:
        return AwsCredentials(access_key_id=next(keys), secret_access_key="secret")

    monkeypatch.setattr(source, "credentials_of_child", child)
    monkeypatch.setattr(source, "AFTER_REFUSAL_SECONDS", 0.05)
    with Rig(client(timeout_seconds=1), environ={}) as rig:
        rig.backend.fault = status(403)
        reply = rig.client().log_in("alice", "123456", seconds=1)
        assert reply is not None
        assert reply.code == REJECT
        rig.wait_until(lambda: len(rig.log_lines("credentials_loaded")) == 2)
        rig.backend.fault = None
        reply = rig.client().log_in("alice", "123456", seconds=1)
        assert reply is not None
        assert reply.code == ACCEPT
        assert "Credential=AKIDSECOND/" in rig.backend.logins[-1].headers["authorization"]


def test_e6_a_name_that_moves_or_vanishes_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    with Rig(client(timeout_seconds=1)) as rig:
        endpoint = rig.edge._gateway._endpoint
        object.__setattr__(endpoint, "address", "no-such-host.invalid")
        rig.on_loop(_close_connections(rig))
        reply = rig.client().log_in("alice", "123456", seconds=1)
        assert reply is not None
        assert reply.code == REJECT
        object.__setattr__(endpoint, "address", "localhost")
        reply = rig.client().log_in("alice", "123456", seconds=1)
        assert reply is not None
        assert reply.code == ACCEPT


def _close_connections(rig: Rig):  # type: ignore[no-untyped-def]
    async def close() -> None:
        rig.edge._gateway._pool.abort_all()

    return close


@pytest.mark.parametrize(
    ("names", "expired", "trusted", "accepted"),
    [
        (("api.example.test",), False, True, True),
        (("other.example.test",), False, True, False),
        (("api.example.test",), True, True, False),
        (("api.example.test",), False, False, False),
    ],
    ids=["right", "wrong name", "expired", "unknown authority"],
)
def test_e7_a_certificate_must_be_right(
    tmp_path: Path, names: tuple[str, ...], expired: bool, trusted: bool, accepted: bool
) -> None:
    authority = make_authority(tmp_path, names, expired=expired)
    other = make_authority(tmp_path, names, expired=False, prefix="other-")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(authority.certificate, authority.key)
    ca_file = (authority if trusted else other).authority
    with clients_file(client(timeout_seconds=1)) as file:
        arguments = ("--clients-file", str(file), "--ca-file", str(ca_file))
        with Rig(tls=tls, arguments=arguments) as rig:
            reply = rig.client().log_in("alice", "123456", seconds=1)
            assert reply is not None
            assert reply.code == (ACCEPT if accepted else REJECT)
            if not accepted:
                assert reason_of_last_login(rig) == "backend_unreachable"
                assert rig.backend.logins == []


def test_e16_a_slow_first_answer_still_counts(rig: Rig) -> None:
    rig.backend.fault = delayed(0.6)
    reply, seconds = hasty_login(rig)
    assert reply.code == ACCEPT
    assert seconds >= 0.6


def test_e22_an_error_in_one_packet_hurts_no_other(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(packet, *arguments, **options):  # type: ignore[no-untyped-def]
        if packet.first(1) == b"crash":
            raise ZeroDivisionError("canary-of-an-error-text")
        return decide(packet, *arguments, **options)

    monkeypatch.setattr("radius_edge.authentication.decide", broken)
    sender = rig.client()
    sender.send(access_request("crash", "123456", secret=SECRET))
    assert sender.receive(0.2) is None
    assert hasty_login(rig)[0].code == ACCEPT
    assert rig.metric("internal_errors_total", place="authentication") == 1
    assert "canary-of-an-error-text" not in rig.log_text()


@pytest.mark.parametrize("place", ["left_ms", "quoted"])
def test_e22_an_error_while_asking_is_a_reject(rig: Rig, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(f"radius_edge.login_question.{place}", broken)
        assert hasty_login(rig)[0].code == REJECT
    assert rig.metric("logins_in_flight") == 0


def test_e22_an_error_while_reading_the_answer_is_a_reject(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr("radius_edge.authentication.reply_to", broken)
        assert hasty_login(rig)[0].code == REJECT
    assert rig.metric("logins_in_flight") == 0


def test_idle_connections_are_closed_and_old_ones_replaced(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    assert hasty_login(rig)[0].code == ACCEPT
    connections = rig.backend.connections
    assert hasty_login(rig)[0].code == ACCEPT
    assert rig.backend.connections == connections, "a connection is used again"
    monkeypatch.setattr(pool, "IDLE_SECONDS", 0.0)
    assert hasty_login(rig)[0].code == ACCEPT
    assert rig.backend.connections > connections, "one that was idle too long is not"
