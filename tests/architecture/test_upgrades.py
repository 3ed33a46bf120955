"""An update of the stack replaces nothing that RADIUS clients, edges or people know by name."""

import json
import re
import subprocess
from functools import cache
from typing import Any

from tests.architecture.cloudformation import HOSTING, TEMPLATE, nested_templates, resources, template
from tests.architecture.deployment import HOSTED

ROOT = TEMPLATE.parent
SAM_PYTHON = ROOT / ".venv-sam/bin/python"
ASK_SCHEMAS = """
import json, sys
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER
schemas = {kind: PROVIDER_SCHEMA_MANAGER.get_resource_schema("eu-central-1", kind).schema for kind in sys.argv[1:]}
names = ("createOnlyProperties", "conditionalCreateOnlyProperties")
print(json.dumps({kind: [path for name in names for path in one.get(name, ())] for kind, one in schemas.items()}))
"""
# What RADIUS clients, edges or people know by name. Replacing one of them is an outage or worse.
KEPT = {
    "AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::Logs::LogGroup", "AWS::ECR::Repository",
    "AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::ElasticLoadBalancingV2::TargetGroup",
    "AWS::ElasticLoadBalancingV2::Listener", "AWS::EC2::NetworkInterface", "AWS::EC2::SecurityGroup",
    "AWS::EC2::SecurityGroupEgress", "AWS::EC2::VPCEndpoint", "AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api",
    "AWS::IAM::Role", "AWS::AutoScaling::AutoScalingGroup", "AWS::ECS::Cluster", "AWS::ECS::Service",
}  # fmt: skip
# Beyond what the schema calls replacing: CloudFormation cannot move an address that a load balancer holds.
ALSO_REPLACING = {"AWS::ElasticLoadBalancingV2::LoadBalancer": ["SubnetMappings", "SecurityGroups"]}
# Choosing another of these is building another edge. The guide says so.
CHOSEN_ONCE = {
    "VpcId", "EdgeSubnetA", "EdgeSubnetB", "RadiusAddressA", "RadiusAddressB", "RadiusPort", "RadiusAccountingPort",
    "DirectorySecurityGroupId",
}  # fmt: skip


@cache
def _by_schema() -> dict[str, list[str]]:
    """Asked of AWS's own schemas, which cfn-lint has."""
    done = subprocess.run([SAM_PYTHON, "-c", ASK_SCHEMAS, *sorted(KEPT)], capture_output=True, text=True, check=True)
    return {kind: [path.split("/")[2] for path in paths] for kind, paths in json.loads(done.stdout).items()}


def replacing(kind: str) -> list[str]:
    """The properties of a type that force a replacement."""
    return _by_schema()[kind] + ALSO_REPLACING.get(kind, [])


def parameters_in(value: Any, of: dict[str, Any], given: dict[str, Any]) -> set[str]:
    """The parameters of the stack that a value depends on; ``given`` is what a nested stack's parameters are given."""
    if isinstance(value, dict):
        names = {value["Ref"]} if set(value) == {"Ref"} else set()
        for text in value.values() if "Fn::Sub" in value else ():
            names |= set(re.findall(r"\$\{([A-Za-z0-9]+)\}", str(text)))
        if "Fn::If" in value:
            names |= condition_parameters(of, value["Fn::If"][0])
        found = set().union(*(parameters_in(one, of, given) for one in value.values()))
        for name in names & set(of["Parameters"]):
            found |= parameters_in(given[name], template(), {}) if name in given else {name}
        return found
    return set().union(*(parameters_in(one, of, given) for one in value)) if isinstance(value, list) else set()


def condition_parameters(of: dict[str, Any], name: str) -> set[str]:
    text = json.dumps(of["Conditions"][name])
    nested = set().union(*(condition_parameters(of, one) for one in re.findall(r'"Condition": "([^"]+)"', text)))
    return nested | set(re.findall(r'"Ref": "([A-Za-z0-9]+)"', text))


def test_what_is_changed_in_operation_replaces_nothing_that_is_known_by_name() -> None:
    of_stacks = {path: resources("AWS::CloudFormation::Stack")[name]["Parameters"] for name, path in HOSTED.items()}
    sources = [
        ("template.yaml", template(), {}),
        *((path, nested_templates()[path], given) for path, given in of_stacks.items()),
    ]
    looked_at = set()
    for path, source, given in sources:
        for name, resource in source["Resources"].items():
            if resource["Type"] not in KEPT:
                continue
            looked_at.add(resource["Type"])
            for changed in replacing(resource["Type"]):
                found = parameters_in(resource.get("Properties", {}).get(changed), source, given)
                assert found <= CHOSEN_ONCE, f"{path}: {name}.{changed} would be replaced by {found - CHOSEN_ONCE}"
    assert looked_at >= KEPT - {"AWS::ApiGateway::RestApi"}, "a type that nothing has any more"


def test_the_table_and_the_key_depend_on_nothing_that_could_replace_them() -> None:
    for kind in ("AWS::DynamoDB::Table", "AWS::KMS::Key"):
        ((name, properties),) = resources(kind).items()
        assert "Condition" not in template()["Resources"][name]
        for changed in replacing(kind):
            assert not parameters_in(properties.get(changed), template(), {})


def test_the_guide_names_what_is_chosen_once() -> None:
    guide = (ROOT / "docs/guides/deploying.md").read_text()
    (section,) = re.findall(r"^## Upgrades$(.*?)^## ", guide, re.MULTILINE | re.DOTALL)
    assert all(f"`{name}`" in section for name in CHOSEN_ONCE)


def test_the_guide_explains_every_parameter() -> None:
    guide = (ROOT / "docs/guides/deploying.md").read_text()
    assert [name for name in template()["Parameters"] if f"`{name}`" not in guide] == []


def test_every_parameter_is_in_a_group_once_and_has_a_default() -> None:
    """So ``sam deploy --guided`` can be answered with the return key, group by group."""
    groups = template()["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    grouped = [name for group in groups for name in group["Parameters"]]
    assert sorted(grouped) == sorted(template()["Parameters"])
    assert all("Default" in parameter for parameter in template()["Parameters"].values())


def test_nested_templates_are_read_as_files_of_the_repository() -> None:
    assert {path.name for path in HOSTING.iterdir()} == {
        *HOSTED.values(),
        "audit-archive.yaml",
        "phone-calls.yaml",
        "watching.yaml",
    }
