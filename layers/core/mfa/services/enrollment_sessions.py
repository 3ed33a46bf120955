"""The user's way in: an enrolment code, used once, opens a session of fifteen minutes.

The store knows codes and tokens by their digests only. A session ends with its time, by its user, with the
removal of the user, and while the user is disabled.
"""

from dataclasses import dataclass, field

from mfa.domain.factors import CodeFactors, SubscriberState
from mfa.domain.subscribers import Subscriber
from mfa.errors import ConditionRefusedError, NotFoundError
from mfa.ports import AuditTrail, Clock, EnrollmentSession, Random, SubscriberStore, Vault
from mfa.services.enrollment_codes import SESSION_SECONDS, code_digest, new_token, token_digest
from mfa.services.enrollment_errors import EnrollmentCodeRefusedError, SessionRefusedError
from mfa.services.enrollment_events import SUBSCRIBER_ACTOR, SubscriberEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedSession:
    """The token is shown once and stored nowhere."""

    token: str = field(repr=False)
    expires_at: int
    display_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimant:
    """Who holds an open session: the subscriber's factors as they are now, and the session itself."""

    factors: CodeFactors
    session: EnrollmentSession

    @property
    def user_id(self) -> str:
        return self.factors.user_id


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrollmentSessions:
    store: SubscriberStore
    vault: Vault
    clock: Clock
    random: Random
    audit: AuditTrail

    def redeem(self, typed: str) -> OpenedSession:
        """Exchange an enrolment code; raises EnrollmentCodeRefusedError, for whatever reason it opens nothing."""
        now = int(self.clock.now())
        digest = code_digest(self.vault, typed)
        subscriber = self._owner(digest, now)
        opened = OpenedSession(
            token=new_token(self.random), expires_at=now + SESSION_SECONDS, display_name=subscriber.display_name
        )
        session = EnrollmentSession(
            digest=token_digest(self.vault, opened.token), user_id=subscriber.user_id, expires_at=opened.expires_at
        )
        try:
            self.store.redeem_enrollment_code(digest, session, now)
        except ConditionRefusedError:  # somebody else redeemed it between our read and our write
            raise EnrollmentCodeRefusedError from None
        self._record(SubscriberEvent.CODE_REDEEMED, subscriber.user_id)
        return opened

    def _owner(self, digest: bytes, now: int) -> Subscriber:
        code = self.store.read_enrollment_code(digest)
        if code is None or code.expires_at <= now:
            raise EnrollmentCodeRefusedError
        subscriber = self.store.read(code.user_id)
        if subscriber is None or subscriber.state is not SubscriberState.ACTIVE:
            raise EnrollmentCodeRefusedError
        return subscriber

    def authenticate(self, token: str) -> Claimant:
        """Who sends this token now; raises SessionRefusedError."""
        session = self.store.read_session(token_digest(self.vault, token))
        if session is None or session.expires_at <= self.clock.now():
            raise SessionRefusedError
        try:
            factors = self.store.factors(session.user_id)
        except NotFoundError:
            raise SessionRefusedError from None
        if factors.state is not SubscriberState.ACTIVE:
            raise SessionRefusedError
        return Claimant(factors=factors, session=session)

    def end(self, claimant: Claimant) -> None:
        self.store.end_session(claimant.session.digest)
        self._record(SubscriberEvent.SESSION_ENDED, claimant.user_id)

    def _record(self, event: SubscriberEvent, user_id: str) -> None:
        self.audit.subscriber_changed(event, user_id, {}, SUBSCRIBER_ACTOR)
