"""InvitationStore on DynamoDB: one item of each user who was ever invited."""

from typing import Final

from pynamodb.exceptions import DoesNotExist
from pynamodb.transactions import TransactWrite

from mfa.adapters.dynamodb import keys
from mfa.adapters.dynamodb.door import door
from mfa.adapters.dynamodb.tables import Tables
from mfa.domain.factors import SubscriberState
from mfa.domain.invitations import Invitation, InviteBy
from mfa.errors import ConditionRefusedError

_CLEANED_UP_AFTER_SECONDS: Final = 86_400 * 8  # an enrolment code lives a week at most


class DynamoDbInvitationStore:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._item = tables.invitation

    def read(self, user_id: str) -> Invitation | None:
        with door():
            try:
                item = self._item.get(*keys.invitation(user_id), consistent_read=True)
            except DoesNotExist:
                return None
        return Invitation(
            invitation_id=item.invitation_id,
            user_id=user_id,
            by=InviteBy(item.by),
            claimed_at=int(item.claimed_at),
            expires_at=int(item.expires_at),
            sent_at=int(item.sent_at) if item.sent_at else None,
        )

    def claim(self, invitation: Invitation, seen: Invitation | None) -> None:
        hot = self._tables.factors
        held = self._item.invitation_id
        free = self._item.pk.does_not_exist() if seen is None else held == seen.invitation_id
        item = self._item(
            *keys.invitation(invitation.user_id),
            invitation_id=invitation.invitation_id,
            by=invitation.by.value,
            claimed_at=invitation.claimed_at,
            expires_at=invitation.expires_at,
            sent_at=None,
            ttl=invitation.claimed_at + _CLEANED_UP_AFTER_SECONDS,
        )
        with door(), TransactWrite(connection=self._tables.connection) as transaction:
            transaction.condition_check(
                hot, *keys.factors(invitation.user_id), condition=hot.state == SubscriberState.ACTIVE.value
            )
            transaction.save(item, condition=free)

    def note_sent(self, invitation: Invitation, at: int) -> None:
        with door():
            self._item(*keys.invitation(invitation.user_id)).update(
                actions=[self._item.sent_at.set(at), self._item.expires_at.set(invitation.expires_at)],
                condition=self._item.invitation_id == invitation.invitation_id,
            )

    def release(self, invitation: Invitation) -> None:
        try:
            with door():
                self._item(*keys.invitation(invitation.user_id)).delete(
                    condition=self._item.invitation_id == invitation.invitation_id
                )
        except ConditionRefusedError:  # another one took its place, or it was given free before
            return


def forget_invitation(tables: Tables, user_id: str) -> None:
    """Of a user who is gone."""
    with door():
        tables.invitation(*keys.invitation(user_id)).delete()
