"""Carries one datagram to one of the edge's addresses and brings back the reply. It knows no secret and reads neither.

``{"target": 0, "datagram": base64, "seconds": 3.5}`` in, ``{"reply": base64 or null, "milliseconds": 12}`` out. Who
asks chooses among the addresses of the environment, and cannot name one: this function stands in the VPC, and nobody
shall reach anything else through it.
"""

import base64
import binascii
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

type Event = Mapping[str, Any]
type Lambda = Callable[[Event, Any], dict[str, object]]
type Address = tuple[str, int]

MOST_SECONDS: Final = 10.0
MOST_OCTETS: Final = 4096  # of a RADIUS packet
_FIELDS: Final = {"target", "datagram", "seconds"}


class RefusedEventError(Exception):
    """Raised for an event that is none of ours. The text names the rule, never the value."""


def create_app(addresses: Sequence[Address], source: str = "") -> Lambda:
    """``source`` is the address to send from, where the system shall not choose it."""

    def lambda_handler(event: Event, _context: Any) -> dict[str, object]:  # noqa: ANN401 -- the runtime's own type
        address, datagram, seconds = _read(event, addresses)
        started = time.monotonic()
        reply = carry(address, datagram, seconds, source)
        return {
            "reply": None if reply is None else base64.b64encode(reply).decode(),
            "milliseconds": round((time.monotonic() - started) * 1000),
        }

    return lambda_handler


def carry(address: Address, datagram: bytes, seconds: float, source: str = "") -> bytes | None:
    """The first datagram that comes back from there; None if none does in time, or the port is closed."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.settimeout(seconds)
        try:
            opened.bind((source, 0))
            opened.connect(address)
            opened.send(datagram)
            return opened.recv(MOST_OCTETS)
        except OSError:
            return None


def addresses_of(text: str, port: str) -> tuple[Address, ...]:
    """Of the environment: ``10.0.1.10,10.0.2.10`` and ``1812``."""
    return tuple((one, int(port)) for one in text.split(",") if one)


def _read(event: object, addresses: Sequence[Address]) -> tuple[Address, bytes, float]:
    if not isinstance(event, Mapping) or set(event) != _FIELDS:
        raise RefusedEventError("the event must have target, datagram and seconds, and nothing else")
    target, seconds = event["target"], event["seconds"]
    if type(target) is not int or not 0 <= target < len(addresses):
        raise RefusedEventError("target must be the number of one of the addresses")
    if type(seconds) not in {int, float} or not 0 < seconds <= MOST_SECONDS:
        raise RefusedEventError(f"seconds must be more than 0 and at most {MOST_SECONDS:.0f}")
    return addresses[target], _datagram(event["datagram"]), float(seconds)


def _datagram(value: object) -> bytes:
    try:
        datagram = base64.b64decode(value if isinstance(value, str) else "?", validate=True)
    except binascii.Error:
        raise RefusedEventError("datagram must be base64") from None
    if not 1 <= len(datagram) <= MOST_OCTETS:
        raise RefusedEventError(f"datagram must have 1 to {MOST_OCTETS} octets")
    return datagram
