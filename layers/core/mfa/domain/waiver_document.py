"""Waivers in a configuration document: a dangerous switch needs an owner, a reason and an end."""

from collections.abc import Sequence
from typing import Final

from mfa.domain.configuration import ClientMode, DangerousSwitch, Waiver
from mfa.domain.document_endings import read_until, until_text
from mfa.domain.document_reading import Section

WAIVER_FIELDS: Final = ("owner", "reason", "until", "statement")
SWITCHES: Final = tuple(switch.value for switch in DangerousSwitch)
MODES_WITH_FAIL_OPEN: Final = (ClientMode.SECOND_FACTOR.value,)


def read_waivers(client: Section, mode: object, now: float) -> tuple[Waiver, ...]:
    if "waivers" not in client:
        return ()
    section = Section(client.raw("waivers"), (*client.path, "waivers"), client.mistakes, SWITCHES)
    known = [DangerousSwitch(name) for name in section.names() if name in SWITCHES]
    more = bool(client.raw("reply_attributes"))
    read = [_waiver(section, switch, mode, now, with_reply_attributes=more) for switch in known]
    return tuple(waiver for waiver in read if waiver is not None)


def _waiver(
    waivers: Section, switch: DangerousSwitch, mode: object, now: float, *, with_reply_attributes: bool
) -> Waiver | None:
    section = Section(waivers.raw(switch), (*waivers.path, switch.value), waivers.mistakes, WAIVER_FIELDS)
    owner = section.text("owner", rule="who answers for it")
    reason = section.text("reason", rule="why it is needed")
    until = read_until(section, now, "waiver")
    statement = _statement(section, switch, mode, with_reply_attributes=with_reply_attributes)
    if owner is None or reason is None or until is None:
        return None
    return Waiver(switch=switch, owner=owner, reason=reason, until=until, statement=statement)


def _statement(section: Section, switch: DangerousSwitch, mode: object, *, with_reply_attributes: bool) -> str | None:
    if switch is not DangerousSwitch.ACCEPT_WHILE_BACKEND_UNREACHABLE:
        if "statement" in section:
            section.note("statement", "only accept_without_second_factor_while_backend_unreachable has a statement")
        return None
    if mode not in MODES_WITH_FAIL_OPEN:
        section.mistakes.add(section.path, "this is for clients of mode second_factor only: remove the waiver")
    elif with_reply_attributes:  # an edge that cannot ask anybody does not know them
        section.mistakes.add(
            section.path,
            "such an Accept would come without the client's reply_attributes: remove the waiver or the attributes",
        )
    return section.text("statement", rule="a sentence that says that the client itself checks passwords")


def shown_waivers(waivers: Sequence[Waiver]) -> dict[str, object]:
    return {
        waiver.switch.value: {
            "owner": waiver.owner,
            "reason": waiver.reason,
            "until": until_text(waiver.until),
            **({"statement": waiver.statement} if waiver.statement is not None else {}),
        }
        for waiver in waivers
    }
