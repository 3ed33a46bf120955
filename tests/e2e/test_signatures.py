"""Who may call which route: the deployed API checks signatures and the stack's own policies decide."""

import pytest

from local import aws, callers
from local.credentials import AwsCredentials
from local.up import Gatehouse
from tests.e2e.signed import call

pytestmark = pytest.mark.e2e
ROUTES = [("POST", "/logins"), ("POST", "/polls"), ("POST", "/accounting"), ("GET", "/clients"), ("GET", "/ping")]


@pytest.fixture(scope="module")
def edge_user(gatehouse: Gatehouse) -> AwsCredentials:
    return callers.edge_user(gatehouse.emulator.url, gatehouse.stack, name="another-edge")


def test_an_edge_may_ping(edge_api: str, edge_user: AwsCredentials) -> None:
    answer = call("GET", f"{edge_api}/ping", by=edge_user)
    assert answer.status == 200
    assert answer.json()["status"] == "ok"


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_an_unsigned_call_is_refused(edge_api: str, method: str, path: str) -> None:
    assert call(method, edge_api + path).status == 403


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_call_signed_with_another_secret_is_refused(
    edge_api: str, edge_user: AwsCredentials, method: str, path: str
) -> None:
    forger = AwsCredentials(edge_user.access_key_id, "not-the-secret-access-key")
    assert call(method, edge_api + path, by=forger).status == 403


def test_a_body_that_was_changed_on_the_way_is_refused(edge_api: str, edge_user: AwsCredentials) -> None:
    answer = call("POST", f"{edge_api}/logins", by=edge_user, json_body={"username": "alice"}, send_instead=b"{}")
    assert answer.status == 403


def test_an_administrator_may_not_ask_for_logins(edge_api: str, administrator: AwsCredentials) -> None:
    assert call("POST", f"{edge_api}/logins", by=administrator, json_body={}).status == 403


def test_an_edge_may_not_manage_users(enrollment_api: str, edge_user: AwsCredentials) -> None:
    assert call("GET", f"{enrollment_api}/v1/admin/users/alice", by=edge_user).status == 403


def test_nobody_manages_users_unsigned(enrollment_api: str) -> None:
    assert call("POST", f"{enrollment_api}/v1/admin/users", json_body={"username": "mallory"}).status == 403


def test_every_deployed_method_of_the_edge_api_wants_a_signature(gatehouse: Gatehouse) -> None:
    """As the emulator has it after SAM's transformation, not as we wrote it."""
    apis = aws.client("apigateway", gatehouse.emulator.url)
    api = gatehouse.stack.edge_api_id
    seen = {
        (method, resource["path"]): apis.get_method(restApiId=api, resourceId=resource["id"], httpMethod=method)[
            "authorizationType"
        ]
        for resource in apis.get_resources(restApiId=api)["items"]
        for method in resource.get("resourceMethods", {})
    }
    assert seen == dict.fromkeys(ROUTES, "AWS_IAM")
