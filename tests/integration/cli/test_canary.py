"""gatehouse canary setup: what it says where it cannot. That it works is tried on the stack (e2e/test_canary.py)."""

import pytest

from tests.functions.enrollment.world import World
from tests.integration.cli.conftest import Run, error_of


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


@pytest.mark.usefixtures("url")
def test_without_the_realm_in_the_configuration_it_says_so(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANARY_SECRET", "0123456789abcdef")
    error = error_of(run("canary", "setup", "--json"))
    assert error["code"] == "realm-unknown"
