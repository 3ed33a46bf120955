"""Telephones of test users: numbers that were proven by a call, and what the calls to them said."""

from dataclasses import dataclass

from local.connect_service import Call
from local.credentials import AwsCredentials
from local.up import Gatehouse
from tests.e2e.signed import call
from tests.e2e.sms import new_number

SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Telephone:
    gatehouse: Gatehouse
    number: str

    def answer(self, keys: str) -> None:
        """Answer from now on, and press these keys; ``x`` hangs up."""
        self.gatehouse.connect_service.answer(self.number, keys)

    def calls(self) -> list[Call]:
        """About logins: without the one that proved the number."""
        return [one for one in self.gatehouse.connect_service.calls_to(self.number) if _is_login(one)]

    def last_words(self) -> list[str]:
        """What the newest call said, once it is over."""
        newest = self.gatehouse.connect_service.calls_to(self.number)[-1]
        assert newest.over.wait(SECONDS), "nobody answered, or the call goes on"
        return newest.said


def _is_login(one: Call) -> bool:
    return one.attributes["purpose"] == "login"


def with_telephone(
    gatehouse: Gatehouse, api: str, administrator: AwsCredentials, name: str, number: str | None = None
) -> Telephone:
    """A number of that user, proven by the code that a call said."""
    telephone = Telephone(gatehouse, number or new_number())
    telephone.answer("1")
    issued = call("POST", f"{api}/v1/admin/users/{name}/enrollment-codes", by=administrator, json_body={})
    opened = call("POST", f"{api}/v1/enrollment/sessions", json_body={"code": issued.json()["code"]})
    bearer = {"Authorization": f"Bearer {opened.json()['token']}"}
    phones = f"{api}/v1/enrollment/phones"
    added = call("POST", phones, json_body={"number": telephone.number, "by": "call"}, headers=bearer)
    assert added.status == 201, added.body
    code = spoken_code(telephone.last_words())
    path = f"{phones}/{added.json()['phone_id']}/confirmation"
    confirmed = call("POST", path, json_body={"code": code}, headers=bearer)
    assert confirmed.status == 200, confirmed.body
    assert confirmed.json()["by"] == ["call"]
    return telephone


def spoken_code(said: list[str]) -> str:
    """Six digits, said digit by digit."""
    first, _, _ = said[-1].removeprefix("Your code is ").partition(" .")
    return first.replace(", ", "")
