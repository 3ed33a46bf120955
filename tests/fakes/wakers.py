"""A waker that keeps whom it woke."""

from dataclasses import dataclass, field


@dataclass
class RecordingWaker:
    """``woken`` holds (task token, login id)."""

    woken: list[tuple[str, str]] = field(default_factory=list)

    def wake(self, task_token: str, login_id: str) -> None:
        self.woken.append((task_token, login_id))
