"""Where the VAPID key is kept: the fake and DynamoDB keep the same promises, and so does what makes the key there."""

from collections.abc import Callable

import pytest

from mfa.adapters.dynamodb.vapid_key_store import DynamoDbVapidKeyStore
from mfa.adapters.web_push.vapid_keys import SealedKeyStore, StoredVapidKeys
from mfa.bootstrap import Composition
from mfa.domain.sealing import Sealed
from mfa.errors import ConditionRefusedError
from tests.contract.conftest import Ports, on_aws
from tests.fakes.aws import AwsInProcess, raw_items
from tests.fakes.push_trail import InMemoryVapidKeyStore
from tests.fakes.races import all_at_once

KEY = Sealed(1, b"nonce and ciphertext and tag")


@pytest.fixture(params=["memory", "aws"])
def store(request: pytest.FixtureRequest) -> SealedKeyStore:
    if request.param == "memory":
        return InMemoryVapidKeyStore()
    aws: AwsInProcess = request.getfixturevalue("aws")
    return DynamoDbVapidKeyStore(Composition(aws.settings).tables)


def test_there_is_none_at_first(store: SealedKeyStore) -> None:
    assert store.read() is None


def test_what_was_created_is_read_back(store: SealedKeyStore) -> None:
    store.create(KEY)
    assert store.read() == KEY


def test_it_is_created_once_and_never_replaced(store: SealedKeyStore) -> None:
    store.create(KEY)
    with pytest.raises(ConditionRefusedError):
        store.create(Sealed(2, b"another"))
    assert store.read() == KEY


def test_of_many_at_once_one_is_stored(store: SealedKeyStore) -> None:
    def attempt(number: int) -> Callable[[], int | None]:
        def create() -> int | None:
            try:
                store.create(Sealed(number, b"x"))
            except ConditionRefusedError:
                return None
            return number

        return create

    (winner,) = [number for number in all_at_once([attempt(number) for number in range(1, 9)]) if number]
    stored = store.read()
    assert stored is not None
    assert stored.key_version == winner


def test_two_instances_that_need_it_at_once_have_one_key(aws: AwsInProcess) -> None:
    ports: Ports = on_aws(aws)

    def instance() -> StoredVapidKeys:
        store = DynamoDbVapidKeyStore(Composition(aws.settings).tables)
        return StoredVapidKeys(store=store, vault=ports.vault, clock=ports.clock)

    made = all_at_once([instance().public_key for _ in range(4)])
    assert len(set(made)) == 1
    (item,) = [item for item in raw_items() if item["pk"] == {"S": "KEY#vapid"}]
    assert item["sk"] == {"S": "SEALED"}
    assert set(item) == {"pk", "sk", "key_version", "sealed"}
