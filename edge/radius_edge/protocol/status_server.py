"""Status-Server (RFC 5997): "are you alive", answered at once, without the backend, to those who know the secret."""

from radius_edge.protocol import codes
from radius_edge.protocol.attributes import PROXY_STATE
from radius_edge.protocol.message_authenticator import verifying_secret
from radius_edge.protocol.packet import Packet
from radius_edge.protocol.reasons import DiscardReason
from radius_edge.protocol.replies import signed_reply
from radius_edge.protocol.shared_secret import SharedSecret


def answer_status_server(
    packet: Packet, secrets: tuple[SharedSecret, ...], *, accounting: bool
) -> bytes | DiscardReason:
    """Access-Accept on the authentication port, Accounting-Response on the other (section 4.2).

    Section 3: without a valid Message-Authenticator the packet is silently discarded, whatever the client's policy.
    """
    if not packet.message_authenticator_at:
        return DiscardReason.MESSAGE_AUTHENTICATOR_MISSING
    secret = verifying_secret(packet, secrets)
    if secret is None:
        return DiscardReason.BAD_MESSAGE_AUTHENTICATOR
    code = codes.ACCOUNTING_RESPONSE if accounting else codes.ACCESS_ACCEPT
    return signed_reply(code, packet.identifier, packet.authenticator, secret, packet.written(PROXY_STATE))
