"""The template as plain Python: ``!Ref X`` becomes {"Ref": "X"}, ``!GetAtt A.B`` {"Fn::GetAtt": "A.B"} and so on."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml

TEMPLATE = Path(__file__).resolve().parents[2] / "template.yaml"
HOSTING = TEMPLATE.parent / "templates"  # nested stacks: the hosting of edges in one mode each, calls, what is watched


class _Loader(yaml.SafeLoader):
    """Knows CloudFormation's short tags."""


def _short_tag(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    match node:
        case yaml.ScalarNode():
            return {name: loader.construct_scalar(node)}
        case yaml.SequenceNode():
            return {name: loader.construct_sequence(node, deep=True)}
        case yaml.MappingNode():
            return {name: loader.construct_mapping(node, deep=True)}
    raise TypeError(node)


_Loader.add_multi_constructor("!", _short_tag)


@cache
def read(path: Path) -> dict[str, Any]:
    return cast("dict[str, Any]", yaml.load(path.read_text(), _Loader))  # noqa: S506 a safe loader with more tags


def template() -> dict[str, Any]:
    return read(TEMPLATE)


def nested_templates() -> dict[str, dict[str, Any]]:
    """By file name."""
    return {path.name: read(path) for path in sorted(HOSTING.glob("*.yaml"))}


def resources(kind: str, of: dict[str, Any] | None = None) -> dict[str, dict[str, Any]]:
    """The properties of all resources of a type, by logical id; of the main template, if not told another."""
    return {
        name: resource.get("Properties", {})
        for name, resource in (of or template())["Resources"].items()
        if resource["Type"] == kind
    }


def statements() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every statement of every identity policy, with where it stands; those of nested stacks, too."""
    for one in (template(), *nested_templates().values()):
        for name, policy in resources("AWS::IAM::ManagedPolicy", one).items():
            yield from ((name, statement) for statement in policy["PolicyDocument"]["Statement"])
        for name, role in resources("AWS::IAM::Role", one).items():
            for inline in role.get("Policies", ()):
                policy = if_given(inline)
                yield from ((name, statement) for statement in policy["PolicyDocument"]["Statement"])


def if_given(value: Any) -> Any:
    """What stands there when everything optional is asked for."""
    return value["Fn::If"][1] if "Fn::If" in value else value


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def granted_on_the_table(role: str) -> dict[str, list[str] | None]:
    """Every DynamoDB action with the leading keys it is limited to; None where it is not."""
    granted: dict[str, list[str] | None] = {}
    for where, statement in statements():
        for action in as_list(statement["Action"]):
            if where == role and action.startswith("dynamodb:"):
                condition = statement.get("Condition")
                keys = condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"] if condition else None
                granted[action] = None if keys is None else [*(granted.get(action) or ()), *keys]
    return granted


def environment_of(function: str) -> set[str]:
    """What is shared, with what the function adds or takes away."""
    shared = template()["Globals"]["Function"]["Environment"]["Variables"]
    own = resources("AWS::Serverless::Function")[function]["Environment"]["Variables"]
    return {name for name, value in {**shared, **own}.items() if value != {"Ref": "AWS::NoValue"}}
