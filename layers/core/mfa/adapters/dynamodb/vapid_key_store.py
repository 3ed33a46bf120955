"""The sealed VAPID key (KEY#vapid / SEALED): created once, never changed."""

from mfa.adapters.dynamodb import keys
from mfa.adapters.dynamodb.door import door
from mfa.adapters.dynamodb.tables import Tables
from mfa.domain.sealing import Sealed


class DynamoDbVapidKeyStore:
    def __init__(self, tables: Tables) -> None:
        self._item = tables.vapid_key

    def read(self) -> Sealed | None:
        with door():
            try:
                item = self._item.get(*keys.VAPID_KEY, consistent_read=True)
            except self._item.DoesNotExist:
                return None
        return Sealed(int(item.key_version), bytes(item.sealed))

    def create(self, key: Sealed) -> None:
        """Raises ConditionRefusedError if there is one already."""
        item = self._item(*keys.VAPID_KEY, key_version=key.key_version, sealed=key.octets)
        with door():
            item.save(condition=self._item.pk.does_not_exist())
