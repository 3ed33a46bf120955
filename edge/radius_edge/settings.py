"""Settings: command line first, then GATEHOUSE_* variables, then defaults; checked once, frozen.

A setting that cannot work ends the program with one line that says what to change.
"""

import argparse
import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn, Self

from radius_edge import health_address
from radius_edge.gateway.endpoint import Endpoint, EndpointError

DEFAULT_AUTH_PORT: Final = 1812
DEFAULT_ACCT_PORT: Final = 1813
DEFAULT_MAX_CONNECTIONS: Final = 1_024
DEFAULT_DRAIN_SECONDS: Final = 25  # ECS kills a container 30 s after SIGTERM, if it is not told otherwise
MOST_DRAIN_SECONDS: Final = 110  # the most that Fargate waits is 120 s
MOST_PROCESSES: Final = 64


class SettingsError(ValueError):
    """Raised with one line for the person who starts the edge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``clients_file`` takes the place of GET /clients. Port 0 lets the kernel choose."""

    listen: tuple[str, ...]
    auth_port: int
    acct_port: int
    health_host: str | None
    health_port: int
    endpoint: Endpoint
    region: str
    max_connections: int
    drain_seconds: int
    processes: int
    shared_ports: bool
    clients_file: Path | None
    ca_file: Path | None

    @classmethod
    def parse(cls, arguments: Sequence[str], environ: Mapping[str, str]) -> Self:
        """Raises SettingsError."""
        given = _parser().parse_args(arguments)
        value = _Values(given, environ)
        endpoint = _endpoint(value)
        health_host, health_port = _health(value.text("health"))
        return cls(
            listen=_addresses(value.text("listen") or "0.0.0.0"),  # noqa: S104 - a server; its client table is the gate
            auth_port=_port("--auth-port", value.text("auth_port"), DEFAULT_AUTH_PORT),
            acct_port=_port("--acct-port", value.text("acct_port"), DEFAULT_ACCT_PORT),
            health_host=health_host,
            health_port=health_port,
            endpoint=endpoint,
            region=_region(value, endpoint, environ),
            max_connections=_count(
                "--max-connections", value.text("max_connections"), DEFAULT_MAX_CONNECTIONS, 1, 10_000
            ),
            drain_seconds=_count(
                "--drain-seconds", value.text("drain_seconds"), DEFAULT_DRAIN_SECONDS, 0, MOST_DRAIN_SECONDS
            ),
            processes=_count("--processes", value.text("processes"), 1, 1, MOST_PROCESSES),
            shared_ports=value.flag("shared_ports"),
            clients_file=_path(value.text("clients_file")),
            ca_file=_path(value.text("ca_file")),
        )


class _Values:
    def __init__(self, given: argparse.Namespace, environ: Mapping[str, str]) -> None:
        self._given = given
        self._environ = environ

    def text(self, name: str) -> str | None:
        """An empty variable counts as absent, as it does in most container definitions."""
        given = getattr(self._given, name)
        return given if given is not None else self._environ.get(f"GATEHOUSE_{name.upper()}") or None

    def flag(self, name: str) -> bool:
        text = self._environ.get(f"GATEHOUSE_{name.upper()}", "")
        if text.lower() not in {"", "0", "1", "false", "true"}:
            raise SettingsError(f"GATEHOUSE_{name.upper()} must be true or false")
        return bool(getattr(self._given, name)) or text.lower() in {"1", "true"}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise SettingsError(message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="radius_edge",
        description="The RADIUS edge of Gatehouse. Options are variables, too: --auth-port is GATEHOUSE_AUTH_PORT.",
    )
    parser.add_argument(
        "--listen", metavar="ADDRESS[,ADDRESS]", help="addresses to serve; default 0.0.0.0, :: for both"
    )
    parser.add_argument("--auth-port", metavar="PORT", help=f"default {DEFAULT_AUTH_PORT}; 0 takes a free one")
    parser.add_argument("--acct-port", metavar="PORT", help=f"default {DEFAULT_ACCT_PORT}; 0 takes a free one")
    parser.add_argument("--health", metavar="HOST:PORT", help="serve /healthz, /readyz and /metrics here; default: not")
    parser.add_argument("--api-url", metavar="URL", help="the edge API with its stage, such as https://name/v1")
    parser.add_argument("--connect-to", metavar="HOST:PORT", help="dial this instead of the URL's name")
    parser.add_argument("--region", help="AWS region of the API; default: from the URL, AWS_REGION")
    parser.add_argument(
        "--max-connections",
        metavar="COUNT",
        help=f"logins asked about at once, the others wait; default {DEFAULT_MAX_CONNECTIONS}",
    )
    parser.add_argument(
        "--drain-seconds",
        metavar="SECONDS",
        help="how long to wait for logins in flight after SIGTERM; keep it 5 s shorter than the container's stop "
        f"timeout; default {DEFAULT_DRAIN_SECONDS}",
    )
    parser.add_argument(
        "--processes", metavar="COUNT", help="serve the ports by so many processes, one a core at most; default 1"
    )
    parser.add_argument(
        "--shared-ports", action="store_true", help="let other processes of this user bind the same ports"
    )
    parser.add_argument("--clients-file", metavar="FILE", help="RADIUS clients from a file instead of the API")
    parser.add_argument("--ca-file", metavar="FILE", help="trust these certificate authorities instead of the system's")
    parser.add_argument(
        "--allow-http-backend-on-loopback",
        action="store_true",
        help="for one machine only: let the API URL be http:// if it is dialled on a loopback address",
    )
    return parser


def _endpoint(value: _Values) -> Endpoint:
    url = value.text("api_url")
    if url is None:
        raise SettingsError("--api-url (or GATEHOUSE_API_URL) is missing: the address of the edge API")
    plain = value.flag("allow_http_backend_on_loopback")
    try:
        return Endpoint.parse(url, value.text("connect_to"), plain_http_on_loopback=plain)
    except ValueError as error:  # EndpointError, or a port that urlsplit refuses
        text = str(error) if isinstance(error, EndpointError) else "the API URL cannot be read"
        raise SettingsError(text) from None


def _region(value: _Values, endpoint: Endpoint, environ: Mapping[str, str]) -> str:
    region = value.text("region") or endpoint.region or environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")
    if not region:
        raise SettingsError("--region (or GATEHOUSE_REGION, AWS_REGION) is missing: the API's AWS region")
    return region


def _addresses(text: str) -> tuple[str, ...]:
    try:
        return tuple(str(ipaddress.ip_address(part.strip())) for part in text.split(","))
    except ValueError:
        raise SettingsError(f"--listen must be IP addresses, not {text!r}") from None


def _port(option: str, text: str | None, default: int) -> int:
    if text is None:
        return default
    if not text.isdecimal() or int(text) > 65_535:
        raise SettingsError(f"{option} must be a port number, not {text!r}")
    return int(text)


def _count(option: str, text: str | None, default: int, lowest: int, highest: int) -> int:
    if text is None:
        return default
    if not text.isdecimal() or not lowest <= int(text) <= highest:
        raise SettingsError(f"{option} must be {lowest} to {highest}, not {text!r}")
    return int(text)


def _health(text: str | None) -> tuple[str | None, int]:
    if text is None:
        return None, 0
    try:
        return health_address.parse(text)
    except ValueError as error:
        raise SettingsError(str(error)) from None


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)
