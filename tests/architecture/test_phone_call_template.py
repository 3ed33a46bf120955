"""What the templates promise about phone calls: off unless asked for, and from one Connect instance only."""

from typing import Any

import yaml

from tests.architecture import cloudformation
from tests.architecture.cloudformation import (
    TEMPLATE,
    as_list,
    environment_of,
    granted_on_the_table,
    resources,
    statements,
    template,
)

NESTED = TEMPLATE.parent / "templates/phone-calls.yaml"
PARTS = ("PhoneCallFunction", "PhoneCallInvocation", "PhoneCallRole")


def nested() -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(NESTED.read_text(), cloudformation._Loader)  # noqa: S506 -- a safe loader
    return found


def test_calls_are_off_unless_an_instance_is_given() -> None:
    parameters, conditions = template()["Parameters"], template()["Conditions"]
    assert {parameters[name]["Default"] for name in parameters if name == "PhoneCallInstanceArn"} == {""}
    assert parameters["PhoneCallCountries"]["Default"] == ""
    assert conditions["HasPhoneCalls"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "PhoneCallInstanceArn"}, ""]}]}
    for name in PARTS:
        assert template()["Resources"][name]["Condition"] == "HasPhoneCalls"


def test_every_function_that_admits_calls_is_told_of_none_without_an_instance() -> None:
    told = {
        name: function["Environment"]["Variables"].get("CALL_COUNTRIES")
        for name, function in resources("AWS::Serverless::Function").items()
    }
    countries = {"Fn::If": ["HasPhoneCalls", {"Fn::Join": [",", {"Ref": "PhoneCallCountries"}]}, ""]}
    given = {name: value for name, value in told.items() if value is not None}
    assert given == dict.fromkeys(("LoginsFunction", "EnrollmentFunction", "SendPushFunction"), countries)


def test_the_nested_template_is_left_out_where_a_flow_is_given() -> None:
    stack = template()["Resources"]["PhoneCalls"]
    assert stack["Condition"] == "MakesContactFlow"
    assert template()["Conditions"]["MakesContactFlow"] == {
        "Fn::And": [{"Condition": "HasPhoneCalls"}, {"Fn::Equals": [{"Ref": "PhoneCallContactFlowArn"}, ""]}]
    }
    properties = stack["Properties"]
    assert properties["TemplateURL"] == f"templates/{NESTED.name}"
    wanted = {name for name, parameter in nested()["Parameters"].items() if "Default" not in parameter}
    assert wanted <= set(properties["Parameters"]) <= set(nested()["Parameters"])


def test_only_our_connect_instance_may_invoke_the_function() -> None:
    permission = resources("AWS::Lambda::Permission")["PhoneCallInvocation"]
    assert permission == {
        "FunctionName": {"Ref": "PhoneCallFunction"},
        "Action": "lambda:InvokeFunction",
        "Principal": "connect.amazonaws.com",
        "SourceAccount": {"Ref": "AWS::AccountId"},
        "SourceArn": {"Ref": "PhoneCallInstanceArn"},
    }
    function = resources("AWS::Serverless::Function")["PhoneCallFunction"]
    assert not {"Events", "FunctionUrlConfig"} & set(function)
    permissions = resources("AWS::Lambda::Permission").values()
    assert [one for one in permissions if one["FunctionName"] == {"Ref": "PhoneCallFunction"}] == [permission]


def test_the_function_answers_for_the_instance_that_may_invoke_it() -> None:
    variables = resources("AWS::Serverless::Function")["PhoneCallFunction"]["Environment"]["Variables"]
    assert variables["CONNECT_INSTANCE_ARN"] == {"Ref": "PhoneCallInstanceArn"}
    assert "CONNECT_FLOW_ARN" not in environment_of("PhoneCallFunction"), "it places no calls"


def test_calls_are_placed_in_that_instance_only_and_ended_by_one_function() -> None:
    calling = [(where, one) for where, one in statements() if "connect:" in str(one["Action"])]
    found = {where: (as_list(one["Action"]), one["Resource"]) for where, one in calling}
    contacts = {"Fn::Sub": "${PhoneCallInstanceArn}/contact/*"}
    assert found == {
        "SendPushRole": (["connect:StartOutboundVoiceContact", "connect:StopContact"], contacts),
        "EnrollmentRole": (["connect:StartOutboundVoiceContact"], contacts),
    }


def test_what_takes_the_keys_decides_logins_and_mutes_and_changes_nothing_else() -> None:
    assert granted_on_the_table("PhoneCallRole") == {
        "dynamodb:GetItem": ["T#*", "U#*", "KEY#*"],
        "dynamodb:BatchGetItem": ["T#*", "U#*", "KEY#*"],
        "dynamodb:UpdateItem": ["T#*", "U#*"],
        "dynamodb:ConditionCheckItem": ["U#*"],
    }
    (report,) = [one for where, one in statements() if (where, one["Sid"]) == ("PhoneCallRole", "NoteReports")]
    attributes = report["Condition"]["ForAllValues:StringLike"]["dynamodb:Attributes"]
    assert attributes == ["pk", "sk", "muted_at", "version"]


def test_the_one_that_rings_counts_calls_and_no_messages() -> None:
    (count,) = [one for where, one in statements() if (where, one["Sid"]) == ("SendPushRole", "CountCalls")]
    assert count["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"] == ["R#call#*"]


def test_the_endpoint_of_another_connect_can_only_be_on_this_machine() -> None:
    endpoint = template()["Parameters"]["PhoneCallEndpoint"]
    assert (endpoint["Default"], endpoint["AllowedPattern"]) == ("", "^$|^http://127\\.0\\.0\\.1:[0-9]{1,5}$")


def test_the_nested_template_works_in_every_partition_and_explains_its_parameters() -> None:
    assert "arn:aws:" not in NESTED.read_text()
    for name, parameter in nested()["Parameters"].items():
        assert parameter.get("Description"), name
        assert "AllowedValues" in parameter or "ConstraintDescription" in parameter, name
    assert {one["Type"] for one in nested()["Resources"].values()} == {
        "AWS::Connect::ContactFlow",
        "AWS::Connect::IntegrationAssociation",
    }
