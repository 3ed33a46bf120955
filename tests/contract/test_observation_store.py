"""ObservationStore: the fake and DynamoDB keep the same promises."""

from dataclasses import replace

import pytest

from mfa.domain.client_profile import ClientProfile
from mfa.errors import ConditionRefusedError, NotFoundError
from tests.contract.conftest import Ports

FIRST = ClientProfile(client="vpn", version=1, traits={"protocol:pap": 100, "user-name:DOMAIN\\name": 101})


def test_pins_belong_to_one_client_and_one_address(ports: Ports) -> None:
    for client, address in (("vpn", "192.0.2.7"), ("vpn", "2001:db8::7"), ("vpn#2", "192.0.2.8"), ("v", "192.0.2.9")):
        ports.observations.pin(client, address, 100)
    assert ports.observations.pins("vpn") == {"192.0.2.7", "2001:db8::7"}
    assert ports.observations.pins("v") == {"192.0.2.9"}
    assert ports.observations.pins("nobody") == frozenset()
    assert ports.observations.all_pins() == {
        "vpn": {"192.0.2.7", "2001:db8::7"},
        "vpn#2": {"192.0.2.8"},
        "v": {"192.0.2.9"},
    }


def test_pinning_again_is_no_error(ports: Ports) -> None:
    for at in (100, 200):
        ports.observations.pin("vpn", "192.0.2.7", at)
    assert ports.observations.pins("vpn") == {"192.0.2.7"}


def test_a_lifted_pin_is_gone_and_cannot_be_lifted_twice(ports: Ports) -> None:
    ports.observations.pin("vpn", "192.0.2.7", 100)
    ports.observations.pin("vpn", "192.0.2.8", 100)
    ports.observations.unpin("vpn", "192.0.2.7")
    assert ports.observations.pins("vpn") == {"192.0.2.8"}
    with pytest.raises(NotFoundError):
        ports.observations.unpin("vpn", "192.0.2.7")
    ports.observations.unpin("vpn", "192.0.2.8")
    assert ports.observations.all_pins() == {}


def test_a_profile_is_read_as_it_was_written(ports: Ports) -> None:
    assert ports.observations.profile("vpn") is None
    ports.observations.learn(FIRST)
    second = replace(FIRST, version=2, traits={**FIRST.traits, "attribute:NAS-Identifier": 200})
    ports.observations.learn(second)
    assert ports.observations.profile("vpn") == second
    assert ports.observations.profile("other") is None


@pytest.mark.parametrize("version", [1, 3])
def test_of_two_that_learn_at_once_one_is_refused(ports: Ports, version: int) -> None:
    ports.observations.learn(FIRST)
    with pytest.raises(ConditionRefusedError):
        ports.observations.learn(replace(FIRST, version=version, traits={}))
    assert ports.observations.profile("vpn") == FIRST
