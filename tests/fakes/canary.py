"""A canary around fakes: an edge that answers as it is told, and what was logged."""

from collections.abc import Callable
from dataclasses import dataclass, field

from mfa.canary_ports import CanaryReport, CanarySecret, Carried
from mfa.errors import UnavailableError

SECRET = CanarySecret(shared_secret=b"the canary's own secret", seed=b"12345678901234567890")
type Answer = Callable[[bytes], bytes | None]


@dataclass
class FakeCanarySecrets:
    secret: CanarySecret | None = SECRET

    def read(self) -> CanarySecret:
        if self.secret is None:
            raise UnavailableError("the canary's secret is not set up yet; run gatehouse canary setup")
        return self.secret


@dataclass
class FakeCarrier:
    """``answers`` is by target; ``carried`` is what was sent where."""

    answers: list[Answer]
    carried: list[tuple[int, bytes]] = field(default_factory=list)

    def carry(self, target: int, datagram: bytes, seconds: float) -> Carried:
        self.carried.append((target, datagram))
        return Carried(reply=self.answers[target](datagram), milliseconds=12)


@dataclass
class RecordingCanaryLog:
    reports: list[CanaryReport] = field(default_factory=list)

    def tried(self, report: CanaryReport) -> None:
        self.reports.append(report)
