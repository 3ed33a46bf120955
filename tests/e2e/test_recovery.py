"""Recovery and bypass codes on the deployed stack, typed by a RADIUS client that nobody here wrote (THREATS C12)."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from local.credentials import AwsCredentials
from local.directory_clients import directory_user
from local.up import Gatehouse
from tests.e2e import radclient
from tests.e2e.conftest import User
from tests.e2e.logs import once, records
from tests.e2e.signed import HttpAnswer, call

pytestmark = [pytest.mark.e2e, pytest.mark.radclient]
LIMIT = 10  # wrong codes until the first lock
PARALLEL = 8
WRONG = "ABCD-EFGH-JKM{}"


@dataclass
class Portal:
    """The two APIs, for one user."""

    api: str
    administrator: AwsCredentials
    name: str

    def admin(self, method: str, path: str, body: object = None) -> HttpAnswer:
        return call(method, f"{self.api}/v1/admin/users/{self.name}{path}", by=self.administrator, json_body=body)

    def session(self) -> dict[str, str]:
        code = self.admin("POST", "/enrollment-codes", {}).json()["code"]
        opened = call("POST", f"{self.api}/v1/enrollment/sessions", json_body={"code": code})
        assert opened.status == 201, opened.body
        return {"Authorization": f"Bearer {opened.json()['token']}"}

    def recovery_codes(self) -> list[str]:
        made = call("POST", f"{self.api}/v1/enrollment/recovery-codes", headers=self.session())
        assert made.status == 201, made.body
        return list(made.json()["codes"])

    def bypass(self, **wanted: object) -> dict[str, str]:
        made = self.admin("POST", "/bypass-codes", {"reason": "lost the phone", **wanted})
        assert made.status == 201, made.body
        return dict(made.json())

    def sign_in(self, code: str, password: str | None) -> HttpAnswer:
        message = {"username": self.name, "password": password, "code": code}
        return call("POST", f"{self.api}/v1/enrollment/sign-in", json_body=message)


@pytest.fixture
def portal(enrollment_api: str, administrator: AwsCredentials, user: User) -> Portal:
    return Portal(enrollment_api, administrator, user.name)


def log_in(gatehouse: Gatehouse, user: User, text: str, edge: int = 0) -> str:
    reply = radclient.log_in(gatehouse.edges[edge], radclient.Login(user.name, text))
    assert reply is not None
    return reply.code


def reasons(gatehouse: Gatehouse, user: User, count: int) -> list[str]:
    return once(lambda: [record["reason"] for record in records(gatehouse, user.name)], count)


def test_a_recovery_code_is_right_once_and_a_wrong_one_counts(gatehouse: Gatehouse, user: User, portal: Portal) -> None:
    first, second, *_ = portal.recovery_codes()
    texts = [first, first, WRONG.format("N"), second.lower()]
    assert [log_in(gatehouse, user, text) for text in texts] == [
        "Access-Accept", "Access-Reject", "Access-Reject", "Access-Accept",
    ]  # fmt: skip
    assert reasons(gatehouse, user, 4) == ["none", "code_used", "wrong_code", "none"]
    assert records(gatehouse, user.name)[0]["factor_id"] == "recovery"
    assert user.tries() == 0


def test_c12_a_code_in_many_packets_at_both_edges_is_one_accept(
    gatehouse: Gatehouse, user: User, portal: Portal
) -> None:
    code = portal.recovery_codes()[0]
    with ThreadPoolExecutor(PARALLEL) as pool:
        answers = list(pool.map(lambda number: log_in(gatehouse, user, code, number % 2), range(PARALLEL)))
    assert answers.count("Access-Accept") == 1
    assert answers.count("Access-Reject") == PARALLEL - 1


def test_codes_from_before_a_renewal_are_void(gatehouse: Gatehouse, user: User, portal: Portal) -> None:
    old, new = portal.recovery_codes()[0], portal.recovery_codes()[0]
    assert [log_in(gatehouse, user, code) for code in (old, new)] == ["Access-Reject", "Access-Accept"]


def test_a_bypass_code_has_its_uses_and_its_end(gatehouse: Gatehouse, user: User, portal: Portal) -> None:
    twice, short = portal.bypass(uses=2), portal.bypass(uses=5, valid_seconds=1)
    time.sleep(1.1)  # the one end that no clock of a test can bring nearer: the deployed function has its own
    texts = [twice["code"], twice["code"], twice["code"], short["code"]]
    assert [log_in(gatehouse, user, text) for text in texts] == ["Access-Accept"] * 2 + ["Access-Reject"] * 2
    assert reasons(gatehouse, user, 4) == ["none", "none", "code_used", "bypass_expired"]
    assert user.tries() == 0


def test_a_revoked_bypass_code_is_void(gatehouse: Gatehouse, user: User, portal: Portal) -> None:
    made = portal.bypass(uses=2)
    assert log_in(gatehouse, user, made["code"]) == "Access-Accept"
    assert portal.admin("DELETE", f"/bypass-codes/{made['bypass_id']}").status == 204
    assert log_in(gatehouse, user, made["code"]) == "Access-Reject"


def test_a_locked_user_keeps_the_code_and_uses_it_after_an_unlock(
    gatehouse: Gatehouse, user: User, portal: Portal
) -> None:
    code = portal.recovery_codes()[0]
    answers = [log_in(gatehouse, user, WRONG.format(character)) for character in "0123456789"]
    assert answers == ["Access-Reject"] * LIMIT
    assert log_in(gatehouse, user, code) == "Access-Reject"
    assert portal.admin("POST", "/unlock").status == 200
    assert log_in(gatehouse, user, code) == "Access-Accept"


def test_the_portal_asks_by_the_same_books(
    gatehouse: Gatehouse, user: User, portal: Portal, enrollment_api: str, administrator: AwsCredentials
) -> None:
    """With a password that the directory checks its session may change factors; without one it only looks."""
    password = None
    if gatehouse.controllers:
        known = directory_user("carol")
        user, password = User(gatehouse, known.username, known.totp_secret), known.password
        portal = Portal(enrollment_api, administrator, user.name)
    code, before = portal.recovery_codes()[0], user.tries()
    refused = portal.sign_in(WRONG.format("N"), password)
    assert (refused.status, user.tries()) == (401, before + 1)
    opened = portal.sign_in(code, password)
    assert (opened.status, opened.json()["kind"]) == (201, "signed_in" if password else "look")
    assert log_in(gatehouse, user, code) == "Access-Reject"
    bearer = {"Authorization": f"Bearer {opened.json()['token']}"}
    assert call("GET", f"{portal.api}/v1/enrollment/factors", headers=bearer).status == 200
    renewed = call("POST", f"{portal.api}/v1/enrollment/recovery-codes", headers=bearer)
    assert renewed.status == (201 if password else 403)
