"""What every ConfigurationStore does: whole revisions that never change, and one switch."""

import ipaddress
from dataclasses import replace

import pytest

from mfa.adapters.dynamodb.tables import bind_tables, plain
from mfa.contract import EdgeClient, MessageAuthenticatorPolicy
from mfa.domain.configuration import ClientPolicy, Configuration, CurrentRevision, DangerousSwitch, Waiver
from mfa.domain.user_names import Realm
from mfa.errors import ConflictError, NotFoundError
from tests.contract.conftest import Ports, on_aws
from tests.fakes.aws import AwsInProcess
from tests.fakes.races import all_at_once

LATER_FIELDS = ("protocols", "reply_attributes", "edge_roles", "waivers")
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


def full_client() -> ClientPolicy:
    """Every field has another value than its default."""
    waiver = Waiver(
        switch=DangerousSwitch.ACCEPT_WHILE_BACKEND_UNREACHABLE,
        owner="Ada",
        reason="one site, one line",
        until=1_700_000_000,
        statement="The VPN checks the password itself.",
    )
    base = client("vpn", "192.0.2.0/24")
    return replace(
        base,
        edge=replace(base.edge, protocols=frozenset({"pap", "chap"})),
        reply_attributes=(("Filter-Id", "staff"), ("Class", "a"), ("Class", "b"), ("Session-Timeout", "3600")),
        edge_roles=frozenset({"edge-a", "edge-b"}),
        waivers=(
            waiver,
            replace(waiver, switch=DangerousSwitch.CHAP_WITHOUT_MESSAGE_AUTHENTICATOR, statement=None),
        ),
    )


FIRST = Configuration(revision=1, realms=REALMS, clients=(client("vpn", "192.0.2.0/24"),))


def test_in_the_beginning_there_is_none(ports: Ports) -> None:
    assert ports.configurations.current() is None
    with pytest.raises(NotFoundError):
        ports.configurations.load(1)


def test_a_revision_is_read_as_it_was_written(ports: Ports) -> None:
    ports.configurations.apply(FIRST, 1000)
    assert ports.configurations.load(1) == FIRST
    assert ports.configurations.current() == CurrentRevision(revision=1)


def test_the_realms_of_a_revision_can_be_read_alone(ports: Ports) -> None:
    ports.configurations.apply(FIRST, 1000)
    assert ports.configurations.load_realms(1) == FIRST.realms
    with pytest.raises(NotFoundError):
        ports.configurations.load_realms(2)


def test_every_field_of_a_client_is_kept(ports: Ports) -> None:
    full = replace(FIRST, clients=(full_client(),))
    ports.configurations.apply(full, 1000)
    assert ports.configurations.load(1) == full


def test_a_revision_from_before_the_later_fields_can_still_be_read(aws: AwsInProcess) -> None:
    """What edges work by while the functions are updated."""
    ports = on_aws(aws)
    ports.configurations.apply(FIRST, 1000)
    tables = bind_tables(aws.settings.table_name, region=aws.settings.region, endpoint_url=None)
    (item,) = tables.client.query("CFG", tables.client.sk.startswith("REV#1#"))
    assert set(LATER_FIELDS) <= set(plain(item.client))
    item.update(actions=[tables.client.client[name].remove() for name in LATER_FIELDS])
    assert ports.configurations.load(1) == FIRST


def test_both_revisions_can_be_read_after_a_switch(ports: Ports) -> None:
    second = replace(FIRST, revision=2, clients=(client("vpn", "198.51.100.0/24"), client("wifi", "203.0.113.0/24")))
    ports.configurations.apply(FIRST, 1000)
    ports.configurations.apply(second, 2000)
    assert ports.configurations.current() == CurrentRevision(revision=2, superseded={1: 2000})
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
