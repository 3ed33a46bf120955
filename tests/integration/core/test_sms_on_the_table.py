"""Codes by message on the real adapters, SNS included: calls counted, floods stopped (C14), nothing told (F6)."""

import copy
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from types import SimpleNamespace
from typing import Any

import moto.dynamodb.models
import pytest
from moto.sns.models import sns_backends

from mfa.bootstrap import Composition
from mfa.domain.reasons import RejectReason
from mfa.domain.sms_caps import DAY, HOUR, SmsPolicy
from mfa.services.login_messages import LoginMessages
from tests.fakes.aws import REGION, AwsInProcess, aws_in_process, raw_items
from tests.fakes.clock import FakeClock
from tests.fakes.mode_world import ModeWorld, vpn
from tests.fakes.races import all_at_once, gently_for_botocore

pytestmark = pytest.mark.integration
NUMBER = "+4915123456789"
FULL_COUNT = 1000  # of triggers, and of users: THREATS C14
_serial = count(1)
LIMITS = SmsPolicy(countries=frozenset({"DE"}), per_day=12, per_client_and_hour=200)


class RealWorld(ModeWorld):
    """Sends by SNS."""

    def __init__(self, composition: Composition) -> None:
        self.composition = composition
        assert isinstance(composition.clock, FakeClock)
        super().__init__(composition.stores, vault=composition.vault, clock=composition.clock)
        self.configure(vpn())

    def login_messages(self, **_: Any) -> LoginMessages:
        return self.composition.messages.for_logins

    @property
    def messages(self) -> list[tuple[str, str]]:
        return list(sns_backends["123456789012"][REGION].sms_messages.values())


@pytest.fixture
def aws() -> Iterator[AwsInProcess]:
    with aws_in_process() as aws, gently_for_botocore():
        yield aws


@pytest.fixture
def world(aws: AwsInProcess) -> RealWorld:
    # Loggers live as long as the process and keep the stream they were made with: each test needs its own.
    told = replace(aws.settings, sms=LIMITS, issuer="Example Corp", service_name=f"test-{next(_serial)}-sms")
    composition = Composition(told, clock=FakeClock())
    composition.vault.prepare()
    world = RealWorld(composition)
    world.add_phone(world.user_id, NUMBER)
    return world


@contextmanager
def transactions_without_a_way_back() -> Iterator[None]:
    """moto copies all tables before each transaction, in case it fails: a thousand users would take gigabytes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moto.dynamodb.models, "copy", SimpleNamespace(deepcopy=lambda tables: tables, copy=copy.copy))
        yield


def test_dynamodb_calls_of_a_message_and_of_its_code(world: RealWorld, aws: AwsInProcess) -> None:
    world.login(world.wrong_code())  # names and configuration are cached
    request = world.request("sms")
    before = len(aws.calls)
    assert world.send(request).reason is RejectReason.SMS_SENT
    counters, outcome = ["UpdateItem"] * 4, ["UpdateItem", "UpdateItem"]
    assert aws.calls[before:] == ["UpdateItem", "GetItem", "PutItem", *counters, *outcome]
    ((number, text),) = world.messages
    assert number == NUMBER
    request = world.request(text[:6])
    before = len(aws.calls)
    assert world.send(request).outcome == "accept"
    assert aws.calls[before:] == ["UpdateItem", "UpdateItem"]


def test_c14_a_flood_for_one_user_sends_three_messages(world: RealWorld, rounds: int) -> None:
    """A thousand triggers at full counts, within the ten minutes of the ration."""
    for number in range(triggers := min(FULL_COUNT, 5 * rounds)):
        world.clock.advance(600 / (triggers + 1))
        world.login(("sms", "sms2")[number % 2])
    assert len(world.messages) == 3


def test_c14_a_flood_for_many_users_sends_what_the_day_may(world: RealWorld, rounds: int) -> None:
    """Three triggers for each of a thousand users at full counts: what one client may each hour, up to the share."""
    users = min(FULL_COUNT, max(LIMITS.per_day + 1, rounds * 3 // 2))
    with transactions_without_a_way_back():
        for number in range(users):
            user_id = world.add_user(f"user{number}", seed=b"another seed of 20 o")
            world.add_phone(user_id, f"+4915{number % 8}{number:08}")
    begin = world.clock.now() // DAY * DAY + DAY
    world.clock.advance(begin - world.clock.now())
    for _ in range(3):
        for number in range(users):
            assert world.login("sms", username=f"user{number}").outcome == "reject"
        world.clock.advance(HOUR)
    hourly = LIMITS.client_and_hour
    assert len(world.messages) == 3 * hourly < LIMITS.logins_a_day
    for _ in range(2):
        for number in range(hourly + 1):
            world.login("sms", username=f"user{number}")
        world.clock.advance(HOUR)
    assert len(world.messages) == LIMITS.logins_a_day


def test_c14_a_flood_at_once_sends_what_user_and_day_may(world: RealWorld, rounds: int) -> None:
    """By many instances, in rounds of twenty packets at a barrier."""
    world.login("not a code")
    for number in range(min(FULL_COUNT // 20, max(1, rounds // 10))):
        requests = [world.request(("sms", "sms1", "SMS")[one % 3]) for one in range(20)]
        answers = all_at_once([lambda one=one: world.send(one, world.another_instance()) for one in requests])  # type: ignore[misc]
        assert {answer.outcome for answer in answers} == {"reject"}
        assert len(world.messages) <= 3, number
        world.clock.advance(1)


def test_one_packet_at_many_edges_is_one_message(world: RealWorld, rounds: int) -> None:
    world.login("not a code")
    for number in range(min(rounds, 3)):
        request = world.request("sms")
        answers = all_at_once([lambda request=request: world.send(request)] * 6)
        assert {answer.outcome for answer in answers} == {"reject"}
        assert len(world.messages) == number + 1
        world.clock.advance(700)


def test_twenty_uses_of_one_code_are_one_accept(world: RealWorld, rounds: int) -> None:
    for _ in range(max(1, min(9, rounds // 10))):  # as many as a day has for logins
        assert world.login("sms").reason is RejectReason.SMS_SENT
        code = world.messages[-1][1][:6]
        requests = [world.request(code) for _ in range(20)]
        answers = all_at_once([lambda one=one: world.send(one) for one in requests])  # type: ignore[misc]
        assert [answer.outcome for answer in answers].count("accept") == 1
        world.store.subscribers.unlock(world.user_id)
        world.clock.advance(HOUR)


def test_f6_no_code_and_no_whole_number_is_logged_or_kept_in_clear(
    world: RealWorld, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    world.service = world.another_instance(audit=world.composition.audit)
    world.service.decide(world.request("sms"))
    code = world.messages[-1][1][:6]
    for text in ("sms", code, code):
        world.service.decide(world.request(text))
    output = capfd.readouterr()
    printed = output.out + output.err + caplog.text
    assert '"event":"taken"' in printed.replace(" ", "")
    assert output.out.count("login decided") == 4
    kept = repr(raw_items())
    for secret in (code, NUMBER, NUMBER[1:], NUMBER[3:], "is your Example Corp code"):
        assert secret not in printed
        assert secret not in kept
