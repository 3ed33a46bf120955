"""The enrolment API, the configuration that it holds, and whether messages would arrive."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from gatehouse.enrollment_api import EnrollmentApi
from gatehouse.findings import Finding, Grade, ok, problem, warning
from mfa.domain.document_endings import moment_of

_SOON_SECONDS: Final = 14 * 86_400


def api(enrollment: EnrollmentApi, now: float) -> Iterator[Finding]:
    """The API answers, and what it has is fit to work by. One question for both."""
    shown = enrollment.configuration()
    yield ok("api", "the enrolment API answers, and these credentials may administer")
    yield from configuration(shown, now)


def configuration(shown: Mapping[str, Any], now: float) -> Iterator[Finding]:
    if not shown["revision"]:
        yield problem("configuration", "no configuration has been applied yet", "gatehouse clients apply clients.yaml")
        return
    count = len(shown["clients"])
    if not count:
        yield problem("configuration", "the configuration has no RADIUS client", "add one, and gatehouse clients apply")
        return
    yield ok("configuration", f"revision {shown['revision']} is in force, with {count} RADIUS client(s)")
    yield from _endings(shown, now)


def _endings(shown: Mapping[str, Any], now: float) -> Iterator[Finding]:
    for what, until in _temporary(shown):
        moment = moment_of(until)
        left = None if moment is None else moment.timestamp() - now
        if left is not None and left <= 0:
            yield warning("configuration", f"{what} ended ({until})", "take it out of the clients file")
        elif left is not None and left <= _SOON_SECONDS:
            yield warning("configuration", f"{what} ends on {until}", "prolong it or do without it, before that day")


def _temporary(shown: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for client in shown["clients"]:
        for switch, waiver in client.get("waivers", {}).items():
            yield f"waiver {switch} of client {client['name']}", waiver["until"]
        until = client.get("unenrolled", {}).get("until")
        if until:
            yield f"letting users without a factor in at client {client['name']}", until
    for exemption in shown.get("exemptions", []):
        yield f"exemption {exemption['name']}", exemption["until"]


def sms(enrollment: EnrollmentApi) -> Iterator[Finding]:
    """Codes by message are off unless countries are named: then nothing is wrong with them."""
    found: Sequence[Mapping[str, str]] = enrollment.check_sms(None)["findings"]
    if any(one["check"] == "countries" and one["grade"] == Grade.PROBLEM for one in found):
        yield ok("sms", "codes by message are off (SmsCountries is empty)")
        return
    for one in found:
        yield Finding(check="sms", grade=Grade(one["grade"]), text=one["text"], advice=one["advice"])
