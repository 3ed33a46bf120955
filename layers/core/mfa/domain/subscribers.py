"""A subscriber (NIST SP 800-63: a user known to us) apart from the code factors."""

from dataclasses import dataclass

from mfa.domain.factors import SubscriberState
from mfa.domain.user_names import Alias, AliasKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """The cold profile (U#id / PROFILE). ``aliases`` are all the names that lead here; ``email`` is where notices go,
    None where they cannot."""

    user_id: str
    display_name: str
    aliases: tuple[Alias, ...]
    state: SubscriberState
    created_at: int
    email: str | None = None

    @property
    def object_guid(self) -> str | None:
        """Which account of the directory it is, where a sync has told."""
        return next((alias.name for alias in self.aliases if alias.kind is AliasKind.GUID), None)
