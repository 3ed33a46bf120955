"""Everything that the commands about a directory begin with: the directory, the configuration, the stack, the edges."""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gatehouse.aws.directory_service import DirectoryService
from gatehouse.aws.login_logs import LoginLogs, Reading
from gatehouse.aws.security_groups import SecurityGroups
from gatehouse.aws.session import Aws
from gatehouse.aws.stack import Stack, find_stack
from gatehouse.configuration_text import without_ended
from gatehouse.deployment import URL_VARIABLE, Target, find_target
from gatehouse.directories.clients import Clients
from gatehouse.directories.directory import Directory
from gatehouse.directories.explanation import Evidence
from gatehouse.edge_log_files import read_edge_log
from gatehouse.enrollment_api import EnrollmentApi
from gatehouse.errors import CommandError

STACK_VARIABLE: Final = "GATEHOUSE_STACK"
DEFAULT_STACK: Final = "gatehouse"
DEFAULT_PORT: Final = 1812


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """``stack`` is None where it cannot be found, and what it would tell must be given."""

    target: Target
    aws: Aws
    stack_name: str
    stack: Stack | None

    @property
    def api(self) -> EnrollmentApi:
        return EnrollmentApi(self.target)

    @property
    def directories(self) -> DirectoryService:
        return DirectoryService(self.aws)

    @property
    def groups(self) -> SecurityGroups:
        return SecurityGroups(self.aws)


def find_deployment(url: str | None, *, local: bool, stack: str | None) -> Deployment:
    """The URL may come from the stack's outputs, the stack's name from a variable."""
    name = stack or os.environ.get(STACK_VARIABLE) or DEFAULT_STACK
    if local:
        target = find_target(url, local=True)
        aws, name = Aws(target.ready), stack or str((target.ready or {}).get("stack", name))
        return Deployment(target=target, aws=aws, stack_name=name, stack=_stack(aws, name))
    if url or os.environ.get(URL_VARIABLE):
        target = find_target(url, local=False)
        aws = Aws(region=target.region())
        return Deployment(target=target, aws=aws, stack_name=name, stack=_stack(aws, name))
    aws = Aws()
    found = find_stack(aws, name)
    return Deployment(target=Target(_url(found)), aws=aws, stack_name=name, stack=found)


def _stack(aws: Aws, name: str) -> Stack | None:
    """Whoever has given the URL may do without it."""
    try:
        return find_stack(aws, name)
    except CommandError:
        return None


def _url(stack: Stack) -> str:
    try:
        return stack.outputs["EnrollmentApiUrl"]
    except KeyError:
        raise CommandError("no-url", f"stack {stack.name} is none of Gatehouse: it has no EnrollmentApiUrl") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """``shown`` is the configuration in force, as the API shows it."""

    deployment: Deployment
    directory: Directory
    shown: Mapping[str, Any]

    @property
    def clients(self) -> Clients:
        return Clients(self.shown["clients"])

    def edges(self, given: Sequence[str]) -> tuple[str, ...]:
        """What was given, else the stack's own edges. Raises CommandError if there are none."""
        stack = self.deployment.stack
        found = tuple(given) or (stack.edges if stack else ())
        if not found:
            text = f"no address of an edge is known: stack {self.deployment.stack_name} tells none; give each by --edge"
            raise CommandError("no-edges", text)
        return found

    def port(self, given: int | None) -> int:
        stack = self.deployment.stack
        return given or (stack.port if stack else None) or DEFAULT_PORT


def find_case(directory_id: str, url: str | None, *, local: bool, stack: str | None) -> Case:
    """The configuration is taken without what has ended: that does nothing, and could not be applied again. Raises
    CommandError."""
    if local:
        text = "a local set-up has no AWS directory: these commands are for a deployment on AWS, without --local"
        raise CommandError("not-local", text)
    deployment = find_deployment(url, local=False, stack=stack)
    directory, shown = deployment.directories.find(directory_id), deployment.api.configuration()
    list(without_ended(shown, time.time()))
    return Case(deployment=deployment, directory=directory, shown=shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidencePlaces:
    """Where edges write: a log group, or a file beside it."""

    edge_log_group: str | None
    edge_log: Path | None

    def evidence(self, deployment: Deployment, since: float) -> Evidence:
        logs, name = LoginLogs(deployment.aws, time.monotonic), deployment.stack_name
        decisions = logs.decisions(f"/gatehouse/{name}/logins", since)
        edge = logs.edge(self.edge_log_group or f"/gatehouse/{name}/edge", since)
        written = None if self.edge_log is None else read_edge_log(self.edge_log, since)
        read = [one for one in (decisions, edge) if one is not None]
        return Evidence(
            arrivals=[*(arrival for one in read for arrival in one.arrivals), *(written or ())],
            edge_log=written is not None or self._is_told(edge, deployment.stack),
            decisions=decisions is not None,
            complete=all(one.complete for one in read),
        )

    def _is_told(self, edge: Reading | None, stack: Stack | None) -> bool:
        """Whether an edge writes there: an empty group says nothing of edges that write elsewhere."""
        if edge is None:
            return False
        return edge.has_lines or self.edge_log_group is not None or (stack is not None and stack.hosts_edges)
