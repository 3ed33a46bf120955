"""A directory in memory: accounts with passwords, groups and states, and a count of every bind that was sent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from threading import RLock
from uuid import NAMESPACE_DNS, uuid5

from mfa.contract.directory import DirectoryAccount, DirectoryAnswer, DirectoryResult
from mfa.domain.user_names import Alias, AliasKind, Realm
from tests.fakes.clock import FakeClock

# What the account's record tells: then no password is sent.
_BEFORE_THE_PASSWORD = frozenset(
    {
        DirectoryResult.DISABLED,
        DirectoryResult.LOCKED,
        DirectoryResult.ACCOUNT_EXPIRED,
        DirectoryResult.PASSWORD_EXPIRED,
        DirectoryResult.MUST_CHANGE_PASSWORD,
    }
)


@dataclass
class FakeAccount:
    """``state`` is what becomes of the right password. ``bad_passwords`` counts like badPwdCount; at
    ``lockout_threshold`` (0: never) the account is locked."""

    object_guid: str
    sam: str
    password: bytes
    upn: str | None = None
    groups: frozenset[str] = frozenset()
    password_last_set: int = 133_000_000_000_000_000
    state: DirectoryResult = DirectoryResult.PASSWORD_RIGHT
    lockout_threshold: int = 0
    bad_passwords: int = 0

    def found(self) -> DirectoryAccount:
        return DirectoryAccount(
            object_guid=self.object_guid,
            sam_account_name=self.sam,
            user_principal_name=self.upn,
            display_name=self.sam.title(),
            groups=self.groups,
            password_last_set=self.password_last_set,
            refusal=None if self.state is DirectoryResult.PASSWORD_RIGHT else self.state,
        )


@dataclass
class FakeDirectory:
    """``result`` makes every call end so (UNAVAILABLE, SERVICE_ACCOUNT_REFUSED, …). ``slow_seconds`` is the time that a
    call takes on ``clock``; past the deadline it is UNAVAILABLE, and what was sent was sent. ``on_bind`` is called
    while a bind is on its way, outside of any lock: a test may hold it there.

    ``look_ups`` and ``binds`` list who was asked for: names, and (objectGUID, password)."""

    clock: FakeClock | None = None
    result: DirectoryResult | None = None
    slow_seconds: float = 0
    on_bind: Callable[[], None] | None = None
    controller: str = "dc1.corp.example.test"
    accounts: dict[str, list[FakeAccount]] = field(default_factory=dict)
    empty_groups: set[str] = field(default_factory=set)
    look_ups: list[str] = field(default_factory=list)
    binds: list[tuple[str, bytes]] = field(default_factory=list)
    lock: RLock = field(default_factory=RLock)

    def add(
        self,
        sam: str,
        password: str = "correct horse",  # noqa: S107 -- an invented one
        *,
        realm: str = "corp",
        upn: str | None = None,
        groups: Sequence[str] = (),
        state: DirectoryResult = DirectoryResult.PASSWORD_RIGHT,
        lockout_threshold: int = 0,
    ) -> FakeAccount:
        account = FakeAccount(
            object_guid=str(uuid5(NAMESPACE_DNS, f"{sam}.{realm}")),
            sam=sam,
            password=password.encode(),
            upn=upn,
            groups=frozenset(groups),
            state=state,
            lockout_threshold=lockout_threshold,
        )
        self.accounts.setdefault(realm, []).append(account)
        return account

    def look_up(self, realm: Realm, alias: Alias, deadline: float) -> DirectoryAnswer:
        with self.lock:
            self.look_ups.append(alias.name)
            fault = self._fault(deadline)
            if fault is not None:
                return fault
            account = self._account(realm, alias)
            if isinstance(account, DirectoryResult):
                return self._answer(account)
            return self._answer(DirectoryResult.FOUND, account)

    def verify_password(
        self,
        realm: Realm,
        alias: Alias,
        password: bytes,
        *,
        object_guid: str | None,
        known_wrong: Sequence[int],
        others_asking: int,
        deadline: float,
    ) -> DirectoryAnswer:
        assert password, "an empty password is never sent to a directory"
        with self.lock:
            account = self._account(realm, alias)
            if self.result is not None or isinstance(account, DirectoryResult):
                return self._fault(deadline) or self._answer(_result_of(account))
            withheld = _withheld(account, object_guid, known_wrong, others_asking)
            if withheld is not None:
                return self._fault(deadline) or self._answer(withheld, account)
            self.binds.append((account.object_guid, password))
        if self.on_bind is not None:
            self.on_bind()
        with self.lock:
            result = _bound(account, password)
            return self._fault(deadline, was_sent=True) or self._answer(result, account, was_sent=True)

    def list_members(self, realm: Realm, group: str, deadline: float) -> DirectoryAnswer:
        with self.lock:
            fault = self._fault(deadline)
            if fault is not None:
                return fault
            accounts = self.accounts.get(realm.name, [])
            members = tuple(replace(one.found(), groups=frozenset()) for one in accounts if group in one.groups)
            if not members and group not in self.empty_groups:
                return self._answer(DirectoryResult.UNKNOWN_USER)
            return DirectoryAnswer(result=DirectoryResult.FOUND, members=members, controller=self.controller)

    def _account(self, realm: Realm, alias: Alias) -> FakeAccount | DirectoryResult:
        found = [account for account in self.accounts.get(realm.name, []) if _has_name(account, alias)]
        if len(found) > 1:
            return DirectoryResult.AMBIGUOUS_USER
        return found[0] if found else DirectoryResult.UNKNOWN_USER

    def _fault(self, deadline: float, *, was_sent: bool = False) -> DirectoryAnswer | None:
        if self.clock is not None:
            self.clock.advance(self.slow_seconds)
            if self.clock.now() >= deadline:
                return DirectoryAnswer(
                    result=DirectoryResult.UNAVAILABLE, was_sent=was_sent, detail="no answer before the deadline"
                )
        if self.result is None:
            return None
        return DirectoryAnswer(result=self.result, was_sent=was_sent, detail=f"the test says {self.result.value}")

    def _answer(
        self, result: DirectoryResult, account: FakeAccount | None = None, *, was_sent: bool = False
    ) -> DirectoryAnswer:
        return DirectoryAnswer(
            result=result,
            account=None if account is None else account.found(),
            was_sent=was_sent,
            controller=self.controller,
        )


def _has_name(account: FakeAccount, alias: Alias) -> bool:
    own = account.upn if alias.kind is AliasKind.UPN else account.sam
    return own is not None and own.casefold() == alias.name


def _result_of(account: FakeAccount | DirectoryResult) -> DirectoryResult:
    return account if isinstance(account, DirectoryResult) else DirectoryResult.UNAVAILABLE


def _withheld(
    account: FakeAccount, object_guid: str | None, known_wrong: Sequence[int], others_asking: int
) -> DirectoryResult | None:
    if object_guid not in {None, account.object_guid}:
        return DirectoryResult.IDENTITY_CHANGED
    if account.state in _BEFORE_THE_PASSWORD:
        return account.state
    if account.password_last_set in known_wrong:
        return DirectoryResult.PASSWORD_KNOWN_WRONG
    if account.lockout_threshold and account.bad_passwords + others_asking >= max(1, account.lockout_threshold - 2):
        return DirectoryResult.WITHHELD
    return None


def _bound(account: FakeAccount, password: bytes) -> DirectoryResult:
    if password != account.password:
        account.bad_passwords += 1
        if account.lockout_threshold and account.bad_passwords >= account.lockout_threshold:
            account.state = DirectoryResult.LOCKED
        return DirectoryResult.PASSWORD_WRONG
    account.bad_passwords = 0
    return account.state
