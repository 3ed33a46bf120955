"""A RADIUS client as the protocol needs it: made once per configuration from the contract's EdgeClient."""

from typing import Final

from mfa.contract import EdgeClient, MessageAuthenticatorPolicy
from radius_edge.protocol.shared_secret import SharedSecret

MIN_MARGIN_SECONDS: Final = 0.25  # for the way of the reply and a busy moment of ours
MAX_MARGIN_SECONDS: Final = 1.0


class RadiusClient:
    """Whoever sends from the client's networks. ``secrets`` are current, then previous."""

    __slots__ = ("answer_within", "name", "policy", "remember_seconds", "secrets")

    def __init__(self, client: EdgeClient) -> None:
        self.name: str = client.name
        self.policy: MessageAuthenticatorPolicy = client.require_message_authenticator
        self.secrets = tuple(SharedSecret(octets) for octets in client.secrets)
        self.answer_within = answer_within(client.timeout_seconds)
        self.remember_seconds = float(client.timeout_seconds * (client.retries + 1))


def answer_within(timeout_seconds: float) -> float:
    """Seconds from a packet's arrival to the latest moment for its reply: a tenth before the client's timeout."""
    return timeout_seconds - min(MAX_MARGIN_SECONDS, max(MIN_MARGIN_SECONDS, timeout_seconds / 10))
