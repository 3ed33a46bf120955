"""AD passwords at a login, by mode: what is sent, in which order, and what it costs (THREATS E13-E15, A20)."""

from dataclasses import replace

import pytest

from mfa.contract.directory import DirectoryResult
from mfa.domain.configuration import ClientMode, DangerousSwitch, JoinedForm, Waiver
from mfa.domain.directory import REASONS
from mfa.domain.policy import FactorKind
from mfa.domain.reasons import RejectReason
from mfa.domain.user_names import Alias, AliasKind
from tests.fakes.challenge_response import PROTOCOLS, under
from tests.fakes.login_world import HOLD_MS, REALM, Answer
from tests.fakes.mode_world import CORP, PASSWORD, PASSWORD_MODES, ModeWorld, mode_world, vpn

PACKET = b"one packet, twice"[:16]
AND, THEN, CHALLENGE = ClientMode.PASSWORD_AND_FACTOR, ClientMode.PASSWORD_THEN_FACTOR, ClientMode.CHALLENGE
SECOND = ClientMode.SECOND_FACTOR
HALF_AN_HOUR = 1800


@pytest.fixture
def joined() -> ModeWorld:
    return mode_world(AND)


def wire(answer: Answer) -> tuple[object, ...]:
    """All that the client can see of an answer."""
    response = answer.response
    return (
        response.outcome, response.hold_ms, response.reply_message, response.attributes, response.state,
        response.ms_chap, response.upstream, response.ticket,
    )  # fmt: skip


def test_password_and_code_are_accepted_for_one_bind(joined: ModeWorld) -> None:
    answer = joined.login(f"{PASSWORD},{joined.code()}")
    assert (answer.outcome, answer.response.hold_ms) == ("accept", 0)
    assert joined.directory.binds == [(joined.alice.object_guid, PASSWORD.encode())]
    assert (joined.tries(), joined.spent()) == (0, 0)
    record = joined.audit.logins[-1]
    assert record.factor_id == next(iter(joined.item().factors))
    assert record.directory == joined.directory.controller


def test_a_wrong_code_never_reaches_the_directory(joined: ModeWorld) -> None:
    answer = joined.login(f"{PASSWORD},{joined.wrong_code()}")
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.WRONG_CODE)
    assert (joined.binds, joined.directory.look_ups, joined.tries()) == (0, [], 1)


def test_e15_a_right_code_with_a_wrong_password_is_used_up_for_one_bind(joined: ModeWorld) -> None:
    code = joined.code()
    answer = joined.login(f"wrong,{code}")
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.PASSWORD_WRONG)
    assert (joined.binds, joined.spent(), joined.tries(), joined.alice.bad_passwords) == (1, 1, 1, 1)
    again = joined.login(f"{PASSWORD},{code}")
    assert (again.outcome, again.reason) == ("reject", RejectReason.CODE_USED)
    assert joined.binds == 1


def test_e15_retransmissions_cost_neither_a_bind_nor_a_try(joined: ModeWorld) -> None:
    text = f"wrong,{joined.code()}"
    answers = [joined.login(text, login_id=PACKET) for _ in range(10)]
    assert {answer.reason for answer in answers} == {RejectReason.PASSWORD_WRONG}
    assert (joined.binds, joined.spent(), joined.tries(), joined.alice.bad_passwords) == (1, 1, 1, 1)


def test_an_accept_is_given_again_without_asking_the_directory(joined: ModeWorld) -> None:
    text = f"{PASSWORD},{joined.code()}"
    assert [joined.login(text, login_id=PACKET).outcome for _ in range(3)] == ["accept"] * 3
    assert joined.binds == 1
    assert joined.item().throttle.successes == 1


def test_the_user_is_linked_to_the_account_and_is_no_other_from_then_on(joined: ModeWorld) -> None:
    joined.login(f"{PASSWORD},{joined.code()}")
    assert joined.item().object_guid == joined.alice.object_guid
    assert joined.directory.look_ups == ["alice"]
    joined.clock.advance(60)
    joined.login(f"{PASSWORD},{joined.code()}")
    assert joined.directory.look_ups == ["alice"]  # it is known now
    joined.alice.object_guid = "00000000-0000-0000-0000-000000000001"  # made anew under the old name
    joined.clock.advance(60)
    answer = joined.login(f"{PASSWORD},{joined.code()}")
    assert (answer.outcome, answer.reason, joined.binds) == ("reject", RejectReason.IDENTITY_CHANGED, 2)
    assert joined.tries() == 0


def test_a_link_that_somebody_else_made_meanwhile_is_respected(joined: ModeWorld) -> None:
    find = joined.directory.look_up

    def late(*arguments: object) -> object:
        joined.store.logins.link(joined.user_id, Alias("corp", AliasKind.GUID, "00000000-0000-0000-0000-000000000001"))
        return find(*arguments)  # type: ignore[arg-type]

    joined.directory.look_up = late  # type: ignore[method-assign, assignment]
    assert joined.login(f"{PASSWORD},{joined.code()}").reason is RejectReason.IDENTITY_CHANGED
    assert joined.binds == 1


def test_only_a_right_password_says_which_account_a_user_is(joined: ModeWorld) -> None:
    """A stranger's try must not decide it: the name may belong to somebody else by tomorrow."""
    joined.login(f"wrong,{joined.code()}")
    assert joined.item().object_guid is None
    joined.clock.advance(60)
    assert joined.login(f"{PASSWORD},{joined.code()}").outcome == "accept"
    assert joined.item().object_guid == joined.alice.object_guid


def test_one_account_is_never_two_users(joined: ModeWorld) -> None:
    other = joined.add_user("alice2")
    joined.store.logins.link(other, Alias("corp", AliasKind.GUID, joined.alice.object_guid))
    assert joined.login(f"{PASSWORD},{joined.code()}").reason is RejectReason.IDENTITY_CHANGED


def test_a_link_whose_answer_was_lost_is_looked_up_and_one_that_failed_ends_in_a_reject(joined: ModeWorld) -> None:
    joined.store.faults.before["logins.link"] = 1
    assert joined.login(f"{PASSWORD},{joined.code()}").reason is RejectReason.UNAVAILABLE
    assert joined.item().object_guid is None
    joined.clock.advance(60)
    joined.store.faults.after["logins.link"] = 1
    assert joined.login(f"{PASSWORD},{joined.code()}").outcome == "accept"
    assert joined.item().object_guid == joined.alice.object_guid


def test_a_renamed_account_is_no_stranger_once_it_was_linked(joined: ModeWorld) -> None:
    assert joined.login(f"{PASSWORD},{joined.code()}").outcome == "accept"
    renamed = joined.store.index.find(Alias("corp", AliasKind.GUID, joined.alice.object_guid))
    assert renamed == joined.user_id


@pytest.mark.parametrize("text", ["secret", "secret,", ",123456", "12345678,123456", "123456", "   ", "\0,123456"])
def test_a_text_that_cannot_be_split_touches_nothing(joined: ModeWorld, text: str) -> None:
    joined.memory.calls.clear()
    answer = joined.login(text)
    assert (answer.outcome, answer.reason, answer.response.hold_ms) == (
        "reject", RejectReason.PASSWORD_MISSING, HOLD_MS,
    )  # fmt: skip
    assert set(joined.memory.calls) <= {"configurations.current", "configurations.load"}
    assert joined.binds == 0


def test_a_fixed_code_length_parts_without_a_delimiter() -> None:
    world = mode_world(AND, joined=JoinedForm(code_length=6))
    assert world.login(f"{PASSWORD}{world.code()}").outcome == "accept"
    assert world.directory.binds == [(world.alice.object_guid, PASSWORD.encode())]


@pytest.mark.parametrize("password", [" leading", "trailing ", "with,comma", "ünï", "tab\tin", 'quote"\\', "ﬁ"])
def test_a_password_reaches_the_directory_octet_by_octet(joined: ModeWorld, password: str) -> None:
    joined.alice.password = password.encode()
    assert joined.login(f"{password},{joined.code()}").outcome == "accept"


@pytest.mark.parametrize("mode", PASSWORD_MODES)
@pytest.mark.parametrize("protocol", [name for name in PROTOCOLS if name != "pap"])
def test_password_modes_take_pap_only_and_give_no_keys(mode: ClientMode, protocol: str) -> None:
    world = mode_world(mode)
    answer = world.send(under(protocol, world.request(world.code())))
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.PASSWORD_NEEDS_PAP)
    assert answer.response.ms_chap is None


@pytest.mark.parametrize("mode", PASSWORD_MODES)
def test_an_unknown_user_is_looked_for_in_the_table_and_nowhere_else(mode: ClientMode) -> None:
    world = mode_world(mode)
    world.memory.calls.clear()
    text = f"{PASSWORD},{world.code()}" if mode is AND else PASSWORD
    answer = world.login(text, username="nobody")
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.UNKNOWN_USER)
    assert world.memory.calls[-3:] == ["index.find", "logins.reserve", "logins.read"]
    assert (world.binds, world.directory.look_ups) == (0, [])


@pytest.mark.parametrize("mode", PASSWORD_MODES)
@pytest.mark.parametrize("linked", [True, False])
def test_a_realm_without_a_directory_accepts_no_password(mode: ClientMode, linked: bool) -> None:
    world = ModeWorld()
    if linked:
        world.store.logins.link(world.user_id, Alias("corp", AliasKind.GUID, world.alice.object_guid))
    world.configure(vpn(mode), realms=[REALM])
    text = f"{PASSWORD},{world.code()}" if mode is AND else PASSWORD
    answer = world.login(text)
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.DIRECTORY_UNAVAILABLE)
    assert (world.binds, world.tries()) == (0, 0)
    assert world.audit.logins[-1].fault == "the realm corp has no directory"


# ---- automatic factor


def test_without_a_factor_that_can_be_started_a_right_password_is_not_enough() -> None:
    world = mode_world(THEN)
    answer = world.login(PASSWORD)
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.NO_AUTOMATIC_FACTOR)
    assert (world.binds, world.tries(), world.spent()) == (1, 0, 0)
    assert world.login("wrong").reason is RejectReason.PASSWORD_WRONG
    assert world.tries() == 1


@pytest.mark.parametrize("mode", [THEN, SECOND])
def test_a_marker_asks_for_a_factor_without_a_password(mode: ClientMode) -> None:
    waiver = Waiver(switch=DangerousSwitch.ASK_WITHOUT_PASSWORD, owner="Ada", reason="the gateway checks", until=2**40)
    world = mode_world(mode, automatic_factor_markers=frozenset({"auto", "1"}), waivers=(waiver,))
    for text in ("auto", " AUTO ", "1"):
        answer = world.login(text)
        assert (answer.outcome, answer.reason) == ("reject", RejectReason.NO_AUTOMATIC_FACTOR)
    assert (world.binds, world.tries()) == (0, 0)


def test_a_password_in_the_factor_field_is_checked_where_that_is_allowed() -> None:
    world = mode_world(SECOND, password_in_factor_field=True)
    assert world.login(PASSWORD).reason is RejectReason.NO_AUTOMATIC_FACTOR
    assert world.login("wrong").reason is RejectReason.PASSWORD_WRONG
    assert world.login("12345").reason is RejectReason.NOT_A_CODE
    assert world.login(world.code()).outcome == "accept"
    assert world.binds == 2


def test_a_user_without_an_active_factor_costs_no_bind() -> None:
    world = mode_world(THEN)
    world.store.subscribers.remove_factor(world.user_id, next(iter(world.item().factors)))
    for mode in (THEN, CHALLENGE):
        world.configure(vpn(mode))
        assert world.login(PASSWORD).reason is RejectReason.NOT_ENROLLED
    world.configure(vpn(AND))
    assert world.login(f"{PASSWORD},123456").reason is RejectReason.NOT_ENROLLED
    assert (world.binds, world.tries()) == (0, 0)


@pytest.mark.parametrize("mode", [SECOND, AND])
def test_a_code_is_no_factor_where_codes_are_not_admitted(mode: ClientMode) -> None:
    world = mode_world(mode, factors=(FactorKind.PUSH,))
    text = f"{PASSWORD},{world.code()}" if mode is AND else world.code()
    answer = world.login(text)
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.FACTOR_NOT_OFFERED)
    assert (world.binds, world.tries()) == (0, 0)


@pytest.mark.parametrize("word", ["phone", "phone2"])
def test_a_password_with_a_word_that_is_not_offered_costs_nothing(joined: ModeWorld, word: str) -> None:
    assert joined.login(f"{PASSWORD},{word}").reason is RejectReason.FACTOR_NOT_OFFERED
    assert (joined.binds, joined.tries()) == (0, 0)


# ---- the directory's words


STATES = {
    result: reason
    for result, reason in REASONS.items()
    if result not in {DirectoryResult.UNAVAILABLE, DirectoryResult.SERVICE_ACCOUNT_REFUSED}
}


@pytest.mark.parametrize(("state", "reason"), STATES.items())
def test_e14_every_word_of_the_directory_is_one_reject_on_the_wire(
    joined: ModeWorld, state: DirectoryResult, reason: RejectReason
) -> None:
    code_failure = wire(joined.login(f"{PASSWORD},{joined.wrong_code()}"))
    joined.alice.state = state
    answer = joined.login(f"{PASSWORD},{joined.code()}")
    assert answer.reason is reason
    assert wire(answer) == code_failure
    assert joined.binds <= 1


@pytest.mark.parametrize("fault", [DirectoryResult.UNAVAILABLE, DirectoryResult.SERVICE_ACCOUNT_REFUSED])
@pytest.mark.parametrize("linked", [True, False])
def test_e13_a_directory_that_fails_is_no_wrong_password_and_costs_no_try(
    joined: ModeWorld, fault: DirectoryResult, linked: bool
) -> None:
    if linked:
        joined.store.logins.link(joined.user_id, Alias("corp", AliasKind.GUID, joined.alice.object_guid))
    joined.directory.result = fault
    answer = joined.login(f"{PASSWORD},{joined.code()}")
    assert (answer.outcome, answer.reason) == ("reject", REASONS[fault])
    assert (joined.tries(), joined.spent(), joined.binds) == (0, 0, 0)
    assert joined.audit.logins[-1].fault == f"the test says {fault.value}"
    joined.directory.result = None
    joined.clock.advance(60)
    assert joined.login(f"{PASSWORD},{joined.code()}").outcome == "accept"  # alive


def test_a_bind_that_left_and_was_not_answered_stays_counted(joined: ModeWorld) -> None:
    joined.store.logins.link(joined.user_id, Alias("corp", AliasKind.GUID, joined.alice.object_guid))
    joined.directory.slow_seconds = 10
    text = f"{PASSWORD},{joined.code()}"
    answer = joined.login(text, login_id=PACKET)
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.DIRECTORY_UNAVAILABLE)
    assert (joined.tries(), joined.spent(), joined.binds) == (1, 1, 1)
    joined.directory.slow_seconds = 0
    again = joined.login(text, login_id=PACKET)
    assert (again.outcome, again.reason, joined.binds) == ("reject", RejectReason.DIRECTORY_UNAVAILABLE, 1)


# ---- the shield


def test_the_budget_of_an_account_is_spent_by_wrong_passwords_and_comes_back_after_half_an_hour() -> None:
    world = mode_world(CHALLENGE)
    reasons = [world.login(f"wrong{number}").reason for number in range(5)]
    assert reasons == [RejectReason.PASSWORD_WRONG] * 3 + [RejectReason.PASSWORD_BUDGET_SPENT] * 2
    assert (world.binds, world.spent()) == (3, 3)
    assert world.login(PASSWORD).reason is RejectReason.PASSWORD_BUDGET_SPENT
    assert world.tries() == 3  # what was not sent costs the user nothing
    world.clock.advance(HALF_AN_HOUR - 1)
    assert world.login(PASSWORD).reason is RejectReason.PASSWORD_BUDGET_SPENT
    world.clock.advance(1)
    assert world.login(PASSWORD).outcome == "challenge"
    assert (world.binds, world.spent()) == (4, 0)


def test_a_spent_budget_leaves_codes_alone() -> None:
    world = mode_world(CHALLENGE)
    for number in range(20):
        world.login(f"wrong{number}")
    world.configure(vpn(SECOND))
    assert world.login(world.code()).outcome == "accept"


def test_the_same_wrong_password_is_not_sent_twice_until_it_is_changed_or_half_an_hour_is_over() -> None:
    world = mode_world(CHALLENGE)
    assert world.login("old password").reason is RejectReason.PASSWORD_WRONG
    for _ in range(5):
        assert world.login("old password").reason is RejectReason.PASSWORD_KNOWN_WRONG
    assert (world.binds, world.spent(), world.tries()) == (1, 1, 1)
    world.alice.password, world.alice.password_last_set = b"old password", world.alice.password_last_set + 1
    assert world.login("old password").outcome == "challenge"
    world.alice.password = PASSWORD.encode()
    world.login("another")
    world.clock.advance(HALF_AN_HOUR + 1)
    assert world.login("another").reason is RejectReason.PASSWORD_WRONG


def test_right_passwords_spend_nothing() -> None:
    world = mode_world(CHALLENGE)
    assert {world.login(PASSWORD).outcome for _ in range(12)} == {"challenge"}
    assert (world.binds, world.spent(), world.tries()) == (12, 0, 0)


def test_a_password_that_was_right_but_expired_spends_nothing() -> None:
    world = mode_world(CHALLENGE)
    world.alice.state = DirectoryResult.PASSWORD_EXPIRED
    assert {world.login(PASSWORD).reason for _ in range(6)} == {RejectReason.PASSWORD_EXPIRED}
    assert world.spent() == 0


def test_what_is_remembered_of_an_account_stays_small() -> None:
    world = mode_world(CHALLENGE)
    for _ in range(40):
        world.login(PASSWORD)
        world.clock.advance(1)
    item = world.store.password_tries.read(world.alice.object_guid)
    assert item is not None
    assert len(item.recent) <= 8


def test_an_account_near_its_threshold_is_left_alone() -> None:
    world = mode_world(CHALLENGE)
    world.alice.lockout_threshold, world.alice.bad_passwords = 5, 3
    assert world.login("wrong").reason is RejectReason.PASSWORD_WITHHELD
    assert world.login(PASSWORD).reason is RejectReason.PASSWORD_WITHHELD
    assert (world.binds, world.spent(), world.tries()) == (0, 0, 0)


def test_the_budget_is_the_accounts_whoever_it_is_known_as_here() -> None:
    world = mode_world(CHALLENGE)
    other = replace(CORP, upn_suffixes=frozenset({"corp.example.test"}))
    world.configure(vpn(CHALLENGE), realms=[other])
    names = ["alice", "CORP\\alice", "ALICE", "alice@corp.example.test", "alice@corp.example.test"]
    reasons = [world.login(f"wrong{number}", username=name).reason for number, name in enumerate(names)]
    assert reasons == [RejectReason.PASSWORD_WRONG] * 3 + [RejectReason.PASSWORD_BUDGET_SPENT] * 2
    assert world.binds == 3


# ---- no secret


@pytest.mark.parametrize("mode", [*PASSWORD_MODES, SECOND])
@pytest.mark.parametrize("state", [DirectoryResult.PASSWORD_RIGHT, DirectoryResult.UNAVAILABLE])
def test_no_record_holds_the_password(mode: ClientMode, state: DirectoryResult) -> None:
    world = mode_world(mode, password_in_factor_field=mode is SECOND)
    world.alice.state = state
    for password in (PASSWORD, "a wrong horse"):
        world.login(f"{password},{world.code()}" if mode is AND else password)
        assert "horse" not in repr(world.audit.logins)
