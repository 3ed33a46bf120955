"""HTTP for the command: TLS with verified names; plain http to loopback only.

Nothing is sent twice and no redirect is followed: a signature is for one request to one place.
"""

import ipaddress
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

import urllib3

from gatehouse.errors import CommandError
from gatehouse.limited import within

_TIMEOUT: Final = urllib3.Timeout(connect=5, read=20)  # of silence; a cold function takes some seconds
WHOLE_SECONDS: Final = 35.0  # API Gateway itself gives up after 30; the name server and the way there come on top
_MAX_ANSWER_OCTETS: Final = 8_000_000  # a configuration with all of its clients


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    status: int
    body: bytes


def base_url(text: str) -> str:
    """The URL without a slash at its end; raises CommandError if nothing may be sent there."""
    parts = urlsplit(text.strip())
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise CommandError("bad-url", "the enrolment URL must look like https://host or https://host/path")
    try:
        _ = parts.port
    except ValueError:
        raise CommandError("bad-url", "the port of the enrolment URL is not a number up to 65535") from None
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise CommandError("bad-url", "the enrolment URL must begin with https (http is for this machine only)")
    return text.strip().rstrip("/")


def is_loopback(host: str) -> bool:
    """Names under .localhost are this machine's by RFC 6761, whatever a resolver may say."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def send(method: str, url: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
    """Raises CommandError, also if all of it takes longer than it may."""
    try:
        return within(WHOLE_SECONDS, lambda: _send(method, url, headers, body))
    except TimeoutError:
        where = urlsplit(url).netloc
        raise CommandError("unreachable", f"{where} cannot be reached: no answer within {WHOLE_SECONDS:g} s") from None


def _send(method: str, url: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
    parts = urlsplit(url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    with _pool(parts) as pool:
        try:
            answered = pool.urlopen(
                method,
                target,
                body=body or None,
                headers={"Host": _host(parts), **headers},
                retries=False,
                redirect=False,
                timeout=_TIMEOUT,
                preload_content=False,
            )
            return HttpAnswer(answered.status, answered.read(_MAX_ANSWER_OCTETS))
        except urllib3.exceptions.HTTPError as error:
            raise CommandError("unreachable", f"{parts.netloc} cannot be reached: {_reason(error)}") from None


def _host(parts: SplitResult) -> str:
    """The name as it is signed: without the scheme's own port."""
    default = {"https": ":443", "http": ":80"}[parts.scheme]
    return parts.netloc.removesuffix(default)


def _pool(parts: SplitResult) -> urllib3.HTTPConnectionPool:
    host = parts.hostname or ""
    if parts.scheme == "https":
        return urllib3.HTTPSConnectionPool(host, parts.port or 443, ssl_context=ssl.create_default_context())
    return urllib3.HTTPConnectionPool("127.0.0.1" if host.endswith("localhost") else host, parts.port or 80)


def _reason(error: Exception) -> str:
    match error:  # the order matters: urllib3 derives a refused connection from a timeout
        case urllib3.exceptions.SSLError():
            return "its TLS certificate is not valid for that name, or it speaks no TLS"
        case urllib3.exceptions.NameResolutionError():
            return "its name cannot be resolved"
        case urllib3.exceptions.NewConnectionError():
            return "the connection was refused"
        case urllib3.exceptions.TimeoutError():
            return "no answer in time"
        case _:
            return "the connection broke"
