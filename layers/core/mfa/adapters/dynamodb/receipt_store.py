"""ReceiptStore on DynamoDB: an item for each receipt, tally and seal, and an index by the minute of receipt."""

from collections.abc import Iterable, Sequence
from typing import Final

from mfa.adapters.dynamodb import keys
from mfa.adapters.dynamodb.door import door
from mfa.adapters.dynamodb.tables import ReceiptItem, SealItem, Tables
from mfa.domain.receipts import Entry, EntryKind, earliest_name
from mfa.domain.seals import Seal
from mfa.errors import ConditionRefusedError

_NOBODYS: Final = -1  # the minute of an entry whose own makes no sense


class DynamoDbReceiptStore:
    def __init__(self, tables: Tables) -> None:
        self._receipt = tables.receipt
        self._seal = tables.seal

    def add(self, entry: Entry, kept_until: int) -> bool:
        item = self._receipt(
            _partition(entry),
            entry.name,
            kind=entry.kind.value,
            owner=entry.owner,
            minute=keys.minute(entry.minute),
            body=entry.body,
            ttl=kept_until,
        )
        try:
            with door():
                item.save(condition=self._receipt.pk.does_not_exist())
        except ConditionRefusedError:
            return False
        return True

    def of_user(self, user_id: str, since_ms: int, most: int) -> Sequence[Entry]:
        since = self._receipt.sk >= earliest_name(since_ms)
        with door():
            newest = self._receipt.query(
                keys.receipts(user_id), since, consistent_read=True, scan_index_forward=False, limit=most
            )
            return _entries(newest)[::-1]

    def of_minute(self, minute: int) -> Sequence[Entry]:
        with door():
            return _entries(self._receipt.by_minute.query(keys.minute(minute)), minute)

    def tally_before(self, tally: Entry) -> Entry | None:
        before = self._receipt.sk < tally.name
        with door():
            found = self._receipt.query(
                keys.tallies(tally.owner), before, consistent_read=True, scan_index_forward=False, limit=1
            )
            return next(iter(_entries(found)), None)

    def tallies(self, emitter: str) -> Sequence[Entry]:
        with door():
            return _entries(self._receipt.query(keys.tallies(emitter), consistent_read=True))

    def put_seal(self, seal: Seal, kept_until: int) -> None:
        item = self._seal(
            *keys.seal(seal.minute),
            previous=seal.previous,
            root=seal.root,
            entries=seal.entries,
            late=seal.late,
            strangers=seal.strangers,
            holes=seal.holes,
            sealed_at=seal.sealed_at,
            mac=seal.mac,
            fingerprints=seal.fingerprints or None,
            ttl=kept_until,
        )
        with door():
            item.save(condition=self._seal.pk.does_not_exist())

    def newest_seal(self) -> Seal | None:
        with door():
            newest = self._seal.query(keys.SEALS, consistent_read=True, scan_index_forward=False, limit=1)
            return next(map(_seal, newest), None)

    def seals(self, first: int, last: int) -> Sequence[Seal]:
        between = self._seal.sk.between(keys.seal(first)[1], keys.seal(last)[1])
        with door():
            return [_seal(item) for item in self._seal.query(keys.SEALS, between, consistent_read=True)]


def _partition(entry: Entry) -> str:
    return keys.receipts(entry.owner) if entry.kind is EntryKind.RECEIPT else keys.tallies(entry.owner)


def _entries(items: Iterable[ReceiptItem], minute: int = _NOBODYS) -> list[Entry]:
    """An item under a key that is not its own counts as another entry, so that it cannot pass for the right one."""
    return [_entry(item, minute) for item in items]


def _entry(item: ReceiptItem, minute: int) -> Entry:
    kind = EntryKind.TALLY if item.pk.startswith("TALLY#") else EntryKind.RECEIPT
    is_own = item.kind == kind and item.pk == _key_of(kind, item.owner or "")
    return Entry(kind=kind, owner=item.owner if is_own else item.pk, name=item.sk, minute=minute, body=item.body or "")


def _key_of(kind: EntryKind, owner: str) -> str:
    return keys.receipts(owner) if kind is EntryKind.RECEIPT else keys.tallies(owner)


def _seal(item: SealItem) -> Seal:
    """What somebody else has left out is empty: then it is no seal of ours, which is found where it is checked."""
    return Seal(
        minute=keys.sealed_minute(item.sk),
        previous=item.previous or "",
        root=item.root or "",
        entries=int(item.entries or 0),
        late=int(item.late or 0),
        strangers=int(item.strangers or 0),
        holes=int(item.holes or 0),
        sealed_at=int(item.sealed_at or 0),
        mac=item.mac or "",
        fingerprints=bytes(item.fingerprints or b""),
    )
