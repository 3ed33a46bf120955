"""Enrolment and logins on one deployment: in memory, and on the real adapters with AWS in this process."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from mfa.adapters.dynamodb.configuration_store import DynamoDbConfigurationStore
from mfa.adapters.dynamodb.index import DynamoDbSubscriberIndex
from mfa.adapters.dynamodb.login_store import DynamoDbLoginStore
from mfa.adapters.dynamodb.sync_store import DynamoDbSyncStore
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
    store = SimpleNamespace(
        logins=DynamoDbLoginStore(parts.tables),
        index=DynamoDbSubscriberIndex(parts.tables, clock),
        subscribers=parts.subscriber_store,
        configurations=DynamoDbConfigurationStore(parts.tables, parts.vault),
        observations=parts.observation_store,
        synced=DynamoDbSyncStore(parts.tables),
        password_tries=parts.password_tries,
        challenges=parts.challenges,
        push_devices=parts.push_devices,
        sms=parts.sms_store,
        phones=parts.phone_store,
        phone_calls=parts.call_store,
        tokens=parts.token_store,
        receipts=parts.receipt_store,
        push_ledgers=parts.push_ledgers,
        recovery=parts.recovery_codes,
        requests=parts.request_limits.counter,
        notices=parts.notice_store,
        invitations=parts.invitation_store,
        transactions=parts.transaction_store,
        push_transactions=parts.push_transactions,
    )
    logins = LoginWorld(store, vault=parts.vault, clock=clock)
    return Company(Deployment(store=store, vault=parts.vault, clock=clock, realms=()), logins)
