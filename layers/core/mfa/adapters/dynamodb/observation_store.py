"""ObservationStore on DynamoDB. In a partition of its own: who may write here can touch no configuration."""

from collections import defaultdict
from collections.abc import Mapping

from mfa.adapters.dynamodb import keys
from mfa.adapters.dynamodb.door import door
from mfa.adapters.dynamodb.tables import Tables, plain
from mfa.domain.client_profile import ClientProfile
from mfa.errors import ConditionRefusedError, NotFoundError


class DynamoDbObservationStore:
    def __init__(self, tables: Tables) -> None:
        self._pin = tables.pin
        self._profile = tables.client_profile

    def pins(self, client: str) -> frozenset[str]:
        of_client = self._pin.sk.startswith(keys.pin_prefix(client))
        with door():
            return frozenset(
                item.source_ip for item in self._pin.query(keys.OBSERVATIONS, of_client, consistent_read=True)
            )

    def all_pins(self) -> Mapping[str, frozenset[str]]:
        pins: dict[str, set[str]] = defaultdict(set)
        with door():
            found = self._pin.query(keys.OBSERVATIONS, self._pin.sk.startswith(keys.PIN_PREFIX), consistent_read=True)
            for item in found:
                pins[item.client].add(item.source_ip)
        return {client: frozenset(addresses) for client, addresses in pins.items()}

    def pin(self, client: str, source_ip: str, at: int) -> None:
        with door():
            self._pin(*keys.pin(client, source_ip), client=client, source_ip=source_ip, at=at).save()

    def unpin(self, client: str, source_ip: str) -> None:
        try:
            with door():
                self._pin(*keys.pin(client, source_ip)).delete(condition=self._pin.pk.exists())
        except ConditionRefusedError:
            raise NotFoundError(f"{source_ip} is not pinned") from None

    def profile(self, client: str) -> ClientProfile | None:
        with door():
            try:
                item = self._profile.get(*keys.client_profile(client), consistent_read=True)
            except self._profile.DoesNotExist:
                return None
        return ClientProfile(client=client, version=int(item.version), traits=plain(item.traits))

    def learn(self, profile: ClientProfile) -> None:
        model = self._profile
        is_next = model.pk.does_not_exist() if profile.version == 1 else model.version == profile.version - 1
        with door():
            model(*keys.client_profile(profile.client), version=profile.version, traits=dict(profile.traits)).save(
                condition=is_next
            )
