"""Where the edge API is, and what its name is: two things, because a private endpoint is reached by another address
than the name that is signed and that its certificate shows."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import urlsplit

_PATH: Final = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")  # nothing that would need escaping in a signature
_REGION_IN_HOST: Final = re.compile(r"\.execute-api\.([a-z0-9-]+)\.(?:vpce\.)?amazonaws\.com(?:\.cn)?$")


class EndpointError(ValueError):
    """Raised for an address that cannot or must not be used. The text says what to write instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """``host`` goes into the Host header and the signature, ``server_name`` into TLS; ``address`` is dialled."""

    tls: bool
    host: str
    server_name: str
    base_path: str
    address: str
    port: int

    @classmethod
    def parse(cls, url: str, connect_to: str | None, *, plain_http_on_loopback: bool) -> Self:
        parts = urlsplit(url)
        if parts.scheme not in {"https", "http"} or not parts.hostname:
            raise EndpointError("the API URL must look like https://name/v1")
        base_path = parts.path.rstrip("/")
        if parts.query or parts.fragment or parts.username or not _PATH.fullmatch(base_path):
            raise EndpointError("the API URL must have a plain path and no query, fragment or user name")
        tls = parts.scheme == "https"
        address, port = parts.hostname, parts.port or (443 if tls else 80)
        if connect_to is not None:
            address, port = _host_and_port(connect_to)
        if not tls and not (plain_http_on_loopback and is_loopback(address)):
            raise EndpointError(
                "an http:// API is allowed on a loopback address only, with --allow-http-backend-on-loopback"
            )
        return cls(
            tls=tls,
            host=parts.netloc,
            server_name=parts.hostname,
            base_path=base_path,
            address=address,
            port=port,
        )

    @property
    def region(self) -> str | None:
        """Read off the name of an AWS endpoint."""
        match = _REGION_IN_HOST.search(self.server_name)
        return match[1] if match else None


def is_loopback(address: str) -> bool:
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _host_and_port(text: str) -> tuple[str, int]:
    host, separator, port = text.rpartition(":")
    if not separator or not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise EndpointError("--connect-to must look like 10.0.0.5:443, name:443 or [2001:db8::1]:443")
    return host.removeprefix("[").removesuffix("]"), int(port)
