"""Prices of one region on one day, from the file beside this one or from an administrator's own."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from gatehouse.errors import CommandError

_PARTS: Final = frozenset({"date", "region", "source", "prices", "alternatives"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """``per_user`` in dollars a month, as a list says it; ``sure`` whether that list could be looked up."""

    name: str
    per_user: float
    sure: bool
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """``of`` in dollars, by names that say for what: ``…_million`` of calls, ``…_hour``, ``…_month``."""

    date: str
    region: str
    source: str
    of: Mapping[str, float]
    alternatives: Sequence[Alternative]


def read_prices(own: Path | None) -> Prices:
    """``own`` needs to name only what differs. Raises CommandError for a file that is none of prices."""
    standard = _parsed((files("gatehouse.costs") / "prices.json").read_text(), "the standard prices")
    given = {} if own is None else _own(own, standard)
    prices = {**standard["prices"], **given.get("prices", {})}
    merged = {**standard, **given, "prices": prices}
    return Prices(
        date=str(merged["date"]),
        region=str(merged["region"]),
        source=str(merged["source"]) if own is None or "source" in given else f"{own.name}, else as in this release",
        of=prices,
        alternatives=[Alternative(**one) for one in merged["alternatives"]],
    )


def _own(file: Path, standard: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        found = _parsed(file.read_text(), str(file))
    except (OSError, UnicodeDecodeError):
        raise CommandError("bad-prices", f"{file} cannot be read") from None
    unknown = sorted([*(found.keys() - _PARTS), *(_table(found, file).keys() - standard["prices"].keys())])
    if unknown:
        raise CommandError(
            "bad-prices", f"{file}: nobody knows what {unknown[0]} is; names are those of docs/guides/cost.md"
        )
    _check_alternatives(found.get("alternatives", []), file)
    return found


def _parsed(text: str, name: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise CommandError("bad-prices", f"{name}: no JSON object")
    return found


def _table(found: Mapping[str, Any], file: Path) -> Mapping[str, float]:
    table = found.get("prices", {})
    if not isinstance(table, dict) or not all(_is_price(value) for value in table.values()):
        raise CommandError("bad-prices", f"{file}: prices must be numbers of dollars from 0 on, by name")
    return table


def _check_alternatives(listed: object, file: Path) -> None:
    fields = {"name", "per_user", "sure", "note"}
    good = isinstance(listed, list) and all(
        isinstance(one, dict) and one.keys() == fields and _is_price(one["per_user"]) for one in listed
    )
    if not good:
        raise CommandError("bad-prices", f"{file}: an alternative has name, per_user, sure and note")


def _is_price(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
