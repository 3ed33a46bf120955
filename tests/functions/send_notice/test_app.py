"""The event of a notice: what is none of ours is refused, what fails says nothing, and everything else is told."""

import re
from pathlib import Path
from typing import Any

import pytest

from mfa.domain.notices import Notice
from mfa.errors import UnavailableError
from mfa.services.notice_words import NOTICE_WORDS
from send_notice.app import NotToldError, RefusedEventError, create_app

EVENT = {
    "notice_id": "n-1",
    "user_id": "user_1",
    "event": "device_paired",
    "at": 1_700_000_000,
    "subject": "device-1",
    "is_by_administrator": False,
}
WORDS_OF_THE_APP = Path(__file__).parents[3] / "functions" / "web" / "static" / "js" / "worker" / "notice_words.js"
CANARY = "a text that no answer may hold"


def test_the_app_knows_the_servers_words() -> None:
    """What rings carries a word; the sentence stands in the app."""
    told = dict(re.findall(r'\["([a-z_]+)", "([^"]+)"\]', WORDS_OF_THE_APP.read_text()))
    assert told == dict(NOTICE_WORDS)


class Dispatch:
    def __init__(self, error: Exception | None = None) -> None:
        self.told: list[Notice] = []
        self.error = error

    def send(self, notice: Notice) -> None:
        self.told.append(notice)
        if self.error is not None:
            raise self.error


def test_a_notice_is_handed_on_as_it_came() -> None:
    dispatch = Dispatch()
    assert create_app(dispatch, lambda _: None)(EVENT, None) == {}
    assert dispatch.told == [Notice(**EVENT)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changed",
    [
        {"notice_id": ""},
        {"notice_id": "n#1"},
        {"user_id": None},
        {"user_id": "u" * 65},
        {"event": "Device paired"},
        {"at": "now"},
        {"at": True},
        {"at": -1},
        {"subject": "a b"},
        {"subject": None},
        {"more": 1},
    ],
)
def test_what_is_none_of_ours_is_refused_without_being_told(changed: dict[str, Any]) -> None:
    dispatch = Dispatch()
    with pytest.raises(RefusedEventError):
        create_app(dispatch, lambda _: None)({**EVENT, **changed}, None)
    assert not dispatch.told


@pytest.mark.parametrize("event", [None, [], "text", {}, {"notice_id": "n-1"}])
def test_what_is_no_notice_at_all_is_refused(event: Any) -> None:
    with pytest.raises(RefusedEventError):
        create_app(Dispatch(), lambda _: None)(event, None)


def test_a_fault_is_reported_and_leaves_without_its_text() -> None:
    reported: list[BaseException] = []
    with pytest.raises(NotToldError) as caught:
        create_app(Dispatch(UnavailableError(CANARY)), reported.append)(EVENT, None)
    assert CANARY not in str(caught.value)
    assert caught.value.__suppress_context__
    assert len(reported) == 1
