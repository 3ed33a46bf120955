"""``ready.json``: all that a tool must know to use the running set-up. It appears whole, once everything answers."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from local.connect_service import ConnectService
from local.credentials import REGION, ROOT_USER
from local.demo_world import CLIENT, USERS, DemoUser
from local.deploy import Stack
from local.directory_clients import CLIENTS, DIRECTORY_USERS
from local.directory_world import ACCOUNTS, BASE_DN, SERVICE_ACCOUNT
from local.domain_controller import DomainController
from local.edges import Edge
from local.emulator import Emulator
from local.portal import Portal
from local.push_service import PushService
from mfa.contract.directory import LDAPS_PORT
from mfa.domain.configuration import ClientPolicy

VERSION: Final = 1


def document(
    emulator: Emulator,
    stack: Stack,
    edges: Sequence[Edge],
    portal: Portal,
    push_service: PushService,
    *,
    connect_service: ConnectService | None = None,
) -> dict[str, object]:
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
        "portal_url": portal.origin,
        "push_service_url": push_service.url,
        "connect_service_url": None if connect_service is None else connect_service.url,
        "edges": [_edge(edge) for edge in edges],
        "radius_clients": [_client(CLIENT)],
        "users": [_user(user) for user in USERS],
    }


def with_directory(controllers: Sequence[DomainController]) -> dict[str, object]:
    """What is more, or otherwise, where a directory runs. Its accounts in all states have TOTP seeds, too."""
    everybody = {user.username: user for user in DIRECTORY_USERS}
    return {
        "radius_clients": [_client(client) for client in (CLIENT, *CLIENTS)],
        "users": [_user(everybody[user.username]) for user in USERS],
        "directory": {
            "domain_controllers": [
                {"host": one.host, "address": one.address, "port": LDAPS_PORT} for one in controllers
            ],
            "base_dn": BASE_DN,
            "ca_certificates_file": str(controllers[0].folder.authority),
            "service_account": {
                "username": SERVICE_ACCOUNT.user_principal_name, "password": SERVICE_ACCOUNT.password,
            },
            "accounts": [
                {**_user(everybody[account.username]), "state": account.state.value} for account in ACCOUNTS
            ],
        },
    }  # fmt: skip


def _edge(edge: Edge) -> dict[str, object]:
    return {
        "host": edge.host,
        "auth_port": edge.auth_port,
        "acct_port": edge.acct_port,
        "health_url": edge.health_url,
    }


def _client(client: ClientPolicy) -> dict[str, object]:
    return {
        "name": client.edge.name,
        "network": str(client.edge.networks[0]),
        "secret": client.edge.secrets[0].decode(),
        "mode": client.mode.value,
    }


def _user(user: DemoUser) -> dict[str, object]:
    return {"username": user.username, "password": user.password, "totp_secret": user.totp_secret}


def write(path: Path, content: Mapping[str, object]) -> None:
    """Write beside, then rename: whoever waits for the file never reads half of it."""
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(content, indent=2) + "\n")
    draft.replace(path)
