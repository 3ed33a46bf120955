"""gatehouse directory …: an emulated directory that lives by a clock, a real edge on loopback, the real function."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from moto.ds.exceptions import InvalidParameterException
from typer.testing import Result

from gatehouse import directory_steps
from tests.fakes.clock import FakeClock
from tests.fakes.directory_service import (
    FakePatience,
    client,
    connector,
    directory_of,
    directory_service,
    group_of,
    managed_directory,
    simple_directory,
)
from tests.fakes.stacks import stacks
from tests.functions.enrollment.world import World
from tests.integration.cli.conftest import Run, error_of, named_in
from tests.integration.cli.directory_world import (
    ADMIN_CLIENT,
    ADMIN_MACHINE,
    ADMIN_SECRET,
    CONTROLLERS,
    DIRECTORY_CLIENT,
    STRANGER,
    TEXT_SECRET,
    DirectoryWorld,
    documented_actions,
    edge_rig,
    recorded_calls,
)
from tests.integration.edge.rig import Rig

pytestmark = pytest.mark.integration
REALMS = [{"name": "corp", "netbios_domains": ["CORP"], "upn_suffixes": ["corp.example.test"]}]
OTHER_SECRET = "another-secret-canary-of-the-directory"
NEW_SECRET = "the-new-secret-canary-of-the-directory"


@pytest.fixture(scope="module")
def running() -> Iterator[Rig]:
    with edge_rig() as rig:
        yield rig


@pytest.fixture
def place(world: World, url: str, running: Rig, monkeypatch: pytest.MonkeyPatch) -> Iterator[DirectoryWorld]:
    configure(world, DIRECTORY_CLIENT, ADMIN_CLIENT)
    monkeypatch.setenv("GATEHOUSE_DIRECTORY_SECRET", TEXT_SECRET)
    monkeypatch.setenv("GATEHOUSE_RADIUS_SECRET", ADMIN_SECRET)
    clock = FakeClock()
    patience = FakePatience(clock)
    monkeypatch.setattr(directory_steps, "PATIENCE", patience)
    with directory_service(clock) as service, stacks() as known:
        made = DirectoryWorld(world, service, patience, running, known)
        service.asks = made.ask_as_directory
        yield made


def configure(world: World, *clients: dict[str, Any]) -> None:
    revision = world.admin("GET", "/v1/admin/configuration").json["revision"]
    message = {"expected_revision": revision, "realms": REALMS, "clients": list(clients)}
    assert world.admin("PUT", "/v1/admin/configuration", message).status == 200


def connect(run: Run, place: DirectoryWorld, directory: str, *more: str) -> Result:
    options = [*place.edge, "--from", ADMIN_MACHINE, "--edge-log", str(place.edge_log), "--yes", *more]
    result = run("directory", "connect", directory, *options)
    assert "canary" not in result.output
    return result


def wrong_in(result: Result) -> list[str]:
    """The texts of what was found to be a problem."""
    return [one["text"] for one in json.loads(result.stdout)["findings"] if one["grade"] == "problem"]


# ---------------------------------------------------------------- connecting


def test_a_directory_is_connected_after_its_edge_has_answered(run: Run, place: DirectoryWorld) -> None:
    directory = managed_directory(place.service, CONTROLLERS)
    result = connect(run, place, directory)
    assert result.exit_code == 0, result.output
    assert place.service.calls == ["EnableRadius"]
    settings = directory_of(directory).radius_settings
    assert {name: settings[name] for name in ("RadiusServers", "RadiusPort", "RadiusTimeout", "RadiusRetries")} == {
        "RadiusServers": ["127.0.0.1"],
        "RadiusPort": place.port,
        "RadiusTimeout": 20,
        "RadiusRetries": 2,
    }
    assert settings["AuthenticationProtocol"] == "PAP"
    assert f"{directory} is connected" in result.stdout
    assert "edge 127.0.0.1 answered RADIUS client admin" in result.stdout
    assert result.stderr.count("Creating") == 3  # every ten seconds for as long as it took


def test_its_security_group_is_opened_to_the_edge_and_to_nothing_else(run: Run, place: DirectoryWorld) -> None:
    directory = managed_directory(place.service, CONTROLLERS)
    group = group_of(directory)
    client("ec2").revoke_security_group_egress(GroupId=group["GroupId"], IpPermissions=group["IpPermissionsEgress"])
    planned = json.loads(run("directory", "plan", directory, *place.edge, "--from", ADMIN_MACHINE, "--json").stdout)
    assert planned["opens"] == ["127.0.0.1"]
    assert group_of(directory)["IpPermissionsEgress"] == []
    assert connect(run, place, directory).exit_code == 0
    (rule,) = group_of(directory)["IpPermissionsEgress"]
    assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == ("udp", place.port, place.port)
    assert [one["CidrIp"] for one in rule["IpRanges"]] == ["127.0.0.1/32"]


def test_a_group_that_lets_everything_out_is_left_alone(run: Run, place: DirectoryWorld) -> None:
    directory = managed_directory(place.service, CONTROLLERS)
    before = group_of(directory)["IpPermissionsEgress"]
    assert before
    assert connect(run, place, directory).exit_code == 0
    assert group_of(directory)["IpPermissionsEgress"] == before


def test_an_ad_connector_is_connected_by_its_own_addresses(run: Run, place: DirectoryWorld) -> None:
    directory = connector(place.service, CONTROLLERS[:2])
    result = connect(run, place, directory, "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert (document["controllers"], document["status"]) == (CONTROLLERS[:2], "Completed")


def test_a_directory_that_has_radius_is_updated_and_the_way_back_is_told(run: Run, place: DirectoryWorld) -> None:
    directory = managed_directory(place.service, CONTROLLERS)
    old_server(directory)
    result = connect(run, place, directory)
    assert (result.exit_code, place.service.calls) == (0, ["UpdateRadius"])
    assert "nobody can log in" in result.stdout
    assert "Changes" in result.stdout
    assert (
        f"aws ds update-radius --directory-id {directory} --radius-settings RadiusServers=10.0.3.10,10.0.3.11,"
        'RadiusPort=1645,RadiusTimeout=40,RadiusRetries=1,AuthenticationProtocol=MS-CHAPv2,SharedSecret="$FORMER_SECRET"'
    ) in result.stdout
    assert directory_of(directory).radius_settings["AuthenticationProtocol"] == "MS-CHAPv2"  # kept unless told


def old_server(directory: str) -> None:
    """As it was connected to somebody else's server."""
    directory_of(directory).radius_status = "Completed"
    directory_of(directory).radius_settings = {
        "RadiusServers": ["10.0.3.10", "10.0.3.11"],
        "RadiusPort": 1645,
        "RadiusTimeout": 40,
        "RadiusRetries": 1,
        "SharedSecret": "****",
        "AuthenticationProtocol": "MS-CHAPv2",
    }


def test_a_connected_directory_is_not_touched_again_unless_told_so(run: Run, place: DirectoryWorld) -> None:
    directory = managed_directory(place.service, CONTROLLERS)
    for more in ((), (), ("--again",)):
        assert connect(run, place, directory, *more).exit_code == 0
    assert place.service.calls == ["EnableRadius", "UpdateRadius"]


def test_nothing_is_changed_without_a_yes(run: Run, place: DirectoryWorld) -> None:
    directory = managed_directory(place.service, CONTROLLERS)
    options = ("directory", "connect", directory, *place.edge, "--from", ADMIN_MACHINE)
    assert error_of(run(*options, "--json", typed="n\n"))["code"] == "cancelled"
    assert place.service.calls == []


def test_edges_may_come_from_the_stack(run: Run, place: DirectoryWorld) -> None:
    place.stacks["mfa"] = {"RadiusAddresses": "127.0.0.1", "RadiusPort": str(place.port)}
    directory = managed_directory(place.service, CONTROLLERS)
    result = run("directory", "plan", directory, "--stack", "mfa", "--from", ADMIN_MACHINE)
    assert result.exit_code == 0, result.output
    assert f"port {place.port}" in result.stdout
    place.stacks["fixed"] = {"RadiusAddressA": "127.0.0.1", "RadiusAddressB": "", "RadiusPort": str(place.port)}
    assert run("directory", "plan", directory, "--stack", "fixed", "--from", ADMIN_MACHINE).exit_code == 0
    assert error_of(run("directory", "plan", directory, "--stack", "none", "--json"))["code"] == "no-edges"


# ---------------------------------------------------------------- what is in the way


def test_a_controller_that_no_client_covers_is_in_the_way(run: Run, place: DirectoryWorld) -> None:
    directory = managed_directory(place.service, [*CONTROLLERS, STRANGER])
    refused = error_of(connect(run, place, directory, "--json"))
    assert (refused["code"], STRANGER in refused["message"]) == ("not-possible", True)
    assert place.service.calls == []


def test_another_secret_than_the_configuration_s_is_in_the_way(
    run: Run, place: DirectoryWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = managed_directory(place.service, CONTROLLERS)
    monkeypatch.setenv("GATEHOUSE_DIRECTORY_SECRET", OTHER_SECRET)
    refused = error_of(connect(run, place, directory, "--json"))
    assert "client directory has another shared secret" in refused["message"]
    assert place.service.calls == []
    monkeypatch.setenv("GATEHOUSE_DIRECTORY_SECRET", "short canary")
    assert "16 to 512" in error_of(connect(run, place, directory, "--json"))["message"]


def test_comparing_the_secret_changes_nothing(run: Run, place: DirectoryWorld) -> None:
    directory = managed_directory(place.service, CONTROLLERS)
    before = place.world.admin("GET", "/v1/admin/configuration").json
    planned = run("directory", "plan", directory, *place.edge, "--from", ADMIN_MACHINE)
    assert "client directory has the same shared secret" in planned.stdout
    assert place.world.admin("GET", "/v1/admin/configuration").json == before


def test_limits_of_aws_are_held_here(run: Run, place: DirectoryWorld) -> None:
    directory = managed_directory(place.service, CONTROLLERS)
    refused = error_of(connect(run, place, directory, "--json", "--port", "1024", "--without-proof"))
    assert "port 1024" in refused["message"]
    assert place.service.calls == []


def test_simple_ad_is_refused_and_an_unknown_directory_is_said_to_be_unknown(run: Run, place: DirectoryWorld) -> None:
    refused = error_of(connect(run, place, simple_directory(), "--json"))
    assert "no multi-factor authentication" in refused["message"]
    assert error_of(run("directory", "status", "d-0123456789", "--json"))["code"] == "no-directory"


def test_a_directory_that_is_changing_is_left_alone(run: Run, place: DirectoryWorld) -> None:
    directory = managed_directory(place.service, CONTROLLERS)
    old_server(directory)
    place.service.change(
        "UpdateRadius", directory_of(directory), {**directory_of(directory).radius_settings, "SharedSecret": "x" * 16}
    )
    assert "under way" in error_of(connect(run, place, directory, "--json"))["message"]
    assert place.service.calls == ["UpdateRadius"]


def test_what_aws_says_of_a_value_does_not_show_the_secret(run: Run, place: DirectoryWorld) -> None:
    """THREATS F6."""

    def refuse(_operation: str, _directory: Any, settings: Any) -> None:
        raise InvalidParameterException(f"Value '{settings['SharedSecret']}' at 'sharedSecret' is not valid")

    place.service.change = refuse  # type: ignore[method-assign]
    refused = error_of(connect(run, place, managed_directory(place.service, CONTROLLERS), "--json"))
    assert "Value '(the secret)' at 'sharedSecret'" in refused["message"]


# ---------------------------------------------------------------- the proof


def test_a_machine_that_is_no_client_cannot_prove_and_says_so(run: Run, place: DirectoryWorld) -> None:
    directory = managed_directory(place.service, CONTROLLERS)
    result = run("directory", "connect", directory, *place.edge, "--from", STRANGER, "--yes", "--json")
    refused = error_of(result)
    assert f"this machine's address {STRANGER} is in no RADIUS client's networks" in refused["message"]
    assert "--without-proof" in refused["message"]
    assert place.service.calls == []
    assert (
        run("directory", "connect", directory, *place.edge, "--from", STRANGER, "--yes", "--without-proof").exit_code
        == 0
    )


def test_a_client_whose_secret_was_not_given_cannot_prove(
    run: Run, place: DirectoryWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GATEHOUSE_RADIUS_SECRET")
    directory = managed_directory(place.service, CONTROLLERS)
    refused = error_of(connect(run, place, directory, "--json"))
    assert "RADIUS client admin, whose shared secret was not given" in refused["message"]


def test_from_a_controller_s_own_network_the_directory_s_secret_proves(run: Run, place: DirectoryWorld) -> None:
    directory = managed_directory(place.service, CONTROLLERS)
    planned = run("directory", "plan", directory, *place.edge, "--from", CONTROLLERS[0])
    assert planned.exit_code == 0, planned.output
    assert "answered RADIUS client directory" in planned.stdout


def test_an_edge_that_is_not_there_stops_everything(run: Run, place: DirectoryWorld) -> None:
    directory = managed_directory(place.service, CONTROLLERS)
    refused = error_of(connect(run, place, directory, "--json", "--port", str(free_port())))
    assert "nothing listens" in refused["message"]
    assert place.service.calls == []


def free_port() -> int:
    import socket  # noqa: PLC0415 -- only here

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        return int(udp.getsockname()[1])


# ---------------------------------------------------------------- Failed, and why


def failed(run: Run, place: DirectoryWorld, directory: str) -> list[str]:
    result = connect(run, place, directory, "--json")
    assert (result.exit_code, json.loads(result.stdout)["status"]) == (1, "Failed"), result.output
    return wrong_in(result)


def test_a_failure_where_nothing_arrived_is_the_network(run: Run, place: DirectoryWorld) -> None:
    place.service.asks = lambda _address, _settings: False
    lonely = ["127.0.10.7"]  # none of the other tests' packets come from there
    configure(place.world, {**DIRECTORY_CLIENT, "networks": ["127.0.10.0/24"]}, ADMIN_CLIENT)
    found = failed(run, place, managed_directory(place.service, lonely))
    assert found == ["127.0.10.7: nothing of it reached an edge"]


def test_a_failure_by_another_secret_is_told_from_the_edge_s_log(run: Run, place: DirectoryWorld) -> None:
    """The directory was given a secret that the edge does not have, which the comparison cannot know of an edge that
    works by a file of its own."""

    def with_another(address: str, settings: Any) -> bool:
        return place.ask_as_directory(address, {**settings, "SharedSecret": OTHER_SECRET})

    place.service.asks = with_another
    found = failed(run, place, managed_directory(place.service, CONTROLLERS))
    assert any("bad_ma" in one and "shared secret of the directory is another" in one for one in found)


def test_a_failure_of_controllers_that_the_edge_does_not_know(run: Run, place: DirectoryWorld) -> None:
    unknown = ["127.0.10.9"]  # the configuration has them, the edge has an older one
    configure(place.world, {**DIRECTORY_CLIENT, "networks": ["127.0.10.0/24"]}, ADMIN_CLIENT)
    found = failed(run, place, managed_directory(place.service, unknown))
    assert [one for one in found if "unknown_client" in one] == found
    assert found


def test_a_failed_update_tells_how_to_return(run: Run, place: DirectoryWorld) -> None:
    place.service.asks = lambda _address, _settings: False
    directory = managed_directory(place.service, CONTROLLERS)
    old_server(directory)
    result = connect(run, place, directory)
    assert result.exit_code == 1
    assert result.stdout.count("aws ds update-radius") == 2  # in the plan, and at the end
    assert "RadiusServers=10.0.3.10,10.0.3.11" in result.stdout


def test_the_former_status_is_not_taken_for_the_new_one(run: Run, place: DirectoryWorld) -> None:
    """THREATS: a directory may say Completed of its former settings for a moment."""
    directory = managed_directory(place.service, CONTROLLERS)
    old_server(directory)
    change = place.service.change

    def late(operation: str, target: Any, settings: Any) -> None:
        former = target.radius_settings
        change(operation, target, settings)
        wanted, target.radius_settings, target.radius_status = target.radius_settings, former, "Completed"

        def begin() -> None:
            if target.radius_settings is former:
                target.radius_settings, target.radius_status = wanted, "Creating"

        place.patience.while_asleep = begin

    place.service.change = late  # type: ignore[method-assign]
    place.service.asks = lambda _address, _settings: False
    assert connect(run, place, directory).exit_code == 1


def test_a_wait_that_is_too_short_says_that_nothing_is_known(run: Run, place: DirectoryWorld) -> None:
    place.service.takes_seconds = 300
    result = connect(run, place, managed_directory(place.service, CONTROLLERS), "--wait-minutes", "1")
    assert (result.exit_code, "has not finished yet" in result.stdout) == (2, True)


# ---------------------------------------------------------------- status


def audit_line(source: str, reason: str, at: float) -> dict[str, Any]:
    line = {
        "message": "login decided",
        "client": "directory",
        "source_ip": source,
        "outcome": "reject",
        "reason": reason,
    }
    return {"timestamp": int(at * 1000), "message": json.dumps(line)}


def write_log(group: str, *events: dict[str, Any]) -> None:
    logs = client("logs")
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="one")
    logs.put_log_events(logGroupName=group, logStreamName="one", logEvents=list(events))


def test_status_tells_what_reached_function_and_edges(run: Run, place: DirectoryWorld) -> None:
    directory = managed_directory(place.service, CONTROLLERS)
    assert connect(run, place, directory).exit_code == 0
    import time  # noqa: PLC0415 -- moto takes only events of its own time

    place.clock.time = time.time()
    recently = place.clock.now() - 60
    write_log(
        "/gatehouse/gatehouse/logins",
        audit_line(CONTROLLERS[0], "probe_name", recently),
        audit_line(CONTROLLERS[1], "wrong_code", recently),
        audit_line(STRANGER, "unknown_client", recently),
        {"timestamp": int(recently * 1000), "message": "START RequestId"},
    )
    shown = run("directory", "status", directory)
    assert f"{CONTROLLERS[0]}: 1 × rejected (probe_name): the directory's own test came" in shown.stdout
    assert f"{CONTROLLERS[1]}: 1 × rejected (wrong_code): the connection works" in shown.stdout
    assert f"{CONTROLLERS[2]}: no login of it reached function logins" in shown.stdout
    assert STRANGER not in shown.stdout


def test_status_tells_where_directory_and_configuration_differ(run: Run, place: DirectoryWorld) -> None:
    directory = managed_directory(place.service, CONTROLLERS)
    assert "not enabled" in run("directory", "status", directory).stdout
    assert connect(run, place, directory).exit_code == 0
    assert run("directory", "status", directory).exit_code == 0
    configure(place.world, {**DIRECTORY_CLIENT, "timeout_seconds": 30}, ADMIN_CLIENT)
    differing = run("directory", "status", directory, "--json")
    assert differing.exit_code == 1
    assert wrong_in(differing) == ["directory and configuration differ in timeout: 20 s -> 30 s"]


# ---------------------------------------------------------------- another secret


@pytest.fixture
def connected(run: Run, place: DirectoryWorld, monkeypatch: pytest.MonkeyPatch) -> str:
    directory = managed_directory(place.service, CONTROLLERS)
    assert connect(run, place, directory).exit_code == 0
    monkeypatch.setenv("GATEHOUSE_NEW_DIRECTORY_SECRET", NEW_SECRET)
    return directory


def rotate(run: Run, place: DirectoryWorld, directory: str, *more: str) -> Result:
    result = run("directory", "rotate-secret", directory, "--from", ADMIN_MACHINE, "--yes", *more)
    assert "canary" not in result.output
    return result


def secrets_in_force(world: World) -> tuple[bytes, ...]:
    current = world.store.state.current
    assert current is not None
    clients = world.store.state.revisions[current.revision].clients
    (secrets,) = [one.edge.secrets for one in clients if one.edge.name == "directory"]
    return tuple(secrets)


def test_a_secret_is_rotated_with_both_valid_until_it_is_finished(
    run: Run, place: DirectoryWorld, connected: str
) -> None:
    old, new = TEXT_SECRET.encode(), NEW_SECRET.encode()
    valid_at_update: list[tuple[bytes, ...]] = []

    def asked(_address: str, settings: Any) -> bool:
        valid_at_update.append(secrets_in_force(place.world))
        return bool(settings["SharedSecret"] == NEW_SECRET)

    place.service.asks = asked
    rotated = rotate(run, place, connected)
    assert rotated.exit_code == 0
    assert valid_at_update == [(new, old)] * 3
    assert place.service.secrets[connected] == NEW_SECRET
    assert secrets_in_force(place.world) == (new, old)
    assert 90 in place.patience.slept  # until every edge has the new one
    finished = run(*named_in(rotated, "directory rotate-secret"), "--yes")
    assert (finished.exit_code, secrets_in_force(place.world)) == (0, (new,))
    assert place.service.calls == ["EnableRadius", "UpdateRadius"]


def test_a_rotation_needs_the_secret_that_is_in_use(
    run: Run, place: DirectoryWorld, connected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEHOUSE_DIRECTORY_SECRET", OTHER_SECRET)
    assert "another shared secret" in error_of(rotate(run, place, connected, "--json"))["message"]
    assert secrets_in_force(place.world) == (TEXT_SECRET.encode(),)
    assert place.service.calls == ["EnableRadius"]


def test_a_rotation_that_stopped_half_way_goes_on(run: Run, place: DirectoryWorld, connected: str) -> None:
    stopped = run("directory", "rotate-secret", connected, "--from", STRANGER, "--yes", "--json")
    assert json.loads(stopped.stderr.splitlines()[-1])["error"]["code"] == "not-possible"
    assert place.service.calls == ["EnableRadius"]
    place.service.asks = lambda _address, settings: bool(settings["SharedSecret"] == NEW_SECRET)
    assert rotate(run, place, connected).exit_code == 0
    assert secrets_in_force(place.world) == (NEW_SECRET.encode(), TEXT_SECRET.encode())


def test_a_failed_rotation_leaves_both_secrets_valid(run: Run, place: DirectoryWorld, connected: str) -> None:
    place.service.asks = lambda _address, _settings: False
    result = rotate(run, place, connected)
    assert (result.exit_code, "aws ds update-radius" in result.stdout) == (1, True)
    assert secrets_in_force(place.world) == (NEW_SECRET.encode(), TEXT_SECRET.encode())
    assert error_of(rotate(run, place, connected, "--finish", "--json"))["code"] == "not-possible"


# ---------------------------------------------------------------- the administrator's role


def test_the_documented_policy_allows_every_call_of_the_commands(
    run: Run, place: DirectoryWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = recorded_calls(monkeypatch)
    directory = managed_directory(place.service, CONTROLLERS)
    group = group_of(directory)
    client("ec2").revoke_security_group_egress(GroupId=group["GroupId"], IpPermissions=group["IpPermissionsEgress"])
    assert connect(run, place, directory).exit_code == 0
    assert connect(run, place, directory, "--again").exit_code == 0
    assert asked >= {"ds:EnableRadius", "ds:UpdateRadius", "ec2:AuthorizeSecurityGroupEgress", "logs:FilterLogEvents"}
    allowed = documented_actions()
    assert asked <= allowed
    assert not any("*" in action for action in allowed)
    assert "ds:DisableRadius" not in allowed


COMMANDS = ["plan", "connect", "status", "rotate-secret"]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("directory", ["d-12", "corp.example.test", "d-123456789g"])
def test_an_id_that_is_none_is_told_before_credentials_are_asked_for(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: str, directory: str
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        monkeypatch.delenv(name)
    refused = run("directory", command, directory)
    assert refused.exit_code == 2
    assert f"'{directory}' is no id such as d-1234567890; `aws ds describe-directories` lists them" in refused.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_beside_a_local_set_up_it_is_said_that_there_are_no_aws_directories(run: Run, command: str) -> None:
    refused = error_of(run("directory", command, "d-1234567890", "--local", "--json"))
    assert refused["message"].startswith("a local set-up has no AWS directory")
