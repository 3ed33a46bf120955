"""The composed product on AWS in this process: what Lambda runs, without Lambda."""

from collections.abc import Iterator

import pytest

from mfa.bootstrap import Composition
from tests.fakes.aws import AwsInProcess, aws_in_process
from tests.fakes.clock import FakeClock
from tests.fakes.login_world import LoginWorld
from tests.fakes.real_world import real_world


@pytest.fixture
def aws() -> Iterator[AwsInProcess]:
    with aws_in_process() as aws:
        yield aws


@pytest.fixture
def composition(aws: AwsInProcess) -> Composition:
    return Composition(aws.settings, clock=FakeClock())


@pytest.fixture
def world(composition: Composition) -> LoginWorld:
    world = real_world(composition)
    world.add_user("alice")
    return world
