"""CPU time of one login on a warm function: from the event to the response, with everything real but the network."""

import base64
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.awsrequest import AWSResponse

from logins.app import Lambda, create_app
from mfa.adapters.audit import LoggedAudit
from mfa.adapters.dynamodb.index import DynamoDbSubscriberIndex
from mfa.adapters.dynamodb.items import raw_factor
from mfa.adapters.dynamodb.login_store import DynamoDbLoginStore
from mfa.adapters.dynamodb.tables import Tables, bind_tables
from mfa.adapters.system import SystemRandom
from mfa.adapters.vault import KmsVault
from mfa.services.login import LoginService
from tests.fakes.challenge_response import PROTOCOLS, under
from tests.fakes.clock import FakeClock
from tests.fakes.faults import unwatched
from tests.fakes.login_world import LoginWorld
from tests.fakes.store import InMemoryStore

LOGINS = int(os.environ.get("LOGINS", "2000"))


@dataclass(frozen=True, slots=True)
class WarmCost:
    beside_calls: float
    up_to_the_socket: float
    by_protocol: Mapping[str, float]  # beside the calls
    first_ms_chap: float  # of a process: the cipher and the words' hashes are made then


def warm_milliseconds() -> WarmCost:
    world, audit = _world(), LoggedAudit(service_name="bench", metrics_namespace="Gatehouse")
    in_memory = world.another_instance(audit=audit)
    tables = _answering_tables(world)
    on_adapters = world.another_instance(
        audit=audit, logins=DynamoDbLoginStore(tables), index=DynamoDbSubscriberIndex(tables, world.clock)
    )
    first_ms_chap = (
        _run(world, create_app(in_memory, world.configuration, world.clock, unwatched), 1, "mschapv2") * 1000
    )
    return WarmCost(
        beside_calls=_measured(world, in_memory),
        up_to_the_socket=_measured(world, on_adapters),
        by_protocol={protocol: _measured(world, in_memory, protocol) for protocol in PROTOCOLS},
        first_ms_chap=first_ms_chap,
    )


class OneKey:
    """KMS and the stored key in one: AES and HMAC are the real ones, only the unwrapping is not."""

    def read(self, _version: int) -> bytes:
        return b"wrapped"

    def create(self, _version: int, _wrapped: bytes) -> None:
        raise AssertionError

    def decrypt(self, **_arguments: object) -> dict[str, bytes]:
        return {"Plaintext": b"k" * 32}


def _world() -> LoginWorld:
    key, clock = OneKey(), FakeClock()
    vault = KmsVault(
        kms=lambda: key, key_id="k", deployment="bench", wrapped_keys=key, clock=clock, random=SystemRandom()
    )
    world = LoginWorld(InMemoryStore(), vault=vault, clock=clock)
    world.add_user("alice")
    return world


def _measured(world: LoginWorld, service: LoginService, protocol: str = "pap") -> float:
    """Milliseconds per accepted login; each uses the code of a new time step."""
    app = create_app(service, world.configuration, world.clock, unwatched)
    _run(world, app, LOGINS // 10, protocol)
    return _run(world, app, LOGINS, protocol) / LOGINS * 1000


def _run(world: LoginWorld, app: Lambda, logins: int, protocol: str) -> float:
    spent = 0.0
    for _ in range(logins):
        world.clock.advance(30)
        request = under(protocol, world.request(world.code()))
        event = {"resource": "/logins", "httpMethod": "POST", "body": request.to_json().decode()}
        before = time.process_time()
        response = app(event, None)
        spent += time.process_time() - before
        assert '"accept"' in response["body"]
    return spent


def _answering_tables(world: LoginWorld) -> Tables:
    """The real tables, whose requests are answered where they would enter the socket."""
    tables = bind_tables("bench", region="eu-central-1", endpoint_url=None)
    tables.connection.client.meta.events.register("before-send.dynamodb.*", _canned(world, tables))
    return tables


def _canned(world: LoginWorld, tables: Tables) -> Callable[..., AWSResponse]:
    item = world.item()
    (factor,) = item.factors.values()
    made = tables.factors(
        "U#bench",
        "AUTH",
        state="active",
        tries=1,
        gate=10,
        last_try_at=0,
        successes=0,
        factors={factor.factor_id: raw_factor(factor)},
    )
    attributes: dict[str, Any] = made.serialize()
    found = {"Item": {"pk": {"S": "N"}, "sk": {"S": "ID"}, "user_id": {"S": item.user_id}}}
    updated = json.dumps({"Attributes": attributes}, default=_base64).encode()

    def answer(request: Any, **_named: object) -> AWSResponse:
        body = updated if b"UpdateItem" in request.headers["X-Amz-Target"] else json.dumps(found).encode()
        return AWSResponse(request.url, 200, {"content-type": "application/x-amz-json-1.0"}, _Raw(body))

    return answer


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_arguments: object) -> list[bytes]:
        return [self._body]
