"""EventBus on Amazon EventBridge. An event is sent at least once; ``record`` in its detail tells a second one."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import batched
from typing import Any, Final

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from mfa.errors import UnavailableError
from mfa.receipt_ports import WeightyEvent

SOURCE: Final = "gatehouse"
MOST_AT_ONCE: Final = 10  # PutEvents takes no more


class EventBridgeBus:
    """``make_client`` makes a client of AWS; it is asked when there is a first event."""

    def __init__(self, *, make_client: Callable[[str, Config], Any], bus: str) -> None:
        self._make_client = make_client
        self._bus = bus
        self._client: Any = None

    def publish(self, events: Sequence[WeightyEvent]) -> None:
        self._client = self._client or self._make_client("events", _config())
        for some in batched(events, MOST_AT_ONCE, strict=False):
            self._put([self._entry(event) for event in some])

    def _put(self, entries: Sequence[dict[str, object]]) -> None:
        try:
            answer = self._client.put_events(Entries=entries)
        except ClientError as error:
            raise UnavailableError(f"EventBridge refused events: {error.response['Error']['Code']}") from None
        except BotoCoreError as error:
            raise UnavailableError(f"EventBridge cannot be reached: {type(error).__name__}") from None
        if answer.get("FailedEntryCount"):
            codes = sorted({entry["ErrorCode"] for entry in answer["Entries"] if "ErrorCode" in entry})
            raise UnavailableError(f"EventBridge did not take all events: {', '.join(codes)}")

    def _entry(self, event: WeightyEvent) -> dict[str, object]:
        return {
            "EventBusName": self._bus,
            "Source": SOURCE,
            "DetailType": event.kind,
            "Time": datetime.fromtimestamp(event.at_ms / 1000, UTC),
            "Detail": json.dumps(event.detail),
        }


def _config() -> Config:
    return Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 3, "mode": "standard"})
