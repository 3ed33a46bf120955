"""Free ports on loopback. A port may be taken between the look and its use; then the start fails with a clear error."""

import socket
from typing import Final

from local.errors import LocalError

TRIES: Final = 200
HIGHEST: Final = 65_535


def free_tcp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def free_radius_ports(hosts: tuple[str, ...], wanted: int) -> int:
    """The first port from ``wanted`` on that is free for authentication, with the next one for accounting, on all
    hosts alike: the edges of a fleet differ by address, not by port."""
    for port in range(wanted, min(wanted + 2 * TRIES, HIGHEST), 2):
        if all(_udp_free(host, number) for host in hosts for number in (port, port + 1)):
            return port
    raise LocalError(f"no two free UDP ports from {wanted} on at {', '.join(hosts)}: end what listens there")


def _udp_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
