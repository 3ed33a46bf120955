"""PushLedgerStore: every write is the next version of what its writer has read."""

from dataclasses import replace

import pytest

from mfa.domain.push_ledger import OpenPush, PushLedger
from mfa.errors import ConditionRefusedError
from tests.contract.conftest import Ports
from tests.fakes.races import all_at_once

FULL = PushLedger(
    user_id="u",
    last=OpenPush(
        login_id="a-login_id",
        client="vpn",
        join_tag=b"\0tag",
        expires_at=1_009.25,
        newest_packet_at=1_000.125,
        joined=2,
    ),
    prompts=(900.5, 1_000.125),
    unanswered=7,
    successes=3,
    numbers=(b"one", b"two"),
    muted_at=999,
)


def test_nothing_is_remembered_of_somebody_new(ports: Ports) -> None:
    assert ports.push_ledgers.read("u") == PushLedger(user_id="u")


def test_what_was_saved_is_read_back_whole(ports: Ports) -> None:
    ports.push_ledgers.save(FULL)
    assert ports.push_ledgers.read("u") == replace(FULL, version=1)
    ports.push_ledgers.save(PushLedger(user_id="u", version=1))
    assert ports.push_ledgers.read("u") == PushLedger(user_id="u", version=2)


@pytest.mark.parametrize("version", [0, 2])
def test_a_version_that_is_not_the_stored_one_is_refused(ports: Ports, version: int) -> None:
    ports.push_ledgers.save(FULL)
    with pytest.raises(ConditionRefusedError):
        ports.push_ledgers.save(PushLedger(user_id="u", version=version))
    assert ports.push_ledgers.read("u") == replace(FULL, version=1)


def test_users_are_apart(ports: Ports) -> None:
    ports.push_ledgers.save(FULL)
    assert ports.push_ledgers.read("v") == PushLedger(user_id="v")


def test_d10_muting_changes_nothing_else_and_makes_a_version(ports: Ports) -> None:
    ports.push_ledgers.save(replace(FULL, muted_at=None))
    seen = ports.push_ledgers.read("u")
    ports.push_ledgers.mute("u", 1_111)
    assert ports.push_ledgers.read("u") == replace(seen, muted_at=1_111, version=seen.version + 1)
    with pytest.raises(ConditionRefusedError):  # whoever read it before must not lift it by accident
        ports.push_ledgers.save(seen)


def test_d10_somebody_without_a_ledger_can_be_muted(ports: Ports) -> None:
    ports.push_ledgers.mute("u", 1_111)
    assert ports.push_ledgers.read("u") == PushLedger(user_id="u", version=1, muted_at=1_111)
    ports.push_ledgers.mute("u", 1_112)
    assert ports.push_ledgers.read("u").muted_at == 1_112


def test_lifting_it_forgets_the_count_and_keeps_the_last_prompt(ports: Ports) -> None:
    ports.push_ledgers.save(FULL)
    ports.push_ledgers.unmute("u")
    lifted = ports.push_ledgers.read("u")
    assert (lifted.muted_at, lifted.prompts, lifted.unanswered) == (None, (), 0)
    assert (lifted.last, lifted.numbers, lifted.version) == (FULL.last, FULL.numbers, 2)
    ports.push_ledgers.unmute("u")
    ports.push_ledgers.unmute("somebody new")


def test_of_many_writers_at_once_one_writes(ports: Ports, rounds: int) -> None:
    for number in range(rounds):
        user = PushLedger(user_id=f"race-{number}")

        def save(user: PushLedger = user) -> bool:
            try:
                ports.push_ledgers.save(user)
            except ConditionRefusedError:
                return False
            return True

        assert all_at_once([save] * 6).count(True) == 1
