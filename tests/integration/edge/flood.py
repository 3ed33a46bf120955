"""Mutants of good packets, sent as fast as an edge takes them, with a check of every reply.

A Status-Server packet after each burst is the pace: the edge answers it at once and in turn, so the packets before it
were looked at and not lost in a full socket.
"""

import random
import socket
from collections import defaultdict, deque
from contextlib import suppress

from tests.fakes.edge_configuration import SECRET
from tests.fakes.radius_client import (
    REJECT,
    RadiusClient,
    access_request,
    accounting_request,
    attribute,
    checked_reply,
    packet,
)
from tests.unit.edge.test_oracle import mutant

BURST = 60
LONGEST = 60_000  # a datagram holds no more
PLANTED = "canary-of-a-password"
_MICROSOFT = (311).to_bytes(4)
_MS_CHAP = attribute(26, _MICROSOFT + attribute(11, bytes(8)) + attribute(1, b"\7\1" + bytes(48)))
_MS_CHAP2 = attribute(26, _MICROSOFT + attribute(11, bytes(16)) + attribute(25, b"\7\0" + bytes(48)))


def seeds() -> tuple[bytes, ...]:
    """Good packets but for their code, so that no mutant can be a right login."""
    return (
        access_request("alice", "000000", secret=SECRET),
        access_request("alice", PLANTED, secret=SECRET, signed=False, more=attribute(32, b"vpn")),
        access_request("bob", "x" * 40, secret=SECRET, more=attribute(33, b"hop") + attribute(24, b"state")),
        accounting_request(attribute(40, (1).to_bytes(4)) + attribute(44, b"session"), secret=SECRET),
        packet(1, attribute(1, b"eve") + attribute(79, bytes(60)), secret=SECRET),
        packet(1, attribute(1, b"alice") + attribute(3, bytes(17)) + attribute(60, bytes(16)), secret=SECRET),
        packet(1, attribute(1, b"alice") + attribute(3, bytes(17)), secret=SECRET, signed=False),
        packet(1, attribute(1, b"alice") + _MS_CHAP, secret=SECRET),
        packet(1, attribute(1, b"alice") + _MS_CHAP2, secret=SECRET),
    )


class Mutants:
    """One sender of mutants. ``replies`` counts what came back; anything but a rightly signed Reject is an error."""

    def __init__(self, client: RadiusClient, seed: int) -> None:
        self.client = client
        self.sent = self.replies = 0
        self._random = random.Random(seed)
        self._seeds = seeds()
        self._recent: defaultdict[int, deque[bytes]] = defaultdict(lambda: deque(maxlen=400))  # by Identifier

    def send(self) -> None:
        octets = mutant(self._random.choice(self._seeds), self._random)[:LONGEST]
        if len(octets) >= 20:
            self._recent[octets[1]].append(octets)
        self.client.send(octets)
        self.sent += 1

    def check_replies(self) -> None:
        """All that have come by now."""
        while True:
            try:
                reply = self.client.socket.recv(65_536, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return
            self.replies += 1
            assert reply[0] == REJECT
            assert self.answers_one_of_ours(reply)

    def answers_one_of_ours(self, reply: bytes) -> bool:
        """The reply is rightly signed for a packet that was sent; it need not be the last one."""
        for octets in reversed(self._recent[reply[1]]):
            with suppress(AssertionError, IndexError):
                checked_reply(reply, octets, SECRET)
                return True
        return False


def wait_for_turn(client: RadiusClient) -> None:
    """Until the edge has looked at everything that was sent before."""
    reply = client.ask(packet(12, b"", secret=client.secret))
    assert reply is not None
