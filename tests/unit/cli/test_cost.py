"""The bill of a month, and prices that an administrator brings."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from gatehouse.app import app
from gatehouse.costs.bill import ALARM_METRICS, Egress, Hosting, Use, fixed, per_million, variable
from gatehouse.costs.prices import read_prices
from gatehouse.costs.units import CODE, polls_at, push

PRICES = read_prices(None).of


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["cost", *arguments])


def document(*arguments: str) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def sum_of(hosting: Hosting, egress: Egress = Egress.EXISTING) -> float:
    return sum(line.dollars for line in fixed(PRICES, hosting, egress))


def test_the_sum_is_that_of_its_lines() -> None:
    told = document("--logins", "40000", "--push", "20000", "--sms", "1000", "--users", "1000")
    lines = [*told["fixed"], *told["logins"]]
    assert told["total"] == pytest.approx(sum(line["dollars"] for line in lines), abs=0.001)
    assert told["per_user"] == pytest.approx(told["total"] / 1000, abs=1e-6)
    assert {one["name"]: one["total"] for one in told["alternatives"]}["Duo Essentials"] == 3000


def test_hosting_orders_the_fixed_part() -> None:
    assert sum_of(Hosting.EXTERNAL) < sum_of(Hosting.EC2) < sum_of(Hosting.FARGATE)
    more = sum_of(Hosting.FARGATE, Egress.ENDPOINTS) - sum_of(Hosting.FARGATE)
    assert more == pytest.approx(3 * 2 * 730 * 0.01)  # three endpoints in two zones


def test_two_small_tasks_cost_what_they_cost_by_hand() -> None:
    (tasks, *_) = fixed(PRICES, Hosting.FARGATE, Egress.EXISTING)
    assert tasks.dollars == pytest.approx(2 * 730 * (0.25 * 0.03238 + 0.5 * 0.00356))


def test_a_million_logins_by_code_cost_a_few_dollars_and_by_push_a_hundred() -> None:
    assert 5 < per_million(PRICES, CODE) < 8
    assert 110 < per_million(PRICES, push(9)) < 125


def test_alarms_are_billed_by_the_metrics_in_them() -> None:
    (alarms,) = (line.dollars for line in fixed(PRICES, Hosting.EC2, Egress.EXISTING) if "alarms" in line.what)
    assert alarms == pytest.approx(ALARM_METRICS * 0.10 + 3.00)


def test_what_nobody_uses_is_no_line() -> None:
    assert [line.what for line in variable(PRICES, Use(code=5))] == ["5 logins by code"]


def test_twice_the_logins_cost_twice() -> None:
    once, twice = (variable(PRICES, Use(code=count))[0].dollars for count in (1000, 2000))
    assert twice == pytest.approx(2 * once)


def test_the_more_push_at_once_the_fewer_questions_for_each() -> None:
    asked = [polls_at(rate) for rate in (0, 0.05, 0.1, 0.5, 1, 3, 100)]
    assert asked == sorted(asked, reverse=True)
    assert (asked[0], asked[-1]) == (9.0, 0.4)


def test_messages_cost_by_their_country() -> None:
    cheap, dear = (document("--sms", "1000", "--sms-price", price)["total"] for price in ("0.01", "0.10"))
    assert dear - cheap == pytest.approx(90)


def test_own_prices_need_to_name_only_what_differs(tmp_path: Path) -> None:
    own = tmp_path / "prices.json"
    own.write_text(json.dumps({"region": "eu-central-1", "date": "2027-01-01", "prices": {"key_month": 1001}}))
    before, after = document("--logins", "1"), document("--logins", "1", "--prices", str(own))
    assert (after["region"], after["prices_of"]) == ("eu-central-1", "2027-01-01")
    assert after["total"] - before["total"] == pytest.approx(1000)
    shown = run("--logins", "1", "--prices", str(own)).stdout
    assert "eu-central-1, prices of 2027-01-01" in shown
    assert "prices.json, else as in this release" in shown


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no json", "no JSON object"),
        ("[]", "no JSON object"),
        ('{"prices": {"key_mont": 1}}', "key_mont"),
        ('{"currency": "EUR"}', "currency"),
        ('{"prices": {"key_month": -1}}', "numbers of dollars"),
        ('{"prices": {"key_month": "1"}}', "numbers of dollars"),
        ('{"prices": {"key_month": true}}', "numbers of dollars"),
        ('{"alternatives": [{"name": "x"}]}', "an alternative has"),
    ],
)
def test_a_file_that_is_none_of_prices_is_refused_in_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    own = tmp_path / "prices.json"
    own.write_text(text)
    result = run("--logins", "1", "--prices", str(own))
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert "Traceback" not in result.output


def test_nothing_to_count_is_said_so() -> None:
    assert "at least one" in run().stderr


def test_the_table_names_region_date_and_what_is_not_counted() -> None:
    shown = run("--logins", "1000", "--users", "10").stdout
    assert "us-east-1, prices of 2026-" in shown
    assert "Not counted" in shown
    assert "not verified" in shown
