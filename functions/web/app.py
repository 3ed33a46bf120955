"""The web app as one function of an event: a file, "not modified", or the page that says there is nothing here.

It knows no user, no table and no key. Only GET and HEAD are answered, and neither changes anything.
"""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from web.headers import SECURITY_HEADERS
from web.static_files import StaticFile, StaticFiles, static_file

type Event = Mapping[str, Any]
type Response = dict[str, object]
type Lambda = Callable[[Event, Any], Response]

_VERSIONED: Final = "/v/"
_REVALIDATE: Final = "no-cache"
_FOREVER: Final = "public, max-age=31536000, immutable"


def create_app(files: StaticFiles, *, issuer: str, origin: str) -> Lambda:
    """``issuer`` is what users know the service by, ``origin`` where they shall pair; "" says: wherever they are."""
    portal = static_file(json.dumps({"issuer": issuer, "origin": origin}).encode(), ".json")
    fixed = {**files.fixed, "/portal.json": portal}

    def app(event: Event, _context: Any) -> Response:  # noqa: ANN401 -- the runtime's own type, unused
        method = event["requestContext"]["http"]["method"]
        if method not in {"GET", "HEAD"}:
            return _response(405, {"allow": "GET, HEAD", "cache-control": "no-store"}, b"")
        headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
        answered = _answer(files, fixed, str(event["rawPath"]), headers)
        return answered if method == "GET" else {**answered, "body": "", "isBase64Encoded": False}

    return app


def _answer(files: StaticFiles, fixed: Mapping[str, StaticFile], path: str, headers: Mapping[str, str]) -> Response:
    if path.startswith(_VERSIONED):
        version, _, name = path.removeprefix(_VERSIONED).partition("/")
        if found := files.versioned.get(name):
            # Another version is asked for while one replaces the other. Close to right is better than nothing then,
            # but nobody may keep it under that name.
            return _file(found, headers, _FOREVER if version == files.version else "no-store")
    elif found := fixed.get(path):
        return _file(found, headers, _REVALIDATE)
    return _file(files.fixed["/404.html"], {"accept-encoding": headers.get("accept-encoding", "")}, "no-store", 404)


def _file(file: StaticFile, headers: Mapping[str, str], caching: str, status: int = 200) -> Response:
    compressed = file.compressed if _takes_gzip(headers.get("accept-encoding", "")) else None
    shown = {"cache-control": caching, "etag": file.etag, "vary": "accept-encoding"}
    if compressed is not None:
        shown |= {"content-encoding": "gzip", "etag": file.compressed_etag}
    if _has_it(file, headers.get("if-none-match", "")):
        shown.pop("content-encoding", None)  # there is no content
        return _response(304, shown, b"")
    return _response(status, {**shown, "content-type": file.content_type}, compressed or file.body)


def _takes_gzip(accept_encoding: str) -> bool:
    for coding in accept_encoding.lower().split(","):
        name, _, weight = coding.replace(" ", "").partition(";q=")
        if name == "gzip":
            return weight.strip("0.") != "" or not weight
    return False


def _has_it(file: StaticFile, if_none_match: str) -> bool:
    """Either representation will do: who has one has this content (weak comparison, RFC 9110 section 13.1.2)."""
    known = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return bool(known & {file.etag, file.compressed_etag, "*"})


def _response(status: int, headers: Mapping[str, str], body: bytes) -> Response:
    return {
        "statusCode": status,
        "headers": {**SECURITY_HEADERS, **headers},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }
