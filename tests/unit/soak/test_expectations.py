"""The judge of the soak: it must not let a wrong answer pass, or twenty minutes show nothing."""

from dataclasses import replace

import pytest

from tests.soak.expectations import ACCEPT, ACCOUNTING_RESPONSE, REJECT, Ended, Kind, Tally, Weather, allowed, complaint

PATIENCE = 5.0
NEVER_ACCEPTED = [Kind.WRONG, Kind.WRONG_MS_CHAP_2, Kind.DENIED, Kind.UNANSWERED, Kind.STRANGER, Kind.FORGED]
RIGHT = Ended(
    kind=Kind.RIGHT, began=10.0, ended=10.1, packets=1, replies=(bytes((ACCEPT, 1)),), questions=1
)  # fmt: skip


def judged(ended: Ended, *, fine: bool = True) -> str | None:
    return complaint(ended, fine=fine, patience=PATIENCE)


@pytest.mark.parametrize("kind", Kind)
def test_an_accept_is_allowed_only_where_the_code_was_right(kind: Kind) -> None:
    for fine in (True, False):
        assert (ACCEPT in allowed(kind, fine=fine)) is (kind not in {*NEVER_ACCEPTED, Kind.ACCOUNTING})


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in {Kind.STRANGER, Kind.FORGED, Kind.ACCOUNTING}])
def test_silence_is_never_allowed_where_a_client_waits(kind: Kind) -> None:
    assert None not in allowed(kind, fine=True) | allowed(kind, fine=False)


@pytest.mark.parametrize("kind", [Kind.STRANGER, Kind.FORGED])
def test_only_silence_is_allowed_where_nothing_is_proven(kind: Kind) -> None:
    assert allowed(kind, fine=True) == allowed(kind, fine=False) == {None}


def test_a_fault_excuses_a_reject_of_a_right_code_and_a_record_that_is_not_acknowledged() -> None:
    rejected = replace(RIGHT, replies=(bytes((REJECT, 1)),))
    assert judged(rejected, fine=False) is None
    assert judged(rejected) == "ended with 3"
    assert allowed(Kind.ACCOUNTING, fine=False) == {ACCOUNTING_RESPONSE, None}
    assert allowed(Kind.ACCOUNTING, fine=True) == {ACCOUNTING_RESPONSE}


def test_a_right_answer_passes() -> None:
    assert judged(RIGHT) is None
    assert judged(replace(RIGHT, packets=4, replies=RIGHT.replies * 4)) is None


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"forged": "the Identifier must match"}, "not genuine"),
        ({"replies": ()}, "ended with None"),
        ({"kind": Kind.WRONG}, "ended with 2"),
        ({"packets": 2, "replies": (bytes((ACCEPT, 1)), bytes((ACCEPT, 2)))}, "another answer"),
        ({"replies": RIGHT.replies * 2}, "more replies than packets"),
        ({"ended": 15.5}, "after the client's patience"),
        ({"questions": 2}, "asked twice"),
    ],
)
@pytest.mark.parametrize("fine", [True, False])
def test_a_wrong_one_does_not(changes: dict[str, object], text: str, fine: bool) -> None:
    found = judged(replace(RIGHT, **changes), fine=fine)  # type: ignore[arg-type]
    if "questions" in changes and not fine:
        assert found is None, "a fault excuses a second attempt"
    else:
        assert found is not None
        assert text in found


@pytest.mark.parametrize(
    ("began", "ended", "fine"),
    [(0, 9.9, True), (0, 10.1, False), (12, 13, False), (20, 24.9, False), (24.9, 30, False), (25.1, 30, True)],
)
def test_the_weather_is_bad_from_a_fault_until_a_while_after_it(began: float, ended: float, fine: bool) -> None:
    weather = Weather(after=5.0)
    weather.begin("hangs", 10.0)
    assert weather.fault == "hangs"
    weather.end(20.0)
    assert weather.fault is None
    assert weather.fine(began, ended) is fine


def test_a_stall_is_known_for_the_time_that_it_lasted() -> None:
    weather = Weather(after=5.0)
    weather.stall(10.0, 10.4)
    assert weather.stalled(9.0, 10.1)
    assert weather.stalled(10.3, 12.0)
    assert not weather.stalled(10.5, 12.0)
    assert weather.fine(9.0, 12.0), "it is no fault of the backend"
    assert weather.stalls == (1, pytest.approx(0.4))


def test_while_a_fault_lasts_the_weather_is_bad() -> None:
    weather = Weather(after=5.0)
    weather.begin("hangs", 10.0)
    assert not weather.fine(1_000, 1_001)
    assert weather.fine(1, 2)


def test_a_tally_counts_what_was_wrong_and_takes_times_of_ordinary_logins_only() -> None:
    tally = Tally()
    tally.add(RIGHT, fine=True, patience=PATIENCE)
    tally.add(RIGHT, fine=False, patience=PATIENCE)
    tally.add(replace(RIGHT, kind=Kind.CHAP), fine=True, patience=PATIENCE)
    tally.add(replace(RIGHT, kind=Kind.WRONG), fine=True, patience=PATIENCE)
    assert tally.ended[Kind.RIGHT, ACCEPT] == 2
    assert tally.seconds == [pytest.approx(0.1)]
    assert (tally.wrong, tally.complaints) == (1, ["wrong code, PAP: ended with 2"])
