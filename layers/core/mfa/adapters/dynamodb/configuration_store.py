"""ConfigurationStore on DynamoDB: one item per RADIUS client, policy, exemption and upstream; shared secrets sealed.

These parts of a new revision are written under a stamp of their own, then one transaction writes the revision and
switches to it. So a revision is whole or not there, and two administrators cannot mix theirs.
"""

import secrets
from dataclasses import replace
from typing import Any, Final

from pynamodb.transactions import TransactWrite

from mfa.adapters.dynamodb import keys
from mfa.adapters.dynamodb.client_items import client_policy, raw_client, raw_realm, realm
from mfa.adapters.dynamodb.door import door
from mfa.adapters.dynamodb.tables import CurrentItem, RevisionItem, Tables, plain
from mfa.domain.configuration import NO_REVISION, Configuration, CurrentRevision
from mfa.domain.user_names import Realm
from mfa.errors import ConditionRefusedError, ConflictError, NotFoundError, UnavailableError
from mfa.ports import Vault

RULE: Final = "RULE"
EXEMPTION: Final = "EXEMPTION"
UPSTREAM: Final = "UPSTREAM"
POLICY_KINDS: Final = (RULE, EXEMPTION, UPSTREAM)


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
        configuration = Configuration(
            revision=revision,
            realms=_realms(head),
            clients=tuple(client_policy(plain(item.client), head.stamp, self._vault) for item in items),
        )
        return self._with_policies(configuration, head) if int(head.policy_parts) else configuration

    def _with_policies(self, configuration: Configuration, head: RevisionItem) -> Configuration:
        """Most revisions have none of these parts: they cost no second query, and no import."""
        from mfa.adapters.dynamodb.policy_items import exemption, rule, upstream  # noqa: PLC0415 -- see above

        with door():
            prefix = self._tables.policy_part.sk.startswith(keys.policy_prefix(configuration.revision, head.stamp))
            items = list(self._tables.policy_part.query(keys.CONFIGURATION, prefix, consistent_read=True))
        if len(items) != int(head.policy_parts):
            raise UnavailableError(f"revision {configuration.revision} of the configuration is not whole")
        parts: dict[str, list[dict[str, Any]]] = {kind: [] for kind in POLICY_KINDS}
        for item in items:  # in the order of their keys, which is that of their places
            parts[item.kind].append(plain(item.part))
        return replace(
            configuration,
            rules=tuple(map(rule, parts[RULE])),
            exemptions=tuple(map(exemption, parts[EXEMPTION])),
            upstreams=tuple(upstream(raw, head.stamp, self._vault) for raw in parts[UPSTREAM]),
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
        self._write_policies(configuration, stamp)
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

    def _write_policies(self, configuration: Configuration, stamp: str) -> None:
        if not _policy_parts(configuration):
            return
        from mfa.adapters.dynamodb.policy_items import raw_exemption, raw_rule, raw_upstream  # noqa: PLC0415 -- see above

        parts = {
            RULE: [raw_rule(one) for one in configuration.rules],
            EXEMPTION: [raw_exemption(one) for one in configuration.exemptions],
            UPSTREAM: [raw_upstream(one, stamp, self._vault) for one in configuration.upstreams],
        }
        model = self._tables.policy_part
        with door(), model.batch_write() as batch:
            for kind, raws in parts.items():
                for place, raw in enumerate(raws):
                    key = keys.policy_part(configuration.revision, stamp, kind, place)
                    batch.save(model(*key, kind=kind, part=raw))

    def _switch(self, configuration: Configuration, stamp: str, current: CurrentRevision, now: int) -> None:
        head = self._tables.revision(
            *keys.revision(configuration.revision),
            stamp=stamp,
            realms={one.name: raw_realm(one) for one in configuration.realms},
            clients=len(configuration.clients),
            policy_parts=_policy_parts(configuration),
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


def _policy_parts(configuration: Configuration) -> int:
    return len(configuration.rules) + len(configuration.exemptions) + len(configuration.upstreams)


def _realms(head: RevisionItem) -> tuple[Realm, ...]:
    return tuple(realm(raw) for raw in plain(head.realms).values())
