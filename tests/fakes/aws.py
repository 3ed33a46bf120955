"""AWS in this process (moto): the table and the key, as the template makes them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from threading import RLock
from typing import Any

import botocore.session
import moto.kms.models
from moto import mock_aws
from moto.core.config import DefaultConfig
from moto.core.serialize import ResponseSerializer
from moto.dynamodb.responses import DynamoHandler

from mfa.settings import Settings
from tests.fakes.races import gently_for_botocore

REGION = "eu-central-1"
TABLE = "gatehouse-test"

# Hundreds of tests begin with an empty AWS, so what all of them would make anew is made once:
# - the RSA key that moto makes for every KMS key, also for symmetric ones, which never use it (up to seconds);
# - the descriptions of services, megabytes of JSON that botocore reads for each session and never changes.
moto.kms.models.generate_private_key = cache(moto.kms.models.generate_private_key)
botocore.session.create_loader = cache(botocore.session.create_loader)

# moto looks for each of the ten members that an attribute's value may have by half a dozen spellings, which is most of
# what a call takes. A value has one member, under its name.
_MEMBERS = frozenset({"S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL"})
_picked: Callable[..., Any] = ResponseSerializer.get_value


def _picked_at_once(self: ResponseSerializer, value: Any, key: str, shape: Any) -> Any:
    if type(value) is dict and len(value) == 1 and _MEMBERS.issuperset(value):
        return value.get(key)
    return _picked(self, value, key, shape)


ResponseSerializer.get_value = _picked_at_once


@dataclass
class AwsInProcess:
    """``calls`` lists every DynamoDB call by name."""

    settings: Settings
    calls: list[str]


@contextmanager
def aws_in_process(config: DefaultConfig | None = None) -> Iterator[AwsInProcess]:
    """``config`` is moto's: which services do more than remember what they were told."""
    with mock_aws(config=config):
        session = botocore.session.get_session()
        key_id = session.create_client("kms", REGION).create_key()["KeyMetadata"]["Arn"]
        session.create_client("dynamodb", REGION).create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
        )
        settings = Settings(table_name=TABLE, kms_key_id=key_id, deployment="gatehouse-test", region=REGION)
        with _one_call_at_a_time() as calls, gently_for_botocore():
            yield AwsInProcess(settings, calls)


@contextmanager
def _one_call_at_a_time() -> Iterator[list[str]]:
    """moto's DynamoDB checks a condition and writes in two steps, so that races have several winners. AWS's does
    not: one call at a time makes it true to the original."""
    lock, calls = RLock(), list[str]()
    original: Callable[[Any], Any] = DynamoHandler.call_action

    def call_action(responder: Any) -> Any:
        with lock:
            calls.append(responder.headers.get("X-Amz-Target", "").rpartition(".")[2])
            return original(responder)

    DynamoHandler.call_action = call_action
    try:
        yield calls
    finally:
        DynamoHandler.call_action = original


def raw_items() -> list[Mapping[str, Any]]:
    """Everything that is in the table, as DynamoDB stores it."""
    client = botocore.session.get_session().create_client("dynamodb", REGION)
    items: list[Mapping[str, Any]] = client.scan(TableName=TABLE, ConsistentRead=True)["Items"]
    return items
