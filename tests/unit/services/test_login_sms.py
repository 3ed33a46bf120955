"""Logins by codes that are sent to a phone: asked for in one packet, typed in another."""

from dataclasses import replace
from functools import partial

import pytest

from mfa.contract.fields import base64url
from mfa.domain.configuration import ClientMode
from mfa.domain.factors import SubscriberState
from mfa.domain.policy import FactorKind
from mfa.domain.reasons import RejectReason
from mfa.domain.sent_codes import MAX_MISSES, SENT_CODE_SECONDS, SentCode, client_key, code_context
from mfa.domain.sms_caps import SmsPolicy
from mfa.sms_ports import SmsEvent, SmsResult
from tests.fakes.challenge_response import PROTOCOLS, under
from tests.fakes.login_world import Answer
from tests.fakes.mode_world import PASSWORD, ModeWorld, vpn
from tests.fakes.races import all_at_once
from tests.fakes.recovery_world import RecoveryWorld

NUMBER, SECOND = "+4915123456789", "+436641234567"
WINDOW = 15  # timeout times packets of the client "vpn"
PROMPT_HOLD_MS = 4500


@pytest.fixture
def world() -> ModeWorld:
    world = ModeWorld()
    world.configure(vpn())
    world.add_phone(world.user_id, NUMBER)
    world.add_phone(world.user_id, SECOND, region="AT")
    return world


def sent_code(world: ModeWorld, text: str = "sms", **named: object) -> str:
    """Ask for a code that must come."""
    answer = world.send(world.request(text, **named))
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.SMS_SENT)
    return world.sender.code


def another(code: str, step: int = 1) -> str:
    return f"{(int(code) + step) % 10**6:06}"


# ---- the course


@pytest.mark.parametrize(("text", "number"), [("sms", NUMBER), ("SMS1", NUMBER), (" sms2 ", SECOND)])
def test_the_word_sends_one_code_to_the_number_that_it_names(world: ModeWorld, text: str, number: str) -> None:
    answer = world.login(text)
    assert (answer.outcome, answer.reason, answer.response.hold_ms) == (
        "reject",
        RejectReason.SMS_SENT,
        PROMPT_HOLD_MS,
    )
    (message,) = world.sender.sent
    assert message.number == number
    assert message.text.startswith(f"{message.code} is your Example Corp code for vpn.")
    assert world.tries() == 0
    record = world.audit.logins[-1]
    assert (record.message_id, record.fault) == ("message-1", None)


def test_the_code_is_accepted_at_the_next_try_and_once(world: ModeWorld) -> None:
    code = sent_code(world)
    answer = world.login(code)
    assert (answer.outcome, answer.reason) == ("accept", None)
    assert world.audit.logins[-1].factor_id == world.item().phones[0].phone_id
    again = world.login(code)
    assert (again.outcome, again.reason) == ("reject", RejectReason.CODE_USED)
    assert world.tries() == 0


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_word_and_code_work_under_every_protocol(world: ModeWorld, protocol: str) -> None:
    policy = vpn()
    world.configure(replace(policy, edge=replace(policy.edge, protocols=frozenset({"pap", *PROTOCOLS}))))
    assert world.send(under(protocol, world.request("Sms2"))).reason is RejectReason.SMS_SENT
    assert world.sender.sent[-1].number == SECOND
    request = under(protocol, world.request(world.sender.code))
    first, again = world.send(request), world.send(request)
    assert [one.outcome for one in (first, again)] == ["accept", "accept"]
    assert again.replayed
    assert (first.response.ms_chap is not None) == (protocol == "mschapv2")
    assert again.response.ms_chap == first.response.ms_chap


def test_the_same_packet_is_one_message_and_the_same_answer(world: ModeWorld) -> None:
    request = world.request("sms")
    answers = [world.send(request, world.another_instance()) for _ in range(4)]
    assert {(one.outcome, one.reason, one.response.hold_ms) for one in answers} == {
        ("reject", RejectReason.SMS_SENT, PROMPT_HOLD_MS)
    }
    assert len(world.sender.sent) == 1


def test_a_retry_in_another_packet_sends_no_second_message(world: ModeWorld) -> None:
    code = sent_code(world)
    for _ in range(3):
        world.clock.advance(WINDOW / 3 - 0.01)
        again = world.login("sms")
        assert (again.reason, again.response.hold_ms) == (RejectReason.SMS_SENT_BEFORE, PROMPT_HOLD_MS)
    assert len(world.sender.sent) == 1
    world.clock.advance(0.1)
    newer = sent_code(world)
    assert newer != code


def test_the_other_number_within_the_window_is_another_wish(world: ModeWorld) -> None:
    sent_code(world)
    sent_code(world, "sms2")
    assert [one.number for one in world.sender.sent] == [NUMBER, SECOND]


def test_a_code_of_an_app_still_works_beside_it(world: ModeWorld) -> None:
    sent_code(world)
    assert world.login(world.code()).outcome == "accept"


# ---- C13: which codes do not count


def test_c13_a_code_lives_ten_minutes(world: ModeWorld) -> None:
    code = sent_code(world)
    world.clock.advance(SENT_CODE_SECONDS)
    late = world.login(code)
    assert (late.outcome, late.reason) == ("reject", RejectReason.CODE_EXPIRED)
    assert world.tries() == 1


def test_c13_a_newer_code_voids_the_older_one(world: ModeWorld) -> None:
    older = sent_code(world)
    world.clock.advance(WINDOW + 1)
    newer = sent_code(world)
    assert world.login(older).reason is RejectReason.WRONG_CODE
    assert world.login(newer).outcome == "accept"


@pytest.mark.parametrize("misses", [MAX_MISSES - 1, MAX_MISSES])
def test_c13_five_misses_void_a_code(world: ModeWorld, misses: int) -> None:
    code = sent_code(world)
    for step in range(1, misses + 1):
        assert world.login(another(code, step)).outcome == "reject"
    answer = world.login(code)
    expected = ("accept", None) if misses < MAX_MISSES else ("reject", RejectReason.CODE_VOID)
    assert (answer.outcome, answer.reason) == expected


def test_c13_what_was_tried_before_is_not_held_against_a_code(world: ModeWorld) -> None:
    for _ in range(4):
        world.login(world.wrong_code())
    code = sent_code(world)
    for step in range(1, MAX_MISSES):
        world.login(another(code, step))
    assert world.login(code).outcome == "accept"


def test_c13_a_success_by_other_means_voids_it(world: ModeWorld) -> None:
    code = sent_code(world)
    assert world.login(world.code()).outcome == "accept"
    assert world.login(code).reason is RejectReason.CODE_VOID


def test_c13_another_user_cannot_use_it(world: ModeWorld) -> None:
    code = sent_code(world)
    bob = world.add_user("bob", seed=b"another seed of 20 o")
    world.add_phone(bob, "+4915111111111")
    answer = world.login(code, username="bob")
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.WRONG_CODE)
    assert world.login(code).outcome == "accept"


def two_clients(world: ModeWorld) -> None:
    """Both in mode second_factor; ``desktops`` comes first."""
    edge = replace(vpn().edge, name="desktops", networks=vpn().edge.networks)
    configuration = world.store.configurations.load(int(world.newest))
    other = replace(vpn(), edge=edge)
    newest = replace(configuration, revision=configuration.revision + 1, clients=(vpn(), other))
    world.store.configurations.apply(newest, int(world.clock.now()))


def test_c13_a_code_counts_at_its_client_only(world: ModeWorld) -> None:
    two_clients(world)
    code = sent_code(world)
    elsewhere = world.send(world.request(code, client_name="desktops"))
    assert (elsewhere.outcome, elsewhere.reason) == ("reject", RejectReason.CODE_OF_ANOTHER_CLIENT)
    assert world.login(code).outcome == "accept"


def test_codes_of_two_clients_count_side_by_side(world: ModeWorld) -> None:
    two_clients(world)
    first = sent_code(world)
    second = sent_code(world, client_name="desktops")
    assert len(world.item().messages) == 2
    assert world.send(world.request(second, client_name="desktops")).outcome == "accept"
    assert world.login(first).reason is RejectReason.CODE_VOID  # by the success


def test_c13_a_removed_phone_voids_its_code(world: ModeWorld) -> None:
    code = sent_code(world)
    item = world.item()
    world.store.phones.replace(item, item.phones[1:])
    assert world.login(code).reason is RejectReason.CODE_VOID


def test_a_locked_user_gets_no_message_and_no_code_counts(world: ModeWorld) -> None:
    code = sent_code(world)
    for _ in range(10):
        world.login(world.wrong_code())
    assert world.login(code).reason is RejectReason.LOCKED
    assert world.login("sms").reason is RejectReason.LOCKED
    assert len(world.sender.sent) == 1


# ---- who gets none: the same answer, held as long


def held_alike(answer: Answer) -> RejectReason | None:
    response = answer.response
    assert (answer.outcome, response.hold_ms) == ("reject", PROMPT_HOLD_MS)
    assert (response.reply_message, response.attributes, response.state, response.ticket) == (None, (), None, None)
    return answer.reason


def test_c17_nobody_can_tell_who_has_a_phone(world: ModeWorld) -> None:
    world.add_user("bob", seed=b"another seed of 20 o")
    carol = world.add_user("carol", seed=b"a third seed of 20 o")
    world.add_phone(carol, "+4915122222222")
    world.store.subscribers.set_state(carol, SubscriberState.DISABLED)
    reasons = [held_alike(world.login("sms", username=name)) for name in ("alice", "bob", "carol", "dave")]
    assert reasons == [
        RejectReason.SMS_SENT,
        RejectReason.NO_PHONE,
        RejectReason.DISABLED,
        RejectReason.UNKNOWN_USER,
    ]
    assert held_alike(world.login("sms3")) is RejectReason.NO_PHONE
    assert len(world.sender.sent) == 1


@pytest.mark.parametrize("result", [one for one in SmsResult if one not in {SmsResult.TAKEN, SmsResult.UNKNOWN}])
def test_e12_a_message_that_fails_voids_its_code_and_only_the_record_says_so(
    world: ModeWorld, result: SmsResult
) -> None:
    world.sender.result = result
    assert held_alike(world.login("sms")) is RejectReason.SMS_FAILED
    record = world.audit.logins[-1]
    assert record.fault == f"{result.value}: as the test wants it"
    assert world.item().messages == ()
    assert [note.event for note in world.sms_trail.notes] == [SmsEvent.FAILED]
    assert world.tries() == 0


def test_e12_without_an_answer_the_code_counts_because_it_may_have_come(world: ModeWorld) -> None:
    world.sender.result = SmsResult.UNKNOWN
    assert held_alike(world.login("sms")) is RejectReason.SMS_UNCONFIRMED
    assert world.login(world.sender.code).outcome == "accept"


def test_a_country_that_is_admitted_no_more_gets_no_message(world: ModeWorld) -> None:
    world.sms_policy = SmsPolicy(countries=frozenset({"AT"}))
    service = world.another_instance()
    assert held_alike(world.send(world.request("sms"), service)) is RejectReason.SMS_COUNTRY_REFUSED
    assert world.send(world.request("sms2"), service).reason is RejectReason.SMS_SENT


def test_where_messages_are_off_the_word_is_refused_to_everybody(world: ModeWorld) -> None:
    world.sms_policy = SmsPolicy()
    service = world.another_instance()
    for name in ("alice", "dave"):
        assert world.send(world.request("sms", username=name), service).reason is RejectReason.FACTOR_NOT_OFFERED


def test_where_the_policy_admits_no_messages_neither_word_nor_code_counts(world: ModeWorld) -> None:
    code = sent_code(world)
    world.configure(vpn(factors=(FactorKind.CODE,)))
    assert world.login("sms").reason is RejectReason.FACTOR_NOT_OFFERED
    assert world.login(code).reason is RejectReason.WRONG_CODE
    assert world.login(world.code()).outcome == "accept"


def test_where_the_policy_admits_messages_only_no_other_code_counts(world: ModeWorld) -> None:
    world.configure(vpn(factors=(FactorKind.SMS,)))
    assert world.login(world.code()).reason is RejectReason.WRONG_CODE
    assert world.login(sent_code(world)).outcome == "accept"


def test_nothing_is_sent_for_an_answer_that_nobody_waits_for(world: ModeWorld) -> None:
    answer = world.send(world.request("sms", deadline_ms=900))
    assert answer.reason is RejectReason.TOO_LATE
    assert world.sender.sent == []


# ---- with passwords


def test_password_and_word_the_password_first(world: ModeWorld) -> None:
    world.configure(vpn(ClientMode.PASSWORD_AND_FACTOR))
    assert world.login("wrong,sms").reason is RejectReason.PASSWORD_WRONG
    assert world.sender.sent == []
    assert world.login(f"{PASSWORD},sms").reason is RejectReason.SMS_SENT
    answer = world.login(f"{PASSWORD},{world.sender.code}")
    assert (answer.outcome, answer.reason) == ("accept", None)


def test_a_code_is_used_up_before_the_password_is_asked_about(world: ModeWorld) -> None:
    world.configure(vpn(ClientMode.PASSWORD_AND_FACTOR))
    world.login(f"{PASSWORD},sms")
    code = world.sender.code
    assert world.login(f"wrong,{code}").reason is RejectReason.PASSWORD_WRONG
    again = world.login(f"{PASSWORD},{code}")
    assert (again.outcome, again.reason) == ("reject", RejectReason.CODE_USED)


def test_a_user_with_nothing_but_a_phone_is_enrolled(world: ModeWorld) -> None:
    world.configure(vpn(ClientMode.PASSWORD_AND_FACTOR))
    world.directory.add("erin", PASSWORD)
    erin = world.add_user("erin", seed=b"a fourth seed of 20!")
    world.add_phone(erin, "+4915133333333")
    for factor_id in world.item("erin").factors:
        world.store.subscribers.remove_factor(erin, factor_id)
    assert world.login(f"{PASSWORD},sms", username="erin").reason is RejectReason.SMS_SENT
    assert world.login(f"{PASSWORD},{world.sender.code}", username="erin").outcome == "accept"


# ---- challenges

BY_MESSAGE = (FactorKind.SMS, FactorKind.CODE)


def test_after_the_password_a_message_is_sent_where_the_order_says_so(world: ModeWorld) -> None:
    world.configure(vpn(ClientMode.CHALLENGE, factors=BY_MESSAGE))
    assert world.login("wrong password").reason is RejectReason.PASSWORD_WRONG
    assert world.sender.sent == []
    asked = world.login(PASSWORD)
    assert asked.outcome == "challenge"
    assert len(world.sender.sent) == 1
    assert world.audit.logins[-1].message_id == "message-1"
    assert world.answer(asked.response.state, world.sender.code).outcome == "accept"


def test_the_same_packet_is_challenged_again_without_a_second_message(world: ModeWorld) -> None:
    world.configure(vpn(ClientMode.CHALLENGE, factors=BY_MESSAGE))
    request = world.request(PASSWORD)
    states = [world.send(request, world.another_instance()).response.state for _ in range(3)]
    assert None not in states
    assert len(world.sender.sent) == 1
    assert world.answer(states[-1], world.sender.code).outcome == "accept"


def test_where_codes_come_first_the_user_asks_for_a_message_by_answering(world: ModeWorld) -> None:
    world.configure(vpn(ClientMode.CHALLENGE))
    asked = world.login(PASSWORD)
    assert (asked.outcome, world.sender.sent) == ("challenge", [])
    again = world.answer(asked.response.state, "sms2")
    assert again.outcome == "challenge"
    assert world.sender.sent[-1].number == SECOND
    assert again.response.state != asked.response.state
    assert world.answer(asked.response.state, world.sender.code).reason is RejectReason.STATE_USED
    assert world.answer(again.response.state, world.sender.code).outcome == "accept"


def test_a_message_that_cannot_be_sent_ends_the_dialogue(world: ModeWorld) -> None:
    world.configure(vpn(ClientMode.CHALLENGE, factors=BY_MESSAGE))
    world.sender.result = SmsResult.SANDBOX
    assert world.login(PASSWORD).reason is RejectReason.SMS_FAILED


def test_a_message_is_never_chosen_where_its_code_could_not_be_typed(world: ModeWorld) -> None:
    world.configure(vpn(ClientMode.PASSWORD_THEN_FACTOR, factors=BY_MESSAGE))
    assert world.login(PASSWORD).reason is RejectReason.NO_AUTOMATIC_FACTOR
    assert world.sender.sent == []


# ---- beside hardware tokens, recovery and bypass codes


def test_a_code_that_was_sent_counts_though_a_token_far_away_would_make_it_too(world: ModeWorld) -> None:
    world.add_token()
    phone = world.item().phones[0]
    code = world.token_code(40)
    assert world.login(code).reason is RejectReason.CODE_FAR_OFF
    hold(world, code)
    answer = world.login(code)
    assert (answer.outcome, world.audit.logins[-1].factor_id) == ("accept", phone.phone_id)
    assert world.login(code).reason is RejectReason.CODE_USED


def test_a_code_of_a_token_with_a_button_is_accepted_beside_one_that_was_sent(world: ModeWorld) -> None:
    world.add_token()
    code = sent_code(world)
    assert world.login(world.token_code(0)).outcome == "accept"
    assert world.login(code).reason is RejectReason.CODE_VOID  # by any login, as after any other code


def test_a_bypass_code_leaves_a_code_that_was_sent_as_it_is(world: ModeWorld) -> None:
    code = sent_code(world)
    assert world.login(RecoveryWorld(world).bypass().code).outcome == "accept"
    assert world.login(code).outcome == "accept"


def hold(world: ModeWorld, code: str) -> None:
    """As if it had been sent."""
    item = world.item()
    kept = SentCode(
        code_id="a-login",
        phone_id=item.phones[0].phone_id,
        client_key=client_key("vpn"),
        code=world.vault.seal(code.encode(), code_context(item.user_id, "a-login")),
        expires_at=world.clock.now() + SENT_CODE_SECONDS,
        tries=item.throttle.tries,
        successes=item.throttle.successes,
    )
    world.store.sms.hold(item.user_id, kept, ())


# ---- faults


@pytest.mark.parametrize("call", ["sms.read", "sms.save", "sms.count", "sms.hold", "sms.void", "logins.reject"])
def test_whatever_fails_nothing_is_accepted_and_no_second_message_is_sent(world: ModeWorld, call: str) -> None:
    request = world.request("sms")
    for where in (world.memory.faults.before, world.memory.faults.after):
        where[call] = 1
        world.sender.result = SmsResult.SANDBOX if call == "sms.void" else SmsResult.TAKEN
        for _ in range(3):
            assert world.send(request).outcome == "reject"
    assert len(world.sender.sent) <= 1


def test_no_record_and_no_note_holds_a_code_or_a_whole_number(world: ModeWorld) -> None:
    code = sent_code(world)
    world.login(code)
    told = repr(world.audit.logins) + repr(world.sms_trail.notes) + repr(world.item())
    for secret in (code, NUMBER, SECOND, NUMBER[3:]):
        assert secret not in told
    assert world.sms_trail.notes[-1].number == "…89"


def test_the_code_that_is_kept_opens_for_its_owner_only(world: ModeWorld) -> None:
    sent_code(world)
    (kept,) = world.item().messages
    assert world.sender.code.encode() not in kept.code.octets
    assert kept.code_id == base64url(b"packet" + (1).to_bytes(10))


# ---- several codes in one message


@pytest.fixture
def batches(world: ModeWorld) -> ModeWorld:
    world.configure(replace(vpn(), sms_codes=3))
    return world


def batch(world: ModeWorld) -> list[str]:
    sent_code(world)
    codes = world.sender.sent[-1].text.split(" are ")[0].split(" ")
    assert len(set(codes)) == 3
    return codes


def test_each_code_of_a_batch_is_good_for_one_login_in_any_order(batches: ModeWorld) -> None:
    first, second, third = batch(batches)
    outcomes = [batches.login(text).reason for text in (second, second, third, first, third)]
    used = RejectReason.CODE_USED
    assert outcomes == [None, used, None, None, used]
    assert len(batches.sender.sent) == 1
    assert batches.tries() == 0


def test_a_newer_message_voids_all_that_an_older_one_has_left(batches: ModeWorld) -> None:
    first, second, third = batch(batches)
    assert batches.login(first).outcome == "accept"
    batches.clock.advance(WINDOW)
    newer = batch(batches)
    left = {second, third} - set(newer)
    assert left
    assert {batches.login(text).outcome for text in left} == {"reject"}
    assert batches.login(newer[0]).outcome == "accept"


def test_misses_void_the_whole_batch_and_a_login_by_it_begins_their_count_anew(batches: ModeWorld) -> None:
    first, second, third = batch(batches)
    wrong = [text for step in range(1, 20) if (text := another(first, step)) not in {second, third}]
    for text in wrong[: MAX_MISSES - 1]:
        assert batches.login(text).outcome == "reject"
    assert batches.login(first).outcome == "accept"
    for text in wrong[MAX_MISSES - 1 : 2 * MAX_MISSES - 1]:
        assert batches.login(text).outcome == "reject"
    assert batches.login(second).reason is RejectReason.CODE_VOID


def test_a_login_by_another_factor_voids_the_batch(batches: ModeWorld) -> None:
    first, _, _ = batch(batches)
    assert batches.login(batches.code()).outcome == "accept"
    assert batches.login(first).reason is RejectReason.CODE_VOID


def test_parallel_uses_of_one_batch_are_at_most_as_many_logins_as_it_has_codes(batches: ModeWorld) -> None:
    codes = batch(batches)
    requests = [(batches.request(codes[number % 3]), batches.another_instance()) for number in range(12)]
    answers = all_at_once([partial(batches.send, request, instance) for request, instance in requests])
    accepted = [codes[number % 3] for number, one in enumerate(answers) if one.outcome == "accept"]
    assert accepted
    assert len(accepted) == len(set(accepted)), "no code is good for two"


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_batch_works_under_every_protocol(batches: ModeWorld, protocol: str) -> None:
    policy = replace(vpn(), sms_codes=3)
    batches.configure(replace(policy, edge=replace(policy.edge, protocols=frozenset({"pap", *PROTOCOLS}))))
    codes = batch(batches)
    requests = [under(protocol, batches.request(code)) for code in (codes[2], codes[0])]
    assert [batches.send(request).outcome for request in requests] == ["accept", "accept"]
    assert batches.send(requests[1]).replayed


def joined(world: ModeWorld) -> list[str]:
    """A batch at a client where the code stands behind the password."""
    world.configure(replace(vpn(ClientMode.PASSWORD_AND_FACTOR), sms_codes=3))
    assert world.login(f"{PASSWORD},sms").reason is RejectReason.SMS_SENT
    return world.sender.sent[-1].text.split(" are ")[0].split(" ")


def test_a_batch_goes_on_after_a_login_with_a_password(world: ModeWorld) -> None:
    codes = joined(world)
    assert [world.login(f"{PASSWORD},{code}").outcome for code in codes] == ["accept"] * 3


def test_a_wrong_password_uses_one_code_and_a_later_login_by_another_factor_voids_the_others(world: ModeWorld) -> None:
    first, second, third = joined(world)
    assert world.login(f"wrong {PASSWORD},{first}").outcome == "reject"
    assert world.login(f"{PASSWORD},{first}").reason is RejectReason.CODE_USED
    assert world.login(f"{PASSWORD},{second}").outcome == "accept"
    assert world.login(f"wrong {PASSWORD},{third}").outcome == "reject"
    codes = joined_again(world)
    assert world.login(f"wrong {PASSWORD},{codes[0]}").outcome == "reject"
    assert world.login(f"{PASSWORD},{world.code()}").outcome == "accept"
    assert world.login(f"{PASSWORD},{codes[1]}").reason is RejectReason.CODE_VOID


def joined_again(world: ModeWorld) -> list[str]:
    world.clock.advance(WINDOW)
    return joined(world)
