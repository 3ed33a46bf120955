"""Enrolment codes and sessions on DynamoDB, known by their digests only.

Each is two items: one found by the digest, and a trace of it in its user's partition, so that all of a removed
user's are found. Expiry is in the conditions; ``ttl`` cleans up a day later.
"""

from typing import Final

from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from mfa.adapters.dynamodb import keys
from mfa.adapters.dynamodb.door import door
from mfa.adapters.dynamodb.tables import OwnedItem, Tables
from mfa.domain.factors import SubscriberState
from mfa.domain.sessions import SessionKind
from mfa.errors import ConditionRefusedError, NotFoundError
from mfa.ports import EnrollmentCode, EnrollmentSession

_CLEANED_UP_AFTER_SECONDS: Final = 86_400


class EnrollmentItems:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def add_enrollment_code(self, code: EnrollmentCode) -> None:
        """Raises NotFoundError if the user does not exist (any more)."""
        try:
            with door(), self._transaction() as transaction:
                transaction.condition_check(
                    self._tables.factors, *keys.factors(code.user_id), condition=self._tables.factors.pk.exists()
                )
                transaction.save(self._owned(keys.enrollment_code(code.digest), code))
                transaction.save(self._owned(keys.code_of(code.user_id, code.digest), code))
        except ConditionRefusedError:
            raise NotFoundError("there is no such user") from None

    def redeem_enrollment_code(self, digest: bytes, session: EnrollmentSession, now: int) -> None:
        code = self._tables.owned
        live = code.pk.exists() & (code.user_id == session.user_id) & (code.expires_at > now)
        with door(), self._transaction() as transaction:
            transaction.delete(code(*keys.enrollment_code(digest)), condition=live)
            transaction.delete(code(*keys.code_of(session.user_id, digest)))
            transaction.condition_check(
                self._tables.factors, *keys.factors(session.user_id), condition=self._is_active()
            )
            self._save_session(transaction, session)

    def read_enrollment_code(self, digest: bytes) -> EnrollmentCode | None:
        item = self._read(keys.enrollment_code(digest))
        return (
            None
            if item is None
            else EnrollmentCode(digest=digest, user_id=item.user_id, expires_at=int(item.expires_at))
        )

    def read_session(self, digest: bytes) -> EnrollmentSession | None:
        with door():
            try:
                item = self._tables.session.get(*keys.session(digest), consistent_read=True)
            except DoesNotExist:
                return None
        return EnrollmentSession(
            digest=digest,
            user_id=item.user_id,
            expires_at=int(item.expires_at),
            kind=SessionKind(item.kind or SessionKind.CODE),
            ends_at=int(item.ends_at) if item.ends_at else None,
            fresh_until=int(item.fresh_until or 0),
        )

    def open_session(self, session: EnrollmentSession, replaces: bytes | None) -> None:
        with door(), self._transaction() as transaction:
            transaction.condition_check(
                self._tables.factors, *keys.factors(session.user_id), condition=self._is_active()
            )
            if replaces is not None:
                transaction.delete(self._tables.owned(*keys.session(replaces)))
                transaction.delete(self._tables.owned(*keys.session_of(session.user_id, replaces)))
            self._save_session(transaction, session)

    def keep_session_open(self, digest: bytes, expires_at: int, now: int) -> None:
        session = self._tables.session
        with door():
            session(*keys.session(digest)).update(
                actions=[session.expires_at.set(expires_at)], condition=session.expires_at > now
            )

    def end_session(self, digest: bytes) -> None:
        session = self.read_session(digest)
        if session is None:
            return
        with door(), self._transaction() as transaction:
            transaction.delete(self._tables.owned(*keys.session(digest)))
            transaction.delete(self._tables.owned(*keys.session_of(session.user_id, digest)))

    def _remove_codes_and_sessions(self, user_id: str) -> None:
        traces = ((keys.CODE_PREFIX, keys.enrollment_code_again), (keys.SESSION_PREFIX, keys.session_again))
        for prefix, main_key in traces:
            owned = self._tables.owned
            with door():
                found = list(owned.query(keys.subscriber(user_id), owned.sk.startswith(prefix), consistent_read=True))
                for trace in found:
                    owned(*main_key(trace.sk)).delete()
                    trace.delete()

    def _read(self, key: keys.Key) -> OwnedItem | None:
        with door():
            try:
                return self._tables.owned.get(*key, consistent_read=True)
            except DoesNotExist:
                return None

    def _save_session(self, transaction: TransactWrite, session: EnrollmentSession) -> None:
        ends_at = session.expires_at if session.ends_at is None else session.ends_at
        transaction.save(
            self._tables.session(
                *keys.session(session.digest),
                user_id=session.user_id,
                expires_at=session.expires_at,
                kind=session.kind.value,
                ends_at=session.ends_at,
                fresh_until=session.fresh_until,
                ttl=ends_at + _CLEANED_UP_AFTER_SECONDS,
            )
        )
        transaction.save(self._trace(keys.session_of(session.user_id, session.digest), session.user_id, ends_at))

    def _owned(self, key: keys.Key, code: EnrollmentCode) -> OwnedItem:
        return self._trace(key, code.user_id, code.expires_at)

    def _trace(self, key: keys.Key, user_id: str, expires_at: int) -> OwnedItem:
        return self._tables.owned(
            *key, user_id=user_id, expires_at=expires_at, ttl=expires_at + _CLEANED_UP_AFTER_SECONDS
        )

    def _is_active(self) -> Condition:
        active: Condition = self._tables.factors.state == SubscriberState.ACTIVE.value
        return active

    def _transaction(self) -> TransactWrite:
        return TransactWrite(connection=self._tables.connection)
