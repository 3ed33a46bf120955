"""PushSender: one sealed message to the push service of a subscription, or a word why not.

What a push service could learn is little: that one of our users is asked something now. The payload is an opaque id,
sealed, and padded so that all have one size.
"""

import ssl
from collections.abc import Callable, Mapping
from functools import cache
from http import HTTPStatus
from http.client import HTTPException
from typing import Final

from mfa.adapters.web_push import p256
from mfa.adapters.web_push.content_coding import SALT_OCTETS
from mfa.adapters.web_push.endpoints import Endpoint, read_endpoint
from mfa.adapters.web_push.exchange import Connect, connect_to, post
from mfa.adapters.web_push.message_encryption import encrypt
from mfa.adapters.web_push.vapid import Vapid
from mfa.domain.push_devices import PushSubscription
from mfa.errors import GatehouseError
from mfa.ports import Random
from mfa.push_ports import PushDelivery, PushMessage

PADDED_OCTETS: Final = 128  # an id in JSON has about 30
_GONE: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})  # RFC 8030 section 7.3


class WebPushSender:
    """``tls`` and ``connect`` are for tests; ``allows_loopback`` admits a push service on this machine."""

    def __init__(
        self,
        *,
        vapid: Vapid,
        random: Random,
        allows_loopback: bool,
        tls: Callable[[], ssl.SSLContext] = cache(ssl.create_default_context),  # noqa: B008 -- one for all, made late
        connect: Connect = connect_to,
    ) -> None:
        self._vapid = vapid
        self._random = random
        self._allows_loopback = allows_loopback
        self._tls = tls
        self._connect = connect

    def admits(self, endpoint: str) -> bool:
        return read_endpoint(endpoint, allows_loopback=self._allows_loopback) is not None

    def send(self, subscription: PushSubscription, message: PushMessage) -> PushDelivery:
        endpoint = read_endpoint(subscription.endpoint, allows_loopback=self._allows_loopback)
        if endpoint is None:
            return PushDelivery(was_taken=False, detail="the endpoint is not one of a known push service")
        try:
            return self._sent(endpoint, subscription, message)
        except (OSError, HTTPException) as error:  # their texts may quote what was sent or answered
            return PushDelivery(was_taken=False, detail=f"{endpoint.host} did not answer: {type(error).__name__}")
        except GatehouseError as error:
            return PushDelivery(was_taken=False, detail=str(error))
        except Exception as error:  # noqa: BLE001 -- a key that is none, or a fault of ours: the login goes on without
            return PushDelivery(was_taken=False, detail=f"the message could not be made: {type(error).__name__}")

    def _sent(self, endpoint: Endpoint, subscription: PushSubscription, message: PushMessage) -> PushDelivery:
        body = encrypt(
            message.payload,
            subscription.public_key,
            subscription.auth_secret,
            sender=p256.new_key(),
            salt=self._random.octets(SALT_OCTETS),
            padded_to=PADDED_OCTETS,
        )
        headers = self._headers(endpoint, message)
        status = post(endpoint, headers, body, tls=self._tls, connect=self._connect)
        taken = HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
        return PushDelivery(was_taken=taken, is_gone=status in _GONE, detail=f"{endpoint.host} answered {status}")

    def _headers(self, endpoint: Endpoint, message: PushMessage) -> Mapping[str, str]:
        """RFC 8030 section 5. High urgency wakes a phone that saves its battery."""
        return {
            "Authorization": self._vapid.authorization(endpoint.origin),
            "TTL": str(max(0, message.seconds)),
            "Urgency": "high",
            "Topic": message.topic,
            "Content-Type": "application/octet-stream",
            "Content-Encoding": "aes128gcm",
        }
