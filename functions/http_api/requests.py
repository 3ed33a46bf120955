"""Reading an API Gateway event (payload format 2.0) into a Request, and refusing what no route would take.

API Gateway has decoded ``rawPath`` once; other front ends leave it encoded. Decoding here once more is harmless,
because no user name holds a "%" and no other path segment of ours needs decoding.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from http_api.problems import refused
from mfa.contract import fields

MAX_BODY_OCTETS: Final = 16 * 1024
MAX_ADMIN_BODY_OCTETS: Final = 2 * 1024 * 1024  # a configuration of some thousand clients; a function may get 6 MB

type Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """``path`` as it came. ``source_ip`` is whom API Gateway talks to. ``actor`` is the ARN of the IAM identity that it
    verified; None if it verified none."""

    method: str
    path: str
    segments: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    actor: str | None
    source_ip: str = ""
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False)

    def json(self, known: frozenset[str], *, optional: bool = False) -> fields.JsonObject:
        """The body as one JSON object that has no field but the known ones; ``{}`` for an optional empty body."""
        if optional and not self.body:
            return {}
        self._check_media_type()
        message = fields.decode_object(self.body)
        fields.refuse_unknown(message, known)
        return message

    def _check_media_type(self) -> None:
        media_type, _, parameters = self.headers.get("content-type", "").partition(";")
        charset = parameters.strip().lower().replace('"', "")
        if media_type.strip().lower() != "application/json" or charset not in {"", "charset=utf-8"}:
            raise refused(415, "json-only", "the body must be application/json in UTF-8")
        if self.headers.get("content-encoding", "identity").strip().lower() != "identity":
            raise refused(415, "json-only", "the body must not be compressed")


def read_request(event: Event) -> Request:
    http = event["requestContext"]["http"]
    return Request(
        method=str(http["method"]).upper(),
        path=str(event["rawPath"]),
        segments=tuple(_segment(part) for part in str(event["rawPath"]).split("/")[1:]),
        query=_query(event.get("rawQueryString") or ""),
        headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
        body=_body(event, MAX_ADMIN_BODY_OCTETS if _actor(event) else MAX_BODY_OCTETS),
        actor=_actor(event),
        source_ip=str(http.get("sourceIp") or ""),
        cookies=_cookies(event),
    )


def _segment(encoded: str) -> str:
    try:
        segment = unquote(encoded, errors="strict")
        segment.encode()  # an event's JSON can smuggle lone surrogates in
    except UnicodeError:
        raise refused(404, "not-found", "there is nothing at this path") from None
    return segment


def _query(raw: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(raw, keep_blank_values=True, errors="strict", max_num_fields=8)
    except ValueError:
        raise refused(400, "bad-request", "the query string cannot be read") from None
    query = dict(pairs)
    if len(query) != len(pairs):
        raise refused(400, "bad-request", "a query parameter stands twice")
    return query


def _body(event: Event, most: int) -> bytes:
    body = event.get("body") or ""
    if len(body) > 2 * most:  # base64 makes 4 out of 3: refused before anything is decoded
        raise _too_large(most)
    octets = _octets(body, encoded=bool(event.get("isBase64Encoded")))
    if len(octets) > most:
        raise _too_large(most)
    return octets


def _octets(body: str, *, encoded: bool) -> bytes:
    try:
        return base64.b64decode(body, validate=True) if encoded else body.encode()
    except (binascii.Error, UnicodeEncodeError):
        raise refused(400, "bad-request", "the body is not valid JSON in UTF-8") from None


def _cookies(event: Event) -> dict[str, str]:
    """API Gateway lists them; other front ends leave them in the header, some do both. Of two values of one name
    neither counts: whoever planted one must not choose."""
    pairs = [*(event.get("cookies") or ()), *((event.get("headers") or {}).get("cookie") or "").split(";")]
    parted = (str(pair).partition("=") for pair in pairs)
    named = {(name.strip(), value.strip()) for name, found, value in parted if found}
    names = [name for name, _ in named]
    return {name: value for name, value in named if names.count(name) == 1}


def _too_large(most: int) -> Exception:
    return refused(413, "body-too-large", f"the body may have at most {most} octets")


def _actor(event: Event) -> str | None:
    iam = (event["requestContext"].get("authorizer") or {}).get("iam") or {}
    arn = iam.get("userArn")
    return arn if isinstance(arn, str) and arn else None
