"""A directory, the enrolment function and a real edge on loopback, and the command between them.

The directory's controllers are addresses of this machine: what the fake directory sends to prove its settings are real
packets, and what the command says of a failure is read from the real edge's log.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gatehouse.aws import session
from tests.fakes.clock import FakeClock
from tests.fakes.directory_service import FakeDirectoryService, FakePatience
from tests.fakes.edge_configuration import SECRET, client
from tests.fakes.radius_client import RadiusClient
from tests.functions.enrollment.world import World
from tests.integration.edge.rig import Rig

CONTROLLERS = ["127.0.10.1", "127.0.10.2", "127.0.10.3"]
ADMIN_MACHINE = "127.0.11.1"
STRANGER = "127.0.12.1"
TEXT_SECRET = SECRET.decode()
ADMIN_SECRET = "the-secret-canary-of-the-admins-machine"
DIRECTORY_CLIENT: dict[str, Any] = {
    "name": "directory",
    "networks": [f"{one}/32" for one in CONTROLLERS],
    "secret": TEXT_SECRET,
    "timeout_seconds": 20,
    "retries": 2,
}
ADMIN_CLIENT: dict[str, Any] = {
    "name": "admin",
    "networks": [f"{ADMIN_MACHINE}/32"],
    "secret": ADMIN_SECRET,
    "timeout_seconds": 5,
    "retries": 1,
}


@dataclass
class DirectoryWorld:
    """``signed``: whether the directory's requests carry a Message-Authenticator, which AWS does not tell."""

    world: World
    service: FakeDirectoryService
    patience: FakePatience
    rig: Rig
    stacks: dict[str, Mapping[str, str]]
    signed: bool = True

    @property
    def clock(self) -> FakeClock:
        return self.service.clock

    @property
    def port(self) -> int:
        return int(str(self.rig.listening["auth_port"]))

    @property
    def edge(self) -> tuple[str, ...]:
        return ("--edge", "127.0.0.1", "--port", str(self.port))

    @property
    def edge_log(self) -> Path:
        """What the edge has written, as a file."""
        return Path(f"/proc/self/fd/{self.rig._log.fileno()}")

    def ask_as_directory(self, address: str, settings: Mapping[str, Any]) -> bool:
        """As one real directory was seen to do it."""
        server = (settings["RadiusServers"][0], settings["RadiusPort"])
        secret = settings["SharedSecret"].encode()
        asking = RadiusClient(server, secret, address)
        try:
            answered = asking.log_in("fakeusername", "fakepassword", signed=self.signed, seconds=0.3) is not None
        except AssertionError:  # the reply was made with another secret
            answered = False
        finally:
            asking.close()
        if not answered:
            self.rig.log_text()  # waits until it is written why
        return answered


def edge_rig() -> Rig:
    networks = [f"{one}/32" for one in CONTROLLERS]
    return Rig(
        client("directory", *networks, timeout_seconds=20),
        client("admin", f"{ADMIN_MACHINE}/32", secrets=(ADMIN_SECRET.encode(),)),
    )


def recorded_calls(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Every call to AWS from here on, as IAM names it."""
    asked: set[str] = set()
    ask = session.Service.ask

    def recorded(service: session.Service, operation: str, **parameters: object) -> dict[str, Any]:
        asked.add(service._action(operation))
        return ask(service, operation, **parameters)

    monkeypatch.setattr(session.Service, "ask", recorded)
    return asked


def documented_actions() -> set[str]:
    """What the guide's policy for the administrator's role allows."""
    guide = (Path(__file__).parents[3] / "docs/guides/connecting-a-directory.md").read_text()
    policy = json.loads(guide[guide.index('    {\n      "Version"') :].split("\n\n")[0])
    return {action for statement in policy["Statement"] for action in statement["Action"]}
