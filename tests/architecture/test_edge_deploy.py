"""The files for an edge outside AWS: a unit of systemd, its settings, and the stack of its credentials."""

import configparser
import re
from typing import Any

from radius_edge.settings import Settings
from tests.architecture.cloudformation import TEMPLATE, read, resources

DEPLOY = TEMPLATE.parent / "edge/deploy"


class Read(dict[str, str]):
    """An environment that remembers what it was asked for."""

    def __init__(self, given: dict[str, str]) -> None:
        super().__init__(given)
        self.asked: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return super().get(name, default)


def environment() -> dict[str, str]:
    lines = (DEPLOY / "edge.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def unit() -> dict[str, str]:
    parser = configparser.RawConfigParser(strict=False, comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment, method-assign] # names with capitals
    parser.read(DEPLOY / "gatehouse-edge.service")
    return dict(parser["Service"])


def test_the_edge_understands_its_settings() -> None:
    asked = Read(environment())
    settings = Settings.parse([], asked)
    assert set(environment()) <= asked.asked
    assert settings.health_host == "127.0.0.1"


def test_systemd_waits_longer_than_the_edge_drains() -> None:
    drained = Settings.parse([], environment()).drain_seconds
    assert int(unit()["TimeoutStopSec"]) >= drained + 5
    guide = (TEMPLATE.parent / "docs/guides/deploying.md").read_text()
    assert [int(seconds) >= drained + 5 for seconds in re.findall(r"--stop-timeout (\d+)", guide)] == [True]


def test_the_unit_runs_the_edge_as_nobody_in_particular() -> None:
    assert unit()["ExecStart"].endswith(" -m radius_edge")
    assert unit()["DynamicUser"] == "yes"
    assert unit()["CapabilityBoundingSet"] == ""
    assert unit()["NoNewPrivileges"] == "yes"
    assert unit()["ProtectSystem"] == "strict"


def test_a_setting_that_cannot_work_is_not_tried_for_ever() -> None:
    assert unit()["Restart"] == "always"
    assert unit()["RestartPreventExitStatus"] == "2"


def test_credentials_are_for_one_authority_and_one_name_and_for_the_edges_policy_alone() -> None:
    stack = read(DEPLOY / "roles-anywhere.yaml")
    (role,) = resources("AWS::IAM::Role", stack).values()
    assert role["ManagedPolicyArns"] == [{"Ref": "EdgePolicyArn"}]
    assert "Policies" not in role
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"] == {
        "ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": "TrustAnchor.TrustAnchorArn"}},
        "StringLike": {"aws:PrincipalTag/x509Subject/CN": {"Ref": "CommonName"}},
    }
    (profile,) = resources("AWS::RolesAnywhere::Profile", stack).values()
    assert profile["DurationSeconds"] <= 3600


def test_the_stacks_outputs_are_what_the_credentials_are_asked_with() -> None:
    stack = read(DEPLOY / "roles-anywhere.yaml")
    config = (DEPLOY / "aws-config").read_text()
    assert set(re.findall(r"--(?:trust-anchor|profile|role)-arn (\w+)_ARN", config)) == {
        re.sub(r"(?<!^)(?=[A-Z])", "_", name.removesuffix("Arn")).upper() for name in stack["Outputs"]
    }


def test_the_guide_installs_every_file() -> None:
    guide = (TEMPLATE.parent / "docs/guides/deploying.md").read_text()
    for path in DEPLOY.iterdir():
        assert f"edge/deploy/{path.name}" in guide
