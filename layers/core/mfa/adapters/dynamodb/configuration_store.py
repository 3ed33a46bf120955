"""ConfigurationStore on DynamoDB: one item per RADIUS client, shared secrets sealed.

The clients of a new revision are written under a stamp of their own, then one transaction writes the revision and
switches to it. So a revision is whole or not there, and two administrators cannot mix theirs.
"""

import secrets

from pynamodb.transactions import TransactWrite

from mfa.adapters.dynamodb import keys
from mfa.adapters.dynamodb.client_items import client_policy, raw_client, raw_realm, realm
from mfa.adapters.dynamodb.door import door
from mfa.adapters.dynamodb.tables import CurrentItem, Tables, plain
from mfa.domain.configuration import Configuration, CurrentRevision
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
            previous=int(item.previous) or None,
            switched_at=int(item.switched_at),
        )

    def load(self, revision: int) -> Configuration:
        with door():
            try:
                head = self._tables.revision.get(*keys.revision(revision), consistent_read=True)
            except self._tables.revision.DoesNotExist:
                raise NotFoundError(f"there is no revision {revision} of the configuration") from None
            prefix = self._tables.client.sk.startswith(keys.client_prefix(revision, head.stamp))
            items = list(self._tables.client.query(keys.CONFIGURATION, prefix, consistent_read=True))
        if len(items) != int(head.clients):
            raise UnavailableError(f"revision {revision} of the configuration is not whole")
        return Configuration(
            revision=revision,
            realms=tuple(realm(raw) for raw in plain(head.realms).values()),
            clients=tuple(client_policy(plain(item.client), head.stamp, self._vault) for item in items),
        )

    def apply(self, configuration: Configuration, now: int) -> None:
        current = self.current()
        previous = current.revision if current else None
        if configuration.revision != (previous or 0) + 1:
            raise ConflictError("somebody else applied a configuration meanwhile; read it and try again")
        stamp = secrets.token_hex(8)
        self._write_clients(configuration, stamp)
        try:
            self._switch(configuration, stamp, previous, now)
        except ConditionRefusedError:
            raise ConflictError("somebody else applied a configuration meanwhile; read it and try again") from None

    def _write_clients(self, configuration: Configuration, stamp: str) -> None:
        model = self._tables.client
        with door(), model.batch_write() as batch:
            for client in configuration.clients:
                key = keys.client(configuration.revision, stamp, client.edge.name)
                batch.save(model(*key, name=client.edge.name, client=raw_client(client, stamp, self._vault)))

    def _switch(self, configuration: Configuration, stamp: str, previous: int | None, now: int) -> None:
        head = self._tables.revision(
            *keys.revision(configuration.revision),
            stamp=stamp,
            realms={one.name: raw_realm(one) for one in configuration.realms},
            clients=len(configuration.clients),
        )
        item: CurrentItem = self._tables.current(
            *keys.CURRENT, revision=configuration.revision, previous=previous or 0, switched_at=now
        )
        is_current = (
            self._tables.current.pk.does_not_exist() if previous is None else self._tables.current.revision == previous
        )
        with door(), TransactWrite(connection=self._tables.connection) as transaction:
            transaction.save(head, condition=self._tables.revision.pk.does_not_exist())
            transaction.save(item, condition=is_current)
