"""Old RADIUS servers in a configuration document, and back. Their shared secrets go in and never come out."""

import ipaddress
from collections.abc import Mapping
from typing import Final

from mfa.contract.clients import (
    MAX_TIMEOUT_SECONDS,
    MAX_UPSTREAM_SERVERS,
    MAX_UPSTREAMS,
    RADIUS_PORT,
    EdgeUpstream,
    UpstreamServer,
)
from mfa.domain.document_names import ASSUMED_SECRET, KeptSecrets, read_name, read_secret
from mfa.domain.document_reading import Mistakes, Path, Section, is_text

UPSTREAM_FIELDS: Final = ("name", "servers", "secret", "timeout_ms", "require_message_authenticator")
SERVER_FIELDS: Final = ("address", "port")
DEFAULT_TIMEOUT_MS: Final = 2000
MIN_TIMEOUT_MS: Final = 100

_SERVERS_RULE: Final = "a list of IP addresses, or of mappings with address and port"


class UpstreamReader:
    """Reads all upstreams; ``names`` are those that were given, with mistakes or without."""

    def __init__(self, mistakes: Mistakes, kept: KeptSecrets | None) -> None:
        self._mistakes = mistakes
        self._kept: Mapping[str, bytes] | None = None if kept is None else kept.upstreams
        self.names: set[str] = set()

    def read(self, top: Section) -> list[EdgeUpstream]:
        members = top.items("upstreams", rule="a list of old RADIUS servers, each with a name", default=())
        if len(members) > MAX_UPSTREAMS:
            top.note("upstreams", f"there may be at most {MAX_UPSTREAMS} upstreams")
            return []
        return [one for path, member in members if (one := self._upstream(member, path)) is not None]

    def _upstream(self, member: object, path: Path) -> EdgeUpstream | None:
        section = Section(member, path, self._mistakes, UPSTREAM_FIELDS)
        before = len(self._mistakes.found)
        name = read_name(section, self.names, "upstreams")
        servers = _servers(section)
        secret = self._secret(section, name)
        timeout = section.integer(
            "timeout_ms", lowest=MIN_TIMEOUT_MS, highest=MAX_TIMEOUT_SECONDS * 1000, default=DEFAULT_TIMEOUT_MS
        )
        required = section.truth("require_message_authenticator", default=True)
        self.names |= {name} if name is not None else set()
        if len(self._mistakes.found) > before or name is None or secret is None or timeout is None:
            return None
        return EdgeUpstream(
            name=name, servers=servers, secret=secret, timeout_ms=timeout, require_message_authenticator=required
        )

    def _secret(self, section: Section, name: str | None) -> bytes | None:
        if "secret" in section:
            return read_secret(section, "secret")
        if self._kept is None:
            return ASSUMED_SECRET
        if name is not None and name not in self._kept:
            section.note("secret", "secret is missing: only an upstream that exists already can keep its secret")
        return self._kept.get(name or "")


def _servers(section: Section) -> tuple[UpstreamServer, ...]:
    members = section.items("servers", rule=_SERVERS_RULE)
    if section.raw("servers") == [] or len(members) > MAX_UPSTREAM_SERVERS:
        section.note("servers", f"there must be 1 to {MAX_UPSTREAM_SERVERS} servers")
        return ()
    read = [(path, _server(section, path, member)) for path, member in members]
    servers = [server for _, server in read if server is not None]
    for place, (path, server) in enumerate(read):
        if server is not None and server in [earlier for _, earlier in read[:place]]:
            section.mistakes.add(path, f"{server.address} stands twice")
    return tuple(servers)


def _server(upstream: Section, path: Path, member: object) -> UpstreamServer | None:
    if not isinstance(member, dict):
        address = _address(member)
        if address is None:
            upstream.mistakes.add(path, f"this is no IP address; servers is {_SERVERS_RULE}")
        return None if address is None else UpstreamServer(address=address)
    section = Section(member, path, upstream.mistakes, SERVER_FIELDS)
    address = _address(section.text("address", rule="an IP address"))
    if address is None and "address" in section:
        section.note("address", "address must be an IP address")
    port = section.integer("port", lowest=1, highest=65_535, default=RADIUS_PORT)
    return None if address is None or port is None else UpstreamServer(address=address, port=port)


def _address(value: object) -> str | None:
    """An edge asks without looking a name up: that could outlast the login."""
    try:
        return str(ipaddress.ip_address(value)) if is_text(value) and isinstance(value, str) else None
    except ValueError:
        return None


def shown_upstream(upstream: EdgeUpstream) -> dict[str, object]:
    return {
        "name": upstream.name,
        "servers": [server.to_message() for server in upstream.servers],
        "timeout_ms": upstream.timeout_ms,
        "require_message_authenticator": upstream.require_message_authenticator,
    }
