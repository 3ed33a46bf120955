"""A network that loses, doubles and reorders datagrams, both ways: THREATS B14. Seeded; ``ROUNDS`` sets how often."""

import os
import random
import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.fakes.edge_configuration import SECRET
from tests.fakes.radius_client import ACCEPT, REJECT, RadiusClient, access_request, checked_reply
from tests.integration.edge.rig import Rig

pytestmark = pytest.mark.integration

ROUNDS = int(os.environ.get("ROUNDS", "20"))
SHARE = 0.2  # of datagrams lost; as many are doubled; as many are held back behind later ones


class Shim:
    """Between one client and the edge, with a socket of its own for the way back."""

    def __init__(self, server: tuple[str, int], seed: int) -> None:
        self._server = server
        self._random = random.Random(seed)
        self._front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._front.bind(("127.0.0.1", 0))
        self._back = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._back.bind(("127.0.0.1", 0))
        self._client: tuple[str, int] = ("127.0.0.1", 0)
        self._late: list[tuple[float, bytes, bool]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="shim")
        self.lost = 0
        self.address: tuple[str, int] = self._front.getsockname()

    @contextmanager
    def running(self) -> Iterator["Shim"]:
        self._thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            self._thread.join(5)
            self._front.close()
            self._back.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            for ready in select.select([self._front, self._back], [], [], 0.005)[0]:
                datagram, sender = ready.recvfrom(65_536)
                if ready is self._front:
                    self._client = sender
                self._pass_on(datagram, forward=ready is self._front)
            now = time.monotonic()
            due = [item for item in self._late if item[0] <= now]
            self._late = [item for item in self._late if item[0] > now]
            for _, datagram, forward in due:
                self._send(datagram, forward=forward)

    def _pass_on(self, datagram: bytes, *, forward: bool) -> None:
        if self._random.random() < SHARE:
            self.lost += 1
            return
        for _ in range(2 if self._random.random() < SHARE else 1):
            if self._random.random() < SHARE:
                self._late.append((time.monotonic() + self._random.uniform(0.01, 0.1), datagram, forward))
            else:
                self._send(datagram, forward=forward)

    def _send(self, datagram: bytes, *, forward: bool) -> None:
        if forward:
            self._back.sendto(datagram, self._server)
        elif self._client[1]:
            self._front.sendto(datagram, self._client)


def patient_answers(client: RadiusClient, requests: dict[int, bytes], patience: float) -> dict[int, set[bytes]]:
    """What a RADIUS client does: resend what was not answered, and read whatever comes."""
    replies: dict[int, set[bytes]] = {identifier: set() for identifier in requests}
    end, resend_at = time.monotonic() + patience, 0.0
    while time.monotonic() < end and not all(replies.values()):
        if time.monotonic() >= resend_at:
            resend_at = time.monotonic() + 0.15
            for identifier, request in requests.items():
                if not replies[identifier]:
                    client.send(request)
        octets = client.receive(0.02)
        if octets is not None:
            replies[octets[1]].add(octets)
    while (octets := client.receive(0.15)) is not None:  # what was still on its way
        replies[octets[1]].add(octets)
    return replies


@pytest.mark.parametrize("seed", range(max(1, ROUNDS // 10)))
def test_b14_every_login_is_decided_once_and_none_wrongly(rig: Rig, seed: int) -> None:
    rig.backend.poll_after_ms = 50
    codes, requests = {}, {}
    for identifier in range(60):
        kind = identifier % 3
        name = f"wait-{identifier}" if kind == 2 else f"user-{identifier}"
        text = "000000" if kind == 1 else "123456"
        codes[identifier] = REJECT if kind == 1 else ACCEPT
        requests[identifier] = access_request(name, text, secret=SECRET, identifier=identifier)
    server = ("127.0.0.1", int(str(rig.listening["auth_port"])))
    with Shim(server, seed).running() as shim:
        client = RadiusClient(shim.address, SECRET)
        decide = threading.Timer(0.5, rig.backend.decide, ("accept",))
        decide.start()
        replies = patient_answers(client, requests, patience=3.5)
        decide.join()
        client.close()
    assert shim.lost > 10
    for identifier, found in replies.items():
        assert len(found) == 1, "one reply, the same octets however often"
        assert checked_reply(found.pop(), requests[identifier], SECRET).code == codes[identifier]
    asked = [question.message["login_id"] for question in rig.backend.logins]
    assert len(asked) == len(set(asked)) == 60
    assert rig.metric("internal_errors_total", place="authentication") == 0
