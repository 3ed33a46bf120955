"""Logins that ask a person on a device, from the packet to the poll that tells the outcome."""

from dataclasses import replace

import pytest

from mfa.contract.fields import base64url
from mfa.contract.login import LoginRequest, MessageAuthenticatorState, Outcome
from mfa.domain.configuration import ClientMode, DangerousSwitch, Waiver
from mfa.domain.factors import SubscriberState
from mfa.domain.login_transactions import TransactionState
from mfa.domain.policy import FactorKind, PolicyRule, RuleAction, Selector
from mfa.domain.push import PushApproval, PushWait, number_context
from mfa.domain.push_devices import Passkey
from mfa.domain.reasons import RejectReason
from mfa.domain.user_names import Alias, AliasKind
from tests.fakes.challenge_response import credential
from tests.fakes.login_world import REALM, Answer
from tests.fakes.mode_world import PASSWORD
from tests.fakes.push_world import EDGE, PHONE, TABLET, TIMEOUT, WAIT_MS, PushWorld, policy

LIFE = WAIT_MS / 1000 - 1


@pytest.fixture
def world() -> PushWorld:
    return PushWorld()


def login_id(answer: Answer) -> str:
    return base64url(answer.response.login_id)


def record(world: PushWorld) -> tuple[str, RejectReason | None, str | None]:
    last = world.audit.logins[-1]
    return last.outcome, last.reason, last.prompt


# ---- the course


def test_a_word_with_a_number_makes_the_login_wait_for_the_first_device(world: PushWorld) -> None:
    answer = world.ask("push 47")
    assert (answer.outcome, answer.response.hold_ms, answer.response.poll_after_ms) == ("pending", 0, 1000)
    transaction = world.transaction(answer)
    prompt = transaction.prompt
    assert prompt is not None
    assert (transaction.user_id, transaction.username, transaction.client) == (world.user_id, "alice", "vpn")
    assert (prompt.device_id, prompt.approval, prompt.needs_number) == (PHONE, PushApproval.NUMBER, True)
    assert prompt.number is not None
    assert world.vault.open(prompt.number, number_context(login_id(answer))) == b"47"
    assert transaction.expires_at - world.clock.now() == pytest.approx(LIFE)
    assert world.starter.started == [(login_id(answer), 8)]
    assert record(world) == ("pending", None, login_id(answer))


@pytest.mark.parametrize(
    ("text", "device"), [("push 47", PHONE), ("Push1 47", PHONE), ("push247", TABLET), ("PUSH2 47", TABLET)]
)
def test_the_digit_behind_the_word_chooses_the_device(world: PushWorld, text: str, device: str) -> None:
    prompt = world.transaction(world.ask(text)).prompt
    assert prompt is not None
    assert prompt.device_id == device


def test_an_approved_login_is_accepted_with_its_attributes_and_costs_no_try(world: PushWorld) -> None:
    world.configure(policy(reply_attributes=(("Filter-Id", "staff"),)))
    answer = world.ask("push 47")
    assert world.poll(answer).outcome is Outcome.PENDING
    world.decide(login_id(answer))
    result = world.poll(answer)
    assert (result.outcome, result.attributes) == (Outcome.ACCEPT, (("Filter-Id", "staff"),))
    assert (result.login_id, result.nonce) == (answer.response.login_id, answer.response.nonce)
    assert world.tries() == 0


def test_a_denied_login_is_rejected_at_once(world: PushWorld) -> None:
    answer = world.ask("push 47")
    world.decide(login_id(answer), TransactionState.DENIED)
    result = world.poll(answer)
    assert (result.outcome, result.hold_ms, result.attributes) == (Outcome.REJECT, 0, ())


def test_silence_is_a_reject_that_is_held_as_long_as_any_other_prompt(world: PushWorld) -> None:
    answer = world.ask("push 47")
    world.clock.advance(LIFE - 0.01)
    assert world.poll(answer).outcome is Outcome.PENDING
    world.clock.advance(0.02)
    result = world.poll(answer)
    assert (result.outcome, result.hold_ms) == (Outcome.REJECT, WAIT_MS)
    assert record(world) == ("reject", RejectReason.EXPIRED, login_id(answer))


def test_the_address_of_the_person_is_shown_if_the_packet_is_authentic(world: PushWorld) -> None:
    def shown(address: str | None, proof: MessageAuthenticatorState) -> str:
        nas = {} if address is None else {"Calling-Station-Id": address}
        request = replace(world.request(f"push {len(world.audit.logins):02}"), nas=nas, message_authenticator=proof)
        answer = world.send(request, role=EDGE)
        prompt = world.transaction(answer).prompt
        assert prompt is not None
        world.decide(login_id(answer))
        return prompt.address

    valid, absent = MessageAuthenticatorState.VALID, MessageAuthenticatorState.ABSENT
    assert shown("203.0.113.9", valid) == "203.0.113.9"
    assert shown("203.0.113.9", absent) == "unknown"
    assert shown(None, valid) == "unknown"
    assert shown("02-00-5E-10-00-01", valid) == "02-00-5E-10-00-01"
    for strange in ("\u202e203.0.113.9", "a\nb", "1" * 65, "", "please enter 47", "desk"):
        assert shown(strange, valid) == "unknown"


# ---- who gets no prompt: the same answer, held as long as a prompt that nobody answers


def refused(world: PushWorld, text: str = "push 47", **named: object) -> RejectReason | None:
    """Why there is none; the wire tells nobody."""
    started = list(world.starter.started)
    answer = world.ask(text, **named)
    assert (answer.outcome, answer.response.hold_ms) == ("reject", WAIT_MS)
    assert (answer.response.ticket, answer.response.reply_message, answer.response.attributes) == (None, None, ())
    assert world.starter.started == started
    return answer.reason


def test_somebody_unknown(world: PushWorld) -> None:
    assert refused(world, username="nobody") is RejectReason.UNKNOWN_USER


def test_somebody_disabled(world: PushWorld) -> None:
    world.store.subscribers.set_state(world.user_id, SubscriberState.DISABLED)
    assert refused(world) is RejectReason.DISABLED


def test_somebody_locked(world: PushWorld) -> None:
    for _ in range(10):
        world.login(world.wrong_code())
    assert refused(world) is RejectReason.LOCKED


def test_somebody_without_a_device(world: PushWorld) -> None:
    world.add_user("carol")
    assert refused(world, username="carol") is RejectReason.NO_DEVICE
    assert refused(world, "push3 47") is RejectReason.NO_DEVICE
    assert world.tries("carol") == 0


def test_a_device_that_was_removed(world: PushWorld) -> None:
    world.store.push_devices.remove(world.user_id, PHONE)
    assert world.transaction(world.ask("push 47")).prompt is not None  # the tablet is the first now
    assert refused(world, "push2 47") is RejectReason.NO_DEVICE


def test_d10_somebody_who_has_reported_a_prompt(world: PushWorld) -> None:
    world.store.push_ledgers.mute(world.user_id, 1)
    assert refused(world) is RejectReason.PUSH_MUTED
    world.store.push_ledgers.unmute(world.user_id)
    assert world.ask("push 47").outcome == "pending"


def test_d1_somebody_who_was_asked_too_often(world: PushWorld) -> None:
    for number in range(3):
        world.decide(login_id(world.ask(f"push 1{number}")), TransactionState.DENIED)
    assert refused(world) is RejectReason.PUSH_RATIONED
    assert world.login(world.code()).outcome == "accept"  # codes go on working, and lift it
    assert world.ask("push 47").outcome == "pending"


def test_a_number_that_was_typed_before(world: PushWorld) -> None:
    world.decide(login_id(world.ask("push 47")))
    world.clock.advance(3 * TIMEOUT)  # before that it would be the same login once more
    assert refused(world) is RejectReason.NUMBER_REUSED
    assert world.ask("push 48").outcome == "pending"


def test_a_device_without_the_passkey_that_the_client_wants(world: PushWorld) -> None:
    world.configure(policy(approval=PushApproval.PASSKEY))
    assert refused(world, "push") is RejectReason.PASSKEY_MISSING
    passkey = Passkey(credential_id=b"id", public_key=b"key", sign_count=0)
    world.store.push_devices.set_passkey(world.user_id, PHONE, passkey)
    prompt = world.transaction(world.ask("push")).prompt
    assert prompt is not None
    assert (prompt.needs_passkey, prompt.needs_number) == (True, False)


def test_somebody_whom_a_rule_keeps_out(world: PushWorld) -> None:
    world.add_user("carol")
    name, everybody_else = Alias(REALM.name, AliasKind.SAM, "carol"), PolicyRule(name="others", action=RuleAction.ALLOW)
    for action, factors, reason in (
        (RuleAction.DENY, None, RejectReason.POLICY_DENIED),
        (RuleAction.ALLOW, (FactorKind.CODE,), RejectReason.FACTOR_NOT_OFFERED),
    ):
        carol = PolicyRule(name="carol", selector=Selector(users=frozenset({name})), action=action, factors=factors)
        world.configure(policy(), rules=[carol, everybody_else])
        assert refused(world, username="carol") is reason
        assert refused(world, username="nobody") is RejectReason.UNKNOWN_USER


def test_a_prompt_that_would_come_too_late(world: PushWorld) -> None:
    """There is one for those only who have a device."""
    patient, hasty = world.request("push 47"), world.request("push 47", deadline_ms=1_700)
    answer = world.send(hasty, role=EDGE)
    assert (answer.reason, answer.response.hold_ms) == (RejectReason.TOO_LATE, WAIT_MS)
    assert world.send(patient, role=EDGE).outcome == "pending"


def test_a_marker_in_place_of_a_password(world: PushWorld) -> None:
    markers = frozenset({"auto"})
    waiver = Waiver(switch=DangerousSwitch.ASK_WITHOUT_PASSWORD, owner="Ada", reason="the gateway checks", until=2**40)
    world.configure(policy(THEN, approval=PushApproval.TAP, automatic_factor_markers=markers, waivers=(waiver,)))
    world.add_user("carol")
    assert refused(world, "auto", username="carol") is RejectReason.NO_DEVICE
    assert refused(world, "auto", username="nobody") is RejectReason.UNKNOWN_USER
    assert world.ask("auto").outcome == "pending"


def test_without_a_password_a_tap_is_asked_for_only_while_somebody_answers_for_it(world: PushWorld) -> None:
    """In this mode nobody else has checked one: whoever knows the name would ring the phone, and one tap would do."""
    markers, end = frozenset({"auto"}), int(world.clock.now()) + 60
    waiver = Waiver(switch=DangerousSwitch.ASK_WITHOUT_PASSWORD, owner="Ada", reason="the gateway checks it", until=end)
    asking = policy(THEN, approval=PushApproval.TAP, automatic_factor_markers=markers)
    world.configure(asking)
    assert world.ask("auto").reason is RejectReason.PASSWORD_MISSING
    assert world.starter.started == []
    world.configure(replace(asking, waivers=(waiver,)))
    assert world.ask("auto").outcome == "pending"
    world.clock.advance(60)
    assert world.ask("auto").reason is RejectReason.PASSWORD_MISSING


def test_without_a_password_a_telephone_is_not_called_where_a_passkey_would_be_asked_for(world: PushWorld) -> None:
    factors = (FactorKind.PUSH, FactorKind.PHONE)
    markers = frozenset({"auto"})
    world.configure(policy(THEN, approval=PushApproval.PASSKEY, automatic_factor_markers=markers, factors=factors))
    assert world.ask("auto").reason is RejectReason.PASSWORD_MISSING


def test_e11_when_no_execution_can_be_started_nothing_goes_on_waiting(world: PushWorld) -> None:
    world.starter.fails = True
    answer = world.ask("push 47")
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.PUSH_UNAVAILABLE)
    assert answer.response.hold_ms == WAIT_MS
    stored = world.transaction(answer)
    assert (stored.state, stored.reason) == (TransactionState.CANCELLED, RejectReason.PUSH_UNAVAILABLE)
    assert world.login(world.code()).outcome == "accept"
    world.starter.fails = False
    assert world.ask("push 48").outcome == "pending"


def test_e11_an_outage_uses_nobodys_prompts_up(world: PushWorld) -> None:
    world.starter.fails = True
    for number in range(5):
        assert world.ask(f"push 1{number}").reason is RejectReason.PUSH_UNAVAILABLE
    world.starter.fails = False
    assert world.ask("push 47").outcome == "pending"


def test_a_flood_of_words_is_not_held_for_ever_at_the_edges(world: PushWorld) -> None:
    holds = [world.ask("push 47", username=f"nobody{number}").response.hold_ms for number in range(600)]
    assert set(holds[:500]) == {WAIT_MS}
    assert holds[-1] == 1000


def test_one_client_cannot_ring_everybody_at_once(world: PushWorld) -> None:
    for number in range(301):
        world.pair(world.add_user(f"user{number}"), f"phone{number}")
        answer = world.ask("push 47", username=f"user{number}")
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.RATE_LIMITED)
    world.clock.advance(1)
    assert world.ask("push 47").outcome == "pending"


def test_one_name_that_is_asked_for_again_and_again_silences_nobody_else(world: PushWorld) -> None:
    world.pair(world.add_user("bob"), "bobs-phone")
    for number in range(400):
        world.ask(f"push {number % 90 + 10}")
    assert world.ask("push 47", username="bob").outcome == "pending"


def test_a_prompt_that_nobody_could_answer_in_time_is_not_sent(world: PushWorld) -> None:
    answer = world.ask("push 47", deadline_ms=1_700)
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.TOO_LATE)
    assert world.starter.started == []


# ---- what the policy says, which is the same for everybody


@pytest.mark.parametrize("username", ["alice", "nobody"])
def test_a_number_is_asked_for_by_default(world: PushWorld, username: str) -> None:
    answer = world.ask("push", username=username)
    assert (answer.outcome, answer.reason, answer.response.hold_ms) == ("reject", RejectReason.NUMBER_MISSING, 1000)
    assert world.starter.started == []


@pytest.mark.parametrize("username", ["alice", "nobody"])
def test_a_client_may_admit_no_push(world: PushWorld, username: str) -> None:
    world.configure(policy(factors=(FactorKind.CODE,)))
    answer = world.ask("push 47", username=username)
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.FACTOR_NOT_OFFERED)


def test_by_tap_the_word_alone_will_do_and_a_number_is_still_compared(world: PushWorld) -> None:
    world.configure(policy(approval=PushApproval.TAP))
    first = world.ask("push")
    prompt = world.transaction(first).prompt
    assert prompt is not None
    assert (prompt.needs_number, prompt.needs_passkey) == (False, False)
    world.decide(login_id(first))
    prompt = world.transaction(world.ask("push 47")).prompt
    assert prompt is not None
    assert prompt.needs_number


def test_a_marker_asks_for_a_prompt_where_a_tap_will_do(world: PushWorld) -> None:
    markers = frozenset({"auto"})
    world.configure(policy(approval=PushApproval.TAP, automatic_factor_markers=markers))
    assert world.ask("auto").outcome == "pending"
    assert refused(world, "auto", username="nobody") is RejectReason.UNKNOWN_USER
    world.configure(policy(automatic_factor_markers=markers))
    assert world.ask("auto").reason is RejectReason.NO_AUTOMATIC_FACTOR


# ---- with a password


THEN, AND, CHALLENGE = ClientMode.PASSWORD_THEN_FACTOR, ClientMode.PASSWORD_AND_FACTOR, ClientMode.CHALLENGE


def test_after_the_right_password_the_person_is_asked(world: PushWorld) -> None:
    world.configure(policy(THEN, PushApproval.TAP))
    answer = world.ask(PASSWORD)
    assert (answer.outcome, world.binds) == ("pending", 1)
    world.decide(login_id(answer))
    assert world.poll(answer).outcome is Outcome.ACCEPT


@pytest.mark.parametrize(("mode", "text"), [(THEN, "wrong"), (AND, "wrong,push"), (CHALLENGE, "wrong")])
def test_a_wrong_password_rings_nobody(world: PushWorld, mode: ClientMode, text: str) -> None:
    world.configure(policy(mode, PushApproval.TAP))
    answer = world.ask(text)
    assert (answer.outcome, answer.reason, answer.response.hold_ms) == ("reject", RejectReason.PASSWORD_WRONG, 1000)
    assert world.starter.started == []


@pytest.mark.parametrize("text", [f"{PASSWORD},push", f"{PASSWORD},push2 47"])
def test_a_password_and_a_word(world: PushWorld, text: str) -> None:
    world.configure(policy(AND, PushApproval.TAP))
    answer = world.ask(text)
    assert (answer.outcome, world.binds) == ("pending", 1)
    assert world.transaction(answer).prompt is not None


def test_a_challenge_is_made_where_codes_come_first_and_a_prompt_where_push_does(world: PushWorld) -> None:
    world.configure(policy(CHALLENGE, PushApproval.TAP, factors=(FactorKind.CODE, FactorKind.PUSH)))
    assert world.ask(PASSWORD).outcome == "challenge"
    world.configure(policy(CHALLENGE, PushApproval.TAP, factors=(FactorKind.PUSH, FactorKind.CODE)))
    assert world.ask(PASSWORD).outcome == "pending"


def test_a_challenge_may_be_answered_by_a_word_with_its_number(world: PushWorld) -> None:
    world.configure(policy(CHALLENGE))
    asked = world.ask(PASSWORD)
    assert asked.outcome == "challenge"
    answer = world.ask("push 47", state=asked.response.state)
    assert answer.outcome == "pending"
    world.decide(login_id(answer))
    assert world.poll(answer).outcome is Outcome.ACCEPT


def test_a_user_without_a_device_is_not_left_waiting_after_the_password(world: PushWorld) -> None:
    world.directory.add("carol", PASSWORD)
    world.add_user("carol")
    world.configure(policy(THEN, PushApproval.TAP))
    answer = world.ask(PASSWORD, username="carol")
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.NO_AUTOMATIC_FACTOR)


# ---- CHAP and MS-CHAP


@pytest.mark.parametrize("protocol", ["chap", "mschap", "mschapv2"])
def test_a_word_is_understood_under_every_protocol(world: PushWorld, protocol: str) -> None:
    request = replace(world.request("x"), credential=credential(protocol, "push 47", "alice"))
    answer = world.send(request, role=EDGE)
    assert answer.outcome == "pending"
    world.decide(login_id(answer))
    result = world.poll(answer)
    assert result.outcome is Outcome.ACCEPT
    assert (result.ms_chap is not None) == (protocol == "mschapv2")


def test_under_ms_chap_v2_the_accept_proves_that_we_know_what_was_typed(world: PushWorld) -> None:
    shown = credential("mschapv2", "push 47", "alice")
    answer = world.send(replace(world.request("x"), credential=shown), role=EDGE)
    assert answer.response.ms_chap is None  # not before the person has approved
    world.decide(login_id(answer))
    told = world.poll(answer).ms_chap
    by_code = replace(world.request("x"), credential=credential("mschapv2", "push 48", "alice"))
    world.clock.advance(60)
    other = world.send(by_code, role=EDGE)
    world.decide(login_id(other))
    assert told is not None
    assert told.success.startswith("S=")
    assert told != world.poll(other).ms_chap


# ---- the same packet, another packet


def test_b1_copies_of_a_packet_are_one_login_with_one_prompt(world: PushWorld) -> None:
    request = world.request("push 47")
    first = world.send(request, role=EDGE)
    copies = [world.send(request, world.another_instance(), role=EDGE) for _ in range(5)]
    assert {copy.outcome for copy in copies} == {"pending"}
    assert {one for one, _ in world.starter.started} == {login_id(first)}  # which starts one execution: see its name
    world.decide(login_id(first))
    assert {world.poll(copy).outcome for copy in (first, *copies)} == {Outcome.ACCEPT}
    assert world.tries() == 0


def test_a_copy_after_the_end_hears_the_same_end(world: PushWorld) -> None:
    request = world.request("push 47")
    first = world.send(request, role=EDGE)
    world.decide(login_id(first), TransactionState.DENIED)
    again = world.send(request, role=EDGE)
    assert (again.outcome, again.replayed) == ("pending", True)
    assert world.poll(again).outcome is Outcome.REJECT


def test_b6_a_copy_that_somebody_kept_is_worth_nothing_after_its_window(world: PushWorld) -> None:
    """Whether or not the user's item still remembers the packet."""
    kept = world.request("push 47")
    first = world.send(kept, role=EDGE)
    world.decide(login_id(first))
    assert world.poll(first).outcome is Outcome.ACCEPT
    world.clock.advance(10 * TIMEOUT)
    assert world.send(kept, role=EDGE).reason is RejectReason.REPLAY_EXPIRED
    world.login(world.wrong_code())  # with which the item forgets what is old
    assert refused_copy(world, kept) is RejectReason.PUSH_ENDED
    world.ask("push 48")
    world.clock.advance(10 * TIMEOUT)
    world.login(world.wrong_code())
    assert refused_copy(world, kept) is RejectReason.PUSH_ENDED  # also when there was another prompt since


def refused_copy(world: PushWorld, request: LoginRequest) -> RejectReason | None:
    ledger = world.store.push_ledgers.read(world.user_id)
    answer = world.send(request, role=EDGE)
    assert (answer.outcome, answer.response.ticket) == ("reject", None)
    assert world.store.push_ledgers.read(world.user_id) == ledger
    return answer.reason


def test_a_login_id_of_another_user_leads_to_no_login_of_theirs(world: PushWorld) -> None:
    """Only an edge that lies can send one twice."""
    world.pair(world.add_user("bob"), "bobs-phone")
    first = world.ask("push 47")
    world.decide(login_id(first))
    other = world.ask("push 48", username="bob", login_id=first.response.login_id)
    assert (other.outcome, other.reason, other.response.ticket) == ("reject", RejectReason.UNAVAILABLE, None)


def test_a_copy_finds_a_function_that_died_after_each_of_its_writes(world: PushWorld) -> None:
    for number, call in enumerate(("push_ledgers.save", "transactions.put", "logins.wait")):
        request = world.request(f"push 2{number}")
        world.memory.faults.after[call] = 1
        died = world.send(request, role=EDGE)
        assert died.outcome == "reject"
        again = world.send(request, role=EDGE)
        assert again.outcome == "pending", call
        started = [one for one, _ in world.starter.started if one == base64url(request.login_id)]
        assert started, call
        world.decide(base64url(request.login_id))
        assert world.poll(again).outcome is Outcome.ACCEPT


def test_a_strangers_packet_beside_the_users_rides_on_nothing(world: PushWorld) -> None:
    mine = world.ask("push 47")
    for text in ("push 47", "push 48", "push2 47"):
        assert refused(world, text) is RejectReason.PUSH_OPEN
    world.decide(login_id(mine))
    assert world.poll(mine).outcome is Outcome.ACCEPT
    assert refused(world) is RejectReason.PUSH_ENDED
    world.clock.advance(TIMEOUT)
    assert refused(world) is RejectReason.PUSH_ENDED  # also when the user's client would have sent it


def test_b9_a_retry_joins_and_each_packet_hears_the_outcome(world: PushWorld) -> None:
    world.configure(policy(wait=PushWait.ALL_RETRIES))
    first = world.ask("push 47")
    world.clock.advance(TIMEOUT)
    retry = world.ask("push 47")
    assert (retry.outcome, record(world)) == ("pending", ("pending", None, login_id(first)))
    assert [one for one, _ in world.starter.started] == [login_id(first)] * len(world.starter.started)
    world.decide(login_id(first))
    for answer in (first, retry):
        result = world.poll(answer)
        assert result.outcome is Outcome.ACCEPT
        assert (result.login_id, result.nonce) == (answer.response.login_id, answer.response.nonce)


def test_b9_a_retry_joins_also_when_a_function_had_to_be_started_for_the_first_packet(world: PushWorld) -> None:
    world.configure(policy(wait=PushWait.ALL_RETRIES))
    starting = 2
    world.clock.advance(starting)
    assert world.ask("push 47", deadline_ms=WAIT_MS - starting * 1000).outcome == "pending"
    world.clock.advance(TIMEOUT - starting - 1)
    assert world.ask("push 47").reason is RejectReason.PUSH_OPEN
    world.clock.advance(1)
    assert world.ask("push 47").outcome == "pending"


def test_a_retry_that_makes_what_a_dead_function_did_not_makes_it_no_longer(world: PushWorld) -> None:
    """Beyond the end that the ledger knows there may be another prompt."""
    world.configure(policy(wait=PushWait.ALL_RETRIES))
    first, began = world.request("push 47"), world.clock.now()
    world.memory.faults.before["transactions.put"] = 1
    assert world.send(first, role=EDGE).outcome == "reject"
    world.clock.advance(TIMEOUT)
    assert world.ask("push 47").outcome == "pending"
    made = world.transaction_of(base64url(first.login_id))
    assert made.expires_at - began == pytest.approx(3 * TIMEOUT - 2)


def test_b11_when_the_edge_that_asked_is_gone_the_retry_at_the_other_hears_the_approval(world: PushWorld) -> None:
    first = world.ask("push 47")
    world.clock.advance(5)
    world.decide(login_id(first))  # and nobody polls for it
    world.clock.advance(TIMEOUT - 5)
    retry = world.ask("push 47")
    assert retry.outcome == "pending"
    assert world.poll(retry).outcome is Outcome.ACCEPT
    world.clock.advance(TIMEOUT)
    assert refused(world) is RejectReason.PUSH_ENDED  # once told, it is told


def test_b11_and_when_nobody_approved_in_time_there_is_no_second_prompt(world: PushWorld) -> None:
    world.ask("push 47")
    world.clock.advance(TIMEOUT)
    assert refused(world) is RejectReason.PUSH_ENDED
    assert len(world.starter.started) == 1


def test_other_addresses_and_devices_of_the_network_are_other_logins(world: PushWorld) -> None:
    world.configure(policy(wait=PushWait.ALL_RETRIES))
    world.ask("push 47")
    world.clock.advance(TIMEOUT)
    for nas in ({"NAS-Identifier": "other"}, {"NAS-Identifier": "test", "Calling-Station-Id": "203.0.113.66"}):
        answer = world.send(replace(world.request("push 47"), nas=nas), role=EDGE)
        assert answer.reason is RejectReason.PUSH_OPEN


@pytest.mark.parametrize("text", ["push2 47", "push 48", "push"])
def test_another_text_at_the_time_of_a_retry_is_another_login(world: PushWorld, text: str) -> None:
    world.configure(policy(approval=PushApproval.TAP, wait=PushWait.ALL_RETRIES))
    world.ask("push 47")
    world.clock.advance(TIMEOUT)
    assert world.ask(text).reason is RejectReason.PUSH_OPEN


def test_who_knows_no_password_does_not_join_who_typed_it(world: PushWorld) -> None:
    world.configure(policy(approval=PushApproval.TAP, wait=PushWait.ALL_RETRIES, password_in_factor_field=True))
    assert world.ask(PASSWORD).outcome == "pending"
    world.clock.advance(TIMEOUT)
    assert world.ask("push").reason is RejectReason.PUSH_OPEN
    assert world.ask(PASSWORD).outcome == "pending"


def test_the_answer_to_another_challenge_is_another_login(world: PushWorld) -> None:
    world.configure(
        policy(CHALLENGE, PushApproval.TAP, PushWait.ALL_RETRIES, factors=(FactorKind.CODE, FactorKind.PUSH))
    )
    mine, other = world.ask(PASSWORD), world.ask(PASSWORD)
    assert world.answer(mine.response.state, "push").outcome == "pending"
    world.clock.advance(TIMEOUT)
    assert world.answer(other.response.state, "push").reason is RejectReason.PUSH_OPEN


def test_over_all_retries_a_prompt_waits_for_the_last_packet(world: PushWorld) -> None:
    world.configure(policy(wait=PushWait.ALL_RETRIES))
    answer = world.ask("push 47")
    assert world.transaction(answer).expires_at - world.clock.now() == pytest.approx(3 * TIMEOUT - 2)
    assert refused_hold(world) == 29_000


def refused_hold(world: PushWorld) -> int:
    return world.ask("push 47", username="nobody").response.hold_ms


# ---- faults


@pytest.mark.parametrize(
    "call", ["push_ledgers.read", "push_ledgers.save", "transactions.put", "logins.wait", "logins.reserve"]
)
def test_e8_whatever_fails_is_a_reject_and_never_an_accept(world: PushWorld, call: str) -> None:
    world.memory.faults.before[call] = 9
    answer = world.ask("push 47")
    assert (answer.outcome, answer.reason, answer.response.hold_ms) == ("reject", RejectReason.UNAVAILABLE, 0)


def test_an_approval_is_not_told_if_that_cannot_be_noted(world: PushWorld) -> None:
    answer = world.ask("push 47")
    world.decide(login_id(answer))
    world.memory.faults.before["transactions.note_told"] = 1
    with pytest.raises(Exception, match="note_told"):
        world.poll(answer)
    assert world.poll(answer).outcome is Outcome.ACCEPT
