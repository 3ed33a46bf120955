"""One edge for the tests of a module, with a client of every kind, each at its own loopback address."""

from collections.abc import Iterator

import pytest

from mfa.contract import MessageAuthenticatorPolicy
from tests.fakes.edge_configuration import OLD_SECRET, SECRET, client
from tests.integration.edge.rig import Rig
from tests.integration.edge.stub_backend import RIGHT_CODE

AUTO_PINNED, STRICT, LAX, ROTATING, HASTY = (f"127.0.0.{last}" for last in (1, 2, 3, 4, 5))
NETWORK_OF_AUTO, STRANGER = "127.0.1.0/24", "127.0.0.99"


@pytest.fixture(scope="module")
def running() -> Iterator[Rig]:
    no, yes = MessageAuthenticatorPolicy.NO, MessageAuthenticatorPolicy.YES
    clients = (
        client("corp", f"{AUTO_PINNED}/32", NETWORK_OF_AUTO),
        client("strict", f"{STRICT}/32", require_message_authenticator=yes),
        client("lax", f"{LAX}/32", require_message_authenticator=no),
        client("rotating", f"{ROTATING}/32", secrets=(SECRET, OLD_SECRET), require_message_authenticator=no),
        client("hasty", f"{HASTY}/32", timeout_seconds=1, retries=0),
    )
    with Rig(*clients) as rig:
        yield rig


@pytest.fixture
def rig(running: Rig) -> Iterator[Rig]:
    """The running edge with a healthy backend; afterwards it must be alive: a good login works."""
    running.backend.fault = None
    running.backend.extra = {}
    running.backend.questions.clear()
    running.backend.pending.clear()
    running.backend.stored.clear()
    running.backend.poll_after_ms = 100
    yield running
    running.backend.fault = None
    running.backend.extra = {}
    running.backend.decide("reject")
    running.backend.right = RIGHT_CODE
    reply = running.client().log_in("alice", "123456")
    assert reply is not None
    assert reply.code == 2
