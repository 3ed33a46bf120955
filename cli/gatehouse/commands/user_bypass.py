"""gatehouse user bypass | bypass-list | bypass-revoke: codes that stand for a user's second factor for a time."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer

from gatehouse.enrollment_api import EnrollmentApi
from gatehouse.following import following
from gatehouse.options import AsJson, Local, Realm, Url, UserName
from gatehouse.output import moment, printable, show, show_json

EPILOG: Final = """\b
Examples:
  gatehouse user bypass alice --reason "lost the phone, ticket 4711"
  gatehouse user bypass alice --hours 2 --uses 3 --reason "new phone on its way"
"""
LIST_EPILOG: Final = """\b
Example:
  gatehouse user bypass-list alice
"""
REVOKE_EPILOG: Final = """\b
Example:
  gatehouse user bypass-revoke alice 8c1f0be24a6d7735
"""
_HOUR: Final = 3600
_LONGEST_HOURS: Final = 30 * 24


def bypass(
    name: UserName,
    *,
    reason: Annotated[str, typer.Option(help="Why; it goes into the audit record and is shown by bypass-list.")],
    hours: Annotated[
        int, typer.Option(min=1, max=_LONGEST_HOURS, help="How long the code works (at most 30 days).")
    ] = 24,
    uses: Annotated[int, typer.Option(min=1, max=10, help="How many logins it is good for.")] = 1,
    realm: Realm = None,
    url: Url = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Make a code that the user types in place of a code or a prompt, for example after losing the phone."""
    wanted = {"reason": reason, "uses": uses, "valid_seconds": hours * _HOUR}
    made = EnrollmentApi.at(url, local=local).make_bypass_code(name, realm, wanted)
    if as_json:
        show_json(made)
        return
    show([("Bypass code", made["code"]), ("Uses", str(made["uses"])), ("Valid until", moment(made["expires_at"]))])
    print("It is not shown again. To make it void:")
    revoke = ("user", "bypass-revoke", name, made["bypass_id"])
    print(f"  {following(*revoke, realm=realm, enrollment_url=url, local=local)}")


def bypass_list(
    name: UserName, *, realm: Realm = None, url: Url = None, local: Local = False, as_json: AsJson = False
) -> None:
    """List the bypass codes of a user that still work. The codes themselves cannot be shown by anybody."""
    listed = EnrollmentApi.at(url, local=local).bypass_codes(name, realm)
    if as_json:
        show_json(listed)
        return
    show([(one["bypass_id"], _described(one)) for one in listed["bypass_codes"]])
    if not listed["bypass_codes"]:
        print("No bypass code works.")


def bypass_revoke(
    name: UserName,
    bypass_id: Annotated[str, typer.Argument(help="Which, as bypass-list names it.")],
    *,
    realm: Realm = None,
    url: Url = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Make a bypass code void at once."""
    EnrollmentApi.at(url, local=local).revoke_bypass_code(name, realm, bypass_id)
    if as_json:
        show_json({"revoked": bypass_id})
    else:
        print(f"{printable(bypass_id)} is void.")


def _described(one: Mapping[str, Any]) -> str:
    return (
        f"{one['left']} of {one['uses']} uses left, until {moment(one['expires_at'])}, "
        f"by {one['created_by']}: {one['reason']}"
    )
