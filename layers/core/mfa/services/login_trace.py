"""What happened to a user, from receipts: for whoever helps. It reads; it decides and changes nothing."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mfa.domain.receipts import Entry
from mfa.domain.trace_sentences import sentence
from mfa.errors import InvalidInputError
from mfa.ports import Clock, SubscriberStore
from mfa.receipt_ports import ReceiptStore
from mfa.services.enrollment_names import find_subscriber
from mfa.services.enrollment_realms import Realms

MOST_SECONDS: Final = 90 * 24 * 3600
MOST_LINES: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceLine:
    at_ms: int
    sentence: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """The newest lines, the oldest first; ``is_cut`` if there were more."""

    lines: tuple[TraceLine, ...]
    is_cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginTrace:
    store: ReceiptStore
    subscribers: SubscriberStore
    realms: Realms
    clock: Clock

    def of(self, username: str, realm: str | None, seconds: int) -> Trace:
        """The last ``seconds``. Raises InvalidInputError, NotFoundError, RealmMissingError."""
        if not 1 <= seconds <= MOST_SECONDS:
            raise InvalidInputError("bad-span", f"ask for 1 to {MOST_SECONDS} seconds")
        subscriber = find_subscriber(self.subscribers, self.realms.choose(realm), username)
        since_ms = int((self.clock.now() - seconds) * 1000)
        found = self.store.of_user(subscriber.user_id, since_ms, MOST_LINES + 1)
        return Trace(lines=_lines(found[-MOST_LINES:]), is_cut=len(found) > MOST_LINES)


def _lines(entries: Sequence[Entry]) -> tuple[TraceLine, ...]:
    return tuple(map(_line, entries))


def _line(entry: Entry) -> TraceLine:
    moment = entry.name.partition("#")[0]
    try:
        facts = json.loads(entry.body)
        return TraceLine(at_ms=int(moment), sentence=sentence(facts), facts=facts)
    except (ValueError, AttributeError, TypeError):
        words = "this receipt cannot be read; gatehouse audit verify tells whether it was changed"
        return TraceLine(at_ms=int(moment) if moment.isdigit() else 0, sentence=words, facts={})
