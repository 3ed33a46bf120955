"""The RADIUS settings of a directory, and AWS's limits for them.

The limits are checked here because neither the SDK nor emulators hold all of them (AWS Directory Service API
Reference, RadiusSettings), and what AWS refuses late costs a maintenance window.
"""

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

PROTOCOLS: Final[Mapping[str, str]] = {"PAP": "pap", "CHAP": "chap", "MS-CHAPv1": "mschap", "MS-CHAPv2": "mschapv2"}
TIMEOUT_SECONDS: Final = range(1, 51)
RETRIES: Final = range(11)
PORTS: Final = range(1025, 65536)
SECRET_CHARACTERS: Final = range(16, 513)  # AWS takes 8; RFC 2865 section 3 and our edge want 16
_MAX_SERVER_CHARACTERS: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class RadiusSettings:
    """``timeout`` in seconds; ``retries`` after the first attempt. The shared secret is never part of it."""

    servers: tuple[str, ...]
    port: int
    timeout: int
    retries: int
    protocol: str
    label: str | None = None
    same_user_name: bool | None = None

    def same_as(self, other: "RadiusSettings") -> bool:
        """As far as a login can notice."""
        return _essence(self) == _essence(other)


def _essence(settings: RadiusSettings) -> tuple[object, ...]:
    return (frozenset(settings.servers), settings.port, settings.timeout, settings.retries, settings.protocol)


def is_address(server: str) -> bool:
    """Servers may be names, too."""
    try:
        ip_address(server)
    except ValueError:
        return False
    return True


def beyond_limits(settings: RadiusSettings) -> Iterator[str]:
    """A sentence for each value that AWS does not take."""
    if not settings.servers:
        yield "no address of an edge is known"
    for server in settings.servers:
        if not 1 <= len(server) <= _MAX_SERVER_CHARACTERS:
            yield f"a server's name has 1 to {_MAX_SERVER_CHARACTERS} characters"
    if settings.port not in PORTS:
        yield f"port {settings.port}: AWS directories take ports from 1025 to 65535"
    if settings.timeout not in TIMEOUT_SECONDS:
        yield f"a timeout of {settings.timeout} s: AWS directories take 1 to 50 s"
    if settings.retries not in RETRIES:
        yield f"{settings.retries} retries: AWS directories take 0 to 10"
    if settings.protocol not in PROTOCOLS:
        yield f"protocol {settings.protocol}: AWS directories take {', '.join(PROTOCOLS)}"


def secret_beyond_limits(secret: str) -> Iterator[str]:
    if len(secret) not in SECRET_CHARACTERS:
        yield "the shared secret must have 16 to 512 characters (AWS would take 8, the edge does not)"
    if not all(" " <= one <= "~" for one in secret):
        yield "the shared secret may hold ASCII letters, digits, punctuation and spaces only"


def differences(before: RadiusSettings, after: RadiusSettings) -> Iterator[str]:
    """``name: old -> new`` for all that changes, but for the secret, which nobody can compare."""
    rows = (
        ("servers", ", ".join(sorted(before.servers)), ", ".join(sorted(after.servers))),
        ("port", before.port, after.port),
        ("timeout", f"{before.timeout} s", f"{after.timeout} s"),
        ("retries", before.retries, after.retries),
        ("protocol", before.protocol, after.protocol),
    )
    for name, old, new in rows:
        if old != new:
            yield f"{name}: {old} -> {new}"


def command_to_return_to(directory_id: str, former: RadiusSettings) -> str:
    """What to type to have the former settings back; the secret must be in FORMER_SECRET, because AWS shows it to
    nobody."""
    new = [server for server in former.servers if ":" in server]
    old = [server for server in former.servers if ":" not in server]
    parts = [
        *([f"RadiusServers={','.join(old)}"] if old else []),
        *([f"RadiusServersIpv6={','.join(new)}"] if new else []),
        f"RadiusPort={former.port}",
        f"RadiusTimeout={former.timeout}",
        f"RadiusRetries={former.retries}",
        f"AuthenticationProtocol={former.protocol}",
        *([f"DisplayLabel={shlex.quote(former.label)}"] if former.label else []),
    ]
    settings = ",".join(parts)
    return (
        f'aws ds update-radius --directory-id {directory_id} --radius-settings {settings},SharedSecret="$FORMER_SECRET"'
    )
