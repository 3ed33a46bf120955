"""Flat or not: the line through what a process has in use."""

import pytest

from tests.soak.watch import Sample, drift, slope, total


def samples(*blocks: float, apart: float = 60.0) -> list[Sample]:
    return [Sample(number * apart, 30_000, 20, 0.0, int(one)) for number, one in enumerate(blocks)]


def test_the_slope_of_a_line_is_its_own() -> None:
    assert slope([(0, 5), (1, 7), (2, 9), (10, 25)]) == pytest.approx(2)
    assert slope([(0, 5), (1, 5), (2, 5)]) == 0


@pytest.mark.parametrize("points", [[], [(1, 2)], [(1, 2), (1, 3)]])
def test_too_few_points_have_no_slope(points: list[tuple[float, float]]) -> None:
    assert slope(points) == 0


def test_a_process_that_grows_is_not_flat_and_one_that_breathes_is() -> None:
    growing = drift(samples(*(30_000 + 200 * minute for minute in range(20))), after=0)
    assert growing.per_minute == pytest.approx(200)
    assert growing.share == pytest.approx(3_800 / 30_000)
    assert not growing.flat
    breathing = drift(samples(*(30_000 + 800 * (minute % 2) for minute in range(20))), after=0)
    assert breathing.flat


def test_what_it_takes_at_the_beginning_is_not_held_against_it() -> None:
    seen = samples(20_000, 25_000, *[30_000] * 18)
    assert not drift(seen, after=0).flat
    later = drift(seen, after=120)
    assert (later.minutes, later.per_minute) == (17, 0)
    assert later.flat


def test_too_short_a_time_says_nothing() -> None:
    assert drift(samples(20_000, 30_000, 40_000), after=0).flat
    assert drift(samples(20_000), after=0).minutes == 0


def test_a_metric_is_summed_over_its_labels() -> None:
    numbers = {'errors_total{place="a"}': 2.0, 'errors_total{place="b"}': 3.0, "errors_total_of_another": 7.0}
    assert total(numbers, "errors_total") == 5
    assert total(numbers, "nothing") == 0
