"""The table in memory: one state under one lock, seen through one view per port.

``InMemoryStore().logins`` is a LoginStore, ``.index`` a SubscriberIndex, ``.subscribers`` a SubscriberStore and
``.configurations`` a ConfigurationStore, ``.observations`` an ObservationStore, ``.transactions`` a
LoginTransactionStore and a PushTransactionStore, ``.push_devices`` a PushDeviceStore, ``.push_ledgers`` a
PushLedgerStore, ``.sms`` an SmsStore, ``.phones`` a PhoneStore, ``.phone_calls`` a CallStore,
``.accounting`` an AccountingStore,
``.password_tries`` a PasswordTryStore, ``.challenges`` a ChallengeStore, ``.tokens`` a TokenStore, ``.recovery`` a
RecoveryCodeStore, ``.requests`` a RequestCounter, ``.receipts`` a ReceiptStore, ``.notices`` a NoticeStore,
``.invitations`` an InvitationStore.
"""

from tests.fakes.accounting import InMemoryAccounting
from tests.fakes.challenges import InMemoryChallenges
from tests.fakes.configurations import InMemoryConfigurations
from tests.fakes.logins import InMemoryIndex, InMemoryLogins
from tests.fakes.notices import InMemoryInvitations, InMemoryNotices
from tests.fakes.observations import InMemoryObservations
from tests.fakes.password_tries import InMemoryPasswordTries
from tests.fakes.phone_calls import InMemoryCallStore
from tests.fakes.push_devices import InMemoryPushDevices
from tests.fakes.push_ledgers import InMemoryPushLedgers
from tests.fakes.receipts import InMemoryReceipts
from tests.fakes.recovery_codes import InMemoryRecoveryCodes
from tests.fakes.requests import InMemoryRequestCounter
from tests.fakes.sms import InMemoryPhones, InMemorySms
from tests.fakes.state import Faults, State
from tests.fakes.subscribers import InMemorySubscribers
from tests.fakes.synced import InMemorySync
from tests.fakes.tokens import InMemoryTokens
from tests.fakes.transactions import InMemoryTransactions


class InMemoryStore:
    def __init__(self) -> None:
        self.state = State()
        self.logins = InMemoryLogins(self.state)
        self.index = InMemoryIndex(self.state)
        self.subscribers = InMemorySubscribers(self.state)
        self.configurations = InMemoryConfigurations(self.state)
        self.observations = InMemoryObservations(self.state)
        self.transactions = InMemoryTransactions(self.state)
        self.accounting = InMemoryAccounting(self.state)
        self.synced = InMemorySync(self.state)
        self.password_tries = InMemoryPasswordTries(self.state)
        self.challenges = InMemoryChallenges(self.state)
        self.push_devices = InMemoryPushDevices(self.state)
        self.push_ledgers = InMemoryPushLedgers(self.state)
        self.sms = InMemorySms(self.state)
        self.phones = InMemoryPhones(self.state)
        self.phone_calls = InMemoryCallStore(self.state)
        self.tokens = InMemoryTokens(self.state)
        self.requests = InMemoryRequestCounter(self.state)
        self.notices = InMemoryNotices(self.state)
        self.invitations = InMemoryInvitations(self.state)
        self.recovery = InMemoryRecoveryCodes(self.state)
        self.receipts = InMemoryReceipts(self.state)

    @property
    def push_transactions(self) -> InMemoryTransactions:
        return self.transactions

    @property
    def calls(self) -> list[str]:
        return self.state.calls

    @property
    def faults(self) -> Faults:
        return self.state.faults
