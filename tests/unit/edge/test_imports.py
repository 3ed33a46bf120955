"""What the serving process loads: botocore is never part of it."""

import subprocess
import sys

import pytest


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    program = "import sys, radius_edge.__main__; print(*sys.modules)"
    environ = {"PYTHONPATH": ":".join(path for path in sys.path if path)}
    done = subprocess.run([sys.executable, "-c", program], check=True, env=environ, capture_output=True, text=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("heavy", ["botocore", "boto3", "pyrad", "json.tool", "mfa.domain", "mfa.ports"])
def test_the_serving_process_does_not_load(loaded: set[str], heavy: str) -> None:
    assert heavy not in loaded


def test_the_serving_process_does_load_what_it_serves_with(loaded: set[str]) -> None:
    assert {"radius_edge.edge", "uvloop", "mfa.contract"} <= loaded
