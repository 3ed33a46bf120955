"""RADIUS clients of the configuration, by the addresses that their packets come from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

type Client = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Clients:
    """As the enrolment API shows them: without secrets."""

    shown: Sequence[Client]

    def at(self, address: str) -> Client | None:
        """By the longest prefix, as an edge finds it."""
        place = ip_address(address)
        found = [
            (network.prefixlen, client)
            for client in self.shown
            for network in map(ip_network, client["networks"])
            if place in network
        ]
        return max(found, key=lambda one: one[0])[1] if found else None

    def of(self, addresses: Iterable[str]) -> list[Client]:
        """Each client once, in the order of the addresses."""
        found = [client for address in addresses if (client := self.at(address)) is not None]
        return list({client["name"]: client for client in found}.values())
