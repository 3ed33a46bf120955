"""Which endpoints are those of a push service. Anything else is never contacted (an endpoint is a user's input).

One pattern reads the whole text, and what it finds is what is connected to: no second reader could see another host in
it. So there are no user names, no ports, no addresses, no fragments and no characters that some reader takes for a
separator.
"""

import re
from dataclasses import dataclass, field
from typing import Final

MAX_ENDPOINT_OCTETS: Final = 2048  # the longest that were seen have a quarter of it

# The push services of Chrome, Firefox, Safari, and Edge.
_SERVICES: Final = (
    r"fcm\.googleapis\.com",
    r"(?:[a-z0-9-]{1,63}\.){1,3}push\.services\.mozilla\.com",
    r"web\.push\.apple\.com",
    r"(?:[a-z0-9-]{1,63}\.){1,3}notify\.windows\.com",
)
_PATH: Final = r"(?P<target>/[A-Za-z0-9/._~!$&'()*+,;=:@%?-]{1,2000})"
_SERVICE: Final = re.compile(rf"https://(?P<host>{'|'.join(_SERVICES)}){_PATH}", re.ASCII)
_LOOPBACK: Final = re.compile(rf"http://(?P<host>127\.0\.0\.1|localhost)(?::(?P<port>[1-9][0-9]{{0,4}}))?{_PATH}")
_HIGHEST_PORT: Final = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """``target`` is path and query: whoever has it can ring."""

    scheme: str
    host: str
    port: int
    target: str = field(repr=False)

    @property
    def authority(self) -> str:
        """What goes into the Host header."""
        return self.host if self.port == (443 if self.scheme == "https" else 80) else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """The audience of what we sign (RFC 8292 section 2)."""
        return f"{self.scheme}://{self.authority}"


def read_endpoint(text: str, *, allows_loopback: bool) -> Endpoint | None:
    """None if it is not one of a known push service. ``allows_loopback`` admits plain HTTP on this machine too."""
    if len(text) > MAX_ENDPOINT_OCTETS:
        return None
    if found := _SERVICE.fullmatch(text):
        return Endpoint(scheme="https", host=found["host"], port=443, target=found["target"])
    if allows_loopback and (found := _LOOPBACK.fullmatch(text)) and int(found["port"] or 80) <= _HIGHEST_PORT:
        return Endpoint(scheme="http", host=found["host"], port=int(found["port"] or 80), target=found["target"])
    return None
