"""What the stack tells of itself: where the parts of a deployment are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gatehouse.aws.session import Aws, AwsError
from gatehouse.errors import CommandError


@dataclass(frozen=True, slots=True)
class Stack:
    name: str
    status: str
    outputs: Mapping[str, str]
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def edges(self) -> tuple[str, ...]:
        """Addresses at which the stack's own edges answer, from its output or else from the parameters that fix them;
        none where the edge runs elsewhere."""
        told = self.outputs.get("RadiusAddresses", "").split(",")
        fixed = [self.parameters.get(f"RadiusAddress{zone}", "") for zone in "AB"]
        return _filled(told) or _filled(fixed)

    @property
    def hosts_edges(self) -> bool:
        """Its log group for edges is there in any case, and stays empty where they run elsewhere."""
        return bool(self.outputs.get("RadiusAddresses"))

    @property
    def port(self) -> int | None:
        given = self.outputs.get("RadiusPort") or self.parameters.get("RadiusPort", "")
        return int(given) if given.isdigit() else None


def _filled(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(text.strip() for text in texts if text.strip())


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
    parameters = {one["ParameterKey"]: one.get("ParameterValue", "") for one in found.get("Parameters", [])}
    return Stack(name, found["StackStatus"], outputs, parameters)
