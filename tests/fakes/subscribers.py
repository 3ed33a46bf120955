"""SubscriberStore in memory. The conditions are those of the real adapter, word for word."""

from dataclasses import replace

from mfa.domain import throttle
from mfa.domain.factors import MAX_FACTORS, CodeFactor, CodeFactors, FactorState, SubscriberState, used_up
from mfa.domain.subscribers import Subscriber
from mfa.domain.tokens import taken_back
from mfa.domain.user_names import Alias
from mfa.errors import ConditionRefusedError, ConflictError, NotFoundError
from mfa.ports import AcceptedCode, EnrollmentCode, EnrollmentSession
from tests.fakes.state import State


class InMemorySubscribers:
    def __init__(self, state: State) -> None:
        self._state = state

    def create(self, subscriber: Subscriber) -> None:
        with self._state.call("subscribers.create"):
            if subscriber.user_id in self._state.profiles:
                raise ConflictError("that user id exists already")
            if any(alias in self._state.aliases for alias in subscriber.aliases):
                raise ConflictError("a user with that name exists already")
            self._state.profiles[subscriber.user_id] = subscriber
            self._state.factors[subscriber.user_id] = CodeFactors(
                user_id=subscriber.user_id,
                state=subscriber.state,
                throttle=throttle.FRESH,
                factors={},
                recent={},
                object_guid=subscriber.object_guid,
            )
            self._state.aliases.update(dict.fromkeys(subscriber.aliases, subscriber.user_id))

    def find(self, alias: Alias) -> Subscriber | None:
        with self._state.call("subscribers.find"):
            return self._state.profiles.get(self._state.aliases.get(alias, ""))

    def read(self, user_id: str) -> Subscriber | None:
        with self._state.call("subscribers.read"):
            return self._state.profiles.get(user_id)

    def remove(self, subscriber: Subscriber) -> None:
        with self._state.call("subscribers.remove"):
            state, user_id = self._state, subscriber.user_id
            if any(state.aliases.get(alias, user_id) != user_id for alias in subscriber.aliases):
                raise NotFoundError("the user is gone, and a name belongs to another user now")
            state.aliases = {alias: owner for alias, owner in state.aliases.items() if owner != user_id}
            _take_tokens_back(state, user_id)
            state.factors.pop(user_id, None)
            state.profiles.pop(user_id, None)
            state.codes = {digest: code for digest, code in state.codes.items() if code.user_id != user_id}
            state.sessions = {digest: one for digest, one in state.sessions.items() if one.user_id != user_id}
            state.push_ledgers.pop(user_id, None)
            state.sms_ledgers.pop(user_id, None)
            state.pending_phones.pop(user_id, None)
            state.recovery.pop(user_id, None)
            state.notices.pop(user_id, None)
            state.invitations.pop(user_id, None)
            state.devices = {known: one for known, one in state.devices.items() if one.user_id != user_id}

    def rename(self, subscriber: Subscriber, aliases: tuple[Alias, ...], display_name: str) -> Subscriber:
        with self._state.call("subscribers.rename"):
            state, user_id = self._state, subscriber.user_id
            item = self._known(user_id)
            after = replace(subscriber, aliases=aliases, display_name=display_name)
            if any(state.aliases.get(alias, user_id) != user_id for alias in aliases):
                raise ConflictError("one of the new names belongs to somebody else")
            if after.object_guid is not None and item.object_guid not in {None, after.object_guid}:
                raise ConflictError("the user is linked to another account of the directory")
            state.aliases = {alias: owner for alias, owner in state.aliases.items() if owner != user_id}
            state.aliases.update(dict.fromkeys(aliases, user_id))
            state.profiles[user_id] = after
            state.factors[user_id] = replace(item, object_guid=after.object_guid or item.object_guid)
            return after

    def set_state(self, user_id: str, state: SubscriberState) -> None:
        with self._state.call("subscribers.set_state"):
            item = self._known(user_id)
            self._state.factors[user_id] = replace(item, state=state)
            self._state.profiles[user_id] = replace(self._state.profiles[user_id], state=state)

    def set_email(self, user_id: str, email: str | None) -> None:
        with self._state.call("subscribers.set_email"):
            self._known(user_id)
            self._state.profiles[user_id] = replace(self._state.profiles[user_id], email=email)

    def unlock(self, user_id: str) -> None:
        with self._state.call("subscribers.unlock"):
            item = self._known(user_id)
            opened = replace(item.throttle, tries=0, gate=throttle.GATE_STEP, successes=item.throttle.successes + 1)
            self._state.factors[user_id] = replace(item, throttle=opened)

    def factors(self, user_id: str) -> CodeFactors:
        with self._state.call("subscribers.factors"):
            return self._known(user_id)

    def add_pending_factor(self, user_id: str, factor: CodeFactor, replaces: str | None) -> None:
        with self._state.call("subscribers.add_pending_factor"):
            item = self._active(user_id)
            kept = {known: value for known, value in item.factors.items() if known != replaces}
            pending = [known for known, value in item.factors.items() if value.state is FactorState.PENDING]
            if pending != ([] if replaces is None else [replaces]):
                raise ConditionRefusedError("another factor is pending")
            if len(kept) >= MAX_FACTORS:
                raise ConditionRefusedError(f"the user has {MAX_FACTORS} factors")
            self._state.factors[user_id] = replace(item, factors={**kept, factor.factor_id: factor})

    def activate_factor(self, user_id: str, factor_id: str, used: AcceptedCode, now: int) -> None:
        with self._state.call("subscribers.activate_factor"):
            item, factor = self._pending(user_id, factor_id)
            active = replace(used_up(factor, used, now), state=FactorState.ACTIVE)
            self._state.factors[user_id] = replace(item, factors={**item.factors, factor_id: active})

    def charge_confirmation(self, user_id: str, factor_id: str, at: int) -> int:
        with self._state.call("subscribers.charge_confirmation"):
            self._pending(user_id, factor_id)
            self._state.confirmations[user_id, factor_id] += 1
            return self._state.confirmations[user_id, factor_id]

    def rename_factor(self, user_id: str, factor_id: str, name: str) -> None:
        with self._state.call("subscribers.rename_factor"):
            item = self._known(user_id)
            if factor_id not in item.factors:
                raise NotFoundError("there is no such factor")
            renamed = replace(item.factors[factor_id], name=name)
            self._state.factors[user_id] = replace(item, factors={**item.factors, factor_id: renamed})

    def remove_factor(self, user_id: str, factor_id: str) -> None:
        with self._state.call("subscribers.remove_factor"):
            item = self._known(user_id)
            if factor_id not in item.factors:
                raise NotFoundError("there is no such factor")
            kept = {known: value for known, value in item.factors.items() if known != factor_id}
            self._state.factors[user_id] = replace(item, factors=kept)

    def add_enrollment_code(self, code: EnrollmentCode) -> None:
        with self._state.call("subscribers.add_enrollment_code"):
            self._known(code.user_id)
            self._state.codes[code.digest] = code

    def redeem_enrollment_code(self, digest: bytes, session: EnrollmentSession, now: int) -> None:
        with self._state.call("subscribers.redeem_enrollment_code"):
            self._active(session.user_id)
            code = self._state.codes.get(digest)
            if code is None or code.user_id != session.user_id or code.expires_at <= now:
                raise ConditionRefusedError("the enrolment code is unknown, used or expired")
            del self._state.codes[digest]
            self._state.sessions[session.digest] = session

    def read_enrollment_code(self, digest: bytes) -> EnrollmentCode | None:
        with self._state.call("subscribers.read_enrollment_code"):
            return self._state.codes.get(digest)

    def read_session(self, digest: bytes) -> EnrollmentSession | None:
        with self._state.call("subscribers.read_session"):
            return self._state.sessions.get(digest)

    def open_session(self, session: EnrollmentSession, replaces: bytes | None) -> None:
        with self._state.call("subscribers.open_session"):
            self._active(session.user_id)
            if replaces is not None:
                self._state.sessions.pop(replaces, None)
            self._state.sessions[session.digest] = session

    def keep_session_open(self, digest: bytes, expires_at: int, now: int) -> None:
        with self._state.call("subscribers.keep_session_open"):
            session = self._state.sessions.get(digest)
            if session is None or session.expires_at <= now:
                raise ConditionRefusedError("that session is not open any more")
            self._state.sessions[digest] = replace(session, expires_at=expires_at)

    def end_session(self, digest: bytes) -> None:
        with self._state.call("subscribers.end_session"):
            self._state.sessions.pop(digest, None)

    def _known(self, user_id: str) -> CodeFactors:
        item = self._state.factors.get(user_id)
        if item is None:
            raise NotFoundError("there is no such user")
        return item

    def _active(self, user_id: str) -> CodeFactors:
        item = self._state.factors.get(user_id)
        if item is None or item.state is not SubscriberState.ACTIVE:
            raise ConditionRefusedError("the user is unknown or not active")
        return item

    def _pending(self, user_id: str, factor_id: str) -> tuple[CodeFactors, CodeFactor]:
        item = self._active(user_id)
        factor = item.factors.get(factor_id)
        if factor is None or factor.state is not FactorState.PENDING:
            raise ConditionRefusedError("that factor is not pending")
        return item, factor


def _take_tokens_back(state: State, user_id: str) -> None:
    for factor in state.factors[user_id].factors.values() if user_id in state.factors else ():
        token = state.tokens.get(factor.serial or "")
        if token is not None and token.owner is not None and token.owner.user_id == user_id:
            state.tokens[token.serial] = taken_back(token, factor)
