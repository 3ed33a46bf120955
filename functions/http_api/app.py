"""An HTTP API as one function of an event: read, dispatch, answer. No error leaves it but as a problem."""

from collections.abc import Callable, Sequence
from typing import Any

from http_api.problems import FAULT, NO_HEADERS, Answers, Headers, RefusedRequestError, problem_of
from http_api.requests import Event, Request, read_request
from http_api.responses import Response, problem_answer
from http_api.routes import Route, dispatch
from mfa.contract import ContractError, Problem
from mfa.errors import GatehouseError

type Lambda = Callable[[Event, Any], Response]
type FaultReport = Callable[[BaseException], None]
type Look = Callable[[Request], None]
type HeadersOf = Callable[[Exception], Headers]
type Special = Callable[[Exception], Problem | None]


def http_app(
    routes: Sequence[Route],
    answers: Answers,
    report_fault: FaultReport,
    *,
    before: Look = lambda _: None,
    special: Special = lambda _: None,
    headers_of: HeadersOf = lambda _: NO_HEADERS,
) -> Lambda:
    """``report_fault`` gets every error that is nobody's input: it must record it without the request's text.
    ``before`` may refuse a request before its route is looked for. ``special`` answers errors that the table cannot,
    ``headers_of`` adds what only the error itself knows."""

    def answered_error(error: Exception) -> Response:
        if (problem := special(error)) is not None:
            return problem_answer(problem)
        known = problem_of(error, answers) if isinstance(error, ContractError | GatehouseError) else None
        if known is None or known[0].status >= 500:
            report_fault(error)
        if known is None:
            return problem_answer(FAULT)
        problem, headers = known
        return problem_answer(problem, {**headers, **headers_of(error)})

    def app(event: Event, _context: Any) -> Response:  # noqa: ANN401 -- the runtime's own type, unused
        try:
            request = read_request(event)
            before(request)
            return dispatch(routes, request)
        except RefusedRequestError as error:
            return problem_answer(error.problem, error.headers)
        except Exception as error:  # noqa: BLE001 -- the entry point: a fault must still be answered and recorded
            return answered_error(error)

    return app
