"""The command signs the octets that the backend verifies, and what it signs a browser could have signed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatehouse import device_signatures as ours
from gatehouse.device_keys import DeviceKey
from mfa.adapters.device_signatures import EcdsaVerifier
from mfa.contract.fields import octets_of
from mfa.domain import device_signatures as theirs
from mfa.domain.device_signatures import DeviceDecision
from mfa.domain.login_transactions import LoginTransaction
from mfa.domain.push import PushApproval, PushPrompt

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(TEXT, st.sampled_from(["GET", "POST"]), TEXT, st.integers(0, 2**45), st.binary(max_size=60))
def test_a_request_is_the_same_octets_on_both_sides(
    device_id: str, method: str, path: str, time_ms: int, body: bytes
) -> None:
    arguments = (device_id, method, path, time_ms, body)
    assert ours.request_octets(*arguments) == theirs.request_octets(*arguments)


@given(TEXT, st.binary(min_size=65, max_size=65), TEXT)
def test_a_pairing_is_the_same_octets_on_both_sides(token: str, public_key: bytes, name: str) -> None:
    assert ours.pairing_octets(token, public_key, name) == theirs.pairing_octets(token, public_key, name)


@given(
    TEXT, TEXT, TEXT, TEXT, TEXT, st.floats(0, 4e9), st.sampled_from(DeviceDecision), st.sampled_from(["", "47", "00"])
)
def test_a_decision_is_the_same_octets_on_both_sides(
    login_id: str,
    nonce: str,
    user: str,
    client: str,
    address: str,
    created_at: float,
    decision: DeviceDecision,
    number: str,
) -> None:
    prompt = PushPrompt(device_id="d", nonce=nonce, address=address, approval=PushApproval.TAP)
    transaction = LoginTransaction(
        login_id=login_id,
        client=client,
        user_id="u",
        username=user,
        source_ip="10.0.0.1",
        config_revision="1",
        created_at=created_at,
        expires_at=created_at + 10,
    )
    shown: dict[str, Any] = {
        "id": login_id,
        "nonce": nonce,
        "user": user,
        "client": client,
        "address": address,
        "time": int(created_at),
    }
    assert ours.decision_octets(shown, decision.value, number) == theirs.decision_octets(
        transaction, prompt, decision, number
    )


def verifies(key: DeviceKey, octets: bytes, signature: str) -> bool:
    raw = octets_of(signature, "signature", lowest=64, highest=64)
    return EcdsaVerifier().verify_signature(key.public, octets, raw)


def test_the_backend_verifies_our_signatures(rounds: int) -> None:
    """Often: r or s may be short, and must be filled up."""
    key = DeviceKey.new()
    assert EcdsaVerifier().is_public_key(key.public)
    for number in range(20 * rounds):
        octets = number.to_bytes(4)
        assert verifies(key, octets, key.sign(octets))


@pytest.mark.parametrize("octets", [b"", b"signed2", b"Signed"])
def test_a_signature_is_for_its_octets_and_its_key_alone(octets: bytes) -> None:
    key = DeviceKey.new()
    assert not verifies(key, octets, key.sign(b"signed"))
    assert not verifies(DeviceKey.new(), b"signed", key.sign(b"signed"))


def test_a_key_does_not_show_itself() -> None:
    assert repr(DeviceKey.new()) == "DeviceKey()"
