"""What CloudFormation would make of the template with some parameters: which rules refuse them, which resources there
are. Only the functions that stand in the template's rules and conditions; the emulator is tried beside it in
tests/e2e/test_hosting.py."""

from typing import Any, Final

from tests.architecture.cloudformation import template

# The nested stacks that host edges, with their templates.
HOSTED: Final = {"EdgeOnFargateStack": "edge-on-fargate.yaml", "EdgeOnEc2Stack": "edge-on-ec2.yaml"}


class Deployment:
    """Parameters that are not given have their defaults."""

    def __init__(self, **given: str) -> None:
        unknown = set(given) - set(template()["Parameters"])
        assert not unknown, f"no parameters: {unknown}"
        self.values = {name: str(one.get("Default", "")) for name, one in template()["Parameters"].items()} | given

    @property
    def refusals(self) -> list[str]:
        """What the rules say to it; nothing if they let it through."""
        return [
            assertion["AssertDescription"]
            for rule in template()["Rules"].values()
            if self.holds(rule.get("RuleCondition", {"Fn::Equals": ["", ""]}))
            for assertion in rule["Assertions"]
            if not self.holds(assertion["Assert"])
        ]

    @property
    def resources(self) -> set[str]:
        return {
            name
            for name, resource in template()["Resources"].items()
            if "Condition" not in resource or self.named(resource["Condition"])
        }

    @property
    def outputs(self) -> dict[str, Any]:
        return {
            name: self.chosen(output["Value"])
            for name, output in template()["Outputs"].items()
            if "Condition" not in output or self.named(output["Condition"])
        }

    def named(self, condition: str) -> bool:
        return self.holds(template()["Conditions"][condition])

    def holds(self, expression: dict[str, Any]) -> bool:
        ((function, operand),) = expression.items()
        match function:
            case "Condition":
                return self.named(operand)
            case "Fn::Not":
                return not self.holds(operand[0])
            case "Fn::And":
                return all(map(self.holds, operand))
            case "Fn::Or":
                return any(map(self.holds, operand))
            case "Fn::Equals":
                return self.text(operand[0]) == self.text(operand[1])
        raise ValueError(function)

    def text(self, value: Any) -> str:
        match value:
            case {"Ref": name}:
                return self.values[name]
            case {"Fn::Join": [separator, {"Ref": name}]}:
                return str(separator).join(self.values[name].split(","))
        return str(value)

    def chosen(self, value: Any) -> Any:
        """The branch of every Fn::If that is taken; what is left are references."""
        match value:
            case {"Fn::If": [condition, then, otherwise]}:
                return self.chosen(then if self.named(condition) else otherwise)
            case dict():
                return {key: self.chosen(one) for key, one in value.items()}
            case list():
                return [self.chosen(one) for one in value]
        return value
