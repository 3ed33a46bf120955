"""checkov, a linter for the security of templates, finds nothing but what is waived with a reason."""

import json
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.architecture.cloudformation import HOSTING, TEMPLATE

CHECKOV = TEMPLATE.parent / ".venv-checkov/bin/checkov"
WAIVERS: dict[str, dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "waivers.yaml").read_text())

pytestmark = pytest.mark.skipif(not CHECKOV.exists(), reason="needs .venv-checkov, which `make setup` installs")


@cache
def findings() -> frozenset[tuple[str, str]]:
    """Each as the check's id and the resource's name. It asks nobody, neither for newer checks nor for severities."""
    files = [TEMPLATE, *sorted(HOSTING.glob("*.yaml"))]
    options = ["--framework", "cloudformation", "--skip-download", "--compact", "--output", "json"]
    environment = {"PATH": os.environ["PATH"], "HOME": os.devnull}
    command = [CHECKOV, *(argument for file in files for argument in ("--file", file)), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=300)
    results = json.loads(done.stdout)["results"]
    assert results["passed_checks"], done.stderr
    assert not results["parsing_errors"]
    return frozenset((one["check_id"], one["resource"].rpartition(".")[2]) for one in results["failed_checks"])


def waived(check: str, resource: str) -> bool:
    where = WAIVERS.get(check, {"resources": ()})["resources"]
    return where == "everywhere" or resource in where


def test_checkov_finds_nothing_but_what_is_waived() -> None:
    assert sorted(one for one in findings() if not waived(*one)) == []


def test_no_waiver_is_left_over() -> None:
    found = findings()
    assert set(WAIVERS) == {check for check, _ in found}
    for check, waiver in WAIVERS.items():
        if waiver["resources"] != "everywhere":
            assert set(waiver["resources"]) == {resource for one, resource in found if one == check}, check


def test_every_waiver_has_a_reason() -> None:
    assert all(len(waiver["why"].split()) > 5 for waiver in WAIVERS.values())
