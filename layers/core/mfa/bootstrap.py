"""Composition: the one module that knows which concrete class stands behind each port.

Everything is made when it is first asked for, and once per process: a function pays at its start only for what it
uses. Nothing here talks to the network; the first request does.
"""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from botocore.config import Config

from mfa.adapters.audit import LoggedAudit
from mfa.adapters.dynamodb.configuration_store import DynamoDbConfigurationStore
from mfa.adapters.dynamodb.index import DynamoDbSubscriberIndex
from mfa.adapters.dynamodb.key_store import DynamoDbKeyStore
from mfa.adapters.dynamodb.login_store import DynamoDbLoginStore
from mfa.adapters.dynamodb.observation_store import DynamoDbObservationStore
from mfa.adapters.dynamodb.tables import Tables, bind_tables
from mfa.adapters.faults import FaultReport, logged_faults
from mfa.adapters.system import SystemClock, SystemPause, SystemRandom, local_time
from mfa.adapters.vault import KmsVault
from mfa.domain.factor_choice import deployed_factors
from mfa.domain.ms_chap import Des
from mfa.domain.policy import FactorKind
from mfa.ports import (
    AuditTrail,
    ChallengeStore,
    ClientObserver,
    Clock,
    ConfigurationStore,
    Directory,
    LoginStore,
    LoginTransactionStore,
    ObservationStore,
    PasswordTryStore,
    Pause,
    Random,
    SubscriberIndex,
    SubscriberStore,
    Vault,
)
from mfa.services.client_observation import ObservedClients
from mfa.services.configuration import ConfigurationService
from mfa.services.login import LoginService
from mfa.services.notices import AnnouncingAudit
from mfa.settings import Settings, SettingsError

if TYPE_CHECKING:
    from mfa.adapters.dynamodb.transaction_store import DynamoDbTransactionStore
    from mfa.adapters.seal_log import LoggedSeals
    from mfa.adapters.web_push.vapid_keys import StoredVapidKeys
    from mfa.call_ports import CallStore, PhoneCaller
    from mfa.domain.policy_evaluation import LocalTime
    from mfa.notice_ports import InvitationStore, MailSender, NoticeStore, NoticeTrail, Notifier
    from mfa.push_ports import (
        PasskeyCeremony,
        PushDeviceStore,
        PushLedgerStore,
        PushSender,
        PushStarter,
        PushTrail,
        PushTransactionStore,
        SignatureVerifier,
        VapidKeys,
        Waker,
    )
    from mfa.receipt_ports import ReceiptStore
    from mfa.recovery_ports import RecoveryCodeStore
    from mfa.services.accounting import AccountingService
    from mfa.services.audit_verification import AuditVerification
    from mfa.services.bypass_codes import BypassAdministration
    from mfa.services.call_decisions import CallDecisions
    from mfa.services.call_dispatch import CallDispatch
    from mfa.services.calls import Calls
    from mfa.services.canary import CanaryService
    from mfa.services.configuration_administration import ConfigurationAdministration
    from mfa.services.device_authentication import DeviceAuthentication
    from mfa.services.device_limits import DeviceLimits
    from mfa.services.device_pairing import DevicePairing
    from mfa.services.device_upkeep import DeviceUpkeep
    from mfa.services.directory_sync import DirectorySync
    from mfa.services.enrollment_factors import FactorEnrollment
    from mfa.services.enrollment_sessions import EnrollmentSessions
    from mfa.services.enrollment_subscribers import SubscriberAdministration
    from mfa.services.invitations import Invitations
    from mfa.services.login_messages import LoginMessages
    from mfa.services.login_trace import LoginTrace
    from mfa.services.messages import Messages
    from mfa.services.notice_dispatch import NoticeDispatch
    from mfa.services.notices import NoticeList
    from mfa.services.phone_enrollment import PhoneEnrollment
    from mfa.services.policy_test import PolicyTest
    from mfa.services.polls import PollService
    from mfa.services.portal_sign_in import PortalSignIn
    from mfa.services.prompt_ending import PromptEnding
    from mfa.services.provisioning import Provisioning
    from mfa.services.push_decisions import PushDecisions
    from mfa.services.push_dispatch import PushDispatch
    from mfa.services.push_prompts import PushPrompts
    from mfa.services.receipts import ReceiptService
    from mfa.services.recovery_codes import RecoveryEnrollment
    from mfa.services.request_limits import RequestLimits
    from mfa.services.sealing import Sealing
    from mfa.services.sms_readiness import SmsReadiness
    from mfa.services.token_claims import TokenClaims
    from mfa.services.token_import import TokenImports
    from mfa.services.token_inventory import TokenInventory
    from mfa.sms_ports import PhoneStore, SmsSender, SmsStore
    from mfa.token_ports import TokenStore


class _Late:
    """Stands for a port until one of its methods is asked for: what no login needs is not even loaded."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    def __getattr__(self, method: str) -> Any:  # noqa: ANN401 -- whatever that port has
        return getattr(self._make(), method)


def _late[Port](make: Callable[[], Port]) -> Port:
    return cast(Port, _Late(make))


class Composition:
    """The parts of one process. A test may replace the clock."""

    def __init__(self, settings: Settings, *, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock: Clock = clock or SystemClock()
        self.random: Random = SystemRandom()

    @cached_property
    def login_service(self) -> LoginService:
        return LoginService(
            configuration=self.configuration_service,
            index=self.subscriber_index,
            logins=self.login_store,
            vault=self.vault,
            audit=self.audit,
            clock=self.clock,
            observer=self.client_observer,
            des=lambda: self.des,
            directory=_late(lambda: self.directory),
            password_tries=_late(lambda: self.password_tries),
            challenges=_late(lambda: self.challenges),
            prompts=_late(lambda: self.push_prompts),
            messages=_late(lambda: self.login_messages),
            recovery_codes=_late(lambda: self.recovery_codes),
            pause=self.pause,
            local_time=self.local_time,
            offers=self.offers,
        )

    @property
    def offers(self) -> frozenset[FactorKind]:
        return deployed_factors(messages=self.settings.sms.is_on, calls=self.settings.calls.is_on)

    # ---- the directory; imported and made late, because many deployments have none

    @cached_property
    def directory(self) -> Directory:
        from mfa.adapters.directory.lambda_directory import LambdaDirectory  # noqa: PLC0415 -- see above

        return LambdaDirectory(
            make_client=self._client,
            function=self.settings.verify_password_function,
            deployment=self.settings.deployment,
            clock=self.clock,
        )

    @cached_property
    def password_tries(self) -> PasswordTryStore:
        from mfa.adapters.dynamodb.password_try_store import DynamoDbPasswordTryStore  # noqa: PLC0415 -- see above

        return DynamoDbPasswordTryStore(self.tables)

    @cached_property
    def challenges(self) -> ChallengeStore:
        from mfa.adapters.dynamodb.challenge_store import DynamoDbChallengeStore  # noqa: PLC0415 -- see above

        return DynamoDbChallengeStore(self.tables)

    @property
    def pause(self) -> Pause:
        return SystemPause()

    @property
    def local_time(self) -> "LocalTime":
        return local_time

    @cached_property
    def des(self) -> Des:
        from mfa.adapters.des import des  # noqa: PLC0415 -- only MS-CHAP needs it

        return des

    @cached_property
    def client_observer(self) -> ClientObserver:
        return ObservedClients(store=self.observation_store, audit=self.audit, clock=self.clock)

    @cached_property
    def configuration_service(self) -> ConfigurationService:
        return ConfigurationService(
            store=self.configuration_store, observations=self.observation_store, vault=self.vault, clock=self.clock
        )

    # ---- polls; imported late, because a login's cold start does not need it (yet)

    @cached_property
    def poll_service(self) -> "PollService":
        from mfa.services.polls import PollService  # noqa: PLC0415 -- see above
        from mfa.services.tickets import Tickets  # noqa: PLC0415 -- see above

        return PollService(
            transactions=self.transaction_store,
            push=self.push_transactions,
            tickets=Tickets(self.vault),
            audit=self.audit,
            clock=self.clock,
            report_fault=self.report_fault,
        )

    @property
    def transaction_store(self) -> LoginTransactionStore:
        return self._transactions

    # ---- push; imported late for the same reason

    @property
    def push_transactions(self) -> "PushTransactionStore":
        return self._transactions

    @cached_property
    def _transactions(self) -> "DynamoDbTransactionStore":
        from mfa.adapters.dynamodb.transaction_store import DynamoDbTransactionStore  # noqa: PLC0415 -- see above

        return DynamoDbTransactionStore(self.tables)

    @cached_property
    def push_prompts(self) -> "PushPrompts":
        from mfa.services.push_prompts import PushPrompts  # noqa: PLC0415 -- see above

        return PushPrompts(
            ledgers=self.push_ledgers,
            transactions=self.transaction_store,
            devices=_late(lambda: self.push_devices),
            starter=_late(lambda: self.push_starter),
            vault=self.vault,
            clock=self.clock,
            random=self.random,
        )

    @cached_property
    def push_ledgers(self) -> "PushLedgerStore":
        from mfa.adapters.dynamodb.push_ledger_store import DynamoDbPushLedgerStore  # noqa: PLC0415 -- see above

        return DynamoDbPushLedgerStore(self.tables)

    @cached_property
    def push_devices(self) -> "PushDeviceStore":
        from mfa.adapters.dynamodb.push_device_store import DynamoDbPushDeviceStore  # noqa: PLC0415 -- see above

        return DynamoDbPushDeviceStore(self.tables)

    @cached_property
    def push_starter(self) -> "PushStarter":
        from mfa.adapters.push_execution.starter import ExecutionStarter  # noqa: PLC0415 -- see above

        return ExecutionStarter(
            make_client=self._client,
            state_machine=self.settings.push_state_machine,
            function=self.settings.send_push_function,
            trail=self.push_trail,
        )

    @cached_property
    def waker(self) -> "Waker":
        from mfa.adapters.push_execution.waker import ExecutionWaker  # noqa: PLC0415 -- see above

        return ExecutionWaker(make_client=self._client, trail=self.push_trail)

    @cached_property
    def push_trail(self) -> "PushTrail":
        from mfa.adapters.push_trail import LoggedPushTrail  # noqa: PLC0415 -- see above

        settings = self.settings
        return LoggedPushTrail(
            service_name=settings.service_name, level=settings.log_level, metrics_namespace=settings.metrics_namespace
        )

    @property
    def vapid_keys(self) -> "VapidKeys":
        return self._vapid_keys

    @cached_property
    def _vapid_keys(self) -> "StoredVapidKeys":
        from mfa.adapters.dynamodb.vapid_key_store import DynamoDbVapidKeyStore  # noqa: PLC0415 -- see above
        from mfa.adapters.web_push.vapid_keys import StoredVapidKeys  # noqa: PLC0415 -- see above

        return StoredVapidKeys(store=DynamoDbVapidKeyStore(self.tables), vault=self.vault, clock=self.clock)

    @cached_property
    def push_sender(self) -> "PushSender":
        from mfa.adapters.web_push.sender import WebPushSender  # noqa: PLC0415 -- see above
        from mfa.adapters.web_push.vapid import Vapid  # noqa: PLC0415 -- see above

        contact = self.settings.push_contact or self.settings.portal_origin
        return WebPushSender(
            vapid=Vapid(keys=self._vapid_keys, contact=contact, clock=self.clock),
            random=self.random,
            allows_loopback=self.settings.allows_push_endpoints_on_loopback,
        )

    @cached_property
    def push_dispatch(self) -> "PushDispatch":
        from mfa.services.push_dispatch import PushDispatch  # noqa: PLC0415 -- see above

        return PushDispatch(
            transactions=self.transaction_store,
            sendings=self.push_transactions,
            devices=self.push_devices,
            sender=_late(lambda: self.push_sender),
            calls=_late(lambda: self.call_dispatch),
            waker=self.waker,
            vault=self.vault,
            audit=self.audit,
            trail=self.push_trail,
            clock=self.clock,
            pause=self.pause,
            report_fault=self.report_fault,
        )

    # ---- codes by message; imported late for the same reason

    @cached_property
    def login_messages(self) -> "LoginMessages":
        from mfa.services.login_messages import LoginMessages  # noqa: PLC0415 -- see above

        return LoginMessages(
            messages=self.messages,
            store=self.sms_store,
            logins=self.login_store,
            vault=self.vault,
            clock=self.clock,
            random=self.random,
            issuer=self.settings.issuer,
        )

    @cached_property
    def messages(self) -> "Messages":
        from mfa.adapters.sms.trail import LoggedSmsTrail  # noqa: PLC0415 -- see above
        from mfa.domain.sms_caps import Channel  # noqa: PLC0415 -- see above
        from mfa.services.messages import Messages  # noqa: PLC0415 -- see above

        settings = self.settings
        return Messages(
            store=self.sms_store,
            sender=_late(lambda: self.sms_sender),
            policy=settings.sms,
            vault=self.vault,
            trail=LoggedSmsTrail(
                Channel.MESSAGE, service_name=settings.service_name, metrics_namespace=settings.metrics_namespace
            ),
        )

    @cached_property
    def sms_store(self) -> "SmsStore":
        from mfa.adapters.dynamodb.sms_store import DynamoDbSmsStore  # noqa: PLC0415 -- see above

        return DynamoDbSmsStore(self.tables)

    @cached_property
    def sms_sender(self) -> "SmsSender":
        from mfa.adapters.sms.sns import SnsSender  # noqa: PLC0415 -- see above

        settings = self.settings
        return SnsSender(
            make_client=self._client,
            max_price=str(settings.sms.max_price),
            sender_id=settings.sms_sender_id,
            origination_number=settings.sms_origination_number,
        )

    # ---- phone calls; imported late for the same reason

    @cached_property
    def calls(self) -> "Calls":
        from mfa.adapters.sms.trail import LoggedSmsTrail  # noqa: PLC0415 -- see above
        from mfa.domain.sms_caps import Channel  # noqa: PLC0415 -- see above
        from mfa.services.calls import Calls  # noqa: PLC0415 -- see above

        settings = self.settings
        return Calls(
            store=self.sms_store,
            caller=_late(lambda: self.phone_caller),
            policy=settings.calls,
            vault=self.vault,
            trail=LoggedSmsTrail(
                Channel.CALL, service_name=settings.service_name, metrics_namespace=settings.metrics_namespace
            ),
        )

    @cached_property
    def phone_caller(self) -> "PhoneCaller":
        from mfa.adapters.phone_calls.connect import ConnectCaller  # noqa: PLC0415 -- see above

        connect = self.settings.connect
        if connect is None or connect.flow is None:
            raise SettingsError("CONNECT_INSTANCE_ARN and CONNECT_FLOW_ARN must be set where calls are made")
        return ConnectCaller(
            make_client=lambda service, config: self._client(service, config, connect.endpoint_url),
            instance=connect.instance,
            flow=connect.flow,
            source_number=connect.source_number,
            queue=connect.queue,
        )

    @cached_property
    def call_store(self) -> "CallStore":
        from mfa.adapters.dynamodb.call_store import DynamoDbCallStore  # noqa: PLC0415 -- see above

        return DynamoDbCallStore(self.tables)

    @cached_property
    def call_dispatch(self) -> "CallDispatch":
        from mfa.services.call_dispatch import CallDispatch  # noqa: PLC0415 -- see above

        return CallDispatch(
            calls=self.calls,
            store=self.call_store,
            transactions=self.transaction_store,
            logins=self.login_store,
            vault=self.vault,
            clock=self.clock,
            audit=self.audit,
            company=self.settings.issuer,
        )

    @cached_property
    def call_decisions(self) -> "CallDecisions":
        from mfa.services.call_decisions import CallDecisions  # noqa: PLC0415 -- see above

        return CallDecisions(
            transactions=self.transaction_store,
            calls=self.call_store,
            logins=self.login_store,
            phones=self.phone_store,
            ledgers=self.push_ledgers,
            vault=self.vault,
            waker=self.waker,
            audit=self.audit,
            clock=self.clock,
            pause=self.pause,
            report_fault=self.report_fault,
        )

    # ---- the numbers of users

    @cached_property
    def phone_store(self) -> "PhoneStore":
        from mfa.adapters.dynamodb.phone_store import DynamoDbPhoneStore  # noqa: PLC0415 -- see above

        return DynamoDbPhoneStore(self.tables)

    @cached_property
    def phone_enrollment(self) -> "PhoneEnrollment":
        from mfa.adapters.dynamodb.request_counter import DynamoDbRequestCounter  # noqa: PLC0415 -- see above
        from mfa.adapters.phone_numbers import LibPhoneNumber  # noqa: PLC0415 -- see above
        from mfa.services.phone_enrollment import PhoneEnrollment  # noqa: PLC0415 -- see above

        return PhoneEnrollment(
            phones=self.phone_store,
            subscribers=self.subscriber_store,
            reader=LibPhoneNumber(),
            messages=self.messages,
            calls=self.calls,
            call_store=self.call_store,
            counter=DynamoDbRequestCounter(self.tables),
            vault=self.vault,
            clock=self.clock,
            random=self.random,
            audit=self.audit,
            issuer=self.settings.issuer,
        )

    @cached_property
    def sms_readiness(self) -> "SmsReadiness":
        from mfa.adapters.phone_numbers import LibPhoneNumber  # noqa: PLC0415 -- see above
        from mfa.adapters.sms.sns import SnsProvider  # noqa: PLC0415 -- see above
        from mfa.services.sms_readiness import SmsReadiness  # noqa: PLC0415 -- see above

        settings = self.settings
        return SmsReadiness(
            provider=SnsProvider(make_client=self._client, region=settings.region),
            reader=LibPhoneNumber(),
            policy=settings.sms,
            sender_id=settings.sms_sender_id,
            origination_number=settings.sms_origination_number,
        )

    # ---- notices, mail and invitations; imported late for the same reason

    @cached_property
    def notifier(self) -> "Notifier":
        from mfa.adapters.notices.invocation import LambdaNotifier  # noqa: PLC0415 -- see above

        if self.settings.send_notice_function is None:
            raise SettingsError("the environment variable SEND_NOTICE_FUNCTION is not set")
        return LambdaNotifier(
            make_client=self._client, function=self.settings.send_notice_function, trail=self.notice_trail
        )

    @cached_property
    def notice_trail(self) -> "NoticeTrail":
        from mfa.adapters.notices.trail import LoggedNoticeTrail  # noqa: PLC0415 -- see above

        settings = self.settings
        return LoggedNoticeTrail(service_name=settings.service_name, metrics_namespace=settings.metrics_namespace)

    @cached_property
    def notice_store(self) -> "NoticeStore":
        from mfa.adapters.dynamodb.notice_store import DynamoDbNoticeStore  # noqa: PLC0415 -- see above

        return DynamoDbNoticeStore(self.tables)

    @cached_property
    def notice_list(self) -> "NoticeList":
        from mfa.services.notices import NoticeList  # noqa: PLC0415 -- see above

        return NoticeList(store=self.notice_store, clock=self.clock)

    @cached_property
    def mail_sender(self) -> "MailSender | None":
        from mfa.adapters.notices.ses import SesSender  # noqa: PLC0415 -- see above

        sender = self.settings.notice_from
        return None if sender is None else SesSender(make_client=self._client, sender=sender)

    @cached_property
    def notice_dispatch(self) -> "NoticeDispatch":
        from mfa.adapters.dynamodb.request_counter import DynamoDbRequestCounter  # noqa: PLC0415 -- see above
        from mfa.services.notice_dispatch import NoticeDispatch  # noqa: PLC0415 -- see above

        return NoticeDispatch(
            store=self.notice_store,
            counter=DynamoDbRequestCounter(self.tables),
            subscribers=self.subscriber_store,
            devices=self.push_devices,
            sender=_late(lambda: self.push_sender),
            mail=self.mail_sender,
            messages=self.messages,
            vault=self.vault,
            clock=self.clock,
            trail=self.notice_trail,
            issuer=self.settings.issuer,
            portal=self.settings.portal_origin,
        )

    @cached_property
    def invitation_store(self) -> "InvitationStore":
        from mfa.adapters.dynamodb.invitation_store import DynamoDbInvitationStore  # noqa: PLC0415 -- see above

        return DynamoDbInvitationStore(self.tables)

    @cached_property
    def invitations(self) -> "Invitations":
        from mfa.adapters.phone_numbers import LibPhoneNumber  # noqa: PLC0415 -- see above
        from mfa.services.enrollment_realms import Realms  # noqa: PLC0415 -- see above
        from mfa.services.invitations import Invitations  # noqa: PLC0415 -- see above

        return Invitations(
            store=self.invitation_store,
            subscribers=self.subscriber_store,
            codes=self.subscriber_administration,
            realms=Realms(self.configuration_store),
            reader=LibPhoneNumber(),
            messages=self.messages,
            mail=self.mail_sender,
            clock=self.clock,
            random=self.random,
            audit=self.audit,
            issuer=self.settings.issuer,
            portal=self.settings.portal_origin,
        )

    # ---- recovery and bypass codes; imported late for the same reason

    @cached_property
    def recovery_codes(self) -> "RecoveryCodeStore":
        from mfa.adapters.dynamodb.recovery_store import DynamoDbRecoveryStore  # noqa: PLC0415 -- see above

        return DynamoDbRecoveryStore(self.tables)

    @cached_property
    def recovery_enrollment(self) -> "RecoveryEnrollment":
        from mfa.services.recovery_codes import RecoveryEnrollment  # noqa: PLC0415 -- see above

        return RecoveryEnrollment(
            store=self.recovery_codes, vault=self.vault, clock=self.clock, random=self.random, audit=self.audit
        )

    @cached_property
    def bypass_administration(self) -> "BypassAdministration":
        from mfa.services.bypass_codes import BypassAdministration  # noqa: PLC0415 -- see above
        from mfa.services.enrollment_realms import Realms  # noqa: PLC0415 -- see above

        return BypassAdministration(
            store=self.recovery_codes,
            subscribers=self.subscriber_store,
            realms=Realms(self.configuration_store),
            vault=self.vault,
            clock=self.clock,
            random=self.random,
            audit=self.audit,
        )

    # ---- devices; imported late for the same reason

    @cached_property
    def signature_verifier(self) -> "SignatureVerifier":
        from mfa.adapters.device_signatures import EcdsaVerifier  # noqa: PLC0415 -- see above

        return EcdsaVerifier()

    @cached_property
    def passkey_ceremony(self) -> "PasskeyCeremony":
        """Raises SettingsError: without the portal's origin there are no passkeys."""
        from mfa.adapters.passkeys import WebAuthnCeremony  # noqa: PLC0415 -- see above

        if self.settings.portal_origin is None:
            raise SettingsError("the environment variable PORTAL_ORIGIN is not set")
        return WebAuthnCeremony(self.settings.portal_origin, self.settings.issuer)

    @cached_property
    def device_authentication(self) -> "DeviceAuthentication":
        from mfa.services.device_authentication import DeviceAuthentication  # noqa: PLC0415 -- see above

        return DeviceAuthentication(
            devices=self.push_devices,
            logins=self.login_store,
            verifier=self.signature_verifier,
            clock=self.clock,
        )

    @cached_property
    def device_limits(self) -> "DeviceLimits":
        from mfa.services.device_limits import DeviceLimits  # noqa: PLC0415 -- see above

        return DeviceLimits(clock=self.clock)

    @cached_property
    def push_decisions(self) -> "PushDecisions":
        from mfa.services.push_decisions import PushDecisions  # noqa: PLC0415 -- see above

        return PushDecisions(
            transactions=self.transaction_store,
            decisions=self.push_transactions,
            ledgers=self.push_ledgers,
            devices=self.push_devices,
            verifier=self.signature_verifier,
            passkeys=self.passkey_ceremony,
            vault=self.vault,
            waker=_late(lambda: self.waker),
            audit=self.audit,
            clock=self.clock,
            report_fault=self.report_fault,
        )

    @cached_property
    def device_upkeep(self) -> "DeviceUpkeep":
        from mfa.services.device_upkeep import DeviceUpkeep  # noqa: PLC0415 -- see above

        return DeviceUpkeep(
            devices=self.push_devices,
            subscribers=self.subscriber_store,
            sender=_late(lambda: self.push_sender),
            verifier=self.signature_verifier,
            vapid_keys=_late(lambda: self.vapid_keys),
            clock=self.clock,
        )

    @cached_property
    def prompt_ending(self) -> "PromptEnding":
        from mfa.services.prompt_ending import PromptEnding  # noqa: PLC0415 -- see above

        return PromptEnding(
            ledgers=self.push_ledgers, transactions=self.transaction_store, audit=self.audit, clock=self.clock
        )

    @cached_property
    def device_pairing(self) -> "DevicePairing":
        from mfa.services.device_pairing import DevicePairing  # noqa: PLC0415 -- see above

        return DevicePairing(
            devices=self.push_devices,
            prompts=self.prompt_ending,
            subscribers=self.subscriber_store,
            verifier=_late(lambda: self.signature_verifier),
            passkeys=_late(lambda: self.passkey_ceremony),
            vapid_keys=_late(lambda: self.vapid_keys),
            vault=self.vault,
            clock=self.clock,
            random=self.random,
            audit=self.audit,
        )

    # ---- receipts and seals; imported late for the same reason

    @cached_property
    def receipt_store(self) -> "ReceiptStore":
        from mfa.adapters.dynamodb.receipt_store import DynamoDbReceiptStore  # noqa: PLC0415 -- see above

        return DynamoDbReceiptStore(self.tables)

    @cached_property
    def receipt_service(self) -> "ReceiptService":
        """Raises SettingsError: without a bus nobody would hear of an event."""
        from mfa.adapters.event_bus import EventBridgeBus  # noqa: PLC0415 -- see above
        from mfa.services.receipts import ReceiptService  # noqa: PLC0415 -- see above

        if self.settings.event_bus is None:
            raise SettingsError("the environment variable EVENT_BUS is not set")
        return ReceiptService(
            store=self.receipt_store,
            bus=EventBridgeBus(make_client=self._client, bus=self.settings.event_bus),
            clock=self.clock,
            retention_days=self.settings.receipt_retention_days,
            report_fault=self.report_fault,
        )

    @cached_property
    def sealing(self) -> "Sealing":
        from mfa.services.sealing import Sealing  # noqa: PLC0415 -- see above

        return Sealing(
            store=self.receipt_store,
            vault=self.vault,
            clock=self.clock,
            retention_days=self.settings.receipt_retention_days,
        )

    @cached_property
    def seal_log(self) -> "LoggedSeals":
        from mfa.adapters.seal_log import LoggedSeals  # noqa: PLC0415 -- see above

        settings = self.settings
        return LoggedSeals(service_name=settings.service_name, metrics_namespace=settings.metrics_namespace)

    @cached_property
    def audit_verification(self) -> "AuditVerification":
        from mfa.services.audit_verification import AuditVerification  # noqa: PLC0415 -- see above

        return AuditVerification(
            store=self.receipt_store,
            vault=self.vault,
            clock=self.clock,
            retention_days=self.settings.receipt_retention_days,
        )

    @cached_property
    def login_trace(self) -> "LoginTrace":
        from mfa.services.enrollment_realms import Realms  # noqa: PLC0415 -- see above
        from mfa.services.login_trace import LoginTrace  # noqa: PLC0415 -- see above

        return LoginTrace(
            store=self.receipt_store,
            subscribers=self.subscriber_store,
            realms=Realms(self.configuration_store),
            clock=self.clock,
        )

    # ---- the canary; imported late for the same reason

    @cached_property
    def canary(self) -> "CanaryService":
        """Raises SettingsError."""
        from mfa.adapters.canary.carrier import LambdaCarrier  # noqa: PLC0415 -- see above
        from mfa.adapters.canary.log import LoggedCanary  # noqa: PLC0415 -- see above
        from mfa.adapters.canary.secrets import StoredCanarySecrets  # noqa: PLC0415 -- see above
        from mfa.services.canary import CanaryService  # noqa: PLC0415 -- see above

        settings = self.settings
        if settings.canary_secret is None or settings.udp_probe_function is None:
            raise SettingsError("the environment variables CANARY_SECRET and UDP_PROBE_FUNCTION must be set")
        return CanaryService(
            secrets=StoredCanarySecrets(make_client=self._client, secret=settings.canary_secret),
            carrier=LambdaCarrier(make_client=self._client, function=settings.udp_probe_function),
            clock=self.clock,
            random=self.random,
            log=LoggedCanary(service_name=settings.service_name, metrics_namespace=settings.metrics_namespace),
        )

    # ---- accounting; imported late for the same reason

    @cached_property
    def accounting_service(self) -> "AccountingService":
        from mfa.adapters.dynamodb.accounting_store import DynamoDbAccountingStore  # noqa: PLC0415 -- see above
        from mfa.services.accounting import AccountingService  # noqa: PLC0415 -- see above

        return AccountingService(
            configuration=self.configuration_service,
            store=DynamoDbAccountingStore(self.tables),
            audit=self.audit,
            clock=self.clock,
            retention_days=self.settings.accounting_retention_days,
        )

    # ---- enrolment; imported late, because a login's cold start does not need it

    @cached_property
    def subscriber_administration(self) -> "SubscriberAdministration":
        from mfa.services.enrollment_realms import Realms  # noqa: PLC0415 -- see above
        from mfa.services.enrollment_subscribers import SubscriberAdministration  # noqa: PLC0415 -- see above

        return SubscriberAdministration(
            store=self.subscriber_store,
            devices=self.push_devices,
            prompts=self.prompt_ending,
            ledgers=self.push_ledgers,
            realms=Realms(self.configuration_store),
            vault=self.vault,
            clock=self.clock,
            random=self.random,
            audit=self.audit,
        )

    @cached_property
    def configuration_administration(self) -> "ConfigurationAdministration":
        from mfa.services.configuration_administration import ConfigurationAdministration  # noqa: PLC0415 -- see above

        return ConfigurationAdministration(
            store=self.configuration_store,
            observations=self.observation_store,
            vault=self.vault,
            clock=self.clock,
            audit=self.audit,
            local_time=self.local_time,
        )

    @cached_property
    def policy_test(self) -> "PolicyTest":
        from mfa.services.policy_test import PolicyTest  # noqa: PLC0415 -- see above

        return PolicyTest(
            configurations=self.configuration_store,
            subscribers=self.subscriber_store,
            directory=self.directory,
            clock=self.clock,
            local_time=self.local_time,
            offers=self.offers,
        )

    @cached_property
    def enrollment_sessions(self) -> "EnrollmentSessions":
        from mfa.services.enrollment_sessions import EnrollmentSessions  # noqa: PLC0415 -- see above

        return EnrollmentSessions(
            store=self.subscriber_store, vault=self.vault, clock=self.clock, random=self.random, audit=self.audit
        )

    @cached_property
    def request_limits(self) -> "RequestLimits":
        from mfa.adapters.dynamodb.request_counter import DynamoDbRequestCounter  # noqa: PLC0415 -- see above
        from mfa.services.request_limits import RequestLimits  # noqa: PLC0415 -- see above

        return RequestLimits(counter=DynamoDbRequestCounter(self.tables), vault=self.vault, clock=self.clock)

    @cached_property
    def portal_sign_in(self) -> "PortalSignIn":
        from mfa.services.enrollment_realms import Realms  # noqa: PLC0415 -- see above
        from mfa.services.portal_sign_in import PortalSignIn  # noqa: PLC0415 -- see above

        return PortalSignIn(
            sessions=self.enrollment_sessions,
            realms=Realms(self.configuration_store),
            limits=self.request_limits,
            index=self.subscriber_index,
            logins=self.login_store,
            recovery_codes=self.recovery_codes,
            directory=self.directory,
            password_tries=self.password_tries,
            challenges=self.challenges,
            vault=self.vault,
            clock=self.clock,
            random=self.random,
            pause=self.pause,
            audit=self.audit,
        )

    @cached_property
    def factor_enrollment(self) -> "FactorEnrollment":
        from mfa.services.enrollment_factors import FactorEnrollment  # noqa: PLC0415 -- see above

        return FactorEnrollment(
            store=self.subscriber_store,
            tokens=self.token_store,
            vault=self.vault,
            clock=self.clock,
            random=self.random,
            audit=self.audit,
            issuer=self.settings.issuer,
        )

    @cached_property
    def token_imports(self) -> "TokenImports":
        from mfa.services.token_import import TokenImports  # noqa: PLC0415 -- see above

        return TokenImports(store=self.token_store, vault=self.vault, clock=self.clock, audit=self.audit)

    @cached_property
    def token_inventory(self) -> "TokenInventory":
        from mfa.services.enrollment_realms import Realms  # noqa: PLC0415 -- see above
        from mfa.services.token_inventory import TokenInventory  # noqa: PLC0415 -- see above

        return TokenInventory(
            store=self.token_store,
            subscribers=self.subscriber_store,
            realms=Realms(self.configuration_store),
            vault=self.vault,
            clock=self.clock,
            random=self.random,
            audit=self.audit,
        )

    @cached_property
    def token_claims(self) -> "TokenClaims":
        from mfa.services.token_claims import TokenClaims  # noqa: PLC0415 -- see above

        return TokenClaims(
            store=self.token_store,
            subscribers=self.subscriber_store,
            vault=self.vault,
            clock=self.clock,
            random=self.random,
            audit=self.audit,
        )

    @cached_property
    def token_store(self) -> "TokenStore":
        from mfa.adapters.dynamodb.token_store import DynamoDbTokenStore  # noqa: PLC0415 -- see above

        return DynamoDbTokenStore(self.tables)

    @cached_property
    def directory_sync(self) -> "DirectorySync":
        """Users kept like the members of groups of a directory."""
        from mfa.adapters.dynamodb.sync_store import DynamoDbSyncStore  # noqa: PLC0415 -- see above
        from mfa.services.directory_sync import DirectorySync  # noqa: PLC0415 -- see above
        from mfa.services.enrollment_realms import Realms  # noqa: PLC0415 -- see above

        return DirectorySync(
            realms=Realms(self.configuration_store),
            directory=self.directory,
            subscribers=self.subscriber_store,
            synced=DynamoDbSyncStore(self.tables),
            clock=self.clock,
            random=self.random,
            audit=self.audit,
        )

    @cached_property
    def provisioning(self) -> "Provisioning":
        """Subscribers whose token is known already (seeding, import)."""
        from mfa.services.provisioning import Provisioning  # noqa: PLC0415 -- see above

        return Provisioning(
            store=self.subscriber_store, vault=self.vault, random=self.random, clock=self.clock, audit=self.audit
        )

    @cached_property
    def subscriber_store(self) -> SubscriberStore:
        # Only enrolment and seeding need it: a login's cold start does not pay for it.
        from mfa.adapters.dynamodb.subscriber_store import DynamoDbSubscriberStore  # noqa: PLC0415 -- see above

        return DynamoDbSubscriberStore(self.tables)

    # ---- what all share

    @cached_property
    def login_store(self) -> LoginStore:
        return DynamoDbLoginStore(self.tables)

    @cached_property
    def subscriber_index(self) -> SubscriberIndex:
        return DynamoDbSubscriberIndex(self.tables, self.clock)

    @cached_property
    def configuration_store(self) -> ConfigurationStore:
        return DynamoDbConfigurationStore(self.tables, self.vault)

    @cached_property
    def observation_store(self) -> ObservationStore:
        return DynamoDbObservationStore(self.tables)

    @cached_property
    def tables(self) -> Tables:
        settings = self.settings
        return bind_tables(settings.table_name, region=settings.region, endpoint_url=settings.endpoint_url)

    @cached_property
    def vault(self) -> Vault:
        return KmsVault(
            kms=lambda: self._kms,
            key_id=self.settings.kms_key_id,
            deployment=self.settings.deployment,
            wrapped_keys=DynamoDbKeyStore(self.tables),
            clock=self.clock,
            random=self.random,
        )

    @cached_property
    def report_fault(self) -> FaultReport:
        return logged_faults(service_name=self.settings.service_name, level=self.settings.log_level)

    @cached_property
    def audit(self) -> AuditTrail:
        """Where a deployment tells people of changes, what is recorded is also handed on."""
        settings = self.settings
        logged = LoggedAudit(service_name=settings.service_name, metrics_namespace=settings.metrics_namespace)
        if settings.send_notice_function is None:
            return logged
        return AnnouncingAudit(logged, _late(lambda: self.notifier), self.clock, self.random)

    def connect(self) -> None:
        """Make the AWS clients now: while a function starts it has a whole processor, later only its share."""
        _ = self.tables.connection.client, self._kms

    @cached_property
    def _kms(self) -> Any:  # noqa: ANN401 -- botocore makes its clients' methods at run time
        config = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 2, "mode": "standard"})
        return self._client("kms", config)

    def _client(self, service: str, config: Config, endpoint_url: str | None = None) -> Any:  # noqa: ANN401 -- see above
        # The session that DynamoDB uses has loaded already what all clients need; a second one would again.
        return self.tables.connection.session.create_client(
            service, self.settings.region, endpoint_url=endpoint_url or self.settings.endpoint_url, config=config
        )
