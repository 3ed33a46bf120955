"""What DynamoDB bills for calls: units by the sizes of the items, as an in-process table holds them."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from moto.dynamodb.responses import DynamoHandler

from tests.fakes.aws import raw_items

READ_OCTETS, WRITE_OCTETS = 4096, 1024  # of one unit
TRANSACTION_FACTOR = 2


@dataclass
class Bill:
    """``reads`` and ``writes`` in units. ``calls`` by the names of the operations."""

    calls: Counter[str] = field(default_factory=Counter)
    reads: int = 0
    writes: int = 0

    def add(self, operation: str, request: Mapping[str, Any], sizes: Mapping[str, int]) -> None:
        self.calls[operation] += 1
        match operation:
            case "GetItem":
                self.reads += _reads(request["Key"], sizes)
            case "BatchGetItem":
                for wanted in request["RequestItems"].values():
                    self.reads += sum(_reads(key, sizes) for key in wanted["Keys"])
            case "Query":
                self.reads += 1
            case "PutItem":
                self.writes += _writes(request["Item"], sizes)
            case "UpdateItem" | "DeleteItem":
                self.writes += _writes(request["Key"], sizes)
            case "TransactWriteItems":
                parts = [part for item in request["TransactItems"] for part in item.values()]
                self.writes += TRANSACTION_FACTOR * sum(_writes(one.get("Item") or one["Key"], sizes) for one in parts)
            case _:
                raise ValueError(f"nobody knows what {operation} costs")

    @property
    def told(self) -> str:
        return " + ".join(f"{count} {name}" if count > 1 else name for name, count in self.calls.items()) or "none"


def _reads(key: Mapping[str, Any], sizes: Mapping[str, int]) -> int:
    return max(1, ceil(sizes.get(_name(key), 0) / READ_OCTETS))


def _writes(key: Mapping[str, Any], sizes: Mapping[str, int]) -> int:
    return max(1, ceil(sizes.get(_name(key), 0) / WRITE_OCTETS))


def _name(key: Mapping[str, Any]) -> str:
    return f"{key['pk']['S']}|{key['sk']['S']}"


@contextmanager
def recorded() -> Iterator[list[tuple[str, Mapping[str, Any]]]]:
    """Every call to the table from here on: operation and request."""
    calls: list[tuple[str, Mapping[str, Any]]] = []
    original = DynamoHandler.call_action

    def call_action(responder: Any) -> Any:
        calls.append((responder.headers["X-Amz-Target"].rpartition(".")[2], json.loads(responder.body)))
        return original(responder)

    DynamoHandler.call_action = call_action  # type: ignore[method-assign]
    try:
        yield calls
    finally:
        DynamoHandler.call_action = original  # type: ignore[method-assign]


def bill(calls: Sequence[tuple[str, Mapping[str, Any]]]) -> Bill:
    """By the sizes that the items have now."""
    result, sizes = Bill(), {_name(item): _octets({"M": item}) for item in raw_items()}
    for operation, request in calls:
        result.add(operation, request, sizes)
    return result


def _octets(value: Mapping[str, Any]) -> int:
    """Names and values, with DynamoDB's own for maps and lists (three octets, and one for each part)."""
    ((kind, content),) = value.items()
    match kind:
        case "M":
            return 3 + sum(1 + len(name.encode()) + _octets(part) for name, part in content.items())
        case "L":
            return 3 + sum(1 + _octets(part) for part in content)
        case "B":
            return len(content)
        case "N":
            return len(content) // 2 + 2
        case "S":
            return len(content.encode())
    return 1
