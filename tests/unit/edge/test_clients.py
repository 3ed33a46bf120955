"""The table of RADIUS clients: longest prefix wins, IPv4-mapped addresses are IPv4, strangers are nobody."""

import pytest

from mfa.contract import ContractError
from radius_edge.clients import MAX_REMEMBERED, ClientTable, packed_address
from tests.fakes.edge_configuration import client


def name_at(table: ClientTable, address: str) -> str | None:
    sender = table.find(address)
    return sender.client.name if sender else None


def test_the_longest_prefix_wins() -> None:
    table = ClientTable(
        [client("all", "10.0.0.0/8"), client("site", "10.1.0.0/16"), client("host", "10.1.2.3/32", "2001:db8::/32")]
    )
    assert name_at(table, "10.9.9.9") == "all"
    assert name_at(table, "10.1.9.9") == "site"
    assert name_at(table, "10.1.2.3") == "host"
    assert name_at(table, "2001:db8::5") == "host"
    assert name_at(table, "192.0.2.1") is None
    assert name_at(table, "2001:db9::5") is None


def test_the_order_of_the_clients_does_not_matter() -> None:
    table = ClientTable([client("host", "10.1.2.3/32"), client("all", "10.0.0.0/8")])
    assert name_at(table, "10.1.2.3") == "host"


@pytest.mark.parametrize("network", ["10.1.2.3/32", "::ffff:10.1.2.3/128", "::ffff:10.1.0.0/112"])
def test_an_ipv4_mapped_address_is_the_ipv4_address(network: str) -> None:
    table = ClientTable([client("host", network)])
    mapped, plain = table.find("::ffff:10.1.2.3"), table.find("10.1.2.3")
    assert mapped is not None
    assert plain is not None
    assert mapped.source_ip == plain.source_ip == "10.1.2.3"
    assert mapped.octets == plain.octets


def test_an_ipv6_address_has_one_spelling() -> None:
    table = ClientTable([client("host", "2001:db8::/32")])
    sender = table.find("2001:0db8:0:0::0005")
    assert sender is not None
    assert sender.source_ip == "2001:db8::5"
    assert packed_address("fe80::1%lo") == packed_address("fe80::1")


def test_a_mapped_network_for_everybody_is_refused() -> None:
    with pytest.raises(ContractError, match="let anybody in"):
        ClientTable([client("all", "::ffff:0:0/96")])


def test_one_network_under_two_names_is_refused_however_it_is_written() -> None:
    with pytest.raises(ContractError, match="belongs to both"):
        ClientTable([client("one", "10.0.0.0/8"), client("two", "::ffff:10.0.0.0/104")])


def test_strangers_are_not_remembered_and_known_addresses_not_without_end() -> None:
    table = ClientTable([client("all", "10.0.0.0/8")])
    for number in range(100):
        assert table.find(f"192.0.2.{number}") is None
    assert len(table._seen) == 0
    for number in range(MAX_REMEMBERED + 10):
        assert name_at(table, f"10.0.{number // 256}.{number % 256}") == "all"
    assert len(table._seen) <= MAX_REMEMBERED
