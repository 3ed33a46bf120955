"""What the template promises about push approval, the web app and the API that devices ask."""

import re

import pytest

from mfa.adapters.dynamodb.tables import PushLedgerItem, SmsLedgerItem
from tests.architecture.cloudformation import (
    as_list,
    environment_of,
    granted_on_the_table,
    resources,
    statements,
    template,
)

TOLD_THE_ORIGIN = ("EnrollmentFunction", "DevicesFunction", "SendPushFunction", "SendNoticeFunction", "WebFunction")
TOLD_OF_LOOPBACK = ("DevicesFunction", "SendPushFunction", "SendNoticeFunction")


# ---- the API of users, devices and administrators


def test_administrator_routes_want_a_signature_and_only_the_users_own_routes_do_not() -> None:
    """The web app and what it asks have one origin, so all of them are routes of one API."""
    routes = {
        route["RouteKey"]: (route["AuthorizationType"], route["Target"]["Fn::Sub"], route["ApiId"])
        for route in resources("AWS::ApiGatewayV2::Route").values()
    }
    api = {"Ref": "EnrollmentApi"}
    assert routes == {
        "ANY /v1/admin/{proxy+}": ("AWS_IAM", "integrations/${EnrollmentIntegration}", api),
        "ANY /v1/enrollment/{proxy+}": ("NONE", "integrations/${EnrollmentIntegration}", api),
        "ANY /v1/device": ("NONE", "integrations/${DevicesIntegration}", api),
        "ANY /v1/device/{proxy+}": ("NONE", "integrations/${DevicesIntegration}", api),
        "GET /": ("NONE", "integrations/${WebIntegration}", api),
        "GET /{proxy+}": ("NONE", "integrations/${WebIntegration}", api),
    }


def test_d14_the_web_app_changes_nothing() -> None:
    """Its routes take GET alone, so that no link that somebody opens can do anything."""
    web = [route for route in resources("AWS::ApiGatewayV2::Route").values() if "Web" in route["Target"]["Fn::Sub"]]
    assert web
    for route in web:
        assert route["RouteKey"].startswith("GET ")


def test_the_api_is_throttled_and_most_of_all_where_codes_could_be_guessed() -> None:
    (stage,) = resources("AWS::ApiGatewayV2::Stage").values()
    assert 0 < stage["DefaultRouteSettings"]["ThrottlingRateLimit"] <= 100
    assert not [route for route in stage["RouteSettings"] if "enrollment" in route or "admin" in route]
    assert all(settings["ThrottlingRateLimit"] <= 1000 for settings in stage["RouteSettings"].values())


def test_settings_of_routes_wait_for_these_routes() -> None:
    """API Gateway refuses settings of a route that does not exist yet."""
    stage = template()["Resources"]["EnrollmentStage"]
    routes = resources("AWS::ApiGatewayV2::Route")
    assert {routes[name]["RouteKey"] for name in stage["DependsOn"]} == set(stage["Properties"]["RouteSettings"])


# What the log, a schedule or Connect invokes, and nothing else: test_watching_template, test_phone_call_template.
BY_THEMSELVES = {"ReceiptsFunction", "SealerFunction", "CanaryFunction", "PhoneCallFunction"}


def test_only_this_api_may_invoke_the_functions_behind_it() -> None:
    permissions = [
        one for one in resources("AWS::Lambda::Permission").values() if one["FunctionName"]["Ref"] not in BY_THEMSELVES
    ]
    assert {permission["FunctionName"]["Ref"] for permission in permissions} == {
        "EnrollmentFunction",
        "DevicesFunction",
        "WebFunction",
    }
    for permission in permissions:
        assert permission["Principal"] == "apigateway.amazonaws.com"
        assert "${EnrollmentApi}/" in permission["SourceArn"]["Fn::Sub"]


def test_a_name_of_its_own_is_there_exactly_if_it_is_given() -> None:
    for kind in ("AWS::ApiGatewayV2::DomainName", "AWS::ApiGatewayV2::ApiMapping"):
        (name,) = resources(kind)
        assert template()["Resources"][name]["Condition"] == "HasPortalDomain"
    assert template()["Conditions"]["HasPortalDomain"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "PortalDomainName"}, ""]}]
    }
    for name in ("PortalDomainName", "PortalCertificateArn", "PortalOrigin", "PushContact"):
        assert template()["Parameters"][name]["Default"] == ""


def test_all_are_told_the_same_origin_of_the_web_app() -> None:
    """It is part of passkeys: two that disagree would refuse each other's."""
    origin = {
        "Fn::If": [
            "HasPortalOrigin",
            {"Ref": "PortalOrigin"},
            {
                "Fn::If": [
                    "HasPortalDomain",
                    {"Fn::Sub": "https://${PortalDomainName}"},
                    {"Fn::Sub": "https://${EnrollmentApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}"},
                ]
            },
        ]
    }
    assert template()["Outputs"]["PortalUrl"]["Value"] == origin
    for function in TOLD_THE_ORIGIN:
        variables = resources("AWS::Serverless::Function")[function]["Environment"]["Variables"]
        assert variables["PORTAL_ORIGIN"] == origin


@pytest.mark.parametrize(
    ("parameter", "good", "bad"),
    [
        (
            "PortalDomainName",
            ["", "mfa.example.com", "a-b.c.example.co"],
            ["mfa", "MFA.example.com", "https://mfa.example.com", "mfa.example.com/", ".example.com", "-a.example.com"],
        ),
        (
            "PortalOrigin",
            ["", "https://mfa.example.com", "https://mfa.example.com:8443", "http://localhost:8400", "http://127.0.0.1"],
            ["https://mfa.example.com/", "http://mfa.example.com", "mfa.example.com", "http://localhost.example.com",
             "http://127x0x0x1", "https://user@example.com"],
        ),
        (
            "PushContact",
            ["", "mailto:it@example.com", "https://example.com/contact"],
            ["it@example.com", "mailto:it", "mailto:<it@example.com>", "http://example.com", "https://"],
        ),
        (
            "PortalCertificateArn",
            ["", "arn:aws:acm:eu-central-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"],
            ["arn:aws:iam::123456789012:server-certificate/x", "certificate"],
        ),
    ],
)  # fmt: skip
def test_a_parameter_of_the_web_app_takes_what_it_is_for_and_nothing_else(
    parameter: str, good: list[str], bad: list[str]
) -> None:
    pattern = template()["Parameters"][parameter]["AllowedPattern"]
    assert [value for value in good if not re.search(pattern, value)] == []
    assert [value for value in bad if re.search(pattern, value)] == []


# ---- push approval


def test_x2_push_endpoints_on_loopback_are_refused_unless_told_otherwise() -> None:
    parameter = template()["Parameters"]["AllowPushEndpointsOnLoopback"]
    assert (parameter["Default"], parameter["AllowedValues"]) == ("false", ["true", "false"])
    for function in TOLD_OF_LOOPBACK:
        variables = resources("AWS::Serverless::Function")[function]["Environment"]["Variables"]
        assert variables["ALLOW_PUSH_ENDPOINTS_ON_LOOPBACK"] == {"Ref": "AllowPushEndpointsOnLoopback"}


def test_f6_no_execution_data_is_logged_and_nobody_reads_executions() -> None:
    """They hold task tokens."""
    (machine,) = resources("AWS::Serverless::StateMachine").values()
    assert machine["Type"] == "STANDARD"
    assert machine["Logging"]["IncludeExecutionData"] is False
    assert machine["Logging"]["Level"] == "ERROR"
    granted = {action for _, one in statements() for action in as_list(one["Action"]) if action.startswith("states:")}
    assert granted == {"states:StartExecution", "states:SendTaskSuccess"}


def test_only_logins_start_executions_and_only_who_decides_or_sends_wakes_them() -> None:
    granted = {
        (where, action): one["Resource"]
        for where, one in statements()
        for action in as_list(one["Action"])
        if action.startswith("states:")
    }
    assert granted == {
        ("LoginsRole", "states:StartExecution"): {"Ref": "PushApproval"},
        ("SendPushRole", "states:SendTaskSuccess"): "*",
        ("DevicesRole", "states:SendTaskSuccess"): "*",
        ("PhoneCallRole", "states:SendTaskSuccess"): "*",
    }


def test_the_function_that_sends_is_invoked_by_its_machine_and_by_logins_only() -> None:
    arn = {"Fn::GetAtt": "SendPushFunction.Arn"}
    assert {where for where, one in statements() if one["Resource"] == arn} == {"PushApprovalRole", "LoginsRole"}
    (machine,) = resources("AWS::Serverless::StateMachine").values()
    assert machine["DefinitionSubstitutions"] == {"Partition": {"Ref": "AWS::Partition"}, "SendPushFunction": arn}
    assert not {"Events", "FunctionUrlConfig"} & set(resources("AWS::Serverless::Function")["SendPushFunction"])


def test_who_hands_out_the_web_app_may_write_its_log_and_nothing_else() -> None:
    granted = {action for where, one in statements() for action in as_list(one["Action"]) if where == "WebRole"}
    assert granted == {"logs:CreateLogStream", "logs:PutLogEvents"}
    assert "ManagedPolicyArns" not in resources("AWS::IAM::Role")["WebRole"]
    assert environment_of("WebFunction") == {"ISSUER", "PORTAL_ORIGIN"}


# ---- who may write what


def test_logins_can_put_nothing_of_a_user_but_what_rations_prompts_and_messages() -> None:
    """IAM sees no sort key, but it sees attributes: an item of these alone is no factor, device or profile."""
    ledgers = [set(item.get_attributes()) for item in (PushLedgerItem, SmsLedgerItem)]
    assert attributes_of("LoginsRole", "dynamodb:PutItem") == ledgers


def attributes_of(role: str, action: str) -> list[set[str]]:
    """What the role's statements on a user's items limit an action to."""
    return [
        set(one["Condition"]["ForAllValues:StringLike"]["dynamodb:Attributes"])
        for where, one in statements()
        if where == role and action in as_list(one["Action"]) and "dynamodb:Attributes" in str(one)
    ]


def test_who_sends_prompts_writes_only_how_they_stand_and_which_subscriptions_are_gone() -> None:
    assert granted_on_the_table("SendPushRole") == {
        "dynamodb:GetItem": ["T#*", "U#*", "D#*", "KEY#*"],
        "dynamodb:BatchGetItem": ["T#*", "U#*", "D#*", "KEY#*"],
        "dynamodb:UpdateItem": ["T#*", "U#*", "R#call#*"],
        "dynamodb:PutItem": ["KEY#vapid"],
    }
    assert attributes_of("SendPushRole", "dynamodb:UpdateItem") == [{"pk", "sk", "subscription"}]


def test_who_takes_decisions_of_devices_puts_and_deletes_nothing() -> None:
    assert granted_on_the_table("DevicesRole") == {
        "dynamodb:GetItem": ["T#*", "U#*", "D#*", "KEY#*"],
        "dynamodb:BatchGetItem": ["T#*", "U#*", "D#*", "KEY#*"],
        "dynamodb:UpdateItem": ["T#*", "U#*"],
        "dynamodb:ConditionCheckItem": ["U#*"],
    }
    kept = {"last_used_at", "passkey", "subscription"} | {"muted_at", "version"}  # of a device, and of the ledger
    assert attributes_of("DevicesRole", "dynamodb:UpdateItem") == [{"pk", "sk"} | kept]
