"""Whether codes by message would arrive: what the account and the configuration say, and what to do about it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mfa.domain.phones import NumberRefusal, masked, refusal_of
from mfa.domain.sms_caps import SmsPolicy
from mfa.services.phone_errors import NumberRefusedError
from mfa.sms_ports import PhoneNumberReader, SmsAccount, SmsProvider

_DAYS_OF_A_MONTH: Final = 31
# Where a name cannot be the sender, or only a registered one, so that a number must be got first.
_NUMBER_NEEDED: Final = frozenset({"US", "CA", "PR", "CN", "IN", "BR", "MX", "KR", "TW"})


class Grade(StrEnum):
    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """``advice`` says what to do; empty where there is nothing to do."""

    check: str
    grade: Grade
    text: str
    advice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsReadiness:
    provider: SmsProvider
    reader: PhoneNumberReader
    policy: SmsPolicy
    sender_id: str | None
    origination_number: str | None

    def check(self, number: str | None) -> Sequence[Finding]:
        """``number`` is one to look up in the opt-out list. Raises NumberRefusedError if it is none."""
        e164 = None if number is None else self._read(number)
        account = self.provider.look(e164)
        return [
            *self._countries(),
            _region(account),
            *_asked(account),
            *_sandbox(account),
            *self._spending(account),
            self._origination(account),
            self._caps(),
            *_opt_out(account, e164),
        ]

    def _read(self, text: str) -> str:
        number = self.reader.read(text)
        if number is None:
            raise NumberRefusedError(NumberRefusal.NOT_A_NUMBER)
        refusal = refusal_of(number, self.policy.countries)
        if refusal is NumberRefusal.LINE_TYPE:
            raise NumberRefusedError(refusal)
        return number.e164

    def _countries(self) -> Iterator[Finding]:
        if not self.policy.is_on:
            yield Finding(
                check="countries",
                grade=Grade.PROBLEM,
                text="no country is admitted, so no message is ever sent",
                advice="deploy with SmsCountries, for example SmsCountries=DE,AT,CH",
            )
            return
        yield Finding(
            check="countries", grade=Grade.OK, text=f"messages go to {', '.join(sorted(self.policy.countries))}"
        )

    def _spending(self, account: SmsAccount) -> Iterator[Finding]:
        limit = account.monthly_limit
        if limit is None:
            return
        month = float(self.policy.messages_a_day * self.policy.max_price) * _DAYS_OF_A_MONTH
        text = f"SNS stops after ${limit:g} in a month; the breaker here allows ${month:g} at most"
        if limit <= 1:
            yield Finding(
                check="spend_limit",
                grade=Grade.PROBLEM,
                text=f"SNS stops after ${limit:g} in a month, which is about {int(limit / 0.03)} messages",
                advice="raise the SMS spend limit in Service Quotas, then MonthlySpendLimit in SNS",
            )
        elif limit < month:
            yield Finding(
                check="spend_limit",
                grade=Grade.WARNING,
                text=text,
                advice="raise MonthlySpendLimit, or lower SmsDailyBudget: SNS stops without telling us",
            )
        else:
            yield Finding(check="spend_limit", grade=Grade.OK, text=text)

    def _origination(self, account: SmsAccount) -> Finding:
        sender = self.origination_number or self.sender_id or account.default_sender_id
        needed = sorted(self.policy.countries & _NUMBER_NEEDED)
        known = account.origination_numbers
        if self.origination_number is not None and known is not None and self.origination_number not in known:
            return Finding(
                check="origination",
                grade=Grade.PROBLEM,
                text="SmsOriginationNumber is none of this account's numbers in this region",
                advice="deploy with one that `aws sns list-origination-numbers` shows, or with none",
            )
        if needed and self.origination_number is None and not known:
            return Finding(
                check="origination",
                grade=Grade.PROBLEM,
                text=f"{', '.join(needed)}: a registered number is needed there, and this account has none",
                advice="get a toll-free number or 10DLC in AWS End User Messaging; deploy with SmsOriginationNumber",
            )
        if sender is None:
            return Finding(
                check="origination",
                grade=Grade.WARNING,
                text="no sender is configured: messages come from any number",
                advice="deploy with SmsSenderId where the country knows sender ids; some want them registered",
            )
        return Finding(check="origination", grade=Grade.OK, text=f"messages come from {sender}")

    def _caps(self) -> Finding:
        policy = self.policy
        if policy.messages_a_day < 1:
            return Finding(
                check="caps",
                grade=Grade.PROBLEM,
                text="SmsDailyBudget is less than SmsMaxPrice: not one message may be sent",
                advice="raise SmsDailyBudget",
            )
        return Finding(
            check="caps",
            grade=Grade.OK,
            text=(
                f"at most {policy.messages_a_day} messages a day (${policy.max_price} each at most, "
                f"${policy.daily_budget} a day), {policy.logins_a_day} of them for logins, "
                f"{policy.per_number_and_day} a day to one number, {policy.prefix_and_hour} an hour to one prefix, "
                f"{policy.client_and_hour} an hour for one client"
            ),
        )


def _region(account: SmsAccount) -> Finding:
    return Finding(check="region", grade=Grade.OK, text=f"messages are sent in {account.region}")


def _asked(account: SmsAccount) -> Iterator[Finding]:
    for fault in account.faults:
        yield Finding(
            check="provider",
            grade=Grade.WARNING,
            text=f"SNS did not tell: {fault}",
            advice="is SNS text messaging supported in this region, and may the enrollment function ask?",
        )


def _sandbox(account: SmsAccount) -> Iterator[Finding]:
    if account.is_in_sandbox is None:
        return
    if account.is_in_sandbox:
        yield Finding(
            check="sandbox",
            grade=Grade.PROBLEM,
            text="this account is in the SMS sandbox: only numbers that were verified in SNS get messages",
            advice="ask AWS to move the account out of the SMS sandbox; until then, add your test numbers there",
        )
    else:
        yield Finding(check="sandbox", grade=Grade.OK, text="this account is out of the SMS sandbox")


def _opt_out(account: SmsAccount, number: str | None) -> Iterator[Finding]:
    if number is None or account.is_opted_out is None:
        return
    shown = masked(number)
    if account.is_opted_out:
        yield Finding(
            check="opt_out",
            grade=Grade.PROBLEM,
            text=f"the owner of {shown} has opted out: SNS takes messages to it and sends none",
            advice="let the owner agree, then opt the number in again in SNS (once in 30 days)",
        )
    else:
        yield Finding(check="opt_out", grade=Grade.OK, text=f"{shown} has not opted out")
