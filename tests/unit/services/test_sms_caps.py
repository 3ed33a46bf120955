"""C14: somebody makes Gatehouse send messages. Never more than the caps are sent, whatever is asked for.

On the fakes and, by tests/integration/core/test_sms_on_the_table.py, on DynamoDB's adapter.
"""

from collections import Counter
from decimal import Decimal
from functools import partial

from mfa.domain.reasons import RejectReason
from mfa.domain.sms_caps import DAY, HOUR, SmsPolicy
from mfa.services.messages import Messages
from mfa.services.outbound import Recipient
from mfa.sms_ports import SmsEvent
from tests.fakes.login_world import LoginWorld
from tests.fakes.mode_world import ModeWorld, vpn
from tests.fakes.races import all_at_once

SEED = b"another seed of 20 o"


def world_with(**limits: object) -> ModeWorld:
    world = ModeWorld()
    world.configure(vpn())
    world.sms_policy = SmsPolicy(countries=frozenset({"DE"}), **limits)  # type: ignore[arg-type]
    world.service = world.another_instance()
    return world


def add_users(world: LoginWorld, count: int, *, prefix: str = "+49151", same_number: bool = False) -> list[str]:
    names = [f"user{number}" for number in range(count)]
    for number, name in enumerate(names):
        user_id = world.add_user(name, seed=SEED)
        world.add_phone(user_id, "+4915199999999" if same_number else f"{prefix}{number % 10}{number:07}")
    return names


def begin_a_day(world: LoginWorld) -> float:
    """When it began."""
    begin = world.clock.now() // DAY * DAY + DAY
    world.clock.advance(begin - world.clock.now() + 1)
    return begin


def reasons(world: LoginWorld) -> Counter[RejectReason | None]:
    return Counter(record.reason for record in world.audit.logins)


def events(world: LoginWorld) -> Counter[SmsEvent]:
    return Counter(note.event for note in world.sms_trail.notes)


def test_c14_a_thousand_triggers_for_one_user_send_three_messages() -> None:
    world = world_with()
    world.add_phone(world.user_id)
    for number in range(1000):
        world.clock.advance(0.25)
        answer = world.login(("sms", "sms1")[number % 2])
        assert answer.outcome == "reject"
    assert len(world.sender.sent) == 3
    assert reasons(world)[RejectReason.SMS_RATIONED] > 800


def test_c14_a_thousand_triggers_at_once_send_three_messages() -> None:
    world = world_with()
    world.add_phone(world.user_id)
    requests = [world.request(("sms", "sms1", "SMS")[number % 3]) for number in range(60)]
    all_at_once([lambda one=one: world.send(one, world.another_instance()) for one in requests])
    assert len(world.sender.sent) <= 3


def test_c14_a_day_of_triggers_for_one_number_sends_ten_messages() -> None:
    world = world_with()
    world.add_phone(world.user_id)
    begin = begin_a_day(world)
    while world.clock.now() < begin + DAY - 60:
        world.clock.advance(60)
        world.login("sms")
        world.login(world.code())  # the success lifts the user's ration
        world.clock.advance(60)
    assert len(world.sender.sent) == 10
    assert reasons(world)[RejectReason.SMS_CAPPED] > 100
    assert "number: 10 in 86400 s" in {record.fault for record in world.audit.logins}


def test_c14_one_number_at_many_users_is_one_number() -> None:
    world = world_with()
    for name in add_users(world, 30, same_number=True):
        world.login("sms", username=name)
    assert len(world.sender.sent) == 10


def test_c14_a_thousand_users_with_numbers_of_one_range_get_what_the_prefix_may() -> None:
    world = world_with(per_prefix_and_hour=40)
    for name in add_users(world, 1000, prefix="+491511"[:-1]):
        world.login("sms", username=name)
    by_prefix = Counter(message.number[1:7] for message in world.sender.sent)
    assert max(by_prefix.values()) <= 40
    assert len(world.sender.sent) <= 100


def test_c14_a_thousand_users_at_one_client_get_what_the_client_may() -> None:
    world = world_with(per_prefix_and_hour=1000, per_client_and_hour=25, daily_budget=Decimal(100))
    for name in add_users(world, 1000):
        world.login("sms", username=name)
    assert len(world.sender.sent) == 25
    assert reasons(world)[RejectReason.SMS_CAPPED] == 975


def test_c14_the_breaker_opens_with_an_alarm_and_closes_the_next_day() -> None:
    world = world_with(per_prefix_and_hour=1000, per_client_and_hour=1000, daily_budget=Decimal(5))
    begin_a_day(world)
    names = add_users(world, 1000)
    for place, name in enumerate(names):
        if place and place % 12 == 0:  # a quarter of 50: what one client may in an hour
            world.clock.advance(HOUR)
        assert world.login("sms", username=name).outcome == "reject"
        if reasons(world)[RejectReason.SMS_BUDGET_SPENT]:
            break
    for name in names[-900:]:
        world.login("sms", username=name)
    assert len(world.sender.sent) == 40
    assert reasons(world)[RejectReason.SMS_BUDGET_SPENT] == 901
    assert (events(world)[SmsEvent.DAY_NEARLY_SPENT], events(world)[SmsEvent.DAY_SPENT]) == (1, 1)
    assert [note.is_alarm for note in world.sms_trail.notes if note.event is SmsEvent.DAY_SPENT] == [True]
    counted = world.memory.calls.count("sms.count")
    assert counted == 41 * 4  # what comes after it is refused from memory
    world.clock.advance(DAY)
    assert world.login("sms", username=names[-1]).reason is RejectReason.SMS_SENT


def test_c14_another_instance_learns_of_the_breaker_by_one_write() -> None:
    world = world_with(per_prefix_and_hour=1000, per_client_and_hour=1000, daily_budget=Decimal(1))
    begin_a_day(world)
    for name in add_users(world, 20)[:15]:
        world.send(world.request("sms", username=name), world.another_instance())
        world.clock.advance(HOUR)
    assert len(world.sender.sent) == 8


def test_c14_a_stranger_at_one_client_leaves_the_day_to_the_others() -> None:
    """With the defaults: names that are known, three messages each, as fast as the ration lets them."""
    world = world_with()
    begin_a_day(world)
    names = add_users(world, 40)
    for _ in range(3):
        for name in names:
            world.login("sms", username=name)
        world.clock.advance(60)
    assert len(world.sender.sent) == 25
    assert reasons(world) == {RejectReason.SMS_SENT: 25, RejectReason.SMS_CAPPED: 95}
    assert not [note for note in world.sms_trail.notes if note.is_alarm]


def test_c14_logins_that_spent_their_share_leave_the_rest_to_notices_and_enrolment() -> None:
    world = world_with(daily_budget=Decimal(1))
    begin_a_day(world)
    messages = messages_of(world)
    logins = [spend(messages, world, place, login_id="login") for place in range(10)]
    assert logins == [None] * 8 + [RejectReason.SMS_BUDGET_SPENT] * 2
    others = [spend(messages, world, 20 + place, login_id=None) for place in range(4)]
    assert others == [None] * 2 + [RejectReason.SMS_BUDGET_SPENT] * 2
    assert spend(messages, world, 30, login_id="login") is RejectReason.SMS_BUDGET_SPENT


def messages_of(world: ModeWorld) -> Messages:
    return Messages(
        store=world.memory.sms,
        sender=world.sender,
        policy=world.sms_policy,
        vault=world.vault,
        trail=world.sms_trail,
    )


def spend(messages: Messages, world: ModeWorld, place: int, login_id: str | None) -> RejectReason | None:
    """One message to a number, and for a client, that had none before."""
    recipient = Recipient(
        user_id="u", number=f"+4915{place:02}1234567", region="DE", client=f"client{place}", login_id=login_id
    )
    refused = messages.refusal_beyond_ration(recipient, world.clock.now())
    return None if refused is None else refused.reason


def test_logins_without_messages_touch_no_counter() -> None:
    world = world_with()
    world.add_phone(world.user_id)
    assert world.login(world.code()).outcome == "accept"
    assert not [call for call in world.memory.calls if call.startswith("sms.")]


def test_twenty_at_once_use_one_code_once() -> None:
    world = world_with()
    world.add_phone(world.user_id)
    world.login("sms")
    code = world.sender.code
    requests = [world.request(code) for _ in range(9)]  # the tenth try would be at the gate
    answers = all_at_once([lambda one=one: world.send(one, world.another_instance()) for one in requests])
    assert [answer.outcome for answer in answers].count("accept") == 1


def test_of_many_guesses_at_once_five_are_compared(rounds: int) -> None:
    for _ in range(rounds):
        world = world_with()
        world.add_phone(world.user_id)
        world.login("sms")
        code = world.sender.code
        wrong = [world.request(f"{(int(code) + step) % 10**6:06}") for step in range(1, 10)]
        services = [world.another_instance() for _ in wrong]
        all_at_once([partial(world.send, *pair) for pair in zip(wrong, services, strict=True)])
        assert world.login(code).outcome == "reject"
