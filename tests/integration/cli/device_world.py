"""The enrolment API with the device API and a portal beside it, as one HTTP API has them. Both functions are real."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mfa.domain.login_transactions import LoginTransaction, TransactionState
from mfa.domain.push import PushApproval
from mfa.domain.reasons import RejectReason
from tests.fakes.clock import FakeClock
from tests.fakes.phone import Phone
from tests.functions.devices.world import DeviceWorld
from tests.functions.enrollment.world import World


@dataclass
class WholeApi(World):
    """Its clock shows this machine's time: the command signs by that. ``told`` is what /portal.json tells, None where
    there is no portal."""

    clock: FakeClock = field(default_factory=lambda: FakeClock(float(int(time.time()))))
    told: object = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self.devices = DeviceWorld(self)
        enrollment = self.app

        def all_routes(event: Mapping[str, Any], context: object) -> dict[str, object]:
            path = event["rawPath"]
            if path == "/portal.json" and self.told is not None:
                return {"statusCode": 200, "headers": {}, "body": json.dumps(self.told), "isBase64Encoded": False}
            return (self.devices.app if path.startswith("/v1/device") else enrollment)(event, context)

        self.app = all_routes

    def device_ids(self, username: str = "alice") -> list[str]:
        shown = self.admin("GET", f"/v1/admin/users/{username}").json
        return [device["device_id"] for device in shown["devices"]]

    def ask_phone(self, *, number: str | None = "47", approval: PushApproval = PushApproval.NUMBER) -> str:
        """The login that waits now for alice's first device."""
        phone = Phone(device_id=self.device_ids()[0])
        return self.devices.login(phone, number=number, approval=approval, task_token=None).login_id

    def decided(self, login_id: str) -> tuple[TransactionState, RejectReason | None]:
        found = self.store.transactions.read([login_id])[login_id]
        assert isinstance(found, LoginTransaction)
        return found.state, found.reason
