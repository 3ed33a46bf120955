"""X2: an endpoint is a user's input, and reaches nothing but the push services."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfa.adapters.web_push.endpoints import MAX_ENDPOINT_OCTETS, read_endpoint

SERVICES = [
    "https://fcm.googleapis.com/fcm/send/dGVzdA:APA91b-_x",
    "https://fcm.googleapis.com/wp/dGVzdA:APA91b",
    "https://updates.push.services.mozilla.com/wpush/v2/gAAAAAB_-x==",
    "https://eu-1.autopush.push.services.mozilla.com/wpush/v1/x",
    "https://web.push.apple.com/QGuQyavXutnMH",
    "https://wns2-db5p.notify.windows.com/w/?token=BQYAAACx%2b%2fx%3d",
]
OTHERS = [
    "",
    "https://",
    "http://fcm.googleapis.com/fcm/send/x",
    "HTTPS://fcm.googleapis.com/fcm/send/x",
    "https://fcm.googleapis.com",
    "https://fcm.googleapis.com/",
    "https://fcm.googleapis.com:443/x",
    "https://fcm.googleapis.com:8443/x",
    "https://fcm.googleapis.com:/x",
    "https://user@fcm.googleapis.com/x",
    "https://user:pw@fcm.googleapis.com/x",
    "https://fcm.googleapis.com@127.0.0.1/x",
    "https://fcm.googleapis.com@evil.example/x",
    "https://fcm.googleapis.com\\@evil.example/x",
    "https://fcm.googleapis.com#@evil.example/x",
    "https://fcm.googleapis.com/x#fragment",
    "https://fcm.googleapis.com?/x",
    "https://fcm.googleapis.com./x",
    "https://fcm.googleapis.com.evil.example/x",
    "https://evilfcm.googleapis.com/x",
    "https://x.fcm.googleapis.com/x",
    "https://googleapis.com/x",
    "https://storage.googleapis.com/x",
    "https://push.services.mozilla.com/x",
    "https://evilpush.services.mozilla.com/x",
    "https://services.mozilla.com/x",
    "https://a.b.c.d.push.services.mozilla.com/x",
    "https://.push.services.mozilla.com/x",
    "https://notify.windows.com/x",
    "https://xnotify.windows.com/x",
    "https://a_b.notify.windows.com/x",
    "https://web.push.apple.com.evil.example/x",
    "https://x.web.push.apple.com/x",
    "https://127.0.0.1/x",
    "https://[::1]/x",
    "https://2130706433/x",
    "https://0x7f.1/x",
    "https://169.254.169.254/latest/meta-data/",
    "http://169.254.169.254/latest/meta-data/",
    "https://localhost/x",
    "https://evil.example/fcm.googleapis.com/x",
    "https://evil.example/?https://fcm.googleapis.com/x",
    "ftp://fcm.googleapis.com/x",
    "file:///etc/passwd",
    "//fcm.googleapis.com/x",
    "fcm.googleapis.com/x",
    " https://fcm.googleapis.com/x",
    "https://fcm.googleapis.com/x ",
    "https://fcm.googleapis.com/x\n",
    "https://fcm.googleapis.com/x\r\nHost: evil.example",
    "https://fcm.googleapis.com/x\tx",
    "https://fcm.googleapis.com/x\x00",
    "https://fcm.googleapis.com/\\evil",
    "https://fcm.googleapis.com/é",
    "https://fcm.googleapis。com/x",
    "https://fcm．googleapis.com/x",
    "https://ｆcm.googleapis.com/x",
    "https://fcm.googleapis.com/" + "x" * MAX_ENDPOINT_OCTETS,
]
ON_LOOPBACK = ["http://127.0.0.1:8080/push/x", "http://localhost:1/x", "http://localhost/x", "http://127.0.0.1:65535/x"]
NOT_EVEN_ON_LOOPBACK = [
    "http://127.0.0.1:0/x",
    "http://127.0.0.1:65536/x",
    "http://127.0.0.1:99999/x",
    "http://127.0.0.1:08/x",
    "http://127.0.0.1.evil.example/x",
    "http://localhost.evil.example:80/x",
    "http://localhost@evil.example/x",
    "http://user@localhost/x",
    "http://127.0.0.2/x",
    "http://127.1/x",
    "http://[::1]:80/x",
    "http://0.0.0.0:80/x",
    "http://169.254.169.254/latest/meta-data/",
    "http://10.0.0.1:80/x",
    "https://127.0.0.1:80/x",
    "http://localhost:80",
    "http://127.0.0.1:٨٠/x",
]


@pytest.mark.parametrize("allows_loopback", [False, True])
@pytest.mark.parametrize("text", SERVICES)
def test_endpoints_of_the_push_services_are_admitted(text: str, allows_loopback: bool) -> None:
    endpoint = read_endpoint(text, allows_loopback=allows_loopback)
    assert endpoint is not None
    assert (endpoint.scheme, endpoint.port) == ("https", 443)
    assert f"{endpoint.origin}{endpoint.target}" == text


@pytest.mark.parametrize("allows_loopback", [False, True])
@pytest.mark.parametrize("text", OTHERS)
def test_nothing_else_is(text: str, allows_loopback: bool) -> None:
    assert read_endpoint(text, allows_loopback=allows_loopback) is None


@pytest.mark.parametrize("text", ON_LOOPBACK)
def test_this_machine_is_admitted_only_where_the_dangerous_switch_says_so(text: str) -> None:
    assert read_endpoint(text, allows_loopback=False) is None
    endpoint = read_endpoint(text, allows_loopback=True)
    assert endpoint is not None
    assert endpoint.host in {"127.0.0.1", "localhost"}
    assert f"{endpoint.origin}{endpoint.target}" == text


@pytest.mark.parametrize("text", NOT_EVEN_ON_LOOPBACK)
def test_the_switch_admits_nothing_but_this_machine(text: str) -> None:
    assert read_endpoint(text, allows_loopback=True) is None


PIECES = ["https://", "http://", "fcm.googleapis.com", "web.push.apple.com", "notify.windows.com", "evil.example",
          "127.0.0.1", "@", ":", ":443", "/", "//", "?", "#", "\\", ".", "%2e", "x", " ", "\n", "é"]  # fmt: skip


BEGINNINGS = [
    "",
    "https://",
    "https://fcm.googleapis.com",
    "https://fcm.googleapis.com/",
    "https://web.push.apple.com/x",
]


@given(st.sampled_from(BEGINNINGS), st.lists(st.sampled_from(PIECES), max_size=6).map("".join))
def test_what_is_admitted_is_read_alike_by_another_reader(beginning: str, end: str) -> None:
    text = beginning + end
    endpoint = read_endpoint(text, allows_loopback=False)
    if endpoint is not None:
        other = urlsplit(text)
        assert (other.scheme, other.hostname, other.port) == ("https", endpoint.host, None)
        assert not other.fragment
        assert other.username is None
        assert endpoint.host.endswith((".googleapis.com", ".mozilla.com", ".apple.com", ".windows.com"))


def test_what_can_ring_is_not_shown() -> None:
    endpoint = read_endpoint(SERVICES[0], allows_loopback=False)
    assert "APA91b" not in repr(endpoint)
