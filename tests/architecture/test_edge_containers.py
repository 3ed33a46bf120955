"""The edges that the stack hosts: who reaches them, what they may do, and how they grow and are replaced."""

import ast
from collections.abc import Iterator
from typing import Any

import pytest

from radius_edge.settings import DEFAULT_ACCT_PORT, DEFAULT_AUTH_PORT, Settings
from tests.architecture.cloudformation import TEMPLATE, nested_templates, resources
from tests.architecture.deployment import HOSTED, Deployment

NETWORK = {"VpcId": "vpc-01234567", "EdgeSubnetA": "subnet-0123456a", "EdgeSubnetB": "subnet-0123456b"}

# ---- the network


def groups() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, group in resources("AWS::EC2::SecurityGroup").items():
        for rule in group["SecurityGroupIngress"]:
            yield name, rule.get("Fn::If", [None, rule])[1]


def test_nothing_of_the_edge_is_open_to_the_world() -> None:
    for name, rule in groups():
        assert rule.get("CidrIp") in (None, {"Ref": "RadiusClientNetwork"}), name
        assert "SourceSecurityGroupId" in rule or "CidrIp" in rule, name


def test_radius_clients_reach_the_two_radius_ports_only() -> None:
    ports = [
        (rule["IpProtocol"], rule["FromPort"]["Ref"], rule["ToPort"]["Ref"])
        for name, rule in groups()
        if name == "RadiusSecurityGroup"
    ]
    assert set(ports) == {("udp", port, port) for port in ("RadiusPort", "RadiusAccountingPort")}


def test_the_group_of_radius_clients_is_let_out_to_edges_only() -> None:
    """It has a rule to this machine itself, because without any it would be let out to everything."""
    (nothing,) = resources("AWS::EC2::SecurityGroup")["RadiusSecurityGroup"]["SecurityGroupEgress"]
    assert nothing["CidrIp"] == "127.0.0.1/32"
    for name, rule in resources("AWS::EC2::SecurityGroupEgress").items():
        if rule["GroupId"] == {"Ref": "RadiusSecurityGroup"}:
            assert rule["DestinationSecurityGroupId"] == {"Ref": "EdgeSecurityGroup"}, name


def test_edges_are_let_out_to_https_and_to_old_radius_servers_if_there_are_any() -> None:
    https, upstreams = resources("AWS::EC2::SecurityGroup")["EdgeSecurityGroup"]["SecurityGroupEgress"]
    assert (https["IpProtocol"], https["FromPort"], https["ToPort"]) == ("tcp", 443, 443)
    condition, rule, otherwise = upstreams["Fn::If"]
    assert (condition, rule["CidrIp"]) == ("HasUpstreamNetwork", {"Ref": "UpstreamNetwork"})
    assert otherwise == {"Ref": "AWS::NoValue"}


def test_a_directory_is_let_out_to_the_edge_and_admitted_there() -> None:
    deployment = Deployment(**NETWORK, DirectorySecurityGroupId="sg-01234567")
    assert "DirectoryToRadius" in deployment.resources
    assert "DirectoryToRadius" not in Deployment(**NETWORK).resources
    out = resources("AWS::EC2::SecurityGroupEgress")["DirectoryToRadius"]
    assert out["DestinationSecurityGroupId"] == {"Ref": "RadiusSecurityGroup"}
    admitted = [rule.get("SourceSecurityGroupId") for name, rule in groups() if name == "RadiusSecurityGroup"]
    assert {"Ref": "DirectorySecurityGroupId"} in admitted


def test_every_rule_of_a_security_group_says_what_it_is_for() -> None:
    for group in resources("AWS::EC2::SecurityGroup").values():
        for rule in (*group["SecurityGroupIngress"], *group["SecurityGroupEgress"]):
            assert rule.get("Fn::If", [None, rule])[1]["Description"]


def test_the_load_balancer_is_internal_with_an_address_in_each_zone() -> None:
    (balancer,) = resources(
        "AWS::ElasticLoadBalancingV2::LoadBalancer", nested_templates()["edge-on-fargate.yaml"]
    ).values()
    assert (balancer["Type"], balancer["Scheme"]) == ("network", "internal")
    assert balancer["SecurityGroups"], "they can be given at creation only"
    assert [one["PrivateIPv4Address"] for one in balancer["SubnetMappings"]] == [
        {"Ref": "AddressA"},
        {"Ref": "AddressB"},
    ]
    attributes = {one["Key"]: one["Value"] for one in balancer["LoadBalancerAttributes"]}
    assert attributes["load_balancing.cross_zone.enabled"] == "true"
    assert "deletion_protection.enabled" not in attributes, "a first deployment that fails could not be taken back"


def test_both_ports_are_checked_by_the_edges_own_readiness() -> None:
    fargate = nested_templates()["edge-on-fargate.yaml"]
    targets = resources("AWS::ElasticLoadBalancingV2::TargetGroup", fargate)
    assert {one["Port"]["Ref"] for one in targets.values()} == {"RadiusPort", "AccountingPort"}
    for target in targets.values():
        assert (target["Protocol"], target["TargetType"]) == ("UDP", "ip")
        assert (target["HealthCheckProtocol"], target["HealthCheckPath"]) == ("HTTP", "/readyz")
    (service,) = resources("AWS::ECS::Service", fargate).values()
    assert {one["TargetGroupArn"]["Ref"] for one in service["LoadBalancers"]} == set(targets)
    assert set(fargate["Resources"]["Service"]["DependsOn"]) == set(
        resources("AWS::ElasticLoadBalancingV2::Listener", fargate)
    )


# ---- the containers


def containers() -> dict[str, dict[str, Any]]:
    found = {}
    for path in HOSTED.values():
        (task,) = resources("AWS::ECS::TaskDefinition", nested_templates()[path]).values()
        (found[path],) = task["ContainerDefinitions"]
    return found


@pytest.mark.parametrize("path", HOSTED.values())
def test_an_edge_can_do_nothing_to_its_container(path: str) -> None:
    container = containers()[path]
    user, _, group = container["User"].partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert container["ReadonlyRootFilesystem"] is True
    assert container["LinuxParameters"]["Capabilities"] == {"Drop": ["ALL"]}
    assert "Privileged" not in container


@pytest.mark.parametrize("path", HOSTED.values())
def test_the_edge_understands_the_settings_that_a_container_gives_it(path: str) -> None:
    values = {"ApiUrl": "https://abc-vpce-1.execute-api.eu-central-1.amazonaws.com/v1", "AWS::Region": "eu-central-1"}
    values |= {"RadiusPort": str(DEFAULT_AUTH_PORT), "AccountingPort": str(DEFAULT_ACCT_PORT)}
    environment = {
        one["Name"]: values[one["Value"]["Ref"]] if isinstance(one["Value"], dict) else one["Value"]
        for one in containers()[path]["Environment"]
    }
    asked = AskedNames(environment)
    settings = Settings.parse([], asked)
    assert set(environment) <= asked.asked, "a setting that nobody reads"
    assert settings.health_port == 8080
    assert settings.drain_seconds >= 50, "an AWS directory waits for an answer for so long"
    assert settings.drain_seconds + 5 <= containers()[path]["StopTimeout"] <= 120


class AskedNames(dict[str, str]):
    def __init__(self, given: dict[str, str]) -> None:
        super().__init__(given)
        self.asked: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return super().get(name, default)


def test_the_log_cannot_hold_a_login_up() -> None:
    for container in containers().values():
        assert container["LogConfiguration"]["Options"]["mode"] == "non-blocking"


def test_a_bad_image_goes_back_by_itself_and_never_takes_both_edges() -> None:
    for path, healthy in (("edge-on-fargate.yaml", 100), ("edge-on-ec2.yaml", 50)):
        (service,) = resources("AWS::ECS::Service", nested_templates()[path]).values()
        assert service["DeploymentConfiguration"]["DeploymentCircuitBreaker"] == {"Enable": True, "Rollback": True}
        assert service["DeploymentConfiguration"]["MinimumHealthyPercent"] == healthy
        assert "DesiredCount" not in service, "an update would undo what the load has made of it"


def test_copies_grow_with_the_processor_and_with_what_waits() -> None:
    fargate = nested_templates()["edge-on-fargate.yaml"]
    (copies,) = resources("AWS::ApplicationAutoScaling::ScalableTarget", fargate).values()
    assert (copies["MinCapacity"], copies["MaxCapacity"]) == (2, {"Ref": "MostTasks"})
    policies = resources("AWS::ApplicationAutoScaling::ScalingPolicy", fargate).values()
    cpu, waiting = (one["TargetTrackingScalingPolicyConfiguration"] for one in policies)
    assert cpu["PredefinedMetricSpecification"] == {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}
    metric = waiting["CustomizedMetricSpecification"]
    assert metric["Statistic"] == "Average"
    assert metric["MetricName"].removeprefix("edge_") in gauges()


def gauges() -> set[str]:
    """The names that the edge really writes."""
    tree = ast.parse((TEMPLATE.parent / "edge/radius_edge/edge.py").read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "gauge"]
    return {call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant)}  # type: ignore[misc]


def test_instances_are_told_apart_from_the_edge() -> None:
    ec2 = nested_templates()["edge-on-ec2.yaml"]
    for launch in resources("AWS::EC2::LaunchTemplate", ec2).values():
        launched = launch["LaunchTemplateData"]
        assert launched["MetadataOptions"] == {"HttpTokens": "required", "HttpPutResponseHopLimit": 1}
        assert launched["BlockDeviceMappings"][0]["Ebs"]["Encrypted"] is True
        assert "KeyName" not in launched
    (task,) = resources("AWS::ECS::TaskDefinition", ec2).values()
    assert task["TaskRoleArn"] == {"Ref": "EdgeRoleArn"}


def test_two_instances_are_never_replaced_at_once() -> None:
    """Each has an interface of its own, which can be attached once only, so the old one goes first."""
    ec2 = nested_templates()["edge-on-ec2.yaml"]
    assert ec2["Resources"]["GroupB"]["DependsOn"] == "GroupA"
    for name in ("GroupA", "GroupB"):
        update = ec2["Resources"][name]["UpdatePolicy"]["AutoScalingRollingUpdate"]
        assert (update["MinInstancesInService"], update["MaxBatchSize"]) == (0, 1)
        assert ec2["Resources"][name]["Properties"]["MaxSize"] == "1"


def test_the_stack_checks_the_health_as_the_image_does() -> None:
    for container in containers().values():
        assert container["HealthCheck"]["Command"] == ["CMD", "python3.13", "-m", "radius_edge.healthcheck"]
