"""The fake push service, rung by the real sender: what it keeps, what a phone can wait for, and what it refuses."""

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from local import push_service as service_module
from local.push_service import MAX_MESSAGE_OCTETS, PushService
from local.push_subscriptions import MAX_MESSAGES, MAX_SUBSCRIPTIONS, NoSubscriptionError
from mfa.adapters.system import SystemClock, SystemRandom
from mfa.adapters.web_push import p256
from mfa.adapters.web_push.sender import WebPushSender
from mfa.adapters.web_push.vapid import Vapid
from mfa.contract.fields import base64url, octets_of
from mfa.domain.push_devices import PushSubscription
from mfa.push_ports import PushDelivery, PushMessage
from tests.integration.local.http_client import Reply, ask

pytestmark = pytest.mark.integration


class Key:
    def __init__(self) -> None:
        self._private = p256.new_key()

    def private_key(self) -> ec.EllipticCurvePrivateKey:
        return self._private

    @property
    def public(self) -> bytes:
        return p256.public_octets(self._private)


@pytest.fixture
def service() -> Iterator[PushService]:
    started = PushService()
    try:
        yield started
    finally:
        started.stop()


@pytest.fixture
def key() -> Key:
    return Key()


@pytest.fixture
def sender(key: Key) -> WebPushSender:
    vapid = Vapid(keys=key, contact="mailto:admin@example.test", clock=SystemClock())
    return WebPushSender(vapid=vapid, random=SystemRandom(), allows_loopback=True)


def known_to_sender(made: dict[str, Any]) -> PushSubscription:
    return PushSubscription(
        endpoint=made["endpoint"],
        public_key=octets_of(made["keys"]["p256dh"], "p256dh", lowest=65, highest=65),
        auth_secret=octets_of(made["keys"]["auth"], "auth", lowest=16, highest=16),
    )


def ring(sender: WebPushSender, made: dict[str, Any], payload: bytes = b'{"id":"a"}', topic: str = "a") -> PushDelivery:
    return sender.send(known_to_sender(made), PushMessage(payload=payload, seconds=40, topic=topic))


def port(service: PushService) -> int:
    return int(service.url.rpartition(":")[2])


def call(service: PushService, method: str, path: str, *headers: tuple[str, str], body: bytes = b"") -> Reply:
    return ask(port(service), method, path, *headers, body=body, host=f"127.0.0.1:{port(service)}")


def test_what_was_sent_is_what_the_phone_reads(service: PushService, sender: WebPushSender, key: Key) -> None:
    made = service.subscribe(key.public)
    assert ring(sender, made, b'{"id":"abc"}', topic="abc").was_taken
    (message,) = service.wait(str(made["id"]))
    assert (message.payload, message.topic, message.urgency, message.seconds) == (b'{"id":"abc"}', "abc", "high", 40)
    assert message.received_at == pytest.approx(time.time(), abs=5)


def test_a_phone_that_waits_is_woken_at_once(service: PushService, sender: WebPushSender) -> None:
    made, seen = service.subscribe(), []
    waiting = threading.Thread(target=lambda: seen.append(service.wait(str(made["id"]), seconds=20)))
    waiting.start()
    began = time.monotonic()
    assert ring(sender, made).was_taken
    waiting.join(10)
    assert time.monotonic() - began < 5
    assert [message.number for message in seen[0]] == [1]


def test_nobody_waits_longer_than_asked_for(service: PushService) -> None:
    assert service.wait(str(service.subscribe()["id"]), seconds=0.05) == []


def test_a_phone_asks_over_http_for_what_came_after(service: PushService, sender: WebPushSender) -> None:
    json_type = ("content-type", "application/json")
    made = call(service, "POST", "/_local/subscriptions", json_type, body=b"{}").json
    assert set(made) == {"id", "endpoint", "keys"}
    for name in "ab":
        assert ring(sender, made, f'{{"id":"{name}"}}'.encode(), topic=name).was_taken
    path = f"/_local/subscriptions/{made['id']}/messages"
    came = call(service, "GET", f"{path}?after=0&seconds=5").json["messages"]
    assert [(one["number"], json.loads(one["payload"])) for one in came] == [(1, {"id": "a"}), (2, {"id": "b"})]
    assert [one["number"] for one in call(service, "GET", f"{path}?after=1").json["messages"]] == [2]
    assert call(service, "GET", f"{path}?after=2").json == {"messages": []}


def test_a_newer_message_of_a_topic_takes_the_olders_place(service: PushService, sender: WebPushSender) -> None:
    made = service.subscribe()
    for payload, topic in ((b"1", "same"), (b"2", "other"), (b"3", "same")):
        assert ring(sender, made, payload, topic).was_taken
    assert [message.payload for message in service.wait(str(made["id"]))] == [b"2", b"3"]


def test_messages_and_subscriptions_are_bounded(service: PushService, sender: WebPushSender) -> None:
    first = service.subscribe()
    for number in range(MAX_MESSAGES + 2):
        assert ring(sender, first, topic=f"t{number}").was_taken
    assert [message.number for message in service.wait(str(first["id"]))] == list(range(3, MAX_MESSAGES + 3))
    for _ in range(MAX_SUBSCRIPTIONS):
        service.subscribe()
    assert ring(sender, first).is_gone


def test_a_subscription_that_has_ended_is_gone_and_its_phone_waits_no_more(
    service: PushService, sender: WebPushSender
) -> None:
    made = service.subscribe()
    assert call(service, "DELETE", f"/_local/subscriptions/{made['id']}").status == 204
    assert ring(sender, made).is_gone
    assert call(service, "GET", f"/_local/subscriptions/{made['id']}/messages").status == 404
    with pytest.raises(NoSubscriptionError):
        service.wait(str(made["id"]))


def test_an_endpoint_that_never_was_is_told_apart_from_one_that_is_gone(service: PushService) -> None:
    made = service.subscribe()
    path = str(made["endpoint"]).removeprefix(service.url)
    service.unsubscribe(str(made["id"]))
    assert call(service, "POST", path).status == 410
    assert call(service, "POST", "/push/never").status == 404


def test_whoever_can_ring_cannot_read(service: PushService) -> None:
    token = str(service.subscribe()["endpoint"]).rpartition("/")[2]
    assert call(service, "GET", f"/_local/subscriptions/{token}/messages").status == 404


def test_another_senders_subscription_is_refused(service: PushService, sender: WebPushSender) -> None:
    made = service.subscribe(Key().public)
    assert ring(sender, made).detail == "127.0.0.1 answered 403"
    assert service.wait(str(made["id"]), seconds=0) == []


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"authorization": None}, 401),
        ({"authorization": "vapid t=a.b.c, k=d"}, 401),
        ({"ttl": None}, 400),
        ({"ttl": "-1"}, 400),
        ({"urgency": "urgent"}, 400),
        ({"topic": "a" * 33}, 400),
        ({"topic": "ä"}, 400),
        ({"content-encoding": "gzip"}, 400),
        ({"content-encoding": None}, 400),
        ({}, 400),  # the body is not for these keys
    ],
)
def test_a_message_against_the_rules_is_not_kept(
    service: PushService, key: Key, change: dict[str, str | None], status: int
) -> None:
    made = service.subscribe()
    vapid = Vapid(keys=key, contact="mailto:a@b.test", clock=SystemClock()).authorization(service.url)
    right = {"authorization": vapid, "ttl": "5", "content-encoding": "aes128gcm"}
    headers = [(name, value) for name, value in {**right, **change}.items() if value is not None]
    path = str(made["endpoint"]).removeprefix(service.url)
    assert call(service, "POST", path, *headers, body=b"a" * 200).status == status
    assert service.wait(str(made["id"]), seconds=0) == []


def test_a_message_that_is_too_large_is_refused(service: PushService, key: Key) -> None:
    vapid = Vapid(keys=key, contact="mailto:a@b.test", clock=SystemClock()).authorization(service.url)
    path = str(service.subscribe()["endpoint"]).removeprefix(service.url)
    headers = (("authorization", vapid), ("ttl", "5"), ("content-encoding", "aes128gcm"))
    assert call(service, "POST", path, *headers, body=b"a" * (MAX_MESSAGE_OCTETS + 1)).status == 413


@pytest.mark.parametrize("key_text", ["", "abc", base64url(bytes(64)), 5])
def test_a_subscription_for_what_is_no_key_is_refused(service: PushService, key_text: object) -> None:
    body = json.dumps({"sender": key_text}).encode()
    json_type = ("content-type", "application/json")
    assert call(service, "POST", "/_local/subscriptions", json_type, body=body).status == 400


@pytest.mark.parametrize("query", ["after=-1", "after=x", "seconds=1e9", "after=9999999999"])
def test_a_number_that_is_none_is_refused(service: PushService, query: str) -> None:
    made = service.subscribe()
    assert call(service, "GET", f"/_local/subscriptions/{made['id']}/messages?{query}").status == 400


@pytest.mark.parametrize(
    "method_and_path", [("GET", "/"), ("PUT", "/_local/subscriptions"), ("GET", "/push/a"), ("GET", "/a/b")]
)
def test_everything_else_is_not_there(service: PushService, method_and_path: tuple[str, str]) -> None:
    assert call(service, *method_and_path).status in {404, 405}


def test_a_page_of_another_site_reads_and_makes_nothing(service: PushService) -> None:
    made = service.subscribe()
    path = f"/_local/subscriptions/{made['id']}/messages"
    for header in (
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ):
        assert call(service, "GET", path, header).status == 403
        assert call(service, "POST", "/_local/subscriptions", header, body=b"{}").status == 403


def test_nothing_that_opens_or_rings_is_in_a_representation(service: PushService, sender: WebPushSender) -> None:
    made = service.subscribe()
    ring(sender, made, b"secret payload")
    shown = repr([*service._subscriptions._kept.values(), *service.wait(str(made["id"]))])
    for secret in (made["id"], made["endpoint"], "secret payload"):
        assert str(secret) not in shown


def test_stopping_lets_waiting_phones_go(sender: WebPushSender) -> None:
    service = PushService()
    made, seen = service.subscribe(), []
    waiting = threading.Thread(target=lambda: seen.append(service.wait(str(made["id"]), seconds=60)))
    waiting.start()
    service.stop()
    waiting.join(10)
    assert seen == [[]]
    assert service_module.MAX_WAIT_SECONDS < 60


def test_rings_from_many_threads_are_all_kept(service: PushService, sender: WebPushSender) -> None:
    made = service.subscribe()
    barrier = threading.Barrier(8)

    def ring_it(number: int) -> None:
        barrier.wait()
        assert ring(sender, made, topic=f"t{number}").was_taken

    threads = [threading.Thread(target=ring_it, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {message.topic for message in service.wait(str(made["id"]))} == {f"t{number}" for number in range(8)}
