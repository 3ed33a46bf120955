"""The configuration in force as YAML that validates again: without secrets, and without waivers that have ended."""

from collections.abc import Mapping
from typing import Any

import yaml

from gatehouse.output import printable
from mfa.domain.waiver_document import moment_of


def configuration_text(shown: Mapping[str, Any], now: float) -> str:
    """``shown`` is the API's answer."""
    if not shown["revision"]:
        return "# No configuration has been applied yet.\n"
    ended = [line for client in shown["clients"] for line in _without_ended(client, now)]
    head = [
        f"# Revision {shown['revision']}. Shared secrets are not shown: clients that exist keep theirs.",
        *ended,
    ]
    document = {"version": shown["version"], "realms": shown["realms"], "clients": shown["clients"]}
    text: str = yaml.safe_dump(document, sort_keys=False, width=120)
    return "\n".join(head) + "\n" + text


def _without_ended(client: dict[str, Any], now: float) -> list[str]:
    """Take ended waivers out; they would make the whole document invalid. They are named in a comment instead."""
    ended = {switch: waiver["until"] for switch, waiver in client["waivers"].items() if _is_over(waiver["until"], now)}
    for switch in ended:
        del client["waivers"][switch]
    return [
        f"# {printable(client['name'])}: the waiver {printable(switch)} ended ({printable(until)}) and is left out."
        for switch, until in ended.items()
    ]


def _is_over(until: str, now: float) -> bool:
    moment = moment_of(until)
    return moment is None or moment.timestamp() <= now
