"""The dashboard as a picture, drawn from its definition and the log lines of a run on this machine:

    python -m bench.dashboard_load LINES 8        # eight minutes of logins on the emulator; writes the log lines
    python -m bench.dashboard LINES > docs/pictures/dashboard.svg

It is no screenshot of CloudWatch: it shows what the widgets ask for and what they would get.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from bench.dashboard_metrics import Line, Metrics, Series, evaluated, lines_of
from tests.architecture.cloudformation import nested_templates

SECONDS: Final = 20  # of a bucket: a run takes minutes, where the dashboard shows hours
UNIT_X, UNIT_Y, GAP = 52, 42, 5
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


def _chart(widget: Mapping[str, Any], metrics: Metrics, width: int, height: int) -> Iterator[str]:
    properties, lines = widget["properties"], lines_of(widget, metrics)[:10]
    left, top, right, bottom = 52, 38, width - 44, height - 62
    stacked = bool(properties.get("stacked"))
    rows = _stack(lines) if stacked else [line.values for line in lines]
    marks = [one["value"] for one in properties.get("annotations", {}).get("horizontal", ())]
    most = properties.get("yAxis", {}).get("left", {}).get("max") or _nice(
        max(
            [
                1.0,
                *marks,
                *(value or 0 for line, row in zip(lines, rows, strict=True) for value in row if not line.is_right),
            ]
        )
    )
    right_most = properties.get("yAxis", {}).get("right", {}).get("max") or _nice(
        max([1.0, *(value or 0 for line in lines if line.is_right for value in line.values)])
    )
    yield from _grid(
        metrics, (left, top, right, bottom), most, right_most if any(one.is_right for one in lines) else None
    )
    step = (right - left) / max(1, metrics.buckets - 1)
    order = reversed(list(enumerate(lines))) if stacked else enumerate(lines)
    for at, line in order:
        scale = (bottom - top) / (right_most if line.is_right else most)
        points = [(left + step * n, bottom - scale * value) for n, value in enumerate(rows[at]) if value is not None]
        color = line.color or PALETTE[at % len(PALETTE)]
        yield from _area(points, color, bottom) if stacked else _curve(points, color)
    for mark in properties.get("annotations", {}).get("horizontal", ()):
        y = bottom - (bottom - top) * mark["value"] / most
        yield f'<line x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" stroke="{mark["color"]}" stroke-dasharray="5 4"/>'
        yield f'<text class="s" x="{right - 4}" y="{y - 4:.1f}" text-anchor="end">{escape(mark["label"])}</text>'
    yield from _legend(lines, width, height)


def _grid(metrics: Metrics, box: tuple[int, int, int, int], most: float, right_most: float | None) -> Iterator[str]:
    left, top, right, bottom = box
    for part in range(5):
        y = bottom - (bottom - top) * part / 4
        yield f'<line x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}" stroke="#eceff1"/>'
        yield f'<text class="s" x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{_number(most * part / 4)}</text>'
        if right_most is not None:
            yield f'<text class="s" x="{right + 6}" y="{y + 4:.1f}">{_number(right_most * part / 4)}</text>'
    for part in range(5):
        at = metrics.start + metrics.seconds * (metrics.buckets - 1) * part / 4
        x = left + (right - left) * part / 4
        moment = f"{datetime.fromtimestamp(at, UTC):%H:%M}"
        yield f'<text class="s" x="{x:.1f}" y="{bottom + 15}" text-anchor="middle">{moment}</text>'


def _area(points: Sequence[tuple[float, float]], color: str, bottom: int) -> Iterator[str]:
    if points:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        first, last = points[0][0], points[-1][0]
        yield f'<polygon points="{first:.1f},{bottom} {path} {last:.1f},{bottom}" fill="{color}" fill-opacity="0.85"/>'


def _curve(points: Sequence[tuple[float, float]], color: str) -> Iterator[str]:
    for (x1, y1), (x2, y2) in pairwise(points):
        yield f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{color}" stroke-width="2"/>'
    for x, y in points:
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2" fill="{color}"/>'


def _legend(lines: Sequence[Line], width: int, height: int) -> Iterator[str]:
    x, y = 14.0, height - 26
    for at, line in enumerate(lines):
        label = line.label + ("" if any(value is not None for value in line.values) else " (none)")
        needed = 24 + 6.4 * len(label)
        if x + needed > width:
            x, y = 14.0, y + 16
        yield f'<rect x="{x:.0f}" y="{y - 9}" width="10" height="10" rx="2" fill="{line.color or PALETTE[at % 9]}"/>'
        yield f'<text class="l" x="{x + 15:.0f}" y="{y}">{escape(label)}</text>'
        x += needed


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
    return f"{value:.0f}" if value >= 20 or value == int(value) else f"{value:.1f}"


if __name__ == "__main__":
    main()
