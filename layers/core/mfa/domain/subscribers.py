"""A subscriber (NIST SP 800-63: a user known to us) apart from the code factors."""

from dataclasses import dataclass

from mfa.domain.factors import SubscriberState
from mfa.domain.user_names import Alias


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """The cold profile (U#id / PROFILE). ``aliases`` are all the names that lead here."""

    user_id: str
    display_name: str
    aliases: tuple[Alias, ...]
    state: SubscriberState
    created_at: int
