"""GET /clients: what an edge may know, both ways through the codec, and what it refuses."""

from dataclasses import replace

import pytest

from mfa.contract import ContractError, EdgeClient, EdgeConfiguration, fields
from mfa.contract.clients import MAX_PINS, PROTOCOLS
from tests.fakes.edge_configuration import LOGIN_ID_KEY, client

FULL = client(
    "vpn",
    "192.0.2.0/24",
    "2001:db8::/64",
    protocols=frozenset({"pap", "mschapv2"}),
    chap_without_message_authenticator_until=1_700_000_000,
    accept_while_backend_unreachable_until=1_700_000_001,
    message_authenticator_pins=("192.0.2.7", "2001:db8::7"),
)


@pytest.mark.parametrize("one", [client(), FULL])
def test_a_configuration_is_the_same_after_both_ways(one: EdgeClient) -> None:
    configuration = EdgeConfiguration(revision="7", login_id_key=LOGIN_ID_KEY, clients=(one,))
    assert EdgeConfiguration.from_json(configuration.to_json()) == configuration


def test_a_document_from_before_the_new_fields_gets_the_safe_values() -> None:
    message = client().to_message()
    for name in (
        "protocols",
        "chap_without_message_authenticator_until",
        "accept_while_backend_unreachable_until",
        "message_authenticator_pins",
    ):
        del message[name]
    read = EdgeClient.from_message(message)
    assert read == client()
    assert read.protocols == PROTOCOLS
    assert read.chap_without_message_authenticator_until is None
    assert read.accept_while_backend_unreachable_until is None


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"protocols": frozenset()}, "protocols must be some of chap, mschap, mschapv2, pap"),
        ({"protocols": frozenset({"pap", "eap"})}, "protocols must be some of"),
        ({"message_authenticator_pins": ("192.0.2.0/24",)}, "must be IP addresses"),
        ({"message_authenticator_pins": tuple(f"10.0.{n >> 8}.{n & 255}" for n in range(MAX_PINS + 1))}, "1024"),
    ],
)
def test_what_cannot_be_is_refused_with_the_rule(change: dict[str, object], text: str) -> None:
    with pytest.raises(ContractError, match=text):
        replace(client(), **change)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("protocols", "pap"),
        ("protocols", [1]),
        ("chap_without_message_authenticator_until", "soon"),
        ("accept_while_backend_unreachable_until", -1),
        ("accept_while_backend_unreachable_until", True),
        ("message_authenticator_pins", {"192.0.2.1": 1}),
    ],
)
def test_a_field_of_another_kind_is_refused(name: str, value: object) -> None:
    with pytest.raises(ContractError, match=name):
        EdgeClient.from_message({**client().to_message(), name: value})


def test_no_repr_shows_a_secret() -> None:
    assert "canary" not in repr(FULL)
    assert fields.base64url(FULL.secrets[0]) not in repr(FULL)
