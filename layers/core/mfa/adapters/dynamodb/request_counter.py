"""RequestCounter on DynamoDB: one update that adds one."""

from typing import Final

from mfa.adapters.dynamodb import keys
from mfa.adapters.dynamodb.door import door
from mfa.adapters.dynamodb.tables import Tables

_KEPT_SECONDS: Final = 3600  # after its window: only to be cleaned up


class DynamoDbRequestCounter:
    def __init__(self, tables: Tables) -> None:
        self._item = tables.request_count

    def count(self, key: str, window: int, ends_at: int) -> int:
        item = self._item(*keys.request_count(key, window))
        with door():
            item.update(actions=[self._item.requests.add(1), self._item.ttl.set(ends_at + _KEPT_SECONDS)])
        return int(item.requests)
