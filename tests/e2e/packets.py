"""One RADIUS packet as octets, to be sent twice, or to two edges: what radclient cannot be told to do."""

import io
import socket
from dataclasses import dataclass

from pyrad.dictionary import Dictionary
from pyrad.packet import AccessAccept, AccessReject, AuthPacket, Packet

from local.demo_world import CLIENT
from local.edges import Edge

_DICTIONARY = Dictionary(
    io.StringIO(
        "ATTRIBUTE User-Name 1 string\nATTRIBUTE User-Password 2 string\nATTRIBUTE Message-Authenticator 80 octets\n"
    )
)
NAMES = {AccessAccept: "Access-Accept", AccessReject: "Access-Reject"}


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """A packet with its authenticator, fixed once and for all."""

    packet: Packet
    octets: bytes

    @classmethod
    def of(cls, username: str, code: str, secret: bytes = CLIENT.edge.secrets[0]) -> "AccessRequest":
        packet = AuthPacket(secret=secret, dict=_DICTIONARY, message_authenticator=True)
        packet["User-Name"] = username
        packet["User-Password"] = packet.PwCrypt(code)
        return cls(packet, packet.RequestPacket())

    def verified(self, reply: bytes) -> str:
        """The reply's code by name; raises if it is not a signed answer to this packet."""
        assert self.packet.VerifyReply(self.packet.CreateReply(packet=reply), reply, enforce_ma=True)
        return NAMES[reply[0]]


def open_client(source: str = "127.0.0.1") -> socket.socket:
    """One RADIUS client: a socket whose address and port stay the same for all edges."""
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.bind((source, 0))
    return client


def ask(client: socket.socket, edge: Edge, request: AccessRequest, seconds: float = 20) -> str:
    client.settimeout(seconds)
    client.sendto(request.octets, (edge.host, edge.auth_port))
    reply, sender = client.recvfrom(4096)
    assert sender == (edge.host, edge.auth_port)
    return request.verified(reply)
