"""Enrolment and logins on one deployment: in memory, and on the real adapters with AWS in this process."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from mfa.bootstrap import Composition
from tests.fakes.aws import AwsInProcess, aws_in_process
from tests.fakes.clock import FakeClock
from tests.fakes.login_world import LoginWorld
from tests.fakes.store import InMemoryStore
from tests.fakes.vault import FakeVault
from tests.functions.enrollment.world import Deployment


@pytest.fixture
def aws() -> Iterator[AwsInProcess]:
    with aws_in_process() as aws:
        yield aws


@dataclass(frozen=True)
class Company:
    """The same users, seen by the enrolment API and by the logins."""

    enrollment: Deployment[Any, Any]
    logins: LoginWorld


@pytest.fixture(params=["memory", "aws"])
def company(request: pytest.FixtureRequest) -> Company:
    return _in_memory() if request.param == "memory" else on_aws(request.getfixturevalue("aws"))


def _in_memory() -> Company:
    store, vault, clock = InMemoryStore(), FakeVault(), FakeClock()
    logins = LoginWorld(store, vault=vault, clock=clock)  # it applies the configuration
    return Company(Deployment(store=store, vault=vault, clock=clock, realms=()), logins)


def on_aws(aws: AwsInProcess) -> Company:
    clock = FakeClock()
    parts = Composition(aws.settings, clock=clock)
    logins = LoginWorld(parts.stores, vault=parts.vault, clock=clock)
    return Company(Deployment(store=parts.stores, vault=parts.vault, clock=clock, realms=()), logins)
