"""Each suite here runs twice: on the fake in memory, and on the real adapter with AWS in this process."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from mfa.adapters.dynamodb.accounting_store import DynamoDbAccountingStore
from mfa.adapters.dynamodb.call_store import DynamoDbCallStore
from mfa.adapters.dynamodb.challenge_store import DynamoDbChallengeStore
from mfa.adapters.dynamodb.configuration_store import DynamoDbConfigurationStore
from mfa.adapters.dynamodb.index import DynamoDbSubscriberIndex
from mfa.adapters.dynamodb.invitation_store import DynamoDbInvitationStore
from mfa.adapters.dynamodb.key_store import DynamoDbKeyStore
from mfa.adapters.dynamodb.login_store import DynamoDbLoginStore
from mfa.adapters.dynamodb.notice_store import DynamoDbNoticeStore
from mfa.adapters.dynamodb.observation_store import DynamoDbObservationStore
from mfa.adapters.dynamodb.password_try_store import DynamoDbPasswordTryStore
from mfa.adapters.dynamodb.phone_store import DynamoDbPhoneStore
from mfa.adapters.dynamodb.push_device_store import DynamoDbPushDeviceStore
from mfa.adapters.dynamodb.push_ledger_store import DynamoDbPushLedgerStore
from mfa.adapters.dynamodb.receipt_store import DynamoDbReceiptStore
from mfa.adapters.dynamodb.recovery_store import DynamoDbRecoveryStore
from mfa.adapters.dynamodb.request_counter import DynamoDbRequestCounter
from mfa.adapters.dynamodb.sms_store import DynamoDbSmsStore
from mfa.adapters.dynamodb.subscriber_store import DynamoDbSubscriberStore
from mfa.adapters.dynamodb.sync_store import DynamoDbSyncStore
from mfa.adapters.dynamodb.tables import bind_tables
from mfa.adapters.dynamodb.token_store import DynamoDbTokenStore
from mfa.adapters.dynamodb.transaction_store import DynamoDbTransactionStore
from mfa.adapters.system import SystemRandom
from mfa.adapters.vault import KmsVault
from mfa.bootstrap import Composition
from mfa.call_ports import CallStore
from mfa.notice_ports import InvitationStore, NoticeStore
from mfa.ports import (
    AccountingStore,
    ChallengeStore,
    ConfigurationStore,
    LoginStore,
    LoginTransactionStore,
    ObservationStore,
    PasswordTryStore,
    RequestCounter,
    SubscriberIndex,
    SubscriberStore,
    SyncStore,
    Vault,
)
from mfa.push_ports import PushDeviceStore, PushLedgerStore, PushTransactionStore
from mfa.receipt_ports import ReceiptStore
from mfa.recovery_ports import RecoveryCodeStore
from mfa.sms_ports import PhoneStore, SmsStore
from mfa.token_ports import TokenStore
from tests.fakes.aws import AwsInProcess, aws_in_process
from tests.fakes.clock import FakeClock
from tests.fakes.store import InMemoryStore
from tests.fakes.vault import FakeVault


@dataclass
class Ports:
    """One implementation of every port, on one table."""

    logins: LoginStore
    index: SubscriberIndex
    subscribers: SubscriberStore
    configurations: ConfigurationStore
    observations: ObservationStore
    transactions: LoginTransactionStore
    push_transactions: PushTransactionStore
    push_ledgers: PushLedgerStore
    accounting: AccountingStore
    password_tries: PasswordTryStore
    challenges: ChallengeStore
    push_devices: PushDeviceStore
    sms: SmsStore
    phones: PhoneStore
    phone_calls: CallStore
    recovery: RecoveryCodeStore
    requests: RequestCounter
    notices: NoticeStore
    invitations: InvitationStore
    synced: SyncStore
    tokens: TokenStore
    receipts: ReceiptStore
    vault: Vault
    clock: FakeClock


@pytest.fixture(params=["memory", "aws"])
def ports(request: pytest.FixtureRequest) -> Ports:
    return in_memory() if request.param == "memory" else on_aws(request.getfixturevalue("aws"))


@pytest.fixture
def aws() -> Iterator[AwsInProcess]:
    with aws_in_process() as aws:
        yield aws


def in_memory() -> Ports:
    store = InMemoryStore()
    return Ports(
        logins=store.logins,
        index=store.index,
        subscribers=store.subscribers,
        configurations=store.configurations,
        observations=store.observations,
        transactions=store.transactions,
        push_transactions=store.transactions,
        push_ledgers=store.push_ledgers,
        accounting=store.accounting,
        password_tries=store.password_tries,
        challenges=store.challenges,
        push_devices=store.push_devices,
        sms=store.sms,
        phones=store.phones,
        phone_calls=store.phone_calls,
        recovery=store.recovery,
        requests=store.requests,
        notices=store.notices,
        invitations=store.invitations,
        synced=store.synced,
        tokens=store.tokens,
        receipts=store.receipts,
        vault=FakeVault(),
        clock=FakeClock(),
    )


def on_aws(aws: AwsInProcess) -> Ports:
    tables, clock = bind_tables(aws.settings.table_name, region=aws.settings.region, endpoint_url=None), FakeClock()
    vault = KmsVault(
        kms=lambda: Composition(aws.settings)._kms,
        key_id=aws.settings.kms_key_id,
        deployment=aws.settings.deployment,
        wrapped_keys=DynamoDbKeyStore(tables),
        clock=clock,
        random=SystemRandom(),
    )
    vault.prepare()
    return Ports(
        logins=DynamoDbLoginStore(tables),
        index=DynamoDbSubscriberIndex(tables, clock),
        subscribers=DynamoDbSubscriberStore(tables),
        configurations=DynamoDbConfigurationStore(tables, vault),
        observations=DynamoDbObservationStore(tables),
        transactions=DynamoDbTransactionStore(tables),
        push_transactions=DynamoDbTransactionStore(tables),
        push_ledgers=DynamoDbPushLedgerStore(tables),
        accounting=DynamoDbAccountingStore(tables),
        password_tries=DynamoDbPasswordTryStore(tables),
        challenges=DynamoDbChallengeStore(tables),
        push_devices=DynamoDbPushDeviceStore(tables),
        sms=DynamoDbSmsStore(tables),
        phones=DynamoDbPhoneStore(tables),
        phone_calls=DynamoDbCallStore(tables),
        recovery=DynamoDbRecoveryStore(tables),
        requests=DynamoDbRequestCounter(tables),
        notices=DynamoDbNoticeStore(tables),
        invitations=DynamoDbInvitationStore(tables),
        synced=DynamoDbSyncStore(tables),
        tokens=DynamoDbTokenStore(tables),
        receipts=DynamoDbReceiptStore(tables),
        vault=vault,
        clock=clock,
    )
