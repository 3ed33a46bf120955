"""Lines for a person: one every few seconds while it runs, and a table at the end."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tests.soak.expectations import Kind, Tally, Weather, quantile
from tests.soak.watch import Drift, Sample, total

if TYPE_CHECKING:
    from tests.soak.run import Soak

CODES = {2: "accept", 3: "reject", 5: "stored", None: "silence"}


def progress(
    elapsed: float,
    seconds: float,
    tally: Tally,
    weather: Weather,
    samples: Sequence[Sample],
    numbers: dict[str, float],
) -> str:
    latest = samples[-1]
    lately = tally.seconds[-1000:]
    p50, p99 = (quantile(lately, share) * 1e3 for share in (0.5, 0.99))
    return (
        f"{_clock(elapsed)} of {_clock(seconds)} | {weather.fault or 'fine':<22} | {tally.ended.total():>7,} ended, "
        f"{tally.wrong} wrong | accept p50 {p50:.1f} p99 {p99:.1f} ms | "
        f"{latest.kilobytes / 1024:.1f} MB, {latest.files} files | in flight {numbers['logins_in_flight']:.0f}, "
        f"pending {numbers['logins_pending']:.0f}"
    )


def summary(soak: "Soak", before: Sample, after: Sample, drifted: Drift, numbers: dict[str, float]) -> str:
    tally, highest = soak.tally, soak.most_kilobytes
    logins = tally.ended.total()
    load_cpu = soak.samples[-1].cpu_seconds - soak.samples[0].cpu_seconds
    rows = [
        ("exchanges", f"{logins:,} in {soak.seconds / 60:.1f} min at {soak.rate:.0f}/s"),
        ("mutants beside them", _mutants(soak)),
        ("faults of the backend", f"{soak.faults}"),
        ("reloads, every fifth unreadable", f"{soak.reloads}"),
        ("accepts in fine weather", _times(tally.seconds)),
        ("CPU of the edge", f"{load_cpu:.1f} s, {load_cpu / max(soak.seconds, 1):.1%} of a core"),
        ("memory, resident", f"{before.kilobytes / 1024:.1f} MB before, at most {highest / 1024:.1f} MB"),
        ("memory in use", f"{before.blocks} blocks before, {soak.samples[-1].blocks} at the end; {drifted}"),
        ("open files", f"{before.files} before, {after.files} after; at most {max(s.files for s in soak.samples)}"),
        ("left in the tables", f"{numbers['logins_in_flight']:.0f} in flight, {numbers['logins_pending']:.0f} pending"),
        ("uncaught errors", f"{total(numbers, 'internal_errors_total'):.0f}"),
        ("log lines lost, datagrams lost", _lost(numbers)),
        ("times that the machine stood still", "{}, at most {:.1f} s".format(*soak.weather.stalls)),
        ("wrong", f"{tally.wrong}"),
    ]
    lines = ["", "| what | figure |", "|--|--|", *(f"| {name} | {figure} |" for name, figure in rows), ""]
    lines += ["| exchange | " + " | ".join(CODES.values()) + " |", "|--" * (len(CODES) + 1) + "|"]
    lines += [_row(kind, tally) for kind in Kind]
    return "\n".join([*lines, "", *(f"WRONG: {text}" for text in tally.complaints)])


def _row(kind: Kind, tally: Tally) -> str:
    counts = (tally.ended[kind, code] for code in CODES)
    return f"| {kind} | " + " | ".join(f"{count:,}" if count else "" for count in counts) + " |"


def _mutants(soak: "Soak") -> str:
    sent, replies = sum(one.sent for one in soak.mutants), sum(one.replies for one in soak.mutants)
    return f"{sent:,}, {replies:,} genuine Rejects"


def _times(seconds: Sequence[float]) -> str:
    p50, p99, most = (quantile(seconds, share) * 1e3 for share in (0.5, 0.99, 1.0))
    return f"p50 {p50:.1f} ms, p99 {p99:.1f} ms, slowest {most:.0f} ms"


def _lost(numbers: dict[str, float]) -> str:
    return f"{numbers['log_lines_lost_total']:.0f}, {numbers['kernel_drops_total']:.0f}"


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60:02}:{int(seconds) % 60:02}"


def csv(samples: Sequence[Sample]) -> str:
    began = samples[0].at
    lines = (f"{one.at - began:.0f},{one.kilobytes},{one.files},{one.cpu_seconds:.2f},{one.blocks}" for one in samples)
    return "\n".join(["seconds,kilobytes,files,cpu_seconds,blocks", *lines, ""])
