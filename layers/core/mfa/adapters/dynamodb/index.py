"""SubscriberIndex on DynamoDB, with a small memory: a name leads to the same user for a long time."""

from collections import OrderedDict
from typing import Final

from mfa.adapters.dynamodb import keys
from mfa.adapters.dynamodb.door import door
from mfa.adapters.dynamodb.tables import Tables
from mfa.domain.user_names import Alias
from mfa.ports import Clock

KEPT_SECONDS: Final = 60
MAX_NAMES: Final = 10_000  # about 3 MB; the name asked for longest ago gives way


class DynamoDbSubscriberIndex:
    """Names that lead nowhere are not kept: a user must be able to log in right after being created."""

    def __init__(self, tables: Tables, clock: Clock) -> None:
        self._item = tables.owned
        self._clock = clock
        self._known: OrderedDict[Alias, tuple[str, float]] = OrderedDict()

    def find(self, alias: Alias) -> str | None:
        now = self._clock.now()
        user_id, until = self._known.get(alias, ("", now))
        if now < until:
            self._known.move_to_end(alias)
            return user_id
        return self._read(alias, now)

    def _read(self, alias: Alias, now: float) -> str | None:
        self._known.pop(alias, None)
        with door():
            try:
                user_id = self._item.get(*keys.alias(alias), consistent_read=True).user_id
            except self._item.DoesNotExist:
                return None
        self._known[alias] = (user_id, now + KEPT_SECONDS)
        if len(self._known) > MAX_NAMES:
            self._known.popitem(last=False)
        return user_id
