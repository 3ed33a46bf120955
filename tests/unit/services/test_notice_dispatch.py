"""A change is told on another channel than the one that changed (THREATS C12, G12), once, and within the caps."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from mfa.contract.fields import decode_object
from mfa.domain.factors import SubscriberState
from mfa.domain.notices import Notice
from mfa.domain.phones import PhoneWay, VerifiedPhone, number_context
from mfa.domain.push_devices import PushDevice, PushSubscription
from mfa.domain.reasons import RejectReason
from mfa.domain.sms_caps import DAY, SmsPolicy
from mfa.domain.sms_ledger import SmsRequest
from mfa.domain.sms_text import MAX_CHARACTERS, notice_text
from mfa.domain.subscribers import Subscriber
from mfa.domain.user_names import Alias, AliasKind
from mfa.errors import UnavailableError
from mfa.notice_ports import MailResult, NoticeChannel
from mfa.push_ports import PushDelivery
from mfa.services.messages import Messages
from mfa.services.notice_dispatch import MOST_AN_HOUR, NoticeDispatch
from mfa.services.notice_words import NOTICE_WORDS
from mfa.services.outbound import Recipient
from tests.fakes.clock import FakeClock
from tests.fakes.notices import FakeMail, RecordingNoticeTrail
from tests.fakes.push_sender import GONE, FakePushSender
from tests.fakes.races import all_at_once
from tests.fakes.sms import FakeSender, RecordingSmsTrail
from tests.fakes.store import InMemoryStore
from tests.fakes.vault import FakeVault

USER = "user-1"
NUMBERS = ("+4915123456701", "+4915123456702")
ALICE = Subscriber(
    user_id=USER,
    display_name="Alice",
    aliases=(Alias("corp", AliasKind.SAM, "alice"),),
    state=SubscriberState.ACTIVE,
    created_at=900,
)


@dataclass
class World:
    store: InMemoryStore = field(default_factory=InMemoryStore)
    clock: FakeClock = field(default_factory=FakeClock)
    vault: FakeVault = field(default_factory=FakeVault)
    push: FakePushSender = field(default_factory=FakePushSender)
    mail: FakeMail = field(default_factory=FakeMail)
    sms: FakeSender = field(default_factory=FakeSender)
    trail: RecordingNoticeTrail = field(default_factory=RecordingNoticeTrail)
    policy: SmsPolicy = field(default_factory=lambda: SmsPolicy(countries=frozenset({"DE"})))

    def __post_init__(self) -> None:
        self.store.subscribers.create(ALICE)
        self.messages = Messages(
            store=self.store.sms,
            sender=self.sms,
            policy=self.policy,
            vault=self.vault,
            trail=RecordingSmsTrail(),
        )
        self.dispatch = NoticeDispatch(
            store=self.store.notices,
            counter=self.store.requests,
            subscribers=self.store.subscribers,
            devices=self.store.push_devices,
            sender=self.push,
            mail=self.mail,
            messages=self.messages,
            vault=self.vault,
            clock=self.clock,
            trail=self.trail,
            issuer="Example Corp",
            portal="https://mfa.example.test",
        )

    def notice(self, event: str = "device_paired", subject: str = "", number: int = 1) -> Notice:
        return Notice(notice_id=f"n-{number}", user_id=USER, event=event, at=int(self.clock.now()), subject=subject)

    def pair(self, *device_ids: str, created_at: int = 1) -> None:
        for device_id in device_ids:
            subscription = PushSubscription(
                endpoint=f"https://push.example.test/{device_id}", public_key=b"", auth_secret=b""
            )
            device = PushDevice(
                device_id=device_id,
                user_id=USER,
                name=device_id,
                public_key=b"",
                created_at=created_at,
                subscription=subscription,
            )
            self.store.push_devices.add(device, self.store.subscribers.factors(USER))

    def add_numbers(self, count: int, way: PhoneWay = PhoneWay.MESSAGE, *, verified_at: Sequence[int] = ()) -> None:
        phones = [
            VerifiedPhone(
                phone_id=f"phone-{place}",
                name="Phone",
                number=self.vault.seal(number.encode(), number_context(USER, f"phone-{place}")),
                region="DE",
                verified_at=verified_at[place - 1] if verified_at else 1,
                ways=frozenset({way}),
            )
            for place, number in enumerate(NUMBERS[:count], start=1)
        ]
        self.store.phones.replace(self.store.subscribers.factors(USER), phones)

    def ask_for_a_code(self, place: int, user_id: str = USER, number: str = NUMBERS[0]) -> RejectReason | None:
        """What somebody does who types ``sms`` for a name at a RADIUS client."""
        one = f"login {place}"
        request = SmsRequest(
            login_id=one, client="vpn", tag=one.encode(), now=self.clock.now(), successes=0, window_seconds=15
        )
        recipient = Recipient(user_id=user_id, number=number, region="DE", client=f"vpn {place // 5}", login_id=one)
        refused = self.messages.refusal(request, recipient)
        return None if refused is None else refused.reason

    @property
    def rung(self) -> list[str]:
        return [subscription.endpoint.rpartition("/")[2] for subscription, _ in self.push.sent]


@pytest.fixture
def world() -> World:
    return World()


def test_a_new_device_rings_the_others_and_not_itself(world: World) -> None:
    world.pair("old", "older", "new")
    world.dispatch.send(world.notice(subject="new"))
    assert world.rung == ["old", "older"]
    assert not world.sms.sent


def test_what_rings_says_what_has_changed_and_of_whom_nothing(world: World) -> None:
    world.pair("old")
    world.dispatch.send(world.notice())
    ((_, message),) = world.push.sent
    assert decode_object(message.payload) == {"id": "notice", "about": "device_paired"}
    assert len(message.payload) <= 128, "the sealed message would have another size than all others"


def test_mail_goes_out_beside_the_devices_where_there_is_an_address(world: World) -> None:
    world.store.subscribers.set_email(USER, "alice@example.test")
    world.dispatch.send(world.notice("recovery_code_used"))
    (mail,) = world.mail.sent
    assert (mail.address, mail.subject) == ("alice@example.test", "Example Corp: A recovery code was used")
    assert "https://mfa.example.test" in mail.text


def test_a_change_of_the_address_is_not_told_at_the_new_one(world: World) -> None:
    world.pair("old")
    world.store.subscribers.set_email(USER, "mallory@example.test")
    world.dispatch.send(world.notice("subscriber_email_changed", subject="mail"))
    assert (world.rung, world.mail.sent) == (["old"], [])


def test_a_message_is_paid_for_only_if_nothing_else_reached_anybody(world: World) -> None:
    world.add_numbers(1)
    world.pair("old")
    world.dispatch.send(world.notice())
    assert not world.sms.sent
    world.push.answer = PushDelivery(was_taken=False, detail="500")
    world.dispatch.send(world.notice(number=2))
    (message,) = world.sms.sent
    assert message.number == NUMBERS[0]
    assert message.text == "Example Corp: A device was paired. Not you? Tell your administrator at once."


def test_a_device_younger_than_a_day_rings_and_counts_for_nobody(world: World) -> None:
    now = int(world.clock.now())
    world.add_numbers(1)
    world.pair("somebody else's", created_at=now - DAY + 1)
    world.dispatch.send(world.notice("recovery_codes_made"))
    assert world.rung == ["somebody else's"]
    assert [message.number for message in world.sms.sent] == [NUMBERS[0]]
    world.clock.advance(1)
    world.dispatch.send(world.notice("recovery_codes_made", number=2))
    assert (len(world.rung), len(world.sms.sent)) == (2, 1), "a day later it is the user's"


def test_an_old_device_that_took_it_beside_a_young_one_saves_the_message(world: World) -> None:
    world.add_numbers(1)
    world.pair("old")
    world.pair("young", created_at=int(world.clock.now()))
    world.dispatch.send(world.notice("recovery_codes_made"))
    assert (world.rung, world.sms.sent) == (["old", "young"], [])


def test_a_number_older_than_a_day_is_told_before_a_younger_one(world: World) -> None:
    now = int(world.clock.now())
    world.add_numbers(2, verified_at=(now - DAY + 1, now - DAY))
    world.dispatch.send(world.notice("recovery_codes_made"))
    assert [message.number for message in world.sms.sent] == [NUMBERS[1]]


def test_a_young_number_is_told_where_nothing_else_is_and_the_log_says_that_nobody_else_was(world: World) -> None:
    world.add_numbers(1, verified_at=(int(world.clock.now()),))
    world.dispatch.send(world.notice("recovery_codes_made"))
    assert [message.number for message in world.sms.sent] == [NUMBERS[0]]
    assert [(note.channel, note.was_taken) for note in world.trail.notes] == [
        (NoticeChannel.SMS, True),
        (NoticeChannel.NONE, False),
    ]


def test_whoever_has_young_ways_only_is_told_by_the_free_one(world: World) -> None:
    now = int(world.clock.now())
    world.add_numbers(1, verified_at=(now,))
    world.pair("young", created_at=now)
    world.dispatch.send(world.notice("recovery_codes_made"))
    assert (world.rung, world.sms.sent) == (["young"], [])
    assert world.trail.notes[-1].channel is NoticeChannel.NONE


def test_a_new_number_is_told_to_the_old_one(world: World) -> None:
    world.add_numbers(2)
    world.dispatch.send(world.notice("phone_confirmed", subject="phone-1"))
    assert [message.number for message in world.sms.sent] == [NUMBERS[1]]


def test_a_number_that_is_only_called_gets_no_message(world: World) -> None:
    world.add_numbers(2, PhoneWay.CALL)
    world.dispatch.send(world.notice("phone_confirmed", subject="phone-1"))
    assert not world.sms.sent


def test_the_only_number_is_not_told_of_itself(world: World) -> None:
    world.add_numbers(1)
    world.dispatch.send(world.notice("phone_confirmed", subject="phone-1"))
    assert not world.sms.sent
    (note,) = world.trail.notes
    assert (note.channel, note.detail) == (NoticeChannel.NONE, "the user has no other channel")


def test_the_same_notice_is_told_once_however_often_lambda_tries(world: World) -> None:
    world.pair("old")
    all_at_once([lambda: world.dispatch.send(world.notice())] * 10)
    assert world.rung == ["old"]
    assert world.store.notices.of_user(USER, 0, 10) == [world.notice()]


def test_beyond_the_cap_notices_are_kept_and_nobody_is_disturbed(world: World) -> None:
    world.pair("old")
    for number in range(MOST_AN_HOUR + 5):
        world.dispatch.send(world.notice(number=number))
    assert len(world.rung) == MOST_AN_HOUR
    assert len(world.store.notices.of_user(USER, 0, 50)) == MOST_AN_HOUR + 5
    world.clock.advance(3600)
    world.dispatch.send(world.notice(number=99))
    assert len(world.rung) == MOST_AN_HOUR + 1


def test_messages_of_notices_keep_to_the_cap_of_their_number(world: World) -> None:
    world.add_numbers(1)
    for number in range(MOST_AN_HOUR):
        world.dispatch.send(world.notice("recovery_code_used", number=number))
    assert len(world.sms.sent) == world.policy.per_number_and_day
    refused = [note.detail for note in world.trail.notes if note.channel is NoticeChannel.SMS and not note.was_taken]
    assert set(refused) == {"sms_capped"}


def test_c14_a_stranger_who_spent_the_users_ration_number_and_prefix_does_not_silence_a_notice(world: World) -> None:
    world.add_numbers(1)
    asked = [world.ask_for_a_code(place) for place in range(4)]
    assert asked == [None] * 3 + [RejectReason.SMS_RATIONED]
    number = [world.ask_for_a_code(10 + place, f"user {place}") for place in range(8)]
    assert number == [None] * 7 + [RejectReason.SMS_CAPPED]
    prefix = [world.ask_for_a_code(20 + place, f"user {place}", f"+49151234{place:05}") for place in range(16)]
    assert prefix == [None] * 15 + [RejectReason.SMS_CAPPED]
    world.dispatch.send(world.notice("recovery_code_used"))
    assert [message.number for message in world.sms.sent] == [NUMBERS[0]]


def test_a_notice_takes_no_code_from_the_user(world: World) -> None:
    world.add_numbers(1)
    for number in range(MOST_AN_HOUR):
        world.dispatch.send(world.notice("recovery_code_used", number=number))
    assert world.ask_for_a_code(1) is None


def test_without_countries_nothing_is_sent_by_message() -> None:
    world = World(policy=SmsPolicy())
    world.add_numbers(1)
    world.dispatch.send(world.notice("recovery_code_used"))
    assert not world.sms.sent


def test_a_mail_that_fails_is_noted_and_the_number_is_asked(world: World) -> None:
    world.store.subscribers.set_email(USER, "alice@example.test")
    world.add_numbers(1)
    world.mail.result = MailResult.SENDER_REFUSED
    world.dispatch.send(world.notice("recovery_code_used"))
    assert [(note.channel, note.was_taken) for note in world.trail.notes] == [
        (NoticeChannel.MAIL, False),
        (NoticeChannel.SMS, True),
    ]


def test_a_subscription_that_is_gone_is_forgotten(world: World) -> None:
    world.pair("old")
    world.push.answer = GONE
    world.dispatch.send(world.notice())
    (device,) = world.store.push_devices.of_user(USER)
    assert device.subscription is None


def test_nobody_is_told_of_what_is_no_change_or_of_a_user_who_is_gone(world: World) -> None:
    world.pair("old")
    world.dispatch.send(world.notice("enrollment_code_issued"))
    world.dispatch.send(replace(world.notice(), user_id="user-2"))
    assert (world.rung, world.trail.notes) == ([], [])


def test_a_fault_before_the_notice_is_kept_leaves_it_to_the_next_try(world: World) -> None:
    world.pair("old")
    world.store.faults.before["notices.add"] = 1
    with pytest.raises(UnavailableError):
        world.dispatch.send(world.notice())
    world.dispatch.send(world.notice())
    assert world.rung == ["old"]


def test_every_word_fits_into_one_message() -> None:
    for words in NOTICE_WORDS.values():
        assert len(notice_text(words, issuer="A company with a rather long name")) <= MAX_CHARACTERS
