"""What `sam build` makes carries its bytecode: Lambda's folders are read-only, so nothing could write it later."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.cloudformation import resources, template

ROOT = Path(__file__).resolve().parents[2]
MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}
UNCHECKED_HASH = 0b01  # PEP 552: the flags field, the second of four 32-bit words


def build(target: str, source: Path, artifacts: Path) -> None:
    command = ["make", "--silent", "--makefile", source / "Makefile", target]
    environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "ARTIFACTS_DIR": str(artifacts)}
    subprocess.run(command, cwd=source, env=environment, check=True, capture_output=True, timeout=60)


@pytest.mark.parametrize("kind", ["AWS::Serverless::Function", "AWS::Serverless::LayerVersion"])
def test_functions_and_layers_are_built_by_the_makefiles_that_add_bytecode(kind: str) -> None:
    names = resources(kind)
    assert names
    for name in names:
        assert template()["Resources"][name].get("Metadata", {}).get("BuildMethod") == "makefile", name


def test_there_is_a_makefile_for_each_processor_and_it_names_that_processors_wheels() -> None:
    assert set(template()["Parameters"]["Architecture"]["AllowedValues"]) == set(MACHINES)
    context = template()["Resources"]["DependenciesLayer"]["Metadata"]["ContextPath"]["Fn::Sub"]
    for architecture, machine in MACHINES.items():
        makefile = ROOT / context.replace("${Architecture}", architecture) / "Makefile"
        assert f"MACHINE := {machine}\n" in makefile.read_text()


@pytest.mark.parametrize(
    ("target", "source", "packages", "on_lambda"),
    [
        ("build-CoreLayer", "layers/core", "python", "/opt/python"),
        ("build-LoginsFunction", "functions", ".", "/var/task"),
    ],
)
def test_every_module_has_bytecode_that_is_used_whatever_its_times_are(
    tmp_path: Path, target: str, source: str, packages: str, on_lambda: str
) -> None:
    build(target, ROOT / source, tmp_path)
    modules = list((tmp_path / packages).rglob("*.py"))
    assert modules
    for module in modules:
        compiled = Path(importlib.util.cache_from_source(module)).read_bytes()
        assert compiled[:4] == importlib.util.MAGIC_NUMBER
        assert int.from_bytes(compiled[4:8], "little") == UNCHECKED_HASH
        assert f"{on_lambda}/{module.relative_to(tmp_path / packages)}".encode() in compiled, "a trace would mislead"


def test_the_layer_describes_the_services_that_are_called_and_no_others() -> None:
    """botocore cannot make a client of a service whose description was left out."""
    (line,) = re.findall(r"^SERVICES = (.+)$", (ROOT / "layers/dependencies/build.mk").read_text(), re.MULTILINE)
    makers = re.compile(r"(?:make|create)?_client\(\s*\"([a-z0-9-]+)\"")
    sources = [path for top in ("layers/core", "functions") for path in (ROOT / top).rglob("*.py")]
    called = {name for path in sources for name in makers.findall(path.read_text())}
    assert len(called) > 5
    assert set(line.split()) == called | {"dynamodb"}, "DynamoDB's client is made by PynamoDB"


def test_the_web_function_carries_its_files(tmp_path: Path) -> None:
    """What users' browsers fetch is packaged with the handler that hands it out, octet by octet."""
    build("build-WebFunction", ROOT / "functions", tmp_path)
    static = ROOT / "functions/web/static"
    files = {path.relative_to(static): path.read_bytes() for path in static.rglob("*") if path.is_file()}
    assert Path("index.html") in files
    packaged = tmp_path / "web/static"
    assert {path.relative_to(packaged): path.read_bytes() for path in packaged.rglob("*") if path.is_file()} == files
