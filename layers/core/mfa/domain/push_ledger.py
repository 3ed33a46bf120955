"""What is remembered of a user's prompts: the open one, and how many there were since the last success.

One prompt is open at a time, and about three are sent in ten minutes; who is asked again and again without an answer
is asked ever more seldom. All of that heals by itself; only a reported prompt mutes push until somebody lifts it.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPush:
    """The last prompt, whether or not it still waits: its transaction tells. ``join_tag`` is the same for all packets
    that belong to it. Times in Unix seconds."""

    login_id: str
    client: str
    join_tag: bytes = field(repr=False)
    expires_at: float
    newest_packet_at: float
    joined: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PushLedger:
    """``version`` counts the writes, 0 before the first. ``prompts`` are the times of those since the last success,
    newest last; ``unanswered`` counts them without end. ``successes`` is the hot item's count when the last one was
    sent. ``numbers`` are keyed digests of the last ones typed."""

    user_id: str
    version: int = 0
    last: OpenPush | None = None
    prompts: tuple[float, ...] = ()
    unanswered: int = 0
    successes: int = 0
    numbers: tuple[bytes, ...] = field(default=(), repr=False)
    muted_at: int | None = None
