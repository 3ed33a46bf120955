"""What each kind of exchange may end with. The rule: a fault may cost an Accept, and nothing else.

``None`` is silence. The weather is fine unless the backend had a fault while the exchange lasted, or shortly before.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

ACCEPT, REJECT, ACCOUNTING_RESPONSE = 2, 3, 5

type Code = int | None


class Kind(StrEnum):
    RIGHT = "right code, PAP"
    WRONG = "wrong code, PAP"
    UNSIGNED = "right code, no Message-Authenticator"
    CHAP = "right code, CHAP"
    MS_CHAP_2 = "right code, MS-CHAPv2"
    WRONG_MS_CHAP_2 = "wrong code, MS-CHAPv2"
    ROTATING = "right code, either of two secrets"
    RETRANSMITTED = "right code, sent four times"
    APPROVED = "waits, then approved, sent four times"
    DENIED = "waits, then denied"
    UNANSWERED = "waits, nobody decides"
    ACCOUNTING = "accounting"
    STATUS = "Status-Server"
    STRANGER = "unknown address"
    FORGED = "wrong shared secret"


_RIGHT: Final = frozenset({Kind.RIGHT, Kind.UNSIGNED, Kind.CHAP, Kind.MS_CHAP_2, Kind.ROTATING, Kind.RETRANSMITTED})
_FINE: Final[Mapping[Kind, Code]] = {
    **dict.fromkeys((*_RIGHT, Kind.APPROVED, Kind.STATUS), ACCEPT),
    **dict.fromkeys((Kind.WRONG, Kind.WRONG_MS_CHAP_2, Kind.DENIED, Kind.UNANSWERED), REJECT),
    Kind.ACCOUNTING: ACCOUNTING_RESPONSE,
    Kind.STRANGER: None,
    Kind.FORGED: None,
}


def allowed(kind: Kind, *, fine: bool) -> frozenset[Code]:
    """The codes that this exchange may end with."""
    usual = _FINE[kind]
    if fine:
        return frozenset({usual})
    if kind is Kind.ACCOUNTING:
        return frozenset({usual, None})  # what is not stored is not acknowledged
    if kind in _RIGHT or kind is Kind.APPROVED:
        return frozenset({usual, REJECT})
    return frozenset({usual})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """One exchange: what was sent, and what came back. Times on one clock, in seconds."""

    kind: Kind
    began: float
    ended: float  # when the first reply came, or the waiting ended
    packets: int
    replies: tuple[bytes, ...]
    questions: int  # that the backend was asked about it
    forged: str = ""  # why a reply is not genuine

    @property
    def code(self) -> Code:
        return self.replies[0][0] if self.replies else None

    @property
    def seconds(self) -> float:
        return self.ended - self.began


def complaint(ended: Ended, *, fine: bool, patience: float) -> str | None:
    """What is wrong with it, or None."""
    wrong = {
        f"a reply is not genuine: {ended.forged}": bool(ended.forged),
        f"ended with {ended.code}": ended.code not in allowed(ended.kind, fine=fine),
        "a retransmission got another answer": len(set(ended.replies)) > 1,
        "more replies than packets": len(ended.replies) > ended.packets,
        "the reply came after the client's patience": bool(ended.replies) and ended.seconds > patience,
        "the backend was asked twice": fine and ended.questions > 1,
    }
    return next((text for text, is_so in wrong.items() if is_so), None)


class Weather:
    """When the backend had faults. ``after`` seconds after a fault still belong to it: the breaker has to close.

    A stall is a time in which this very process did not run: the machine had other things to do. Nothing that took too
    long meanwhile can be held against the edge.
    """

    def __init__(self, after: float) -> None:
        self._after = after
        self._faults: list[list[float]] = []  # beginning and end
        self._stalls: list[tuple[float, float]] = []
        self.fault: str | None = None

    def stall(self, began: float, ended: float) -> None:
        self._stalls.append((began, ended))

    def stalled(self, began: float, ended: float) -> bool:
        return any(began < until and since < ended for since, until in self._stalls)

    @property
    def stalls(self) -> tuple[int, float]:
        """How many, and the longest in seconds."""
        return len(self._stalls), max((until - since for since, until in self._stalls), default=0.0)

    def begin(self, fault: str, now: float) -> None:
        self.fault = fault
        self._faults.append([now, float("inf")])

    def end(self, now: float) -> None:
        self.fault = None
        self._faults[-1][1] = now + self._after

    def fine(self, began: float, ended: float) -> bool:
        return not any(began < until and since < ended for since, until in self._faults)


class Tally:
    """Counts by kind and code, times of the ordinary logins, and everything that was wrong."""

    MOST_COMPLAINTS: Final = 50

    def __init__(self) -> None:
        self.ended: Counter[tuple[Kind, Code]] = Counter()
        self.seconds: list[float] = []
        self.wrong = 0
        self.complaints: list[str] = []

    def add(self, ended: Ended, *, fine: bool, patience: float) -> None:
        self.ended[ended.kind, ended.code] += 1
        if fine and ended.kind is Kind.RIGHT:
            self.seconds.append(ended.seconds)
        if text := complaint(ended, fine=fine, patience=patience):
            self.complain(f"{ended.kind}: {text}")

    def complain(self, text: str) -> None:
        self.wrong += 1
        if len(self.complaints) < self.MOST_COMPLAINTS:
            self.complaints.append(text)


def quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")
