"""Counters for /metrics in the text format of Prometheus.

Labels come from enums and outcomes only, never from a packet: a user name as label would let strangers fill memory.
"""

from bisect import bisect_left
from collections.abc import Callable
from typing import Final

PREFIX: Final = "gatehouse_edge_"
LATENCY_BOUNDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 50.0)

_HELP: Final = {
    "packets_total": "Datagrams read, by port.",
    "packets_discarded_total": "Packets that got no answer, by reason.",
    "logins_total": "Access-Requests decided, by outcome.",
    "rejects_total": "Rejects that the edge made itself, by reason.",
    "duplicates_total": "Retransmissions, by what became of them.",
    "replies_unsent_total": "Replies that were not sent, by reason.",
    "status_server_total": "Status-Server answered, by port.",
    "accounting_total": "Accounting-Requests acknowledged.",
    "accounting_refused_total": "Accounting-Requests that were not acknowledged, by reason.",
    "polls_failed_total": "Questions about pending logins that were not answered, by reason.",
    "reply_attributes_left_out_total": "Reply attributes that could not be written, by reason.",
    "backend_attempts_total": "Attempts to ask the backend, by result.",
    "configuration_loads_total": "Loads of the configuration, by result.",
    "upstream_forwarded_total": "Logins that an old RADIUS server was asked to decide, by upstream.",
    "upstream_answered_total": "Forwarded logins that it answered, by upstream.",
    "upstream_unanswered_total": "Forwarded logins that no server answered in time, by upstream.",
    "upstream_bad_replies_total": "Replies of an upstream that were not believed, by upstream.",
    "upstream_late_replies_total": "Replies of an upstream that nobody waited for any more, by upstream.",
    "alarms_total": "Things that a person should look at, by alarm.",
    "clock_corrections_total": "Times that the API's clock took the place of ours in signatures.",
    "kernel_drops_total": "Datagrams that the kernel threw away because the receive buffer was full.",
    "log_lines_lost_total": "Log lines dropped because nobody read them.",
    "internal_errors_total": "Uncaught errors, by place.",
}


class Counter:
    """One number of one name and label. Hot places keep it and add to ``value`` themselves."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0


class Metrics:
    """One label per counter at most."""

    def __init__(self) -> None:
        self._counters: dict[tuple[str, str, str], Counter] = {}
        self._gauges: dict[str, Callable[[], float]] = {}
        self._totals: dict[str, Callable[[], float]] = {}
        self._latency = [0] * (len(LATENCY_BOUNDS) + 1)
        self._latency_sum = 0.0

    def counter(self, name: str, label: str = "", value: str = "") -> Counter:
        """Always the same one for the same words."""
        return self._counters.setdefault((name, label, value), Counter())

    def count(self, name: str, label: str = "", value: str = "") -> None:
        self.counter(name, label, value).value += 1

    def observe_login(self, seconds: float) -> None:
        self._latency[bisect_left(LATENCY_BOUNDS, seconds)] += 1
        self._latency_sum += seconds

    def gauge(self, name: str, read: Callable[[], float]) -> None:
        self._gauges[name] = read

    def total(self, name: str, read: Callable[[], float]) -> None:
        """A counter that somebody else keeps."""
        self._totals[name] = read

    def gauges(self) -> list[tuple[str, float]]:
        return [(name, float(read())) for name, read in self._gauges.items()]

    def totals(self) -> dict[str, float]:
        """All that only grows, by short names: ``logins``, and of it ``logins_accept``."""
        totals = {_short(name): float(read()) for name, read in self._totals.items()}
        for (name, label, value), counter in self._counters.items():
            short = _short(name)
            totals[short] = totals.get(short, 0.0) + counter.value
            if label:
                totals[f"{short}_{value}"] = float(counter.value)
        totals["logins_seconds"] = self._latency_sum
        return totals

    def exposition(self) -> str:
        lines: list[str] = []
        for name in sorted({key[0] for key in self._counters} | _HELP.keys() | self._totals.keys()):
            lines += [f"# HELP {PREFIX}{name} {_HELP.get(name, name)}", f"# TYPE {PREFIX}{name} counter"]
            lines += [
                f"{PREFIX}{name}{_labels(label, value)} {counter.value}"
                for (found, label, value), counter in sorted(self._counters.items(), key=lambda item: item[0])
                if found == name
            ]
            if name in self._totals:
                lines.append(f"{PREFIX}{name} {self._totals[name]():.15g}")
        for name, read in sorted(self._gauges.items()):
            lines += [f"# TYPE {PREFIX}{name} gauge", f"{PREFIX}{name} {read():.15g}"]
        return "\n".join(lines + self._latency_lines()) + "\n"

    def _latency_lines(self) -> list[str]:
        name = f"{PREFIX}login_seconds"
        lines, total = [f"# TYPE {name} histogram"], 0
        for bound, count in zip((*map(str, LATENCY_BOUNDS), "+Inf"), self._latency, strict=True):
            total += count
            lines.append(f'{name}_bucket{{le="{bound}"}} {total}')
        return [*lines, f"{name}_sum {self._latency_sum:.6f}", f"{name}_count {total}"]


def _short(name: str) -> str:
    return name.removesuffix("_total")


def _labels(label: str, value: str) -> str:
    return f'{{{label}="{value}"}}' if label else ""
