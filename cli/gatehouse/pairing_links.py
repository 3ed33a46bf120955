"""The link by which a phone is paired: the portal's address with an enrolment code behind ``#``.

What stands behind ``#`` is never sent to a server, so it is in no log.
"""

import json
from typing import Final
from urllib.parse import quote, urlsplit

from gatehouse.deployment import Target
from gatehouse.errors import CommandError
from gatehouse.transport import base_url, is_loopback, send

_PORTAL: Final = "/portal.json"


def pairing_link(target: Target, code: str) -> str | None:
    """None where the deployment tells no portal: then there is none, or it is an older one."""
    origin = _local_portal(target) if target.ready is not None else _told_portal(target)
    return f"{origin}/#pair={quote(code)}" if origin is not None and _is_origin(origin) else None


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
