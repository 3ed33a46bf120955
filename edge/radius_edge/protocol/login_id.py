"""The name of a login: the same packet at two edges, or before and after a restart, is one login."""

from typing import Final

from radius_edge.protocol.digests import KeyedHash, hmac_sha256

LOGIN_ID_OCTETS: Final = 16
_VERSION: Final = b"v1"


class LoginIds:
    """HMAC-SHA-256 under the deployment's key, first 128 bits, over version, client, source IP and packet.

    Client and address have a length before them, so no two inputs are written alike. There is no source port in it:
    a load balancer may change that between retransmissions.
    """

    __slots__ = ("_digest",)

    def __init__(self, key: bytes) -> None:
        keyed: KeyedHash = hmac_sha256(key)
        self._digest = keyed.digest

    def login_id(self, sender: bytes, octets: bytes) -> bytes:
        """``sender`` comes from ``sender_octets``; ``octets`` are the packet up to its Length."""
        return self._digest(sender + octets)[:LOGIN_ID_OCTETS]


def sender_octets(client: str, source_ip: str) -> bytes:
    """Version, client and source address with their lengths: the same for every packet of one sender."""
    name, address = client.encode(), source_ip.encode()
    return _VERSION + len(name).to_bytes(2) + name + len(address).to_bytes(2) + address
