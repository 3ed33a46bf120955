"""gatehouse canary setup: what it says where it cannot, and what it leaves as it was then.

That a canary sings is tried on the stack (e2e/test_canary.py)."""

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.session import Session
from moto import mock_aws

from gatehouse.commands import canary
from mfa.domain.canary import CANARY_CLIENT
from mfa.domain.user_names import Realm
from tests.functions.enrollment.world import World
from tests.integration.cli.conftest import Run, error_of
from tests.integration.cli.enrollment_server import KEY_ID, REGION, SECRET_KEY, serving

NAME = "gatehouse/canary"
CLIENTS_SECRET = "0123456789abcdef"


@pytest.fixture
def world() -> World:
    return World(realms=(Realm(CANARY_CLIENT),))


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Secrets Manager with the secret that the template makes."""
    monkeypatch.setenv("CANARY_SECRET", CLIENTS_SECRET)
    with mock_aws():
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)  # moto puts its own there
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        made = Session().create_client("secretsmanager", REGION)
        made.create_secret(Name=NAME, SecretString="{}")
        yield made


@pytest.fixture
def same_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command's clock is the deployment's."""
    monkeypatch.setattr(canary, "time", SimpleNamespace(time=world.clock.now))


def stored(manager: Any) -> Any:
    return json.loads(manager.get_secret_value(SecretId=NAME)["SecretString"])


class Denying:
    """A Secrets Manager that does not let the caller in."""

    def put_secret_value(self, **_asked: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "PutSecretValue")


@pytest.mark.usefixtures("url")
@pytest.mark.parametrize("secret", ["", "too short"])
def test_without_the_clients_secret_nothing_is_changed(
    world: World, run: Run, monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    monkeypatch.setenv("CANARY_SECRET", secret)
    error = error_of(run("canary", "setup", "--json"))
    assert error["code"] == "no-secret"
    assert "gatehouse-canary" in error["message"]
    assert world.store.state.profiles == {}


@pytest.mark.usefixtures("manager")
def test_without_the_realm_in_the_configuration_it_says_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(World()) as url:
        monkeypatch.setenv("GATEHOUSE_ENROLLMENT_URL", url)
        assert error_of(run("canary", "setup", "--json"))["code"] == "realm-unknown"


@pytest.mark.usefixtures("url", "same_time")
def test_the_secret_gets_what_the_new_user_logs_in_with(world: World, run: Run, manager: Any) -> None:
    assert run("canary", "setup").exit_code == 0
    first = stored(manager)
    assert first["shared_secret"] == CLIENTS_SECRET
    world.clock.advance(60)
    assert run("canary", "setup").exit_code == 0
    assert stored(manager)["totp_secret"] != first["totp_secret"]


@pytest.mark.usefixtures("url", "same_time")
def test_who_may_not_write_the_secret_leaves_the_canary_that_sings(
    world: World, run: Run, manager: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("canary", "setup").exit_code == 0
    sings, profiles = stored(manager), dict(world.store.state.profiles)
    monkeypatch.setattr(canary, "_secrets_manager", lambda _target: Denying())
    error = error_of(run("canary", "setup", "--json"))
    assert error["code"] == "not-stored"
    for right in (
        "secretsmanager:PutSecretValue",
        "kms:GenerateDataKey",
        "kms:Decrypt",
        "KeyArn",
        "nothing was changed",
    ):
        assert right in error["message"]
    assert (stored(manager), world.store.state.profiles) == (sings, profiles)


@pytest.mark.usefixtures("url", "manager")
def test_a_secret_of_another_name_is_told_before_anything_is_changed(world: World, run: Run) -> None:
    error = error_of(run("canary", "setup", "--secret", "another/canary", "--json"))
    assert (error["code"], "CanarySecretName" in error["message"]) == ("not-stored", True)
    assert world.store.state.profiles == {}


@pytest.mark.usefixtures("url", "same_time")
def test_a_setup_that_stops_half_way_leaves_what_was_stored(
    run: Run, manager: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The trial of the right to write is no value that the canary would read."""
    assert run("canary", "setup").exit_code == 0
    sings = stored(manager)
    with serving(World()) as without_the_realm:
        monkeypatch.setenv("GATEHOUSE_ENROLLMENT_URL", without_the_realm)
        assert run("canary", "setup").exit_code != 0
    assert stored(manager) == sings
