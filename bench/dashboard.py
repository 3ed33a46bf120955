"""The dashboard as a picture, drawn from its definition and the log lines of a run on this machine:

    python -m bench.dashboard_load LINES 6        # six minutes of logins on the emulator; writes the log lines
    python -m bench.dashboard LINES > docs/pictures/dashboard.svg

It is no screenshot of CloudWatch: it shows what the widgets ask for and what they would get.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from bench.dashboard_metrics import Line, Metrics, Series, evaluated, lines_of
from tests.architecture.cloudformation import nested_templates

SECONDS: Final = 20  # of a bucket: a run takes minutes, where the dashboard shows hours
UNIT_X, UNIT_Y, GAP = 52, 42, 5
LEGEND_ROW: Final = 16
PALETTE: Final = ("#c62828", "#ef6c00", "#6a1b9a", "#1565c0", "#00838f", "#827717", "#4e342e", "#ad1457", "#455a64")
VALUES: Final = {"Stack": "gatehouse", "SmsMaxPrice": "0.10", "AWS::Region": "eu-central-1"}
STYLE: Final = (
    "text{font-family:Inter,'DejaVu Sans',Arial,sans-serif;fill:#263238}.t{font-size:14px;font-weight:600}"
    ".s{font-size:11px;fill:#607d8b}.l{font-size:11.5px}.n{font-size:30px;font-weight:600}"
    ".h{font-size:24px;font-weight:700}.p{font-size:13.5px}"
)


def main() -> None:
    metrics = Metrics(Path(sys.argv[1]).read_text().splitlines(), SECONDS)
    widgets = body()["widgets"]
    width = 24 * UNIT_X
    height = max(one["y"] + one["height"] for one in widgets) * UNIT_Y
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">')
    print(f"<style>{STYLE}</style>", f'<rect width="{width}" height="{height}" fill="#eceff1"/>', sep="\n")
    for widget in widgets:
        print("\n".join(card(widget, metrics)))
    print("</svg>")


def body() -> dict[str, Any]:
    (dashboard,) = (
        one for one in nested_templates()["watching.yaml"]["Resources"].values() if one["Type"].endswith("Dashboard")
    )
    text: str = dashboard["Properties"]["DashboardBody"]["Fn::Sub"]
    for name, value in VALUES.items():
        text = text.replace(f"${{{name}}}", value)
    read: dict[str, Any] = json.loads(text)
    return read


def card(widget: Mapping[str, Any], metrics: Metrics) -> Iterator[str]:
    x, y = widget["x"] * UNIT_X + GAP, widget["y"] * UNIT_Y + GAP
    width, height = widget["width"] * UNIT_X - 2 * GAP, widget["height"] * UNIT_Y - 2 * GAP
    yield f'<g transform="translate({x},{y})">'
    yield f'<rect width="{width}" height="{height}" rx="6" fill="#fff" stroke="#cfd8dc"/>'
    if widget["type"] == "text":
        yield from _text(widget["properties"]["markdown"])
    else:
        yield f'<text class="t" x="14" y="24">{escape(widget["properties"]["title"])}</text>'
        drawn = _numbers if widget["properties"]["view"] == "singleValue" else _chart
        yield from drawn(widget, metrics, width, height)
    yield "</g>"


def _text(markdown: str) -> Iterator[str]:
    first, _, rest = markdown.partition("\n")
    yield f'<text class="h" x="16" y="32">{escape(first.strip("# "))}</text>'
    middle = rest.rfind(". ", 0, 170) + 1
    for at, line in enumerate((rest[:middle], rest[middle:].strip())):
        yield f'<text class="p" x="16" y="{52 + 17 * at}">{_bold(line)}</text>'


def _bold(line: str) -> str:
    parts = escape(line).replace("`", "").split("**")
    return "".join(f'<tspan font-weight="700">{one}</tspan>' if at % 2 else one for at, one in enumerate(parts))


def _numbers(widget: Mapping[str, Any], metrics: Metrics, width: int, _height: int) -> Iterator[str]:
    found = _whole(widget["properties"], metrics)
    for at, (label, value, color) in enumerate(found):
        x = 14 + at * (width - 14) // len(found)
        yield f'<text class="n" x="{x}" y="90" style="fill:{color or PALETTE[at]}">{_number(value)}</text>'
        yield f'<text class="l" x="{x}" y="114">{escape(label)}</text>'


def _whole(properties: Mapping[str, Any], metrics: Metrics) -> list[tuple[str, float | None, str | None]]:
    known, shown = dict[str, Series](), []
    for row in properties["metrics"]:
        options = row[-1] if isinstance(row[-1], dict) else {}
        if "expression" in options:
            (value,) = evaluated(options["expression"], known)
        else:
            words = [word for word in row if isinstance(word, str)]
            dimensions = dict(zip(words[2::2], words[3::2], strict=True))
            value = metrics.whole(words[1], dimensions, options.get("stat", properties["stat"]))
            known[options.get("id", "")] = [value]
        if options.get("visible", True):
            shown.append((options.get("label", ""), value, options.get("color")))
    return shown


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a chart is drawn, and what its two scales end in; ``right_most`` is None without a second scale."""

    left: int
    top: int
    right: int
    bottom: int
    most: float
    right_most: float | None

    def height(self, value: float, *, is_right: bool = False) -> float:
        most = self.right_most if is_right and self.right_most else self.most
        return self.bottom - (self.bottom - self.top) * value / most

    def points(self, values: Series, *, is_right: bool) -> list[tuple[float, float]]:
        step = (self.right - self.left) / max(1, len(values) - 1)
        return [
            (self.left + step * at, self.height(value, is_right=is_right))
            for at, value in enumerate(values)
            if value is not None
        ]


def _chart(widget: Mapping[str, Any], metrics: Metrics, width: int, height: int) -> Iterator[str]:
    properties, lines = widget["properties"], lines_of(widget, metrics)[:10]
    stacked, marks = bool(properties.get("stacked")), properties.get("annotations", {}).get("horizontal", ())
    rows = _stack(lines) if stacked else [line.values for line in lines]
    frame = _frame(properties, lines, rows, (width, height))
    yield from _grid(metrics, frame)
    order = reversed(list(enumerate(lines))) if stacked else enumerate(lines)
    for at, line in order:
        points, color = frame.points(rows[at], is_right=line.is_right), line.color or PALETTE[at % len(PALETTE)]
        yield from _area(points, color, frame.bottom) if stacked else _curve(points, color)
    for mark in marks:
        yield from _mark(mark, frame)
    yield from _legend(lines, width, height)


def _frame(
    properties: Mapping[str, Any], lines: Sequence[Line], rows: Sequence[Series], size: tuple[int, int]
) -> Frame:
    axes = properties.get("yAxis", {})
    marks = [one["value"] for one in properties.get("annotations", {}).get("horizontal", ())]
    on_the_left = [value or 0 for line, row in zip(lines, rows, strict=True) for value in row if not line.is_right]
    on_the_right = [value or 0 for line in lines if line.is_right for value in line.values]
    has_right = any(line.is_right for line in lines)
    return Frame(
        left=52,
        top=38,
        right=size[0] - 44,
        bottom=size[1] - 30 - LEGEND_ROW * len(_legend_rows(lines, size[0])),
        most=axes.get("left", {}).get("max") or _nice(max([1.0, *marks, *on_the_left])),
        right_most=(axes.get("right", {}).get("max") or _nice(max([1.0, *on_the_right]))) if has_right else None,
    )


def _mark(mark: Mapping[str, Any], frame: Frame) -> Iterator[str]:
    y, ends = frame.height(mark["value"]), f'x1="{frame.left}" x2="{frame.right}"'
    yield f'<line {ends} y1="{y:.1f}" y2="{y:.1f}" stroke="{mark["color"]}" stroke-dasharray="5 4"/>'
    yield f'<text class="s" x="{frame.right - 4}" y="{y - 4:.1f}" text-anchor="end">{escape(mark["label"])}</text>'


def _grid(metrics: Metrics, frame: Frame) -> Iterator[str]:
    for part in range(5):
        y = frame.height(frame.most * part / 4)
        yield f'<line x1="{frame.left}" x2="{frame.right}" y1="{y:.1f}" y2="{y:.1f}" stroke="#eceff1"/>'
        told = _number(frame.most * part / 4)
        yield f'<text class="s" x="{frame.left - 6}" y="{y + 4:.1f}" text-anchor="end">{told}</text>'
        if frame.right_most is not None:
            told = _number(frame.right_most * part / 4)
            yield f'<text class="s" x="{frame.right + 6}" y="{y + 4:.1f}">{told}</text>'
    for part in range(5):
        at = metrics.start + metrics.seconds * (metrics.buckets - 1) * part / 4
        x = frame.left + (frame.right - frame.left) * part / 4
        moment = f"{datetime.fromtimestamp(at, UTC):%H:%M}"
        yield f'<text class="s" x="{x:.1f}" y="{frame.bottom + 15}" text-anchor="middle">{moment}</text>'


def _area(points: Sequence[tuple[float, float]], color: str, bottom: int) -> Iterator[str]:
    if points:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        first, last = points[0][0], points[-1][0]
        yield f'<polygon points="{first:.1f},{bottom} {path} {last:.1f},{bottom}" fill="{color}"/>'


def _curve(points: Sequence[tuple[float, float]], color: str) -> Iterator[str]:
    for (x1, y1), (x2, y2) in pairwise(points):
        yield f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{color}" stroke-width="2"/>'
    for x, y in points:
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2" fill="{color}"/>'


def _legend(lines: Sequence[Line], width: int, height: int) -> Iterator[str]:
    rows = _legend_rows(lines, width)
    for row, entries in enumerate(rows):
        y = height - 12 - LEGEND_ROW * (len(rows) - 1 - row)
        for x, label, color in entries:
            yield f'<rect x="{x:.0f}" y="{y - 9}" width="10" height="10" rx="2" fill="{color}"/>'
            yield f'<text class="l" x="{x + 15:.0f}" y="{y}">{escape(label)}</text>'


def _legend_rows(lines: Sequence[Line], width: int) -> list[list[tuple[float, str, str]]]:
    """Where each label begins, what it says, and its colour."""
    rows: list[list[tuple[float, str, str]]] = [[]]
    x = 14.0
    for at, line in enumerate(lines):
        label = line.label + ("" if any(value is not None for value in line.values) else " (none)")
        needed = 24 + 6.4 * len(label)
        if x + needed > width:
            rows.append([])
            x = 14.0
        rows[-1].append((x, label, line.color or PALETTE[at % len(PALETTE)]))
        x += needed
    return rows


def _stack(lines: Sequence[Line]) -> list[Series]:
    """Each row upon those before it."""
    below: list[float] = [0.0] * max((len(line.values) for line in lines), default=0)
    rows: list[Series] = []
    for line in lines:
        below = [under + (value or 0) for under, value in zip(below, line.values, strict=True)]
        rows.append(list(below))
    return rows


def _nice(value: float) -> float:
    """The next number that people count by."""
    power = 1.0
    while power * 10 <= value:
        power *= 10
    return next(step * power for step in (1, 2, 4, 5, 8, 10) if step * power >= value)


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"


if __name__ == "__main__":
    main()
