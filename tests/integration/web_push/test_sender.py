"""WebPushSender against a push service that checks and opens everything, and against ones that misbehave."""

import socket
import ssl
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from mfa.adapters.system import SystemRandom
from mfa.adapters.web_push import exchange
from mfa.adapters.web_push.endpoints import Endpoint
from mfa.adapters.web_push.sender import WebPushSender
from mfa.adapters.web_push.vapid import Vapid
from mfa.domain.push_devices import PushSubscription
from tests.fakes.push_service import PushService, push_service
from tests.integration.edge.certificates import Files, make_authority
from tests.integration.web_push.conftest import CONTACT, MESSAGE, World

pytestmark = pytest.mark.integration

SERVICE_NAME = "fcm.googleapis.com"


# ---- what is sent


def test_the_browser_opens_what_was_sent(world: World) -> None:
    delivery = world.sender().send(world.subscription(), MESSAGE)
    assert (delivery.was_taken, delivery.is_gone) == (True, False), delivery.detail
    (received,) = world.service.received
    assert received.payload == MESSAGE.payload
    assert (received.ttl, received.urgency, received.topic) == (37, "high", MESSAGE.topic)
    assert received.contact == CONTACT


def test_all_messages_have_one_size(world: World) -> None:
    sender, subscription = world.sender(), world.subscription()
    for payload in (b"", MESSAGE.payload, b"x" * 128):
        assert sender.send(subscription, replace(MESSAGE, payload=payload)).was_taken
    assert len({received.octets for received in world.service.received}) == 1


def test_a_message_that_its_size_would_tell_is_not_sent(world: World) -> None:
    delivery = world.sender().send(world.subscription(), replace(MESSAGE, payload=b"x" * 129))
    assert (delivery.was_taken, world.service.requests) == (False, 0)


def test_a_time_that_is_over_is_told_as_none(world: World) -> None:
    assert world.sender().send(world.subscription(), replace(MESSAGE, seconds=-5)).was_taken
    assert world.service.received[0].ttl == 0


def test_one_token_serves_many_messages_until_it_is_old(world: World) -> None:
    sender = world.sender()
    for _ in range(3):
        assert sender.send(world.subscription(), MESSAGE).was_taken
    assert len(world.service.tokens) == 1
    world.clock.advance(24 * 3600)
    assert sender.send(world.subscription(), MESSAGE).was_taken
    assert len(world.service.tokens) == 2


def test_another_deployments_key_is_refused_by_the_service(world: World) -> None:
    foreign = World(world.service, world.clock)
    delivery = foreign.sender().send(world.subscription(), MESSAGE)
    assert (delivery.was_taken, delivery.is_gone) == (False, False)
    assert world.service.refused == ["another key than that of the subscription"]


# ---- what a service answers


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_a_success_of_any_kind_is_one(world: World, status: int) -> None:
    world.service.status = status
    assert world.sender().send(world.subscription(), MESSAGE).was_taken


@pytest.mark.parametrize("status", [404, 410])
def test_a_subscription_that_does_not_exist_is_told(world: World, status: int) -> None:
    world.service.status = status
    delivery = world.sender().send(world.subscription(), MESSAGE)
    assert (delivery.was_taken, delivery.is_gone) == (False, True)


@pytest.mark.parametrize("status", [400, 401, 403, 413, 429, 500, 502, 503])
def test_any_other_refusal_is_one_and_the_subscription_stays(world: World, status: int) -> None:
    world.service.status = status
    delivery = world.sender().send(world.subscription(), MESSAGE)
    assert (delivery.was_taken, delivery.is_gone) == (False, False)
    assert str(status) in delivery.detail
    assert world.service.requests == 1, "nothing is sent again"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_x2_no_redirect_is_followed(world: World, status: int) -> None:
    with push_service(clock=world.clock) as elsewhere:
        world.service.status = status
        world.service.headers = {"Location": f"{elsewhere.origin}/push/x"}
        delivery = world.sender().send(world.subscription(), MESSAGE)
        assert (delivery.was_taken, delivery.is_gone) == (False, False)
        assert elsewhere.requests == 0


# ---- what is never contacted


def test_x2_a_refused_endpoint_is_never_contacted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not this machine, unless the switch says so; and nothing else whatever it says. No name is even looked up."""

    def refuse(*_arguments: object) -> None:
        pytest.fail("a connection was opened, or a name looked up")

    subscription = world.subscription()
    endpoints = [subscription.endpoint, "https://evil.example/x", "https://127.0.0.1/x", "http://169.254.169.254/x"]
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    sender = world.sender(allows_loopback=False)
    for endpoint in endpoints:
        assert not sender.admits(endpoint)
        delivery = sender.send(replace(subscription, endpoint=endpoint), MESSAGE)
        assert (delivery.was_taken, delivery.is_gone) == (False, False)
    assert world.service.requests == 0


def test_what_is_admitted_is_what_would_be_sent_to(world: World) -> None:
    subscription = world.subscription()
    assert world.sender().admits(subscription.endpoint)
    assert not world.sender(allows_loopback=False).admits(subscription.endpoint)
    assert world.sender(allows_loopback=False).admits("https://web.push.apple.com/x")


def test_no_proxy_of_the_environment_sees_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert world.sender().send(world.subscription(), MESSAGE).was_taken


# ---- what breaks


def test_a_service_that_is_not_there_is_no_error(world: World) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{unused.getsockname()[1]}/push/x"
        delivery = world.sender().send(replace(world.subscription(), endpoint=endpoint), MESSAGE)
    assert (delivery.was_taken, delivery.is_gone) == (False, False)
    assert "ConnectionRefusedError" in delivery.detail


def test_a_service_that_hangs_is_given_up_in_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "READ_SECONDS", 0.3)
    world.service.hangs = True
    before = time.monotonic()
    delivery = world.sender().send(world.subscription(), MESSAGE)
    assert time.monotonic() - before < 2
    assert not delivery.was_taken


def test_a_service_that_answers_octet_by_octet_is_cut_off(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "WHOLE_SECONDS", 0.7)
    world.service.trickles = True
    before = time.monotonic()
    delivery = world.sender().send(world.subscription(), MESSAGE)
    assert time.monotonic() - before < 2
    assert not delivery.was_taken


def test_the_limits_are_about_two_seconds() -> None:
    assert (exchange.CONNECT_SECONDS, exchange.READ_SECONDS, exchange.WHOLE_SECONDS) == (2, 2, 5)


@pytest.mark.parametrize("answer", [b"", b"garbage\r\n\r\n", b"HTTP/1.1 999999 x\r\n\r\n", b"x" * 100_000])
def test_garbage_is_no_error(world: World, answer: bytes) -> None:
    with one_answer(answer) as origin:
        delivery = world.sender().send(replace(world.subscription(), endpoint=f"{origin}/x"), MESSAGE)
    assert (delivery.was_taken, delivery.is_gone) == (False, False)


@pytest.mark.parametrize("key", [b"", b"\x04" + bytes(64), b"x" * 65])
def test_a_key_that_is_none_is_no_error(world: World, key: bytes) -> None:
    delivery = world.sender().send(replace(world.subscription(), public_key=key), MESSAGE)
    assert (delivery.was_taken, delivery.is_gone, world.service.requests) == (False, False, 0)


def test_a_vault_that_is_down_is_no_error(world: World) -> None:
    subscription = world.subscription()
    world.clock.advance(3600)
    world.vault.available = False
    assert not world.sender().send(subscription, MESSAGE).was_taken
    world.vault.available = True
    assert world.sender().send(subscription, MESSAGE).was_taken


def test_no_word_tells_where_the_device_is_or_by_what_it_opens(world: World) -> None:
    """The path alone lets everybody ring, and the keys write."""
    subscription = world.subscription()
    secret = subscription.endpoint.rpartition("/")[2]
    for status, hangs in ((201, False), (410, False), (500, False), (None, True)):
        world.service.status, world.service.hangs = status, hangs
        delivery = world.sender().send(subscription, MESSAGE)
        for shown in (repr(delivery), repr(subscription), repr(MESSAGE)):
            assert secret not in shown
            assert repr(subscription.auth_secret) not in shown
            assert "ABCDEFGHIJKLMNOPQRSTUV" not in shown.replace(f"topic='{MESSAGE.topic}'", "")


# ---- TLS, as with the real ones


class Tls:
    """A push service with a certificate, and a sender that is told to find it on loopback."""

    def __init__(self, world: World, files: Files, trusted: Path) -> None:
        self.world = world
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server.load_cert_chain(files.certificate, files.key)
        self.trusted = trusted

    def send(self, service: PushService) -> tuple[bool, str]:
        port = int(service.origin.rpartition(":")[2])
        service.origin = f"https://{SERVICE_NAME}"

        def connect(endpoint: Endpoint) -> socket.socket:
            assert (endpoint.host, endpoint.port) == (SERVICE_NAME, 443)
            return socket.create_connection(("127.0.0.1", port), timeout=2)

        sender = WebPushSender(
            vapid=Vapid(keys=self.world.keys, contact=CONTACT, clock=self.world.clock),
            random=SystemRandom(),
            allows_loopback=False,
            tls=lambda: ssl.create_default_context(cafile=self.trusted),
            connect=connect,
        )
        subscription: PushSubscription = service.subscribe(self.world.keys.public_key())
        delivery = sender.send(subscription, MESSAGE)
        return delivery.was_taken, delivery.detail


def test_over_tls_the_same_is_sent_with_the_service_as_audience(world: World, tmp_path: Path) -> None:
    files = make_authority(tmp_path, (SERVICE_NAME,), expired=False)
    tls = Tls(world, files, files.authority)
    with push_service(clock=world.clock, tls=tls.server) as service:
        was_taken, detail = tls.send(service)
        assert was_taken, (detail, service.refused)
        assert service.received[0].payload == MESSAGE.payload


@pytest.mark.parametrize("case", ["another name", "expired", "another authority"])
def test_a_certificate_that_is_wrong_ends_it_before_anything_is_sent(world: World, tmp_path: Path, case: str) -> None:
    names = ("other.example",) if case == "another name" else (SERVICE_NAME,)
    files = make_authority(tmp_path, names, expired=case == "expired")
    trusted = files
    if case == "another authority":
        trusted = make_authority(tmp_path, names, expired=False, prefix="other-")
    tls = Tls(world, files, trusted.authority)
    with push_service(clock=world.clock, tls=tls.server) as service:
        was_taken, detail = tls.send(service)
        assert (was_taken, service.requests) == (False, 0)
        assert "SSLCertVerificationError" in detail


class one_answer:  # noqa: N801 -- it is used like a function
    """A server that sends these octets to whoever comes, and closes."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer

    def __enter__(self) -> str:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(self._answer)

    def __exit__(self, *_: object) -> None:
        self._thread.join(timeout=10)
        self._listener.close()
