"""API Gateway in miniature: a WSGI application that makes payload-2.0 events of requests and asks the function.

``/v1/admin`` paths get an IAM identity only if ``verify`` says so, as the route's authorizer would do it. The
path is decoded, as AWS does it for HTTP APIs; ``raw_path`` gives it as it was sent.
"""

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from tests.functions.enrollment.world import ADMIN, World, event_of

type Verify = Callable[[str, str, Mapping[str, str], bytes], bool]


def looks_signed(method: str, target: str, headers: Mapping[str, str], body: bytes) -> bool:
    """For tests in process: any Signature Version 4 header counts as verified."""
    return headers.get("authorization", "").startswith("AWS4-HMAC-SHA256 ")


class Gateway:
    def __init__(self, world: World, verify: Verify = looks_signed) -> None:
        self.world = world
        self._verify = verify

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        answered: Any = self.world.app(self._event(environ), None)
        status = HTTPStatus(answered["statusCode"])
        start_response(f"{status.value} {status.phrase}", list(answered["headers"].items()))
        return [answered["body"].encode()]

    def _event(self, environ: WSGIEnvironment) -> dict[str, Any]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        method, headers = environ["REQUEST_METHOD"], _headers(environ)
        path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "surrogateescape")
        target = f"{environ.get('REQUEST_URI') or path}"
        signed = path.startswith("/v1/admin/") and self._verify(method, target, headers, body)
        event = event_of(method, "/", headers=headers, body=_text_or_octets(body), actor=ADMIN if signed else None)
        event["rawPath"] = event["requestContext"]["http"]["path"] = path
        event["rawQueryString"] = environ.get("QUERY_STRING", "")
        return event


def _headers(environ: WSGIEnvironment) -> dict[str, str]:
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    if environ.get("CONTENT_TYPE"):
        headers["content-type"] = environ["CONTENT_TYPE"]
    return headers


def _text_or_octets(body: bytes) -> str | bytes:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body
