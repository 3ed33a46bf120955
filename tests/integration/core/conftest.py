"""The composed product on AWS in this process: what Lambda runs, without Lambda."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from mfa.bootstrap import Composition
from mfa.ports import ConfigurationStore, LoginStore, SubscriberIndex, SubscriberStore
from tests.fakes.aws import AwsInProcess, aws_in_process
from tests.fakes.clock import FakeClock
from tests.fakes.login_world import LoginWorld


@pytest.fixture
def aws() -> Iterator[AwsInProcess]:
    with aws_in_process() as aws:
        yield aws


@pytest.fixture
def composition(aws: AwsInProcess) -> Composition:
    return Composition(aws.settings, clock=FakeClock())


@dataclass
class RealStores:
    """The stores of one composition, as a LoginWorld takes them."""

    logins: LoginStore
    index: SubscriberIndex
    subscribers: SubscriberStore
    configurations: ConfigurationStore


@pytest.fixture
def world(composition: Composition) -> LoginWorld:
    """A company whose logins are decided on the real adapters; only clock and audit trail are fakes."""
    service = composition.login_service
    stores = RealStores(
        logins=service._logins,
        index=service._index,
        subscribers=composition.subscriber_store,
        configurations=composition.configuration_service._store,
    )
    assert isinstance(composition.clock, FakeClock)
    world = LoginWorld(stores, vault=composition.vault, clock=composition.clock)
    world.add_user("alice")
    return world
