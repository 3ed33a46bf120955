"""A push service (RFC 8030) on loopback, and the phones that it rings.

A real one belongs to the maker of the browser. This one holds its senders to the same rules and keeps what comes. It
makes the keys of its subscriptions itself, so it can tell a simulated phone what a message says.
"""

import re
import secrets
import time
from collections.abc import Sequence
from email.message import Message as Headers
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs

from local.local_requests import HEADERS, check_same_site, json_answer, json_body
from local.loopback_server import ADDRESS, Answer, LoopbackServer, RefusedRequestError, Request
from local.push_subscriptions import Message, NoSubscriptionError, Subscription, Subscriptions
from local.web_push import WebPushError, verify_sender
from mfa.contract.errors import ContractError
from mfa.contract.fields import optional_octets

MAX_MESSAGE_OCTETS: Final = 4096  # every push service takes as much (RFC 8030 section 7.2), and this one no more
MAX_WAIT_SECONDS: Final = 20
PUBLIC_KEY_OCTETS: Final = 65

_PUSH: Final = "/push/"
_PHONES: Final = "/_local/"
_TOPIC: Final = re.compile(r"[A-Za-z0-9_-]{1,32}")
_URGENCIES: Final = frozenset({"very-low", "low", "normal", "high"})


class PushService:
    """It runs from the beginning until ``stop``."""

    def __init__(self) -> None:
        self._subscriptions = Subscriptions()
        self._server = LoopbackServer(0, self._respond)

    @property
    def url(self) -> str:
        return f"http://{ADDRESS}:{self._server.port}"

    def subscribe(self, sender: bytes | None = None) -> dict[str, object]:
        """A new subscription (``id``, ``endpoint``, ``keys``), as a browser makes it with its server's public key."""
        return self._subscriptions.add(sender).to_message(self.url + _PUSH)

    def wait(self, subscription_id: str, after: int = 0, seconds: float = MAX_WAIT_SECONDS) -> Sequence[Message]:
        """The messages after that number, as soon as there are any. Raises NoSubscriptionError."""
        return self._subscriptions.wait(subscription_id, after, seconds)

    def unsubscribe(self, subscription_id: str) -> None:
        """Raises NoSubscriptionError."""
        self._subscriptions.end(subscription_id)

    def stop(self) -> None:
        self._subscriptions.stop()
        self._server.stop()

    def _respond(self, request: Request) -> Answer:
        try:
            if request.path.startswith(_PUSH):
                return self._take(request)
            if request.path.startswith(_PHONES):
                return self._serve_phone(request)
        except NoSubscriptionError as missing:
            status = HTTPStatus.GONE if missing.is_gone else HTTPStatus.NOT_FOUND
            raise RefusedRequestError(status, str(missing)) from None
        raise RefusedRequestError(HTTPStatus.NOT_FOUND, "not here")

    def _take(self, request: Request) -> Answer:
        """RFC 8030 section 5. The answer says that the message is kept, not that anybody has seen it."""
        if request.method != "POST":
            raise RefusedRequestError(HTTPStatus.METHOD_NOT_ALLOWED, "messages are POSTed")
        subscription = self._subscriptions.at(request.path.removeprefix(_PUSH))
        _check_sender(request.headers, subscription, self.url)
        seconds = _seconds(request.headers)
        self._subscriptions.deliver(
            subscription.token,
            _opened(request, subscription),
            seconds=seconds,
            urgency=_urgency(request.headers),
            topic=_topic(request.headers),
        )
        place = f"{self.url}/messages/{secrets.token_urlsafe(12)}"
        return Answer(status=HTTPStatus.CREATED, headers=[("location", place), ("ttl", str(seconds))])

    def _serve_phone(self, request: Request) -> Answer:
        check_same_site(request, self.url)
        match (request.method, *request.path.removeprefix(_PHONES).split("/")):
            case "POST", "subscriptions":
                return json_answer(self.subscribe(_sender(request)), HTTPStatus.CREATED)
            case "GET", "subscriptions", subscription_id, "messages":
                return self._messages(subscription_id, request.query)
            case "DELETE", "subscriptions", subscription_id:
                self.unsubscribe(subscription_id)
                return Answer(status=HTTPStatus.NO_CONTENT, headers=HEADERS)
        raise RefusedRequestError(HTTPStatus.NOT_FOUND, "not here")

    def _messages(self, subscription_id: str, query: str) -> Answer:
        """``?after=3&seconds=20``: what came after that number; the answer waits as long for the first one."""
        seconds = min(_number(query, "seconds"), MAX_WAIT_SECONDS)
        came = self.wait(subscription_id, _number(query, "after"), seconds)
        return json_answer({"messages": [_shown(message) for message in came]})


def _check_sender(headers: Headers, subscription: Subscription, audience: str) -> None:
    try:
        key = verify_sender(headers.get("authorization", ""), audience, time.time())
    except WebPushError as error:
        raise RefusedRequestError(HTTPStatus.UNAUTHORIZED, str(error)) from None
    if subscription.sender not in {None, key}:
        raise RefusedRequestError(HTTPStatus.FORBIDDEN, "the subscription is another sender's")


def _opened(request: Request, subscription: Subscription) -> bytes:
    if len(request.body) > MAX_MESSAGE_OCTETS:
        raise RefusedRequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {MAX_MESSAGE_OCTETS} octets are taken")
    if request.headers.get("content-encoding") != "aes128gcm":
        raise RefusedRequestError(HTTPStatus.BAD_REQUEST, "the Content-Encoding must be aes128gcm")
    try:
        return subscription.keys.open(request.body)
    except WebPushError as error:  # a real service cannot know; the phone would show nothing, and nobody knew why
        raise RefusedRequestError(HTTPStatus.BAD_REQUEST, str(error)) from None


def _seconds(headers: Headers) -> int:
    """TTL must be there (RFC 8030 section 5.2)."""
    value = headers.get("ttl", "")
    if not re.fullmatch(r"[0-9]{1,9}", value):
        raise RefusedRequestError(HTTPStatus.BAD_REQUEST, "the TTL must be a number of seconds")
    return int(value)


def _urgency(headers: Headers) -> str:
    value = headers.get("urgency", "normal")
    if value not in _URGENCIES:
        raise RefusedRequestError(HTTPStatus.BAD_REQUEST, "there is no such Urgency")
    return value


def _topic(headers: Headers) -> str | None:
    value = headers.get("topic")
    if value is not None and not _TOPIC.fullmatch(value):
        raise RefusedRequestError(HTTPStatus.BAD_REQUEST, "the Topic must be 1 to 32 characters of base64url")
    return value


def _sender(request: Request) -> bytes | None:
    octets = PUBLIC_KEY_OCTETS
    try:
        return optional_octets(json_body(request), "sender", lowest=octets, highest=octets)
    except ContractError as error:
        raise RefusedRequestError(HTTPStatus.BAD_REQUEST, str(error)) from None


def _number(query: str, name: str) -> int:
    value = parse_qs(query).get(name, ["0"])[0]
    if not re.fullmatch(r"[0-9]{1,9}", value):
        raise RefusedRequestError(HTTPStatus.BAD_REQUEST, f"{name} must be a number")
    return int(value)


def _shown(message: Message) -> dict[str, object]:
    return {
        "number": message.number,
        "received_at": message.received_at,
        "seconds": message.seconds,
        "urgency": message.urgency,
        "topic": message.topic,
        "payload": message.payload.decode(errors="replace"),
    }
