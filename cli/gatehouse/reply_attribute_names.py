"""Whether an edge could write a reply attribute: asked of the edge's own code, so that both always agree."""

from functools import cache
from typing import Final

from radius_edge.reply_attributes import ReplyAttributes

_MISTAKES: Final = {
    "unknown": "{name} is not in the RADIUS dictionary of the edge; check its spelling",
    "value": "this value does not fit the type that {name} has in the RADIUS dictionary",
}


def mistake_in(name: str, value: str) -> str | None:
    """What to tell about the pair; None if it can be written."""
    attributes, told = _writer()
    told.clear()
    attributes.write(((name, value),))
    return _MISTAKES.get(told[0], _MISTAKES["value"]).format(name=name) if told else None


@cache
def _writer() -> tuple[ReplyAttributes, list[str]]:
    told: list[str] = []
    return ReplyAttributes(lambda _, why: told.append(why)), told
