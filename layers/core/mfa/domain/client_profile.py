"""How a RADIUS client speaks, learned from its logins: attributes, protocols, forms of user names.

A directory that suddenly sends other names or another protocol was reconfigured, or is not the one it was. The
profile only grows, and not beyond MAX_TRAITS: whoever can send logins must not be able to fill the table.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Self

MAX_TRAITS: Final = 64
_FORMS: Final = (("\\", "DOMAIN\\name"), ("@", "name@domain"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientProfile:
    """``traits`` are texts such as ``protocol:pap``, with the Unix seconds at which each was first seen."""

    client: str
    version: int
    traits: Mapping[str, int]

    @classmethod
    def of(cls, client: str) -> Self:
        """Before anything is known; a profile that is stored counts from version 1."""
        return cls(client=client, version=0, traits={})

    def news(self, traits: Iterable[str]) -> tuple[str, ...]:
        """Those not known yet, as far as there is room for them."""
        unknown = sorted(set(traits) - set(self.traits))
        return tuple(unknown[: MAX_TRAITS - len(self.traits)])

    def with_traits(self, traits: Iterable[str], at: int) -> Self:
        learned = {**self.traits, **dict.fromkeys(traits, at)}
        return type(self)(client=self.client, version=self.version + 1, traits=learned)


def traits_of(*, attributes: Iterable[str], protocol: str, message_authenticator: str, username: str) -> frozenset[str]:
    """What one login tells. Nothing of it names a user."""
    return frozenset(
        (
            *(f"attribute:{name[:64]}" for name in attributes),
            f"protocol:{protocol}",
            f"message-authenticator:{message_authenticator}",
            f"user-name:{_form(username)}",
        )
    )


def _form(username: str) -> str:
    return next((form for sign, form in _FORMS if sign in username), "name")
