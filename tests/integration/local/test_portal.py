"""The portal in front of the emulator's API: what is passed on, what is refused, and who is refused."""

import contextlib
import http.client
import socket
import threading
from collections.abc import Iterator

import pytest

from local.loopback_server import MAX_BODY_OCTETS, MAX_CONNECTIONS, Answer
from local.portal import MAX_ANSWER_OCTETS, Portal
from tests.integration.local import upstream as upstreams
from tests.integration.local.http_client import ask, ask_raw
from tests.integration.local.upstream import BASE, Upstream

pytestmark = pytest.mark.integration


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with upstreams.serving() as served:
        yield served


@pytest.fixture
def portal(upstream: Upstream) -> Iterator[Portal]:
    started = Portal(0)
    started.pass_on_to(upstream.url)
    try:
        yield started
    finally:
        started.stop()


@pytest.fixture
def port(portal: Portal) -> int:
    return int(portal.origin.rpartition(":")[2])


def test_a_request_reaches_the_api_as_it_was_sent_and_the_answer_comes_back(port: int, upstream: Upstream) -> None:
    upstream.answer(409, {"a": "b"}, ("content-type", "application/problem+json"), ("date", "now"), ("x-one", "1"))
    sent = (("authorization", 'Gatehouse-Device id="a", time="1", signature="c"'), ("content-type", "application/json"))
    reply = ask(port, "POST", "/v1/device/prompts/x/decision?a=b%20c", *sent, body=b'{"decision":"deny"}')
    (asked,) = upstream.asked
    assert (asked.method, asked.target, asked.body) == (
        "POST",
        f"{BASE}/v1/device/prompts/x/decision?a=b%20c",
        b'{"decision":"deny"}',
    )
    assert [asked.header(name) for name, _ in sent] == [[value] for _, value in sent]
    assert (reply.status, reply.json) == (409, {"a": "b"})
    assert (reply.headers["content-type"], reply.headers["x-one"]) == ("application/problem+json", "1")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_every_method_of_the_api_is_passed_on(port: int, upstream: Upstream, method: str) -> None:
    assert ask(port, method, "/v1/device").status == 200
    assert upstream.asked[0].method == method


def test_an_answer_to_head_tells_the_length_and_has_no_body(port: int, upstream: Upstream) -> None:
    reply = ask(port, "HEAD", "/")
    assert (reply.status, reply.body, reply.headers["content-length"]) == (200, b"", str(len(upstream.body)))


def test_compressed_octets_come_through_untouched(port: int, upstream: Upstream) -> None:
    upstream.body, upstream.headers = b"\x1f\x8b\x00\xff", [("content-encoding", "gzip"), ("etag", '"x"')]
    reply = ask(port, "GET", "/", ("accept-encoding", "gzip"))
    assert (reply.body, reply.headers["content-encoding"], reply.headers["etag"]) == (upstream.body, "gzip", '"x"')
    assert upstream.asked[0].header("accept-encoding") == ["gzip"]


def test_headers_of_one_connection_stay_on_it(port: int, upstream: Upstream) -> None:
    upstream.headers = [("connection", "x-inner"), ("x-inner", "1"), ("x-outer", "2")]
    sent = (("connection", "close, x-secret"), ("x-secret", "1"), ("te", "trailers"), ("upgrade", "h2c"))
    reply = ask(port, "GET", "/", *sent)
    assert {name for name, _ in upstream.asked[0].headers} == {"host", "content-length"}
    assert upstream.asked[0].header("host") == [f"127.0.0.1:{upstream.port}"]
    assert (reply.headers["x-inner"], reply.headers["x-outer"]) == (None, "2")


def test_one_connection_takes_several_requests(port: int, upstream: Upstream) -> None:
    connection = http.client.HTTPConnection("localhost", port, timeout=10)
    for _ in range(3):
        connection.request("POST", "/v1/enrollment/sessions", body=b"{}")
        assert connection.getresponse().read() == upstream.body
    connection.close()
    assert len(upstream.asked) == 3


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost", "localhost.evil.example:{port}", "[::1]:{port}", "localhost:1"]
)
def test_another_name_that_leads_here_is_refused(port: int, upstream: Upstream, host: str) -> None:
    """DNS rebinding: the page of such a name would be of our origin's rights otherwise."""
    assert ask(port, "GET", "/", host=host.format(port=port)).status == 421
    assert upstream.asked == []


def test_the_address_is_another_origin_so_a_visitor_is_led_to_the_name(port: int, upstream: Upstream) -> None:
    reply = ask(port, "GET", "/x?y", host=f"127.0.0.1:{port}")
    assert (reply.status, reply.headers["location"]) == (307, f"http://localhost:{port}/x?y")
    assert ask(port, "POST", "/x", host=f"127.0.0.1:{port}").status == 421
    assert upstream.asked == []


HOSTILE = {
    "another host in the target": b"GET http://evil.example/ HTTP/1.1\r\nhost: {host}\r\n\r\n",
    "no path": b"GET evil HTTP/1.1\r\nhost: {host}\r\n\r\n",
    "asterisk": b"OPTIONS * HTTP/1.1\r\nhost: {host}\r\n\r\n",
    "up the tree": b"GET /v1/../../_ministack/ready HTTP/1.1\r\nhost: {host}\r\n\r\n",
    "up the tree, encoded": b"GET /v1/%2e%2E/x HTTP/1.1\r\nhost: {host}\r\n\r\n",
    "up the tree, encoded twice": b"GET /v1/%252e%252e/x HTTP/1.1\r\nhost: {host}\r\n\r\n",
    "up the tree by a slash in code": b"GET /v1%2f..%2fx HTTP/1.1\r\nhost: {host}\r\n\r\n",
    "up the tree by a backslash": b"GET /v1\\..\\x HTTP/1.1\r\nhost: {host}\r\n\r\n",
    "letters beyond ASCII": b"GET /\xc3\xa4 HTTP/1.1\r\nhost: {host}\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nhost: {host}\r\nhost: {host}\r\n\r\n",
    "chunks": b"POST / HTTP/1.1\r\nhost: {host}\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nhost: {host}\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
    "a signed length": b"POST / HTTP/1.1\r\nhost: {host}\r\ncontent-length: +1\r\n\r\na",
    "a space before the colon": b"POST / HTTP/1.1\r\nhost: {host}\r\ncontent-length : 1\r\n\r\na",
    "a folded line": b"GET / HTTP/1.1\r\nhost: {host}\r\nx-one: a\r\n b\r\n\r\n",
    "too much": b"POST / HTTP/1.1\r\nhost: {host}\r\ncontent-length: 65537\r\n\r\n",
    "HTTP/0.9": b"GET /\r\n\r\n",
    "another protocol": b"\x16\x03\x01\x00\xee\x01\x00\x00\xea\x03\x03\r\n\r\n",
    "an unknown method": b"TRACE / HTTP/1.1\r\nhost: {host}\r\n\r\n",
    "too many headers": b"GET / HTTP/1.1\r\nhost: {host}\r\n" + b"x: y\r\n" * 200 + b"\r\n",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_request_that_is_not_plain_reaches_nothing(port: int, upstream: Upstream, what: str) -> None:
    octets = HOSTILE[what].replace(b"{host}", f"localhost:{port}".encode())
    with contextlib.suppress(http.client.BadStatusLine):  # an answer of HTTP/0.9, or none
        assert ask_raw(port, octets).status >= 400
    assert upstream.asked == []
    assert ask(port, "GET", "/").status == 200


def test_what_follows_a_refused_request_is_not_read_as_a_request(port: int, upstream: Upstream) -> None:
    inner = f"POST /v1/device HTTP/1.1\r\nhost: localhost:{port}\r\ncontent-length: 0\r\n\r\n"
    outer = f"POST / HTTP/1.1\r\nhost: localhost:{port}\r\ntransfer-encoding: chunked\r\n\r\n{inner}"
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(outer.encode())
        answered = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answered.count(b"HTTP/1.1 ") == 1
    assert upstream.asked == []


def test_a_body_at_the_limit_is_taken_and_one_octet_more_is_not(port: int, upstream: Upstream) -> None:
    assert ask(port, "POST", "/", body=b"a" * MAX_BODY_OCTETS).status == 200
    assert ask(port, "POST", "/", body=b"a" * (MAX_BODY_OCTETS + 1)).status == 413
    assert len(upstream.asked) == 1


def test_a_body_that_ends_too_early_reaches_nothing(port: int, upstream: Upstream) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(f"POST / HTTP/1.1\r\nhost: localhost:{port}\r\ncontent-length: 9\r\n\r\nabc".encode())
        connection.shutdown(socket.SHUT_WR)
        assert b" 400 " in connection.recv(65536)
    assert upstream.asked == []


def test_an_answer_that_is_too_large_is_not_passed_on(port: int, upstream: Upstream) -> None:
    upstream.body = b"a" * (MAX_ANSWER_OCTETS + 1)
    assert ask(port, "GET", "/").status == 502


def test_without_the_emulator_the_answer_says_so() -> None:
    portal = Portal(0)
    port = int(portal.origin.rpartition(":")[2])
    try:
        assert ask(port, "GET", "/").status == 503
        portal.pass_on_to("http://127.0.0.1:9/nothing")
        assert ask(port, "GET", "/").status == 502
    finally:
        portal.stop()


def test_the_set_ups_own_pages_are_not_asked_of_the_api(portal: Portal, port: int, upstream: Upstream) -> None:
    assert ask(port, "GET", "/_local/phone").status == 404
    portal.show(lambda request: Answer(status=200, body=request.target.encode()))
    assert ask(port, "GET", "/_local/phone?x").body == b"/_local/phone?x"
    assert upstream.asked == []


def test_the_next_portal_takes_the_next_port(portal: Portal, port: int) -> None:
    second = Portal(port)
    try:
        assert port < int(second.origin.rpartition(":")[2]) < port + 200
    finally:
        second.stop()


def test_a_port_that_somebody_has_on_ipv6_is_left_to_them(port: int) -> None:
    """A browser may try ::1 first for localhost."""
    with socket.socket(socket.AF_INET6) as somebody:
        try:
            somebody.bind(("::1", 0))
        except OSError:
            pytest.skip("this machine has no IPv6 loopback")
        somebody.listen()
        taken = somebody.getsockname()[1]
        portal = Portal(taken)
        try:
            assert portal.origin != f"http://localhost:{taken}"
        finally:
            portal.stop()


def test_it_listens_on_loopback_only(portal: Portal, port: int) -> None:
    assert portal._server._server.server_address == ("127.0.0.1", port)


def test_more_connections_than_it_takes_are_closed_and_the_others_go_on(port: int) -> None:
    idle = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(MAX_CONNECTIONS)]
    try:
        with pytest.raises((http.client.BadStatusLine, ConnectionError)):
            ask(port, "GET", "/")
    finally:
        for connection in idle:
            connection.close()
    until = 100
    while until and not _answers(port):
        until -= 1
        threading.Event().wait(0.05)
    assert until, "places are free again"


def _answers(port: int) -> bool:
    try:
        return ask(port, "GET", "/").status == 200
    except (http.client.BadStatusLine, ConnectionError):
        return False


def test_stopping_ends_connections_that_idle(upstream: Upstream) -> None:
    portal = Portal(0)
    with socket.create_connection(("127.0.0.1", int(portal.origin.rpartition(":")[2])), timeout=10) as idle:
        while not portal._server._server._open:
            threading.Event().wait(0.01)
        portal.stop()
        assert idle.recv(1) == b""
