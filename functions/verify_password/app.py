"""One question to a directory, one answer: a DirectoryQuestion in, a DirectoryAnswer out, both as JSON objects.

It never raises: what breaks is UNAVAILABLE, with the class of the error and its place. It never writes down what it
was asked, because that holds passwords; its one log line is made of the answer alone.
"""

from collections.abc import Callable
from typing import Any, Final, Protocol

from mfa.contract.directory import DirectoryAnswer, DirectoryQuestion, DirectoryResult

type Event = dict[str, Any]
type Lambda = Callable[[Event, Any], dict[str, object]]
type Report = Callable[[DirectoryAnswer], None]
type Place = Callable[[BaseException], str]

# The asker's deadline began before we did, and our answer has a way to go: 200 ms, or a quarter of a short time.
_MARGIN_MS: Final = 200
_RUNTIME_MARGIN_MS: Final = 250  # what the runtime needs to hand the answer over before Lambda's own timeout


class Directory(Protocol):
    def answer(self, question: DirectoryQuestion, seconds: float) -> DirectoryAnswer: ...


def create_app(directory: Directory, report: Report, place_of: Place) -> Lambda:
    """``report`` writes the log line, ``place_of`` names an error without its text."""

    def ask(event: Event, context: Any) -> DirectoryAnswer:  # noqa: ANN401 -- the runtime's own type
        try:
            question = DirectoryQuestion.from_message(event)
            return directory.answer(question, _milliseconds(question, context) / 1000)
        except Exception as error:  # noqa: BLE001 -- an error text could hold what was asked; nobody else may show it
            return DirectoryAnswer(result=DirectoryResult.UNAVAILABLE, detail=place_of(error))

    def lambda_handler(event: Event, context: Any) -> dict[str, object]:  # noqa: ANN401 -- the runtime's own type
        answer = ask(event, context)
        report(answer)
        return answer.to_message()

    return lambda_handler


def _milliseconds(question: DirectoryQuestion, context: Any) -> int:  # noqa: ANN401 -- the runtime's own type
    """What there is to ask a directory in."""
    given = question.deadline_ms - min(_MARGIN_MS, question.deadline_ms // 4)
    life = getattr(context, "get_remaining_time_in_millis", None)
    return given if life is None else max(1, min(given, life() - _RUNTIME_MARGIN_MS))
