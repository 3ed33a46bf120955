"""Message-Authenticator pins that the backend keeps: they hold from the first packet after a start. THREATS A15."""

import pytest

from mfa.contract import EdgeConfiguration
from radius_edge.configuration import Configuration
from tests.fakes.edge_configuration import SECRET, client, configuration
from tests.fakes.radius_client import ACCEPT, access_request
from tests.integration.edge.rig import Rig

pytestmark = pytest.mark.integration

UNSIGNED = {"signed": False}


def test_a15_a_pin_of_the_backend_holds_from_the_first_packet_on() -> None:
    with Rig(client("corp", "127.0.0.1/32", "127.0.0.2/32", message_authenticator_pins=("127.0.0.1",))) as rig:
        pinned, other = rig.client(), rig.client(source="127.0.0.2")
        pinned.send(access_request("alice", "123456", secret=SECRET, signed=False))
        assert pinned.receive(0.3) is None
        assert rig.metric("packets_discarded_total", reason="ma_downgrade") == 1
        assert rig.backend.logins == []
        assert pinned.log_in("alice", "123456").code == ACCEPT  # type: ignore[union-attr]
        assert other.log_in("alice", "123456", **UNSIGNED).code == ACCEPT  # type: ignore[union-attr,arg-type]


def test_a15_an_unpinned_source_is_free_again_without_a_restart() -> None:
    with Rig(client(message_authenticator_pins=("127.0.0.1",))) as rig:
        sender = rig.client()
        assert sender.log_in("alice", "123456").code == ACCEPT  # type: ignore[union-attr]  # pins it here, too
        rig.edge._reception.configuration = Configuration(
            EdgeConfiguration.from_json(configuration(client(), revision="2"))
        )
        assert sender.log_in("alice", "123456", **UNSIGNED).code == ACCEPT  # type: ignore[union-attr,arg-type]
        sender.log_in("alice", "123456")
        sender.send(access_request("alice", "123456", secret=SECRET, signed=False))
        assert sender.receive(0.3) is None
