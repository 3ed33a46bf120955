"""What every ConfigurationStore does: whole revisions that never change, and one switch."""

import ipaddress
from dataclasses import replace

import pytest

from mfa.contract import EdgeClient, MessageAuthenticatorPolicy
from mfa.domain.configuration import ClientPolicy, Configuration, CurrentRevision
from mfa.domain.user_names import Realm
from mfa.errors import ConflictError, NotFoundError
from tests.contract.conftest import Ports
from tests.fakes.races import all_at_once

REALMS = (Realm("corp", frozenset({"CORP"}), frozenset({"corp.example.test"})), Realm("lab"))


def client(name: str, network: str) -> ClientPolicy:
    edge = EdgeClient(
        name=name,
        networks=(ipaddress.ip_network(network), ipaddress.ip_network("2001:db8::/64")),
        secrets=(b"\x00current secret\xff", b"the previous secret"),
        require_message_authenticator=MessageAuthenticatorPolicy.YES,
        timeout_seconds=7,
        retries=3,
    )
    return ClientPolicy(edge=edge, realm="corp", probe_names=frozenset({"probe"}))


FIRST = Configuration(revision=1, realms=REALMS, clients=(client("vpn", "192.0.2.0/24"),))


def test_in_the_beginning_there_is_none(ports: Ports) -> None:
    assert ports.configurations.current() is None
    with pytest.raises(NotFoundError):
        ports.configurations.load(1)


def test_a_revision_is_read_as_it_was_written(ports: Ports) -> None:
    ports.configurations.apply(FIRST, 1000)
    assert ports.configurations.load(1) == FIRST
    assert ports.configurations.current() == CurrentRevision(revision=1, previous=None, switched_at=1000)


def test_both_revisions_can_be_read_after_a_switch(ports: Ports) -> None:
    second = replace(FIRST, revision=2, clients=(client("vpn", "198.51.100.0/24"), client("wifi", "203.0.113.0/24")))
    ports.configurations.apply(FIRST, 1000)
    ports.configurations.apply(second, 2000)
    assert ports.configurations.current() == CurrentRevision(revision=2, previous=1, switched_at=2000)
    assert ports.configurations.load(1) == FIRST
    loaded = ports.configurations.load(2)
    assert set(loaded.clients) == set(second.clients)


@pytest.mark.parametrize("revision", [0, 1, 3])
def test_a_revision_that_is_not_the_next_one_is_a_conflict(ports: Ports, revision: int) -> None:
    ports.configurations.apply(FIRST, 1000)
    with pytest.raises(ConflictError):
        ports.configurations.apply(replace(FIRST, revision=revision, clients=()), 2000)
    assert ports.configurations.load(1) == FIRST
    current = ports.configurations.current()
    assert current is not None
    assert current.revision == 1


def test_of_parallel_changes_one_wins_whole(ports: Ports) -> None:
    ports.configurations.apply(FIRST, 1000)
    changes = [
        replace(
            FIRST,
            revision=2,
            clients=tuple(client(f"{number}-{place}", f"10.{number}.{place}.0/24") for place in range(3)),
        )
        for number in range(5)
    ]

    def apply(change: Configuration) -> bool:
        try:
            ports.configurations.apply(change, 2000)
        except ConflictError:
            return False
        return True

    results = all_at_once([lambda change=change: apply(change) for change in changes])  # type: ignore[misc]
    assert results.count(True) == 1
    assert set(ports.configurations.load(2).clients) == set(changes[results.index(True)].clients)


def test_many_clients_and_odd_names(ports: Ports) -> None:
    names = ["a#b", "a", "a%23b", "REV#1", "Büro", *(f"client {number}" for number in range(60))]
    clients = tuple(client(name, f"10.0.{number}.0/24") for number, name in enumerate(names))
    clients = tuple(replace(one, edge=replace(one.edge, networks=one.edge.networks[:1])) for one in clients)
    ports.configurations.apply(replace(FIRST, clients=clients), 1000)
    assert set(ports.configurations.load(1).clients) == set(clients)
