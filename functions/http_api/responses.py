"""Answers in API Gateway's payload format 2.0. Every answer says: do not store, do not sniff, tell nobody."""

from collections.abc import Mapping
from typing import Final

from mfa.contract import Problem, fields, problems

type Response = dict[str, object]

_ALWAYS: Final[Mapping[str, str]] = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}
_NO_HEADERS: Final[Mapping[str, str]] = {}


def answer(status: int, message: fields.JsonObject) -> Response:
    return _response(status, fields.encode_object(message), {"content-type": "application/json"})


def no_content() -> Response:
    return _response(204, b"", _NO_HEADERS)


def with_cookie(response: Response, cookie: str) -> Response:
    return {**response, "cookies": [cookie]}


def problem_answer(problem: Problem, headers: Mapping[str, str] = _NO_HEADERS) -> Response:
    return _response(problem.status, problem.to_json(), {"content-type": problems.CONTENT_TYPE, **headers})


def _response(status: int, body: bytes, headers: Mapping[str, str]) -> Response:
    return {
        "statusCode": status,
        "headers": {**_ALWAYS, **headers},
        "body": body.decode(),
        "isBase64Encoded": False,
    }
