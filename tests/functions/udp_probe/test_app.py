"""The function in the VPC: it carries octets to the addresses of its environment, and nothing else anywhere."""

import base64
import socket
from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest

from udp_probe.app import MOST_OCTETS, RefusedEventError, addresses_of, create_app

pytestmark = pytest.mark.integration


@pytest.fixture
def edge() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))
        bound.settimeout(5)
        yield bound


def event(**fields: Any) -> dict[str, Any]:
    return {"target": 0, "datagram": base64.b64encode(b"ping").decode(), "seconds": 2} | fields


def test_a_datagram_is_carried_there_and_the_reply_back(edge: socket.socket) -> None:
    def answer() -> None:
        datagram, sender = edge.recvfrom(4096)
        edge.sendto(datagram + b", pong", sender)

    thread = Thread(target=answer)
    thread.start()
    answered = create_app([("127.0.0.1", 9), edge.getsockname()])(event(target=1), None)
    thread.join()
    assert base64.b64decode(str(answered["reply"])) == b"ping, pong"
    assert isinstance(answered["milliseconds"], int)


def test_no_reply_in_time_and_a_closed_port_are_no_reply(edge: socket.socket) -> None:
    assert create_app([edge.getsockname()])(event(seconds=0.05), None)["reply"] is None
    address = edge.getsockname()
    edge.close()
    assert create_app([address])(event(), None)["reply"] is None


@pytest.mark.parametrize(
    "changed",
    [
        {"target": 2},
        {"target": -1},
        {"target": True},
        {"target": "127.0.0.1"},
        {"address": "192.0.2.1"},
        {"seconds": 0},
        {"seconds": 11},
        {"seconds": "1"},
        {"datagram": ""},
        {"datagram": "?"},
        {"datagram": None},
        {"datagram": base64.b64encode(bytes(MOST_OCTETS + 1)).decode()},
    ],
)
def test_who_asks_can_name_no_address_and_send_nothing_endless(changed: dict[str, Any]) -> None:
    with pytest.raises(RefusedEventError):
        create_app([("127.0.0.1", 9)])(event(**changed), None)


@pytest.mark.parametrize("other", [{}, [], None, "ping"])
def test_anything_else_is_refused(other: Any) -> None:
    with pytest.raises(RefusedEventError):
        create_app([("127.0.0.1", 9)])(other, None)


def test_the_addresses_are_those_of_the_environment() -> None:
    assert addresses_of("10.0.1.10,10.0.2.10", "1812") == (("10.0.1.10", 1812), ("10.0.2.10", 1812))
