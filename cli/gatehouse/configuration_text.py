"""The configuration in force as YAML that validates again: without secrets, and without what has ended."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml

from gatehouse.output import printable
from mfa.domain.configuration_document import DOCUMENT_FIELDS
from mfa.domain.document_endings import moment_of

type Json = dict[str, Any]

# Clients last: it is the list that grows, and at the end of a file one more is easily added.
_ORDER: Final = (*(name for name in DOCUMENT_FIELDS if name != "clients"), "clients")
_ALWAYS: Final = ("version", "realms", "clients")  # the other lists may be left out
_TEXT: Final = "tag:yaml.org,2002:str"


class _Dumper(yaml.SafeDumper):
    """Certificates as blocks, as people know them."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar(_TEXT, text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def configuration_text(shown: Mapping[str, Any], now: float) -> str:
    """``shown`` is the API's answer."""
    if not shown["revision"]:
        return "# No configuration has been applied yet.\n"
    head = [
        f"# Revision {shown['revision']}. Shared secrets are not shown: clients and upstreams that exist keep theirs.",
        *(f"# {printable(line)}" for line in without_ended(shown, now)),
    ]
    document = {name: shown[name] for name in _ORDER if shown.get(name) or name in _ALWAYS}
    text: str = yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=120, allow_unicode=True)
    return "\n".join(head) + "\n" + text


def without_ended(shown: Mapping[str, Any], now: float) -> Iterator[str]:
    """Take out of ``shown`` what has ended, which would make the whole document invalid, and name it."""
    for client in shown["clients"]:
        for switch, waiver in list(client["waivers"].items()):
            if _is_over(waiver, now):
                del client["waivers"][switch]
                yield f"{client['name']}: the waiver {switch} ended ({waiver['until']}) and is left out."
        unenrolled = client.get("unenrolled", {})
        if _is_over(unenrolled, now):
            client["unenrolled"] = {"action": "deny"}
            yield (
                f"{client['name']}: letting users without a factor in ended ({unenrolled['until']}); they are denied."
            )
    exemptions = shown.get("exemptions", [])
    for exemption in list(exemptions):
        if _is_over(exemption, now):
            exemptions.remove(exemption)
            yield f"The exemption {exemption['name']} ended ({exemption['until']}) and is left out."


def _is_over(part: Mapping[str, Any], now: float) -> bool:
    if "until" not in part:
        return False
    moment = moment_of(part["until"])
    return moment is None or moment.timestamp() <= now
