"""Logins that ask a person by a phone call: the same course as push, from the packet to the poll."""

from dataclasses import replace

import pytest

from mfa.contract.login import Outcome
from mfa.domain.configuration import ClientMode
from mfa.domain.login_transactions import TransactionState
from mfa.domain.phone_calls import PressedKeys
from mfa.domain.phones import PhoneWay
from mfa.domain.policy import FactorKind, PolicyRule, RuleAction
from mfa.domain.push import PushApproval, PushWait
from mfa.domain.reasons import RejectReason
from mfa.domain.sms_caps import CALLS_OFF
from tests.fakes.call_world import CallWorld, login_id, offering
from tests.fakes.challenge_response import credential
from tests.fakes.login_world import Answer
from tests.fakes.mode_world import PASSWORD
from tests.fakes.push_world import EDGE, RETRIES, TIMEOUT, policy

THEN = ClientMode.PASSWORD_THEN_FACTOR
PUSH, CALL, CODE = FactorKind.PUSH, FactorKind.PHONE, FactorKind.CODE


@pytest.fixture
def world() -> CallWorld:
    return CallWorld()


def without_connect(world: CallWorld) -> CallWorld:
    world.call_policy = CALLS_OFF
    world.service = world.another_instance()
    return world


# ---- the course


def test_the_word_makes_the_login_wait_for_a_call(world: CallWorld) -> None:
    answer = world.ask("phone")
    assert (answer.outcome, answer.response.hold_ms, answer.response.poll_after_ms) == ("pending", 0, 1000)
    transaction = world.transaction(answer)
    assert (transaction.prompt, transaction.phone_id) == (None, world.mobile.phone_id)
    assert world.starter.started == [(login_id(answer), 8)]
    assert world.tries() == 0


@pytest.mark.parametrize(("text", "place"), [("phone", 0), ("Phone1", 0), ("PHONE2", 1), (" phone2 ", 1)])
def test_the_digit_behind_the_word_chooses_the_number(world: CallWorld, text: str, place: int) -> None:
    asked = world.transaction(world.ask(text)).phone_id
    assert asked == (world.mobile, world.desk)[place].phone_id


def test_a_number_that_gets_only_messages_is_passed_over_and_not_called(world: CallWorld) -> None:
    item = world.item()
    world.store.phones.replace(item, ())
    world.add_phone(world.user_id, "+4915100000001", ways=frozenset({PhoneWay.MESSAGE}))
    assert world.ask("phone").reason is RejectReason.NO_PHONE
    desk = world.add_phone(world.user_id, "+4930901821", ways=frozenset({PhoneWay.CALL}))
    assert world.transaction(world.ask("phone")).phone_id == desk.phone_id
    assert world.ask("phone1").reason is RejectReason.NO_PHONE


def test_an_approved_call_is_an_accept_and_costs_no_try(world: CallWorld) -> None:
    answer = world.called()
    assert world.poll(answer).outcome is Outcome.PENDING
    world.press(login_id(answer))
    assert world.poll(answer).outcome is Outcome.ACCEPT
    assert world.tries() == 0


def test_a_reported_call_is_a_reject_at_once_and_mutes_calls_and_push(world: CallWorld) -> None:
    answer = world.called()
    world.press(login_id(answer), PressedKeys.REPORT)
    result = world.poll(answer)
    assert (result.outcome, result.hold_ms) == (Outcome.REJECT, 0)
    assert world.ask("phone").reason is RejectReason.CALL_MUTED
    assert world.ask("push 47").reason is RejectReason.PUSH_MUTED


def test_a_call_that_nobody_answers_ends_before_the_clients_timeout(world: CallWorld) -> None:
    answer = world.called()
    world.clock.advance(TIMEOUT - 1)
    assert world.poll(answer).outcome is Outcome.REJECT
    assert (world.audit.logins[-1].reason, world.audit.logins[-1].factor_id) == (
        RejectReason.EXPIRED,
        world.mobile.phone_id,
    )


# ---- one call for one login


def test_the_clients_retries_join_the_call(world: CallWorld) -> None:
    world.configure(offering(wait=PushWait.ALL_RETRIES))
    first = world.called()
    retries = []
    for _ in range(RETRIES):
        world.clock.advance(TIMEOUT)
        retries.append(world.ask("phone"))
    assert {answer.outcome for answer in retries} == {"pending"}
    assert (len(world.starter.started), len(world.caller.placed)) == (1, 1)
    world.press(login_id(first))
    assert {world.poll(answer).outcome for answer in (first, *retries)} == {Outcome.ACCEPT}


def test_of_one_packet_at_many_edges_comes_one_call(world: CallWorld) -> None:
    packet = b"one packet for all"
    answers = [world.send(world.request("phone", login_id=packet), world.another_instance()) for _ in range(4)]
    assert {answer.outcome for answer in answers} == {"pending"}
    for answer in answers:
        world.another_dispatch().send(login_id(answer), None)
    assert len(world.caller.placed) == 1


def test_while_a_prompt_waits_there_is_no_call_and_while_a_call_waits_no_prompt(world: CallWorld) -> None:
    world.ask("push 47")
    assert world.ask("phone").reason is RejectReason.CALL_OPEN
    world.clock.advance(60)
    world.ask("phone")
    assert world.ask("push 48").reason is RejectReason.PUSH_OPEN


def test_d1_prompts_and_calls_share_one_ration(world: CallWorld) -> None:
    for text in ("push 47", "phone", "push 48"):
        assert world.ask(text).outcome == "pending"
        world.clock.advance(TIMEOUT * (RETRIES + 2))
    assert world.ask("phone").reason is RejectReason.CALL_RATIONED
    assert world.ask("push 49").reason is RejectReason.PUSH_RATIONED


def test_a_login_that_nobody_could_be_called_for_is_not_held_against_anybody(world: CallWorld) -> None:
    world.starter.fails = True
    for _ in range(5):
        assert world.ask("phone").reason is RejectReason.CALL_UNAVAILABLE
        world.clock.advance(TIMEOUT * (RETRIES + 2))
    world.starter.fails = False
    assert world.ask("phone").outcome == "pending"


# ---- where a call is no factor


def test_where_connect_is_not_deployed_the_word_is_refused_with_a_reason_of_its_own(world: CallWorld) -> None:
    answer = without_connect(world).ask("phone")
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.CALLS_NOT_DEPLOYED)
    assert answer.response.hold_ms < 2000, "it is the same for everybody, so nobody has to wait"
    assert world.tries() == 0


@pytest.mark.parametrize("approval", list(PushApproval))
def test_a_client_that_does_not_list_calls_takes_none_whatever_it_wants_of_a_push(
    world: CallWorld, approval: PushApproval
) -> None:
    world.configure(policy(approval=approval))
    assert world.ask("phone").reason is RejectReason.FACTOR_NOT_OFFERED


@pytest.mark.parametrize("approval", list(PushApproval))
def test_a_client_that_lists_calls_takes_them_whatever_it_wants_of_a_push(
    world: CallWorld, approval: PushApproval
) -> None:
    world.configure(offering(approval=approval))
    assert world.ask("phone").outcome == "pending"


def test_a_policy_may_leave_calls_out(world: CallWorld) -> None:
    rule = PolicyRule(name="codes", action=RuleAction.ALLOW, factors=(CODE,))
    world.configure(offering(), rules=(rule,))
    assert world.ask("phone").reason is RejectReason.FACTOR_NOT_OFFERED


def test_who_has_no_telephone_waits_as_long_as_who_does_not_answer(world: CallWorld) -> None:
    world.add_user("bob")
    strange, unknown = world.ask("phone", username="bob"), world.ask("phone", username="nobody")
    assert strange.reason is RejectReason.NO_PHONE
    assert strange.response.hold_ms == unknown.response.hold_ms > 5000


# ---- in the other modes, and protocols


@pytest.mark.parametrize(
    ("factors", "number"),
    [((CALL, PUSH), True), ((PUSH, CALL), False), ((CODE, CALL, PUSH), True)],
)
def test_behind_a_password_the_clients_order_chooses_between_push_and_call(
    world: CallWorld, factors: tuple[FactorKind, ...], number: bool
) -> None:
    world.configure(offering(THEN, PushApproval.TAP, factors=factors))
    assert (world.transaction(world.ask(PASSWORD)).phone_id is not None) is number


def test_a_push_that_wants_a_number_gives_way_to_the_call_behind_it(world: CallWorld) -> None:
    world.configure(offering(THEN, PushApproval.NUMBER, factors=(PUSH, CALL)))
    assert world.transaction(world.ask(PASSWORD)).phone_id == world.mobile.phone_id


def test_where_connect_is_not_deployed_the_next_factor_is_chosen(world: CallWorld) -> None:
    world.configure(offering(THEN, PushApproval.TAP, factors=(CALL, PUSH)))
    assert without_connect(world).transaction(world.ask(PASSWORD)).prompt is not None
    world.configure(offering(THEN, PushApproval.TAP, factors=(CALL,)))
    assert world.ask(PASSWORD).reason is RejectReason.NO_AUTOMATIC_FACTOR


def test_a_user_with_a_telephone_alone_is_called_behind_the_password(world: CallWorld) -> None:
    world.directory.add("bob", PASSWORD)
    bob = world.add_phone(world.add_user("bob"), "+4930901899", ways=frozenset({PhoneWay.CALL}))
    world.configure(offering(THEN, PushApproval.TAP, factors=(PUSH, CALL)))
    assert world.transaction(world.ask(PASSWORD, username="bob")).phone_id == bob.phone_id
    wrong = world.ask("wrong", username="bob")
    assert wrong.reason is RejectReason.PASSWORD_WRONG


def marked(world: CallWorld, approval: PushApproval, *factors: FactorKind) -> Answer:
    """What comes of a marker, which asks for a factor to be chosen."""
    world.configure(offering(approval=approval, factors=factors, automatic_factor_markers=frozenset({"auto"})))
    return world.ask("auto")


def test_a_marker_asks_by_nothing_that_the_client_does_not_admit(world: CallWorld) -> None:
    called = world.transaction(marked(world, PushApproval.TAP, CALL, CODE))
    assert (called.prompt, called.phone_id) == (None, world.mobile.phone_id)


def test_a_marker_chooses_in_the_clients_order_what_can_be_started_and_the_user_has(world: CallWorld) -> None:
    def chosen(approval: PushApproval, *factors: FactorKind) -> bool:
        world.clock.advance(3600)
        return world.transaction(marked(world, approval, *factors)).phone_id is not None

    assert not chosen(PushApproval.TAP, PUSH, CALL)
    assert chosen(PushApproval.TAP, CALL, PUSH)
    assert chosen(PushApproval.NUMBER, PUSH, CALL), "nobody could approve a prompt whose number was not typed"
    for device in world.item().devices:
        world.store.push_devices.remove(world.user_id, device)
    assert chosen(PushApproval.TAP, PUSH, CALL)


def test_who_has_nothing_that_a_marker_could_choose_waits_like_who_is_unknown(world: CallWorld) -> None:
    world.add_user("bob")
    for factors, reason in (((PUSH, CALL), RejectReason.NO_DEVICE), ((CALL, PUSH), RejectReason.NO_PHONE)):
        marked(world, PushApproval.TAP, *factors)
        bob, unknown = world.ask("auto", username="bob"), world.ask("auto", username="nobody")
        assert bob.reason is reason
        assert bob.response.hold_ms == unknown.response.hold_ms > 5000


def test_in_a_dialogue_a_call_that_comes_first_is_placed_and_the_word_asks_for_one(world: CallWorld) -> None:
    world.configure(offering(ClientMode.CHALLENGE, factors=(CALL, CODE)))
    assert world.transaction(world.ask(PASSWORD)).phone_id == world.mobile.phone_id
    world.clock.advance(60)
    world.configure(offering(ClientMode.CHALLENGE, factors=(CODE, CALL)))
    challenged = world.ask(PASSWORD)
    assert challenged.outcome == "challenge"
    answered = world.answer(challenged.response.state, "phone2")
    assert world.transaction(answered).phone_id == world.desk.phone_id


def test_password_and_word_call_after_the_password(world: CallWorld) -> None:
    world.configure(offering(ClientMode.PASSWORD_AND_FACTOR))
    assert world.ask("wrong,phone").reason is RejectReason.PASSWORD_WRONG
    assert world.transaction(world.ask(f"{PASSWORD},phone2")).phone_id == world.desk.phone_id


@pytest.mark.parametrize("protocol", ["chap", "mschap", "mschapv2"])
def test_the_word_is_found_under_challenge_and_response(world: CallWorld, protocol: str) -> None:
    asked = replace(world.request("x"), credential=credential(protocol, "Phone2", "alice"))
    answer = world.send(asked, role=EDGE)
    assert world.transaction(answer).phone_id == world.desk.phone_id
    world.dispatch.send(login_id(answer), None)
    world.press(login_id(answer))
    result = world.poll(answer)
    assert result.outcome is Outcome.ACCEPT
    assert (result.ms_chap is not None) is (protocol == "mschapv2")
    assert world.transaction(answer).state is TransactionState.APPROVED
