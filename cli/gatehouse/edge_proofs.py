"""Proving that edges answer before anybody depends on them: a signed Status-Server (RFC 5997) to each address.

An edge answers only whom it knows, so a proof from here needs this machine to be in a RADIUS client's networks. Where
it cannot be had, the reason is told, and going on takes a word of the administrator.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from gatehouse.directories.clients import Client, Clients
from gatehouse.errors import CommandError
from gatehouse.findings import Finding, ok, problem
from gatehouse.radius_client import RadiusServer, address_towards, ask_whether_alive

SECRET_VARIABLE: Final = "GATEHOUSE_RADIUS_SECRET"  # noqa: S105 -- the name of a variable, not a secret
UNPROVABLE: Final = "unprovable"  # the check of a finding about an edge that was not asked
_WAIT_SECONDS: Final = 2.0
_RETRIES: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Prober:
    """``secrets`` by name of the RADIUS client that this machine may be; ``other_secret`` is for a client that is not
    among them. ``source`` is the address of this machine to ask from."""

    configured: Clients
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    other_secret: str | None = field(default=None, repr=False)
    source: str | None = None
    wait_seconds: float = _WAIT_SECONDS

    def prove(self, edges: Sequence[str], port: int) -> Iterator[Finding]:
        for edge in edges:
            try:
                yield self._asked(edge, port)
            except CommandError as error:
                yield problem("proof", f"edge {edge}: {error.text}", _ADVICE.get(error.code, ""))

    def _asked(self, edge: str, port: int) -> Finding:
        address = address_towards(edge, port, self.source)
        client = self.configured.at(address)
        if client is None:
            return problem(
                UNPROVABLE,
                f"edge {edge} cannot be asked from here: this machine's address {address} is in no RADIUS client's "
                "networks, and an edge says nothing to strangers",
                "run this where a RADIUS client is, add a client for this machine, or go on by --without-proof",
            )
        secret = self._secret_of(client)
        if secret is None:
            return problem(
                UNPROVABLE,
                f"edge {edge} cannot be asked from here: this machine is RADIUS client {client['name']}, whose shared "
                "secret was not given",
                f"set {SECRET_VARIABLE} to it, or go on by --without-proof",
            )
        reply = ask_whether_alive(self._server(edge, port, secret))
        return ok("proof", f"edge {edge} answered RADIUS client {client['name']} in {reply.milliseconds:g} ms")

    def _secret_of(self, client: Client) -> str | None:
        return self.secrets.get(client["name"], self.other_secret)

    def _server(self, edge: str, port: int, secret: str) -> RadiusServer:
        return RadiusServer(
            host=edge,
            port=port,
            secret=secret.encode(),
            timeout=self.wait_seconds,
            retries=_RETRIES,
            source=self.source,
        )


_ADVICE: Final[Mapping[str, str]] = {
    "no-answer": "is the edge running, does the way there let UDP through, is the secret right, and does something "
    "translate this machine's address?",
    "reply-not-genuine": "the edge knows this machine by another secret than the one given here",
    "unreachable": "is the edge running at this address and port?",
}
