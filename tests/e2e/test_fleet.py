"""Several edges are one service: the same packet is one login, and one code gives one Accept, wherever it arrives."""

import threading
import time
from collections.abc import Sequence

import pytest

from local.edges import Edge
from local.up import Gatehouse
from tests.e2e.conftest import MakeUsers, User
from tests.e2e.packets import AccessRequest, ask, open_client

pytestmark = pytest.mark.e2e
LOGINS_PER_SECOND = 8  # the emulator runs about 40 function calls a second on two cores
FULL_COUNT = 200


def test_the_same_packet_at_both_edges_is_one_login(gatehouse: Gatehouse, user: User) -> None:
    request = AccessRequest.of(user.name, user.code())
    with open_client() as client:
        answers = [ask(client, edge, request) for edge in gatehouse.edges]
    assert answers == ["Access-Accept", "Access-Accept"]
    assert user.tries() == 0


def test_a_resent_packet_gets_the_same_octets(gatehouse: Gatehouse, user: User) -> None:
    request, edge = AccessRequest.of(user.name, user.code()), gatehouse.edges[0]
    replies = []
    with open_client() as client:
        client.settimeout(20)
        for _ in range(2):
            client.sendto(request.octets, (edge.host, edge.auth_port))
            replies.append(client.recv(4096))
    assert replies[0] == replies[1]


def test_one_code_in_two_packets_to_two_edges_at_once_is_accepted_exactly_once(
    gatehouse: Gatehouse, make_users: MakeUsers, rounds: int, soak: bool
) -> None:
    count = FULL_COUNT if soak else min(rounds, FULL_COUNT)
    outcomes = []
    for user in make_users(count):
        begin = time.monotonic()
        outcomes.append(_race(gatehouse.edges, user))
        time.sleep(max(0.0, 1 / LOGINS_PER_SECOND - (time.monotonic() - begin)))
    assert outcomes == [["Access-Accept", "Access-Reject"]] * count


def _race(edges: Sequence[Edge], user: User) -> list[str]:
    """The same code, in a packet of its own for each edge, sent in the same moment."""
    code, answers = user.code(), list[str]()
    together = threading.Barrier(len(edges))

    def send(edge: Edge) -> None:
        request = AccessRequest.of(user.name, code)
        with open_client() as client:
            together.wait()
            answers.append(ask(client, edge, request))

    threads = [threading.Thread(target=send, args=(edge,)) for edge in edges]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(answers)
