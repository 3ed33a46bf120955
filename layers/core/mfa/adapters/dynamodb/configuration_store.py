"""ConfigurationStore on DynamoDB: one item per RADIUS client, shared secrets sealed.

The clients of a new revision are written under a stamp of their own, then one transaction writes the revision and
switches to it. So a revision is whole or not there, and two administrators cannot mix theirs.
"""

import secrets

from pynamodb.transactions import TransactWrite

from mfa.adapters.dynamodb import keys
from mfa.adapters.dynamodb.client_items import client_policy, raw_client, raw_realm, realm
from mfa.adapters.dynamodb.door import door
from mfa.adapters.dynamodb.tables import CurrentItem, RevisionItem, Tables, plain
from mfa.domain.configuration import NO_REVISION, Configuration, CurrentRevision
from mfa.domain.user_names import Realm
from mfa.errors import ConditionRefusedError, ConflictError, NotFoundError, UnavailableError
from mfa.ports import Vault


class DynamoDbConfigurationStore:
    def __init__(self, tables: Tables, vault: Vault) -> None:
        self._tables = tables
        self._vault = vault

    def current(self) -> CurrentRevision | None:
        with door():
            try:
                item = self._tables.current.get(*keys.CURRENT, consistent_read=True)
            except self._tables.current.DoesNotExist:
                return None
        return CurrentRevision(
            revision=int(item.revision),
            superseded={int(revision): int(since) for revision, since in plain(item.superseded).items()},
        )

    def load(self, revision: int) -> Configuration:
        head = self._head(revision)
        with door():
            prefix = self._tables.client.sk.startswith(keys.client_prefix(revision, head.stamp))
            items = list(self._tables.client.query(keys.CONFIGURATION, prefix, consistent_read=True))
        if len(items) != int(head.clients):
            raise UnavailableError(f"revision {revision} of the configuration is not whole")
        return Configuration(
            revision=revision,
            realms=_realms(head),
            clients=tuple(client_policy(plain(item.client), head.stamp, self._vault) for item in items),
        )

    def load_realms(self, revision: int) -> tuple[Realm, ...]:
        return _realms(self._head(revision))

    def _head(self, revision: int) -> RevisionItem:
        with door():
            try:
                return self._tables.revision.get(*keys.revision(revision), consistent_read=True)
            except self._tables.revision.DoesNotExist:
                raise NotFoundError(f"there is no revision {revision} of the configuration") from None

    def apply(self, configuration: Configuration, now: int) -> None:
        current = self.current() or NO_REVISION
        if configuration.revision != current.revision + 1:
            raise ConflictError("somebody else applied a configuration meanwhile; read it and try again")
        stamp = secrets.token_hex(8)
        self._write_clients(configuration, stamp)
        try:
            self._switch(configuration, stamp, current, now)
        except ConditionRefusedError:
            raise ConflictError("somebody else applied a configuration meanwhile; read it and try again") from None

    def _write_clients(self, configuration: Configuration, stamp: str) -> None:
        model = self._tables.client
        with door(), model.batch_write() as batch:
            for client in configuration.clients:
                key = keys.client(configuration.revision, stamp, client.edge.name)
                batch.save(model(*key, name=client.edge.name, client=raw_client(client, stamp, self._vault)))

    def _switch(self, configuration: Configuration, stamp: str, current: CurrentRevision, now: int) -> None:
        head = self._tables.revision(
            *keys.revision(configuration.revision),
            stamp=stamp,
            realms={one.name: raw_realm(one) for one in configuration.realms},
            clients=len(configuration.clients),
        )
        following = current.followed_by_next(now)
        item: CurrentItem = self._tables.current(
            *keys.CURRENT,
            revision=following.revision,
            superseded={str(revision): since for revision, since in following.superseded.items()},
        )
        model = self._tables.current
        is_first = current == NO_REVISION
        unchanged = model.pk.does_not_exist() if is_first else model.revision == current.revision
        with door(), TransactWrite(connection=self._tables.connection) as transaction:
            transaction.save(head, condition=self._tables.revision.pk.does_not_exist())
            transaction.save(item, condition=unchanged)


def _realms(head: RevisionItem) -> tuple[Realm, ...]:
    return tuple(realm(raw) for raw in plain(head.realms).values())
