"""Logins that call a person: the company of PushWorld with telephones, what places calls, and what takes the keys."""

from mfa.contract.fields import base64url
from mfa.domain.configuration import ClientMode, ClientPolicy
from mfa.domain.phone_calls import CallPurpose, PressedKeys
from mfa.domain.phones import PhoneWay, VerifiedPhone
from mfa.domain.policy import DEFAULT_FACTORS, FactorKind
from mfa.domain.push import PushApproval
from mfa.domain.sms_caps import CallPolicy
from mfa.ports import Vault
from mfa.push_ports import PushNote
from mfa.services.call_decisions import CallDecisions, CallOutcome, Contact
from mfa.services.push_dispatch import PushDispatch
from tests.fakes.clock import FakeClock
from tests.fakes.dispatch_world import TOKEN, push_dispatch
from tests.fakes.login_world import Answer, Stores
from tests.fakes.phone_calls import FakeCaller
from tests.fakes.push_sender import FakePushSender
from tests.fakes.push_trail import RecordingTrail
from tests.fakes.push_world import PushWorld, policy
from tests.fakes.sms import RecordingSmsTrail
from tests.fakes.wakers import RecordingWaker

MOBILE, DESK = "+4915123456789", "+4930901820"
EVERYTHING = (*DEFAULT_FACTORS, FactorKind.PHONE)
CALLED = frozenset({PhoneWay.CALL})


def offering(
    mode: ClientMode = ClientMode.SECOND_FACTOR,
    approval: PushApproval = PushApproval.NUMBER,
    *,
    factors: tuple[FactorKind, ...] = EVERYTHING,
    **named: object,
) -> ClientPolicy:
    """A client that lists calls among its factors."""
    return policy(mode, approval, factors=factors, **named)


class CallWorld(PushWorld):
    """``alice`` can be called on her mobile and at her desk, beside the devices that she has."""

    def __init__(
        self,
        stores: Stores | None = None,
        *,
        vault: Vault | None = None,
        clock: FakeClock | None = None,
        **caps: object,
    ) -> None:
        super().__init__(stores, vault=vault, clock=clock)
        self.call_policy = CallPolicy(countries=frozenset({"DE", "AT"}), **caps)  # type: ignore[arg-type]
        self.configure(offering())
        self.mobile: VerifiedPhone = self.add_phone(self.user_id, MOBILE, ways=CALLED)
        self.desk: VerifiedPhone = self.add_phone(self.user_id, DESK, ways=CALLED)
        self.caller = FakeCaller()
        self.call_trail = RecordingSmsTrail()
        self.push_trail = RecordingTrail()
        self.waker = RecordingWaker()
        self.dispatch = self.another_dispatch()
        self.decisions = CallDecisions(
            transactions=self.store.transactions,
            calls=self.store.phone_calls,
            logins=self.store.logins,
            phones=self.store.phones,
            ledgers=self.store.push_ledgers,
            vault=self.vault,
            waker=self.waker,
            audit=self.audit,
            clock=self.clock,
            pause=self.pause,
            report_fault=self._faulty,
        )

    def another_dispatch(self) -> PushDispatch:
        """A further instance of the function that rings."""
        return push_dispatch(self, sender=FakePushSender(), trail=self.push_trail, report_fault=self._faulty)

    def ring(self, login_id: str) -> None:
        """What the execution of that login begins with."""
        self.dispatch.send(login_id, TOKEN)

    def called(self, text: str = "phone", **named: object) -> Answer:
        """A login whose telephone rings."""
        answer = self.ask(text, **named)
        assert answer.outcome == "pending", answer
        self.ring(login_id(answer))
        return answer

    def press(self, login_id: str, keys: PressedKeys = PressedKeys.APPROVE) -> CallOutcome:
        return self.decisions.decide(contact(login_id), keys)

    @property
    def notes(self) -> list[PushNote]:
        return self.push_trail.notes


def login_id(answer: Answer) -> str:
    return base64url(answer.response.login_id)


def contact(call_id: str, contact_id: str | None = None, purpose: CallPurpose = CallPurpose.LOGIN) -> Contact:
    """The call that was placed for it, or another one."""
    return Contact(contact_id=contact_id or f"contact-of-{call_id}", call_id=call_id, purpose=purpose)
