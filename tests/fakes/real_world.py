"""A LoginWorld on the real adapters of one composition; only clock and audit trail are fakes."""

from functools import cached_property

from mfa.bootstrap import Composition
from tests.fakes.clock import FakeClock
from tests.fakes.login_world import LoginWorld
from tests.fakes.mode_world import ModeWorld


def real_world(composition: Composition) -> LoginWorld:
    """The composition must have been made with a FakeClock."""
    assert isinstance(composition.clock, FakeClock)
    return LoginWorld(composition.stores, vault=composition.vault, clock=composition.clock)


def real_mode_world(composition: Composition) -> ModeWorld:
    """The same with a directory, which is a fake."""
    assert isinstance(composition.clock, FakeClock)
    return ModeWorld(composition.stores, vault=composition.vault, clock=composition.clock)


def replace_parts(subject: object, **parts: object) -> None:
    """Gives a composition, or one subject of it, parts of the test's own, before anybody asks for the real ones."""
    for name in parts:
        assert isinstance(getattr(type(subject), name), cached_property), f"{name} is not made by a cached_property"
        assert name not in subject.__dict__, f"{name} was asked for already"
    subject.__dict__ |= parts  # where cached_property keeps what it made
