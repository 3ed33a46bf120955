"""Cross-site requests: no page but the portal's own makes a user's browser change anything (THREATS G5).

Browsers say where a request comes from, in headers that no page can forge: Sec-Fetch-Site, and Origin in older ones.
What says nothing is no browser of today, and may go on by a token that it sends itself; a cookie alone proves nothing.
"""

from collections.abc import Callable
from typing import Final

from http_api.problems import refused
from http_api.requests import Request

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


def cross_site_guard(portal_origin: str | None) -> Callable[[Request], None]:
    """``portal_origin`` as browsers see it; None: the host that was asked, over https."""

    def guard(request: Request) -> None:
        is_users = request.segments[:2] == ("v1", "enrollment")
        if not is_users or request.method in SAFE_METHODS or _is_from_here(request, portal_origin):
            return
        raise refused(403, "cross-site", "this request comes from another site, or does not say from where")

    return guard


def _is_from_here(request: Request, portal_origin: str | None) -> bool:
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        return site == "same-origin"
    if origin is not None:
        return origin == (portal_origin or f"https://{request.headers.get('host', '')}")
    return not request.cookies
