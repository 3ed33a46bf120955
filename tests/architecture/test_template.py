"""What the template promises, read from the template itself: an emulator enforces only a part of it."""

import json
import re
from typing import Any

import pytest

from mfa.domain.receipts import MARK
from mfa.settings import Settings
from tests.architecture.cloudformation import (
    TEMPLATE,
    as_list,
    environment_of,
    granted_on_the_table,
    resources,
    statements,
    template,
)

IN_THE_VPC = "VerifyPasswordFunction"
FILES_ONLY = "WebFunction"
CARRIER = "UdpProbeFunction"
ASKED = "VERIFY_PASSWORD_FUNCTION"
# What only some functions are told. Each is told exactly what it uses.
SENDS_MESSAGES = {"LoginsFunction", "EnrollmentFunction", "SendNoticeFunction"}
RINGS = {"DevicesFunction", "SendPushFunction", "SendNoticeFunction"}
TOLD_TO_SOME = {
    ASKED: {"LoginsFunction", "EnrollmentFunction"},
    "RECEIPT_RETENTION_DAYS": {"EnrollmentFunction", "ReceiptsFunction", "SealerFunction"},
    "EVENT_BUS": {"ReceiptsFunction"},
    "CANARY_SECRET": {"CanaryFunction"},
    "UDP_PROBE_FUNCTION": {"CanaryFunction"},
    "PUSH_STATE_MACHINE": {"LoginsFunction"},
    "SEND_PUSH_FUNCTION": {"LoginsFunction"},
    "SEND_NOTICE_FUNCTION": {"LoginsFunction", "EnrollmentFunction"},
    "NOTICE_FROM": {"EnrollmentFunction", "SendNoticeFunction"},
    "PORTAL_ORIGIN": {"EnrollmentFunction", "WebFunction"} | RINGS,
    "PUSH_CONTACT": RINGS,
    "ALLOW_PUSH_ENDPOINTS_ON_LOOPBACK": RINGS,
    "SMS_COUNTRIES": SENDS_MESSAGES,
    "SMS_SENDER_ID": SENDS_MESSAGES,
    "SMS_ORIGINATION_NUMBER": SENDS_MESSAGES,
    "SMS_MAX_PRICE": SENDS_MESSAGES,
    "SMS_DAILY_BUDGET": SENDS_MESSAGES,
    "SMS_PER_DAY": SENDS_MESSAGES,
    "SMS_PER_NUMBER_AND_DAY": SENDS_MESSAGES,
    "SMS_PER_PREFIX_AND_HOUR": SENDS_MESSAGES,
    "SMS_PER_CLIENT_AND_HOUR": SENDS_MESSAGES,
    "CONNECT_INSTANCE_ARN": {"EnrollmentFunction", "SendPushFunction", "PhoneCallFunction"},
    "CALL_COUNTRIES": {"LoginsFunction", "EnrollmentFunction", "SendPushFunction"},
    "CONNECT_FLOW_ARN": {"EnrollmentFunction", "SendPushFunction"},
    "CONNECT_SOURCE_NUMBER": {"EnrollmentFunction", "SendPushFunction"},
    "CONNECT_QUEUE_ID": {"EnrollmentFunction", "SendPushFunction"},
    "CONNECT_ENDPOINT_URL": {"EnrollmentFunction", "SendPushFunction"},
    "CALL_MAX_PRICE": {"EnrollmentFunction", "SendPushFunction"},
    "CALL_DAILY_BUDGET": {"EnrollmentFunction", "SendPushFunction"},
    "CALL_PER_DAY": {"EnrollmentFunction", "SendPushFunction"},
    "CALL_PER_NUMBER_AND_DAY": {"EnrollmentFunction", "SendPushFunction"},
    "CALL_PER_PREFIX_AND_HOUR": {"EnrollmentFunction", "SendPushFunction"},
    "CALL_PER_CLIENT_AND_HOUR": {"EnrollmentFunction", "SendPushFunction"},
}
# Statements on every resource, because AWS knows no narrower one for their actions.
ON_EVERYTHING = {
    ("VerifyPasswordRole", "LambdaFindsTheNetwork"),
    ("UdpProbeRole", "LambdaFindsTheNetwork"),
    ("SendPushRole", "WakeExecutions"),
    ("DevicesRole", "WakeExecutions"),
    ("PhoneCallRole", "WakeExecutions"),
    ("PushApprovalRole", "StepFunctionsDeliversItsLog"),
    ("LoginsRole", "SendMessages"),
    ("SendNoticeRole", "SendMessages"),
    ("SendNoticeRole", "SendMailFromOneAddress"),  # limited by its condition
    ("EnrollmentRole", "SendMailFromOneAddress"),
    ("EnrollmentRole", "SendMessagesAndLookWhetherTheyWouldArrive"),
    ("EdgeStartRole", "LogInToRegistries"),
    ("InstanceRole", "FindTheService"),
}
RECEIPTS = ["L#*", "TALLY#*", "SEALS"]
STATEFUL = ("AWS::KMS::Key", "AWS::DynamoDB::Table", "AWS::Logs::LogGroup")


# ---- the edge API


def test_every_route_of_the_edge_api_wants_a_signature() -> None:
    auth = resources("AWS::Serverless::Api")["EdgeApi"]["Auth"]
    assert auth["DefaultAuthorizer"] == "AWS_IAM"
    events = [
        event
        for function in resources("AWS::Serverless::Function").values()
        for event in function.get("Events", {}).values()
    ]
    assert {(event["Properties"]["Method"], event["Properties"]["Path"]) for event in events} == {
        ("POST", "/logins"),
        ("POST", "/polls"),
        ("POST", "/accounting"),
        ("GET", "/clients"),
        ("GET", "/ping"),
    }
    for event in events:
        assert event["Type"] == "Api"
        assert event["Properties"]["RestApiId"] == {"Ref": "EdgeApi"}
        assert "Auth" not in event["Properties"], "a route must not weaken the API's authorizer"


def test_callers_of_the_edge_api_need_no_right_on_the_function() -> None:
    assert resources("AWS::Serverless::Api")["EdgeApi"]["Auth"]["InvokeRole"] == "NONE"


def test_the_edge_api_logs_no_bodies() -> None:
    (settings,) = resources("AWS::Serverless::Api")["EdgeApi"]["MethodSettings"]
    assert settings["DataTraceEnabled"] is False
    assert (settings["ResourcePath"], settings["HttpMethod"]) == ("/*", "*")
    assert settings["ThrottlingRateLimit"] == {"Ref": "EdgeApiRate"}
    assert settings["ThrottlingBurstLimit"] == {"Ref": "EdgeApiBurst"}


def test_the_edge_api_is_private_unless_told_otherwise() -> None:
    assert template()["Parameters"]["EdgeApiAccess"]["Default"] == "PRIVATE"
    assert resources("AWS::Serverless::Api")["EdgeApi"]["EndpointConfiguration"]["Type"] == {"Ref": "EdgeApiAccess"}


def test_a_named_vpc_endpoint_is_the_only_way_in() -> None:
    policy = resources("AWS::Serverless::Api")["EdgeApi"]["Auth"]["ResourcePolicy"]["CustomStatements"]
    condition, deny, otherwise = policy[1]["Fn::If"]
    assert condition == "HasEdgeVpcEndpoint"
    assert (deny["Effect"], deny["Principal"]) == ("Deny", "*")
    given_or_made = {"Fn::If": ["MakesEdgeApiEndpoint", {"Ref": "EdgeApiEndpoint"}, {"Ref": "EdgeVpcEndpointId"}]}
    assert deny["Condition"] == {"StringNotEquals": {"aws:SourceVpce": given_or_made}}
    assert otherwise == {"Ref": "AWS::NoValue"}


def test_the_resource_policy_admits_only_the_own_account() -> None:
    allow = resources("AWS::Serverless::Api")["EdgeApi"]["Auth"]["ResourcePolicy"]["CustomStatements"][0]
    assert allow["Principal"] == {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}


# ---- what is kept


@pytest.mark.parametrize("kind", STATEFUL)
def test_what_holds_state_survives_the_stack(kind: str) -> None:
    kept = [resource for resource in template()["Resources"].values() if resource["Type"] == kind]
    assert kept
    for resource in kept:
        assert resource["DeletionPolicy"] == "RetainExceptOnCreate"
        assert resource["UpdateReplacePolicy"] == "Retain"


def test_the_table_is_encrypted_recoverable_and_protected() -> None:
    table = resources("AWS::DynamoDB::Table")["Table"]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["SSESpecification"]["SSEType"] == "KMS"
    assert table["SSESpecification"]["KMSMasterKeyId"] == {"Fn::GetAtt": "Key.Arn"}
    assert table["TimeToLiveSpecification"] == {"Enabled": True, "AttributeName": "ttl"}
    assert table["DeletionProtectionEnabled"] == {"Ref": "DeletionProtection"}
    assert template()["Parameters"]["DeletionProtection"]["Default"] == "true"


def test_the_key_rotates() -> None:
    assert resources("AWS::KMS::Key")["Key"]["EnableKeyRotation"] is True


def test_every_function_has_a_log_group_with_retention_and_encryption() -> None:
    groups = resources("AWS::Logs::LogGroup")
    used = {
        function["LoggingConfig"]["LogGroup"]["Ref"] for function in resources("AWS::Serverless::Function").values()
    }
    (machine,) = resources("AWS::Serverless::StateMachine").values()
    (destination,) = machine["Logging"]["Destinations"]
    assert destination["CloudWatchLogsLogGroup"]["LogGroupArn"] == {"Fn::GetAtt": "PushApprovalLogs.Arn"}
    assert used | {"PushApprovalLogs", "EdgeLogs"} == set(groups)
    for group in groups.values():
        assert group["RetentionInDays"] == {"Ref": "LogRetentionDays"}
        assert group["KmsKeyId"] == {"Fn::GetAtt": "Key.Arn"}


# ---- who may do what


def test_no_identity_policy_grants_a_wildcard() -> None:
    seen = [(where, statement) for where, statement in statements() if statement["Effect"] == "Allow"]
    assert {(where, one["Sid"]) for where, one in seen if one["Resource"] == "*"} == ON_EVERYTHING
    for where, statement in seen:
        assert "NotAction" not in statement, where
        assert "NotResource" not in statement, where
        for action in as_list(statement["Action"]):
            assert "*" not in action, f"{where}: {action}"
        for resource in as_list(statement["Resource"]):
            if resource != "*":
                assert {"Fn::GetAtt", "Ref"} & set(resource) or "${" in resource["Fn::Sub"], f"{where}: {resource}"


def test_every_function_has_a_role_of_its_own() -> None:
    kinds = ("AWS::Serverless::Function", "AWS::Serverless::StateMachine")
    roles = [one["Role"]["Fn::GetAtt"] for kind in kinds for one in resources(kind).values()]
    assert len(set(roles)) == len(roles)


def test_logins_can_list_only_the_configuration_and_write_only_what_a_login_leaves() -> None:
    assert granted_on_the_table("LoginsRole") == {
        "dynamodb:GetItem": None,
        "dynamodb:Query": ["CFG", "SEEN"],
        "dynamodb:BatchGetItem": ["T#*"],
        "dynamodb:UpdateItem": ["U#*", "R#*", "CH#*", "T#*"],
        "dynamodb:PutItem": ["SEEN", "N#*#guid#*", "R#*", "CH#*", "T#*", "U#*", "U#*"],
    }


def test_polls_touches_waiting_logins_and_the_data_key_only() -> None:
    assert granted_on_the_table("PollsRole") == {
        "dynamodb:GetItem": ["KEY#*"],
        "dynamodb:BatchGetItem": ["T#*"],
        "dynamodb:UpdateItem": ["T#*"],
    }


def test_accounting_writes_records_and_reads_the_configuration_only() -> None:
    assert granted_on_the_table("AccountingRole") == {
        "dynamodb:GetItem": ["CFG", "KEY#*"],
        "dynamodb:Query": ["CFG", "KEY#*"],
        "dynamodb:PutItem": ["A#*"],
        "dynamodb:ConditionCheckItem": ["A#*"],
    }


def test_a_sync_writes_users_and_its_own_partition_only() -> None:
    granted = granted_on_the_table("EnrollmentRole")
    of_tokens, of_calls = ["TOKENS", "U#*", "R#*"], ["T#*"]
    assert granted["dynamodb:UpdateItem"] == ["U#*", "N#*", "E#*", "S#*", "SYNC#*", "D#*", "T#*", *of_tokens, *of_calls]
    assert granted["dynamodb:Query"] == ["U#*", "CFG", "SEEN", "SYNC#*", "TOKENS", *RECEIPTS, "M#*"]


def test_who_writes_receipts_can_read_none_and_make_no_seal() -> None:
    """And who seals can write no receipt. The functions that decide logins can do neither."""
    assert granted_on_the_table("ReceiptsRole") == {"dynamodb:PutItem": ["L#*", "TALLY#*"]}
    assert granted_on_the_table("SealerRole") == {
        "dynamodb:GetItem": ["KEY#*"],
        "dynamodb:Query": ["SEALS", "TALLY#*", "M#*"],
        "dynamodb:PutItem": ["SEALS"],
    }
    for role in ("LoginsRole", "PollsRole", "DevicesRole", "SendPushRole", "EnrollmentRole", "AccountingRole"):
        for action, partitions in granted_on_the_table(role).items():
            if action not in {"dynamodb:GetItem", "dynamodb:Query"}:
                assert not {*RECEIPTS} & {*(partitions or RECEIPTS)}, (role, action)


def test_every_function_that_decides_or_changes_has_its_log_read_for_receipts() -> None:
    read = {one["LogGroupName"]["Ref"] for one in resources("AWS::Logs::SubscriptionFilter").values()}
    deciding = {"LoginsLogs", "PollsLogs", "DevicesLogs", "SendPushLogs", "PhoneCallLogs", "EnrollmentLogs"}
    assert read == deciding | {"CanaryLogs"}, "the canary's, because its alarms are events"
    for one in resources("AWS::Logs::SubscriptionFilter").values():
        assert one["DestinationArn"] == {"Fn::GetAtt": "ReceiptsFunction.Arn"}
        assert one["FilterPattern"] == f'"{MARK}"'


def test_only_logins_and_enrollment_ask_the_directory_and_read_its_service_accounts() -> None:
    """And of all secrets and functions of the account, these alone."""
    arn = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:"
    invoked = {"Fn::GetAtt": "VerifyPasswordFunction.Arn"}
    assert [where for where, one in statements() if one["Resource"] == invoked] == ["LoginsRole", "EnrollmentRole"]
    secrets = {"Fn::Sub": f"{arn}${{AWS::StackName}}/directory/*"}
    read = [(where, one["Resource"]) for where, one in statements() if "GetSecretValue" in str(one["Action"])]
    canary = {"Ref": "CanarySecret"}  # its own, and no other
    assert read == [("LoginsRole", secrets), ("EnrollmentRole", secrets), ("CanaryRole", canary)]


def test_no_role_invokes_every_function() -> None:
    """A function that is invoked is named, one by one."""
    invoked = [one["Resource"] for _, one in statements() if "lambda:InvokeFunction" in as_list(one["Action"])]
    named = {"VerifyPasswordFunction.Arn", "SendPushFunction.Arn", "SendNoticeFunction.Arn", "UdpProbeFunction.Arn"}
    assert {resource["Fn::GetAtt"] for resource in invoked} == named


def test_messages_go_to_phone_numbers_only_and_from_three_functions() -> None:
    """IAM has no resource for a phone number, so everything is granted and every topic denied."""
    publishing = {
        (where, one["Effect"], str(one["Resource"]))
        for where, one in statements()
        if "sns:Publish" in str(one["Action"])
    }
    topics = str({"Fn::Sub": "arn:${AWS::Partition}:sns:*:*:*"})
    assert publishing == {
        (f"{function.removesuffix('Function')}Role", *rule)
        for function in SENDS_MESSAGES
        for rule in (("Allow", "*"), ("Deny", topics))
    }


def test_mail_is_sent_from_one_address_by_two_functions() -> None:
    sending = [(where, one) for where, one in statements() if "ses:" in str(one["Action"])]
    assert {where for where, _ in sending} == {"EnrollmentRole", "SendNoticeRole"}
    for _, statement in sending:
        assert statement["Action"] == "ses:SendEmail"
        assert statement["Condition"] == {"StringEqualsIfExists": {"ses:FromAddress": {"Ref": "NoticeFrom"}}}
    assert template()["Parameters"]["NoticeFrom"]["Default"] == "", "mail is off until somebody wants it"


def test_who_tells_people_of_changes_keeps_notices_and_changes_no_user() -> None:
    assert granted_on_the_table("SendNoticeRole") == {
        "dynamodb:GetItem": ["U#*", "KEY#*"],
        "dynamodb:Query": ["U#*", "KEY#*"],
        "dynamodb:PutItem": ["U#*", "KEY#vapid"],
        "dynamodb:ConditionCheckItem": ["U#*"],
        "dynamodb:UpdateItem": ["R#*", "U#*"],
    }
    told = {"Fn::GetAtt": "SendNoticeFunction.Arn"}
    assert {where for where, one in statements() if one["Resource"] == told} == {"LoginsRole", "EnrollmentRole"}


# ---- the one function that sees passwords of the directory


def test_the_function_with_passwords_may_write_its_log_and_nothing_else() -> None:
    granted = {
        action
        for where, statement in statements()
        for action in as_list(statement["Action"])
        if where == "VerifyPasswordRole" and statement["Effect"] == "Allow" and not action.startswith("ec2:")
    }
    assert granted == {"logs:CreateLogStream", "logs:PutLogEvents"}
    assert "ManagedPolicyArns" not in resources("AWS::IAM::Role")["VerifyPasswordRole"]


def test_its_rights_on_the_network_are_lambdas_and_are_denied_to_its_code() -> None:
    (condition, policy, otherwise) = resources("AWS::IAM::Role")["VerifyPasswordRole"]["Policies"][1]["Fn::If"]
    assert (condition, otherwise) == ("HasDirectorySubnets", {"Ref": "AWS::NoValue"})
    find, make, deny = policy["PolicyDocument"]["Statement"]
    assert find["Action"] == ["ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"]
    assert {*make["Action"]} == {
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:AssignPrivateIpAddresses",
        "ec2:UnassignPrivateIpAddresses",
    }
    assert deny["Effect"] == "Deny"
    assert {*deny["Action"]} == {*find["Action"], *make["Action"]}
    assert deny["Condition"] == {"Null": {"lambda:SourceFunctionArn": "false"}}


def test_nothing_but_an_invocation_reaches_it() -> None:
    """No event, no URL, no permission for another service: IAM decides, and only two roles are let in."""
    function = resources("AWS::Serverless::Function")[IN_THE_VPC]
    assert not {"Events", "FunctionUrlConfig", "EventInvokeConfig"} & set(function)
    for permission in resources("AWS::Lambda::Permission").values():
        assert permission["FunctionName"] != {"Ref": IN_THE_VPC}


def test_it_is_in_a_vpc_exactly_if_subnets_are_given() -> None:
    given = {"SubnetIds": {"Ref": "DirectorySubnetIds"}, "SecurityGroupIds": {"Ref": "DirectorySecurityGroupIds"}}
    vpc = resources("AWS::Serverless::Function")[IN_THE_VPC]["VpcConfig"]
    assert vpc == {"Fn::If": ["HasDirectorySubnets", given, {"Ref": "AWS::NoValue"}]}
    for name in ("DirectorySubnetIds", "DirectorySecurityGroupIds"):
        assert template()["Parameters"][name]["Default"] == ""


def test_it_is_told_its_name_and_its_log_level_only() -> None:
    assert environment_of(IN_THE_VPC) == {"LOG_LEVEL", "POWERTOOLS_SERVICE_NAME"}


@pytest.mark.parametrize("name", TOLD_TO_SOME)
def test_what_only_some_functions_use_only_these_are_told(name: str) -> None:
    assert {one for one in resources("AWS::Serverless::Function") if name in environment_of(one)} == TOLD_TO_SOME[name]


def test_the_key_is_used_only_for_this_deployment_or_by_the_table() -> None:
    conditions = [
        json.dumps(statement["Condition"]) for _, statement in statements() if "kms:" in json.dumps(statement["Action"])
    ]
    assert sum("kms:EncryptionContext:gatehouse:deployment" in condition for condition in conditions) == 2
    assert sum("kms:ViaService" in condition for condition in conditions) == 4, (
        "table, receipts, canary's secret, archive"
    )
    assert len(conditions) == 6


def test_only_roles_that_use_data_keys_can_open_them_whatever_else_somebody_may_do() -> None:
    """The emulator does not know these conditions, so this is all that holds them."""
    tag = {"Key": "gatehouse:uses-data-keys-of", "Value": {"Ref": "AWS::StackName"}}
    roles = resources("AWS::IAM::Role")
    using = {name for name, role in roles.items() if {"Ref": "KeyUsePolicy"} in role.get("ManagedPolicyArns", ())}
    assert {name for name, role in roles.items() if tag in role.get("Tags", ())} == using
    allow, deny, *_ = resources("AWS::KMS::Key")["Key"]["KeyPolicy"]["Statement"]
    assert (allow["Effect"], deny["Effect"], deny["Principal"]) == ("Allow", "Deny", "*")
    assert {"kms:Decrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"} <= set(deny["Action"])
    assert deny["Condition"] == {
        "Null": {"kms:EncryptionContext:gatehouse:deployment": "false"},
        "StringNotEquals": {f"aws:PrincipalTag/{tag['Key']}": tag["Value"]},
    }


def test_only_enrollment_can_make_a_data_key() -> None:
    makers = {
        where for where, statement in statements() if "GenerateDataKeyWithoutPlaintext" in str(statement["Action"])
    }
    assert makers == {"EnrollmentRole"}


def test_an_edge_may_call_its_routes_and_nothing_else() -> None:
    (statement,) = resources("AWS::IAM::ManagedPolicy")["EdgePolicy"]["PolicyDocument"]["Statement"]
    routes = [resource["Fn::Sub"].partition("${EdgeApi}")[2] for resource in statement["Resource"]]
    assert routes == ["/v1/POST/logins", "/v1/POST/polls", "/v1/POST/accounting", "/v1/GET/clients", "/v1/GET/ping"]


def test_who_helps_users_cannot_change_the_configuration() -> None:
    (statement,) = resources("AWS::IAM::ManagedPolicy")["HelpdeskPolicy"]["PolicyDocument"]["Statement"]
    paths = [resource["Fn::Sub"].partition("${EnrollmentApi}")[2] for resource in statement["Resource"]]
    assert paths == ["/$default/*/v1/admin/users", "/$default/*/v1/admin/users/*"]


# ---- the functions


_NUMBERS = ("_DAYS", "_PRICE", "_BUDGET", "_PER_DAY", "_AND_DAY", "_AND_HOUR")


class AskedNames(dict[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self, names: set[str]) -> None:
        super().__init__({name: "30" if name.endswith(_NUMBERS) else name for name in names})
        for name in {"SMS_COUNTRIES", "CALL_COUNTRIES"} & names:
            self[name] = "DE,AT"
        self.asked: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return super().get(name, default)


@pytest.mark.parametrize(
    "function", sorted(set(resources("AWS::Serverless::Function")) - {IN_THE_VPC, FILES_ONLY, CARRIER})
)
def test_the_functions_environment_is_what_the_settings_read(function: str) -> None:
    """Nothing missing, nothing set that nobody reads. The AWS_ names come from Lambda, or from the emulator."""
    given = environment_of(function)
    environment = AskedNames(given | {"AWS_REGION"})
    Settings.from_mapping(environment)
    asked = {name for name in environment.asked if not name.startswith("AWS_")}
    assert asked - set(TOLD_TO_SOME) == given - set(TOLD_TO_SOME)
    assert given <= asked


def test_no_function_logs_its_event() -> None:
    """Events carry codes and passwords. Powertools logs them when told so by its variable, or in its developer mode; a
    destination or a queue of failed events would keep them. Only lines of the log, which hold none, may go there."""
    text = TEMPLATE.read_text()
    for word in ("LOG_EVENT", "POWERTOOLS_DEV", "POWERTOOLS_DEBUG", "DeadLetter"):
        assert word not in text
    functions = resources("AWS::Serverless::Function")
    assert [name for name, one in functions.items() if "EventInvokeConfig" in one] == ["ReceiptsFunction"]
    for path in (TEMPLATE.parent / "functions").rglob("*.py"):
        assert "log_event" not in path.read_text(), path


def test_no_other_function_is_in_a_vpc() -> None:
    """In one it could reach no AWS service without further endpoints, and the domain controllers for no purpose. What
    carries the canary's packets needs no service: test_watching_template.py."""
    inside = {name for name, function in resources("AWS::Serverless::Function").items() if "VpcConfig" in function}
    assert inside == {IN_THE_VPC, CARRIER}


def test_functions_and_layers_are_built_for_the_same_processor() -> None:
    architecture = {"Ref": "Architecture"}
    assert template()["Globals"]["Function"]["Architectures"] == [architecture]
    assert template()["Parameters"]["Architecture"]["Default"] == "arm64"
    for name, layer in resources("AWS::Serverless::LayerVersion").items():
        assert layer["CompatibleArchitectures"] == [architecture]
        assert template()["Resources"][name]["Metadata"]["BuildArchitecture"] == architecture


# ---- the template as a whole


def test_the_template_works_in_every_partition() -> None:
    text = TEMPLATE.read_text()
    assert "arn:aws:" not in text
    assert not re.search(r"\$\{AWS::Region\}\.amazonaws\.com", text), "the suffix differs between partitions"


def test_every_parameter_is_explained_and_limited() -> None:
    for name, parameter in template()["Parameters"].items():
        assert parameter.get("Description"), name
        limits = ({"AllowedValues"}, {"AllowedPattern", "ConstraintDescription"}, {"MinValue", "MaxValue"})
        assert any(limit <= set(parameter) for limit in limits), name


def test_every_output_is_explained() -> None:
    assert all(output.get("Description") for output in template()["Outputs"].values())


def test_no_function_can_be_told_to_leave_out_the_record_of_decisions() -> None:
    """With JSON as the format Lambda itself drops what is below this level, and Powertools logs by it."""
    assert template()["Parameters"]["LogLevel"]["AllowedValues"] == ["INFO", "DEBUG"]
    for name, function in resources("AWS::Serverless::Function").items():
        assert function["LoggingConfig"]["ApplicationLogLevel"] == {"Ref": "LogLevel"}, name
