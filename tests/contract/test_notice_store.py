"""NoticeStore and InvitationStore: what is kept once, and for whom."""

from dataclasses import replace
from functools import partial

import pytest

from mfa.domain.factors import SubscriberState
from mfa.domain.invitations import Invitation, InviteBy
from mfa.domain.notices import Notice
from mfa.domain.subscribers import Subscriber
from mfa.domain.user_names import Alias, AliasKind
from mfa.errors import ConditionRefusedError, NotFoundError
from tests.contract.conftest import Ports
from tests.fakes.races import all_at_once

USER = "user-1"
ALICE = Subscriber(
    user_id=USER,
    display_name="Alice",
    aliases=(Alias("corp", AliasKind.SAM, "alice"),),
    state=SubscriberState.ACTIVE,
    created_at=900,
)
NOTICE = Notice(
    notice_id="n-1", user_id=USER, event="device_paired", at=1_000, subject="-phone", is_by_administrator=True
)
CLAIM = Invitation(invitation_id="i-1", user_id=USER, by=InviteBy.MAIL, claimed_at=1_000, expires_at=1_000)


@pytest.fixture
def ports(ports: Ports) -> Ports:
    ports.subscribers.create(ALICE)
    return ports


def is_done(action: object, *given: object) -> bool:
    try:
        action(*given)  # type: ignore[operator]
    except ConditionRefusedError:
        return False
    return True


def test_a_notice_is_read_as_it_was_kept(ports: Ports) -> None:
    ports.notices.add(NOTICE)
    assert ports.notices.of_user(USER, 0, 10) == [NOTICE]
    assert ports.notices.of_user("user-2", 0, 10) == []


def test_notices_come_newest_first_as_many_as_wanted_and_none_that_is_too_old(ports: Ports) -> None:
    notices = [replace(NOTICE, notice_id=f"n-{at}", at=at) for at in (999, 1_000_000, 30_000)]
    for notice in notices:
        ports.notices.add(notice)
    assert [one.at for one in ports.notices.of_user(USER, 0, 10)] == [1_000_000, 30_000, 999]
    assert [one.at for one in ports.notices.of_user(USER, 1_000, 10)] == [1_000_000, 30_000]
    assert [one.at for one in ports.notices.of_user(USER, 0, 1)] == [1_000_000]


def test_the_same_notice_is_kept_once_however_many_bring_it(ports: Ports) -> None:
    kept = all_at_once([partial(is_done, ports.notices.add, NOTICE)] * 10)
    assert sorted(kept) == [False] * 9 + [True]


def test_nobody_who_is_gone_gets_a_notice(ports: Ports) -> None:
    ports.notices.add(NOTICE)
    ports.subscribers.remove(ALICE)
    assert ports.notices.of_user(USER, 0, 10) == []
    assert not is_done(ports.notices.add, replace(NOTICE, notice_id="n-2"))


def test_one_of_many_claims_an_invitation(ports: Ports) -> None:
    claims = [replace(CLAIM, invitation_id=f"i-{number}") for number in range(10)]
    done = all_at_once([partial(is_done, ports.invitations.claim, claim, None) for claim in claims])
    assert done.count(True) == 1
    assert ports.invitations.read(USER) == claims[done.index(True)]


def test_an_invitation_is_noted_as_sent_and_given_free_by_whoever_claimed_it_only(ports: Ports) -> None:
    other = replace(CLAIM, invitation_id="i-2")
    ports.invitations.claim(CLAIM, None)
    ports.invitations.release(other)
    assert not is_done(ports.invitations.note_sent, other, 1_010)
    ports.invitations.note_sent(replace(CLAIM, expires_at=5_000), 1_010)
    assert ports.invitations.read(USER) == replace(CLAIM, expires_at=5_000, sent_at=1_010)
    ports.invitations.release(CLAIM)
    ports.invitations.release(CLAIM)
    assert ports.invitations.read(USER) is None


def test_an_invitation_takes_the_place_of_the_one_that_was_seen(ports: Ports) -> None:
    ports.invitations.claim(CLAIM, None)
    other = replace(CLAIM, invitation_id="i-2", by=InviteBy.SMS)
    assert not is_done(ports.invitations.claim, other, None)
    ports.invitations.claim(other, CLAIM)
    assert ports.invitations.read(USER) == other


def test_a_disabled_user_is_not_invited(ports: Ports) -> None:
    ports.subscribers.set_state(USER, SubscriberState.DISABLED)
    assert not is_done(ports.invitations.claim, CLAIM, None)


def test_an_address_is_kept_changed_and_taken_away(ports: Ports) -> None:
    ports.subscribers.set_email(USER, "alice@example.test")
    found = ports.subscribers.read(USER)
    assert found == replace(ALICE, email="alice@example.test")
    renamed = ports.subscribers.rename(found, ALICE.aliases, "Alice B")
    assert ports.subscribers.read(USER) == renamed
    assert renamed.email == "alice@example.test"
    ports.subscribers.set_email(USER, None)
    assert ports.subscribers.read(USER) == replace(renamed, email=None)
    with pytest.raises(NotFoundError):
        ports.subscribers.set_email("nobody", "a@example.test")
