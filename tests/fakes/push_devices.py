"""PushDeviceStore in memory. The conditions are those of the real adapter, word for word."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mfa.domain.factors import CodeFactors, SubscriberState
from mfa.domain.push_devices import Passkey, PushDevice, PushSubscription
from mfa.errors import ConditionRefusedError, NotFoundError
from tests.fakes.state import State


class InMemoryPushDevices:
    def __init__(self, state: State) -> None:
        self._state = state

    def add(self, device: PushDevice, seen: CodeFactors) -> None:
        with self._state.call("push_devices.add"):
            item = self._state.factors.get(device.user_id)
            if item is None or item.state is not SubscriberState.ACTIVE:
                raise ConditionRefusedError("the user is unknown or not active")
            if item.devices != seen.devices or device.device_id in self._state.devices:
                raise ConditionRefusedError("the user has other devices by now")
            self._state.factors[device.user_id] = replace(item, devices=(*item.devices, device.device_id))
            self._state.devices[device.device_id] = device

    def read(self, device_id: str) -> PushDevice | None:
        with self._state.call("push_devices.read"):
            return self._state.devices.get(device_id)

    def of_user(self, user_id: str) -> Sequence[PushDevice]:
        with self._state.call("push_devices.of_user"):
            return [device for device in self._state.devices.values() if device.user_id == user_id]

    def reorder(self, seen: CodeFactors, wanted: Sequence[str]) -> None:
        with self._state.call("push_devices.reorder"):
            item = self._state.factors.get(seen.user_id)
            if item is None or item.devices != seen.devices:
                raise ConditionRefusedError("the user has other devices by now")
            self._state.factors[seen.user_id] = replace(item, devices=tuple(wanted))

    def rename(self, user_id: str, device_id: str, name: str) -> None:
        self._change("rename", user_id, device_id, name=name)

    def subscribe(self, user_id: str, device_id: str, subscription: PushSubscription | None) -> None:
        self._change("subscribe", user_id, device_id, subscription=subscription)

    def set_passkey(self, user_id: str, device_id: str, passkey: Passkey) -> None:
        self._change("set_passkey", user_id, device_id, passkey=passkey)

    def note_use(self, user_id: str, device_id: str, at: int, passkey: Passkey | None) -> None:
        with self._state.call("push_devices.note_use"):
            device, held = self._known(user_id, device_id), self._known(user_id, device_id).passkey
            if passkey is not None and held is not None and held.credential_id == passkey.credential_id:
                held = replace(held, sign_count=passkey.sign_count)
            self._state.devices[device_id] = replace(device, last_used_at=at, passkey=held)

    def remove(self, user_id: str, device_id: str) -> None:
        with self._state.call("push_devices.remove"):
            item = self._state.factors.get(user_id)
            if item is None or device_id not in item.devices:
                raise NotFoundError("there is no such device")
            kept = tuple(one for one in item.devices if one != device_id)
            self._state.factors[user_id] = replace(item, devices=kept)
            self._state.devices.pop(device_id, None)

    def _change(self, method: str, user_id: str, device_id: str, **changed: Any) -> None:
        with self._state.call(f"push_devices.{method}"):
            self._state.devices[device_id] = replace(self._known(user_id, device_id), **changed)

    def _known(self, user_id: str, device_id: str) -> PushDevice:
        device = self._state.devices.get(device_id)
        if device is None or device.user_id != user_id:
            raise NotFoundError("there is no such device")
        return device
