"""Which folder may import what: the rules are in pyproject.toml, docs/architecture.md shows them."""

import ast
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SEARCH_PATH = ("edge", "layers/core", "functions", "cli", ".")
DEPLOYED = ("layers/core", "functions")


def test_the_floors_and_borders_of_the_packages_hold() -> None:
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(str(ROOT / folder) for folder in SEARCH_PATH))
    linter = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run(
        [linter, "--no-cache"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_contract_can_be_copied_into_the_edge_alone() -> None:
    assert (ROOT / "layers/core/mfa/__init__.py").read_bytes() == b"", "importing mfa.contract must load nothing else"


def test_the_layer_holds_every_package_that_the_functions_import() -> None:
    """The tests' environment has more: an import that only works there would fail on Lambda."""
    imported = {name for folder in DEPLOYED for path in (ROOT / folder).rglob("*.py") for name in _imports(path)}
    ours = {path.name for folder in DEPLOYED for path in (ROOT / folder).iterdir()}
    wanted = (ROOT / "layers/dependencies/requirements.in").read_text().replace("-", "_").splitlines()
    assert imported - ours - set(sys.stdlib_module_names) <= set(wanted)


def _imports(path: Path) -> set[str]:
    """The top-level packages that a module names, also inside functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module.partition(".")[0])
    return found
