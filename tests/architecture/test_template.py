"""What the template promises, read from the template itself: an emulator enforces only a part of it."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from mfa.settings import Settings
from tests.architecture.cloudformation import TEMPLATE, resources, template

STATEFUL = ("AWS::KMS::Key", "AWS::DynamoDB::Table", "AWS::Logs::LogGroup")


def statements() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every statement of every identity policy, with where it stands."""
    for name, policy in resources("AWS::IAM::ManagedPolicy").items():
        yield from ((name, statement) for statement in policy["PolicyDocument"]["Statement"])
    for name, role in resources("AWS::IAM::Role").items():
        for inline in role["Policies"]:
            yield from ((name, statement) for statement in inline["PolicyDocument"]["Statement"])


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


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
    assert settings["ThrottlingRateLimit"] > 0


def test_the_edge_api_is_private_unless_told_otherwise() -> None:
    assert template()["Parameters"]["EdgeApiAccess"]["Default"] == "PRIVATE"
    assert resources("AWS::Serverless::Api")["EdgeApi"]["EndpointConfiguration"]["Type"] == {"Ref": "EdgeApiAccess"}


def test_a_named_vpc_endpoint_is_the_only_way_in() -> None:
    policy = resources("AWS::Serverless::Api")["EdgeApi"]["Auth"]["ResourcePolicy"]["CustomStatements"]
    condition, deny, otherwise = policy[1]["Fn::If"]
    assert condition == "HasEdgeVpcEndpoint"
    assert (deny["Effect"], deny["Principal"]) == ("Deny", "*")
    assert deny["Condition"] == {"StringNotEquals": {"aws:SourceVpce": {"Ref": "EdgeVpcEndpointId"}}}
    assert otherwise == {"Ref": "AWS::NoValue"}


def test_the_resource_policy_admits_only_the_own_account() -> None:
    allow = resources("AWS::Serverless::Api")["EdgeApi"]["Auth"]["ResourcePolicy"]["CustomStatements"][0]
    assert allow["Principal"] == {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}


# ---- the enrolment API


def test_administrator_routes_want_a_signature_and_only_the_users_own_routes_do_not() -> None:
    routes = {route["RouteKey"]: route["AuthorizationType"] for route in resources("AWS::ApiGatewayV2::Route").values()}
    assert routes == {"ANY /v1/admin/{proxy+}": "AWS_IAM", "ANY /v1/enrollment/{proxy+}": "NONE"}


def test_the_enrolment_api_is_throttled() -> None:
    (stage,) = resources("AWS::ApiGatewayV2::Stage").values()
    assert 0 < stage["DefaultRouteSettings"]["ThrottlingRateLimit"] <= 100


def test_only_the_enrolment_api_may_invoke_the_enrolment_function() -> None:
    (permission,) = resources("AWS::Lambda::Permission").values()
    assert "${EnrollmentApi}/" in permission["SourceArn"]["Fn::Sub"]


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
    assert used == set(groups)
    for group in groups.values():
        assert group["RetentionInDays"] == {"Ref": "LogRetentionDays"}
        assert group["KmsKeyId"] == {"Fn::GetAtt": "Key.Arn"}


# ---- who may do what


def test_no_identity_policy_grants_a_wildcard() -> None:
    seen = list(statements())
    assert seen
    for where, statement in seen:
        assert "NotAction" not in statement, where
        assert "NotResource" not in statement, where
        for action in as_list(statement["Action"]):
            assert "*" not in action, f"{where}: {action}"
        for resource in as_list(statement["Resource"]):
            assert resource != "*", where
            assert "Fn::GetAtt" in resource or "${" in resource["Fn::Sub"], f"{where}: {resource}"


def test_every_function_has_a_role_of_its_own() -> None:
    roles = [function["Role"]["Fn::GetAtt"] for function in resources("AWS::Serverless::Function").values()]
    assert len(set(roles)) == len(roles)


def test_logins_can_list_only_the_configuration_and_write_only_users_and_what_it_saw_of_clients() -> None:
    granted: dict[str, list[str]] = {}
    for where, statement in statements():
        for action in as_list(statement["Action"]):
            if where == "LoginsRole" and action.startswith("dynamodb:") and action != "dynamodb:GetItem":
                granted[action] = statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    assert granted == {
        "dynamodb:Query": ["CFG", "SEEN"],
        "dynamodb:UpdateItem": ["U#*"],
        "dynamodb:PutItem": ["SEEN"],
    }


def granted_on_the_table(role: str) -> dict[str, list[str]]:
    """Every DynamoDB action with the leading keys it is limited to."""
    granted: dict[str, list[str]] = {}
    for where, statement in statements():
        for action in as_list(statement["Action"]):
            if where == role and action.startswith("dynamodb:"):
                granted[action] = statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    return granted


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


def test_the_key_is_used_only_for_this_deployment_or_by_the_table() -> None:
    conditions = [
        json.dumps(statement["Condition"]) for _, statement in statements() if "kms:" in json.dumps(statement["Action"])
    ]
    assert sum("kms:EncryptionContext:gatehouse:deployment" in condition for condition in conditions) == 2
    assert sum("kms:ViaService" in condition for condition in conditions) == 1
    assert len(conditions) == 3


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


class AskedNames(dict[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self, names: set[str]) -> None:
        super().__init__({name: "30" if name.endswith("_DAYS") else name for name in names})
        self.asked: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return super().get(name, default)


def test_the_functions_environment_is_what_the_settings_read() -> None:
    """Nothing missing, nothing set that nobody reads. The AWS_ names come from Lambda, or from the emulator."""
    shared = template()["Globals"]["Function"]["Environment"]["Variables"]
    for function in resources("AWS::Serverless::Function").values():
        given = {*shared, *function["Environment"]["Variables"]}
        environment = AskedNames(given | {"AWS_REGION"})
        Settings.from_mapping(environment)
        assert {name for name in environment.asked if not name.startswith("AWS_")} == given


def test_no_function_logs_its_event() -> None:
    """Events carry codes. Powertools logs them when told so by this variable, or in its developer mode."""
    text = TEMPLATE.read_text()
    assert "POWERTOOLS_LOGGER_LOG_EVENT" not in text
    assert "POWERTOOLS_DEV" not in text


def test_the_functions_stay_outside_any_vpc() -> None:
    assert not any("VpcConfig" in function for function in resources("AWS::Serverless::Function").values())


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
        assert "AllowedValues" in parameter or (
            "AllowedPattern" in parameter and "ConstraintDescription" in parameter
        ), name


def test_every_output_is_explained() -> None:
    assert all(output.get("Description") for output in template()["Outputs"].values())
