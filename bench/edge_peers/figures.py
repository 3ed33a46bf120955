"""Numbers over rounds, written for a table: the median, and the lowest and highest behind it."""

from collections.abc import Sequence
from statistics import median


def spread(values: Sequence[float], digits: int) -> str:
    """``31 (29–33)``; a single value alone."""
    middle = _number(median(values), digits)
    if len(values) == 1:
        return middle
    return f"{middle} ({_number(min(values), digits)}–{_number(max(values), digits)})"


def middle(values: Sequence[float], digits: int) -> str:
    return _number(median(values), digits)


def _number(value: float, digits: int) -> str:
    return f"{value:,.{digits}f}"
