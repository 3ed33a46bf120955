"""The function as Lambda calls it: an object in, an object out, whatever comes in and whatever breaks."""

from typing import Any

import pytest

from mfa.adapters.ldap.faults import class_and_place
from mfa.contract.directory import (
    DirectoryAddress,
    DirectoryAnswer,
    DirectoryOperation,
    DirectoryQuestion,
    DirectoryResult,
    DomainController,
    NameKind,
    ServiceAccount,
)
from verify_password.app import create_app

PASSWORD = "correct horse battery"
QUESTION = DirectoryQuestion(
    operation=DirectoryOperation.VERIFY_PASSWORD,
    directory=DirectoryAddress(
        base_dn="DC=corp,DC=test", controllers=(DomainController(host="dc1.corp.test"),), ca_certificates="PEM"
    ),
    service_account=ServiceAccount(username="svc@corp.test", password=b"service secret"),
    name_kind=NameKind.SAM,
    name="alice",
    deadline_ms=4000,
    password=PASSWORD.encode(),
)
RIGHT = DirectoryAnswer(result=DirectoryResult.PASSWORD_RIGHT, was_sent=True, controller="dc1.corp.test")


class ADirectory:
    """Gives one answer, or breaks as told."""

    def __init__(self, answer: DirectoryAnswer | Exception = RIGHT) -> None:
        self.gives = answer
        self.asked: list[tuple[DirectoryQuestion, float]] = []

    def answer(self, question: DirectoryQuestion, seconds: float) -> DirectoryAnswer:
        self.asked.append((question, seconds))
        if isinstance(self.gives, Exception):
            raise self.gives
        return self.gives


class Context:
    def __init__(self, milliseconds: int) -> None:
        self.milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds


def invoke(directory: ADirectory, event: Any, context: Any = None) -> tuple[DirectoryAnswer, list[DirectoryAnswer]]:
    reported: list[DirectoryAnswer] = []
    answered = create_app(directory, reported.append, class_and_place)(event, context)
    return DirectoryAnswer.from_message(answered), reported


def test_a_question_is_handed_on_and_its_answer_handed_back() -> None:
    directory = ADirectory()
    answer, reported = invoke(directory, QUESTION.to_message())
    assert answer == RIGHT
    assert reported == [RIGHT]
    ((asked, _),) = directory.asked
    assert asked == QUESTION


@pytest.mark.parametrize(
    ("deadline_ms", "life_ms", "seconds"),
    [(4000, 15_000, 3.8), (400, 15_000, 0.3), (4000, 1250, 1.0), (4000, 0, 0.001)],
)
def test_the_answer_is_due_before_the_asker_gives_up_and_before_lambda_does(
    deadline_ms: int, life_ms: int, seconds: float
) -> None:
    directory = ADirectory()
    invoke(directory, {**QUESTION.to_message(), "deadline_ms": deadline_ms}, Context(life_ms))
    assert directory.asked[0][1] == pytest.approx(seconds)


@pytest.mark.parametrize(
    "event",
    [
        {},
        None,
        [],
        PASSWORD,
        {**QUESTION.to_message(), "version": 2},
        {**QUESTION.to_message(), "password": None},
        {**QUESTION.to_message(), "password": ""},
        {**QUESTION.to_message(), "password": PASSWORD},  # not in base64url
        {**QUESTION.to_message(), "directory": {"base_dn": "DC=x"}},
        {**QUESTION.to_message(), PASSWORD: 1},
    ],
)
def test_what_is_no_question_is_unavailable_and_asks_nobody(event: Any) -> None:
    directory = ADirectory()
    answer, _ = invoke(directory, event)
    assert (answer.result, answer.was_sent, answer.account) == (DirectoryResult.UNAVAILABLE, False, None)
    assert directory.asked == []
    assert PASSWORD not in str(answer.to_message())


def test_a_fault_is_told_by_its_class_and_place_and_never_by_its_text() -> None:
    answer, reported = invoke(ADirectory(ValueError(f"bad value {PASSWORD}")), QUESTION.to_message())
    assert answer.result is DirectoryResult.UNAVAILABLE
    assert answer.detail is not None
    assert answer.detail.startswith("ValueError at test_app.py:")
    assert reported == [answer]
