"""Planted secrets must turn up in no log, metric, error, repr or table item (THREATS F5-F7)."""

import base64
import json
import logging
from itertools import count

import pytest

from logins.app import create_app
from mfa.adapters.audit import LoggedAudit
from mfa.domain.reasons import RejectReason
from mfa.ports import LoginRecord
from tests.fakes.aws import raw_items
from tests.fakes.faults import unwatched
from tests.fakes.login_world import SEED, LoginWorld
from tests.fakes.recovery_world import RecoveryWorld

pytestmark = pytest.mark.integration
PASSWORD = "correct horse battery staple"
SHARED_SECRET = b"a shared secret of vpn"


def new_audit() -> LoggedAudit:
    """Loggers live as long as the process and keep the stream they were made with: each test needs its own, made
    when output is captured already."""
    return LoggedAudit(service_name=f"test-{next(_serial)}", metrics_namespace="Gatehouse")


_serial = count(1)


def spellings(secret: bytes) -> list[str]:
    return [
        secret.decode("latin-1"),
        secret.hex(),
        base64.b64encode(secret).decode().rstrip("="),
        base64.urlsafe_b64encode(secret).decode().rstrip("="),
        base64.b32encode(secret).decode().rstrip("="),
        repr(secret)[2:-1],
    ]


def test_f6_no_secret_is_logged_whatever_happens(
    world: LoginWorld,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.INFO)  # what the libraries tell; a function never runs them at DEBUG
    app = create_app(world.another_instance(audit=new_audit()), world.configuration, world.clock, unwatched)
    right, wrong = world.code(), world.wrong_code()
    recovery = RecoveryWorld(world)
    written_down = [recovery.codes()[0], recovery.bypass().code]
    bodies = [
        world.request(text, username=username).to_json().decode()
        for text in (right, wrong, PASSWORD, f"{PASSWORD},{right}", "push47", *written_down)
        for username in ("alice", "nobody", "\u202ealice", "fakeusername")
    ]
    bodies += [body.replace('"version":1', '"version":9') for body in bodies]
    answers = [app({"resource": "/logins", "httpMethod": "POST", "body": body}, None) for body in bodies]
    monkeypatch.setattr(world.service._logins, "reserve", lambda _: 1 / 0)
    answers += [app({"resource": "/logins", "httpMethod": "POST", "body": bodies[0]}, None)]
    output = capfd.readouterr()
    assert output.out.count("login decided") == 29
    printed = output.out + output.err + caplog.text + json.dumps(answers)
    for secret in (
        right.encode(),
        wrong.encode(),
        PASSWORD.encode(),
        SEED,
        SHARED_SECRET,
        *map(str.encode, written_down),
    ):
        assert [spelling for spelling in spellings(secret) if spelling in printed] == []
    assert not any(code.replace("-", "") in printed for code in written_down)


def test_f6_the_table_holds_no_secret_in_clear(world: LoginWorld) -> None:
    world.login(world.code())
    stored = repr(raw_items()).encode()
    for secret in (SEED, SHARED_SECRET, world.code().encode()):
        assert secret not in stored


def test_reprs_of_what_holds_a_secret_do_not_show_it(world: LoginWorld) -> None:
    request = world.request(world.code())
    configuration = world.configuration.edge_configuration(None)
    shown = repr(request) + repr(configuration) + repr(world.configuration._load(1)) + repr(world.item())
    assert world.code() not in shown
    for secret in (SEED, SHARED_SECRET, configuration.login_id_key):
        assert repr(secret)[2:-1] not in shown


def record(username: str, client: str = "vpn") -> LoginRecord:
    return LoginRecord(
        login_id="AAAAAAAAAAAAAAAAAAAAAA",
        client=client,
        source_ip="192.0.2.7",
        username=username,
        user_id="user-1",
        outcome="reject",
        reason=RejectReason.NAME_REFUSED,
        factor_id=None,
        replayed=False,
        config_revision="1",
        nas={"NAS-Identifier": "line\nbreak"},
        duration_ms=12,
    )


@pytest.mark.parametrize(
    "username", ["ali\nce", '"},{"outcome":"accept"', "\x1b[2Kalice", "\u202eecila", "\u0430lice", "=cmd|' /C calc'!A0"]
)
def test_f5_a_record_is_one_line_of_ascii_json(capfd: pytest.CaptureFixture[str], username: str) -> None:
    new_audit().login_decided(record(username))
    line, metrics = capfd.readouterr().out.splitlines()
    assert line.isascii()
    assert line.isprintable()
    told = json.loads(line)
    assert (told["username"], told["outcome"], told["reason"]) == (username, "reject", "name_refused")
    assert username not in metrics


def test_f7_metrics_are_labelled_with_words_of_ours_only(capfd: pytest.CaptureFixture[str]) -> None:
    new_audit().login_decided(record("alice", client="a client that nobody configured"))
    told = json.loads(capfd.readouterr().out.splitlines()[1])
    (directive,) = told["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Gatehouse"
    assert [set(labels) for labels in directive["Dimensions"]] == [
        {"service", "outcome", "reason"},
        {"outcome"},
        {"typed"},
    ]
    assert (told["outcome"], told["reason"]) == ("reject", "name_refused")
    assert (told["Logins"], told["LoginTime"]) == ([1.0], [12.0])
    assert "alice" not in json.dumps(told)
    assert "nobody configured" not in json.dumps(told)


def test_a_change_to_a_subscriber_is_on_record(capfd: pytest.CaptureFixture[str]) -> None:
    new_audit().subscriber_changed("factor_activated", "user-1", {"factor_id": "f-1"}, "admin")
    line, metrics = capfd.readouterr().out.splitlines()
    told = json.loads(line)
    assert (told["event"], told["user_id"], told["actor"]) == ("factor_activated", "user-1", "admin")
    assert json.loads(metrics)["SubscriberChanges"] == [1.0]
