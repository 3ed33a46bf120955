"""gatehouse doctor, with AWS in this process, the real function and a real edge on loopback."""

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gatehouse.checks.directory_certificates import controller
from gatehouse.findings import Grade
from tests.fakes.clock import FakeClock
from tests.fakes.connect_instance import OUTPUTS as CALL_OUTPUTS
from tests.fakes.connect_instance import PARAMETERS as CALL_PARAMETERS
from tests.fakes.connect_instance import QUEUE_ID, connect_instance
from tests.fakes.directory_service import client, directory_of, directory_service, managed_directory
from tests.fakes.edge_configuration import client as edge_client
from tests.fakes.stacks import stacks
from tests.functions.enrollment.world import World
from tests.integration.cli.conftest import Run, error_of
from tests.integration.cli.directory_world import (
    ADMIN_SECRET,
    CONTROLLERS,
    DIRECTORY_CLIENT,
    documented_actions,
    recorded_calls,
)
from tests.integration.cli.enrollment_server import KEY_ID, REGION, SECRET_KEY
from tests.integration.edge.certificates import Files, make_authority
from tests.integration.edge.rig import Rig

pytestmark = pytest.mark.integration
HERE = {
    "name": "admin",
    "networks": ["127.0.0.1/32"],
    "secret": ADMIN_SECRET,
    "timeout_seconds": 5,
    "retries": 1,
}
HOST = "dc1.corp.example.test"
MACHINE = {"StartAt": "End", "States": {"End": {"Type": "Pass", "End": True}}}
KEYS = [{"AttributeName": "pk", "KeyType": "HASH"}]


@pytest.fixture(scope="module")
def running() -> Iterator[Rig]:
    with Rig(edge_client("admin", "127.0.0.1/32", secrets=(ADMIN_SECRET.encode(),))) as rig:
        yield rig


@pytest.fixture
def outputs(world: World, url: str, running: Rig, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """A healthy deployment; what its stack says of it."""
    configure(world)
    monkeypatch.setenv("GATEHOUSE_RADIUS_SECRET", ADMIN_SECRET)
    with directory_service(FakeClock()) as service, stacks() as known:
        outputs = _parts() | {"RadiusAddresses": "127.0.0.1", "RadiusPort": str(running.listening["auth_port"])}
        known["gatehouse"] = outputs
        directory = directory_of(managed_directory(service, CONTROLLERS))
        directory.radius_settings, directory.radius_status = {"RadiusServers": ["127.0.0.1"]}, "Completed"
        yield outputs


def configure(world: World, realm: dict[str, Any] | None = None, **admin: object) -> None:
    realms = [{"name": "corp", "netbios_domains": ["CORP"], **(realm or {})}]
    message = {
        "expected_revision": world.admin("GET", "/v1/admin/configuration").json["revision"],
        "realms": realms,
        "clients": [DIRECTORY_CLIENT, {**HERE, **admin}],
    }
    answered = world.admin("PUT", "/v1/admin/configuration", message)
    assert answered.status == 200, answered


def _parts() -> dict[str, str]:
    dynamodb, role = client("dynamodb"), "arn:aws:iam::123456789012:role/push"
    attributes = [{"AttributeName": "pk", "AttributeType": "S"}]
    dynamodb.create_table(
        TableName="mfa",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=KEYS,
        AttributeDefinitions=attributes,
        DeletionProtectionEnabled=True,
    )
    dynamodb.update_continuous_backups(
        TableName="mfa", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    machine = client("stepfunctions").create_state_machine(name="push", definition=json.dumps(MACHINE), roleArn=role)
    return {
        "TableName": "mfa",
        "KeyArn": client("kms").create_key()["KeyMetadata"]["Arn"],
        "PushStateMachineArn": machine["stateMachineArn"],
    }


def findings(run: Run, *more: str) -> dict[str, list[tuple[str, str]]]:
    """Grade and text of what was found, by check."""
    result = run("doctor", "--json", *more)
    document = json.loads(result.stdout)
    assert (result.exit_code == 0) is document["healthy"]
    assert "canary" not in result.output
    found: dict[str, list[tuple[str, str]]] = {}
    for one in document["findings"]:
        found.setdefault(one["check"], []).append((one["grade"], one["text"]))
    return found


def test_a_healthy_deployment_has_no_problem(run: Run, outputs: dict[str, str]) -> None:
    found = findings(run)
    problems = [text for one in found.values() for grade, text in one if grade == "problem"]
    assert problems == []
    assert found.keys() >= {
        *("credentials", "clock", "stack", "table", "key", "state machine"),
        *("api", "configuration", "sms", "edges", "directories"),
    }
    assert "edge 127.0.0.1 answered RADIUS client admin" in found["edges"][0][1]
    assert found["directories"][0][1].endswith("RADIUS is Completed")
    shown = run("doctor")
    assert shown.exit_code == 0
    assert "ok       the key is enabled" in shown.stdout


def test_each_part_that_is_broken_is_named_with_what_to_do(run: Run, outputs: dict[str, str], running: Rig) -> None:
    client("kms").disable_key(KeyId=outputs["KeyArn"].rpartition("/")[2])
    client("dynamodb").update_continuous_backups(
        TableName="mfa", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}
    )
    client("stepfunctions").delete_state_machine(stateMachineArn=outputs["PushStateMachineArn"])
    outputs["RadiusPort"] = str(running.listening["health_port"])  # TCP: nobody is there by UDP
    (described,) = client("ds").describe_directories()["DirectoryDescriptions"]
    directory_of(described["DirectoryId"]).radius_status = "Failed"
    found = findings(run)
    assert found["key"] == [("problem", "the key is Disabled")]
    assert ("warning", "table mfa has no point-in-time recovery") in found["table"]
    assert found["state machine"][0][0] == "problem"
    assert found["edges"][0][0] == "problem"
    assert found["directories"] == [("problem", f"{described['DirectoryId']}: RADIUS is Failed")]
    shown = run("doctor")
    assert shown.exit_code == 1
    assert f"-> gatehouse directory status {described['DirectoryId']}" in shown.stdout
    assert shown.stdout.startswith("PROBLEM")


def test_phone_calls_are_looked_at_where_they_are_on(run: Run, outputs: dict[str, str]) -> None:
    assert "calls" not in findings(run)
    outputs |= CALL_OUTPUTS | CALL_PARAMETERS
    with connect_instance() as connect:
        assert {grade for grade, _ in findings(run)["calls"]} == {"ok"}
        connect.instance["OutboundCallsEnabled"] = False
        shown = run("doctor")
    assert shown.exit_code == 1
    assert "PROBLEM  Connect instance corp makes no outbound calls" in shown.stdout


def test_a_machine_that_may_not_ask_the_edges_is_told_so_and_no_more(
    run: Run, world: World, outputs: dict[str, str]
) -> None:
    configure(world, networks=["192.0.2.0/24"])
    ((grade, text),) = findings(run)["edges"]
    assert grade == "warning"
    assert "in no RADIUS client's networks" in text


def test_the_documented_policy_allows_every_call_of_the_doctor(
    run: Run, outputs: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = recorded_calls(monkeypatch)
    outputs |= CALL_OUTPUTS | CALL_PARAMETERS | {"PhoneCallQueueId": QUEUE_ID}
    with connect_instance():
        findings(run)
    assert asked >= {"sts:GetCallerIdentity", "dynamodb:DescribeTable", "states:DescribeStateMachine"}
    assert len([one for one in asked if one.startswith("connect:")]) == 5
    assert asked <= documented_actions()


def test_beside_a_local_set_up_what_an_emulator_does_not_know_is_said_and_no_warning(
    run: Run, world: World, url: str, outputs: dict[str, str], running: Rig
) -> None:
    client("dynamodb").update_continuous_backups(
        TableName="mfa", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}
    )
    client("dynamodb").update_table(TableName="mfa", DeletionProtectionEnabled=False)
    ready = {
        "version": 1,
        "stack": "gatehouse",
        "region": REGION,
        "enrollment_api_url": url,
        "aws_endpoint_url": None,  # AWS in this process is the emulator
        "aws_credentials": {"aws_access_key_id": KEY_ID, "aws_secret_access_key": SECRET_KEY},
        "edges": [{"host": "127.0.0.1", "auth_port": running.listening["auth_port"]}],
        "radius_clients": [{"name": "admin", "secret": ADMIN_SECRET}],
    }
    Path(".local").mkdir()
    Path(".local/ready.json").write_text(json.dumps(ready))
    found = findings(run, "--local")
    assert {grade for one in found.values() for grade, _ in one} == {"ok"}
    for check in ("table", "sms", "directories"):
        assert "not looked at" in found[check][-1][1]


def test_a_missing_stack_hides_no_other_check(run: Run, outputs: dict[str, str]) -> None:
    found = findings(run, "--stack", "another")
    assert found["stack"][0][0] == "problem"
    assert found["api"][0][0] == "ok"
    assert "table" not in found


def test_without_url_and_stack_one_sentence_says_what_to_give(
    run: Run, outputs: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GATEHOUSE_ENROLLMENT_URL")
    assert error_of(run("doctor", "--stack", "another", "--json"))["code"] == "no-stack"
    outputs["EnrollmentApiUrl"] = "https://nobody.invalid"
    assert findings(run)["api"][0][0] == "problem"


# ---------------------------------------------------------------- certificates


@contextmanager
def speaking_tls(files: Files) -> Iterator[int]:
    """A port that shakes hands and hangs up."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_shake_hands, args=(listening, context))
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            with socket.create_connection(listening.getsockname()):
                pass  # the one that ends it
            thread.join()


def _shake_hands(listening: socket.socket, context: ssl.SSLContext) -> None:
    connection, _ = listening.accept()
    with connection:
        try:
            context.wrap_socket(connection, server_side=True).close()
        except (ssl.SSLError, OSError):
            return  # the other side did not like it, which is what it is tried for


def realm_of(files: Files, port: int, host: str = HOST) -> dict[str, Any]:
    controllers = [{"host": host, "address": "127.0.0.1", "port": port}]
    return {
        "name": "corp",
        "directory": {"ca_certificates": files.authority.read_text(), "domain_controllers": controllers},
    }


def asked(files: Files, host: str = HOST, trusted: Files | None = None) -> tuple[Grade, str]:
    with speaking_tls(files) as port:
        realm = realm_of(trusted or files, port, host)
        (found,) = controller(realm, realm["directory"]["domain_controllers"][0], _now())
    return found.grade, found.text


def _now() -> float:
    import time  # noqa: PLC0415 -- certificates are made by this machine's clock

    return time.time()


def test_a_controller_s_certificate_is_looked_at_by_its_name(tmp_path: Path) -> None:
    good = make_authority(tmp_path, (HOST,), expired=False)
    grade, text = asked(good)
    assert (grade, text.startswith(f"the certificate of {HOST} ends on")) == (Grade.PROBLEM, True)  # in one day
    assert "is refused" in asked(good, host="dc2.corp.example.test")[1]


def test_an_expired_certificate_and_another_authority_are_told_apart(tmp_path: Path) -> None:
    expired = make_authority(tmp_path, (HOST,), expired=True, prefix="old-")
    assert asked(expired) == (Grade.PROBLEM, f"the certificate of {HOST} has ended")
    other = make_authority(tmp_path, (HOST,), expired=False, prefix="other-")
    grade, text = asked(make_authority(tmp_path, (HOST,), expired=False), trusted=other)
    assert (grade, "is refused" in text) == (Grade.PROBLEM, True)


def test_certificates_of_the_configuration_are_part_of_the_round(
    run: Run, world: World, outputs: dict[str, str], tmp_path: Path
) -> None:
    files = make_authority(tmp_path, (HOST,), expired=False)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    directory = {
        "base_dn": "DC=corp,DC=example,DC=test",
        "domain_controllers": [{"host": HOST, "address": "127.0.0.1", "port": port}],
        "ca_certificates": files.authority.read_text(),
        "service_account": "corp",
    }
    configure(world, {"directory": directory})
    found = findings(run)["certificates"]
    assert any(grade == "warning" and "the authority of realm corp ends on" in text for grade, text in found)
    assert any(grade == "warning" and "cannot be reached from this machine" in text for grade, text in found)
