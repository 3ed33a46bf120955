"""From which logs a directory's failure is judged, and what may not be said without them."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from gatehouse.aws.session import Aws, Service
from gatehouse.aws.stack import Stack
from gatehouse.deployment import Target
from gatehouse.directories.explanation import explain
from gatehouse.directory_case import Deployment, EvidencePlaces
from gatehouse.findings import Finding, Grade

CONTROLLER = "10.0.1.10"
EDGE_GROUP = "/gatehouse/gate/edge"
HOSTED = {"RadiusAddresses": "10.0.1.20,10.0.2.20"}


class FakeLogs:
    """CloudWatch Logs: the lines of every group that there is."""

    def __init__(self, groups: Mapping[str, list[dict[str, Any]]]) -> None:
        self.groups = groups
        self.meta = SimpleNamespace(method_to_api_mapping={})

    def filter_log_events(self, **asked: Any) -> dict[str, Any]:
        if asked["logGroupName"] not in self.groups:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "FilterLogEvents")
        lines = self.groups[asked["logGroupName"]]
        return {"events": [{"message": json.dumps(line), "timestamp": 1000} for line in lines]}


def judged(
    edge_group: list[dict[str, Any]],
    *,
    outputs: Mapping[str, str] | None = None,
    edge_log_group: str | None = None,
    edge_log: Path | None = None,
) -> list[Finding]:
    """Of a directory that says Failed."""
    logs: Any = FakeLogs({"/gatehouse/gate/logins": [], EDGE_GROUP: edge_group})
    aws = Aws(_services={"logs": Service("logs", logs)})
    stack = Stack("gate", "CREATE_COMPLETE", outputs or {})
    deployment = Deployment(target=Target("https://api.example.com"), aws=aws, stack_name="gate", stack=stack)
    places = EvidencePlaces(edge_log_group=edge_log_group, edge_log=edge_log)
    return explain([CONTROLLER], places.evidence(deployment, 0), failed=True)


def test_an_empty_group_of_a_stack_without_edges_proves_nothing() -> None:
    (found,) = judged([])
    assert (found.grade, "--edge-log" in found.advice) == (Grade.WARNING, True)


def test_an_empty_group_of_a_stack_with_edges_is_the_network() -> None:
    (found,) = judged([], outputs=HOSTED)
    assert (found.grade, found.text) == (Grade.PROBLEM, f"{CONTROLLER}: nothing of it reached an edge")


@pytest.mark.parametrize(
    "line",
    [
        {"event": "discarded", "source_ip": "10.0.9.9", "reason": "unknown_client"},
        {"event": "login", "source_ip": "10.0.9.9", "outcome": "accept"},
    ],
)
def test_a_group_into_which_an_edge_writes_is_its_log(line: dict[str, Any]) -> None:
    (found,) = judged([line])
    assert found.grade is Grade.PROBLEM


def test_a_log_that_was_named_is_believed_though_it_is_empty(tmp_path: Path) -> None:
    file = tmp_path / "edge.log"
    file.touch()
    for (found,) in (judged([], edge_log=file), judged([], edge_log_group=EDGE_GROUP)):
        assert found.grade is Grade.PROBLEM


def test_a_group_that_was_named_and_is_not_there_proves_nothing() -> None:
    (found,) = judged([], edge_log_group="/another/edge", outputs=HOSTED)
    assert found.grade is Grade.WARNING
