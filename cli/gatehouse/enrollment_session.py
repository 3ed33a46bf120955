"""What an enrolment code opens: one session, and no second one.

Whatever ends a command after that is told together with what has become of the code; "does not exist, was used or has
expired" at the next try would be the first that anybody hears of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import typer

from gatehouse.enrollment_api import EnrollmentApi
from gatehouse.errors import CommandError

_SPENT: Final = "the enrolment code is used up now: ask your administrator for a new one, and start again with it"


@contextmanager
def session(api: EnrollmentApi, code: str) -> Iterator[dict[str, Any]]:
    """The session, as the server answers it: ``token`` and ``display_name``. It ends with the block."""
    opened = api.open_session(code)
    try:
        yield opened
    except CommandError as error:
        raise _told_as_spent(error) from None
    except (typer.Abort, KeyboardInterrupt):
        raise _told_as_spent(CommandError("cancelled", "cancelled; an answer was needed and none came")) from None
    finally:
        _end(api, str(opened["token"]))


def _told_as_spent(error: CommandError) -> CommandError:
    facts = {**error.facts, "enrollment_code": "spent"}
    return CommandError(error.code, f"{error.text}; {_SPENT}", error.status, error.findings, facts)


def _end(api: EnrollmentApi, token: str) -> None:
    """The session ends by itself soon: a failure here must not hide what happened before."""
    try:
        api.end_session(token)
    except CommandError:
        return
