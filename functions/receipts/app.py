"""What CloudWatch Logs delivers: the audit trail's lines, packed. Nothing else may call this function.

An error that leaves it makes Lambda deliver the same once more, and in the end keep it in a queue.
"""

import base64
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

type Event = Mapping[str, Any]
type Lambda = Callable[[Event, Any], dict[str, object]]
type FaultReport = Callable[[BaseException], None]

MOST_OCTETS: Final = 64 * 1024 * 1024  # unpacked; CloudWatch Logs packs far less into a delivery


class Receipts(Protocol):
    def take(self, texts: Sequence[str]) -> None: ...


class RefusedEventError(Exception):
    """Raised for an event that is no delivery of CloudWatch Logs. The text holds nothing of it."""


class DeliveryFailedError(Exception):
    """Raised instead of any other error. What it was stands in the function's log."""


def create_app(receipts: Receipts, report_fault: FaultReport) -> Lambda:
    def lambda_handler(event: Event, _context: Any) -> dict[str, object]:  # noqa: ANN401 -- the runtime's own type
        texts = lines_of(event)
        try:
            receipts.take(texts)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the delivery must come again
            report_fault(error)
            raise DeliveryFailedError("the lines were not all kept; the function's log tells why") from None
        return {}

    return lambda_handler


def lines_of(event: object) -> list[str]:
    """The lines of a delivery. None of a control message, by which CloudWatch Logs tries whether somebody listens."""
    try:
        packed = base64.b64decode(event["awslogs"]["data"], validate=True)  # type: ignore[index] # what is no delivery raises
        delivery = json.loads(_unpacked(packed))
        if delivery["messageType"] != "DATA_MESSAGE":
            return []
        return [str(one["message"]) for one in delivery["logEvents"]]
    except (TypeError, KeyError, ValueError, EOFError, OSError, zlib.error):
        raise RefusedEventError("the event is no delivery of CloudWatch Logs") from None


def _unpacked(packed: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    octets = unpacker.decompress(packed, MOST_OCTETS)
    if not unpacker.eof:
        raise ValueError("too long, or cut off")
    return octets
