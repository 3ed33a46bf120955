"""Rules for all tests: no real AWS, no sockets in unit tests, and with REQUIRE_ALL=1 a skip is a failure."""

import os
import shutil
import socket
from collections.abc import Generator
from pathlib import Path

import hypothesis
import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).resolve().parent.parent
REQUIRE_ALL = os.environ.get("REQUIRE_ALL") == "1"
_OF_THE_STACK = "tests/e2e/"
ROUNDS = int(os.environ.get("ROUNDS", "20"))
CASES_SENT = "cases_sent"  # by a test of what docs/openapi.yaml describes

# Properties are tried on 40 examples, and on 2000 by `make soak`. No deadline: others may use this machine as well.
hypothesis.settings.register_profile("rounds", max_examples=max(20, 2 * ROUNDS), deadline=None)
hypothesis.settings.load_profile("rounds")

# Whatever AWS setting the caller has, no test may reach a real account: the SDKs find nothing here but this.
for _name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[_name]
os.environ |= {
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


@pytest.fixture(scope="session")
def rounds() -> int:
    """How often a test that looks for rare events repeats: ROUNDS, 20 unless told. `make unit` asks for 5, `make soak`
    for 1000."""
    return ROUNDS


@pytest.fixture(autouse=True)
def _unit_tests_open_no_sockets(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if (ROOT / "tests/unit") not in request.path.parents:
        return

    def refuse(*_arguments: object, **_named: object) -> None:
        pytest.fail("a unit test must not open a network connection")

    for method in ("connect", "connect_ex", "bind", "sendto"):
        monkeypatch.setattr(socket.socket, method, refuse)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("radclient") and shutil.which("radclient") is None:
        pytest.skip("needs FreeRADIUS' radclient (Debian: apt-get install freeradius-utils)")
    if item.get_closest_marker("browser") and not Path("/usr/bin/chromium").exists():
        pytest.skip("needs Chromium (Debian: apt-get install chromium)")
    if item.get_closest_marker("e2e"):
        for program in (".venv-sam/bin/sam", ".venv-emulator/bin/ministack"):
            if not (ROOT / program).exists():
                pytest.skip(f"needs {program}, which `make setup` installs")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With workers (``-n 2``) those of the deployed stack come first: they take longest and mostly wait."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: _scope(item.nodeid) != _OF_THE_STACK)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """What shares the deployed stack runs in one worker, everything else by files."""
    scheduler = LoadScopeScheduling(config, log)
    scheduler._split_scope = _scope
    return scheduler


def _scope(nodeid: str) -> str:
    return _OF_THE_STACK if nodeid.startswith(_OF_THE_STACK) else nodeid.partition("::")[0]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, and REQUIRE_ALL=1 allows no skips: {_reason(report.longrepr)}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if REQUIRE_ALL and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped, and REQUIRE_ALL=1 allows no skips: {_reason(report.longrepr)}"
    return report


def _reason(skip: object) -> str:
    """A skip is reported as (path, line, reason)."""
    return str(skip[2]) if isinstance(skip, tuple) else str(skip)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many there were is counted where they arrive: how many examples hypothesis makes of one operation varies."""
    reports = [report for group in terminalreporter.stats.values() for report in group]
    ended = [report for report in reports if getattr(report, "when", None) == "teardown"]
    sent = [int(count) for report in ended for name, count in report.user_properties if name == CASES_SENT]
    if sent:
        terminalreporter.write_line(f"{sum(sent)} cases were sent to the functions that docs/openapi.yaml describes")
