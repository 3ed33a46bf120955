"""The stack's outputs: where the parts of a deployment are."""

from collections.abc import Mapping
from dataclasses import dataclass

from gatehouse.aws.session import Aws, AwsError
from gatehouse.errors import CommandError


@dataclass(frozen=True, slots=True)
class Stack:
    name: str
    status: str
    outputs: Mapping[str, str]

    @property
    def edges(self) -> tuple[str, ...]:
        """Addresses at which the stack's own edges answer; none where the edge runs elsewhere."""
        return tuple(one.strip() for one in self.outputs.get("RadiusAddresses", "").split(",") if one.strip())

    @property
    def port(self) -> int | None:
        given = self.outputs.get("RadiusPort", "")
        return int(given) if given.isdigit() else None


def find_stack(aws: Aws, name: str) -> Stack:
    """Raises CommandError if there is none."""
    try:
        found = aws.service("cloudformation").ask("describe_stacks", StackName=name)["Stacks"][0]
    except AwsError as error:
        if error.aws_code == "ValidationError":
            text = f"there is no stack {name} in this account and region; give --stack, or set AWS_REGION"
            raise CommandError("no-stack", text) from None
        raise
    outputs = {one["OutputKey"]: one.get("OutputValue", "") for one in found.get("Outputs", [])}
    return Stack(name, found["StackStatus"], outputs)
