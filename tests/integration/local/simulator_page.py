"""The phone simulator behind a portal, before the real enrolment function and an edge that answers as it is told."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from gatehouse.deployment import Target
from gatehouse.enrollment_api import EnrollmentApi
from local.demo_world import CLIENT, USERS
from local.edges import Edge
from local.phone_simulator import PhoneSimulator
from local.portal import Portal
from tests.functions.enrollment.world import World
from tests.integration.cli.enrollment_server import KEY_ID, REGION, SECRET_KEY, serving
from tests.integration.cli.radius_server import ACCEPT, Request, Responder, reply_to, responding
from tests.integration.local.http_client import Reply, ask

_JSON = ("content-type", "application/json")
SECRET = CLIENT.edge.secrets[0]


@dataclass
class Page:
    world: World
    portal: Portal
    edge: Responder
    code: int = ACCEPT

    @property
    def port(self) -> int:
        return int(self.portal.origin.rpartition(":")[2])

    def get(self, path: str, *headers: tuple[str, str]) -> Reply:
        return ask(self.port, "GET", f"/_local/{path}", *headers)

    def post(self, path: str, message: object, *headers: tuple[str, str]) -> Reply:
        sent = headers or (_JSON, ("origin", self.portal.origin), ("sec-fetch-site", "same-origin"))
        return ask(self.port, "POST", f"/_local/{path}", *sent, body=json.dumps(message).encode())


@contextmanager
def simulator_page() -> Iterator[Page]:
    portal, world = Portal(0), World()
    credentials = {"aws_access_key_id": KEY_ID, "aws_secret_access_key": SECRET_KEY}

    def answers(request: Request) -> list[bytes]:
        return [reply_to(request, made.code, secret=SECRET)]

    try:
        with serving(world) as url, responding(answers) as edge:
            made = Page(world, portal, edge)
            api = EnrollmentApi(Target(url, {"region": REGION, "aws_credentials": credentials}))
            portal.show(PhoneSimulator(portal.origin, api, Edge("edge-1", "127.0.0.1", edge.port, 0), USERS))
            yield made
    finally:
        portal.stop()
