"""The configuration from the file to the edges of the deployed stack, under the stack's own policies."""

import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local import callers
from local.credentials import AwsCredentials
from local.demo_world import CLIENT
from local.edges import Edge
from local.up import Gatehouse
from tests.e2e.conftest import User
from tests.e2e.logs import reasons
from tests.e2e.test_command import Command
from tests.fakes.radius_client import RadiusClient, Reply

pytestmark = pytest.mark.e2e
SOURCE = "127.77.0.1"  # of the new client: within the network of the demonstration's client, with a longer prefix
RELOAD_SECONDS = 60
NEW_CLIENT = """\
- name: gateway
  networks: [{source}/32]
  secret_from_env: NEW_SECRET
  timeout_seconds: 10
  retries: 1
  require_message_authenticator: "yes"
  reply_attributes: {{Filter-Id: staff}}
"""


def with_new_client(original: Path, source: str) -> str:
    return original.read_text().replace("\nclients:\n", "\nclients:\n" + NEW_CLIENT.format(source=source), 1)


@pytest.fixture(scope="module")
def command(gatehouse: Gatehouse, administrator: AwsCredentials) -> Command:
    return Command(gatehouse, administrator)


def shown(command: Command) -> str:
    with command.start("clients", "show") as process:
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return output


@pytest.fixture
def original(command: Command, tmp_path: Path) -> Iterator[Path]:
    """The configuration as it was; it is in force again afterwards."""
    path = tmp_path / "original.yaml"
    path.write_text(shown(command))
    yield path
    assert command("clients", "apply", str(path), "--yes")[0] == 0


def test_a_new_client_can_log_in_within_a_minute(
    gatehouse: Gatehouse, command: Command, original: Path, user: User
) -> None:
    assert CLIENT.edge.secrets[0].decode() not in original.read_text()
    changed, secret = original.with_name("changed.yaml"), secrets.token_hex(16)
    command.environment["NEW_SECRET"] = secret
    changed.write_text(with_new_client(original, SOURCE))
    status, planned = command("clients", "diff", str(changed))
    assert (status, [change["text"] for change in planned["changes"]]) == (0, ["client gateway: added"])

    status, applied = command("clients", "apply", str(changed), "--yes")
    assert status == 0, applied
    edge = gatehouse.edges[0]
    client = RadiusClient((edge.host, edge.auth_port), secret.encode(), source=SOURCE)
    try:
        reply, give_up = None, time.monotonic() + RELOAD_SECONDS
        while reply is None and time.monotonic() < give_up:  # until then the packet's secret is a wrong one: no reply
            reply = client.log_in(user.name, user.code(), seconds=3)
    finally:
        client.close()
    assert reply is not None
    assert (reply.code, reply.values(11)) == (2, [b"staff"])


def test_a_policy_holds_at_the_edges_and_the_policy_test_says_so(
    gatehouse: Gatehouse, command: Command, original: Path, user: User
) -> None:
    more = original.with_name("more.yaml")
    more.write_text(
        f"policies:\n- {{name: out, users: [{user.name}], action: deny}}\n- {{name: rest, action: allow}}\n"
    )
    question = ("policy", "test", user.name, "--client", CLIENT.edge.name, "--from", "127.0.0.1")
    assert command(*question)[1]["outcome"]["outcome"] == "factor"
    status, applied = command("clients", "apply", str(original), str(more), "--yes")
    assert status == 0, applied
    status, report = command(*question)
    assert (status, report["outcome"]["reason"], report["outcome"]["policy"]) == (0, "policy_denied", "out")
    edge = gatehouse.edges[0]
    client = RadiusClient((edge.host, edge.auth_port), CLIENT.edge.secrets[0])
    try:
        give_up = time.monotonic() + RELOAD_SECONDS
        for wrong in user.wrong_codes(10):  # a policy decides before any code is looked at
            client.log_in(user.name, wrong, seconds=10)
            if ("reject", "policy_denied") in reasons(gatehouse, user.name) or time.monotonic() > give_up:
                break
            time.sleep(5)
    finally:
        client.close()
    assert reasons(gatehouse, user.name)[-1] == ("reject", "policy_denied")


def test_a_file_with_a_mistake_is_refused_and_the_old_configuration_kept(command: Command, original: Path) -> None:
    before = command("clients", "show")[1]["revision"]
    bad = original.with_name("bad.yaml")
    bad.write_text(with_new_client(original, "0.0.0.0/0, 10.0.0.1"))
    status, answer = command("clients", "apply", str(bad), "--yes")
    assert status != 0
    assert len(answer["error"]["findings"]) >= 1
    assert command("clients", "show")[1]["revision"] == before


def test_logins_teach_how_a_client_speaks(gatehouse: Gatehouse, command: Command, user: User) -> None:
    edge = gatehouse.edges[0]
    client = RadiusClient((edge.host, edge.auth_port), CLIENT.edge.secrets[0])
    try:
        assert client.log_in(user.name, user.code(), seconds=10)
    finally:
        client.close()
    status, learned = command("clients", "profile", CLIENT.edge.name)
    assert status == 0, learned
    assert "127.0.0.1" in learned["pins"]
    assert "protocol:pap" in [one["trait"] for one in learned["traits"]]


def test_a_downgrade_is_dropped_at_an_edge_that_never_saw_the_source(gatehouse: Gatehouse, user: User) -> None:
    """THREATS A15: what one edge was proven holds at the other one at once."""
    first, second = gatehouse.edges
    wrong = user.wrong_codes(2)

    def log_in(edge: Edge, source: str, code: str, *, signed: bool) -> Reply | None:
        client = RadiusClient((edge.host, edge.auth_port), CLIENT.edge.secrets[0], source=source)
        try:
            return client.log_in(user.name, code, signed=signed, seconds=5)
        finally:
            client.close()

    assert log_in(first, "127.78.0.1", user.code(), signed=True)
    assert log_in(second, "127.78.0.1", wrong[0], signed=False) is None
    assert log_in(second, "127.78.0.2", wrong[1], signed=False), "a source that never proved one is answered"


def test_who_helps_users_cannot_read_or_change_the_configuration(gatehouse: Gatehouse, original: Path) -> None:
    helper = Command(gatehouse, callers.helpdesk(gatehouse.emulator.url, gatehouse.stack))
    name = f"h{secrets.token_hex(6)}"
    assert helper("user", "add", name)[0] == 0
    assert helper("user", "remove", name, "--yes")[0] == 0
    for arguments in (["show"], ["profile", "demo"], ["unpin", "demo", "--yes"], ["apply", str(original), "--yes"]):
        status, answer = helper("clients", *arguments)
        assert (status, "HTTP 403" in answer["error"]["message"]) == (1, True), arguments
