"""Metrics out of log lines (embedded metric format), as CloudWatch makes them, and what a dashboard asks of them.

Only what templates/watching.yaml uses of CloudWatch's language: single metrics, SEARCH with words that are equal or
not, SUM of a search, arithmetic, FILL and IF.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

type Series = list[float | None]
type Dimensions = frozenset[tuple[str, str]]

_SEARCH = re.compile(r"SEARCH\('\{Gatehouse,([^}]*)\} ([^']*)', '([^']*)', [0-9]+\)")
_TERM = re.compile(r'(NOT )?(\w+)="([^"]*)"')
_LABEL = re.compile(r"\$\{!?PROP\('Dim\.(\w+)'\)\}")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a chart. ``color`` is None where the dashboard leaves it open."""

    label: str
    values: Series
    color: str | None = None
    is_right: bool = False


class Metrics:
    """All samples of a run, in buckets of ``seconds`` from the first to the last."""

    def __init__(self, lines: Iterable[str], seconds: int) -> None:
        self.seconds = seconds
        self._samples: defaultdict[tuple[str, Dimensions], list[tuple[float, float]]] = defaultdict(list)
        for line in lines:
            self._read(line)
        times = [at for samples in self._samples.values() for at, _ in samples]
        self.start = min(times) // seconds * seconds
        self.buckets = int((max(times) - self.start) // seconds) + 1

    def _read(self, text: str) -> None:
        if '"_aws"' not in text:
            return
        line: dict[str, Any] = json.loads(text)
        at = line["_aws"]["Timestamp"] / 1000
        for directive in line["_aws"]["CloudWatchMetrics"]:
            for names in directive["Dimensions"]:
                dimensions = frozenset((name, str(line[name])) for name in names)
                for metric in directive["Metrics"]:
                    value = line[metric["Name"]]
                    values = value if isinstance(value, list) else [value]
                    self._samples[metric["Name"], dimensions] += [(at, float(one)) for one in values]

    def series(self, metric: str, dimensions: Mapping[str, str], stat: str) -> Series:
        found: list[list[float]] = [[] for _ in range(self.buckets)]
        for at, value in self._samples.get((metric, frozenset(dimensions.items())), ()):
            found[int((at - self.start) // self.seconds)].append(value)
        return [_statistic(values, stat) if values else None for values in found]

    def whole(self, metric: str, dimensions: Mapping[str, str], stat: str) -> float | None:
        """One number for all of the time."""
        values = [value for _, value in self._samples.get((metric, frozenset(dimensions.items())), ())]
        return _statistic(values, stat) if values else None

    def search(self, expression: str) -> list[tuple[dict[str, str], Series]]:
        match = _SEARCH.search(expression)
        assert match, expression
        names, words, stat = match[1].split(","), match[2], match[3]
        metric = next(value for _, name, value in _TERM.findall(words) if name == "MetricName")
        terms = [(bool(no), name, value) for no, name, value in _TERM.findall(words) if name != "MetricName"]
        found = []
        for name, dimensions in self._samples:
            labels = dict(dimensions)
            if name == metric and set(labels) == set(names) and all((labels[k] == v) != no for no, k, v in terms):
                found.append((labels, self.series(metric, labels, stat)))
        return sorted(found, key=lambda one: -sum(value or 0 for value in one[1]))


def lines_of(widget: Mapping[str, Any], metrics: Metrics) -> list[Line]:
    """What a chart shows, in its own order; hidden rows are only for expressions."""
    properties, known, shown = widget["properties"], dict[str, Series](), list[Line]()
    for row in properties["metrics"]:
        options = row[-1] if isinstance(row[-1], dict) else {}
        if "expression" in options:
            shown += _expressed(options, known, metrics)
            continue
        words = [word for word in row if isinstance(word, str)]
        stat = options.get("stat", properties["stat"])
        values = metrics.series(words[1], dict(zip(words[2::2], words[3::2], strict=True)), stat)
        known[options.get("id", "")] = values
        if options.get("visible", True):
            shown.append(_line(options.get("label", words[1]), values, options))
    return shown


def _expressed(options: Mapping[str, Any], known: Mapping[str, Series], metrics: Metrics) -> list[Line]:
    expression = options["expression"]
    if "SEARCH(" not in expression:
        return [_line(options["label"], evaluated(expression, known), options)]
    found = metrics.search(expression)
    if expression.startswith("SUM("):
        return [_line(options["label"], _sum([values for _, values in found], metrics.buckets), options)]
    merged: dict[str, list[Series]] = defaultdict(list)
    for labels, values in found:
        merged[_labelled(options["label"], labels)].append(values)
    return [_line(label, _sum(many, metrics.buckets), options) for label, many in merged.items()]


def _labelled(text: str, labels: Mapping[str, str]) -> str:
    return _LABEL.sub(lambda match: labels[match[1]], text)


def evaluated(expression: str, known: Mapping[str, Series]) -> Series:
    words: dict[str, Callable[..., float | None]] = {"IF": _if, "FILL": _fill}
    values: Series = []
    for bucket in range(max((len(series) for series in known.values()), default=0)):
        names = {name: series[bucket] for name, series in known.items() if name}
        try:
            values.append(eval(expression, {"__builtins__": {}}, {**names, **words}))  # noqa: S307 -- our template's
        except (TypeError, ZeroDivisionError):
            values.append(None)
    return values


def _line(label: str, values: Series, options: Mapping[str, Any]) -> Line:
    return Line(label, values, options.get("color"), options.get("yAxis") == "right")


def _sum(many: Sequence[Series], buckets: int) -> Series:
    if not many:
        return [None] * buckets
    return [
        sum(values) if (values := [one for one in at if one is not None]) else None for at in zip(*many, strict=True)
    ]


def _if(condition: object, then: float | None, otherwise: float | None = None) -> float | None:
    return then if condition else otherwise


def _fill(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value


def _statistic(values: Sequence[float], stat: str) -> float:
    match stat:
        case "Sum":
            return sum(values)
        case "Maximum":
            return max(values)
        case "Minimum":
            return min(values)
        case _:  # a percentile, such as p99
            return sorted(values)[min(len(values) - 1, int(len(values) * float(stat[1:]) / 100))]
