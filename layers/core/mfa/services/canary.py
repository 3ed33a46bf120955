"""The canary: once a minute a login through the real UDP path, at one of the edge's addresses, then at the other.

The address that is not asked for a login is asked whether it is there (Status-Server), so each says something every
minute, and each code is used once.
"""

from dataclasses import dataclass
from typing import Final

from mfa.canary_ports import TARGETS, CanaryLog, CanaryReport, CanarySecret, CanarySecrets, DatagramCarrier
from mfa.domain.canary import CANARY_USER
from mfa.domain.factors import TotpParameters
from mfa.domain.otp import code_at, time_step_at
from mfa.domain.radius_probe import REQUEST_AUTHENTICATOR_OCTETS, Code, Probe
from mfa.errors import UnavailableError
from mfa.ports import Clock, Random

LOGIN_SECONDS: Final = 8.0
STATUS_SECONDS: Final = 3.0
_PARAMETERS: Final = TotpParameters()


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryService:
    secrets: CanarySecrets
    carrier: DatagramCarrier
    clock: Clock
    random: Random
    log: CanaryLog

    def sing(self) -> CanaryReport:
        """Never raises for what it is there to find."""
        try:
            report = self._tried(self.secrets.read())
        except UnavailableError as error:
            report = CanaryReport(fault=str(error), milliseconds=None)
        self.log.tried(report)
        return report

    def _tried(self, secret: CanarySecret) -> CanaryReport:
        target = int(self.clock.now()) // 60 % TARGETS
        fault, milliseconds = self._login(secret, target)
        return CanaryReport(fault=fault or self._status(secret, (target + 1) % TARGETS), milliseconds=milliseconds)

    def _login(self, secret: CanarySecret, target: int) -> tuple[str | None, int | None]:
        probe = self._probe(secret)
        code = code_at(time_step_at(self.clock.now(), _PARAMETERS), secret.seed, _PARAMETERS)
        carried = self.carrier.carry(target, probe.access_request(CANARY_USER, code), LOGIN_SECONDS)
        where = f"the edge's address {_letter(target)}"
        if carried.reply is None:
            return f"{where} did not answer a login within {LOGIN_SECONDS:.0f} s", None
        match probe.answered_by(carried.reply):
            case Code.ACCESS_ACCEPT:
                return None, carried.milliseconds
            case Code.ACCESS_REJECT:
                return f"{where} rejected the login", carried.milliseconds
            case _:
                return f"what {where} answered to a login proves no shared secret", None

    def _status(self, secret: CanarySecret, target: int) -> str | None:
        probe = self._probe(secret)
        carried = self.carrier.carry(target, probe.status_server(), STATUS_SECONDS)
        if carried.reply is None:
            return f"the edge's address {_letter(target)} did not answer Status-Server within {STATUS_SECONDS:.0f} s"
        is_right = probe.answered_by(carried.reply) is Code.ACCESS_ACCEPT
        return None if is_right else f"what the edge's address {_letter(target)} answered to Status-Server is wrong"

    def _probe(self, secret: CanarySecret) -> Probe:
        identifier, *_ = self.random.octets(1)
        authenticator = self.random.octets(REQUEST_AUTHENTICATOR_OCTETS)
        return Probe(identifier=identifier, authenticator=authenticator, secret=secret.shared_secret)


def _letter(target: int) -> str:
    """As the template's parameters call them."""
    return "AB"[target]
