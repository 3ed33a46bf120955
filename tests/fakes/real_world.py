"""A LoginWorld on the real adapters of one composition; only clock and audit trail are fakes."""

from dataclasses import dataclass

from mfa.bootstrap import Composition
from mfa.call_ports import CallStore
from mfa.ports import (
    ChallengeStore,
    ConfigurationStore,
    LoginStore,
    LoginTransactionStore,
    ObservationStore,
    PasswordTryStore,
    SubscriberIndex,
    SubscriberStore,
)
from mfa.push_ports import PushDeviceStore, PushLedgerStore, PushTransactionStore
from mfa.receipt_ports import ReceiptStore
from mfa.recovery_ports import RecoveryCodeStore
from mfa.sms_ports import PhoneStore, SmsStore
from mfa.token_ports import TokenStore
from tests.fakes.clock import FakeClock
from tests.fakes.login_world import LoginWorld
from tests.fakes.mode_world import ModeWorld


@dataclass
class RealStores:
    logins: LoginStore
    index: SubscriberIndex
    subscribers: SubscriberStore
    configurations: ConfigurationStore
    observations: ObservationStore
    password_tries: PasswordTryStore
    challenges: ChallengeStore
    transactions: LoginTransactionStore
    push_transactions: PushTransactionStore
    push_ledgers: PushLedgerStore
    push_devices: PushDeviceStore
    sms: SmsStore
    phones: PhoneStore
    phone_calls: CallStore
    tokens: TokenStore
    receipts: ReceiptStore
    recovery: RecoveryCodeStore


def real_world(composition: Composition) -> LoginWorld:
    """The composition must have been made with a FakeClock."""
    assert isinstance(composition.clock, FakeClock)
    return LoginWorld(real_stores(composition), vault=composition.vault, clock=composition.clock)


def real_mode_world(composition: Composition) -> ModeWorld:
    """The same with a directory, which is a fake."""
    assert isinstance(composition.clock, FakeClock)
    return ModeWorld(real_stores(composition), vault=composition.vault, clock=composition.clock)


def real_stores(composition: Composition) -> RealStores:
    return RealStores(
        logins=composition.login_store,
        index=composition.subscriber_index,
        subscribers=composition.subscriber_store,
        configurations=composition.configuration_store,
        observations=composition.observation_store,
        password_tries=composition.password_tries,
        challenges=composition.challenges,
        transactions=composition.transaction_store,
        push_transactions=composition.push_transactions,
        push_ledgers=composition.push_ledgers,
        push_devices=composition.push_devices,
        sms=composition.sms_store,
        phones=composition.phone_store,
        phone_calls=composition.call_store,
        tokens=composition.token_store,
        receipts=composition.receipt_store,
        recovery=composition.recovery_codes,
    )
