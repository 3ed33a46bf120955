"""``sam deploy`` of the unmodified template to the emulator, and a look at what really came into being."""

import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from local import aws
from local.build import TEMPLATE, host_architecture
from local.credentials import ROOT_USER, aws_environment
from local.emulator import Emulator
from local.errors import LocalError
from local.layout import ROOT, SAM
from local.sam import sam_environment

STACK: Final = "gatehouse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """What the rest of the set-up needs of the deployed stack."""

    name: str
    table: str
    key_arn: str
    edge_api_id: str
    enrollment_api_id: str
    edge_policy_arn: str
    administrator_policy_arn: str
    helpdesk_policy_arn: str
    logins_function: str
    verify_password_function: str

    def edge_api_url(self, emulator: Emulator) -> str:
        return f"{emulator.path_url(self.edge_api_id)}/v1"

    def enrollment_api_url(self, emulator: Emulator) -> str:
        return emulator.path_url(self.enrollment_api_id)


def deploy(endpoint_url: str) -> Stack:
    command: list[str | Path] = [
        SAM, "deploy", "--config-file", ROOT / "samconfig.toml", "--config-env", "local", "--stack-name", STACK,
        "--template-file", TEMPLATE, "--parameter-overrides", *_parameters(),
    ]  # fmt: skip
    environment = sam_environment() | aws_environment(endpoint_url, ROOT_USER)
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LocalError(f"sam deploy failed:\n{done.stdout}{done.stderr}")
    return _stack(endpoint_url)


def _parameters() -> list[str]:
    """The ones of [local] in samconfig.toml, plus what only this machine knows: a list on the command line
    replaces the configured one as a whole."""
    settings = tomllib.loads((ROOT / "samconfig.toml").read_text())
    configured: list[str] = settings["local"]["deploy"]["parameters"]["parameter_overrides"]
    return [*configured, f"Architecture={host_architecture()}"]


def _stack(endpoint_url: str) -> Stack:
    """Read the outputs, and ask each service for what they name: an emulator's word "complete" proves nothing."""
    described = aws.client("cloudformation", endpoint_url).describe_stacks(StackName=STACK)["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}
    stack = Stack(
        name=STACK,
        table=outputs["TableName"],
        key_arn=outputs["KeyArn"],
        edge_api_id=outputs["EdgeApiId"],
        enrollment_api_id=outputs["EnrollmentApiId"],
        edge_policy_arn=outputs["EdgePolicyArn"],
        administrator_policy_arn=outputs["AdministratorPolicyArn"],
        helpdesk_policy_arn=outputs["HelpdeskPolicyArn"],
        logins_function=outputs["LoginsFunctionName"],
        verify_password_function=outputs["VerifyPasswordFunctionName"],
    )
    _check(endpoint_url, stack)
    return stack


def _check(endpoint_url: str, stack: Stack) -> None:
    def calls(service: str) -> Any:  # noqa: ANN401 as in local.aws
        return aws.client(service, endpoint_url)

    table = calls("dynamodb").describe_table(TableName=stack.table)["Table"]
    _expect(table["TableStatus"] == "ACTIVE", "the table is not active")
    _expect(calls("kms").describe_key(KeyId=stack.key_arn)["KeyMetadata"]["Enabled"], "the key is not enabled")
    resources = calls("apigateway").get_resources(restApiId=stack.edge_api_id)["items"]
    paths = {item["path"] for item in resources}
    wanted = {"/logins", "/polls", "/accounting", "/clients", "/ping"}
    _expect(wanted <= paths, f"the edge API has the paths {sorted(paths)} only")
    routes = {route["RouteKey"] for route in calls("apigatewayv2").get_routes(ApiId=stack.enrollment_api_id)["Items"]}
    expected = {"ANY /v1/admin/{proxy+}", "ANY /v1/enrollment/{proxy+}"}
    _expect(routes == expected, f"the enrolment API has the routes {sorted(routes)}")
    for function in (stack.logins_function, stack.verify_password_function):
        layers = calls("lambda").get_function_configuration(FunctionName=function)["Layers"]
        _expect(len(layers) == 2, f"the function {function} has {len(layers)} layers instead of 2")


def _expect(holds: object, otherwise: str) -> None:
    if not holds:
        raise LocalError(f"sam deploy reported success, but {otherwise}")
