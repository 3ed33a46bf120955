"""What every part of a composition stands on: settings, clock, table, key, the audit trail and the way to AWS.

Only what each function needs is imported above; the rest is imported by the part that first asks for it.
"""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from botocore.config import Config

from mfa.adapters.audit import LoggedAudit
from mfa.adapters.dynamodb.key_store import DynamoDbKeyStore
from mfa.adapters.dynamodb.tables import Tables, bind_tables
from mfa.adapters.faults import FaultReport, logged_faults
from mfa.adapters.system import SystemClock, SystemPause, SystemRandom, local_time
from mfa.adapters.vault import KmsVault
from mfa.ports import AuditTrail, Clock, Directory, Pause, Random, Vault
from mfa.settings import Settings, SettingsError

if TYPE_CHECKING:
    from mfa.domain.policy import FactorKind
    from mfa.domain.policy_evaluation import LocalTime
    from mfa.notice_ports import NoticeTrail, Notifier


class _Late:
    """Stands for a part until one of its attributes is asked for: what nobody needs is not even loaded."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 -- whatever that part has
        return getattr(self._make(), name)


def late[Part](make: Callable[[], Part]) -> Part:
    return cast(Part, _Late(make))


class Foundation:
    def __init__(self, settings: Settings, *, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock: Clock = clock or SystemClock()
        self.random: Random = SystemRandom()

    @property
    def pause(self) -> Pause:
        return SystemPause()

    @property
    def local_time(self) -> "LocalTime":
        return local_time

    @property
    def offers(self) -> "frozenset[FactorKind]":
        from mfa.domain.factor_choice import deployed_factors

        return deployed_factors(messages=self.settings.sms.is_on, calls=self.settings.calls.is_on)

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
    def directory(self) -> Directory:
        from mfa.adapters.directory.lambda_directory import LambdaDirectory

        return LambdaDirectory(
            make_client=self.make_client,
            function=self.settings.verify_password_function,
            deployment=self.settings.deployment,
            clock=self.clock,
        )

    # ---- what is recorded

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
        from mfa.services.notices import AnnouncingAudit

        return AnnouncingAudit(logged, late(lambda: self.notifier), self.clock, self.random)

    @cached_property
    def notifier(self) -> "Notifier":
        """Raises SettingsError."""
        from mfa.adapters.notices.invocation import LambdaNotifier

        if self.settings.send_notice_function is None:
            raise SettingsError("the environment variable SEND_NOTICE_FUNCTION is not set")
        return LambdaNotifier(
            make_client=self.make_client, function=self.settings.send_notice_function, trail=self.notice_trail
        )

    @cached_property
    def notice_trail(self) -> "NoticeTrail":
        from mfa.adapters.notices.trail import LoggedNoticeTrail

        settings = self.settings
        return LoggedNoticeTrail(service_name=settings.service_name, metrics_namespace=settings.metrics_namespace)

    # ---- AWS

    def connect(self) -> None:
        """Make the AWS clients now: while a function starts it has a whole processor, later only its share."""
        _ = self.tables.connection.client, self._kms

    @cached_property
    def _kms(self) -> Any:  # noqa: ANN401 -- botocore makes its clients' methods at run time
        config = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 2, "mode": "standard"})
        return self.make_client("kms", config)

    def make_client(self, service: str, config: Config, endpoint_url: str | None = None) -> Any:  # noqa: ANN401 -- see above
        # The session that DynamoDB uses has loaded already what all clients need; a second one would again.
        return self.tables.connection.session.create_client(
            service, self.settings.region, endpoint_url=endpoint_url or self.settings.endpoint_url, config=config
        )
