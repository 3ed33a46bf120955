"""One fresh deployment per test."""

import pytest

from tests.functions.enrollment.world import World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def token(world: World) -> str:
    """The open session of user alice."""
    world.add_user("alice")
    return world.open_session("alice")
