"""What an edge is told of a client, who may ask for it, and how waivers end."""

from dataclasses import replace

import pytest

from mfa.contract.clients import MAX_PINS, MessageAuthenticatorPolicy
from mfa.domain.configuration import DangerousSwitch, Waiver
from mfa.domain.edge_roles import role_of
from tests.fakes.login_world import client

VPN = client("vpn", "192.0.2.0/24")
WAIVER = Waiver(
    switch=DangerousSwitch.CHAP_WITHOUT_MESSAGE_AUTHENTICATOR, owner="Ada", reason="an old device", until=1000
)


def test_a_client_without_edge_roles_is_everybodys() -> None:
    assert VPN.may_be_asked_by("any")
    assert VPN.may_be_asked_by(None)


def test_a_client_with_edge_roles_is_theirs_alone() -> None:
    policy = replace(VPN, edge_roles=frozenset({"edge-a", "edge-b"}))
    assert policy.may_be_asked_by("edge-a")
    assert not policy.may_be_asked_by("edge-c")
    assert not policy.may_be_asked_by("EDGE-A")
    assert not policy.may_be_asked_by("")
    assert not policy.may_be_asked_by(None)


def test_a_waiver_ends_at_its_time_and_covers_its_own_switch_only() -> None:
    policy = replace(VPN, waivers=(WAIVER,))
    assert policy.waives(WAIVER.switch, 999.9)
    assert not policy.waives(WAIVER.switch, 1000)
    assert not policy.waives(DangerousSwitch.MPPE_KEYS_FROM_CODES, 1)
    assert not VPN.waives(WAIVER.switch, 1)


def test_the_edge_learns_when_a_waiver_ends_but_not_whose_it_is() -> None:
    told = replace(VPN, waivers=(WAIVER,)).for_edge()
    assert told.chap_without_message_authenticator_until == 1000
    assert told.accept_while_backend_unreachable_until is None
    assert "Ada" not in repr(told)
    unreachable = replace(WAIVER, switch=DangerousSwitch.ACCEPT_WHILE_BACKEND_UNREACHABLE)
    assert replace(VPN, waivers=(unreachable,)).for_edge().accept_while_backend_unreachable_until == 1000
    assert VPN.for_edge() == VPN.edge


def test_pins_are_told_in_order_and_under_auto_only() -> None:
    assert VPN.for_edge({"192.0.2.9", "192.0.2.10"}).message_authenticator_pins == ("192.0.2.10", "192.0.2.9")
    for policy in (MessageAuthenticatorPolicy.YES, MessageAuthenticatorPolicy.NO):
        other = replace(VPN, edge=replace(VPN.edge, require_message_authenticator=policy))
        assert other.for_edge({"192.0.2.9"}) == other.edge


def test_too_many_pins_require_it_of_all_sources() -> None:
    pins = [f"192.0.{n >> 8}.{n & 255}" for n in range(MAX_PINS)]
    assert VPN.for_edge(pins[1:]).require_message_authenticator is MessageAuthenticatorPolicy.AUTO
    told = VPN.for_edge(pins)
    assert told.require_message_authenticator is MessageAuthenticatorPolicy.YES
    assert told.message_authenticator_pins == ()


@pytest.mark.parametrize(
    ("arn", "role"),
    [
        ("arn:aws:sts::123456789012:assumed-role/edge-a/i-0abc", "edge-a"),
        ("arn:aws-us-gov:sts::123456789012:assumed-role/edge-a/session", "edge-a"),
        ("arn:aws:sts::123456789012:assumed-role/edge-a", None),
        ("arn:aws:sts::123456789012:assumed-role/edge-a/edge-b/session", None),
        ("arn:aws:sts::123456789012:assumed-role//session", None),
        ("arn:aws:sts::123456789012:federated-user/edge-a", None),
        ("arn:aws:iam::123456789012:role/edge-a", None),
        ("arn:aws:iam::123456789012:user/edge-a", None),
        ("arn:aws:iam::123456789012:root", None),
        ("x\narn:aws:sts::123456789012:assumed-role/edge-a/session", None),
        ("", None),
        (None, None),
        (7, None),
    ],
)
def test_only_a_session_of_a_role_has_a_role(arn: object, role: str | None) -> None:
    assert role_of(arn) == role
