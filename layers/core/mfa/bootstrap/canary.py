"""The canary. It has no part in the stores: it shares nothing with those whose path it tries."""

from functools import cached_property
from typing import TYPE_CHECKING

from mfa.settings import SettingsError

if TYPE_CHECKING:
    from mfa.bootstrap.foundation import Foundation
    from mfa.services.canary import CanaryService


class Canary:
    def __init__(self, base: "Foundation") -> None:
        self._base = base

    @cached_property
    def service(self) -> "CanaryService":
        """Raises SettingsError."""
        from mfa.adapters.canary.carrier import LambdaCarrier
        from mfa.adapters.canary.log import LoggedCanary
        from mfa.adapters.canary.secrets import StoredCanarySecrets
        from mfa.services.canary import CanaryService

        base, settings = self._base, self._base.settings
        if settings.canary_secret is None or settings.udp_probe_function is None:
            raise SettingsError("the environment variables CANARY_SECRET and UDP_PROBE_FUNCTION must be set")
        return CanaryService(
            secrets=StoredCanarySecrets(make_client=base.make_client, secret=settings.canary_secret),
            carrier=LambdaCarrier(make_client=base.make_client, function=settings.udp_probe_function),
            clock=base.clock,
            random=base.random,
            log=LoggedCanary(service_name=settings.service_name, metrics_namespace=settings.metrics_namespace),
        )
