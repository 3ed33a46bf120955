"""From samples to the rows of the one table. A goal is judged on the median; a missed one says so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from statistics import median
from typing import Final

from bench.edge_peers.cases import HeldCase, IdleCase, LoadCase, Size
from bench.edge_peers.figures import middle, spread
from bench.edge_peers.measure import HeldSample, LoadSample, Used

type Samples[Sample] = Mapping[str, Sequence[Sample]]
type Failures = Mapping[str, str]

NOTHING: Final = "–"
_MET: Final = {True: "met", False: "**missed**"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line: a measure, a server, its figures as text, and for the edge the goal."""

    measure: str
    server: str
    logins_s: str = NOTHING
    cpu_us: str = NOTHING
    ratio: str = NOTHING
    p50_ms: str = NOTHING
    p99_ms: str = NOTHING
    max_ms: str = NOTHING
    lost: str = NOTHING
    refused: str = NOTHING
    memory_mb: str = NOTHING
    threads: str = NOTHING
    goal: str = ""


HEADS: Final = {
    "measure": "measure",
    "server": "server",
    "logins_s": "logins/s",
    "cpu_us": "CPU µs a login",
    "ratio": "CPU ÷ rlm_rest's",
    "p50_ms": "p50 ms",
    "p99_ms": "p99 ms",
    "max_ms": "max ms",
    "lost": "lost",
    "refused": "refused",
    "memory_mb": "memory MB",
    "threads": "threads",
    "goal": "goal",
}


def markdown(rows: Sequence[Row]) -> str:
    names = [field.name for field in fields(Row)]
    lines = ["| " + " | ".join(HEADS[name] for name in names) + " |", "|--" * len(names) + "|"]
    lines += ["| " + " | ".join(getattr(row, name) for name in names) + " |" for row in rows]
    return "\n".join(lines)


def load_rows(case: LoadCase, samples: Samples[LoadSample], failures: Failures) -> list[Row]:
    base = samples.get(case.peers[0].name, ())
    rows = []
    for server in case.servers:
        taken = samples.get(server.name, ())
        if server.name in failures or not taken:
            rows.append(_failed(case.title, server.name, failures))
            continue
        ratios = [ours.cpu_us / theirs.cpu_us for ours, theirs in zip(taken, base, strict=False)]
        goal = _load_goal(case, samples, ratios) if server is case.edge else ""
        rows.append(_load_row(case.title, server.name, taken, ratios, goal))
    return rows


def _load_row(title: str, server: str, taken: Sequence[LoadSample], ratios: Sequence[float], goal: str) -> Row:
    answers = [sample.answers for sample in taken]
    return Row(
        measure=title,
        server=server,
        logins_s=spread([each.per_second for each in answers], 0),
        cpu_us=spread([sample.cpu_us for sample in taken], 1),
        ratio=spread(ratios, 2) if ratios else NOTHING,
        p50_ms=middle([each.p50_ms for each in answers], 1),
        p99_ms=middle([each.p99_ms for each in answers], 1),
        max_ms=middle([each.max_ms for each in answers], 0),
        lost=str(sum(each.unanswered for each in answers)),
        refused=str(sum(each.rejected for each in answers)),
        **_used(taken),
        goal=goal,
    )


def _used(taken: Sequence[LoadSample]) -> dict[str, str]:
    used: list[Used] = [sample.used for sample in taken]
    return {
        "memory_mb": middle([each.pss_mb for each in used], 0),
        "threads": str(max(each.threads for each in used)),
    }


def _load_goal(case: LoadCase, samples: Samples[LoadSample], ratios: Sequence[float]) -> str:
    goals = []
    if case.most_ratio is not None and ratios:
        goals.append(_goal(f"CPU ≤ {case.most_ratio}×", met=median(ratios) <= case.most_ratio))
    if case.least_per_second is not None:
        speeds = {name: median([each.answers.per_second for each in taken]) for name, taken in samples.items()}
        ours = speeds.pop(case.edge.name)
        goals.append(_goal(f"≥ {case.least_per_second:,.0f} logins/s", met=ours >= case.least_per_second))
        goals.append(_goal("more than both", met=all(ours > theirs for theirs in speeds.values())))
    return ", ".join(goals)


def held_rows(case: HeldCase, size: Size, samples: Samples[HeldSample], failures: Failures) -> list[Row]:
    rows = []
    for server in case.servers:
        taken = samples.get(server.name, ())
        if server.name in failures or not taken:
            rows.append(_failed(case.title(size), server.name, failures))
            continue
        rows += _held_pair(case, size, server.name, taken, is_ours=server is case.edge)
    return rows


def _held_pair(case: HeldCase, size: Size, server: str, taken: Sequence[HeldSample], *, is_ours: bool) -> list[Row]:
    instant, held = [sample.instant for sample in taken], [sample.held for sample in taken]
    pushes = Row(
        measure=case.title(size),
        server=f"{server}: pushes",
        p50_ms=middle([each.p50_ms for each in held], 0),
        p99_ms=middle([each.p99_ms for each in held], 0),
        max_ms=middle([each.max_ms for each in held], 0),
        lost=_of([each.unanswered for each in held], [each.sent for each in held]),
        refused=str(sum(each.rejected for each in held)),
        memory_mb=f"{middle([s.idle_mb for s in taken], 0)} → {middle([s.held_mb for s in taken], 0)}",
        threads=str(max(sample.held_threads for sample in taken)),
        goal=_held_goal(case, taken) if is_ours else "",
    )
    logins = Row(
        measure="",
        server=f"{server}: instant",
        logins_s=middle([each.per_second for each in instant], 0),
        p50_ms=middle([each.p50_ms for each in instant], 1),
        p99_ms=f"{spread([each.p99_ms for each in instant], 1)}, alone {middle([s.alone.p99_ms for s in taken], 1)}",
        max_ms=middle([each.max_ms for each in instant], 0),
        lost=_of([each.unanswered for each in instant], [each.sent for each in instant]),
        refused=str(sum(each.rejected for each in instant)),
        goal=_instant_goal(case, taken) if is_ours else "",
    )
    return [pushes, logins]


def _of(lost: Sequence[int], sent: Sequence[int]) -> str:
    return f"{sum(lost):,} of {sum(sent):,}" if any(lost) else "0"


def _held_goal(case: HeldCase, taken: Sequence[HeldSample]) -> str:
    lost = sum(each.held.unanswered + each.instant.unanswered for each in taken)
    refused = sum(each.held.rejected + each.instant.rejected for each in taken)
    memory = median([each.held_mb for each in taken])
    return ", ".join((
        _goal("0 lost", met=lost == 0),
        _goal("0 refused", met=refused == 0),
        _goal(f"≤ {case.most_mb:.0f} MB", met=memory <= case.most_mb),
    ))  # fmt: skip


def _instant_goal(case: HeldCase, taken: Sequence[HeldSample]) -> str:
    p99 = median([each.instant.p99_ms for each in taken])
    return _goal(f"p99 ≤ {case.most_p99_ms:.0f} ms", met=p99 <= case.most_p99_ms)


def idle_rows(case: IdleCase, samples: Samples[Used], failures: Failures) -> list[Row]:
    rows = []
    for server in case.servers:
        taken = samples.get(server.name, ())
        if server.name in failures or not taken:
            rows.append(_failed(case.title, server.name, failures))
            continue
        memory = [each.pss_mb for each in taken]
        goal = _goal(f"≤ {case.most_mb:.0f} MB", met=median(memory) <= case.most_mb) if server is case.edge else ""
        rows.append(
            Row(
                measure=case.title,
                server=server.name,
                memory_mb=spread(memory, 1),
                threads=str(max(each.threads for each in taken)),
                goal=goal,
            )
        )
    return rows


def _goal(text: str, *, met: bool) -> str:
    return f"{text}: {_MET[met]}"


def _failed(title: str, server: str, failures: Failures) -> Row:
    return Row(measure=title, server=server, goal=failures.get(server, "not measured"))
