"""All checks of a deployment, put together."""

import os
import time
from collections.abc import Collection, Iterable, Iterator
from functools import partial
from typing import Any

from gatehouse.checks import account, backend, calls, directories, directory_certificates, edges, stack_parts
from gatehouse.checks.check import Check
from gatehouse.directories.clients import Clients
from gatehouse.directory_case import DEFAULT_PORT, Deployment
from gatehouse.edge_proofs import SECRET_VARIABLE, Prober
from gatehouse.errors import CommandError
from gatehouse.findings import Finding, ok


def all_checks(deployment: Deployment) -> list[Check]:
    """Those that need the configuration or the stack are left out where there is none: another check says so."""
    return [
        *_of_account(deployment),
        *_of_stack(deployment),
        Check("api", lambda: backend.api(deployment.api, time.time())),
        Check("sms", partial(_sms, deployment)),
        *_of_calls(deployment),
        *_of_configuration(deployment),
    ]


def _of_account(deployment: Deployment) -> Iterator[Check]:
    aws = deployment.aws
    yield Check("credentials", lambda: account.credentials(aws))
    yield Check("clock", lambda: account.clock(aws, time.time()))


def _of_stack(deployment: Deployment) -> Iterator[Check]:
    aws = deployment.aws
    yield Check("stack", lambda: stack_parts.stack(aws, deployment.stack_name))
    outputs = deployment.stack.outputs if deployment.stack else {}
    if "TableName" in outputs:
        yield Check("table", lambda: stack_parts.table(aws, outputs))
    if "KeyArn" in outputs:
        yield Check("key", lambda: stack_parts.key(aws, outputs))
    if "PushStateMachineArn" in outputs:
        yield Check("state machine", lambda: stack_parts.state_machine(aws, outputs))


def _of_calls(deployment: Deployment) -> Iterator[Check]:
    stack = deployment.stack
    if stack and calls.are_on(stack) and deployment.target.ready is None:  # there is no Connect in a local set-up
        yield Check("calls", lambda: calls.calls(deployment.aws, stack))


def _of_configuration(deployment: Deployment) -> Iterator[Check]:
    try:
        shown = deployment.api.configuration()
    except CommandError:
        return  # the check of the API says why
    configured, addresses = Clients(shown["clients"]), edge_addresses(deployment)
    prober = Prober(configured=configured, secrets=_local_secrets(deployment), other_secret=_given_secret())
    yield Check("edges", lambda: edges.edges(prober, addresses))
    hosts = {address for address, _ in addresses}
    yield Check("directories", partial(_directories, deployment, configured, hosts))
    yield from _of_certificates(shown["realms"])


def _sms(deployment: Deployment) -> Iterator[Finding]:
    if deployment.target.ready is None:
        return backend.sms(deployment.api)
    return iter([ok("sms", "whether messages arrive is not looked at: an emulator keeps them and sends none")])


def _directories(deployment: Deployment, configured: Clients, edges: Collection[str]) -> Iterator[Finding]:
    if deployment.target.ready is None:
        return directories.directories(deployment.directories, configured, edges)
    return iter([ok("directories", "AWS directories are not looked at: none asks a local set-up")])


def _of_certificates(realms: Iterable[dict[str, Any]]) -> Iterator[Check]:
    now = time.time()
    for realm in realms:
        if "directory" not in realm:
            continue
        yield Check("certificates", partial(directory_certificates.authorities, realm, now))
        for one in realm["directory"]["domain_controllers"]:
            look = partial(directory_certificates.controller, realm, one, now)
            yield Check("certificates", look)


def edge_addresses(deployment: Deployment) -> list[tuple[str, int]]:
    ready = deployment.target.ready
    if ready is not None:
        return [(one["host"], one["auth_port"]) for one in ready["edges"]]
    stack = deployment.stack
    return [(one, stack.port or DEFAULT_PORT) for one in stack.edges] if stack else []


def _local_secrets(deployment: Deployment) -> dict[str, str]:
    ready = deployment.target.ready or {}
    return {one["name"]: one["secret"] for one in ready.get("radius_clients", ())}


def _given_secret() -> str | None:
    return os.environ.get(SECRET_VARIABLE) or None


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Problems, then warnings, then what is well; otherwise in their order."""
    order = {"problem": 0, "warning": 1, "ok": 2}
    return sorted(findings, key=lambda one: order[one.grade])
