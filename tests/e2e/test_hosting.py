"""The whole template with an edge in each mode: `sam deploy`, updates from mode to mode, deletion; and what the
emulator's services say that there is, because its word "complete" proves nothing. It is an emulator of its own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import make_image
from local import aws
from local.build import build
from local.credentials import ROOT_USER
from local.deploy import STACK, deploy
from local.emulator import Emulator
from local.errors import LocalError
from local.layout import RunFolder
from local.ports import free_tcp_port

pytestmark = pytest.mark.e2e

IMAGE = f"123456789012.dkr.ecr.eu-central-1.amazonaws.com/edge@sha256:{'0' * 64}"
MORE_TYPES = Path(__file__).parent / "more_types"
ADDRESSES = {"RadiusAddressA": "10.0.1.10", "RadiusAddressB": "10.0.2.10"}
ZONES = {"EdgeZoneA": "eu-central-1a", "EdgeZoneB": "eu-central-1b"}


class Account:
    """What there is in the emulator, read from the services themselves."""

    def __init__(self, url: str) -> None:
        self.url = url

    def asked(self, service: str) -> Any:
        return aws.client(service, self.url)

    def network(self) -> dict[str, str]:
        ec2 = self.asked("ec2")
        (vpc,) = ec2.describe_vpcs()["Vpcs"]
        subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["Subnets"]
        first, second = (subnet["SubnetId"] for subnet in subnets[:2])
        return {"VpcId": vpc["VpcId"], "EdgeSubnetA": first, "EdgeSubnetB": second}

    def update(self, **changed: str) -> None:
        cloudformation = self.asked("cloudformation")
        (stack,) = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
        kept = [one["ParameterKey"] for one in stack["Parameters"] if one["ParameterKey"] not in changed]
        cloudformation.update_stack(
            StackName=STACK,
            UsePreviousTemplate=True,
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            Parameters=[{"ParameterKey": name, "UsePreviousValue": True} for name in kept]
            + [{"ParameterKey": name, "ParameterValue": value} for name, value in changed.items()],
        )
        cloudformation.get_waiter("stack_update_complete").wait(
            StackName=STACK, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )

    def outputs(self) -> dict[str, str]:
        (stack,) = self.asked("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
        return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}

    def hosting(self) -> dict[str, int]:
        """How many there are of what hosts edges."""
        balancing, ec2 = self.asked("elbv2"), self.asked("ec2")
        balancers = balancing.describe_load_balancers()["LoadBalancers"]
        clusters = self.asked("ecs").list_clusters()["clusterArns"]
        services = [arn for one in clusters for arn in self.asked("ecs").list_services(cluster=one)["serviceArns"]]
        return {
            "load balancers": len(balancers),
            "listeners": sum(
                len(balancing.describe_listeners(LoadBalancerArn=one["LoadBalancerArn"])["Listeners"])
                for one in balancers
            ),
            "target groups": len(balancing.describe_target_groups()["TargetGroups"]),
            "services": len(services),
            "interfaces": len(self.interfaces()),
            "groups of instances": len(self.asked("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]),
            "launch templates": len(ec2.describe_launch_templates()["LaunchTemplates"]),
            "endpoints": len(ec2.describe_vpc_endpoints()["VpcEndpoints"]),
        }

    def canaries(self) -> list[str]:
        """Which functions there are for the canary."""
        names = " ".join(one["FunctionName"] for one in self.asked("lambda").list_functions()["Functions"])
        return [name for name in ("CanaryFunction", "UdpProbeFunction") if f"-{name}-" in names]

    def interfaces(self) -> list[str]:
        found = self.asked("ec2").describe_network_interfaces()["NetworkInterfaces"]
        return sorted(one["PrivateIpAddress"] for one in found if "RADIUS edge" in one.get("Description", ""))

    def task(self) -> dict[str, Any]:
        ecs = self.asked("ecs")
        (cluster,) = ecs.list_clusters()["clusterArns"]
        (service,) = ecs.describe_services(cluster=cluster, services=ecs.list_services(cluster=cluster)["serviceArns"])[
            "services"
        ]
        found: dict[str, Any] = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
        return found

    def environment(self) -> dict[str, str]:
        (container,) = self.task()["containerDefinitions"]
        return {one["name"]: one["value"] for one in container["environment"]}

    def let_out(self, group: str) -> list[tuple[int, str]]:
        """The ports and groups that a security group is let out to."""
        (found,) = self.asked("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"]
        return [
            (rule["FromPort"], pair["GroupId"])
            for rule in found["IpPermissionsEgress"]
            for pair in rule.get("UserIdGroupPairs", ())
        ]


NOTHING = {
    "load balancers": 0,
    "listeners": 0,
    "target groups": 0,
    "services": 0,
    "interfaces": 0,
    "groups of instances": 0,
    "launch templates": 0,
    "endpoints": 0,
}


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    build()
    emulator = Emulator(RunFolder(tmp_path_factory.mktemp("hosting")), free_tcp_port(), {"PYTHONPATH": str(MORE_TYPES)})
    try:
        emulator.wait_until_ready()
        yield Account(emulator.url)
    finally:
        emulator.stop()


def test_an_edge_in_each_mode_is_deployed_changed_and_deleted(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One test, because each step begins with what the one before has left."""
    directory = account.asked("ec2").create_security_group(GroupName="d-0123456789_controllers", Description="AD")
    network = account.network()

    with pytest.raises(LocalError, match="EdgeImageUri starts an edge, which needs VpcId"):
        deploy(account.url, EdgeImageUri=IMAGE)

    # Fargate, from nothing, by `sam deploy`: with a private API and its endpoint
    given = {**network, **ADDRESSES, "EdgeImageUri": IMAGE, "DirectorySecurityGroupId": directory["GroupId"]}
    stack = deploy(account.url, EdgeApiAccess="PRIVATE", **given)
    outputs = account.outputs()
    assert account.hosting() == NOTHING | {
        "load balancers": 1,
        "listeners": 2,
        "target groups": 2,
        "services": 1,
        "endpoints": 1,
    }
    (endpoint,) = account.asked("ec2").describe_vpc_endpoints()["VpcEndpoints"]
    assert outputs["EdgeApiUrl"].startswith(f"https://{stack.edge_api_id}-{endpoint['VpcEndpointId']}.execute-api.")
    assert account.environment()["GATEHOUSE_API_URL"] == outputs["EdgeApiUrl"]
    assert account.task()["networkMode"] == "awsvpc"
    assert account.let_out(directory["GroupId"])[-1:] == [(1812, outputs["RadiusSecurityGroupId"])]
    assert "10.0.1.10" in outputs["EdgeNextStep"]
    assert outputs["CanarySecretName"] == f"{STACK}/canary"
    assert account.canaries() == ["CanaryFunction", "UdpProbeFunction"]
    _find_where_images_go(account, outputs, monkeypatch)

    # A new image changes containers, and nothing that RADIUS clients know
    balancers = account.asked("elbv2").describe_load_balancers()["LoadBalancers"]
    account.update(EdgeImageUri=IMAGE.replace("0" * 64, "1" * 64))
    assert account.task()["containerDefinitions"][0]["image"].endswith("1" * 64)
    assert account.asked("elbv2").describe_load_balancers()["LoadBalancers"] == balancers
    assert account.outputs()["EdgeApiUrl"] == outputs["EdgeApiUrl"]

    # Two instances instead
    account.update(EdgeMode="ec2", **ZONES)
    assert account.hosting() == NOTHING | {
        "services": 1,
        "interfaces": 2,
        "groups of instances": 2,
        "launch templates": 2,
        "endpoints": 1,
    }
    assert account.interfaces() == ["10.0.1.10", "10.0.2.10"]
    assert account.task()["networkMode"] == "host"

    # An edge elsewhere: nothing of it is here, and the directory's group is as it was
    empty = dict.fromkeys([*given, "EdgeZoneA", "EdgeZoneB"], "")
    account.update(EdgeMode="external", EdgeApiAccess="REGIONAL", **empty)
    assert account.hosting() == NOTHING
    assert account.let_out(directory["GroupId"]) == []
    assert "EdgePolicy" in account.outputs()["EdgeNextStep"]
    assert "RadiusSecurityGroupId" not in account.outputs()
    assert account.canaries() == []

    # What is kept when the stack is deleted is what people would miss
    account.asked("cloudformation").delete_stack(StackName=STACK)
    account.asked("cloudformation").get_waiter("stack_delete_complete").wait(
        StackName=STACK, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    assert account.asked("dynamodb").describe_table(TableName=stack.table)["Table"]["TableStatus"] == "ACTIVE"
    assert account.asked("kms").describe_key(KeyId=stack.key_arn)["KeyMetadata"]["Enabled"]
    assert account.asked("ecr").describe_repositories()["repositories"] == []
    assert account.asked("lambda").list_functions()["Functions"] == []


def _find_where_images_go(account: Account, outputs: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """`make edge-image` asks the same stack."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", account.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ROOT_USER.access_key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", ROOT_USER.secret_access_key)
    repository = make_image.find_repository(STACK)
    assert repository.uri == outputs["EdgeRepositoryUri"]
    assert repository.architecture in make_image.PLATFORMS
    assert repository.user == "AWS"
