"""Subscriptions that simulated phones have at the fake push service, and the messages that wait there. Bounded."""

import secrets
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from local.web_push import SubscriptionKeys
from mfa.contract.fields import base64url

MAX_SUBSCRIPTIONS: Final = 200  # the oldest one goes then
MAX_MESSAGES: Final = 20  # of one subscription; the oldest one goes then
AUTH_SECRET_OCTETS: Final = 16


class NoSubscriptionError(Exception):
    """Raised for an id or a token that no subscription has. ``is_gone`` tells that one had it."""

    def __init__(self, *, is_gone: bool = False) -> None:
        super().__init__("no such subscription")
        self.is_gone = is_gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What came for a subscription. ``number`` counts from 1, ``received_at`` is in Unix seconds; ``seconds`` is how
    long it would be kept for a phone that is off."""

    number: int
    received_at: float
    seconds: int
    urgency: str
    topic: str | None
    payload: bytes = field(repr=False)


@dataclass(slots=True, kw_only=True)
class Subscription:
    """``subscription_id`` reads, ``token`` (the end of the endpoint) rings: whoever has one has not the other.
    ``sender`` is the only public key that may ring, None if any may."""

    subscription_id: str = field(repr=False)
    token: str = field(repr=False)
    keys: SubscriptionKeys
    sender: bytes | None = field(default=None, repr=False)
    messages: list[Message] = field(default_factory=list, repr=False)
    count: int = 0

    def keep(self, payload: bytes, *, seconds: int, urgency: str, topic: str | None) -> None:
        """A newer message takes the place of one with the same topic (RFC 8030 section 5.4)."""
        self.count += 1
        others = [one for one in self.messages if topic is None or one.topic != topic]
        came = Message(
            number=self.count,
            received_at=time.time(),
            seconds=seconds,
            urgency=urgency,
            topic=topic,
            payload=payload,
        )
        self.messages = [*others, came][-MAX_MESSAGES:]

    def to_message(self, push_url: str) -> dict[str, object]:
        """As ``PushSubscription.toJSON()`` of a browser, with the id."""
        keys = {"p256dh": base64url(self.keys.public_key), "auth": base64url(self.keys.auth_secret)}
        return {"id": self.subscription_id, "endpoint": push_url + self.token, "keys": keys}


class Subscriptions:
    """For many threads at once."""

    def __init__(self) -> None:
        self._kept: dict[str, Subscription] = {}
        self._ended: deque[str] = deque(maxlen=MAX_SUBSCRIPTIONS)
        self._changed = threading.Condition()
        self._stopped = False

    def add(self, sender: bytes | None = None) -> Subscription:
        """As a browser makes it for an app, with the public key of the app's server."""
        made = Subscription(
            subscription_id=secrets.token_urlsafe(24),
            token=secrets.token_urlsafe(24),
            keys=SubscriptionKeys(ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(AUTH_SECRET_OCTETS)),
            sender=sender,
        )
        with self._changed:
            if len(self._kept) >= MAX_SUBSCRIPTIONS:
                self._end(next(iter(self._kept.values())))
            self._kept[made.subscription_id] = made
        return made

    def at(self, token: str) -> Subscription:
        """Raises NoSubscriptionError."""
        with self._changed:
            for one in self._kept.values():
                if secrets.compare_digest(one.token.encode(), token.encode()):
                    return one
            raise NoSubscriptionError(is_gone=token in self._ended)

    def deliver(self, token: str, payload: bytes, *, seconds: int, urgency: str, topic: str | None) -> None:
        """Raises NoSubscriptionError."""
        with self._changed:
            self.at(token).keep(payload, seconds=seconds, urgency=urgency, topic=topic)
            self._changed.notify_all()

    def wait(self, subscription_id: str, after: int, seconds: float) -> Sequence[Message]:
        """All kept messages with a higher number than ``after``, as soon as there is one; none when the time is over.
        Raises NoSubscriptionError."""

        def newer() -> list[Message]:
            return [one for one in self._of(subscription_id).messages if one.number > after]

        with self._changed:
            self._changed.wait_for(lambda: self._stopped or newer(), timeout=seconds)
            return newer()

    def end(self, subscription_id: str) -> None:
        """From now on its endpoint is gone. Raises NoSubscriptionError."""
        with self._changed:
            self._end(self._of(subscription_id))
            self._changed.notify_all()

    def stop(self) -> None:
        """Nobody waits any longer."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _of(self, subscription_id: str) -> Subscription:
        try:
            return self._kept[subscription_id]
        except KeyError:
            raise NoSubscriptionError from None

    def _end(self, subscription: Subscription) -> None:
        del self._kept[subscription.subscription_id]
        self._ended.append(subscription.token)
