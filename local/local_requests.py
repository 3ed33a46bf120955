"""What the set-up's own pages take: JSON from themselves, and nothing from a page of another site.

The browser that shows them may show anything else as well, and whatever it shows can send requests to loopback. A
browser tells where a request comes from (Origin, Sec-Fetch-Site); what is no browser may ask, it runs on this machine.
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from local.loopback_server import Answer, RefusedRequestError, Request
from mfa.contract.errors import ContractError
from mfa.contract.fields import JsonObject, decode_object

_CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
# For everything under /_local/, pages too: nothing from elsewhere, nothing inline, no frame around it.
HEADERS: Final = (
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("cross-origin-opener-policy", "same-origin"),  # as the web app has it, so that its window can be found again
    ("cross-origin-resource-policy", "same-origin"),
    ("referrer-policy", "no-referrer"),
    ("content-security-policy", _CONTENT_SECURITY_POLICY),
)


def check_same_site(request: Request, origin: str) -> None:
    """Raises RefusedRequestError for what another site's page sent, reading as well as changing."""
    origins = request.headers.get_all("origin", [])
    sites = request.headers.get_all("sec-fetch-site", [])
    is_visit = request.method == "GET" and request.headers.get("sec-fetch-mode") == "navigate"
    allowed = {"same-origin", "none"} if is_visit else {"same-origin"}
    if any(one != origin for one in origins) or any(one not in allowed for one in sites):
        raise RefusedRequestError(HTTPStatus.FORBIDDEN, "only the pages of this origin may ask this")


def json_body(request: Request) -> JsonObject:
    """A form of another site cannot send this media type without asking first, and nobody answers that."""
    if request.headers.get_content_type() != "application/json" or "content-type" not in request.headers:
        raise RefusedRequestError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the body must be application/json")
    try:
        return decode_object(request.body)
    except ContractError as error:
        raise RefusedRequestError(HTTPStatus.BAD_REQUEST, str(error)) from None


def json_answer(document: Mapping[str, object], status: HTTPStatus = HTTPStatus.OK) -> Answer:
    headers = [("content-type", "application/json"), *HEADERS]
    return Answer(status=status, headers=headers, body=json.dumps(document).encode())
