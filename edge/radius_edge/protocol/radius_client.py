"""A RADIUS client as the protocol needs it: made once per configuration from the contract's EdgeClient."""

from typing import Final

from mfa.contract import EdgeClient, MessageAuthenticatorPolicy
from radius_edge.protocol.shared_secret import SharedSecret

MIN_MARGIN_SECONDS: Final = 0.25  # for the way of the reply and a busy moment of ours
MAX_MARGIN_SECONDS: Final = 1.0
MAX_PATIENCE_SECONDS: Final = 60.0  # the backend replays an outcome for as long, and no approval should take longer


class RadiusClient:
    """Whoever sends from the client's networks. ``secrets`` are current, then previous.

    ``patience`` is how long after its arrival a packet may still be answered because its client resends it.
    ``challenges_unproven_until`` (Unix seconds) is the end of a dangerous switch, 0 where it is off.
    """

    __slots__ = (
        "answer_within",
        "challenges_unproven_until",
        "name",
        "patience",
        "pins",
        "policy",
        "protocols",
        "remember_seconds",
        "secrets",
    )

    def __init__(self, client: EdgeClient) -> None:
        self.name: str = client.name
        self.policy: MessageAuthenticatorPolicy = client.require_message_authenticator
        self.secrets = tuple(SharedSecret(octets) for octets in client.secrets)
        self.answer_within = answer_within(client.timeout_seconds)
        self.remember_seconds = float(client.timeout_seconds * (client.retries + 1))
        self.patience = min(self.remember_seconds, MAX_PATIENCE_SECONDS) - margin(client.timeout_seconds)
        self.protocols: frozenset[str] = client.protocols
        self.challenges_unproven_until = float(client.chap_without_message_authenticator_until or 0)
        self.pins = frozenset(client.message_authenticator_pins)


def answer_within(timeout_seconds: float) -> float:
    """Seconds from a packet's arrival to the latest moment for its reply: a tenth before the client's timeout."""
    return timeout_seconds - margin(timeout_seconds)


def margin(timeout_seconds: float) -> float:
    return min(MAX_MARGIN_SECONDS, max(MIN_MARGIN_SECONDS, timeout_seconds / 10))
