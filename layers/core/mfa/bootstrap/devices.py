"""Phones with the web app: how one is paired, proves who asks, decides a prompt, and is kept."""

from functools import cached_property
from typing import TYPE_CHECKING

from mfa.bootstrap.foundation import late
from mfa.settings import SettingsError

if TYPE_CHECKING:
    from mfa.bootstrap.foundation import Foundation
    from mfa.bootstrap.push import Push
    from mfa.bootstrap.stores import Stores
    from mfa.push_ports import PasskeyCeremony, SignatureVerifier
    from mfa.services.device_authentication import DeviceAuthentication
    from mfa.services.device_limits import DeviceLimits
    from mfa.services.device_pairing import DevicePairing
    from mfa.services.device_upkeep import DeviceUpkeep
    from mfa.services.push_decisions import PushDecisions
    from mfa.services.push_muting import PushMuting


class Devices:
    def __init__(self, base: "Foundation", stores: "Stores", *, push: "Push") -> None:
        self._base = base
        self._stores = stores
        self._push = push

    @cached_property
    def pairing(self) -> "DevicePairing":
        from mfa.services.device_pairing import DevicePairing

        base = self._base
        return DevicePairing(
            devices=self._stores.push_devices,
            prompts=self._push.ending,
            subscribers=self._stores.subscribers,
            verifier=late(lambda: self.verifier),
            passkeys=late(lambda: self.passkeys),
            vapid_keys=late(lambda: self._push.vapid_keys),
            vault=base.vault,
            clock=base.clock,
            random=base.random,
            audit=base.audit,
        )

    @cached_property
    def muting(self) -> "PushMuting":
        from mfa.services.push_muting import PushMuting

        return PushMuting(ledgers=self._stores.push_ledgers, audit=self._base.audit)

    @cached_property
    def authentication(self) -> "DeviceAuthentication":
        from mfa.services.device_authentication import DeviceAuthentication

        return DeviceAuthentication(
            devices=self._stores.push_devices,
            logins=self._stores.logins,
            verifier=self.verifier,
            clock=self._base.clock,
        )

    @cached_property
    def limits(self) -> "DeviceLimits":
        from mfa.services.device_limits import DeviceLimits

        return DeviceLimits(clock=self._base.clock)

    @cached_property
    def decisions(self) -> "PushDecisions":
        from mfa.services.push_decisions import PushDecisions

        base, stores = self._base, self._stores
        return PushDecisions(
            transactions=stores.transactions,
            decisions=stores.push_transactions,
            ledgers=stores.push_ledgers,
            devices=stores.push_devices,
            verifier=self.verifier,
            passkeys=self.passkeys,
            vault=base.vault,
            waker=late(lambda: self._push.waker),
            audit=base.audit,
            clock=base.clock,
            report_fault=base.report_fault,
        )

    @cached_property
    def upkeep(self) -> "DeviceUpkeep":
        from mfa.services.device_upkeep import DeviceUpkeep

        return DeviceUpkeep(
            devices=self._stores.push_devices,
            ledgers=self._stores.push_ledgers,
            subscribers=self._stores.subscribers,
            sender=late(lambda: self._push.sender),
            verifier=self.verifier,
            vapid_keys=late(lambda: self._push.vapid_keys),
            clock=self._base.clock,
        )

    @cached_property
    def verifier(self) -> "SignatureVerifier":
        from mfa.adapters.device_signatures import EcdsaVerifier

        return EcdsaVerifier()

    @cached_property
    def passkeys(self) -> "PasskeyCeremony":
        """Raises SettingsError: without the portal's origin there are no passkeys."""
        from mfa.adapters.passkeys import WebAuthnCeremony

        settings = self._base.settings
        if settings.portal_origin is None:
            raise SettingsError("the environment variable PORTAL_ORIGIN is not set")
        return WebAuthnCeremony(settings.portal_origin, settings.issuer)
