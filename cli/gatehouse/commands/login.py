"""gatehouse login USER [CODE]: try a login as a RADIUS client and print what comes back."""

import os
from typing import Annotated, Final

import typer

from gatehouse.deployment import not_as_expected, read_ready_file
from gatehouse.errors import REFUSED
from gatehouse.options import AsJson
from gatehouse.output import show, show_json
from gatehouse.prompts import ask, ask_secretly
from gatehouse.radius_client import RadiusServer, Reply, log_in

SECRET_VARIABLE: Final = "GATEHOUSE_RADIUS_SECRET"  # noqa: S105 -- the name of a variable, not a secret
EPILOG: Final = """\b
Examples:
  gatehouse login alice 123456 --local
  GATEHOUSE_RADIUS_SECRET=... gatehouse login 'CORP\\alice' --host 10.0.0.5

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
    local: Annotated[
        bool, typer.Option("--local", help="Host, port and secret of the set-up that `make run` started here.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Send one RADIUS login (PAP) and print the reply, its attributes and the time it took."""
    server = _server(host=host, port=port, secret=secret, timeout=timeout, retries=retries, local=local)
    typed = code if code is not None else ask("Code")
    reply = log_in(server, user, typed)
    if as_json:
        show_json(_document(server, reply))
    else:
        _show(server, reply)
    return 0 if reply.accepted else REFUSED


def _server(
    *, host: str | None, port: int | None, secret: str | None, timeout: float, retries: int, local: bool
) -> RadiusServer:
    known_host, known_port, known_secret = _local_edge() if local else ("127.0.0.1", 1812, None)
    shared = secret or os.environ.get(SECRET_VARIABLE) or known_secret
    if shared is None:
        shared = ask_secretly("Shared secret")
    return RadiusServer(
        host=host or known_host,
        port=port or known_port,
        secret=shared.encode(),
        timeout=timeout,
        retries=retries,
    )


def _local_edge() -> tuple[str, int, str]:
    ready = read_ready_file()
    try:
        edge, client = ready["edges"][0], ready["radius_clients"][0]
        return str(edge["host"]), int(edge["auth_port"]), str(client["secret"])
    except (LookupError, TypeError, ValueError):
        raise not_as_expected("names no edge") from None


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
