"""``python -m radius_edge.healthcheck``: the container's health check. Exit code 0 if the edge beside it is well.

It asks GET /healthz of the address in GATEHOUSE_HEALTH, as the edge was told it. Nothing of the edge is imported: it
runs every few seconds, on a small share of a processor.
"""

import http.client
import os
import sys
from collections.abc import Mapping
from typing import Final

from radius_edge import health_address

SECONDS: Final = 4.0  # less than the container's own limit, so that a person reads why
WELL: Final = 0
UNWELL: Final = 1


def main(environ: Mapping[str, str]) -> int:
    try:
        host, port = health_address.parse(environ.get("GATEHOUSE_HEALTH", ""))
        status = _status(health_address.from_this_machine(host), port)
    except (OSError, ValueError, http.client.HTTPException) as error:
        return _unwell(str(error) or type(error).__name__)
    return WELL if status == http.HTTPStatus.OK else _unwell(f"/healthz answers {status}")


def _status(host: str, port: int) -> int:
    connection = http.client.HTTPConnection(host, port, timeout=SECONDS)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status
    finally:
        connection.close()


def _unwell(reason: str) -> int:
    print(f"radius_edge is not well: {reason}", file=sys.stderr)  # noqa: T201 - whoever runs the check reads it
    return UNWELL


if __name__ == "__main__":
    sys.exit(main(os.environ))
