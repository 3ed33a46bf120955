"""The links that an enrolment code is handed over by: the portal's address with the code behind ``#``.

One pairs the phone that opens it, the other opens the person's own pages. What stands behind ``#`` is never sent to a
server, so it is in no log.
"""

import json
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlsplit

from gatehouse.deployment import Target
from gatehouse.errors import CommandError
from gatehouse.transport import base_url, is_loopback, send

_PORTAL: Final = "/portal.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeLinks:
    """Both None where the deployment tells no portal: then there is none, or it is an older one."""

    pairing: str | None = None
    enrollment: str | None = None


def code_links(target: Target, code: str) -> CodeLinks:
    origin = _local_portal(target) if target.ready is not None else _told_portal(target)
    if origin is None or not _is_origin(origin):
        return CodeLinks()
    return CodeLinks(pairing=f"{origin}/#pair={quote(code)}", enrollment=f"{origin}/#enroll={quote(code)}")


def _local_portal(target: Target) -> str | None:
    portal = (target.ready or {}).get("portal_url")
    return portal if isinstance(portal, str) else None


def _told_portal(target: Target) -> str | None:
    """The web app has the same API as enrolment, and says at which address it wants to be opened."""
    try:
        answer = send("GET", base_url(target.url) + _PORTAL, {"User-Agent": "gatehouse"}, b"")
        message = json.loads(answer.body)
    except (CommandError, ValueError):
        return None
    origin = message.get("origin") if isinstance(message, dict) and answer.status == 200 else None
    return origin if isinstance(origin, str) else None


def _is_origin(text: str) -> bool:
    """Scheme and host of a web app, nothing that a person should not open."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    if not parts.hostname or text != f"{parts.scheme}://{parts.netloc}" or parts.username is not None:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))
