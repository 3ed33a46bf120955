"""The body of a tally: which numbers of an emitter arrived, and how many decisions are counted instead of kept."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from mfa.domain.receipts import Range


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """``strangers`` are decisions about nobody, by reason; ``canary`` those of the canary."""

    numbers: tuple[Range, ...]
    strangers: Counter[str] = field(default_factory=Counter)
    canary: int = 0

    def to_json(self) -> str:
        counted = {"numbers": self.numbers, "strangers": self.strangers, "canary": self.canary}
        return json.dumps(counted, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Raises ValueError: for whatever is no tally, somebody else has written it."""
        try:
            read = json.loads(text)
            return cls(
                numbers=_ranges(read["numbers"]),
                strangers=Counter({str(name): int(many) for name, many in read["strangers"].items()}),
                canary=int(read["canary"]),
            )
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError("this is no tally") from error


def _ranges(read: Sequence[Sequence[int]]) -> tuple[Range, ...]:
    return tuple((int(first), int(last)) for first, last in read)
