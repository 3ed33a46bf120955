"""Names in a configuration document, and what may stand in their place: shared secrets, networks."""

import ipaddress
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from mfa.contract.clients import Network, weakness_of
from mfa.domain.configuration import OUR_NAMES
from mfa.domain.document_reading import Section, is_text

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
NAME_RULE: Final = "a name of up to 64 letters, digits, dots, dashes and underscores"
NETWORKS_RULE: Final = "a list of networks such as 10.0.0.0/24 or 2001:db8::/64"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSecrets:
    """The shared secrets in force, by name: a document that names none keeps them."""

    clients: Mapping[str, tuple[bytes, ...]] = field(default_factory=dict, repr=False)
    upstreams: Mapping[str, bytes] = field(default_factory=dict, repr=False)


NOTHING_KEPT: Final = KeptSecrets()
ASSUMED_SECRET: Final = b"assumed to be in force"


def read_name(section: Section, taken: Collection[str], what: str) -> str | None:
    """The section's own name; ``taken`` are those of the sections before it."""
    name = section.text("name", pattern=NAME, rule=NAME_RULE)
    if name is not None and what == "clients" and name.casefold() in OUR_NAMES:
        section.note("name", f"no client can be called {name}: that is how records name sign-ins at the portal")
    if name is not None and name in taken:
        section.note("name", f"there are two {what} {name}; give each a name of its own")
    return name


def read_secret(section: Section, field_name: str) -> bytes | None:
    value = section.raw(field_name)
    if not is_text(value) or not isinstance(value, str):
        section.note(field_name, f"{field_name} must be a text on one line; put it in quotes if it has digits only")
        return None
    if value != value.strip():
        section.note(
            field_name, f"{field_name} begins or ends with a space, which RADIUS clients do not show: remove it"
        )
        return None
    weakness = weakness_of(value.encode())
    if weakness is not None:
        section.note(field_name, weakness)
    return value.encode()


def read_network(text: str) -> Network:
    """Any network, all addresses included. Raises ValueError with a sentence."""
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"{text!r} is not an IP network such as 10.0.0.0/24 or 2001:db8::/64") from None
    if isinstance(network, ipaddress.IPv6Network) and network.prefixlen >= 96:
        mapped = network.network_address.ipv4_mapped
        if mapped is not None:
            raise ValueError(f"{text!r} is IPv4 in disguise: write {mapped}/{network.prefixlen - 96}")
    if str(network.network_address) != str(ipaddress.ip_address(text.partition("/")[0])):
        raise ValueError(f"{text!r} has bits beyond its prefix; did you mean {network}?")
    return network
