"""Which RADIUS client is behind a source address: the longest prefix wins.

IPv4 and IPv4-mapped IPv6 (what a dual-stack socket shows) are the same address here, so that one packet is the same
login at an edge that listens on either.
"""

import ipaddress
import socket
from collections.abc import Iterable
from json.encoder import encode_basestring, encode_basestring_ascii
from typing import Final

from mfa.contract import ContractError, EdgeClient
from mfa.contract.clients import unmapped_network
from radius_edge.protocol.login_id import sender_octets
from radius_edge.protocol.radius_client import RadiusClient

MAX_REMEMBERED: Final = 8_192  # addresses of known clients; strangers are never remembered
_MAPPED: Final = bytes(10) + b"\xff\xff"  # ::ffff:0:0/96, RFC 4291 section 2.5.5.2


class Sender:
    """A known client at one address. ``octets`` is its part of every login id, ``log_members`` of every log line;
    ``quoted_client`` is its name as JSON."""

    __slots__ = ("client", "log_members", "octets", "quoted_client", "source_ip")

    def __init__(self, client: RadiusClient, source_ip: str) -> None:
        self.client = client
        self.source_ip = source_ip
        self.octets = sender_octets(client.name, source_ip)
        self.quoted_client = encode_basestring(client.name)
        self.log_members = f'"client":{encode_basestring_ascii(client.name)},"source_ip":"{source_ip}"'


class ClientTable:
    """Immutable after construction but for its memory of addresses seen. Raises ContractError on a clash.

    ``pins`` are all (client, source address) that have proven a Message-Authenticator, as the backend knows them.
    """

    def __init__(self, clients: Iterable[EdgeClient]) -> None:
        self._networks: dict[tuple[int, int], dict[int, RadiusClient]] = {}
        self._seen: dict[str, Sender] = {}
        pins: set[tuple[str, str]] = set()
        for client in clients:
            self._add(client)
            pins.update((client.name, pin) for pin in client.message_authenticator_pins)
        self.pins = frozenset(pins)
        self._prefixes = {
            size: sorted((length for known, length in self._networks if known == size), reverse=True)
            for size in (4, 16)
        }

    def find(self, address: str) -> Sender | None:
        """The sender behind an address as the socket gave it."""
        sender = self._seen.get(address)
        return sender if sender is not None else self._search(address)

    def _search(self, address: str) -> Sender | None:
        octets = packed_address(address)
        bits = len(octets) * 8
        number = int.from_bytes(octets)
        for length in self._prefixes[len(octets)]:
            client = self._networks[len(octets), length].get(number >> (bits - length))
            if client is not None:
                return self._remember(address, Sender(client, str(ipaddress.ip_address(octets))))
        return None

    def _remember(self, address: str, sender: Sender) -> Sender:
        if len(self._seen) >= MAX_REMEMBERED:
            self._seen.clear()
        self._seen[address] = sender
        return sender

    def _add(self, client: EdgeClient) -> None:
        radius_client = RadiusClient(client)
        for network in map(unmapped_network, client.networks):
            if network.prefixlen == 0:
                raise ContractError(f"client {client.name}: {network} would let anybody in; name the client's network")
            size = network.max_prefixlen // 8
            prefix = int(network.network_address) >> (network.max_prefixlen - network.prefixlen)
            holder = self._networks.setdefault((size, network.prefixlen), {}).setdefault(prefix, radius_client)
            if holder is not radius_client:
                raise ContractError(f"network {network} belongs to both {holder.name} and {client.name}")


def packed_address(address: str) -> bytes:
    """4 or 16 octets; an IPv4-mapped address becomes 4."""
    if ":" not in address:
        return socket.inet_pton(socket.AF_INET, address)
    octets = socket.inet_pton(socket.AF_INET6, address.partition("%")[0])
    return octets[12:] if octets.startswith(_MAPPED) else octets
