"""What an administrator does: users and their codes, tokens, invitations, and the configuration."""

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mfa.bootstrap.foundation import Foundation
    from mfa.bootstrap.messages import Messages
    from mfa.bootstrap.notices import Notices
    from mfa.bootstrap.push import Push
    from mfa.bootstrap.stores import Stores
    from mfa.services.bypass_codes import BypassAdministration
    from mfa.services.configuration_administration import ConfigurationAdministration
    from mfa.services.directory_sync import DirectorySync
    from mfa.services.enrollment_realms import Realms
    from mfa.services.enrollment_subscribers import SubscriberAdministration
    from mfa.services.invitations import Invitations
    from mfa.services.policy_test import PolicyTest
    from mfa.services.provisioning import Provisioning
    from mfa.services.token_import import TokenImports
    from mfa.services.token_inventory import TokenInventory


class Administration:
    def __init__(
        self, base: "Foundation", stores: "Stores", *, push: "Push", messages: "Messages", notices: "Notices"
    ) -> None:
        self._base = base
        self._stores = stores
        self._push = push
        self._messages = messages
        self._notices = notices

    # ---- the configuration

    @cached_property
    def configuration(self) -> "ConfigurationAdministration":
        from mfa.services.configuration_administration import ConfigurationAdministration

        base = self._base
        return ConfigurationAdministration(
            store=self._stores.configurations,
            observations=self._stores.observations,
            vault=base.vault,
            clock=base.clock,
            audit=base.audit,
            local_time=base.local_time,
        )

    @cached_property
    def policy_test(self) -> "PolicyTest":
        from mfa.services.policy_test import PolicyTest

        base = self._base
        return PolicyTest(
            configurations=self._stores.configurations,
            subscribers=self._stores.subscribers,
            directory=base.directory,
            clock=base.clock,
            local_time=base.local_time,
            offers=base.offers,
        )

    # ---- users

    @cached_property
    def subscribers(self) -> "SubscriberAdministration":
        from mfa.services.enrollment_subscribers import SubscriberAdministration

        base, stores = self._base, self._stores
        return SubscriberAdministration(
            store=stores.subscribers,
            devices=stores.push_devices,
            prompts=self._push.ending,
            ledgers=stores.push_ledgers,
            realms=self._realms,
            vault=base.vault,
            clock=base.clock,
            random=base.random,
            audit=base.audit,
        )

    @cached_property
    def invitations(self) -> "Invitations":
        from mfa.adapters.phone_numbers import LibPhoneNumber
        from mfa.services.invitations import Invitations

        base, stores = self._base, self._stores
        return Invitations(
            store=stores.invitations,
            subscribers=stores.subscribers,
            codes=self.subscribers,
            realms=self._realms,
            reader=LibPhoneNumber(),
            messages=self._messages.service,
            mail=self._notices.mail,
            clock=base.clock,
            random=base.random,
            audit=base.audit,
            issuer=base.settings.issuer,
            portal=base.settings.portal_origin,
        )

    @cached_property
    def sync(self) -> "DirectorySync":
        """Users kept like the members of groups of a directory."""
        from mfa.services.directory_sync import DirectorySync

        base, stores = self._base, self._stores
        return DirectorySync(
            realms=self._realms,
            directory=base.directory,
            subscribers=stores.subscribers,
            synced=stores.synced,
            clock=base.clock,
            random=base.random,
            audit=base.audit,
        )

    @cached_property
    def provisioning(self) -> "Provisioning":
        """Subscribers whose token is known already (seeding, import)."""
        from mfa.services.provisioning import Provisioning

        base = self._base
        return Provisioning(
            store=self._stores.subscribers, vault=base.vault, random=base.random, clock=base.clock, audit=base.audit
        )

    # ---- what users have

    @cached_property
    def bypasses(self) -> "BypassAdministration":
        from mfa.services.bypass_codes import BypassAdministration

        base, stores = self._base, self._stores
        return BypassAdministration(
            store=stores.recovery,
            subscribers=stores.subscribers,
            realms=self._realms,
            vault=base.vault,
            clock=base.clock,
            random=base.random,
            audit=base.audit,
        )

    @cached_property
    def token_imports(self) -> "TokenImports":
        from mfa.services.token_import import TokenImports

        base = self._base
        return TokenImports(store=self._stores.tokens, vault=base.vault, clock=base.clock, audit=base.audit)

    @cached_property
    def token_inventory(self) -> "TokenInventory":
        from mfa.services.token_inventory import TokenInventory

        base, stores = self._base, self._stores
        return TokenInventory(
            store=stores.tokens,
            subscribers=stores.subscribers,
            realms=self._realms,
            vault=base.vault,
            clock=base.clock,
            random=base.random,
            audit=base.audit,
        )

    @cached_property
    def _realms(self) -> "Realms":
        from mfa.services.enrollment_realms import Realms

        return Realms(self._stores.configurations)
