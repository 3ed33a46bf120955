"""ChallengeStore on DynamoDB: a challenge is put once, and one conditional write answers it."""

from contextlib import suppress
from typing import Final

from mfa.adapters.dynamodb import keys
from mfa.adapters.dynamodb.door import door
from mfa.adapters.dynamodb.tables import Tables
from mfa.domain.challenges import Challenge
from mfa.errors import ConditionRefusedError

_KEPT_SECONDS: Final = 3600  # after its end: only to be cleaned up


class DynamoDbChallengeStore:
    def __init__(self, tables: Tables) -> None:
        self._item = tables.challenge

    def put(self, challenge: Challenge) -> None:
        item = self._item(
            *keys.challenge(challenge.challenge_id),
            client=challenge.client,
            user_id=challenge.user_id,
            source_ip=challenge.source_ip,
            expires_at=challenge.expires_at,
            ttl=challenge.expires_at + _KEPT_SECONDS,
        )
        with suppress(ConditionRefusedError), door():  # the same packet came to another edge first
            item.save(condition=self._item.pk.does_not_exist())

    def answer(self, challenge_id: str, login_id: str, now: int) -> None:
        item = self._item
        free = item.answered_by.does_not_exist() | (item.answered_by == login_id)
        with door():
            item(*keys.challenge(challenge_id)).update(
                actions=[item.answered_by.set(login_id)], condition=(item.expires_at > now) & free
            )
