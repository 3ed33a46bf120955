"""What the serving process loads: botocore is never part of it."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("heavy", ["botocore", "boto3", "pyrad", "json.tool", "mfa.domain", "mfa.ports"])
def test_the_serving_process_does_not_load(heavy: str) -> None:
    program = f"import sys, radius_edge.__main__; sys.exit({heavy!r} in sys.modules)"
    environ = {"PYTHONPATH": ":".join(path for path in sys.path if path)}
    assert subprocess.run([sys.executable, "-c", program], check=False, env=environ).returncode == 0
