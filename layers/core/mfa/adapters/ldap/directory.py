"""One question to a directory: find the account, decide whether its password may be sent, send it once.

The user's bind goes out on a connection of its own, by the DN that was found, at most once: after it was sent nothing
is tried again, whatever comes back. Before that, a controller that fails is left for the next one.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from mfa.adapters.ldap import accounts
from mfa.adapters.ldap.accounts import FoundAccount
from mfa.adapters.ldap.channel import Channel, open_channel
from mfa.adapters.ldap.faults import (
    ControllerFaultError,
    ServiceAccountRefusedError,
    TooLateError,
    class_and_place,
)
from mfa.adapters.ldap.members import find_members
from mfa.adapters.ldap.race import PATIENCE_SECONDS, race
from mfa.adapters.ldap.session import Session, bind, bound_session
from mfa.contract.directory import (
    DirectoryAccount,
    DirectoryAddress,
    DirectoryAnswer,
    DirectoryOperation,
    DirectoryQuestion,
    DirectoryResult,
    DomainController,
)
from mfa.domain.account_state import LockoutPolicy, is_withheld, refusal
from mfa.domain.bind_result import INVALID_CREDENTIALS, NOT_LOOKED_AT, SUCCESS, result_of_bind, sub_code

POLICY_SECONDS: Final = 300  # a rule of locking is kept so long by a warm function
MAX_POLICIES: Final = 256  # a domain has one, and one more for each PSO
LIST_PATIENCE_SECONDS: Final = 5.0  # thousands of members take their time
RECONNECT_SECONDS: Final = 0.5  # to a controller that has just answered, as long as there are others
BIND_SECONDS: Final = 0.1  # with less left, the answer to a bind would come too late to be of use

type Milliseconds = dict[str, int]


@dataclass(frozen=True, slots=True)
class _Found:
    """What one controller, at the address ``peer``, knows of the account. ``policy`` is only read where a password may
    be sent."""

    account: FoundAccount | DirectoryResult
    milliseconds: Milliseconds
    peer: str
    policy: LockoutPolicy | None = None
    members: tuple[DirectoryAccount, ...] = ()


@dataclass(slots=True)
class _Progress:
    """How far a question came: an answer tells it also if everything breaks."""

    was_sent: bool = False
    controller: str | None = None
    account: DirectoryAccount | None = None
    members: tuple[DirectoryAccount, ...] = ()
    milliseconds: Milliseconds = field(default_factory=dict)


class LdapDirectory:
    """``now`` gives Unix seconds. It may be asked by several threads."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._policies: dict[tuple[DirectoryAddress, str], tuple[float, LockoutPolicy | None]] = {}

    def answer(self, question: DirectoryQuestion, seconds: float) -> DirectoryAnswer:
        """Within ``seconds``. Never raises."""
        started = time.monotonic()
        progress = _Progress()
        try:
            result, detail = self._ask(question, started + seconds, progress)
        except ServiceAccountRefusedError as error:
            result, detail = DirectoryResult.SERVICE_ACCOUNT_REFUSED, str(error)
        except (ControllerFaultError, TooLateError) as error:
            result, detail = DirectoryResult.UNAVAILABLE, str(error)
        except Exception as error:  # noqa: BLE001 -- the caller has to hear whether the password was sent
            result, detail = DirectoryResult.UNAVAILABLE, class_and_place(error)
        progress.milliseconds["total"] = _milliseconds(started)
        return DirectoryAnswer(
            result=result,
            account=progress.account,
            was_sent=progress.was_sent,
            controller=progress.controller,
            detail=detail,
            milliseconds=progress.milliseconds,
            members=progress.members,
        )

    def _ask(
        self, question: DirectoryQuestion, deadline: float, progress: _Progress
    ) -> tuple[DirectoryResult, str | None]:
        """The result, and a word on it."""
        controllers = list(question.directory.controllers)
        faults: list[str] = []
        while controllers:
            controller, found = self._find(question, controllers, deadline)
            progress.controller, progress.milliseconds = controller.host, dict(found.milliseconds)
            progress.members = found.members
            if isinstance(found.account, DirectoryResult):
                return found.account, None
            progress.account = replace(found.account.account, refusal=refusal(found.account.state, self._now()))
            decided = self._decide(question, found.account, found.policy)
            if decided is not None:
                return decided, None
            controllers.remove(controller)
            try:
                same = replace(controller, address=found.peer)
                with _fresh_channel(question, same, deadline, others=bool(controllers)) as channel:
                    return _verify(question, found.account, channel, progress)
            except ControllerFaultError as error:
                faults.append(f"{controller.host}: {error}")
                if progress.was_sent:
                    break
        raise ControllerFaultError("; ".join(faults))

    def _decide(
        self, question: DirectoryQuestion, found: FoundAccount, policy: LockoutPolicy | None
    ) -> DirectoryResult | None:
        """What can be answered without sending the password; None if it has to be sent."""
        if question.object_guid is not None and question.object_guid.lower() != found.account.object_guid:
            return DirectoryResult.IDENTITY_CHANGED
        if question.operation is DirectoryOperation.LOOK_UP:
            return DirectoryResult.FOUND
        now = self._now()
        return refusal(found.state, now) or _known(question, found) or _withheld(question, found, policy, now)

    # ---- finding the account

    def _find(
        self, question: DirectoryQuestion, controllers: list[DomainController], deadline: float
    ) -> tuple[DomainController, _Found]:
        started = time.monotonic()
        connected: dict[str, int] = {}

        def connect(controller: DomainController) -> Channel:
            channel = open_channel(controller, question.directory.ca_certificates, deadline)
            connected[controller.host] = _milliseconds(started)
            return channel

        def ask(controller: DomainController, channel: Channel) -> _Found:
            times = {"connect": connected[controller.host]}
            return self._look(question, channel, times)

        listing = question.operation is DirectoryOperation.LIST_MEMBERS
        patience = LIST_PATIENCE_SECONDS if listing else PATIENCE_SECONDS
        return race(controllers, connect, ask, deadline, patience=patience)

    def _look(self, question: DirectoryQuestion, channel: Channel, times: Milliseconds) -> _Found:
        """All that is to be known before the password is sent, by one controller."""
        started = time.monotonic()
        session = _service_session(question, channel)
        times["service_bind"] = _milliseconds(started)
        if question.operation is DirectoryOperation.LIST_MEMBERS:
            return _members(session, question, times, channel.peer)
        started = time.monotonic()
        account = accounts.find_account(session, question.directory.base_dn, question.name_kind, question.name)
        times["search"] = _milliseconds(started)
        if isinstance(account, DirectoryResult) or question.operation is DirectoryOperation.LOOK_UP:
            return _Found(account, times, channel.peer)
        started = time.monotonic()
        policy = self._policy(session, question.directory, account.password_settings)
        times["policy"] = _milliseconds(started)
        return _Found(account, times, channel.peer, policy)

    def _policy(self, session: Session, where: DirectoryAddress, password_settings: str | None) -> LockoutPolicy:
        """The user's own rule of locking if it can be read, else the domain's."""
        own = password_settings and self._kept(
            where, password_settings, lambda dn: accounts.settings_lockout_policy(session, dn)
        )
        domain = accounts.domain_of(where.base_dn)
        policy = own or self._kept(where, domain, lambda dn: accounts.domain_lockout_policy(session, dn))
        assert policy  # noqa: S101 -- for the type checker: the domain's is there, or reading it raised
        return policy

    def _kept(
        self, where: DirectoryAddress, dn: str, read: Callable[[str], LockoutPolicy | None]
    ) -> LockoutPolicy | None:
        now = self._now()
        ends, policy = self._policies.get((where, dn), (0.0, None))
        if ends > now:
            return policy
        policy = read(dn)
        if len(self._policies) >= MAX_POLICIES:
            self._policies.clear()
        self._policies[where, dn] = (now + POLICY_SECONDS, policy)
        return policy


def _known(question: DirectoryQuestion, found: FoundAccount) -> DirectoryResult | None:
    """What is known of the password without asking."""
    if found.account.password_last_set in question.known_wrong:
        return DirectoryResult.PASSWORD_KNOWN_WRONG
    return None if _can_be_right(question.password or b"") else DirectoryResult.PASSWORD_WRONG


def _can_be_right(password: bytes) -> bool:
    """Nobody's password holds a NUL, and a server that ends texts there could take it for an empty one. Nor can one
    be right that is no text: the directory keeps passwords in UTF-16."""
    try:
        return "\0" not in password.decode()
    except UnicodeDecodeError:
        return False


def _withheld(
    question: DirectoryQuestion, found: FoundAccount, policy: LockoutPolicy | None, now: float
) -> DirectoryResult | None:
    holds = policy is None or is_withheld(found.state, policy, now, others_asking=question.others_asking)
    return DirectoryResult.WITHHELD if holds else None


def _fresh_channel(
    question: DirectoryQuestion, controller: DomainController, deadline: float, *, others: bool
) -> Channel:
    """A failed bind leaves a connection what it was before: so the user's is made on one that was nobody's."""
    limit = min(deadline, time.monotonic() + RECONNECT_SECONDS) if others else deadline
    channel = open_channel(controller, question.directory.ca_certificates, limit)
    channel.deadline = deadline
    return channel


def _verify(
    question: DirectoryQuestion, found: FoundAccount, channel: Channel, progress: _Progress
) -> tuple[DirectoryResult, str | None]:
    """The one bind. Raises ControllerFaultError."""
    if channel.deadline - time.monotonic() < BIND_SECONDS:
        raise TooLateError("no time was left to send the password")
    started = time.monotonic()
    try:
        answered = bind(channel, found.dn, question.password or b"")
    finally:
        progress.was_sent = channel.sent > 0
        progress.milliseconds["user_bind"] = _milliseconds(started)
    if answered.code in NOT_LOOKED_AT:  # so it has cost none of the account's tries
        progress.was_sent = False
    result = result_of_bind(answered.code, answered.text)
    return result, _word_on(result, answered.code, answered.text)


def _service_session(question: DirectoryQuestion, channel: Channel) -> Session:
    service = question.service_account
    answered, session = bound_session(channel, service.username, service.password)
    if answered.code == SUCCESS:
        return session
    if answered.code == INVALID_CREDENTIALS and result_of_bind(answered.code, answered.text) is not _OUR_FAULT:
        raise ServiceAccountRefusedError(f"sub-code {sub_code(answered.text)}")
    raise ControllerFaultError(f"the service account's bind was answered with result {answered.code}")


def _members(session: Session, question: DirectoryQuestion, times: Milliseconds, peer: str) -> _Found:
    started = time.monotonic()
    base = question.directory.base_dn
    members = find_members(session, base, accounts.domain_of(base), question.name)
    times["search"] = _milliseconds(started)
    result = DirectoryResult.UNKNOWN_USER if members is None else DirectoryResult.FOUND
    return _Found(result, times, peer, members=members or ())


_OUR_FAULT: Final = DirectoryResult.UNAVAILABLE


def _word_on(result: DirectoryResult, code: int, text: str) -> str | None:
    if result is DirectoryResult.UNAVAILABLE:
        return f"the bind was answered with result {code}, sub-code {sub_code(text)}"
    if code == INVALID_CREDENTIALS:
        return f"sub-code {sub_code(text)}"
    return None


def _milliseconds(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
