"""An audit trail that keeps its records in a list."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mfa.domain.accounting import AccountingRecord
from mfa.ports import LoginRecord


@dataclass(frozen=True)
class SubscriberChange:
    event: str
    user_id: str
    details: Mapping[str, str]
    actor: str


@dataclass(frozen=True)
class ConfigurationChange:
    event: str
    subject: str
    details: Mapping[str, str]
    actor: str


@dataclass
class RecordingAudit:
    logins: list[LoginRecord] = field(default_factory=list)
    accounting: list[AccountingRecord] = field(default_factory=list)
    changes: list[SubscriberChange] = field(default_factory=list)
    configuration: list[ConfigurationChange] = field(default_factory=list)

    def login_decided(self, record: LoginRecord) -> None:
        self.logins.append(record)

    def accounting_kept(self, record: AccountingRecord) -> None:
        self.accounting.append(record)

    def subscriber_changed(self, event: str, user_id: str, details: Mapping[str, str], actor: str) -> None:
        self.changes.append(SubscriberChange(event, user_id, dict(details), actor))

    def configuration_changed(self, event: str, subject: str, details: Mapping[str, str], actor: str) -> None:
        self.configuration.append(ConfigurationChange(event, subject, dict(details), actor))
