"""What is watched: every alarm says what to do, every metric that is named is one that somebody writes."""

import json
import re
from typing import Any

import pytest

from mfa.adapters.seal_log import LoggedSeals
from mfa.adapters.sms.trail import ALL_SERVICES
from mfa.domain.reasons import RejectReason
from mfa.push_ports import PushEvent
from mfa.services.enrollment_events import SubscriberEvent
from mfa.services.sealing import SealReport
from mfa.sms_ports import SmsEvent
from radius_edge.metrics import _HELP
from tests.architecture.cloudformation import TEMPLATE, as_list, environment_of, nested_templates, resources, statements
from tests.architecture.deployment import Deployment
from tests.architecture.test_hosting import EDGE

ROOT = TEMPLATE.parent
RUNBOOK_LINES = (ROOT / "docs/guides/runbook.md").read_text().splitlines()
WATCHING = nested_templates()["watching.yaml"]
ALARMS = resources("AWS::CloudWatch::Alarm", WATCHING)
(DASHBOARD,) = resources("AWS::CloudWatch::Dashboard", WATCHING).values()
BODY = json.loads(DASHBOARD["DashboardBody"]["Fn::Sub"])
CANARY = {"CanaryFunction", "CanaryRole", "UdpProbeFunction", "UdpProbeRole", "UdpProbeSecurityGroup", "CanarySecret"}

# Metrics of ours, with the values that their dimensions can have.
GAUGES = {"edge_ready", "edge_backend_breaker_open"}
OUTCOMES = {"accept", "reject", "challenge", "pending", "forward", "drop"}
SERVICES = {"logins", "polls", "devices", "enrollment", "send_push", "phone_call", "sealer", "canary", "edge"}
VALUES: dict[str, set[str]] = {
    "service": {*SERVICES, *ALL_SERVICES.values()},
    "outcome": OUTCOMES,
    "reason": {*RejectReason, "none"},
    "typed": {"code"},
    "event": {*SubscriberEvent, *PushEvent, *SmsEvent},
}
DIMENSIONS: dict[str, list[set[str]]] = {
    "Logins": [{"service", "outcome", "reason"}, {"outcome"}, {"typed"}],
    "LoginTime": [{"service", "outcome", "reason"}, {"outcome"}, {"typed"}],
    "Lockouts": [{"service", "outcome", "reason"}, {"outcome"}, {"typed"}],
    "SubscriberChanges": [{"service", "event"}],
    "PushEvents": [{"service", "event"}],
    "SmsEvents": [{"service", "event"}],
    "CallEvents": [{"service", "event"}],
    **{name: [{"service"}] for name in ("EntriesSealed", "LateReceipts", "RecordsMissing", "MinutesBehind")},
    **{name: [{"service"}] for name in ("CanaryFailed", "CanaryTime")},
}


def of_alarms() -> list[tuple[str, str, str, dict[str, Any]]]:
    return [
        (name, one["Namespace"], one["MetricName"], {each["Name"]: each["Value"] for each in one["Dimensions"]})
        for name, alarm in ALARMS.items()
        for one in (
            [alarm] if "MetricName" in alarm else [each["MetricStat"]["Metric"] for each in alarm["Metrics"][1:]]
        )
    ]


def of_the_dashboard() -> list[tuple[str, str, str, dict[str, Any]]]:
    found = []
    for widget in BODY["widgets"]:
        for row in widget["properties"].get("metrics", ()):
            if isinstance(row[0], str):
                words = [one for one in row if isinstance(one, str)]
                dimensions = dict(zip(words[2::2], words[3::2], strict=True))
                found.append((widget["properties"]["title"], words[0], words[1], dimensions))
    return found


@pytest.mark.parametrize("name", ALARMS)
def test_every_alarm_names_its_section_of_the_runbook(name: str) -> None:
    description = ALARMS[name]["AlarmDescription"]
    (anchor,) = re.findall(r"docs/guides/runbook\.md#([a-z-]+)$", description.strip())
    sections = {line[3:].strip().lower().replace(" ", "-") for line in RUNBOOK_LINES if line.startswith("## ")}
    assert anchor in sections
    assert ALARMS[name]["AlarmName"] == {"Fn::Sub": f"${{Stack}}-{anchor}"}


def test_the_runbook_has_no_section_for_an_alarm_that_is_gone() -> None:
    anchors = {alarm["AlarmName"]["Fn::Sub"].removeprefix("${Stack}-") for alarm in ALARMS.values()}
    written = re.findall(r"^\*\*Alarm\*\* `([a-z-]+)`", "\n".join(RUNBOOK_LINES), re.MULTILINE)
    assert sorted(written) == sorted(anchors)


@pytest.mark.parametrize("name", ALARMS)
def test_every_alarm_reaches_the_topic_and_says_when_it_is_over(name: str) -> None:
    topic = [{"Fn::If": ["MakesTopic", {"Ref": "AlarmTopic"}, {"Ref": "TopicArn"}]}]
    assert ALARMS[name]["AlarmActions"] == ALARMS[name]["OKActions"] == topic
    assert ALARMS[name]["TreatMissingData"] in {"breaching", "notBreaching"}


def test_silence_is_an_alarm_where_somebody_should_speak_every_minute() -> None:
    silent = {name for name, alarm in ALARMS.items() if alarm["TreatMissingData"] == "breaching"}
    assert silent == {"EdgeNotReady", "CanaryFailed", "SealerLate"}


def test_alarms_can_publish_to_a_topic_that_is_made() -> None:
    """One encrypted with SNS's own key cannot be reached by an alarm."""
    (topic,) = resources("AWS::SNS::Topic", WATCHING).values()
    assert topic["KmsMasterKeyId"] == {"Ref": "KeyArn"}
    (key,) = resources("AWS::KMS::Key").values()
    (allowed,) = [one for one in key["KeyPolicy"]["Statement"] if one["Sid"] == "AlarmsReachTheirTopic"]
    assert allowed["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert set(allowed["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey"}


@pytest.mark.parametrize(("where", "namespace", "metric", "dimensions"), [*of_alarms(), *of_the_dashboard()], ids=str)
def test_every_metric_that_is_named_is_written_by_somebody(
    where: str, namespace: str, metric: str, dimensions: dict[str, Any]
) -> None:
    if namespace != "Gatehouse":
        assert namespace in {"AWS/Lambda", "AWS/DynamoDB", "AWS/SQS"}, where
        return
    if dimensions.get("service") == "edge":
        short = metric.removeprefix("edge_")
        known = {name.removesuffix("_total") for name in _HELP}
        assert metric in GAUGES or any(short == name or short.startswith(f"{name}_") for name in known), where
        return
    assert set(dimensions) in DIMENSIONS[metric], where
    for name, value in dimensions.items():
        assert value in VALUES[name], f"{where}: {name}={value}"


def test_the_sealer_writes_what_is_watched(capfd: pytest.CaptureFixture[str]) -> None:
    LoggedSeals(service_name="sealer", metrics_namespace="Gatehouse").sealed(
        SealReport(sealed=1, entries=2, late=0, holes=0, behind=0, newest=None)
    )
    written = json.loads(capfd.readouterr().out.splitlines()[-1])
    named = {metric for _, _, metric, dimensions in of_the_dashboard() if dimensions.get("service") == "sealer"}
    assert named <= set(written)


def test_the_dashboard_fits_its_grid_and_nothing_lies_on_anything() -> None:
    taken: set[tuple[int, int]] = set()
    for widget in BODY["widgets"]:
        cells = {
            (x, y)
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        }
        assert max(x for x, _ in cells) < 24
        assert not cells & taken
        taken |= cells


# ---- the canary


def test_there_is_a_canary_exactly_if_edges_are_here_and_nobody_declined() -> None:
    assert Deployment(EdgeMode="fargate", **EDGE).resources >= CANARY
    assert not CANARY & Deployment(EdgeMode="fargate", Canary="false", **EDGE).resources
    assert not CANARY & Deployment().resources


def test_what_carries_its_packets_reaches_the_edges_and_nothing_else() -> None:
    function = resources("AWS::Serverless::Function")["UdpProbeFunction"]
    assert function["VpcConfig"]["SecurityGroupIds"] == [{"Ref": "UdpProbeSecurityGroup"}]
    (way_out,) = resources("AWS::EC2::SecurityGroup")["UdpProbeSecurityGroup"]["SecurityGroupEgress"]
    port = {"Ref": "RadiusPort"}
    assert (way_out["IpProtocol"], way_out["FromPort"], way_out["ToPort"]) == ("udp", port, port)
    assert way_out["DestinationSecurityGroupId"] == {"Ref": "RadiusSecurityGroup"}
    assert environment_of("UdpProbeFunction") == {"RADIUS_ADDRESSES", "RADIUS_PORT"}


def test_what_carries_its_packets_may_do_nothing_but_write_its_log() -> None:
    granted = {
        action
        for where, one in statements()
        for action in as_list(one["Action"])
        if where == "UdpProbeRole" and one["Effect"] == "Allow" and not action.startswith("ec2:")
    }
    assert granted == {"logs:CreateLogStream", "logs:PutLogEvents"}
    assert "ManagedPolicyArns" not in resources("AWS::IAM::Role")["UdpProbeRole"]


def test_the_canary_itself_touches_no_table() -> None:
    granted = {action for where, one in statements() for action in as_list(one["Action"]) if where == "CanaryRole"}
    assert granted == {
        "secretsmanager:GetSecretValue",
        "kms:Decrypt",
        "lambda:InvokeFunction",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    }


@pytest.mark.parametrize(
    ("function", "principal"),
    [
        ("ReceiptsFunction", "logs.amazonaws.com"),
        ("SealerFunction", "events.amazonaws.com"),
        ("CanaryFunction", "events.amazonaws.com"),
    ],
)
def test_what_runs_by_itself_is_invoked_by_one_service_and_one_source(function: str, principal: str) -> None:
    permissions = [
        one for one in resources("AWS::Lambda::Permission").values() if one["FunctionName"] == {"Ref": function}
    ]
    (permission,) = permissions
    assert permission["Principal"] == principal
    assert "SourceArn" in permission
