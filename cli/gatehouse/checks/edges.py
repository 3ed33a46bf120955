"""Whether each edge answers, asked from here."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from gatehouse.edge_proofs import UNPROVABLE, Prober
from gatehouse.findings import Finding, Grade, warning


def edges(prober: Prober, addresses: Sequence[tuple[str, int]]) -> Iterator[Finding]:
    """``addresses`` with their ports. That this machine may not ask says nothing about an edge."""
    if not addresses:
        text = "no address of an edge is known: the stack has none of its own"
        yield warning("edges", text, "ask the edges' own /readyz, or try a login through each")
    for address, port in addresses:
        for finding in prober.prove([address], port):
            grade = Grade.WARNING if finding.check == UNPROVABLE else finding.grade
            yield replace(finding, check="edges", grade=grade)
