"""The user's way in: an enrolment code, used once, opens a session of fifteen minutes; a sign-in opens one that lives
while it is used, for an hour at most.

The store knows codes and tokens by their digests only. A session ends with its time, by its user, with the removal of
the user, and while the user is disabled. Changing factors takes an administrator's code or a fresh, complete MFA.
"""

from dataclasses import dataclass, field, replace
from typing import Final

from mfa.contract.fields import base64url
from mfa.domain.factors import CodeFactors, SubscriberState
from mfa.domain.sessions import FRESH_SECONDS, LONGEST_SECONDS, TOUCH_SECONDS, SessionKind, kept_open_until
from mfa.domain.subscribers import Subscriber
from mfa.errors import ConditionRefusedError, NotFoundError
from mfa.ports import AuditTrail, Clock, EnrollmentSession, Random, SubscriberStore, Vault
from mfa.services.enrollment_codes import SESSION_SECONDS, code_digest, new_token, token_digest
from mfa.services.enrollment_errors import (
    ChangesNotAllowedError,
    EnrollmentCodeRefusedError,
    SessionRefusedError,
    SignInRefusedError,
)
from mfa.services.enrollment_events import SUBSCRIBER_ACTOR, SubscriberEvent

_LOOK: Final = "this session may only look: to change factors, ask an administrator for an enrolment code"
_AGAIN: Final = "sign in again to change this: the last time is more than five minutes ago"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedSession:
    """The token is shown once and stored nowhere."""

    token: str = field(repr=False)
    expires_at: int
    display_name: str
    binding: str
    kind: SessionKind = SessionKind.CODE
    ends_at: int | None = None
    fresh_until: int = 0


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
        token = new_token(self.random)
        opened = OpenedSession(
            token=token,
            expires_at=now + SESSION_SECONDS,
            display_name=subscriber.display_name,
            binding=self.binding(token),
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

    def open(self, user_id: str, kind: SessionKind, replaces: EnrollmentSession | None = None) -> OpenedSession:
        """After a sign-in: always a new token, and the one that was shown before dies. Raises SignInRefusedError if the
        user was disabled or removed meanwhile."""
        now, subscriber = int(self.clock.now()), self.store.read(user_id)
        if subscriber is None:
            raise SignInRefusedError
        token, ends_at = new_token(self.random), now + LONGEST_SECONDS
        session = EnrollmentSession(
            digest=token_digest(self.vault, token),
            user_id=user_id,
            expires_at=kept_open_until(now, ends_at),
            kind=kind,
            ends_at=ends_at,
            fresh_until=now + FRESH_SECONDS if kind is SessionKind.SIGNED_IN else 0,
        )
        try:
            self.store.open_session(session, None if replaces is None else replaces.digest)
        except ConditionRefusedError:
            raise SignInRefusedError from None
        self.audit.subscriber_changed(SubscriberEvent.SIGNED_IN, user_id, {"kind": kind.value}, SUBSCRIBER_ACTOR)
        return OpenedSession(
            token=token,
            expires_at=session.expires_at,
            display_name=subscriber.display_name,
            binding=self.binding(token),
            kind=kind,
            ends_at=ends_at,
            fresh_until=session.fresh_until,
        )

    def binding(self, token: str) -> str:
        """What a device signs in place of a token that no script can read. It opens nothing."""
        return base64url(self.vault.digest("session-binding", token.encode()))

    def subscriber(self, claimant: Claimant) -> Subscriber:
        subscriber = self.store.read(claimant.user_id)
        if subscriber is None:
            raise SessionRefusedError
        return subscriber

    def may_change(self, claimant: Claimant) -> None:
        """Raises ChangesNotAllowedError."""
        session = claimant.session
        if session.kind is SessionKind.LOOK:
            raise ChangesNotAllowedError("changes-not-allowed", _LOOK)
        if session.kind is SessionKind.SIGNED_IN and session.fresh_until <= self.clock.now():
            raise ChangesNotAllowedError("sign-in-again", _AGAIN)

    def authenticate(self, token: str) -> Claimant:
        """Who sends this token now; raises SessionRefusedError."""
        now = int(self.clock.now())
        session = self.store.read_session(token_digest(self.vault, token))
        if session is None or session.expires_at <= now:
            raise SessionRefusedError
        try:
            factors = self.store.factors(session.user_id)
        except NotFoundError:
            raise SessionRefusedError from None
        if factors.state is not SubscriberState.ACTIVE:
            raise SessionRefusedError
        return Claimant(factors=factors, session=self._kept_open(session, now))

    def _kept_open(self, session: EnrollmentSession, now: int) -> EnrollmentSession:
        until = session.expires_at if session.ends_at is None else kept_open_until(now, session.ends_at)
        if until - session.expires_at < TOUCH_SECONDS:
            return session
        try:
            self.store.keep_session_open(session.digest, until, now)
        except ConditionRefusedError:  # it has ended in this very moment
            raise SessionRefusedError from None
        return replace(session, expires_at=until)

    def end(self, claimant: Claimant) -> None:
        self.store.end_session(claimant.session.digest)
        self._record(SubscriberEvent.SESSION_ENDED, claimant.user_id)

    def _record(self, event: SubscriberEvent, user_id: str) -> None:
        self.audit.subscriber_changed(event, user_id, {}, SUBSCRIBER_ACTOR)
