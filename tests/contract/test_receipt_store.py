"""What receipts and seals need of the store."""

import botocore.session
import pytest

from mfa.domain.receipts import Entry, EntryKind, receipt_name, tally_name
from mfa.domain.seals import Seal
from mfa.errors import ConditionRefusedError
from tests.contract.conftest import Ports, on_aws
from tests.fakes.aws import REGION, TABLE, AwsInProcess, raw_items

MINUTE = 29_000_000
AT_MS = MINUTE * 60_000
UNTIL = MINUTE * 60 + 10**8


def receipt(number: int, *, user: str = "user-1", at_ms: int = AT_MS, minute: int = MINUTE, body: str = "{}") -> Entry:
    name = receipt_name(at_ms, "e1", number)
    return Entry(kind=EntryKind.RECEIPT, owner=user, name=name, minute=minute, body=body)


def tally(first: int, *, emitter: str = "e1", minute: int = MINUTE) -> Entry:
    return Entry(kind=EntryKind.TALLY, owner=emitter, name=tally_name(first), minute=minute, body=f'{{"n":{first}}}')


def seal(minute: int) -> Seal:
    return Seal(
        minute=minute,
        previous="ab",
        root="cd",
        entries=2,
        late=1,
        strangers=3,
        holes=0,
        sealed_at=minute * 60 + 180,
        mac="ef",
        fingerprints=b"\0" * 48,
    )


def test_what_is_there_stays_as_it_is(ports: Ports) -> None:
    assert ports.receipts.add(receipt(1, body='{"a":1}'), UNTIL) is True
    assert ports.receipts.add(receipt(1, body='{"a":2}', minute=MINUTE + 5), UNTIL) is False
    (kept,) = ports.receipts.of_minute(MINUTE)
    assert kept == receipt(1, body='{"a":1}')
    assert ports.receipts.of_minute(MINUTE + 5) == []


def test_a_minute_holds_all_that_was_received_in_it_whosever_it_is(ports: Ports) -> None:
    entries = [receipt(1), receipt(2, user="user-2"), tally(1)]
    for entry in [*entries, receipt(3, minute=MINUTE + 1)]:
        ports.receipts.add(entry, UNTIL)
    assert sorted(one.name for one in ports.receipts.of_minute(MINUTE)) == sorted(one.name for one in entries)
    assert {one.fingerprint for one in ports.receipts.of_minute(MINUTE)} == {one.fingerprint for one in entries}


def test_of_a_user_the_newest_come_in_the_order_of_time(ports: Ports) -> None:
    for number, at_ms in ((1, AT_MS), (2, AT_MS + 5000), (3, AT_MS + 1000), (4, AT_MS - 1)):
        ports.receipts.add(receipt(number, at_ms=at_ms), UNTIL)
    ports.receipts.add(receipt(9, user="user-10"), UNTIL)
    names = [one.name.rpartition("#")[2] for one in ports.receipts.of_user("user-1", AT_MS, 10)]
    assert names == ["1", "3", "2"]
    assert [one.name.rpartition("#")[2] for one in ports.receipts.of_user("user-1", AT_MS, 2)] == ["3", "2"]


def test_the_tally_before_is_of_the_same_emitter(ports: Ports) -> None:
    for entry in (tally(1), tally(9), tally(30), tally(20, emitter="e2")):
        ports.receipts.add(entry, UNTIL)
    found = ports.receipts.tally_before(tally(30))
    assert found is not None
    assert found.name == tally_name(9)
    assert ports.receipts.tally_before(tally(1)) is None
    assert [one.name for one in ports.receipts.tallies("e1")] == [tally_name(1), tally_name(9), tally_name(30)]


def test_a_minute_is_sealed_once(ports: Ports) -> None:
    assert ports.receipts.newest_seal() is None
    for minute in (MINUTE, MINUTE + 2, MINUTE + 1):
        ports.receipts.put_seal(seal(minute), UNTIL)
    with pytest.raises(ConditionRefusedError):
        ports.receipts.put_seal(seal(MINUTE), UNTIL)
    assert ports.receipts.newest_seal() == seal(MINUTE + 2)
    assert ports.receipts.seals(MINUTE, MINUTE + 1) == [seal(MINUTE), seal(MINUTE + 1)]


def test_what_somebody_else_has_written_is_read_as_another_entry_and_stops_nobody(aws: AwsInProcess) -> None:
    """On the table alone: with a minute, but under another key, or without what ours have."""
    ports = on_aws(aws)
    ports.receipts.add(receipt(1), UNTIL)
    client = botocore.session.get_session().create_client("dynamodb", REGION)
    (minute,) = [one["minute"]["S"] for one in raw_items() if "minute" in one]
    for key in ("U#user-1", "L#user-1", "TALLY#e1"):
        item = {"pk": {"S": key}, "sk": {"S": "forged"}, "minute": {"S": minute}}
        client.put_item(TableName=TABLE, Item=item)
    client.put_item(TableName=TABLE, Item={"pk": {"S": "SEALS"}, "sk": {"S": "2999-01-01T00:00Z"}})
    assert len({one.fingerprint for one in ports.receipts.of_minute(MINUTE)}) == 4
    newest = ports.receipts.newest_seal()
    assert newest is not None
    assert newest.minute > MINUTE + 10**8, "of the future, at which the sealer stops"
