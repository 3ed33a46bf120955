"""A TLS connection to a domain controller on which everything ends by one deadline.

The certificate must lead to one of the given authorities and carry the controller's name, also when the connection is
made by address. Until both are checked nothing is sent: there is no way to a channel but through the handshake.
"""

import socket
import ssl
import time
from functools import lru_cache
from typing import Final, Self

from mfa.adapters.ldap.faults import ControllerFaultError
from mfa.contract.directory import DomainController

MAX_RECEIVED_OCTETS: Final = 4 * 1024 * 1024  # in answer to one message; 4,096 groups of an account are 150 kB


def remaining(deadline: float) -> float:
    """Seconds until ``deadline`` (time.monotonic()); raises TimeoutError when there are none."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the deadline has passed")
    return left


class Channel:
    """What a session needs of a socket. ``sent`` counts messages, also those that did not leave whole; ``peer`` is the
    address at the other end: a name may stand for several controllers."""

    def __init__(self, tls: ssl.SSLSocket, peer: str, deadline: float) -> None:
        self._tls = tls
        self.peer = peer
        self.deadline = deadline
        self.sent = 0
        self._received = 0

    def sendall(self, octets: bytes) -> None:
        self._tls.settimeout(remaining(self.deadline))
        self.sent += 1
        self._received = 0
        self._tls.sendall(octets)

    def recv(self, size: int) -> bytes:
        self._tls.settimeout(remaining(self.deadline))
        octets = self._tls.recv(size)
        self._received += len(octets)
        if self._received > MAX_RECEIVED_OCTETS:
            raise OSError("more than a controller has to say")
        return octets

    def shutdown(self, how: int) -> None:
        """Asked for by ldap3 before it closes. SSLSocket.shutdown would go on without TLS, so it is never called."""

    def close(self) -> None:
        self._tls.close()

    def interrupt(self) -> None:
        """End what another thread waits for on this channel. It still has to close it."""
        try:
            socket.socket.shutdown(self._tls, socket.SHUT_RDWR)  # of the connection below, see ``shutdown``
        except OSError:  # it ended by itself
            return

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def open_channel(controller: DomainController, ca_certificates: str, deadline: float) -> Channel:
    """Raises ControllerFaultError."""
    context = _context(ca_certificates)
    try:
        plain = _connect(controller, deadline)
    except OSError as error:  # also: the name does not resolve
        raise ControllerFaultError(f"no connection to port {controller.port}: {type(error).__name__}") from error
    try:
        peer: str = plain.getpeername()[0]
        plain.settimeout(remaining(deadline))
        return Channel(context.wrap_socket(plain, server_hostname=controller.host), peer, deadline)
    except BaseException as error:
        plain.close()
        if isinstance(error, ssl.SSLCertVerificationError):
            raise ControllerFaultError(f"certificate refused: {error.verify_message}") from error
        if isinstance(error, OSError | ValueError):  # ValueError: a host that can stand in no certificate
            raise ControllerFaultError(f"TLS failed: {type(error).__name__}") from error
        raise


def _connect(controller: DomainController, deadline: float) -> socket.socket:
    """To the first address that answers."""
    found = socket.getaddrinfo(controller.address or controller.host, controller.port, type=socket.SOCK_STREAM)
    failed: OSError = OSError("the name has no address")
    for position, (family, kind, protocol, _name, address) in enumerate(found):
        plain = socket.socket(family, kind, protocol)
        try:
            plain.settimeout(remaining(deadline) / (len(found) - position))
            plain.connect(address)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else each answer waits for an acknowledgement
        except OSError as error:
            plain.close()
            failed = error
        else:
            return plain
    raise failed


@lru_cache(maxsize=8)
def _context(ca_certificates: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # checks certificate and name, and trusts nobody yet
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.hostname_checks_common_name = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # an issuing authority will do, without the root above it
    try:
        context.load_verify_locations(cadata=ca_certificates)
    except (ssl.SSLError, ValueError) as error:
        raise ControllerFaultError("the configured CA certificates cannot be read") from error
    return context
