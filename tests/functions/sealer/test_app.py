"""The function that a schedule calls every minute."""

import json

import pytest

from mfa.adapters.seal_log import LoggedSeals
from mfa.services.sealing import Sealing, SealReport
from sealer.app import SealingFailedError, create_app
from tests.fakes.faults import unwatched
from tests.fakes.receipt_world import ReceiptWorld, login


def sealing(world: ReceiptWorld) -> Sealing:
    return Sealing(store=world.store.receipts, vault=world.vault, clock=world.clock, retention_days=365)


class NoSealLog:
    def sealed(self, report: SealReport) -> None:
        raise AssertionError(f"nothing was sealed, but {report}")


def test_a_run_seals_and_tells_what_it_did_with_the_newest_seal(capfd: pytest.CaptureFixture[str]) -> None:
    world = ReceiptWorld()
    world.take(login(1), login(3))
    world.clock.advance(180)
    log = LoggedSeals(service_name="sealer-test", metrics_namespace="Gatehouse")
    answer = create_app(sealing(world), log, unwatched)({"source": "aws.events"}, None)
    told, metrics = map(json.loads, capfd.readouterr().out.splitlines())
    newest = world.store.receipts.newest_seal()
    assert newest is not None
    assert answer == {"sealed": len(world.store.state.seals), "behind": 0}
    assert (told["newest_seal"], told["entries"], told["never_arrived"]) == (newest.mac, 3, 1)
    assert (metrics["EntriesSealed"], metrics["RecordsMissing"], metrics["MinutesBehind"]) == ([3.0], [1.0], [0.0])


def test_a_run_that_fails_is_a_failed_invocation() -> None:
    world, reported = ReceiptWorld(), list[BaseException]()
    world.vault.available = False
    with pytest.raises(SealingFailedError):
        create_app(sealing(world), NoSealLog(), reported.append)({}, None)
    assert len(reported) == 1
