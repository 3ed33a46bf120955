"""Push through the deployed stack, with the portal, the fake push service and the command's own device: typed at a
RADIUS client that nobody here wrote, approved by somebody with a phone."""

import json
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import pytest

from gatehouse.device_api import DeviceApi
from gatehouse.pairing import kept
from local.credentials import AwsCredentials
from local.demo_world import PATIENT_CLIENT
from local.push_trial import log_in_by_push
from local.up import Gatehouse
from mfa.contract.fields import octets_of
from tests.e2e.conftest import MakeUsers, User
from tests.e2e.radclient import Login, Reply, log_in
from tests.e2e.test_command import Command
from tests.integration.local import http_client

pytestmark = [pytest.mark.e2e, pytest.mark.radclient]
SOURCE = str(PATIENT_CLIENT.edge.networks[0][1])
WAIT_SECONDS = "60"
PATIENCE_SECONDS = 70.0


@pytest.fixture
def command(gatehouse: Gatehouse, administrator: AwsCredentials) -> Command:
    return Command(gatehouse, administrator)


@pytest.fixture
def phone(command: Command, user: User, tmp_path: Path) -> Path:
    """The key file of a device that the user has paired by the command."""
    status, issued = command("user", "code", user.name)
    assert status == 0, issued
    key_file = tmp_path / "phone.json"
    status, paired = command("device", "pair", issued["code"], "--key-file", str(key_file))
    assert status == 0, paired
    return key_file


class Simulation:
    """``gatehouse device simulate`` in a process of its own, which waits by the time that the block begins."""

    def __init__(self, command: Command, phone: Path, decision: Sequence[str]) -> None:
        wanted = ("--key-file", str(phone), *decision, "--once", "--seconds", WAIT_SECONDS, "--json")
        self.process = command.start("device", "simulate", *wanted)

    def __enter__(self) -> Self:
        assert self.process.stderr
        assert "device_id" in json.loads(self.process.stderr.readline())
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def outcome(self) -> tuple[int, dict[str, Any]]:
        output, errors = self.process.communicate(timeout=60)
        assert output, errors
        (outcome,) = json.loads(output)["outcomes"]
        return self.process.returncode, outcome


def push(gatehouse: Gatehouse, username: str, typed: str) -> Reply:
    reply = log_in(gatehouse.edges[0], Login(username, typed, source=SOURCE), seconds=PATIENCE_SECONDS)
    assert reply is not None
    return reply


def test_an_approved_push_is_accepted(gatehouse: Gatehouse, command: Command, user: User, phone: Path) -> None:
    with Simulation(command, phone, ["--approve", "--number", "47"]) as simulation:
        assert push(gatehouse, user.name, "push 47").accepted
        status, outcome = simulation.outcome()
    assert (status, outcome["state"]) == (0, "approved")
    assert outcome["prompt"]["user"] == user.name
    assert outcome["prompt"]["client"] == PATIENT_CLIENT.edge.name
    assert outcome["prompt"]["number"] is True


@pytest.mark.parametrize(
    ("decision", "status", "reason"),
    [(["--deny"], 0, "denied"), (["--report"], 0, "reported"), (["--approve", "--number", "48"], 1, "wrong_number")],
)
def test_any_other_decision_rejects(
    gatehouse: Gatehouse, command: Command, user: User, phone: Path, decision: list[str], status: int, reason: str
) -> None:
    with Simulation(command, phone, decision) as simulation:
        assert push(gatehouse, user.name, "push 47").code == "Access-Reject"
        ended, outcome = simulation.outcome()
    assert (ended, outcome["state"], outcome["reason"]) == (status, "denied", reason)


def test_a_report_mutes_until_an_administrator_lifts_it(
    gatehouse: Gatehouse, command: Command, user: User, phone: Path
) -> None:
    with Simulation(command, phone, ["--report"]) as simulation:
        assert not push(gatehouse, user.name, "push 11").accepted
        simulation.outcome()
    assert command("user", "show", user.name)[1]["push"]["muted_at"] is not None
    assert command("device", "unmute", user.name)[0] == 0
    assert command("user", "show", user.name)[1]["push"]["muted_at"] is None


def test_a_device_is_listed_and_removed_and_then_asked_nothing(command: Command, user: User, phone: Path) -> None:
    (device,) = command("device", "list", user.name)[1]["devices"]
    assert (device["position"], device["notifications"]) == (1, False)
    assert command("device", "remove", user.name, "1", "--yes")[0] == 0
    status, refused = command("device", "simulate", "--key-file", str(phone), "--approve", "--seconds", "1")
    assert (status, refused["error"]["code"]) == (1, "device-refused")


@pytest.fixture
def ringing(gatehouse: Gatehouse, phone: Path) -> Iterator[tuple[DeviceApi, str]]:
    """The device with a subscription at the fake push service, and the subscription's id."""
    device = kept(phone, None)
    key = octets_of(device.show()["vapid_public_key"], "key", lowest=65, highest=65)
    subscription = gatehouse.push_service.subscribe(key)
    device.subscribe(subscription)
    yield device, str(subscription["id"])
    gatehouse.push_service.unsubscribe(str(subscription["id"]))


def test_the_phone_is_rung_with_nothing_but_an_id(
    gatehouse: Gatehouse, user: User, ringing: tuple[DeviceApi, str]
) -> None:
    device, subscription_id = ringing
    replies: list[Reply] = []
    waiting = threading.Thread(target=lambda: replies.append(push(gatehouse, user.name, "push 47")))
    waiting.start()
    (message,) = gatehouse.push_service.wait(subscription_id, seconds=20)
    payload = json.loads(message.payload)
    assert (set(payload), message.urgency, message.topic) == ({"id"}, "high", payload["id"])
    assert 0 < message.seconds <= PATIENCE_SECONDS
    device.decide(device.prompt(payload["id"]), "approve", "47")
    waiting.join(30)
    assert [reply.accepted for reply in replies] == [True]
    assert gatehouse.push_service.wait(subscription_id, after=1, seconds=0) == [], "one login rings once"


def test_make_runs_own_push_login_is_accepted(gatehouse: Gatehouse) -> None:
    assert log_in_by_push(gatehouse).accepted


def ask(gatehouse: Gatehouse, path: str, message: object = None) -> http_client.Reply:
    port = int(gatehouse.portal.origin.rpartition(":")[2])
    if message is None:
        return http_client.ask(port, "GET", path)
    return http_client.ask(port, "POST", path, ("content-type", "application/json"), body=json.dumps(message).encode())


def test_the_portal_serves_the_web_app_at_its_own_origin(gatehouse: Gatehouse) -> None:
    assert ask(gatehouse, "/portal.json").json["origin"] == gatehouse.portal.origin
    assert ask(gatehouse, "/").headers["content-type"].startswith("text/html")


def test_a_code_can_be_redeemed_through_the_portal(gatehouse: Gatehouse, command: Command, user: User) -> None:
    issued = command("user", "code", user.name)[1]
    assert issued["pairing_link"] == f"{gatehouse.portal.origin}/#pair={issued['code']}"
    session = ask(gatehouse, "/v1/enrollment/sessions", {"code": issued["code"]}).json
    assert session["token"]


def test_the_phone_simulators_page_pairs_and_logs_in(gatehouse: Gatehouse, command: Command, tmp_path: Path) -> None:
    """As its script does, with the command in the place of the browser that is paired."""
    code = ask(gatehouse, "/_local/pair", {"user": "carol"}).json["link"].removeprefix("/#pair=")
    key_file = tmp_path / "carol.json"
    assert command("device", "pair", code, "--key-file", str(key_file))[0] == 0
    try:
        assert len(ask(gatehouse, "/_local/devices/carol").json["devices"]) == 1
        with Simulation(command, key_file, ["--approve", "--number", "47"]):
            answer = ask(gatehouse, "/_local/login", {"user": "carol", "typed": "push 47"}).json
        assert (answer["reply"], answer["accepted"]) == ("Access-Accept", True)
    finally:
        assert command("device", "remove", "carol", "1", "--yes")[0] == 0


def test_a_pairing_code_is_in_no_log(gatehouse: Gatehouse, command: Command, make_users: MakeUsers) -> None:
    (user,) = make_users(1)
    code = command("user", "code", user.name)[1]["code"]
    assert ask(gatehouse, "/v1/enrollment/sessions", {"code": code}).status == 201
    logs = "".join(path.read_text(errors="replace") for path in gatehouse.folder.path.glob("log/*.log"))
    assert code not in logs


def test_the_simulator_by_the_ready_file_pairs_and_leaves_nothing(
    gatehouse: Gatehouse, command: Command, user: User
) -> None:
    """``--pair-as`` needs an administrator's right: the command has it by its policy here."""
    process = command.start(
        "device",
        "simulate",
        "--pair-as",
        user.name,
        "--approve",
        "--number",
        "47",
        "--once",
        "--seconds",
        "60",
        "--json",
    )
    with process:
        assert process.stderr
        assert json.loads(process.stderr.readline())["username"] == user.name
        reply = push(gatehouse, user.name, "push 47")
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, reply.accepted) == (0, True), output + errors
    assert command("device", "list", user.name)[1]["devices"] == []
