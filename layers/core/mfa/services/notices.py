"""Changes that are recorded are told: the audit trail's own words decide, so no service can forget to tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mfa.contract.fields import base64url
from mfa.domain.notices import KEPT_SECONDS, MOST_LISTED, NOTICE_ID_OCTETS, Notice
from mfa.ports import AuditTrail, Clock, LoginRecord, Random

if TYPE_CHECKING:  # a login's cold start does not need them
    from mfa.domain.accounting import AccountingRecord
    from mfa.notice_ports import NoticeStore, Notifier
    from mfa.services.enrollment_sessions import Claimant


class AnnouncingAudit:
    """An AuditTrail that hands a notice on after it has recorded a change. As that, it never raises."""

    def __init__(self, audit: AuditTrail, notifier: "Notifier", clock: Clock, random: Random) -> None:
        self._audit = audit
        self._notifier = notifier
        self._clock = clock
        self._random = random

    def subscriber_changed(self, event: str, user_id: str, details: Mapping[str, str], actor: str) -> None:
        self._audit.subscriber_changed(event, user_id, details, actor)
        notice = self._notice(event, user_id, details, actor)
        if notice is not None:
            self._notifier.notify(notice)

    def login_decided(self, record: LoginRecord) -> None:
        self._audit.login_decided(record)

    def accounting_kept(self, record: "AccountingRecord") -> None:
        self._audit.accounting_kept(record)

    def configuration_changed(self, event: str, subject: str, details: Mapping[str, str], actor: str) -> None:
        self._audit.configuration_changed(event, subject, details, actor)

    def _notice(self, event: str, user_id: str, details: Mapping[str, str], actor: str) -> Notice | None:
        from mfa.services.enrollment_events import SUBSCRIBER_ACTOR  # noqa: PLC0415 -- few logins change anything
        from mfa.services.notice_words import NOTICE_WORDS, subject_in  # noqa: PLC0415 -- see above

        if event not in NOTICE_WORDS:
            return None
        return Notice(
            notice_id=base64url(self._random.octets(NOTICE_ID_OCTETS)),
            user_id=user_id,
            event=str(event),
            at=int(self._clock.now()),
            subject=subject_in(details),
            is_by_administrator=actor != SUBSCRIBER_ACTOR,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeList:
    """What a person was told lately, for whoever has a session of theirs."""

    store: "NoticeStore"
    clock: Clock

    def show(self, claimant: "Claimant") -> Sequence[Notice]:
        since = int(self.clock.now()) - KEPT_SECONDS
        return self.store.of_user(claimant.user_id, since, MOST_LISTED)
