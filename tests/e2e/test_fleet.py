"""Several edges are one service: the same packet is one login, and one code gives one Accept, wherever it arrives."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from local.edges import Edge
from local.up import Gatehouse
from tests.e2e.conftest import MakeUsers, User
from tests.e2e.logs import reasons
from tests.e2e.packets import AccessRequest, ask, open_client

pytestmark = pytest.mark.e2e
# Two logins each, held for a second by the rejected half: under 20 logins a second, and fewer on a busy machine.
RACES_AT_ONCE = 6
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
    gatehouse: Gatehouse, make_users: MakeUsers, rounds: int
) -> None:
    users = make_users(min(rounds, FULL_COUNT))
    with ThreadPoolExecutor(RACES_AT_ONCE) as pool:
        outcomes = list(pool.map(lambda user: _race(gatehouse.edges, user), users))
    odd = [user for user, codes in zip(users, outcomes, strict=True) if codes != ["Access-Accept", "Access-Reject"]]
    assert odd == [], [reasons(gatehouse, user.name) for user in odd]


def _race(edges: Sequence[Edge], user: User) -> list[str]:
    """The same code, in a packet of its own for each edge, sent in the same moment."""
    code, together = user.code(), threading.Barrier(len(edges))

    def send(edge: Edge) -> str:
        request = AccessRequest.of(user.name, code)
        with open_client() as client:
            together.wait()
            return ask(client, edge, request)

    with ThreadPoolExecutor(len(edges)) as pool:
        return sorted(pool.map(send, edges))


def test_when_an_edge_is_killed_the_next_one_answers_the_same_packet(gatehouse: Gatehouse, user: User) -> None:
    """The client resends to the next server in its list; whatever the dead edge had begun is the same login."""
    doomed, other = gatehouse.edges
    request = AccessRequest.of(user.name, user.code())
    with open_client() as client:
        client.sendto(request.octets, (doomed.host, doomed.auth_port))
        doomed.process.kill()
        try:
            answers = [ask(client, other, request), ask(client, other, request)]
        finally:
            doomed.restart()
        assert answers == ["Access-Accept", "Access-Accept"]
        assert ask(client, doomed, request) == "Access-Accept", "an edge that starts anew finds the login decided"
    assert user.tries() == 0
