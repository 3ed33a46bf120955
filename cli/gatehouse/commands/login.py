"""gatehouse login USER [CODE]: try a login as a RADIUS client and print what comes back."""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Annotated, Final

import typer

from gatehouse.deployment import not_as_expected, read_ready_file
from gatehouse.errors import REFUSED, CommandError
from gatehouse.options import AsJson
from gatehouse.output import show, show_json
from gatehouse.prompts import ask, ask_secretly
from gatehouse.radius_client import MADE_UP_STATION, RadiusServer, Reply, log_in
from gatehouse.secret_sources import read_secret

SECRET_VARIABLE: Final = "GATEHOUSE_RADIUS_SECRET"  # noqa: S105 -- the name of a variable, not a secret
_OTHERWISE: Final = f"set {SECRET_VARIABLE}, or use --local beside a running make run"
EPILOG: Final = """\b
Examples:
  gatehouse login alice 123456 --local
  GATEHOUSE_RADIUS_SECRET=... gatehouse login 'CORP\\alice' --host 10.0.0.5
  gatehouse login alice PASSWORD --answer 123456 --from 127.0.3.1 --local

\b
Exit status: 0 accepted, 1 not accepted, 2 no answer or wrong use.
This machine's address must be in the network of a configured RADIUS client.
"""


def login(
    user: Annotated[str, typer.Argument(help="The user name, as a RADIUS client would send it.")],
    code: Annotated[str | None, typer.Argument(help="What the user types; asked for if omitted.")] = None,
    *,
    host: Annotated[str | None, typer.Option(help="Address or name of the RADIUS edge (default 127.0.0.1).")] = None,
    port: Annotated[int | None, typer.Option(help="Its authentication port (default 1812).", min=1, max=65535)] = None,
    secret: Annotated[
        str | None,
        typer.Option(
            help=f"The shared secret. Others can see it among the processes: better set {SECRET_VARIABLE}, or be asked."
        ),
    ] = None,
    timeout: Annotated[float, typer.Option(help="Seconds to wait after each sending.", min=0.1, max=120)] = 10,
    retries: Annotated[int, typer.Option(help="How often the same packet is sent again.", min=0, max=10)] = 0,
    source: Annotated[
        str | None,
        typer.Option("--from", help="Address of this machine to send from: it decides which RADIUS client this is."),
    ] = None,
    station: Annotated[
        str | None,
        typer.Option(
            "--calling-station",
            help=f"Calling-Station-Id: where the person's device is. With --local {MADE_UP_STATION}, which is made up.",
            metavar="ADDRESS",
        ),
    ] = None,
    answer: Annotated[
        str | None, typer.Option(help="What to answer if the edge challenges, as clients in mode challenge do.")
    ] = None,
    local: Annotated[
        bool, typer.Option("--local", help="Host, port and secret of the set-up that `make run` started here.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Send one RADIUS login (PAP) and print the reply, its attributes and the time it took."""
    known = _local_edge(source) if local else ("127.0.0.1", 1812, None)
    shared = secret or read_secret(SECRET_VARIABLE, None) or known[2] or ask_secretly("Shared secret", _OTHERWISE)
    server = RadiusServer(
        host=host or known[0],
        port=port or known[1],
        secret=shared.encode(),
        timeout=timeout,
        retries=retries,
        source=source,
        station=station or (MADE_UP_STATION if local else None),
    )
    typed = code if code is not None else ask("Code")
    reply = log_in(server, user, typed)
    if reply.challenged and answer is not None:
        reply = log_in(server, user, answer, reply.state)
    if as_json:
        show_json(_document(server, reply))
    else:
        _show(server, reply)
        if local and not station:
            print(f"Sent with Calling-Station-Id {MADE_UP_STATION}, which is made up; --calling-station sends another.")
    return 0 if reply.accepted else REFUSED


def _local_edge(source: str | None) -> tuple[str, int, str]:
    """The first edge, and the secret of the RADIUS client that ``source`` belongs to (without: of the first one)."""
    ready = read_ready_file()
    try:
        edge, client = ready["edges"][0], _client_at(source, ready["radius_clients"])
        return str(edge["host"]), int(edge["auth_port"]), str(client["secret"])
    except (LookupError, TypeError, ValueError):
        raise not_as_expected("names no edge") from None


def _client_at(source: str | None, clients: Sequence[Mapping[str, object]]) -> Mapping[str, object]:
    """By the longest prefix, as an edge finds it."""
    if source is None:
        return clients[0]
    address = _address(source)
    networks = [(ip_network(str(client["network"])), client) for client in clients]
    holding = [(network, client) for network, client in networks if address in network]
    if not holding:
        raise CommandError("bad-source", f"{source} is in no RADIUS client's network of the set-up")
    return max(holding, key=lambda found: found[0].prefixlen)[1]


def _address(source: str) -> IPv4Address | IPv6Address:
    try:
        return ip_address(source)
    except ValueError:
        raise CommandError("bad-source", f"{source} is not an IP address; give one of this machine's") from None


def _document(server: RadiusServer, reply: Reply) -> dict[str, object]:
    return {
        "reply": reply.name,
        "accepted": reply.accepted,
        "server": {"host": server.host, "port": server.port},
        "milliseconds": reply.milliseconds,
        "attributes": [{"name": name, "value": value} for name, value in reply.attributes],
    }


def _show(server: RadiusServer, reply: Reply) -> None:
    print(f"{reply.name} from {server.host} port {server.port} in {reply.milliseconds:g} ms, signature verified")
    show(reply.attributes)
