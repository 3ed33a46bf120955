"""What `gatehouse cost` takes a login for is what is counted on the real services."""

import os
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from bench import push_cost
from bench.dynamodb_units import Bill
from bench.login_units import code_login, message_login
from bench.push_polls import MEDIAN_SECONDS, alone, shared
from gatehouse.costs import units
from gatehouse.costs.bill import per_million
from gatehouse.costs.prices import read_prices
from tests.architecture.cloudformation import template
from tests.fakes.aws import AwsInProcess, aws_in_process

pytestmark = pytest.mark.integration


@pytest.fixture
def aws() -> Iterator[AwsInProcess]:
    with Path(os.devnull).open("w") as nowhere, aws_in_process() as aws, redirect_stdout(nowhere):
        yield aws


def units_of(*bills: Bill) -> tuple[int, int]:
    return sum(one.reads for one in bills), sum(one.writes for one in bills)


def test_a_login_by_code_reads_and_writes_as_counted(aws: AwsInProcess) -> None:
    assert units_of(code_login(aws)) == (units.CODE.reads, units.CODE.writes)


def test_a_login_by_message_reads_and_writes_as_counted(aws: AwsInProcess) -> None:
    assert units_of(*message_login(aws)) == (units.MESSAGE.reads, units.MESSAGE.writes)


def test_a_push_costs_what_the_benchmark_counts(aws: AwsInProcess) -> None:
    counted = push_cost.Login(aws).counted()
    polls = float(alone(MEDIAN_SECONDS))
    benchmark = sum(row.dollars for row in push_cost.rows(counted, polls))
    prices = read_prices(None).of
    edge_log = units.LOG_OCTETS["edge"] / 1000 * prices["log_gigabyte"]  # which the benchmark leaves out
    assert per_million(prices, units.push(polls)) - edge_log == pytest.approx(benchmark, abs=0.01)


def test_what_is_assumed_is_assumed_once() -> None:
    assert units.MILLISECONDS == push_cost.MILLISECONDS
    assert {name: units.LOG_OCTETS[name] for name in push_cost.LOG_OCTETS} == push_cost.LOG_OCTETS
    assert (push_cost.transitions()[0], push_cost.LOOKS + 1) == (units.TRANSITIONS, units.DEVICE_CALLS)
    assert push_cost.FILES == units.FILE_CALLS
    assert template()["Globals"]["Function"]["MemorySize"] / 1024 == units.MEMORY_GIGABYTES
    assert units.POLLS_ALONE == alone(MEDIAN_SECONDS) == units.POLLS_BY_RATE[0][1]


def test_questions_by_rate_are_those_of_the_simulation() -> None:
    for rate, polls in units.POLLS_BY_RATE[1:]:
        assert shared(rate) == pytest.approx(polls, abs=0.06)
