"""No secret is in any log, and every decision is in exactly one record: read back from the deployed stack itself."""

import base64
import json
import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pyotp
import pytest

from local.credentials import AwsCredentials
from local.demo_world import CLIENT
from local.up import Gatehouse
from mfa.contract.fields import base64url
from tests.e2e.conftest import User
from tests.e2e.leaks import Secret, histories, leaked, like_secrets_in, places, planted_in
from tests.e2e.logs import edge_lines, everything_logged, once, records
from tests.e2e.packets import AccessRequest, ask, open_client
from tests.e2e.phones import paired_phone
from tests.e2e.signed import HttpAnswer, call
from tests.e2e.sms import with_phone
from tests.e2e.test_enrollment import redeem
from tests.fakes.phone import new_key, raw_public_key

pytestmark = pytest.mark.e2e
PLANTED_PASSWORD = "correct horse battery staple"


def log_in(gatehouse: Gatehouse, name: str, typed: str) -> str:
    with open_client() as client:
        return ask(client, gatehouse.edges[0], AccessRequest.of(name, typed))


@dataclass
class Planting:
    """Everything secret that one user's life brings, each used once so that it passes through the product."""

    gatehouse: Gatehouse
    user: User
    api: str
    administrator: AwsCredentials
    secrets: list[Secret] = field(default_factory=list)
    answers: list[HttpAnswer] = field(default_factory=list)

    def plant(self, kind: str, *texts: str) -> None:
        self.secrets += [Secret(kind, text) for one in texts for text in {one, one.replace("-", "")}]

    def types(self, *texts: str) -> None:
        for text in texts:
            log_in(self.gatehouse, self.user.name, text)

    def session(self) -> dict[str, str]:
        issued = call("POST", f"{self._user}/enrollment-codes", by=self.administrator, json_body={}).json()["code"]
        token = redeem(self.api, issued).json()["token"]
        self.plant("enrolment code", issued)
        self.plant("session token", token)
        return {"Authorization": f"Bearer {token}"}

    def codes_and_passwords(self) -> None:
        right, wrong = self.user.code(), self.user.wrong_codes(1)[0]
        body = {"reason": "planted"}
        bypass = call("POST", f"{self._user}/bypass-codes", by=self.administrator, json_body=body).json()["code"]
        self.plant("bypass code", bypass)
        self.plant("typed code", right, wrong)
        self.plant("seed", self.user.totp_secret)
        self.plant("password", PLANTED_PASSWORD)
        self.types(right, wrong, PLANTED_PASSWORD, bypass)

    def factors_and_recovery_codes(self, bearer: dict[str, str]) -> None:
        started = call("POST", f"{self._own}/factors", json_body={"type": "totp"}, headers=bearer).json()
        self.plant("seed of a new factor", started["key"].replace(" ", ""))
        made = call("POST", f"{self._own}/recovery-codes", headers=bearer).json()["codes"]
        self.plant("recovery code", *made)
        self.types(made[0])
        body = {"username": self.user.name, "password": PLANTED_PASSWORD, "code": made[1], "cookie": True}
        signed_in = call("POST", f"{self._own}/sign-in", json_body=body)  # a look only, where there is no directory
        self.answers.append(signed_in)
        cookie = signed_in.headers.get("set-cookie", "").partition("=")[2].partition(";")[0]
        if cookie:
            self.plant("session cookie", cookie)
            again = {"Cookie": f"__Host-gatehouse={cookie}"}
            self.answers.append(call("GET", f"{self._own}/notices", headers=again))

    def messages(self) -> None:
        mailbox = with_phone(self.gatehouse, self.api, self.administrator, self.user.name)
        self.types("sms", mailbox.codes()[-1])
        self.types(mailbox.codes()[-1])
        self.plant("phone number", mailbox.number, mailbox.number.removeprefix("+"))
        self.plant("code by message", *mailbox.codes())
        self.plant("text of a message", *(str(one["Message"]) for one in mailbox.messages()))

    def token(self) -> None:
        serial, seed = f"LEAK-{secrets.token_hex(4)}".upper(), secrets.token_bytes(20)
        path = f"{self.api}/v1/admin/token-imports/{serial}"
        call("PUT", path, by=self.administrator, json_body={"total": 1})
        tokens = [{"serial": serial, "type": "hotp", "seed": base64url(seed)}]
        call("POST", f"{path}/tokens", by=self.administrator, json_body={"tokens": tokens})
        call("POST", f"{path}/completion", by=self.administrator)
        owner = {"username": self.user.name}
        given = call("PUT", f"{self.api}/v1/admin/tokens/{serial}/owner", by=self.administrator, json_body=owner)
        assert given.status == 200, given.body
        hotp = pyotp.HOTP(base64.b32encode(seed).decode())
        self.plant("HOTP seed", base64url(seed), hotp.secret, seed.hex())
        self.plant("HOTP code", hotp.at(0))
        self.types(hotp.at(0))

    def push(self) -> None:
        with paired_phone(self.gatehouse, self.user.name) as phone:
            endpoint = f"http://127.0.0.1:9/a-capability-{secrets.token_hex(8)}"
            auth, key = secrets.token_bytes(16), new_key()
            keys = {"p256dh": base64url(raw_public_key(key)), "auth": base64url(auth)}
            phone.api.subscribe({"endpoint": endpoint, "keys": keys})
            with ThreadPoolExecutor(1) as pool:
                login = pool.submit(log_in, self.gatehouse, self.user.name, "push 47")
                phone.approve("47")
                assert login.result() == "Access-Accept"
        self.plant("push endpoint", endpoint.rpartition("/")[2])
        self.plant("secret of a subscription", base64url(auth))

    def wrong_requests(self) -> None:
        """Error pages are made from what was sent: they must not send it back."""
        code = next(secret.text for secret in self.secrets if secret.kind == "recovery code")
        for path, body in (
            ("sessions", {"code": code}),
            ("sessions", {"code": [code]}),
            ("sign-in", {"username": self.user.name, "password": [PLANTED_PASSWORD], "code": code}),
            (code, {}),
        ):
            self.answers.append(call("POST", f"{self._own}/{path}", json_body=body))
        self.answers.append(call("GET", f"{self.api}/{code}"))
        self.answers.append(call("GET", f"{self.api}/v1/device", headers={"Authorization": f"Gatehouse-Device {code}"}))

    @property
    def _own(self) -> str:
        return f"{self.api}/v1/enrollment"

    @property
    def _user(self) -> str:
        return f"{self.api}/v1/admin/users/{self.user.name}"


def test_f6_no_secret_of_a_users_life_is_in_a_log_a_history_or_an_error(
    gatehouse: Gatehouse, user: User, enrollment_api: str, administrator: AwsCredentials
) -> None:
    planting = Planting(gatehouse, user, enrollment_api, administrator)
    planting.codes_and_passwords()
    planting.factors_and_recovery_codes(planting.session())
    planting.messages()
    planting.token()
    planting.push()
    planting.wrong_requests()
    planting.plant("shared secret", CLIENT.edge.secrets[0].decode())
    planting.plant("secret of AWS", administrator.secret_access_key)

    assert len(once(lambda: records(gatehouse, user.name), 9)) >= 9, "the logs must have arrived, or nothing is found"
    logged, kept = everything_logged(gatehouse), histories(gatehouse)
    assert places(logged, planting.secrets) == []
    assert like_secrets_in(logged) == set(), "of any test of this run"
    assert places(kept, planting.secrets) == []
    for token in set(re.findall(r"task_token\W+([A-Za-z0-9+/=_-]{16,})", kept)):
        assert token not in logged, "a task token stands in Step Functions' own history only"
    for answered in planting.answers:
        told = f"{ {name: text for name, text in answered.headers.items() if name != 'set-cookie'} }{answered.body!r}"
        assert planted_in(told, planting.secrets) == set(), answered.status

    # A search that finds nothing may be one that looks nowhere: every kind is leaked, and found.
    with leaked(gatehouse, " ".join(secret.text for secret in planting.secrets)):
        found = once(lambda: sorted(planted_in(everything_logged(gatehouse), planting.secrets)), 1)
        assert set(found) == {secret.kind for secret in planting.secrets}
        assert {"a whole phone number", "a recovery, bypass or enrolment code"} <= like_secrets_in(
            everything_logged(gatehouse)
        )


def test_every_decision_leaves_one_record_that_the_edges_line_can_be_joined_to(
    gatehouse: Gatehouse, user: User
) -> None:
    log_in(gatehouse, user.name, user.code())
    log_in(gatehouse, user.name, user.wrong_codes(1)[0])
    decided = once(lambda: records(gatehouse, user.name), 2)
    answered = once(lambda: edge_lines(gatehouse, user.name), 2)
    assert sorted(record["outcome"] for record in decided) == ["accept", "reject"]
    assert {(record["login_id"], record["outcome"]) for record in decided} == {
        (line["login_id"], line["outcome"]) for line in answered
    }
    assert {record["reason"] for record in decided if record["outcome"] == "reject"} == {"wrong_code"}


def test_a_name_with_control_characters_cannot_forge_a_log_line(gatehouse: Gatehouse) -> None:
    mark = secrets.token_hex(8)
    forged = f'{mark}\n{{"event":"login","outcome":"accept"}}\x1b[31m'
    assert log_in(gatehouse, forged, pyotp.TOTP(pyotp.random_base32()).now()) == "Access-Reject"
    for line in everything_logged(gatehouse).splitlines():
        if mark in line and line.startswith("{"):
            json.loads(line)
            assert "\x1b" not in line
