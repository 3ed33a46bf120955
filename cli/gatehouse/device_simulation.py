"""A device that waits like the open app: it asks for prompts, shows each, and decides as it was told.

Who was asked what is what a person sees; the signature is over exactly that.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from gatehouse.device_api import DeviceApi
from gatehouse.errors import CommandError

POLL_SECONDS: Final = 0.5

type Prompt = Mapping[str, Any]


class Decision(StrEnum):
    APPROVE = "approve"
    DENY = "deny"
    REPORT = "report"


_WANTED_STATE: Final = {Decision.APPROVE: "approved", Decision.DENY: "denied", Decision.REPORT: "denied"}
_REASONS: Final = {
    "wrong_number": "the number was not the one that was typed at the login",
    "reported": "reported as not yours; push is muted until an administrator lifts it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """``number`` is the one that was typed at the login, as far as the person knows."""

    decision: Decision
    number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a prompt. ``error`` is set where the server decided nothing."""

    prompt: Prompt
    choice: Choice
    state: str | None = None
    reason: str | None = None
    error: CommandError | None = None

    @property
    def is_as_wanted(self) -> bool:
        return self.state == _WANTED_STATE[self.choice.decision]

    @property
    def text(self) -> str:
        if self.error is not None:
            return f"Not decided: {self.error.text}."
        reason = _REASONS.get(self.reason or "")
        return f"{(self.state or 'unknown').capitalize()}{f': {reason}' if reason else ''}."

    def to_message(self) -> dict[str, object]:
        return {
            "prompt": dict(self.prompt),
            "decision": self.choice.decision.value,
            "state": self.state,
            "reason": self.reason,
            "error": None if self.error is None else {"code": self.error.code, "message": self.error.text},
        }


type Choose = Callable[[Prompt], Choice]


def outcomes(api: DeviceApi, choose: Choose, seconds: float) -> Iterator[Outcome]:
    """One for each prompt that comes while ``seconds`` last. Raises CommandError if the device is refused."""
    seen: set[str] = set()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for prompt in api.prompts():
            if prompt["id"] not in seen:
                seen.add(prompt["id"])
                yield decide(api, prompt, choose(prompt))
        time.sleep(POLL_SECONDS)


def decide(api: DeviceApi, prompt: Prompt, choice: Choice) -> Outcome:
    number = choice.number if prompt["number"] and choice.decision is Decision.APPROVE else None
    try:
        decided = api.decide(prompt, choice.decision.value, number)
    except CommandError as error:
        return Outcome(prompt=prompt, choice=choice, error=error)
    return Outcome(prompt=prompt, choice=choice, state=decided.get("state"), reason=decided.get("reason"))
