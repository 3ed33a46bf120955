"""Log lines: one JSON line each, escaped, rationed, and never a wait for the reader (E19, F2, F5)."""

import json
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from radius_edge.logs import MAX_BATCH_LINES, MAX_SOURCES, QUIET_SECONDS, LogLines, RationedLines


def never(seconds: float, call: Callable[[], None]) -> None:
    """A loop that has no time for flushing; the tests flush themselves."""


class Pipe:
    def __init__(self) -> None:
        self.reader, self.writer = os.pipe()
        self.log = LogLines(self.writer, never)

    def lines(self) -> list[dict[str, object]]:
        """All of them; read beside the closing, because a pipe holds only so much."""
        with ThreadPoolExecutor() as beside, os.fdopen(self.reader, "rb") as reader:
            text = beside.submit(reader.read)
            self.log.close()
            os.close(self.writer)
            return [json.loads(line) for line in text.result().splitlines()]


@pytest.mark.parametrize(
    "name",
    [
        "alice",
        'a"b\\c',
        "line\nbreak\r\u2028",
        "\x1b[31mred\x1b[0m",
        "\u202egnp.exe",
        "аlice",
        '","outcome":"accept',
        "=cmd",
    ],
)
def test_a_name_cannot_break_its_line(name: str) -> None:
    pipe = Pipe()
    pipe.log.write("login", user_name=name, outcome="reject", missing=None, sent=False, count=3)
    [line] = pipe.lines()
    time_of_line = line.pop("time")
    assert line == {"event": "login", "user_name": name, "outcome": "reject", "sent": False, "count": 3}
    assert str(time_of_line).endswith("Z")


def test_lines_are_plain_ascii() -> None:
    pipe = Pipe()
    pipe.log.write("login", user_name="\x1b[31m\u202eаlice")
    pipe.log.close()
    octets = os.read(pipe.reader, 10_000)
    os.close(pipe.reader)
    os.close(pipe.writer)
    assert all(octet == 10 or 32 <= octet < 127 for octet in octets)


def test_a_reader_that_stopped_costs_lines_and_no_time() -> None:
    pipe = Pipe()
    start = time.monotonic()
    for _ in range(70 * MAX_BATCH_LINES):
        pipe.log.write("login", user_name="x" * 40)
    assert time.monotonic() - start < 10  # a write that waited would wait for ever
    assert pipe.log.lost > 0
    os.close(pipe.reader)  # lets the writing thread go: it gets EPIPE
    while pipe.log._writer.is_alive():  # or it would write to whoever gets its descriptor's number next
        pipe.log.close()
    os.close(pipe.writer)


def test_a_closed_descriptor_costs_lines_only() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    log = LogLines(writer, never)
    log.write("login")
    log.close()
    os.close(writer)
    assert log.lost == 1


def test_one_line_a_minute_for_a_source_and_the_rest_is_counted() -> None:
    pipe = Pipe()
    rationed = RationedLines(pipe.log)
    for number in range(100):
        rationed.write("discarded", "bad_ma", "10.0.0.1", now=number / 10)
    rationed.write("discarded", "bad_ma", "10.0.0.2", now=5)
    rationed.write("discarded", "length", "10.0.0.1", now=5)
    rationed.write("discarded", "bad_ma", "10.0.0.1", now=QUIET_SECONDS)
    lines = pipe.lines()
    assert len(lines) == 4
    assert lines[-1]["left_out_before"] == 99


def test_a_flood_of_sources_is_bounded_and_the_next_minute_begins_anew() -> None:
    pipe = Pipe()
    rationed = RationedLines(pipe.log)
    for number in range(3 * MAX_SOURCES):
        rationed.write("discarded", "unknown_client", f"source {number}", now=0)
    [windows] = rationed._tables.values()
    assert len(windows) == MAX_SOURCES
    rationed.write("discarded", "unknown_client", "another", now=QUIET_SECONDS)
    assert len(windows) == 1
    assert len(pipe.lines()) == MAX_SOURCES + 1


def test_a_flood_of_strangers_hides_no_alarm_and_no_other_reason() -> None:
    pipe = Pipe()
    rationed = RationedLines(pipe.log)
    for number in range(2 * MAX_SOURCES):
        rationed.write("discarded", "unknown_client", f"source {number}", now=0)
    rationed.write("alarm", "edge_not_authorised", "backend", now=1)
    rationed.write("discarded", "bad_ma", "10.0.0.1", now=1)
    assert [line["reason"] for line in pipe.lines()[-2:]] == ["edge_not_authorised", "bad_ma"]


def test_a_full_table_is_looked_through_once_a_second_and_not_for_every_packet() -> None:
    pipe = Pipe()
    rationed = RationedLines(pipe.log)
    for number in range(MAX_SOURCES):
        rationed.write("discarded", "unknown_client", f"source {number}", now=0)
    [windows] = rationed._tables.values()
    for number in range(100):
        rationed.write("discarded", "unknown_client", f"another {number}", now=2 + number / 1000)
    assert windows._pruned_at == 2
    pipe.lines()


def test_lines_that_were_gathered_go_out_when_the_loop_says() -> None:
    calls: list[Callable[[], None]] = []
    reader, writer = os.pipe()
    log = LogLines(writer, lambda seconds, call: calls.append(call))
    log.write("one")
    log.write("two")
    assert len(calls) == 1
    calls[0]()
    assert os.read(reader, 10_000).count(b"\n") in {1, 2}
    log.write("three")
    assert len(calls) == 2
    log.close()
    os.close(reader)
    os.close(writer)
