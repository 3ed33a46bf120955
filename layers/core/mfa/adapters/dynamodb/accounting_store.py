"""AccountingStore on DynamoDB: one conditional put a record; with a look at its neighbours where the time is coarse.

The condition makes it safe to do the same again after any fault, so nothing here needs to know whether a write whose
answer was lost has worked.
"""

from pynamodb.transactions import TransactWrite

from mfa.adapters.dynamodb import keys
from mfa.adapters.dynamodb.door import door
from mfa.adapters.dynamodb.tables import AccountingItem, Tables
from mfa.domain.accounting import AccountingRecord


class DynamoDbAccountingStore:
    def __init__(self, tables: Tables) -> None:
        self._connection = tables.connection
        self._item = tables.accounting

    def add(self, record: AccountingRecord) -> None:
        item = _item(self._item, record)
        new = self._item.pk.does_not_exist()
        with door():
            if not record.neighbours:
                item.save(condition=new)
                return
            with TransactWrite(connection=self._connection) as transaction:
                transaction.save(item, condition=new)
                for moment in record.neighbours:
                    key = keys.accounting(record.session, moment)
                    transaction.condition_check(self._item, *key, condition=new)


def _item(model: type[AccountingItem], record: AccountingRecord) -> AccountingItem:
    event = record.event
    return model(
        *keys.accounting(record.session, record.moment),
        client=event.client,
        source_ip=event.source_ip,
        nas=event.nas,
        session_id=event.session_id,
        status=event.status,
        username=event.username,
        event_time=event.event_time,
        exact_time=event.exact_time,
        session_time=event.session_time,
        input_octets=event.input_octets,
        output_octets=event.output_octets,
        attributes=dict(event.attributes),
        received_at=record.received_at,
        ttl=record.expires_at,
    )
