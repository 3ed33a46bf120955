"""The product as `make run` starts it, once for all e2e tests: own folder, own ports, two edges; and two domain
controllers where Samba can run."""

import base64
import os
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import pyotp
import pytest

from local import aws, callers, samba_server, seed
from local.credentials import AwsCredentials
from local.demo_world import DemoUser
from local.layout import RunFolder
from local.up import Gatehouse, running
from local.warm import warm_up
from mfa.domain.throttle import FIRST_LOCK_SECONDS

SEED_OCTETS = 20


@pytest.fixture(scope="session")
def gatehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gatehouse]:
    folder = RunFolder(tmp_path_factory.mktemp("local"))
    first_port = 20_000 + 20 * (os.getpid() % 500)  # two runs of the tests on one machine do not meet
    controllers = 2 if samba_server.missing() is None else 0
    lean = {"Receipts": "false"}  # each login would be two invocations; test_watching.py has them
    with running(
        folder, edge_count=2, radius_port=first_port, controller_count=controllers, parameters=lean
    ) as started:
        warm_up(started)
        yield started


@dataclass
class User:
    """A user of one test, whose time steps nobody else uses."""

    gatehouse: Gatehouse
    name: str
    totp_secret: str = field(repr=False)

    def code(self, steps: int = 0) -> str:
        totp = pyotp.TOTP(self.totp_secret)
        return totp.at(int(time.time()) + steps * totp.interval)

    def wrong_codes(self, count: int) -> list[str]:
        near = {self.code(steps) for steps in range(-3, 10)}
        return [code for number in range(count + len(near)) if (code := f"{number:06d}") not in near][:count]

    def stored(self) -> dict[str, Any]:
        """The hot item, as DynamoDB has it."""
        user_id = self._item(f"N#corp#sam#{self.name}", "ID")["user_id"]["S"]
        return self._item(f"U#{user_id}", "AUTH")

    def _item(self, pk: str, sk: str) -> dict[str, Any]:
        dynamodb = aws.client("dynamodb", self.gatehouse.emulator.url)
        key = {"pk": {"S": pk}, "sk": {"S": sk}}
        answer = dynamodb.get_item(TableName=self.gatehouse.stack.table, Key=key, ConsistentRead=True)
        return cast("dict[str, Any]", answer["Item"])

    def tries(self) -> int:
        return int(self.stored()["tries"]["N"])

    def store(self, *path: str, number: float) -> None:
        """A number of the hot item. So a test makes a time pass: the deployed functions have the machine's clock."""
        names = {f"#{depth}": part for depth, part in enumerate(path)}
        aws.client("dynamodb", self.gatehouse.emulator.url).update_item(
            TableName=self.gatehouse.stack.table,
            Key={key: self.stored()[key] for key in ("pk", "sk")},
            UpdateExpression=f"SET {'.'.join(names)} = :number",
            ExpressionAttributeNames=names,
            ExpressionAttributeValues={":number": {"N": str(number)}},
        )

    def end_lock(self) -> None:
        self.store("last_try_at", number=int(time.time()) - FIRST_LOCK_SECONDS)


type MakeUsers = Callable[[int], list[User]]


@pytest.fixture(scope="session")
def make_users(gatehouse: Gatehouse) -> MakeUsers:
    def make(count: int) -> list[User]:
        wanted = [
            DemoUser(f"u{secrets.token_hex(6)}", base64.b32encode(secrets.token_bytes(SEED_OCTETS)).decode())
            for _ in range(count)
        ]
        seed.users(gatehouse.emulator.url, gatehouse.stack, wanted)
        return [User(gatehouse, user.username, user.totp_secret) for user in wanted]

    return make


@pytest.fixture
def user(make_users: MakeUsers) -> User:
    return make_users(1)[0]


@pytest.fixture(scope="session")
def administrator(gatehouse: Gatehouse) -> AwsCredentials:
    return callers.administrator(gatehouse.emulator.url, gatehouse.stack)


@pytest.fixture(scope="session")
def edge_api(gatehouse: Gatehouse) -> str:
    return gatehouse.stack.edge_api_url(gatehouse.emulator)


@pytest.fixture(scope="session")
def enrollment_api(gatehouse: Gatehouse) -> str:
    return gatehouse.stack.enrollment_api_url(gatehouse.emulator)
