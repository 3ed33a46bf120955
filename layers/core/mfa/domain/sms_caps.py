"""What keeps a stranger from spending the company's money on messages, and on calls.

Besides each user's ration there are counters by number, by prefix, by client and for the deployment's day. Each counts
within a span of the clock (an hour, a day) that is part of its key: so a counter needs no reset, and one that is over
counts for nothing. The last one is the breaker. It is asked only for messages that passed everything else, so it is
never written by logins without one, and at SNS's pace of 20 a second it is far from what one item can take.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Final

from mfa.domain.phones import prefix_of

HOUR: Final = 3600
DAY: Final = 86_400
WARN_AT: Final = Decimal("0.8")  # of what logins may use of the day
# Anybody can cause logins. So they leave one in five to what only users and administrators cause (notices, enrolment,
# invitations), and no hour of one client or prefix spends more than one in four: it takes a stranger hours to open the
# breaker for all others, with an alarm on the way.
RESERVED: Final = 5
HOURLY: Final = 4


class Channel(StrEnum):
    """What is counted: each has counters of its own."""

    MESSAGE = "sms"
    CALL = "call"


class CapName(StrEnum):
    NUMBER = "number"
    PREFIX = "prefix"
    CLIENT = "client"
    DAY = "day"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsPolicy:
    """``countries`` are ISO 3166 regions; without any nothing is ever sent. Prices in US dollars: ``max_price`` is the
    most that one message may cost, ``daily_budget`` what a day may."""

    channel: ClassVar[Channel] = Channel.MESSAGE

    countries: frozenset[str] = frozenset()
    max_price: Decimal = Decimal("0.10")
    daily_budget: Decimal = Decimal(10)
    per_day: int = 500
    per_number_and_day: int = 10
    per_prefix_and_hour: int = 100
    per_client_and_hour: int = 200

    @property
    def is_on(self) -> bool:
        return bool(self.countries)

    @property
    def messages_a_day(self) -> int:
        """What the count and the budget allow, if each message costs the most that it may."""
        return min(self.per_day, int(self.daily_budget / self.max_price))

    @property
    def logins_a_day(self) -> int:
        return self.messages_a_day - self.messages_a_day // RESERVED

    @property
    def prefix_and_hour(self) -> int:
        return min(self.per_prefix_and_hour, self._most_an_hour)

    @property
    def client_and_hour(self) -> int:
        return min(self.per_client_and_hour, self._most_an_hour)

    @property
    def _most_an_hour(self) -> int:
        return max(1, self.messages_a_day // HOURLY)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPolicy(SmsPolicy):
    """The same for calls. Nobody holds the provider to ``max_price``: it is what a call is counted with, which lasts
    two minutes at most."""

    channel: ClassVar[Channel] = Channel.CALL

    max_price: Decimal = Decimal("0.20")
    per_day: int = 200
    per_number_and_day: int = 10
    per_prefix_and_hour: int = 50
    per_client_and_hour: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """At most ``limit`` messages, or calls, for ``key`` in the span that begins at ``begins_at`` (Unix seconds)."""

    name: CapName
    key: str = field(repr=False)
    limit: int
    begins_at: int
    seconds: int
    channel: Channel = Channel.MESSAGE

    @property
    def ends_at(self) -> int:
        return self.begins_at + self.seconds


SMS_OFF: Final = SmsPolicy()
CALLS_OFF: Final = CallPolicy()


def caps_of(
    policy: SmsPolicy, *, number: str, digest: str, client: str, is_login: bool, now: float, apart: str = ""
) -> Sequence[Cap]:
    """In the order in which they are asked: the narrowest first. ``digest`` stands for the number. Logins and the rest
    count on one counter of the day, up to limits of their own. ``apart`` names what has counters of its own for number
    and prefix; whoever chooses it puts it into ``digest`` as well."""
    day = policy.logins_a_day if is_login else policy.messages_a_day
    limits = (
        (CapName.NUMBER, digest, policy.per_number_and_day, DAY),
        (CapName.PREFIX, prefix_of(number) + apart, policy.prefix_and_hour, HOUR),
        (CapName.CLIENT, client, policy.client_and_hour, HOUR),
        (CapName.DAY, "", day, DAY),
    )
    return tuple(
        Cap(
            name=name,
            key=key,
            limit=limit,
            begins_at=int(now // seconds) * seconds,
            seconds=seconds,
            channel=policy.channel,
        )
        for name, key, limit, seconds in limits
    )


def warns_at(policy: SmsPolicy) -> int:
    """The count of the day at which somebody should look."""
    return int(policy.logins_a_day * WARN_AT)
