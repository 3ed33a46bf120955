"""What the command reads of the stack's outputs is there: an absent output is no error to it, only a worse answer."""

import ast
from collections.abc import Iterator
from pathlib import Path

from gatehouse.checks.stack_parts import _PARTS
from tests.architecture.cloudformation import template

CLI = Path(__file__).resolve().parents[2] / "cli/gatehouse"


def outputs_read(tree: ast.AST) -> Iterator[str]:
    """Names in ``outputs["X"]``, ``outputs.get("X")`` and ``"X" in outputs``, of whatever object."""
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(value=place, slice=ast.Constant(value=str(name))) if is_outputs(place):
                yield name
            case ast.Call(func=ast.Attribute(value=place, attr="get"), args=[ast.Constant(value=str(name)), *_]) if (
                is_outputs(place)
            ):
                yield name
            case ast.Compare(left=ast.Constant(value=str(name)), comparators=[place]) if is_outputs(place):
                yield name


def is_outputs(place: ast.expr) -> bool:
    match place:
        case ast.Name(id="outputs") | ast.Attribute(attr="outputs"):
            return True
    return False


def test_every_output_that_the_command_reads_is_one_of_the_template() -> None:
    read = {name for file in CLI.rglob("*.py") for name in outputs_read(ast.parse(file.read_text()))}
    assert read >= {"EnrollmentApiUrl", "RadiusAddresses", "RadiusPort", "TableName"}, "the ways of reading are known"
    assert {*read, *_PARTS} - set(template()["Outputs"]) == set()
