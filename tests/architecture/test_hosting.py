"""Where the edge runs: in each mode the right things exist, and what makes no sense is refused in words."""

import json
import re

import pytest

from tests.architecture.cloudformation import nested_templates, resources, template
from tests.architecture.deployment import HOSTED, Deployment

IMAGE = f"123456789012.dkr.ecr.eu-central-1.amazonaws.com/gatehouse@sha256:{'0' * 64}"
NETWORK = {
    "VpcId": "vpc-01234567",
    "EdgeSubnetA": "subnet-0123456a",
    "EdgeSubnetB": "subnet-0123456b",
}
ADDRESSES = {"RadiusAddressA": "10.0.1.10", "RadiusAddressB": "10.0.2.10"}
ZONES = {"EdgeZoneA": "eu-central-1a", "EdgeZoneB": "eu-central-1b"}
EDGE = {**NETWORK, **ADDRESSES, "EdgeImageUri": IMAGE}
ENDPOINT = {"EdgeVpcEndpointId": "vpce-01234567"}

# ---- what exists in which mode


def test_without_an_image_the_stack_comes_up_without_an_edge_and_says_what_to_do() -> None:
    bare, prepared = Deployment(), Deployment(**NETWORK)
    for deployment in (bare, prepared):
        assert not deployment.refusals
        assert not set(HOSTED) & deployment.resources
        assert "EdgeRepository" in deployment.resources, "the first image needs somewhere to go"
    assert "VpcId" in bare.outputs["EdgeNextStep"]
    assert "make edge-image" in prepared.outputs["EdgeNextStep"]


def test_the_repository_moves_no_tag_and_keeps_images_to_go_back_to() -> None:
    (repository,) = resources("AWS::ECR::Repository").values()
    assert repository["ImageTagMutability"] == "IMMUTABLE"
    (rule,) = json.loads(repository["LifecyclePolicy"]["LifecyclePolicyText"])["rules"]
    assert rule["selection"]["countNumber"] >= 10


def test_what_a_network_needs_is_there_before_the_image() -> None:
    """So the first deployment with an image touches neither the API nor its endpoint."""
    network = {"RadiusSecurityGroup", "EdgeSecurityGroup", "EdgeApiEndpoint", "EndpointSecurityGroup", "EdgeRole"}
    assert network <= Deployment(**NETWORK).resources
    assert not network & Deployment().resources


@pytest.mark.parametrize(
    ("mode", "given", "stack"),
    [("fargate", {}, "EdgeOnFargateStack"), ("ec2", ZONES, "EdgeOnEc2Stack")],
)
def test_a_mode_hosts_its_edges_and_no_others(mode: str, given: dict[str, str], stack: str) -> None:
    deployment = Deployment(EdgeMode=mode, **EDGE, **given)
    assert not deployment.refusals
    assert set(HOSTED) & deployment.resources == {stack}
    assert "10.0" in str(deployment.values["RadiusAddressA"])
    assert "${RadiusAddressA}" in deployment.outputs["EdgeNextStep"]["Fn::Sub"]


def test_an_external_edge_has_nothing_here_but_the_api() -> None:
    deployment = Deployment(EdgeMode="external", EdgeApiAccess="REGIONAL")
    assert not deployment.refusals
    assert not {*HOSTED, "EdgeRole", "RadiusSecurityGroup", "EdgeApiEndpoint"} & deployment.resources
    assert "EdgePolicy" in str(deployment.outputs["EdgeNextStep"])


def test_the_parameters_that_the_nested_stacks_want_are_given() -> None:
    for name, path in HOSTED.items():
        stack = resources("AWS::CloudFormation::Stack")[name]
        assert stack["TemplateURL"] == f"templates/{path}"
        assert set(stack["Parameters"]) == set(nested_templates()[path]["Parameters"])


# ---- what is refused


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"EdgeMode": "external"}, "EdgeVpcEndpointId"),
        ({"EdgeMode": "external", "EdgeApiAccess": "REGIONAL", "EdgeImageUri": IMAGE}, "EdgeImageUri"),
        ({"EdgeMode": "external", "EdgeApiAccess": "REGIONAL", **NETWORK}, "VpcId"),
        ({"EdgeApiAccess": "REGIONAL", **ENDPOINT}, "REGIONAL"),
        ({"VpcId": "vpc-01234567"}, "EdgeSubnetA"),
        ({**NETWORK, "EdgeSubnetB": NETWORK["EdgeSubnetA"]}, "two subnets"),
        ({"EdgeImageUri": IMAGE}, "VpcId"),
        ({**NETWORK, "EdgeImageUri": IMAGE}, "RadiusAddressA"),
        ({**EDGE, "RadiusAddressB": EDGE["RadiusAddressA"]}, "RadiusAddressB"),
        ({**EDGE, "EdgeMode": "ec2"}, "EdgeZoneA"),
        ({**EDGE, **ZONES, "EdgeMode": "ec2", "EdgeEgress": "endpoints"}, "EdgeEgress"),
        ({"EdgeEgress": "endpoints"}, "VpcId"),
        ({**EDGE, "EdgeEgress": "endpoints"}, "EdgeRouteTableIds"),
        ({"RadiusPort": "1900", "RadiusAccountingPort": "1900"}, "must differ"),
        ({"DirectorySecurityGroupId": "sg-01234567"}, "VpcId"),
        ({"PortalDomainName": "mfa.example.com"}, "PortalCertificateArn"),
    ],
)
def test_a_combination_that_makes_no_sense_is_refused_in_words(given: dict[str, str], said: str) -> None:
    assert any(said in refusal for refusal in Deployment(**given).refusals)


@pytest.mark.parametrize(
    "given",
    [
        {"EdgeMode": "external", **ENDPOINT},
        {**EDGE, **ENDPOINT},
        {**EDGE, "EdgeApiAccess": "REGIONAL"},
        {**EDGE, "EdgeEgress": "endpoints", "EdgeRouteTableIds": "rtb-01234567"},
        {**EDGE, "DirectorySecurityGroupId": "sg-01234567", "RadiusClientNetwork": "10.20.0.0/16"},
    ],
)
def test_what_makes_sense_is_let_through(given: dict[str, str]) -> None:
    assert not Deployment(**given).refusals


def test_what_operators_type_fits_the_patterns() -> None:
    for name, value in {**EDGE, **ZONES, **ENDPOINT, "RadiusClientNetwork": "10.0.0.0/8"}.items():
        assert re.search(template()["Parameters"][name]["AllowedPattern"], value), name
    for name, value in {
        "EdgeImageUri": IMAGE.partition("@")[0] + ":latest",
        "RadiusAddressA": "8.8.8.8",
        "RadiusClientNetwork": "0.0.0.0/0",
        "UpstreamNetwork": "0.0.0.0/1",
    }.items():
        assert not re.search(template()["Parameters"][name]["AllowedPattern"], value), name


# ---- the way to the API


def test_the_edge_api_is_dialled_by_its_endpoints_own_name() -> None:
    """With a private name the endpoint would take every execute-api name of the VPC."""
    assert resources("AWS::EC2::VPCEndpoint")["EdgeApiEndpoint"]["PrivateDnsEnabled"] is False
    made = Deployment(**NETWORK)
    given = Deployment(**NETWORK, **ENDPOINT)
    assert made.named("MakesEdgeApiEndpoint")
    assert not given.named("MakesEdgeApiEndpoint")
    for deployment, endpoint in ((made, "EdgeApiEndpoint"), (given, "EdgeVpcEndpointId")):
        text, values = deployment.outputs["EdgeApiUrl"]["Fn::Sub"]
        assert text.startswith("https://${EdgeApi}-${Endpoint}.execute-api.${AWS::Region}.")
        assert values == {"Endpoint": {"Ref": endpoint}}
        api = deployment.chosen(resources("AWS::Serverless::Api")["EdgeApi"])
        assert api["EndpointConfiguration"]["VPCEndpointIds"] == [{"Ref": endpoint}]
        assert {"Ref": endpoint} in api["Auth"]["ResourcePolicy"]["CustomStatements"][1]["Condition"][
            "StringNotEquals"
        ].values()


def test_a_changed_resource_policy_is_deployed() -> None:
    """A stage serves the policy of its deployment, and SAM makes a new one only for what it sees in the text."""
    assert resources("AWS::Serverless::Api")["EdgeApi"]["AlwaysDeploy"] is True


def test_hosted_edges_are_told_the_address_that_the_outputs_name() -> None:
    for name in HOSTED:
        url = resources("AWS::CloudFormation::Stack")[name]["Parameters"]["ApiUrl"]
        assert url == template()["Outputs"]["EdgeApiUrl"]["Value"]


def test_the_concurrency_of_logins_is_reserved_only_on_demand() -> None:
    reserved = resources("AWS::Serverless::Function")["LoginsFunction"]["ReservedConcurrentExecutions"]
    assert Deployment().chosen(reserved) == {"Ref": "AWS::NoValue"}
    assert Deployment(LoginConcurrency="50").chosen(reserved) == {"Ref": "LoginConcurrency"}


def test_endpoints_for_the_image_and_the_log_are_made_on_demand() -> None:
    made = Deployment(**EDGE, EdgeEgress="endpoints", EdgeRouteTableIds="rtb-01234567").resources
    services = {"EcrApiEndpoint", "EcrDockerEndpoint", "LogsEndpoint", "ImageLayersEndpoint"}
    assert services <= made
    assert not services & Deployment(**EDGE).resources
