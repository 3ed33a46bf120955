"""One HTTP request to a push service: a connection of its own, every step of it limited, no redirect followed.

Only the status counts, so no body is read. A server that sends single octets for ever is cut off as a whole.
"""

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from ssl import SSLContext
from threading import Event, Timer
from typing import Final

from mfa.adapters.web_push.endpoints import Endpoint

CONNECT_SECONDS: Final = 2.0
READ_SECONDS: Final = 2.0
WHOLE_SECONDS: Final = 5.0

type Connect = Callable[[Endpoint], socket.socket]


def connect_to(endpoint: Endpoint) -> socket.socket:
    """Raises OSError."""
    return socket.create_connection((endpoint.host, endpoint.port), timeout=CONNECT_SECONDS)


def post(
    endpoint: Endpoint, headers: Mapping[str, str], body: bytes, *, tls: Callable[[], SSLContext], connect: Connect
) -> int:
    """The status. Raises OSError (time outs and TLS errors are such) or HTTPException."""
    with connect(endpoint) as bare:
        bare.settimeout(READ_SECONDS)
        with _at_most(WHOLE_SECONDS, bare):
            if endpoint.scheme == "http":
                return _exchange(bare, endpoint, headers, body)
            with tls().wrap_socket(bare, server_hostname=endpoint.host) as sealed:
                return _exchange(sealed, endpoint, headers, body)


def _exchange(channel: socket.socket, endpoint: Endpoint, headers: Mapping[str, str], body: bytes) -> int:
    connection = HTTPConnection(endpoint.host)
    connection.sock, connection.auto_open = channel, 0  # never opens one by itself
    connection.putrequest("POST", endpoint.target, skip_host=True, skip_accept_encoding=True)
    for name, value in {"Host": endpoint.authority, **headers, "Content-Length": str(len(body))}.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    with connection.getresponse() as response:
        return response.status


@contextmanager
def _at_most(seconds: float, channel: socket.socket) -> Iterator[None]:
    """What waits on the socket wakes when the time is over. Raises TimeoutError then, whatever it made of the end. A
    second descriptor, because TLS takes the first one away."""
    was_cut_off = Event()

    def cut_off() -> None:
        was_cut_off.set()
        with suppress(OSError):  # it has ended by itself
            same.shutdown(socket.SHUT_RDWR)

    with channel.dup() as same:
        timer = Timer(seconds, cut_off)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
    if was_cut_off.is_set():
        raise TimeoutError
