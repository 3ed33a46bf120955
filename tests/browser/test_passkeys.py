"""Sign-ins that also want a passkey, with the browser's virtual authenticator for a fingerprint reader."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from mfa.domain.push import PushApproval
from mfa.domain.push_devices import Passkey
from tests.browser.backend import Backend
from tests.browser.phone import Phone
from tests.browser.server import Portal


@pytest.fixture
def reader(phone: Phone) -> Phone:
    """A phone with a fingerprint reader and a passkey."""
    phone.add_authenticator()
    phone.pair(passkey=True)
    return phone


def test_a_passkey_is_made_while_pairing(reader: Phone, backend: Backend) -> None:
    assert backend.device.passkey is not None
    assert reader.fact("Passkey") == "Ready"


def test_a_phone_that_can_have_none_is_not_asked_for_one(phone: Phone) -> None:
    phone.pair()  # which knows no such screen without an authenticator
    assert phone.fact("Passkey") == "None"


def test_no_finger_makes_no_passkey_but_the_device_is_paired(phone: Phone, backend: Backend) -> None:
    phone.add_authenticator()
    phone.set_user_verified(False)
    phone.open("#pair=")
    phone.enter_code(backend.issue_code())
    phone.tap("Pair this device")
    phone.wait_for("notifications")
    phone.tap("Not now")
    phone.tap("Add a passkey")
    phone.wait_for_message("No passkey was made")
    phone.tap("Not now")
    phone.finish()
    assert backend.device.passkey is None


def test_finger_and_number_approve(reader: Phone, backend: Backend) -> None:
    prompt = backend.ask("47", approval=PushApproval.PASSKEY)
    reader.wait_for("approve")
    reader.enter_number("47")
    reader.tap("Approve with passkey")
    reader.wait_for_outcome("approved")
    assert prompt.state == "approved"


def test_without_the_finger_nothing_is_sent_and_with_it_all_is_well(reader: Phone, backend: Backend) -> None:
    prompt = backend.ask(approval=PushApproval.PASSKEY)
    reader.wait_for("approve")
    reader.set_user_verified(False)
    reader.tap("Approve with passkey")
    reader.wait_for_message("Nothing was sent")
    assert prompt.state == "pending"
    reader.set_user_verified(True)
    reader.tap("Approve with passkey")
    reader.wait_for_outcome("approved")


def test_denying_needs_no_finger(reader: Phone, backend: Backend) -> None:
    prompt = backend.ask("47", approval=PushApproval.PASSKEY)
    reader.wait_for("approve")
    reader.set_user_verified(False)
    reader.tap("Deny")
    reader.wait_for_outcome("denied")
    assert prompt.state == "denied"


def test_an_assertion_that_proves_nothing_changes_nothing(reader: Phone, backend: Backend, portal: Portal) -> None:
    def forged(event: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Another credential's id, as if the passkey were not this device's."""
        if not event["rawPath"].endswith("/passkey"):
            return None
        stored = backend.device.passkey
        assert stored is not None
        other = replace(stored, public_key=stored.public_key[:-32] + bytes(32))
        backend.company.store.push_devices.set_passkey(backend.user_id, backend.device.device_id, other)
        kept.append(stored)
        return None

    kept: list[Passkey] = []
    portal.intercept = forged
    prompt = backend.ask(approval=PushApproval.PASSKEY)
    reader.wait_for("approve")
    reader.tap("Approve with passkey")
    reader.wait_for_message("nothing was decided")
    assert prompt.state == "pending"
    backend.company.store.push_devices.set_passkey(backend.user_id, backend.device.device_id, kept[0])
    reader.tap("Approve with passkey")
    reader.wait_for_outcome("approved")


def test_who_has_no_passkey_is_told_what_to_do(paired: Phone, backend: Backend) -> None:
    prompt = backend.ask(approval=PushApproval.PASSKEY)
    paired.wait_for("approve")
    paired.tap("Approve with passkey")
    paired.wait_for_message("Pair it again to add one")
    assert prompt.state == "pending"
    paired.tap("Deny")
    paired.wait_for_outcome("denied")
