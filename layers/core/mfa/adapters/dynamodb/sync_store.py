"""SyncStore on DynamoDB: an item for each account that a sync has made a user of."""

from collections.abc import Sequence

from mfa.adapters.dynamodb import keys
from mfa.adapters.dynamodb.door import door
from mfa.adapters.dynamodb.tables import SyncItem, Tables
from mfa.domain.directory_sync import SyncedUser


class DynamoDbSyncStore:
    def __init__(self, tables: Tables) -> None:
        self._item = tables.sync

    def known(self, realm: str) -> Sequence[SyncedUser]:
        with door():
            return [_synced(item) for item in self._item.query(keys.sync_partition(realm), consistent_read=True)]

    def note(self, realm: str, user: SyncedUser) -> None:
        item = self._item(
            *keys.sync(realm, user.object_guid),
            user_id=user.user_id,
            sam_account_name=user.sam_account_name,
            user_principal_name=user.user_principal_name,
            display_name=user.display_name,
            is_member=user.is_member,
        )
        with door():
            item.save()


def _synced(item: SyncItem) -> SyncedUser:
    return SyncedUser(
        object_guid=item.sk,
        user_id=item.user_id,
        sam_account_name=item.sam_account_name,
        user_principal_name=item.user_principal_name,
        display_name=item.display_name,
        is_member=item.is_member,
    )
