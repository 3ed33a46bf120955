"""RADIUS clients of an edge under test, with planted secrets that no log may show."""

import ipaddress

from mfa.contract import EdgeClient, EdgeConfiguration
from mfa.contract.clients import EdgeUpstream, UpstreamServer

SECRET = b"0123456789-shared-secret-canary"
OLD_SECRET = b"9876543210-former-secret-canary"
UPSTREAM_SECRET = b"of-the-old-server-secret-canary"
ENVIRON = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "aws-secret-canary"}
LOGIN_ID_KEY = bytes(range(32))


def client(name: str = "corp", *networks: str, **changes: object) -> EdgeClient:
    members: dict[str, object] = {
        "name": name,
        "networks": tuple(map(ipaddress.ip_network, networks or ("127.0.0.1/32",))),
        "secrets": (SECRET,),
        "timeout_seconds": 2,
        "retries": 1,
        **changes,
    }
    return EdgeClient(**members)  # type: ignore[arg-type]


def upstream(name: str, *ports: int, **changes: object) -> EdgeUpstream:
    """An old RADIUS server on this machine, by the ports of its servers."""
    members: dict[str, object] = {
        "name": name,
        "servers": tuple(UpstreamServer(address="127.0.0.1", port=port) for port in ports),
        "secret": UPSTREAM_SECRET,
        "timeout_ms": 300,
        **changes,
    }
    return EdgeUpstream(**members)  # type: ignore[arg-type]


def configuration(*clients: EdgeClient, revision: str = "1", upstreams: tuple[EdgeUpstream, ...] = ()) -> bytes:
    document = EdgeConfiguration(
        revision=revision, login_id_key=LOGIN_ID_KEY, clients=clients or (client(),), upstreams=upstreams
    )
    return document.to_json()
