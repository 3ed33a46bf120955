"""NoticeStore on DynamoDB: notices in their user's partition, by time. ``ttl`` cleans up what is not shown any more."""

from collections.abc import Sequence

from pynamodb.transactions import TransactWrite

from mfa.adapters.dynamodb import keys
from mfa.adapters.dynamodb.door import door
from mfa.adapters.dynamodb.tables import NoticeItem, Tables
from mfa.domain.notices import KEPT_SECONDS, Notice

_LAST: str = keys.NOTICE_PREFIX + "~"  # behind every time


class DynamoDbNoticeStore:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._item = tables.notice

    def add(self, notice: Notice) -> None:
        hot = self._tables.factors
        item = self._item(
            *keys.notice(notice.user_id, notice.at, notice.notice_id),
            notice_id=notice.notice_id,
            event=notice.event,
            at=notice.at,
            subject=notice.subject,
            is_by_administrator=notice.is_by_administrator,
            ttl=notice.at + KEPT_SECONDS,
        )
        with door(), TransactWrite(connection=self._tables.connection) as transaction:
            transaction.condition_check(hot, *keys.factors(notice.user_id), condition=hot.pk.exists())
            transaction.save(item, condition=self._item.pk.does_not_exist())

    def of_user(self, user_id: str, since: int, most: int) -> Sequence[Notice]:
        span = self._item.sk.between(keys.notices_since(since), _LAST)
        with door():
            found = self._item.query(
                keys.subscriber(user_id), span, consistent_read=True, scan_index_forward=False, limit=most
            )
            return [_notice(user_id, item) for item in found]


def forget_notices(tables: Tables, user_id: str) -> None:
    """Of a user who is gone."""
    item = tables.notice
    with door():
        prefix = item.sk.startswith(keys.NOTICE_PREFIX)
        for one in list(item.query(keys.subscriber(user_id), prefix, consistent_read=True)):
            one.delete()


def _notice(user_id: str, item: NoticeItem) -> Notice:
    return Notice(
        notice_id=item.notice_id,
        user_id=user_id,
        event=item.event,
        at=int(item.at),
        subject=item.subject,
        is_by_administrator=bool(item.is_by_administrator),
    )
