"""What a login by code or by message costs at the table, in DynamoDB's units, counted on AWS in this process."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bench.dynamodb_units import Bill, bill, recorded
from mfa.bootstrap import Composition
from mfa.domain.sms_caps import SmsPolicy
from tests.fakes.aws import AwsInProcess
from tests.fakes.clock import FakeClock
from tests.fakes.login_world import LoginWorld
from tests.fakes.mode_world import ModeWorld, vpn
from tests.fakes.real_world import real_world

NUMBER = "+4915123456789"


class _Messages(ModeWorld):
    """Sends by the composition's own sender: SNS in this process."""

    def __init__(self, composition: Composition) -> None:
        self._composition = composition
        assert isinstance(composition.clock, FakeClock)
        super().__init__(composition.stores, vault=composition.vault, clock=composition.clock)
        self.configure(vpn())

    def login_messages(self, **_: Any) -> Any:
        return self._composition.messages.for_logins


def code_login(aws: AwsInProcess) -> Bill:
    """A right code of a user whose name this instance does not know yet."""
    world: LoginWorld = real_world(Composition(aws.settings, clock=FakeClock()))
    world.add_user("alice")
    world.login("not a code")  # configuration and data key are there, as on a warm function
    return _billed(lambda: world.login(world.code(), username="alice"))


def message_login(aws: AwsInProcess) -> tuple[Bill, Bill]:
    """The login that asks for a message, and the one with its code."""
    told = replace(aws.settings, sms=SmsPolicy(countries=frozenset({"DE"})), service_name="bench-sms")
    composition = Composition(told, clock=FakeClock())
    composition.vault.prepare()
    world = _Messages(composition)
    world.add_phone(world.user_id, NUMBER)
    world.login(world.wrong_code())
    asked = _billed(lambda: world.login("sms"))
    code = _sent_text()[:6]
    return asked, _billed(lambda: world.login(code))


def _sent_text() -> str:
    from moto.sns.models import sns_backends  # noqa: PLC0415 -- its accounts exist only within the mock

    from tests.fakes.aws import REGION  # noqa: PLC0415

    (sent,) = sns_backends["123456789012"][REGION].sms_messages.values()
    return str(sent[1])


def _billed(step: Callable[[], object]) -> Bill:
    with recorded() as calls:
        step()
    return bill(calls)
