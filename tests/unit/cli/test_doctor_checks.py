"""The checks of gatehouse doctor that decide by themselves, and how they are run beside one another."""

import threading
from collections.abc import Iterator

import pytest

from gatehouse.aws.session import AwsError
from gatehouse.checks.account import judged
from gatehouse.checks.backend import configuration
from gatehouse.checks.check import Check, run_all
from gatehouse.checks.directory_certificates import until
from gatehouse.errors import REFUSED, CommandError
from gatehouse.findings import Finding, Grade, ok

DAY = 86_400
NOW = 1_767_225_600.0  # 2026-01-01


@pytest.mark.parametrize(
    ("offset", "grade"),
    [(0, Grade.OK), (-5, Grade.OK), (6, Grade.WARNING), (-299, Grade.WARNING), (300, Grade.PROBLEM)],
)
def test_a_clock_is_judged_by_how_far_it_is_off(offset: float, grade: Grade) -> None:
    assert judged(offset).grade is grade


def test_a_fast_clock_is_called_fast() -> None:
    assert "94 s fast" in judged(94).text
    assert "94 s slow" in judged(-94).text


@pytest.mark.parametrize(
    ("days", "grade"), [(31, Grade.OK), (29, Grade.WARNING), (6, Grade.PROBLEM), (-1, Grade.PROBLEM)]
)
def test_a_certificate_is_told_of_before_it_ends(days: int, grade: Grade) -> None:
    assert until("the certificate", NOW + days * DAY, NOW, "renew").grade is grade


def test_no_configuration_and_no_client_are_problems() -> None:
    for shown in ({"revision": 0, "clients": []}, {"revision": 3, "clients": []}):
        assert [one.grade for one in configuration(shown, NOW)] == [Grade.PROBLEM]


def test_what_ends_soon_or_has_ended_is_told() -> None:
    def waiver(until_: str) -> dict[str, object]:
        return {"owner": "Ada", "reason": "r", "until": until_}

    client = {
        "name": "vpn",
        "waivers": {"soon": waiver("2026-01-10"), "over": waiver("2025-12-31"), "later": waiver("2026-03-01")},
        "unenrolled": {"action": "allow", "until": "2026-01-05"},
    }
    shown = {"revision": 1, "clients": [client], "exemptions": [{"name": "night", "until": "2026-01-02"}]}
    warned = [one.text for one in configuration(shown, NOW) if one.grade is Grade.WARNING]
    assert [text.split(" of ")[0] for text in warned] == [
        "waiver soon",
        "waiver over",
        "letting users without a factor in at client vpn ends on 2026-01-05",
        "exemption night ends on 2026-01-02",
    ]


def test_findings_come_in_the_order_of_the_checks_whoever_is_first() -> None:
    second_is_done = threading.Event()

    def first() -> Iterator[Finding]:
        assert second_is_done.wait(10)
        yield ok("first", "first")

    def second() -> Iterator[Finding]:
        yield ok("second", "second")
        second_is_done.set()

    assert [one.text for one in run_all([Check("a", first), Check("b", second)], 10)] == ["first", "second"]


def test_a_check_that_hangs_is_given_up_and_hides_no_other() -> None:
    never = threading.Event()
    checks = [Check("hangs", lambda: [ok("x", str(never.wait(60)))]), Check("fine", lambda: [ok("fine", "fine")])]
    hung, fine = run_all(checks, 0.05)
    never.set()
    assert (hung.grade, hung.text) == (Grade.PROBLEM, "hangs: no answer within 0.05 s")
    assert fine.grade is Grade.OK


def raising(error: Exception) -> Check:
    def look() -> list[Finding]:
        raise error

    return Check("part", look)


def test_what_may_not_be_looked_at_is_no_problem_and_what_fails_is_one() -> None:
    denied = AwsError("AccessDenied", "these AWS credentials may not call x:Y", REFUSED)
    checks = [raising(denied), raising(AwsError("Odd", "refused")), raising(CommandError("c", "away"))]
    checks.append(raising(ValueError("a secret canary")))
    found = list(run_all(checks, 10))
    assert [one.grade for one in found] == [Grade.WARNING, Grade.PROBLEM, Grade.PROBLEM, Grade.PROBLEM]
    assert "canary" not in str(found)
