"""PushStarter that remembers. ``fails`` makes it one that cannot be reached."""

from mfa.errors import UnavailableError


class FakeStarter:
    def __init__(self) -> None:
        self.started: list[tuple[str, int]] = []
        self.fails = False

    def start(self, login_id: str, seconds: int) -> None:
        if self.fails:
            raise UnavailableError("no execution can be started")
        self.started.append((login_id, seconds))
