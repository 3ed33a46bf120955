"""Every installed file is pinned by its hash, for both processors, and no list says where it comes from."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LISTS = (
    "layers/dependencies/requirements",
    "edge/requirements",
    "requirements/dev",
    "requirements/sam",
    "requirements/emulator",
    "requirements/checkov",
)
PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^ ]+)", re.MULTILINE)
WANTED = re.compile(r"^([a-z0-9][a-z0-9._-]*)", re.MULTILINE)


def pins(name: str) -> dict[str, str]:
    return dict(PINNED.findall((ROOT / f"{name}.txt").read_text()))


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("suffix", ["in", "txt"])
def test_no_list_names_a_place_to_fetch_from(name: str, suffix: str) -> None:
    """Whoever installs decides that: a company's mirror must work without an edit."""
    text = (ROOT / f"{name}.{suffix}").read_text()
    for forbidden in ("://", "--index", "--extra", "--find", "--trusted"):
        assert forbidden not in text


@pytest.mark.parametrize("name", LISTS)
def test_every_pin_has_hashes(name: str) -> None:
    text = (ROOT / f"{name}.txt").read_text()
    blocks = re.split(r"\n(?=[a-z0-9])", text.strip())
    assert blocks
    for block in blocks:
        assert PINNED.match(block), f"not pinned to one version: {block.splitlines()[0]}"
        assert "--hash=sha256:" in block, f"no hash: {block.splitlines()[0]}"


@pytest.mark.parametrize("name", LISTS)
def test_every_wish_is_pinned(name: str) -> None:
    """Somebody who adds a package to the .in file must run `make lock`."""
    wishes = set(WANTED.findall((ROOT / f"{name}.in").read_text()))
    assert wishes <= set(pins(name)), "run `make lock`"


@pytest.mark.parametrize("deployed", ["layers/dependencies/requirements", "edge/requirements"])
def test_the_tests_run_with_the_versions_that_are_deployed(deployed: str) -> None:
    tested = pins("requirements/dev")
    assert {package: tested.get(package) for package in pins(deployed)} == pins(deployed)


@pytest.mark.parametrize("native", ["cffi", "cryptography"])
def test_native_packages_of_the_layer_have_hashes_of_many_wheels(native: str) -> None:
    """One for each processor and system at least: a list made for one machine alone would have one or two."""
    text = (ROOT / "layers/dependencies/requirements.txt").read_text()
    block = next(block for block in re.split(r"\n(?=[a-z0-9])", text) if block.startswith(f"{native}=="))
    assert block.count("--hash=") > 10


def test_the_command_declares_only_packages_that_are_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert {WANTED.findall(wish)[0] for wish in project["dependencies"]} <= set(pins("requirements/dev"))
