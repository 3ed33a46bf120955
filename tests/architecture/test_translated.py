"""What SAM makes of the template: it writes resources of its own, and they must give nobody more than ours do."""

import re
import subprocess
from functools import cache
from typing import Any

import pytest
import yaml

from tests.architecture.cloudformation import TEMPLATE, resources, template
from tests.architecture.test_push_template import BY_THEMSELVES

SAM_PYTHON = TEMPLATE.parent / ".venv-sam/bin/python"
TRANSLATE = """
import sys
from samcli.lib.translate.sam_template_validator import SamTemplateValidator
from samcli.yamlhelper import yaml_parse
class NoManagedPolicies:
    def load(self):
        return {}
with open(sys.argv[1]) as file:
    validator = SamTemplateValidator(yaml_parse(file.read()), NoManagedPolicies(), region="eu-central-1")
print(validator.get_translated_template_if_valid())
"""

pytestmark = pytest.mark.skipif(not SAM_PYTHON.exists(), reason="needs .venv-sam, which `make setup` installs")


@cache
def translated() -> dict[str, Any]:
    command = [SAM_PYTHON, "-c", TRANSLATE, TEMPLATE]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=TEMPLATE.parent)
    found: dict[str, Any] = yaml.safe_load(done.stdout)
    return found


def test_sam_adds_no_role_and_no_policy() -> None:
    for kind in ("AWS::IAM::Role", "AWS::IAM::ManagedPolicy", "AWS::IAM::Policy"):
        assert set(resources(kind, translated())) == set(resources(kind))


def test_every_function_has_a_role_of_ours() -> None:
    functions = resources("AWS::Lambda::Function", translated())
    assert len(functions) == len(resources("AWS::Serverless::Function"))
    roles = {role["Role"]["Fn::GetAtt"][0] for role in functions.values()}
    assert roles <= set(resources("AWS::IAM::Role"))
    assert len(roles) == len(functions)


def test_only_the_apis_of_this_stack_may_invoke_functions() -> None:
    for name, permission in resources("AWS::Lambda::Permission", translated()).items():
        if permission["FunctionName"]["Ref"] in BY_THEMSELVES:
            continue
        assert permission["Principal"] == "apigateway.amazonaws.com", name
        assert "SourceArn" in permission, f"{name}: any API of any account could invoke it"
        assert re.search(r"\b(EdgeApi|EnrollmentApi)\b", str(permission["SourceArn"])), name


def test_there_is_one_stage_which_logs_no_bodies() -> None:
    (stage,) = resources("AWS::ApiGateway::Stage", translated()).values()
    assert stage["StageName"] == "v1"
    assert [one["DataTraceEnabled"] for one in stage["MethodSettings"]] == [False]


def test_every_method_of_the_edge_api_wants_a_signature() -> None:
    (api,) = resources("AWS::ApiGateway::RestApi", translated()).values()
    methods = [method for path in api["Body"]["paths"].values() for method in path.values()]
    assert len(methods) == 5
    assert all(method["security"] == [{"AWS_IAM": []}] for method in methods)
    assert api["Body"]["x-amazon-apigateway-policy"]["Statement"][0]["Principal"] != "*"


def test_no_execution_data_is_logged() -> None:
    (machine,) = resources("AWS::StepFunctions::StateMachine", translated()).values()
    assert machine["LoggingConfiguration"]["IncludeExecutionData"] is False


def test_what_is_kept_stays_kept() -> None:
    for name, resource in translated()["Resources"].items():
        if name in template()["Resources"]:
            assert resource.get("DeletionPolicy") == template()["Resources"][name].get("DeletionPolicy"), name
