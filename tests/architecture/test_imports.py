"""Which folder may import what: the rules are in pyproject.toml, docs/architecture.md shows them."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SEARCH_PATH = ("edge", "layers/core", "functions", "cli", ".")


def test_the_floors_and_borders_of_the_packages_hold() -> None:
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(str(ROOT / folder) for folder in SEARCH_PATH))
    linter = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run(
        [linter, "--no-cache"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_contract_can_be_copied_into_the_edge_alone() -> None:
    assert (ROOT / "layers/core/mfa/__init__.py").read_bytes() == b"", "importing mfa.contract must load nothing else"
