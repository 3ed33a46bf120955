"""The user's side of pairing: a device proves that it has a key, gets a place, and perhaps a passkey.

All of it takes an open enrolment session. The device's proof is bound to that session, so a copy of it pairs nothing in
another one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mfa.contract import ContractError
from mfa.contract.fields import base64url
from mfa.domain.device_signatures import pairing_octets
from mfa.domain.push_devices import DEVICE_ID_OCTETS, MAX_DEVICES, PushDevice
from mfa.domain.subscribers import Subscriber
from mfa.errors import ConditionRefusedError, NotFoundError
from mfa.ports import AuditTrail, Clock, Random, SubscriberStore, Vault
from mfa.push_ports import PasskeyCeremony, PushDeviceStore, SignatureVerifier, VapidKeys
from mfa.services.enrollment_events import SUBSCRIBER_ACTOR, SubscriberEvent
from mfa.services.enrollment_names import checked_label
from mfa.services.enrollment_sessions import Claimant
from mfa.services.prompt_ending import PromptEnding
from mfa.services.push_errors import (
    DeviceLimitError,
    DevicesChangedError,
    PasskeyRefusedError,
    SignatureRefusedError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedDevice:
    """``position`` is the digit by which the device is named at a login."""

    device: PushDevice
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingRequest:
    """``name`` as it was signed."""

    session_token: str
    name: str
    public_key: bytes
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    placed: PlacedDevice
    subscriber: Subscriber
    vapid_public_key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class DevicePairing:
    devices: PushDeviceStore
    prompts: PromptEnding
    subscribers: SubscriberStore
    verifier: SignatureVerifier
    passkeys: PasskeyCeremony
    vapid_keys: VapidKeys
    vault: Vault
    clock: Clock
    random: Random
    audit: AuditTrail

    def list(self, claimant: Claimant) -> Sequence[PlacedDevice]:
        return placed(claimant.factors.devices, self.devices.of_user(claimant.user_id))

    def pair(self, claimant: Claimant, request: PairingRequest) -> Pairing:
        """Raises ContractError, InvalidInputError, SignatureRefusedError, DeviceLimitError, DevicesChangedError."""
        name = checked_label("name", request.name)
        self._check_key(request)
        if len(claimant.factors.devices) >= MAX_DEVICES:
            raise DeviceLimitError
        subscriber = self._subscriber(claimant)
        vapid_public_key = self.vapid_keys.public_key()  # first: a device that cannot be rung is not paired
        device = PushDevice(
            device_id=base64url(self.random.octets(DEVICE_ID_OCTETS)),
            user_id=claimant.user_id,
            name=name,
            public_key=request.public_key,
            created_at=int(self.clock.now()),
        )
        try:
            self.devices.add(device, claimant.factors)
        except ConditionRefusedError:
            raise DevicesChangedError from None
        self._record(SubscriberEvent.DEVICE_PAIRED, claimant, device.device_id, name=name)
        position = len(claimant.factors.devices) + 1
        return Pairing(
            placed=PlacedDevice(device=device, position=position),
            subscriber=subscriber,
            vapid_public_key=vapid_public_key,
        )

    def _check_key(self, request: PairingRequest) -> None:
        if not self.verifier.is_public_key(request.public_key):
            raise ContractError("public_key must be a point of P-256")
        octets = pairing_octets(request.session_token, request.public_key, request.name)
        if not self.verifier.verify_signature(request.public_key, octets, request.signature):
            raise SignatureRefusedError

    def change(self, claimant: Claimant, device_id: str, name: str | None, position: int | None) -> PlacedDevice:
        """Another name, another place, or both. Raises NotFoundError, ContractError, InvalidInputError,
        DevicesChangedError."""
        present = self._placed(claimant, device_id)
        label = None if name is None else checked_label("name", name)
        order = None if position is None else _moved(claimant.factors.devices, device_id, position)
        if label is not None and label != present.device.name:
            self.devices.rename(claimant.user_id, device_id, label)
            self._record(SubscriberEvent.DEVICE_RENAMED, claimant, device_id, name=label)
        if order is not None and order != claimant.factors.devices:
            self._reorder(claimant, order)
            self._record(SubscriberEvent.DEVICE_MOVED, claimant, device_id, position=str(position))
        return self._now(claimant, device_id)

    def _reorder(self, claimant: Claimant, order: Sequence[str]) -> None:
        try:
            self.devices.reorder(claimant.factors, order)
        except ConditionRefusedError:
            raise DevicesChangedError from None

    def remove(self, claimant: Claimant, device_id: str) -> None:
        """Raises NotFoundError."""
        self.devices.remove(claimant.user_id, device_id)
        self.prompts.device_removed(claimant.user_id, device_id)
        self._record(SubscriberEvent.DEVICE_REMOVED, claimant, device_id)

    def passkey_options(self, claimant: Claimant, device_id: str) -> Mapping[str, Any]:
        """For ``navigator.credentials.create()``. Each device is an account of its own to the authenticator: two phones
        that share one keep a passkey each, and a new one takes the place of the device's old one."""
        self._placed(claimant, device_id)
        return self.passkeys.creation_options(
            user_id=device_id,
            user_name=self._subscriber(claimant).aliases[0].name,
            challenge=self._challenge(claimant, device_id),
            exclude=(),
        )

    def add_passkey(self, claimant: Claimant, device_id: str, credential: Mapping[str, Any]) -> None:
        """Raises NotFoundError, PasskeyRefusedError."""
        self._placed(claimant, device_id)
        passkey = self.passkeys.verify_creation(credential, self._challenge(claimant, device_id))
        if passkey is None:
            raise PasskeyRefusedError
        self.devices.set_passkey(claimant.user_id, device_id, passkey)
        self._record(SubscriberEvent.DEVICE_PASSKEY_ADDED, claimant, device_id)

    def _challenge(self, claimant: Claimant, device_id: str) -> bytes:
        """It lives as long as the session, so nothing has to be kept."""
        return self.vault.digest("passkey-creation", claimant.session.digest + device_id.encode())

    def _subscriber(self, claimant: Claimant) -> Subscriber:
        subscriber = self.subscribers.read(claimant.user_id)
        if subscriber is None:
            raise NotFoundError("there is no such user")
        return subscriber

    def _placed(self, claimant: Claimant, device_id: str) -> PlacedDevice:
        for one in self.list(claimant):
            if one.device.device_id == device_id:
                return one
        raise NotFoundError("there is no such device")

    def _now(self, claimant: Claimant, device_id: str) -> PlacedDevice:
        """As it is after a change."""
        listed = self.subscribers.factors(claimant.user_id).devices
        for one in placed(listed, self.devices.of_user(claimant.user_id)):
            if one.device.device_id == device_id:
                return one
        raise NotFoundError("there is no such device")

    def _record(self, event: SubscriberEvent, claimant: Claimant, device_id: str, **details: str) -> None:
        self.audit.subscriber_changed(event, claimant.user_id, {"device_id": device_id, **details}, SUBSCRIBER_ACTOR)


def placed(listed: Sequence[str], devices: Sequence[PushDevice]) -> Sequence[PlacedDevice]:
    """The devices that count, in their order."""
    known = {device.device_id: device for device in devices}
    return [
        PlacedDevice(device=known[device_id], position=position)
        for position, device_id in enumerate(listed, start=1)
        if device_id in known
    ]


def _moved(listed: Sequence[str], device_id: str, position: int) -> tuple[str, ...]:
    if not 1 <= position <= len(listed):
        raise ContractError(f"position must be a whole number from 1 to {len(listed)}")
    others = [one for one in listed if one != device_id]
    return (*others[: position - 1], device_id, *others[position - 1 :])
