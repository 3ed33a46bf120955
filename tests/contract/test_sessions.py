"""Sessions that a sign-in opens, and the counter of requests: on every store alike."""

from dataclasses import replace

import pytest

from mfa.domain.factors import SubscriberState
from mfa.domain.sessions import SessionKind
from mfa.domain.subscribers import Subscriber
from mfa.domain.user_names import Alias, AliasKind
from mfa.errors import ConditionRefusedError
from mfa.ports import EnrollmentSession
from tests.contract.conftest import Ports, on_aws
from tests.fakes.aws import AwsInProcess, raw_items
from tests.fakes.races import all_at_once

USER = "user-1"
ALICE = Subscriber(
    user_id=USER,
    display_name="Alice",
    aliases=(Alias("corp", AliasKind.SAM, "alice"),),
    state=SubscriberState.ACTIVE,
    created_at=900,
)
SESSION = EnrollmentSession(
    digest=b"s" * 32, user_id=USER, expires_at=1600, kind=SessionKind.SIGNED_IN, ends_at=4600, fresh_until=1300
)
NEXT = replace(SESSION, digest=b"n" * 32)


@pytest.fixture
def ports(ports: Ports) -> Ports:
    ports.subscribers.create(ALICE)
    return ports


@pytest.mark.parametrize("session", [SESSION, replace(SESSION, kind=SessionKind.LOOK, fresh_until=0)])
def test_a_session_is_what_it_was_opened_as(ports: Ports, session: EnrollmentSession) -> None:
    ports.subscribers.open_session(session, None)
    assert ports.subscribers.read_session(session.digest) == session


def test_a_session_takes_the_place_of_another(ports: Ports) -> None:
    ports.subscribers.open_session(SESSION, None)
    ports.subscribers.open_session(NEXT, SESSION.digest)
    assert ports.subscribers.read_session(SESSION.digest) is None
    assert ports.subscribers.read_session(NEXT.digest) == NEXT


@pytest.mark.parametrize("is_known", [True, False])
def test_nobody_but_an_active_user_has_one(ports: Ports, is_known: bool) -> None:
    if is_known:
        ports.subscribers.set_state(USER, SubscriberState.DISABLED)
    session = SESSION if is_known else replace(SESSION, user_id="nobody")
    with pytest.raises(ConditionRefusedError):
        ports.subscribers.open_session(session, None)
    assert ports.subscribers.read_session(SESSION.digest) is None


def test_it_is_kept_open_while_it_is_open(ports: Ports) -> None:
    ports.subscribers.open_session(SESSION, None)
    ports.subscribers.keep_session_open(SESSION.digest, 2000, 1599)
    assert ports.subscribers.read_session(SESSION.digest) == replace(SESSION, expires_at=2000)
    for digest, now in [(SESSION.digest, 2000), (b"x" * 32, 1000)]:
        with pytest.raises(ConditionRefusedError):
            ports.subscribers.keep_session_open(digest, 3000, now)
    assert ports.subscribers.read_session(b"x" * 32) is None


def test_it_ends_with_a_logout_and_with_its_user(ports: Ports) -> None:
    ports.subscribers.open_session(SESSION, None)
    ports.subscribers.open_session(NEXT, None)
    ports.subscribers.end_session(SESSION.digest)
    assert ports.subscribers.read_session(SESSION.digest) is None
    with pytest.raises(ConditionRefusedError):
        ports.subscribers.keep_session_open(SESSION.digest, 2000, 1000)
    ports.subscribers.remove(ALICE)
    assert ports.subscribers.read_session(NEXT.digest) is None


def test_both_items_of_a_session_are_cleaned_up_after_its_longest_end(aws: AwsInProcess) -> None:
    ports = on_aws(aws)
    ports.subscribers.create(ALICE)
    ports.subscribers.open_session(SESSION, None)
    ports.subscribers.keep_session_open(SESSION.digest, 2000, 1000)
    items = [item for item in raw_items() if item["pk"]["S"].startswith("S#") or item["sk"]["S"].startswith("S#")]
    assert [int(item["ttl"]["N"]) > 4600 for item in items] == [True, True]


def test_requests_are_counted_by_key_and_window(ports: Ports) -> None:
    count = ports.requests.count
    assert [count("a", 1, 300), count("a", 1, 300), count("b", 1, 300), count("a", 2, 600), count("a", 1, 300)] == [
        1, 2, 1, 1, 3,
    ]  # fmt: skip


def test_parallel_requests_are_all_counted(ports: Ports) -> None:
    counts = all_at_once([lambda: ports.requests.count("a#b", 1, 300)] * 20)
    assert sorted(counts) == list(range(1, 21))


def test_counts_are_cleaned_up(aws: AwsInProcess) -> None:
    on_aws(aws).requests.count("a", 1, 300)
    (item,) = [item for item in raw_items() if item["pk"]["S"].startswith("R#requests#")]
    assert int(item["ttl"]["N"]) > 300
