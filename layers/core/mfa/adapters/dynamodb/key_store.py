"""The wrapped data keys (KEY#v). Only KMS can unwrap them; here they are octets."""

from mfa.adapters.dynamodb import keys
from mfa.adapters.dynamodb.door import door
from mfa.adapters.dynamodb.tables import Tables


class DynamoDbKeyStore:
    def __init__(self, tables: Tables) -> None:
        self._item = tables.data_key

    def read(self, version: int) -> bytes | None:
        with door():
            try:
                return self._item.get(*keys.data_key(version), consistent_read=True).wrapped
            except self._item.DoesNotExist:
                return None

    def create(self, version: int, wrapped: bytes) -> None:
        """Raises ConditionRefusedError if there is one already: two that start at once must agree on one key."""
        with door():
            self._item(*keys.data_key(version), wrapped=wrapped).save(condition=self._item.pk.does_not_exist())
