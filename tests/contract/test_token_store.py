"""What every TokenStore does: an import counts whole or not at all, and a token has one owner or none."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from mfa.domain.factors import (
    MAX_FACTORS,
    AcceptedCode,
    FactorState,
    FarCode,
    HotpFactor,
    HotpParameters,
    SubscriberState,
    TotpFactor,
    TotpParameters,
)
from mfa.domain.reasons import RejectReason
from mfa.domain.sealing import Sealed
from mfa.domain.subscribers import Subscriber
from mfa.domain.tokens import ImportState, Token, TokenImport, TokenOwner, factor_of
from mfa.domain.user_names import Alias, AliasKind
from mfa.domain.verification import FoundFar
from mfa.errors import ConditionRefusedError
from mfa.ports import Attempt
from tests.contract.conftest import Ports
from tests.fakes.races import all_at_once

USER = "user-1"
TOKEN = Token(
    serial="T-1",
    parameters=HotpParameters(),
    seed=Sealed(1, b"\x00sealed\xff"),
    last_moving_factor=41,
    import_id="import-1",
    imported_at=900,
)
CLOCK = replace(TOKEN, serial="T-2", parameters=TotpParameters("SHA256", 8, 60), last_moving_factor=-1, drift=-2)
ALICE = Subscriber(
    user_id=USER,
    display_name="Alice",
    aliases=(Alias("corp", AliasKind.SAM, "alice"),),
    state=SubscriberState.ACTIVE,
    created_at=900,
)


def begun(import_id: str = "import-1", total: int = 2) -> TokenImport:
    return TokenImport(import_id=import_id, state=ImportState.OPEN, total=total, stored=0, started_at=900)


def stock(ports: Ports, *tokens: Token) -> None:
    ports.tokens.start_import(begun(total=len(tokens)))
    for token in tokens:
        ports.tokens.put(token)
    ports.tokens.complete_import("import-1")


def factor(token: Token = TOKEN, factor_id: str = "f-1") -> HotpFactor | TotpFactor:
    return factor_of(token, factor_id, Sealed(1, b"sealed anew"), 1000)


@pytest.fixture
def ports(ports: Ports) -> Ports:
    ports.subscribers.create(ALICE)
    return ports


@pytest.fixture
def stocked(ports: Ports) -> Ports:
    stock(ports, TOKEN, CLOCK)
    return ports


def serials(tokens: Sequence[Token]) -> list[str]:
    return [token.serial for token in tokens]


def test_an_import_counts_when_it_is_complete_and_not_before(ports: Ports) -> None:
    assert ports.tokens.start_import(begun()) == begun()
    ports.tokens.put(TOKEN)
    assert ports.tokens.read("T-1") is None
    assert serials(ports.tokens.page(None, 10)) == []
    with pytest.raises(ConditionRefusedError):
        ports.tokens.complete_import("import-1")
    ports.tokens.put(CLOCK)
    assert ports.tokens.imports() == [replace(begun(), stored=2)]
    ports.tokens.complete_import("import-1")
    assert ports.tokens.read("T-1") == TOKEN
    assert ports.tokens.read("T-2") == CLOCK
    assert ports.tokens.imports() == []


def test_what_is_put_again_is_counted_once(ports: Ports) -> None:
    ports.tokens.start_import(begun())
    for _ in range(3):
        ports.tokens.put(TOKEN)
    found = ports.tokens.read_import("import-1")
    assert found is not None
    assert found.stored == 1
    assert ports.tokens.start_import(begun(total=1)).stored == 1
    ports.tokens.complete_import("import-1")


def test_a_complete_import_takes_nothing_more(stocked: Ports) -> None:
    complete = replace(begun(), state=ImportState.COMPLETE, stored=2)
    assert stocked.tokens.start_import(begun(total=9)) == complete
    for refused in (lambda: stocked.tokens.put(replace(TOKEN, serial="T-3")), lambda: stocked.tokens.put(TOKEN)):
        with pytest.raises(ConditionRefusedError):
            refused()
    for end in (stocked.tokens.complete_import, stocked.tokens.abandon_import):
        with pytest.raises(ConditionRefusedError):
            end("import-1")
    assert stocked.tokens.read_import("import-1") == complete


def test_no_import_no_token(ports: Ports) -> None:
    with pytest.raises(ConditionRefusedError):
        ports.tokens.put(TOKEN)
    assert ports.tokens.read_import("import-1") is None
    assert ports.tokens.read("T-1") is None


def test_a_serial_number_of_the_inventory_is_not_taken_twice(stocked: Ports) -> None:
    stocked.tokens.start_import(begun("import-2", 1))
    with pytest.raises(ConditionRefusedError):
        stocked.tokens.put(replace(TOKEN, import_id="import-2", seed=Sealed(1, b"another")))
    assert stocked.tokens.read("T-1") == TOKEN


def test_what_an_open_import_left_goes_to_the_next(ports: Ports) -> None:
    ports.tokens.start_import(begun(total=1))
    ports.tokens.put(TOKEN)
    ports.tokens.start_import(begun("import-2", 1))
    taken = replace(TOKEN, import_id="import-2", seed=Sealed(1, b"corrected"))
    ports.tokens.put(taken)
    with pytest.raises(ConditionRefusedError):
        ports.tokens.complete_import("import-1")
    ports.tokens.complete_import("import-2")
    assert ports.tokens.read("T-1") == taken


def test_an_abandoned_import_leaves_nothing(ports: Ports) -> None:
    ports.tokens.start_import(begun())
    ports.tokens.put(TOKEN)
    ports.tokens.abandon_import("import-1")
    assert ports.tokens.read_import("import-1") is None
    with pytest.raises(ConditionRefusedError):
        ports.tokens.abandon_import("import-1")
    stock(ports, TOKEN)
    assert ports.tokens.read("T-1") == TOKEN


def test_the_inventory_is_listed_in_pages(ports: Ports) -> None:
    stock(ports, *[replace(TOKEN, serial=serial) for serial in ("A", "AB", "B 1", "B+1", "C")])
    ports.tokens.start_import(begun("import-2", 1))
    ports.tokens.put(replace(TOKEN, serial="AA", import_id="import-2"))
    assert serials(ports.tokens.page(None, 3)) == ["A", "AB", "B 1"]
    assert serials(ports.tokens.page("B 1", 3)) == ["B+1", "C"]
    assert serials(ports.tokens.page("C", 3)) == []


@pytest.mark.parametrize("token", [TOKEN, CLOCK], ids=["hotp", "totp"])
def test_an_assigned_token_is_a_factor_of_the_user(stocked: Ports, token: Token) -> None:
    stocked.tokens.assign(token, factor(token), USER, 1000)
    owner = TokenOwner(user_id=USER, factor_id="f-1", since=1000)
    assert stocked.tokens.read(token.serial) == replace(token, owner=owner)
    item = stocked.logins.read(USER)
    assert item is not None
    assert item.factors == {"f-1": factor(token)}
    assert serials(stocked.tokens.page(None, 5)) == ["T-1", "T-2"]


def test_a_token_has_one_owner(stocked: Ports) -> None:
    stocked.subscribers.create(replace(ALICE, user_id="user-2", aliases=(Alias("corp", AliasKind.SAM, "bob"),)))

    def give(user_id: str) -> bool:
        try:
            stocked.tokens.assign(TOKEN, factor(factor_id=f"of-{user_id}"), user_id, 1000)
        except ConditionRefusedError:
            return False
        return True

    won = all_at_once([lambda: give(USER), lambda: give("user-2"), lambda: give(USER)])
    assert sorted(won) == [False, False, True]
    assert sum(len(stocked.subscribers.factors(user_id).factors) for user_id in (USER, "user-2")) == 1


def test_no_token_for_nobody_nor_beyond_the_room(stocked: Ports) -> None:
    with pytest.raises(ConditionRefusedError):
        stocked.tokens.assign(TOKEN, factor(), "nobody", 1000)
    assert stocked.logins.read("nobody") is None
    for place in range(MAX_FACTORS):
        one = replace(factor(), factor_id=f"x-{place}", state=FactorState.PENDING)
        stocked.subscribers.add_pending_factor(USER, one, None)
        used = AcceptedCode(factor_id=one.factor_id, moving_factor=1)
        stocked.subscribers.activate_factor(USER, one.factor_id, used, 1000)
    with pytest.raises(ConditionRefusedError):
        stocked.tokens.assign(TOKEN, factor(), USER, 1000)
    assert stocked.tokens.read("T-1") == TOKEN


def test_a_token_of_an_open_import_or_seen_otherwise_is_not_given(ports: Ports) -> None:
    ports.tokens.start_import(begun(total=1))
    ports.tokens.put(TOKEN)
    with pytest.raises(ConditionRefusedError):
        ports.tokens.assign(TOKEN, factor(), USER, 1000)
    ports.tokens.complete_import("import-1")
    with pytest.raises(ConditionRefusedError):
        ports.tokens.assign(replace(TOKEN, last_moving_factor=7), factor(), USER, 1000)
    assert ports.subscribers.factors(USER).factors == {}


def owned(ports: Ports, token: Token = TOKEN) -> Token:
    ports.tokens.assign(token, factor(token), USER, 1000)
    found = ports.tokens.read(token.serial)
    assert found is not None
    return found


@pytest.mark.parametrize("token", [TOKEN, CLOCK], ids=["hotp", "totp"])
def test_c11_a_token_comes_back_as_far_on_as_it_was(stocked: Ports, token: Token) -> None:
    has = owned(stocked, token)
    stocked.tokens.use_up(USER, AcceptedCode(factor_id="f-1", moving_factor=60, drift=3), 1000)
    stocked.tokens.take_back(has, stocked.subscribers.factors(USER).factors["f-1"])
    back = stocked.tokens.read(token.serial)
    drift = 3 if token is CLOCK else 0
    assert back == replace(token, last_moving_factor=60, drift=drift, owner=None)
    assert stocked.subscribers.factors(USER).factors == {}


def test_a_token_is_not_taken_back_as_it_was_before_a_login(stocked: Ports) -> None:
    has, seen = owned(stocked), factor()
    stocked.tokens.use_up(USER, AcceptedCode(factor_id="f-1", moving_factor=60), 1000)
    for wrong in (seen, None):
        with pytest.raises(ConditionRefusedError):
            stocked.tokens.take_back(has, wrong)
    with pytest.raises(ConditionRefusedError):
        stocked.tokens.take_back(TOKEN, seen)
    assert stocked.tokens.read("T-1") == has
    assert list(stocked.subscribers.factors(USER).factors) == ["f-1"]


def test_a_token_whose_factor_is_gone_is_free_again(stocked: Ports) -> None:
    has = owned(stocked)
    stocked.subscribers.remove_factor(USER, "f-1")
    stocked.tokens.take_back(has, None)
    assert stocked.tokens.read("T-1") == TOKEN


def test_a_user_who_is_removed_leaves_the_tokens_as_far_on_as_they_were(stocked: Ports) -> None:
    owned(stocked)
    stocked.tokens.use_up(USER, AcceptedCode(factor_id="f-1", moving_factor=60), 1000)
    stocked.subscribers.remove(ALICE)
    assert stocked.tokens.read("T-1") == replace(TOKEN, last_moving_factor=60)


def test_a_code_is_used_up_once(stocked: Ports) -> None:
    owned(stocked)

    def use() -> bool:
        try:
            stocked.tokens.use_up(USER, AcceptedCode(factor_id="f-1", moving_factor=60), 1001)
        except ConditionRefusedError:
            return False
        return True

    assert sorted(all_at_once([use] * 5)) == [False] * 4 + [True]
    used = stocked.subscribers.factors(USER).factors["f-1"]
    assert (used.last_moving_factor, used.last_used_at) == (60, 1001)
    for factor_id, counter in (("f-1", 60), ("f-1", 59), ("gone", 70)):
        with pytest.raises(ConditionRefusedError):
            stocked.tokens.use_up(USER, AcceptedCode(factor_id=factor_id, moving_factor=counter), 1001)


def attempt(login_id: str = "AAAAAAAAAAAAAAAAAAAAAA") -> Attempt:
    return Attempt(user_id=USER, login_id=login_id, fingerprint=b"fingerprint", at=1010)


def test_an_accepted_counter_and_all_before_it_are_used_up(stocked: Ports) -> None:
    owned(stocked)
    stocked.logins.reserve(attempt())
    stocked.logins.accept(attempt(), AcceptedCode(factor_id="f-1", moving_factor=45), ())
    used = stocked.subscribers.factors(USER).factors["f-1"]
    assert used == replace(factor(), last_accepted_counter=45, last_used_at=1010)  # type: ignore[call-arg]
    for counter in (45, 44, 0):
        again = attempt(f"login-{counter}")
        stocked.logins.reserve(again)
        with pytest.raises(ConditionRefusedError):
            stocked.logins.accept(again, AcceptedCode(factor_id="f-1", moving_factor=counter), ())


def test_a_far_code_is_remembered_until_a_code_is_accepted(stocked: Ports) -> None:
    owned(stocked)
    far = FarCode(80, 1010)
    stocked.logins.reserve(attempt())
    stocked.logins.reject(attempt(), RejectReason.CODE_FAR_OFF, (), far=FoundFar("f-1", far))
    item = stocked.subscribers.factors(USER)
    assert item.factors["f-1"].far == far
    assert item.throttle.tries == 1
    stocked.logins.reserve(attempt("next"))
    stocked.logins.accept(attempt("next"), AcceptedCode(factor_id="f-1", moving_factor=81), ())
    assert stocked.subscribers.factors(USER).factors["f-1"].far is None


def test_a_far_code_of_a_factor_that_is_gone_is_a_reject_all_the_same(stocked: Ports) -> None:
    stocked.logins.reserve(attempt())
    stocked.logins.reject(attempt(), RejectReason.CODE_FAR_OFF, (), far=FoundFar("gone", FarCode(80, 1010)))
    item = stocked.subscribers.factors(USER)
    assert item.recent[attempt().login_id].reason == RejectReason.CODE_FAR_OFF
    assert item.factors == {}
    with pytest.raises(ConditionRefusedError):
        stocked.logins.reject(attempt(), RejectReason.CODE_FAR_OFF, (), far=FoundFar("gone", FarCode(80, 1010)))


def charged(ports: Ports, at: int, subject: str = "T-1") -> bool:
    try:
        ports.tokens.charge(subject, at, 3, 600)
    except ConditionRefusedError:
        return False
    return True


def test_a_budget_of_tries_is_kept_and_comes_back(stocked: Ports) -> None:
    assert [charged(stocked, 1000 + second) for second in range(5)] == [True] * 3 + [False] * 2
    assert charged(stocked, 1000, "T-2")
    assert not charged(stocked, 1599)
    assert [charged(stocked, 1600) for _ in range(4)] == [True] * 3 + [False]


def test_many_tries_at_once_are_counted(stocked: Ports) -> None:
    assert sorted(all_at_once([lambda: charged(stocked, 1000)] * 8)) == [False] * 5 + [True] * 3
    assert sorted(all_at_once([lambda: charged(stocked, 2000)] * 8)) == [False] * 5 + [True] * 3
