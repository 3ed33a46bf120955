"""The enrolment API with the device API beside it, as one HTTP API has them: both functions are the real ones.

``ask_phone`` puts a prompt where a login would put it.
"""

import itertools
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from devices.app import create_app
from devices.routes import DeviceRoutes
from mfa.adapters.device_signatures import EcdsaVerifier
from mfa.adapters.passkeys import WebAuthnCeremony
from mfa.contract.fields import base64url
from mfa.domain.login_transactions import LoginTransaction, TransactionState
from mfa.domain.push import PushApproval, PushPrompt, number_context
from mfa.domain.push_ledger import OpenPush, PushLedger
from mfa.domain.reasons import RejectReason
from mfa.services.device_authentication import DeviceAuthentication
from mfa.services.device_upkeep import DeviceUpkeep
from mfa.services.push_decisions import PushDecisions
from tests.fakes.clock import FakeClock
from tests.fakes.push_sender import FakePushSender, FakeVapidKeys
from tests.functions.enrollment.world import PORTAL, World

PROMPT_SECONDS = 60
_SERIAL = itertools.count(1)


class NobodyWaits:
    def wake(self, task_token: str, login_id: str) -> None:
        """No execution holds these logins."""


@dataclass
class DeviceWorld(World):
    """Its clock shows this machine's time: the command signs by that. ``told_portal`` is what /portal.json tells."""

    clock: FakeClock = field(default_factory=lambda: FakeClock(time.time()))
    sender: FakePushSender = field(default_factory=FakePushSender)
    told_portal: object = None

    def __post_init__(self) -> None:
        super().__post_init__()
        enrollment, devices = self.app, create_app(self._device_routes(), self.faults.append)

        def both(event: Mapping[str, Any], context: object) -> dict[str, object]:
            path = event["rawPath"]
            if path == "/portal.json" and self.told_portal is not None:
                return {
                    "statusCode": 200,
                    "headers": {},
                    "body": json.dumps(self.told_portal),
                    "isBase64Encoded": False,
                }
            return (devices if path.startswith("/v1/device") else enrollment)(event, context)

        self.app = both

    def _device_routes(self) -> DeviceRoutes:
        verifier, passkeys = EcdsaVerifier(), WebAuthnCeremony(PORTAL, "Example Corp")
        return DeviceRoutes(
            authentication=DeviceAuthentication(
                devices=self.store.push_devices, logins=self.store.logins, verifier=verifier, clock=self.clock
            ),
            decisions=PushDecisions(
                transactions=self.store.transactions,
                decisions=self.store.transactions,
                ledgers=self.store.push_ledgers,
                devices=self.store.push_devices,
                verifier=verifier,
                passkeys=passkeys,
                vault=self.vault,
                waker=NobodyWaits(),
                audit=self.audit,
                clock=self.clock,
                report_fault=self.faults.append,
            ),
            upkeep=DeviceUpkeep(
                devices=self.store.push_devices,
                subscribers=self.store.subscribers,
                sender=self.sender,
                verifier=verifier,
                vapid_keys=FakeVapidKeys(),
                clock=self.clock,
            ),
            passkeys=passkeys,
            clock=self.clock,
        )

    def device_ids(self, username: str = "alice") -> list[str]:
        shown = self.admin("GET", f"/v1/admin/users/{username}").json
        return [device["device_id"] for device in shown["devices"]]

    def ask_phone(
        self,
        username: str = "alice",
        *,
        number: str | None = "47",
        approval: PushApproval = PushApproval.NUMBER,
        client: str = "vpn",
    ) -> str:
        """The login that waits now for the user's first device."""
        user_id = self.admin("GET", f"/v1/admin/users/{username}").json["user_id"]
        login_id, now = base64url(next(_SERIAL).to_bytes(16)), self.clock.now()
        sealed = None if number is None else self.vault.seal(number.encode(), number_context(login_id))
        prompt = PushPrompt(
            device_id=self.device_ids(username)[0],
            nonce=base64url(bytes(16)),
            address="203.0.113.5",
            approval=approval,
            number=sealed,
        )
        self.store.transactions.put(
            LoginTransaction(
                login_id=login_id,
                client=client,
                user_id=user_id,
                username=username,
                source_ip="10.0.0.1",
                config_revision="1",
                created_at=now,
                expires_at=now + PROMPT_SECONDS,
                prompt=prompt,
            )
        )
        self._open(user_id, login_id, now)
        return login_id

    def _open(self, user_id: str, login_id: str, now: float) -> None:
        last = OpenPush(
            login_id=login_id,
            client="vpn",
            join_tag=b"",
            opened_at=now,
            expires_at=now + PROMPT_SECONDS,
            newest_packet_at=now,
        )
        known = self.store.push_ledgers.read(user_id)
        self.store.push_ledgers.save(
            PushLedger(user_id=user_id, version=known.version, last=last, prompts=(*known.prompts, now))
        )

    def decided(self, login_id: str) -> tuple[TransactionState, RejectReason | None]:
        found = self.store.transactions.read([login_id])[login_id]
        assert isinstance(found, LoginTransaction)
        return found.state, found.reason
