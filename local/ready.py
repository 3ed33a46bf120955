"""``ready.json``: all that a tool must know to use the running set-up. It appears whole, once everything answers."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from local.credentials import REGION, ROOT_USER
from local.demo_world import CLIENT, USERS
from local.deploy import Stack
from local.edges import Edge
from local.emulator import Emulator

VERSION: Final = 1


def document(emulator: Emulator, stack: Stack, edges: Sequence[Edge]) -> dict[str, object]:
    return {
        "version": VERSION,
        "region": REGION,
        "stack": stack.name,
        "table": stack.table,
        "aws_endpoint_url": emulator.url,
        "aws_credentials": {
            "aws_access_key_id": ROOT_USER.access_key_id,
            "aws_secret_access_key": ROOT_USER.secret_access_key,
        },
        "edge_api_url": stack.edge_api_url(emulator),
        "enrollment_api_url": stack.enrollment_api_url(emulator),
        "portal_url": None,
        "edges": [_edge(edge) for edge in edges],
        "radius_clients": [_client()],
        "users": [
            {"username": user.username, "password": None, "totp_secret": user.totp_secret} for user in USERS
        ],
    }  # fmt: skip


def _edge(edge: Edge) -> dict[str, object]:
    return {
        "host": edge.host,
        "auth_port": edge.auth_port,
        "acct_port": edge.acct_port,
        "health_url": edge.health_url,
    }


def _client() -> dict[str, object]:
    return {
        "name": CLIENT.edge.name,
        "network": str(CLIENT.edge.networks[0]),
        "secret": CLIENT.edge.secrets[0].decode(),
        "mode": CLIENT.mode.value,
    }


def write(path: Path, content: Mapping[str, object]) -> None:
    """Write beside, then rename: whoever waits for the file never reads half of it."""
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(content, indent=2) + "\n")
    draft.replace(path)
