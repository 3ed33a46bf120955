"""gatehouse phone …: the phone numbers that get codes by message, or calls. Nobody is shown more than two digits of
one.
"""

import sys
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final

import typer

from gatehouse.enrollment_api import EnrollmentApi
from gatehouse.enrollment_checks import PHONE_NAME_OCTETS, check_name, check_number
from gatehouse.enrollment_session import session
from gatehouse.errors import REFUSED, CommandError
from gatehouse.options import AsJson, EnrollmentCode, Local, Realm, Url, UserName, Yes
from gatehouse.output import moment, printable, show, show_json
from gatehouse.prompts import ask, can_ask, confirm


class Way(StrEnum):
    """How the code of a new number comes."""

    MESSAGE = "message"
    CALL = "call"


_COMES: Final = {
    Way.MESSAGE: "A code was sent to {number}.",
    Way.CALL: "{number} is being called. Press 1, and listen for the code.",
}
_CORRECTABLE: Final = frozenset(
    {
        "not-a-number",
        "country-refused",
        "line-type-refused",
        "message-not-sent",
        "call-not-placed",
        "calls-not-deployed",
        "phone-known",
        "phone-not-pending",
        "too-many-messages",
        "unavailable",
    }
)
_WAYS: Final = {"message": "gets messages", "call": "is called"}

app: Final = typer.Typer(
    help="The phone numbers that get codes by message, or calls: add your own, list and remove those of users.",
    rich_markup_mode=None,
)


@app.command(
    "list",
    epilog="""\b
Example:
  gatehouse phone list alice
""",
)
def list_phones(
    name: UserName, *, realm: Realm = None, url: Url = None, local: Local = False, as_json: AsJson = False
) -> None:
    """List the phone numbers of a user, in the order in which sms, sms2, phone, phone2, … names them."""
    phones = EnrollmentApi.at(url, local=local).list_phones(name, realm)["phones"]
    if as_json:
        show_json({"phones": phones})
        return
    show([(f"{phone['position']}", described(phone)) for phone in phones])
    if not phones:
        print("No phone number gets codes or calls.")


@app.command(
    epilog="""\b
Examples:
  gatehouse phone remove alice 2
  gatehouse phone remove alice 7Jc2dRrX --yes

\b
A number is named by its place or by its id; gatehouse phone list shows both.
"""
)
def remove(
    name: UserName,
    phone: Annotated[str, typer.Argument(help="Its place among the user's numbers, or its id.")],
    *,
    yes: Yes = False,
    realm: Realm = None,
    url: Url = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Remove a phone number of a user, for example a lost one. It gets no code and no call from then on."""
    api = EnrollmentApi.at(url, local=local)
    found = _find(api.list_phones(name, realm)["phones"], phone)
    if not yes:
        confirm(f"Remove {printable(found['name'])} ({found['number']}) of {printable(name)}?")
    api.remove_phone(name, realm, found["phone_id"])
    if as_json:
        show_json({"removed": found["phone_id"]})
    else:
        print(f"{printable(found['name'])} ({found['number']}) is removed.")


@app.command(
    epilog="""\b
Examples:
  gatehouse phone add 7K3M-Q0XZ-9TBD-4HWE "+49 151 23456789"
  gatehouse phone add 7K3M-Q0XZ-9TBD-4HWE "+49 151 23456789" --name Work
  gatehouse phone add 7K3M-Q0XZ-9TBD-4HWE "+49 30 901820" --by call

\b
A number gets what its code came by: messages (sms), or calls (phone). Add it once more by the other way for both.
For scripts: the code is read from standard input. An error that comes after the
enrolment code was redeemed has "enrollment_code": "spent".
"""
)
def add(
    enrollment_code: EnrollmentCode,
    number: Annotated[str, typer.Argument(help='In international form, such as "+49 151 23456789".')],
    *,
    name: Annotated[str | None, typer.Option(help="What to call this phone.")] = None,
    by: Annotated[Way, typer.Option(help="How the code comes: in a message, or spoken in a call.")] = Way.MESSAGE,
    url: Url = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Add your own phone number, and prove it by the code that comes to it. No AWS credentials are needed."""
    check_number(number)
    check_name(name, PHONE_NAME_OCTETS)
    api = EnrollmentApi.at(url, local=local)
    with session(api, enrollment_code) as opened:
        confirmed, by = _added(api, opened["token"], number, name, by, as_json=as_json)
    if as_json:
        show_json(confirmed)
    else:
        print(f"{printable(confirmed['name'])} ({confirmed['number']}) {_gets(confirmed, by)} where you log in.")


def _added(
    api: EnrollmentApi, token: str, number: str, name: str | None, by: Way, *, as_json: bool
) -> tuple[dict[str, Any], Way]:
    """Ask for another number, or the same again, where the server took none and somebody is there. Where nothing calls,
    the code comes by message then."""
    while True:
        try:
            added = api.add_phone(token, _new_phone(number, name, by))
            if not as_json:
                print(_COMES[by].format(number=added["number"]))
            return _confirmed(api, token, added["phone_id"], as_json=as_json), by
        except CommandError as error:
            if error.code not in _CORRECTABLE or not can_ask(as_json=as_json):
                raise
            print(printable(error.text), file=sys.stderr)
            by = Way.MESSAGE if error.code == "calls-not-deployed" else by
        number = ask("Number, or Enter for the same one once more") or number


def _new_phone(number: str, name: str | None, by: Way) -> dict[str, str]:
    named = {} if name is None else {"name": name}
    return {"number": number, **named, **({} if by is Way.MESSAGE else {"by": by.value})}


def _gets(phone: Mapping[str, Any], by: Way) -> str:
    """What it is good for from now on."""
    position = "" if phone["position"] == 1 else str(phone["position"])
    return f"gets codes. Type sms{position}" if by is Way.MESSAGE else f"is called. Type phone{position}"


def _confirmed(api: EnrollmentApi, token: str, phone_id: str, *, as_json: bool) -> dict[str, Any]:
    """Ask until a code is right, nobody answers, or the server says that it is enough."""
    while True:
        typed = ask("Code")
        try:
            return api.confirm_phone(token, phone_id, "".join(typed.split()))
        except CommandError as error:
            if as_json or error.code not in {"wrong-code", "not-a-code"}:
                raise
            print(printable(error.text))


def described(phone: Mapping[str, Any]) -> str:
    """A number on one line."""
    since = moment(phone["verified_at"])
    ways = " and ".join(_WAYS[way] for way in phone["by"])
    return f"{phone['name']} {phone['number']}, {phone['region']} ({phone['phone_id']}), {ways}, since {since}"


def _find(phones: list[dict[str, Any]], wanted: str) -> dict[str, Any]:
    for phone in phones:
        if wanted in {phone["phone_id"], str(phone["position"])}:
            return phone
    raise CommandError("not-found", "the user has no such phone number", REFUSED)
