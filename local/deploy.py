"""``sam deploy`` of the unmodified template to the emulator, and a look at what really came into being."""

import subprocess
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from local import aws
from local.build import TEMPLATE, host_architecture
from local.connect_service import FLOW_ARN, INSTANCE_ARN, SOURCE_NUMBER
from local.credentials import ROOT_USER, aws_environment
from local.emulator import Emulator
from local.errors import LocalError
from local.layout import ROOT, SAM
from local.sam import sam_environment

STACK: Final = "gatehouse"
MAIL_SENDER: Final = "gatehouse@example.test"  # the emulator keeps mail: GET /_ministack/ses/messages
ROUTES: Final = {
    "ANY /v1/admin/{proxy+}",
    "ANY /v1/enrollment/{proxy+}",
    "ANY /v1/device",
    "ANY /v1/device/{proxy+}",
    "GET /",
    "GET /{proxy+}",
}


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
    send_push_function: str
    send_notice_function: str
    devices_function: str
    web_function: str
    push_state_machine_arn: str
    phone_call_function: str | None

    @property
    def functions(self) -> tuple[str, ...]:
        return (
            self.logins_function,
            self.verify_password_function,
            self.send_push_function,
            self.send_notice_function,
            self.devices_function,
            self.web_function,
            *([] if self.phone_call_function is None else [self.phone_call_function]),
        )

    def edge_api_url(self, emulator: Emulator) -> str:
        return f"{emulator.path_url(self.edge_api_id)}/v1"

    def enrollment_api_url(self, emulator: Emulator) -> str:
        return emulator.path_url(self.enrollment_api_id)


def deploy(
    endpoint_url: str, portal_origin: str | None = None, connect_url: str | None = None, **parameters: str
) -> Stack:
    """``portal_origin`` is where browsers see the web app, ``connect_url`` what stands for Amazon Connect; None leaves
    it to the template. ``parameters`` are more of the template's, and win over the configured ones."""
    more = parameters | ({} if connect_url is None else _calls(connect_url))
    command: list[str | Path] = [
        SAM, "deploy", "--config-file", ROOT / "samconfig.toml", "--config-env", "local", "--stack-name", STACK,
        "--template-file", TEMPLATE, "--parameter-overrides", *_parameters(portal_origin, more),
    ]  # fmt: skip
    environment = sam_environment() | aws_environment(endpoint_url, ROOT_USER)
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LocalError(f"sam deploy failed:\n{done.stdout}{done.stderr}")
    aws.client("sesv2", endpoint_url).create_email_identity(EmailIdentity=MAIL_SENDER)  # SES sends from no other
    return _stack(endpoint_url)


def _parameters(portal_origin: str | None, more: Mapping[str, str]) -> list[str]:
    """The ones of [local] in samconfig.toml, plus what only this machine knows: a list on the command line
    replaces the configured one as a whole."""
    settings = tomllib.loads((ROOT / "samconfig.toml").read_text())
    configured: list[str] = settings["local"]["deploy"]["parameters"]["parameter_overrides"]
    origin = [] if portal_origin is None else [f"PortalOrigin={portal_origin}"]
    given = [f"{name}={value}" for name, value in more.items()]
    return [*configured, f"Architecture={host_architecture()}", f"NoticeFrom={MAIL_SENDER}", *origin, *given]


def _calls(connect_url: str) -> dict[str, str]:
    """The flow is given, so the nested stack is left out: the emulator knows no resources of Connect."""
    return {
        "PhoneCallEndpoint": connect_url,
        "PhoneCallInstanceArn": INSTANCE_ARN,
        "PhoneCallContactFlowArn": FLOW_ARN,
        "PhoneCallSourceNumber": SOURCE_NUMBER,
    }


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
        send_push_function=outputs["SendPushFunctionName"],
        send_notice_function=outputs["SendNoticeFunctionName"],
        devices_function=outputs["DevicesFunctionName"],
        web_function=outputs["WebFunctionName"],
        push_state_machine_arn=outputs["PushStateMachineArn"],
        phone_call_function=outputs.get("PhoneCallFunctionName"),
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
    _expect(routes == ROUTES, f"the enrolment API has the routes {sorted(routes)}")
    machine = calls("stepfunctions").describe_state_machine(stateMachineArn=stack.push_state_machine_arn)
    _expect("${" not in machine["definition"], "the state machine's definition has names that nothing was put for")
    for function in stack.functions:
        layers = calls("lambda").get_function_configuration(FunctionName=function)["Layers"]
        _expect(len(layers) == 2, f"the function {function} has {len(layers)} layers instead of 2")


def _expect(holds: object, otherwise: str) -> None:
    if not holds:
        raise LocalError(f"sam deploy reported success, but {otherwise}")
