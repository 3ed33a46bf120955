"""What connecting a directory would do, and what is in the way."""

from dataclasses import replace
from typing import Any

import pytest

from gatehouse.directories.clients import Clients
from gatehouse.directories.directory import Directory, Kind, Status
from gatehouse.directories.plan import Call, Plan, Wanted, plan_for
from gatehouse.directories.radius_settings import (
    RadiusSettings,
    beyond_limits,
    command_to_return_to,
    differences,
    secret_beyond_limits,
)
from gatehouse.findings import Grade, problems_of

CLIENT: dict[str, Any] = {
    "name": "directory",
    "networks": ["10.0.1.0/24", "10.0.2.10/32"],
    "mode": "second_factor",
    "factors": ["code"],
    "timeout_seconds": 20,
    "retries": 2,
    "protocols": ["chap", "mschap", "mschapv2", "pap"],
    "require_message_authenticator": "auto",
    "password_in_factor_field": False,
    "waivers": {},
}
SETTINGS = RadiusSettings(servers=("10.0.3.20", "10.0.4.20"), port=1812, timeout=20, retries=2, protocol="PAP")
DIRECTORY = Directory(
    id="d-1234567890",
    name="corp.example.com",
    kind=Kind.MICROSOFT_AD,
    stage="Active",
    controllers=("10.0.1.10", "10.0.2.10"),
    security_group="sg-1",
)
WANTED = Wanted(edges=("10.0.3.20", "10.0.4.20"), port=1812, secret="a secret of enough characters")


def planned(directory: Directory = DIRECTORY, wanted: Wanted = WANTED, **client: object) -> Plan:
    return plan_for(directory, Clients([{**CLIENT, **client}]), wanted)


def told(plan: Plan, grade: Grade) -> list[str]:
    return [one.text for one in plan.findings if one.grade is grade]


def test_a_directory_that_fits_has_nothing_in_its_way() -> None:
    plan = planned()
    assert told(plan, Grade.PROBLEM) == told(plan, Grade.WARNING) == []
    assert (plan.call, plan.settings and plan.settings.same_as(SETTINGS)) == (Call.ENABLE, True)


@pytest.mark.parametrize(
    ("status", "radius", "call"),
    [
        (None, None, Call.ENABLE),
        (Status.COMPLETED, SETTINGS, Call.NOTHING),
        (Status.COMPLETED, replace(SETTINGS, timeout=10), Call.UPDATE),
        (Status.FAILED, SETTINGS, Call.UPDATE),
        (Status.FAILED, None, Call.UPDATE),
    ],
)
def test_radius_is_enabled_once_and_updated_from_then_on(
    status: Status | None, radius: RadiusSettings | None, call: Call
) -> None:
    assert planned(replace(DIRECTORY, status=status, radius=radius)).call is call


def test_servers_in_another_order_are_the_same_servers() -> None:
    assert SETTINGS.same_as(replace(SETTINGS, servers=SETTINGS.servers[::-1], label="another"))
    assert list(differences(SETTINGS, replace(SETTINGS, servers=SETTINGS.servers[::-1]))) == []


@pytest.mark.parametrize(
    ("directory", "said"),
    [
        (replace(DIRECTORY, kind=Kind.SIMPLE_AD), "Simple AD has no"),
        (replace(DIRECTORY, kind=Kind.SHARED_MICROSOFT_AD), "shared by another account"),
        (replace(DIRECTORY, stage="Impaired"), "stage is Impaired"),
        (replace(DIRECTORY, status=Status.CREATING, radius=SETTINGS), "under way"),
        (replace(DIRECTORY, controllers=("10.0.1.10", "10.9.9.9")), "10.9.9.9 is in no RADIUS client's networks"),
        (replace(DIRECTORY, controllers=()), "no controller"),
    ],
)
def test_what_a_directory_itself_puts_in_the_way(directory: Directory, said: str) -> None:
    assert any(said in one for one in told(planned(directory), Grade.PROBLEM))


@pytest.mark.parametrize(
    ("client", "said"),
    [
        ({"mode": "challenge"}, "mode challenge"),
        ({"protocols": ["mschapv2"]}, "does not admit PAP"),
        ({"timeout_seconds": 0}, "a timeout of 0 s"),
        ({"retries": 11}, "11 retries"),
    ],
)
def test_what_a_client_puts_in_the_way(client: dict[str, object], said: str) -> None:
    assert any(said in one for one in told(planned(**client), Grade.PROBLEM))


@pytest.mark.parametrize(
    ("client", "said"),
    [
        ({"require_message_authenticator": "yes"}, "requires Message-Authenticator"),
        ({"factors": ["push"], "timeout_seconds": 5}, "prompts end before"),
    ],
)
def test_what_a_client_makes_doubtful(client: dict[str, object], said: str) -> None:
    plan = planned(**client)
    assert plan.is_possible
    assert any(said in one for one in told(plan, Grade.WARNING))


def test_without_pap_the_missing_message_authenticator_is_warned_of_and_passwords_are_refused() -> None:
    other = replace(WANTED, protocol="MS-CHAPv2")
    assert any("AWS may send none" in one for one in told(planned(wanted=other), Grade.WARNING))
    waived = {"dangerously_allow_chap_without_message_authenticator": {"until": "2099-01-01"}}
    assert told(planned(wanted=other, waivers=waived), Grade.WARNING) == []
    assert any(
        "AD passwords" in one for one in told(planned(wanted=other, password_in_factor_field=True), Grade.PROBLEM)
    )


def test_clients_of_one_directory_must_wait_equally_long() -> None:
    one = {**CLIENT, "networks": ["10.0.1.10/32"]}
    other = {**CLIENT, "name": "second", "networks": ["10.0.2.10/32"], "timeout_seconds": 30}
    plan = plan_for(DIRECTORY, Clients([one, other]), WANTED)
    assert any("differ" in text for text in told(plan, Grade.PROBLEM))


def test_the_longest_prefix_decides_whose_a_controller_is() -> None:
    narrow = {**CLIENT, "name": "narrow", "networks": ["10.0.1.10/32"]}
    assert [one["name"] for one in Clients([CLIENT, narrow]).of(DIRECTORY.controllers)] == ["narrow", "directory"]
    assert Clients([CLIENT]).at("2001:db8::1") is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"timeout": 51}, "51 s"),
        ({"timeout": 55}, "55 s"),
        ({"timeout": 0}, "0 s"),
        ({"retries": 11}, "11 retries"),
        ({"retries": -1}, "-1 retries"),
        ({"port": 1024}, "port 1024"),
        ({"port": 65536}, "port 65536"),
        ({"protocol": "EAP"}, "EAP"),
        ({"servers": ()}, "no address"),
        ({"servers": ("x" * 257,)}, "256 characters"),
    ],
)
def test_each_limit_of_aws_is_held(change: dict[str, Any], said: str) -> None:
    (sentence,) = beyond_limits(replace(SETTINGS, **change))
    assert said in sentence


def test_values_at_the_limits_pass() -> None:
    for timeout, retries, port in ((1, 0, 1025), (50, 10, 65535)):
        assert list(beyond_limits(replace(SETTINGS, timeout=timeout, retries=retries, port=port))) == []


@pytest.mark.parametrize(
    ("secret", "faults"), [("x" * 16, 0), ("x" * 512, 0), ("x" * 15, 1), ("x" * 513, 1), ("ü" * 16, 1)]
)
def test_a_secret_has_16_to_512_printable_ascii_characters(secret: str, faults: int) -> None:
    assert len(list(secret_beyond_limits(secret))) == faults


def test_no_secret_is_in_a_plan_s_finding() -> None:
    short = replace(WANTED, secret="canary")
    plan = planned(wanted=short)
    assert problems_of(plan.findings)
    assert "canary" not in repr(plan) + repr(short)


def test_the_way_back_names_everything_but_the_secret() -> None:
    former = replace(SETTINGS, servers=("10.0.3.20", "2001:db8::7"), protocol="MS-CHAPv2", label="Old MFA")
    assert command_to_return_to("d-1", former) == (
        "aws ds update-radius --directory-id d-1 --radius-settings RadiusServers=10.0.3.20,"
        "RadiusServersIpv6=2001:db8::7,RadiusPort=1812,RadiusTimeout=20,RadiusRetries=2,"
        "AuthenticationProtocol=MS-CHAPv2,DisplayLabel='Old MFA',SharedSecret=\"$FORMER_SECRET\""
    )
