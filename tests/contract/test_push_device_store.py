"""PushDeviceStore: the fake and DynamoDB keep the same promises."""

from collections.abc import Callable
from dataclasses import replace

import botocore.session
import pytest

from mfa.domain.factors import CodeFactors, SubscriberState
from mfa.domain.push_devices import Passkey, PushDevice, PushSubscription
from mfa.domain.push_ledger import PushLedger
from mfa.domain.subscribers import Subscriber
from mfa.domain.user_names import Alias, AliasKind
from mfa.errors import ConditionRefusedError, NotFoundError, UnavailableError
from tests.contract.conftest import Ports, on_aws
from tests.fakes.aws import REGION, TABLE, AwsInProcess, raw_items
from tests.fakes.races import all_at_once

USER = "user-1"
ALICE = Subscriber(
    user_id=USER,
    display_name="Alice",
    aliases=(Alias("corp", AliasKind.SAM, "alice"),),
    state=SubscriberState.ACTIVE,
    created_at=900,
)
PHONE = PushDevice(
    device_id="-a_phone-of_22-charact", user_id=USER, name="Phone Ü", public_key=b"\x04" + bytes(64), created_at=1_000
)
WATCH = replace(PHONE, device_id="watch", name="Watch", public_key=b"\x04" + b"w" * 64)
TABLET = replace(PHONE, device_id="tablet", name="Tablet")
SUBSCRIPTION = PushSubscription(
    endpoint="https://push.example.test/a-capability", public_key=b"\x04" + b"p" * 64, auth_secret=b"s" * 16
)
PASSKEY = Passkey(credential_id=b"\xff\x00credential", public_key=b"COSE\x00\xff", sign_count=0)


@pytest.fixture
def ports(ports: Ports) -> Ports:
    ports.subscribers.create(ALICE)
    ports.push_devices.add(PHONE, seen(ports))
    return ports


def seen(ports: Ports) -> CodeFactors:
    return ports.subscribers.factors(USER)


def add(ports: Ports, *devices: PushDevice) -> None:
    for device in devices:
        ports.push_devices.add(device, seen(ports))


def test_what_was_added_is_read_back_whole(ports: Ports) -> None:
    whole = replace(WATCH, subscription=SUBSCRIPTION, passkey=PASSKEY, last_used_at=1_234)
    add(ports, whole)
    assert ports.push_devices.read("watch") == whole
    assert ports.push_devices.read(PHONE.device_id) == PHONE
    assert ports.push_devices.read("nobody's") is None


def test_devices_stand_in_the_hot_item_in_the_order_in_which_they_came(ports: Ports) -> None:
    add(ports, WATCH, TABLET)
    hot = ports.logins.read(USER)
    assert hot is not None
    assert hot.devices == seen(ports).devices == (PHONE.device_id, "watch", "tablet")
    assert {device.device_id for device in ports.push_devices.of_user(USER)} == set(hot.devices)
    assert ports.push_devices.of_user("nobody") == []


def test_a_device_leads_to_its_own_user_only(ports: Ports) -> None:
    bob = replace(ALICE, user_id="user-2", aliases=(Alias("corp", AliasKind.SAM, "bob"),))
    ports.subscribers.create(bob)
    ports.push_devices.add(replace(WATCH, user_id="user-2"), ports.subscribers.factors("user-2"))
    found = ports.push_devices.read("watch")
    assert found is not None
    assert found.user_id == "user-2"
    assert [device.device_id for device in ports.push_devices.of_user(USER)] == [PHONE.device_id]
    with pytest.raises(ConditionRefusedError):
        ports.push_devices.add(WATCH, seen(ports))  # that id is taken


def test_no_device_is_added_to_what_has_changed_since_it_was_seen(ports: Ports) -> None:
    before = seen(ports)
    add(ports, WATCH)
    with pytest.raises(ConditionRefusedError):
        ports.push_devices.add(TABLET, before)
    assert ports.push_devices.read("tablet") is None
    assert seen(ports).devices == (PHONE.device_id, "watch")


@pytest.mark.parametrize("state", ["disabled", "unknown"])
def test_no_device_is_added_to_a_user_who_is_not_active(ports: Ports, state: str) -> None:
    before = seen(ports)
    if state == "disabled":
        ports.subscribers.set_state(USER, SubscriberState.DISABLED)
    else:
        ports.subscribers.remove(ALICE)
    with pytest.raises(ConditionRefusedError):
        ports.push_devices.add(WATCH, before)
    assert ports.push_devices.read("watch") is None


def test_devices_can_change_places(ports: Ports) -> None:
    add(ports, WATCH)
    before = seen(ports)
    ports.push_devices.reorder(before, ["watch", PHONE.device_id])
    assert seen(ports).devices == ("watch", PHONE.device_id)
    with pytest.raises(ConditionRefusedError):
        ports.push_devices.reorder(before, [PHONE.device_id, "watch"])
    assert seen(ports).devices == ("watch", PHONE.device_id)


def test_what_a_device_has_can_be_changed(ports: Ports) -> None:
    devices, phone = ports.push_devices, PHONE.device_id
    devices.rename(USER, phone, "Old phone")
    devices.subscribe(USER, phone, SUBSCRIPTION)
    devices.set_passkey(USER, phone, PASSKEY)
    used = replace(PASSKEY, sign_count=7)
    devices.note_use(USER, phone, 2_000, used)
    changed = replace(PHONE, name="Old phone", subscription=SUBSCRIPTION, passkey=used, last_used_at=2_000)
    assert devices.read(phone) == changed
    devices.note_use(USER, phone, 2_001, None)
    devices.subscribe(USER, phone, None)
    devices.subscribe(USER, phone, None)
    assert devices.read(phone) == replace(changed, last_used_at=2_001, subscription=None)


def test_a_passkey_that_was_replaced_during_its_use_does_not_pass_its_count_on(ports: Ports) -> None:
    devices, newer = ports.push_devices, replace(PASSKEY, credential_id=b"a newer one", sign_count=1)
    devices.set_passkey(USER, PHONE.device_id, newer)
    devices.note_use(USER, PHONE.device_id, 2_000, replace(PASSKEY, sign_count=99))
    assert devices.read(PHONE.device_id) == replace(PHONE, passkey=newer, last_used_at=2_000)


def test_a_use_of_a_passkey_that_is_not_there_is_a_use_of_the_device(ports: Ports) -> None:
    ports.push_devices.note_use(USER, PHONE.device_id, 2_000, PASSKEY)
    assert ports.push_devices.read(PHONE.device_id) == replace(PHONE, last_used_at=2_000)


@pytest.mark.parametrize(("user_id", "device_id"), [(USER, "watch"), ("user-2", PHONE.device_id), ("user-2", "watch")])
def test_what_is_asked_of_a_device_that_is_not_there_is_not_found_and_makes_none(
    ports: Ports, user_id: str, device_id: str
) -> None:
    devices = ports.push_devices
    calls: list[Callable[[], None]] = [
        lambda: devices.rename(user_id, device_id, "name"),
        lambda: devices.subscribe(user_id, device_id, SUBSCRIPTION),
        lambda: devices.subscribe(user_id, device_id, None),
        lambda: devices.set_passkey(user_id, device_id, PASSKEY),
        lambda: devices.note_use(user_id, device_id, 2_000, None),
        lambda: devices.remove(user_id, device_id),
    ]
    for call in calls:
        with pytest.raises(NotFoundError):
            call()
    assert devices.read(PHONE.device_id) == PHONE
    assert devices.of_user("user-2") == []


def test_a_removed_device_is_gone_and_makes_room_for_the_next(ports: Ports) -> None:
    add(ports, WATCH)
    ports.push_devices.remove(USER, PHONE.device_id)
    assert ports.push_devices.read(PHONE.device_id) is None
    assert seen(ports).devices == ("watch",)
    with pytest.raises(NotFoundError):
        ports.push_devices.remove(USER, PHONE.device_id)
    ports.push_devices.remove(USER, "watch")
    assert seen(ports).devices == ()
    add(ports, PHONE)
    assert seen(ports).devices == (PHONE.device_id,)


def test_with_its_user_a_device_goes(ports: Ports) -> None:
    add(ports, WATCH)
    ports.push_ledgers.mute(USER, 1_000)
    ports.subscribers.remove(ALICE)
    assert ports.push_ledgers.read(USER) == PushLedger(user_id=USER)
    assert ports.push_devices.read(PHONE.device_id) is None
    assert ports.push_devices.read("watch") is None
    assert ports.push_devices.of_user(USER) == []
    ports.subscribers.create(ALICE)
    assert seen(ports).devices == ()


def test_nothing_of_a_removed_user_s_devices_stays_in_the_table(aws: AwsInProcess) -> None:
    ports = on_aws(aws)
    ports.subscribers.create(ALICE)
    add(ports, PHONE, WATCH)
    ports.push_ledgers.mute(USER, 1_000)
    ports.subscribers.remove(ALICE)
    assert [item["pk"]["S"] for item in raw_items() if not item["pk"]["S"].startswith("KEY#")] == []


def test_of_devices_that_are_paired_at_once_one_is_first_and_none_is_half_there(ports: Ports, rounds: int) -> None:
    for number in range(rounds):
        before = seen(ports)
        wanted = [replace(WATCH, device_id=f"{number}-{one}") for one in range(4)]
        assert all_at_once([_adding(ports, device, before) for device in wanted]).count(True) == 1
        listed = seen(ports).devices
        assert len(listed) == len(before.devices) + 1
        assert {device.device_id for device in ports.push_devices.of_user(USER)} == set(listed)
        ports.push_devices.remove(USER, listed[-1])


def test_a_device_that_is_removed_while_others_move_is_gone(ports: Ports, rounds: int) -> None:
    add(ports, WATCH)
    for number in range(rounds):
        add(ports, replace(TABLET, device_id=f"tablet-{number}"))
        before = seen(ports)
        all_at_once(
            [
                lambda number=number: ports.push_devices.remove(USER, f"tablet-{number}"),  # type: ignore[misc]
                _reordering(ports, before),
            ]
        )
        assert set(seen(ports).devices) == {PHONE.device_id, "watch"}
        assert ports.push_devices.read(f"tablet-{number}") is None


def test_a_device_that_comes_or_moves_while_another_is_removed_stays(
    aws: AwsInProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the read and the write of a removal, which the fake does in one."""
    ports = on_aws(aws)
    ports.subscribers.create(ALICE)
    add(ports, PHONE, WATCH)
    listed, meanwhile = ports.push_devices._listed, [TABLET]  # type: ignore[attr-defined]

    def then_another_comes(user_id: str) -> list[str]:
        found: list[str] = listed(user_id)
        if meanwhile:
            add(ports, meanwhile.pop())
        return found

    monkeypatch.setattr(ports.push_devices, "_listed", then_another_comes)
    ports.push_devices.remove(USER, PHONE.device_id)
    assert seen(ports).devices == ("watch", "tablet")
    assert {device.device_id for device in ports.push_devices.of_user(USER)} == {"watch", "tablet"}


def test_a_removal_that_others_always_overtake_is_given_up_and_may_be_tried_again(
    aws: AwsInProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = on_aws(aws)
    ports.subscribers.create(ALICE)
    add(ports, PHONE, WATCH)
    monkeypatch.setattr(ports.push_devices, "_listed", lambda _: [PHONE.device_id])
    with pytest.raises(UnavailableError):
        ports.push_devices.remove(USER, PHONE.device_id)
    monkeypatch.undo()
    ports.push_devices.remove(USER, PHONE.device_id)
    assert seen(ports).devices == ("watch",)


def _adding(ports: Ports, device: PushDevice, before: CodeFactors) -> Callable[[], bool]:
    def adding() -> bool:
        try:
            ports.push_devices.add(device, before)
        except ConditionRefusedError:
            return False
        return True

    return adding


def _reordering(ports: Ports, before: CodeFactors) -> Callable[[], None]:
    def reordering() -> None:
        try:
            ports.push_devices.reorder(before, before.devices[::-1])
        except ConditionRefusedError:
            return

    return reordering


def test_a_hot_item_from_before_there_were_devices_has_none_and_takes_the_first(aws: AwsInProcess) -> None:
    ports = on_aws(aws)
    ports.subscribers.create(ALICE)
    table = botocore.session.get_session().create_client("dynamodb", REGION)
    table.update_item(
        TableName=TABLE,
        Key={"pk": {"S": f"U#{USER}"}, "sk": {"S": "AUTH"}},
        UpdateExpression="REMOVE devices",
    )
    assert "devices" not in next(item for item in raw_items() if item["sk"]["S"] == "AUTH")
    old = seen(ports)
    assert old.devices == ()
    ports.push_devices.add(PHONE, old)
    assert seen(ports).devices == (PHONE.device_id,)
    with pytest.raises(ConditionRefusedError):
        ports.push_devices.add(WATCH, old)


def test_the_secrets_of_a_subscription_are_not_shown() -> None:
    shown = repr(replace(PHONE, subscription=SUBSCRIPTION, passkey=PASSKEY))
    for secret in (SUBSCRIPTION.endpoint, repr(SUBSCRIPTION.auth_secret)[2:-1], repr(PASSKEY.public_key)[2:-1]):
        assert secret not in shown
