"""DynamoDB and KMS that refuse, throttle, hang or are not there (THREATS E8-E10)."""

import json
import socket
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError
from moto.dynamodb.responses import DynamoHandler

from mfa.adapters.dynamodb.door import MOST_TRIES
from mfa.adapters.dynamodb.index import DynamoDbSubscriberIndex
from mfa.adapters.dynamodb.login_store import DynamoDbLoginStore
from mfa.adapters.dynamodb.tables import bind_tables
from mfa.adapters.dynamodb.transaction_store import MOST_READS
from mfa.bootstrap import Composition
from mfa.contract.fields import base64url
from mfa.domain.login_transactions import TransactionState
from mfa.domain.reasons import RejectReason
from mfa.domain.user_names import Alias, AliasKind
from mfa.errors import ContendedError, SealBrokenError, UnavailableError
from mfa.settings import Settings
from tests.fakes.aws import AwsInProcess
from tests.fakes.call_world import CallWorld
from tests.fakes.clock import FakeClock
from tests.fakes.login_world import LoginWorld
from tests.fakes.races import all_at_once

pytestmark = pytest.mark.integration
ALICE = Alias("corp", AliasKind.SAM, "alice")


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Something that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def elsewhere(port: int) -> Settings:
    return Settings(
        table_name="t", kms_key_id="k", deployment="d", region="eu-central-1", endpoint_url=f"http://127.0.0.1:{port}"
    )


def test_e8_a_table_that_is_not_there_is_unavailable() -> None:
    composition = Composition(elsewhere(closed_port()))
    with pytest.raises(UnavailableError, match="EndpointConnectionError"):
        composition.stores.subscribers.find(ALICE)


def test_e8_a_table_that_hangs_is_given_up_within_the_time_of_a_login(silent_port: int) -> None:
    composition = Composition(elsewhere(silent_port))
    composition.connect()
    started = time.monotonic()
    with pytest.raises(UnavailableError, match="ReadTimeoutError"):
        composition.stores.subscribers.find(ALICE)
    assert time.monotonic() - started < 6


@pytest.mark.parametrize(
    "code", ["ProvisionedThroughputExceededException", "ThrottlingException", "InternalServerError", "AccessDenied"]
)
def test_e8_whatever_dynamodb_says_nobody_is_let_in(
    world: LoginWorld, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    world.login("not a code")
    refusal = ClientError({"Error": {"Code": code, "Message": "no"}}, "UpdateItem")

    def refuse(*_: object) -> None:
        raise refusal

    monkeypatch.setattr(world.service._logins._item._get_connection().connection.client, "_make_api_call", refuse)  # type: ignore[attr-defined]
    answer = world.login(world.code())
    assert (answer.outcome, answer.reason, answer.response.hold_ms) == ("reject", RejectReason.UNAVAILABLE, 0)
    monkeypatch.undo()
    assert world.login(world.code()).outcome == "accept"


def test_e8_a_throttled_table_is_not_asked_for_ever(composition: Composition, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch is never refused: what is throttled comes back as not read."""
    reads = 0

    def leave_all(responder: DynamoHandler) -> object:
        nonlocal reads
        reads += 1
        left = json.loads(responder.body)["RequestItems"]
        return 200, {}, json.dumps({"Responses": {}, "UnprocessedKeys": left})

    assert composition.stores.transactions.read(["login"]) == {}
    monkeypatch.setattr(DynamoHandler, "call_action", leave_all)
    with pytest.raises(UnavailableError, match="throttled"):
        composition.stores.transactions.read(["login"])
    assert reads == MOST_READS


@pytest.mark.parametrize("by", ["device", "call"])
@pytest.mark.parametrize("conflicts", [1, MOST_TRIES - 1, MOST_TRIES])
def test_a_decision_that_meets_other_writes_of_the_user_is_tried_again_at_once(
    composition: Composition, monkeypatch: pytest.MonkeyPatch, conflicts: int, by: str
) -> None:
    """As many as somebody causes who tries to log in with the user's name meanwhile."""
    world = CallWorld(composition.stores, vault=composition.vault, clock=FakeClock(composition.clock.now()))
    answer = world.ask("push 47") if by == "device" else world.called()
    login_id = base64url(answer.response.login_id)
    answered, tries = DynamoHandler.call_action, 0

    def meet_another(responder: DynamoHandler) -> object:
        nonlocal tries
        if not responder.headers["X-Amz-Target"].endswith("TransactWriteItems"):
            return answered(responder)
        tries += 1
        return _CONFLICT if tries <= conflicts else answered(responder)

    monkeypatch.setattr(DynamoHandler, "call_action", meet_another)
    decide = world.decide if by == "device" else world.press
    if conflicts < MOST_TRIES:
        decide(login_id)
    else:
        with pytest.raises(ContendedError):
            decide(login_id)
    approved = conflicts < MOST_TRIES
    assert (world.transaction_of(login_id).state is TransactionState.APPROVED) is approved
    assert tries == min(conflicts + 1, MOST_TRIES)


_CONFLICT = (
    400,
    {},
    json.dumps(
        {
            "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
            "Message": "Transaction cancelled",
            "CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict", "Message": "conflict"}],
        }
    ),
)


def test_e9_a_write_whose_answer_is_lost_is_accepted_once(world: LoginWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """The write works, the connection breaks, botocore sends it again, and the condition refuses the second."""
    world.login("not a code")
    broken = DynamoHandler.call_action
    updates = 0

    def lose_the_answer(responder: DynamoHandler) -> object:
        nonlocal updates
        answer = broken(responder)
        if responder.headers["X-Amz-Target"].endswith("UpdateItem"):
            updates += 1
            if updates == 2:  # the accept
                return 500, {}, '{"__type": "InternalServerError"}'
        return answer

    monkeypatch.setattr(DynamoHandler, "call_action", lose_the_answer)
    assert world.login(world.code()).outcome == "accept"
    assert updates == 3
    assert world.item().throttle.successes == 1


def test_e10_without_kms_nobody_is_let_in_and_the_kept_key_lasts_an_hour(
    composition: Composition, world: LoginWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.login("not a code")

    def refuse(*_: object, **__: object) -> None:
        raise ClientError({"Error": {"Code": "KMSInternalException", "Message": "no"}}, "Decrypt")

    monkeypatch.setattr(composition._kms, "_make_api_call", refuse)
    assert world.login(world.code()).outcome == "accept"
    world.clock.advance(3600)
    answer = world.login(world.code())
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.UNAVAILABLE)
    assert world.audit.logins[-1].fault == "UnavailableError: KMS refused decrypt: KMSInternalException"
    monkeypatch.undo()
    assert world.login(world.code()).outcome == "accept"


def test_functions_that_start_at_once_agree_on_one_data_key(aws: AwsInProcess) -> None:
    compositions = [Composition(aws.settings) for _ in range(6)]
    for composition in compositions:
        composition.connect()
    all_at_once([composition.vault.prepare for composition in compositions])
    digests = all_at_once(
        [lambda composition=composition: composition.vault.digest("p", b"v") for composition in compositions]  # type: ignore[misc]
    )
    assert len(set(digests)) == 1
    sealed = compositions[0].vault.seal(b"seed", b"context")
    assert compositions[5].vault.open(sealed, b"context") == b"seed"


def test_the_key_of_another_deployment_does_not_open(aws: AwsInProcess) -> None:
    Composition(aws.settings).vault.prepare()
    stranger = Composition(replace(aws.settings, deployment="another-stack"))
    with pytest.raises(UnavailableError, match="InvalidCiphertextException"):
        stranger.vault.digest("p", b"v")


def test_a_data_key_that_vanished_is_a_fault_and_not_made_anew(aws: AwsInProcess) -> None:
    composition = Composition(aws.settings)
    composition.vault.prepare()
    sealed = composition.vault.seal(b"seed", b"context")
    for item in composition.tables.data_key.scan():
        if item.pk.startswith("KEY#"):
            item.delete()
    restarted = Composition(aws.settings).vault
    for use in (lambda: restarted.digest("p", b"v"), lambda: restarted.open(sealed, b"context")):
        with pytest.raises(UnavailableError, match="missing"):
            use()
    assert not [item for item in composition.tables.data_key.scan() if item.pk.startswith("KEY#")]


def test_a_key_version_that_never_was_opens_nothing(aws: AwsInProcess) -> None:
    vault = Composition(aws.settings).vault
    vault.prepare()
    sealed = vault.seal(b"seed", b"context")
    with pytest.raises(SealBrokenError):
        vault.open(replace(sealed, key_version=7), b"context")


def test_a_vault_and_its_keys_show_nothing_in_their_repr(aws: AwsInProcess) -> None:
    vault = Composition(aws.settings).vault
    vault.prepare()
    vault.digest("p", b"v")
    (key,) = vault._keys.values()  # type: ignore[attr-defined]
    assert repr(key.plaintext) not in repr(key)
    assert "derived" not in repr(key)


def test_a_name_is_kept_for_a_minute_and_a_missing_one_not_at_all(aws: AwsInProcess, world: LoginWorld) -> None:
    tables = bind_tables(aws.settings.table_name, region=aws.settings.region, endpoint_url=None)
    clock = FakeClock()
    index = DynamoDbSubscriberIndex(tables, clock)
    assert index.find(replace(ALICE, name="bob")) is None
    world.add_user("bob", seed=b"the seed of bob's own token")
    assert index.find(replace(ALICE, name="bob")) is not None
    before = len(aws.calls)
    clock.advance(59)
    index.find(replace(ALICE, name="bob"))
    assert len(aws.calls) == before
    clock.advance(1)
    index.find(replace(ALICE, name="bob"))
    assert aws.calls[before:] == ["GetItem"]


def test_names_kept_are_bounded(aws: AwsInProcess, world: LoginWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mfa.adapters.dynamodb.index.MAX_NAMES", 3)
    for number in range(5):
        world.add_user(f"user{number}", seed=b"a seed for %d and no other" % number)
    tables = bind_tables(aws.settings.table_name, region=aws.settings.region, endpoint_url=None)
    index = DynamoDbSubscriberIndex(tables, FakeClock())
    for number in range(5):
        assert index.find(replace(ALICE, name=f"user{number}")) is not None
    assert len(index._known) == 3


def test_reading_an_empty_table_finds_nobody(aws: AwsInProcess) -> None:
    tables = bind_tables(aws.settings.table_name, region=aws.settings.region, endpoint_url=None)
    assert DynamoDbLoginStore(tables).read("nobody") is None
