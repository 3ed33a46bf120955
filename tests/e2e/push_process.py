"""A process beside the stack: it puts logins that wait, and does what a device would.

``python -m tests.e2e.push_process`` reads one JSON command a line and answers with one JSON line. It has the emulator's
root credentials in its environment.
"""

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import batched
from typing import Any

from mfa.bootstrap import Composition
from mfa.contract.fields import base64url
from mfa.contract.polls import MAX_TICKETS
from mfa.domain.factors import SubscriberState
from mfa.domain.login_transactions import LoginTransaction, TransactionState
from mfa.domain.push import PushApproval, PushPrompt, token_context
from mfa.domain.push_devices import PushDevice, PushSubscription
from mfa.domain.subscribers import Subscriber
from mfa.domain.user_names import Alias, AliasKind
from mfa.push_ports import StoredDecision
from mfa.settings import Settings

type Command = dict[str, Any]

THREADS = 4


@dataclass
class Process:
    composition: Composition

    def vapid_public_key(self, _command: Command) -> str:
        return base64url(self.composition.push.vapid_keys.public_key())

    def pair(self, command: Command) -> None:
        """A new user with one device."""
        user_id, now = command["user_id"], int(time.time())
        self.composition.stores.subscribers.create(
            Subscriber(
                user_id=user_id,
                display_name=user_id,
                aliases=(Alias("corp", AliasKind.SAM, user_id),),
                state=SubscriberState.ACTIVE,
                created_at=now,
            )
        )
        self.composition.stores.push_devices.add(
            PushDevice(
                device_id=command["device_id"],
                user_id=user_id,
                name="phone",
                public_key=b"\x04" + bytes(64),
                created_at=now,
                subscription=PushSubscription(
                    endpoint=command["endpoint"],
                    public_key=bytes.fromhex(command["public_key"]),
                    auth_secret=bytes.fromhex(command["auth_secret"]),
                ),
            ),
            self.composition.stores.subscribers.factors(user_id),
        )

    def pair_known(self, command: Command) -> None:
        """A device of a user who is there, with nowhere to ring."""
        device = PushDevice(
            device_id=command["device_id"],
            user_id=command["user_id"],
            name="phone",
            public_key=b"\x04" + bytes(64),
            created_at=int(time.time()),
        )
        self.composition.stores.push_devices.add(device, self.composition.stores.subscribers.factors(device.user_id))

    def waiting(self, command: Command) -> dict[str, str]:
        """By user, the login for which each of these is being asked."""
        with ThreadPoolExecutor(THREADS) as pool:
            ledgers = pool.map(self.composition.stores.push_ledgers.read, command["user_ids"])
            asked = {one.last.login_id: one.user_id for one in ledgers if one.last is not None}
        return {
            asked[login_id]: login_id
            for some in batched(asked, MAX_TICKETS, strict=False)
            for login_id, login in self.composition.stores.transactions.read(some).items()
            if isinstance(login, LoginTransaction) and login.state is TransactionState.PENDING
        }

    def put(self, command: Command) -> str:
        """A login that asks this device; its id."""
        login_id, now = base64url(os.urandom(16)), time.time()
        self.composition.stores.transactions.put(
            LoginTransaction(
                login_id=login_id,
                client="demo",
                user_id=command["user_id"],
                username=command["user_id"],
                source_ip="127.0.0.1",
                config_revision="1",
                created_at=now,
                expires_at=now + command["seconds"],
                prompt=PushPrompt(
                    device_id=command["device_id"], nonce="nonce", address="unknown", approval=PushApproval.TAP
                ),
            )
        )
        return login_id

    def decide(self, command: Command) -> None:
        self._approve(command["login_id"], command["user_id"], command["device_id"])

    def decide_all(self, command: Command) -> None:
        """Several people at once: login, user and device of each."""
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(lambda one: self._approve(*one), command["decisions"]))

    def _approve(self, login_id: str, user_id: str, device_id: str) -> None:
        self.composition.stores.push_transactions.decide(
            StoredDecision(
                login_id=login_id,
                user_id=user_id,
                device_id=device_id,
                state=TransactionState.APPROVED,
                reason=None,
                at=time.time(),
            )
        )

    def token(self, command: Command) -> str | None:
        sealed = self._stored(command).task_token
        return (
            None if sealed is None else self.composition.vault.open(sealed, token_context(command["login_id"])).decode()
        )

    def state(self, command: Command) -> str:
        return self._stored(command).state.value

    def is_subscribed(self, command: Command) -> bool:
        device = self.composition.stores.push_devices.read(command["device_id"])
        assert device is not None
        return device.subscription is not None

    def _stored(self, command: Command) -> LoginTransaction:
        found = self.composition.stores.transactions.read([command["login_id"]])[command["login_id"]]
        assert isinstance(found, LoginTransaction)
        return found


def main() -> None:
    process = Process(Composition(Settings.from_mapping(os.environ)))
    for line in sys.stdin:
        command = json.loads(line)
        print(json.dumps(getattr(process, command["do"])(command)), flush=True)  # noqa: T201 -- its answer


if __name__ == "__main__":
    main()
