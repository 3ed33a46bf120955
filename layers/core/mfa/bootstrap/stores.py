"""What is kept in the table: a store for each port that keeps something there, loaded by whoever first asks for it."""

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mfa.adapters.dynamodb.transaction_store import DynamoDbTransactionStore
    from mfa.adapters.web_push.vapid_keys import SealedKeyStore
    from mfa.bootstrap.foundation import Foundation
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
    )
    from mfa.push_ports import PushDeviceStore, PushLedgerStore, PushTransactionStore
    from mfa.receipt_ports import ReceiptStore
    from mfa.recovery_ports import RecoveryCodeStore
    from mfa.sms_ports import PhoneStore, SmsStore
    from mfa.token_ports import TokenStore


class Stores:
    def __init__(self, base: "Foundation") -> None:
        self._base = base

    @cached_property
    def subscribers(self) -> "SubscriberStore":
        from mfa.adapters.dynamodb.subscriber_store import DynamoDbSubscriberStore

        return DynamoDbSubscriberStore(self._base.tables)

    @cached_property
    def index(self) -> "SubscriberIndex":
        from mfa.adapters.dynamodb.index import DynamoDbSubscriberIndex

        return DynamoDbSubscriberIndex(self._base.tables, self._base.clock)

    @cached_property
    def logins(self) -> "LoginStore":
        from mfa.adapters.dynamodb.login_store import DynamoDbLoginStore

        return DynamoDbLoginStore(self._base.tables)

    @cached_property
    def password_tries(self) -> "PasswordTryStore":
        from mfa.adapters.dynamodb.password_try_store import DynamoDbPasswordTryStore

        return DynamoDbPasswordTryStore(self._base.tables)

    @cached_property
    def challenges(self) -> "ChallengeStore":
        from mfa.adapters.dynamodb.challenge_store import DynamoDbChallengeStore

        return DynamoDbChallengeStore(self._base.tables)

    @cached_property
    def configurations(self) -> "ConfigurationStore":
        from mfa.adapters.dynamodb.configuration_store import DynamoDbConfigurationStore

        return DynamoDbConfigurationStore(self._base.tables, self._base.vault)

    @cached_property
    def observations(self) -> "ObservationStore":
        from mfa.adapters.dynamodb.observation_store import DynamoDbObservationStore

        return DynamoDbObservationStore(self._base.tables)

    @cached_property
    def accounting(self) -> "AccountingStore":
        from mfa.adapters.dynamodb.accounting_store import DynamoDbAccountingStore

        return DynamoDbAccountingStore(self._base.tables)

    @cached_property
    def requests(self) -> "RequestCounter":
        from mfa.adapters.dynamodb.request_counter import DynamoDbRequestCounter

        return DynamoDbRequestCounter(self._base.tables)

    @cached_property
    def synced(self) -> "SyncStore":
        from mfa.adapters.dynamodb.sync_store import DynamoDbSyncStore

        return DynamoDbSyncStore(self._base.tables)

    @cached_property
    def recovery(self) -> "RecoveryCodeStore":
        from mfa.adapters.dynamodb.recovery_store import DynamoDbRecoveryStore

        return DynamoDbRecoveryStore(self._base.tables)

    @cached_property
    def tokens(self) -> "TokenStore":
        from mfa.adapters.dynamodb.token_store import DynamoDbTokenStore

        return DynamoDbTokenStore(self._base.tables)

    @cached_property
    def receipts(self) -> "ReceiptStore":
        from mfa.adapters.dynamodb.receipt_store import DynamoDbReceiptStore

        return DynamoDbReceiptStore(self._base.tables)

    # ---- open logins: one store behind two ports

    @property
    def transactions(self) -> "LoginTransactionStore":
        return self._transactions

    @property
    def push_transactions(self) -> "PushTransactionStore":
        return self._transactions

    @cached_property
    def _transactions(self) -> "DynamoDbTransactionStore":
        from mfa.adapters.dynamodb.transaction_store import DynamoDbTransactionStore

        return DynamoDbTransactionStore(self._base.tables)

    # ---- push

    @cached_property
    def push_devices(self) -> "PushDeviceStore":
        from mfa.adapters.dynamodb.push_device_store import DynamoDbPushDeviceStore

        return DynamoDbPushDeviceStore(self._base.tables)

    @cached_property
    def push_ledgers(self) -> "PushLedgerStore":
        from mfa.adapters.dynamodb.push_ledger_store import DynamoDbPushLedgerStore

        return DynamoDbPushLedgerStore(self._base.tables)

    @cached_property
    def vapid_keys(self) -> "SealedKeyStore":
        from mfa.adapters.dynamodb.vapid_key_store import DynamoDbVapidKeyStore

        return DynamoDbVapidKeyStore(self._base.tables)

    # ---- messages, calls and notices

    @cached_property
    def phones(self) -> "PhoneStore":
        from mfa.adapters.dynamodb.phone_store import DynamoDbPhoneStore

        return DynamoDbPhoneStore(self._base.tables)

    @cached_property
    def sms(self) -> "SmsStore":
        from mfa.adapters.dynamodb.sms_store import DynamoDbSmsStore

        return DynamoDbSmsStore(self._base.tables)

    @cached_property
    def phone_calls(self) -> "CallStore":
        from mfa.adapters.dynamodb.call_store import DynamoDbCallStore

        return DynamoDbCallStore(self._base.tables)

    @cached_property
    def notices(self) -> "NoticeStore":
        from mfa.adapters.dynamodb.notice_store import DynamoDbNoticeStore

        return DynamoDbNoticeStore(self._base.tables)

    @cached_property
    def invitations(self) -> "InvitationStore":
        from mfa.adapters.dynamodb.invitation_store import DynamoDbInvitationStore

        return DynamoDbInvitationStore(self._base.tables)
