"""What a sync of users with a directory needs of the stores: all names of a user change at once, or not at all."""

from dataclasses import replace
from functools import partial

import pytest

from mfa.domain.directory_sync import SyncedUser
from mfa.domain.factors import SubscriberState
from mfa.domain.subscribers import Subscriber
from mfa.domain.user_names import Alias, AliasKind
from mfa.errors import ConflictError, NotFoundError
from tests.contract.conftest import Ports
from tests.fakes.races import all_at_once

GUID = Alias("corp", AliasKind.GUID, "9b1c6d1e-0000-4000-8000-000000000001")
OTHER_GUID = replace(GUID, name="9b1c6d1e-0000-4000-8000-000000000002")
OLD, NEW = Alias("corp", AliasKind.SAM, "alice"), Alias("corp", AliasKind.SAM, "alice.jones")
ALICE = Subscriber(
    user_id="user-1", display_name="Alice", aliases=(OLD, GUID), state=SubscriberState.ACTIVE, created_at=900
)
SYNCED = SyncedUser(
    object_guid=GUID.name,
    user_id="user-1",
    sam_account_name="Alice",
    user_principal_name="alice@corp.example.test",
    display_name=None,
)


def test_a_user_with_an_account_is_linked_to_it_from_the_start(ports: Ports) -> None:
    ports.subscribers.create(ALICE)
    assert ports.subscribers.factors("user-1").object_guid == GUID.name
    assert ports.subscribers.find(GUID) == ALICE


def test_a_rename_frees_the_old_name_and_takes_the_new_one(ports: Ports) -> None:
    ports.subscribers.create(ALICE)
    renamed = ports.subscribers.rename(ALICE, (NEW, GUID), "Alice Jones")
    assert ports.subscribers.find(NEW) == ports.subscribers.find(GUID) == renamed
    assert (renamed.user_id, renamed.display_name, renamed.created_at) == ("user-1", "Alice Jones", 900)
    assert ports.subscribers.find(OLD) is None
    ports.subscribers.create(replace(ALICE, user_id="user-2", aliases=(OLD, OTHER_GUID)))
    ports.subscribers.remove(renamed)
    assert ports.subscribers.find(NEW) is None
    assert ports.subscribers.find(GUID) is None


def test_a_name_of_somebody_else_is_never_taken(ports: Ports) -> None:
    ports.subscribers.create(ALICE)
    bob = replace(ALICE, user_id="user-2", display_name="Bob", aliases=(NEW, OTHER_GUID))
    ports.subscribers.create(bob)
    with pytest.raises(ConflictError):
        ports.subscribers.rename(ALICE, (NEW, GUID), "Alice")
    assert ports.subscribers.find(OLD) == ALICE
    assert ports.subscribers.find(NEW) == bob


def test_a_user_without_an_account_is_linked_by_a_rename_and_one_with_another_is_not(ports: Ports) -> None:
    by_hand = replace(ALICE, aliases=(OLD,))
    ports.subscribers.create(by_hand)
    linked = ports.subscribers.rename(by_hand, (OLD, GUID), "Alice")
    assert ports.subscribers.factors("user-1").object_guid == GUID.name
    with pytest.raises(ConflictError):
        ports.subscribers.rename(linked, (OLD, OTHER_GUID), "Alice")
    assert ports.subscribers.factors("user-1").object_guid == GUID.name


def test_a_user_who_is_gone_is_not_made_again(ports: Ports) -> None:
    ports.subscribers.create(ALICE)
    ports.subscribers.remove(ALICE)
    with pytest.raises(NotFoundError):
        ports.subscribers.rename(ALICE, (NEW, GUID), "Alice")
    assert ports.subscribers.find(NEW) is None


def test_two_users_who_want_one_name_at_once_do_not_both_get_it(ports: Ports) -> None:
    bob = replace(ALICE, user_id="user-2", aliases=(Alias("corp", AliasKind.SAM, "bob"), OTHER_GUID))
    for one in (ALICE, bob):
        ports.subscribers.create(one)

    def take(place: int) -> bool:
        one = (ALICE, bob)[place]
        try:
            ports.subscribers.rename(one, (NEW, *one.aliases[1:]), "x")
        except ConflictError:
            return False
        return True

    won = all_at_once([partial(take, 0), partial(take, 1)])
    assert sorted(won) == [False, True]
    owner = ports.subscribers.find(NEW)
    assert owner is not None
    assert owner.user_id == ("user-1", "user-2")[won.index(True)]


def test_what_was_synced_is_known_by_realm_and_written_over(ports: Ports) -> None:
    assert list(ports.synced.known("corp")) == []
    ports.synced.note("corp", SYNCED)
    ports.synced.note("lab", replace(SYNCED, user_id="user-9"))
    assert list(ports.synced.known("corp")) == [SYNCED]
    left = replace(SYNCED, is_member=False)
    ports.synced.note("corp", left)
    assert list(ports.synced.known("corp")) == [left]
