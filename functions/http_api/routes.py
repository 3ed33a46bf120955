"""The route table: which method on which path calls what, and the 404 and 405 for everything else."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from http_api.problems import refused
from http_api.requests import Request
from http_api.responses import Response

type Endpoint = Callable[[Request, Mapping[str, str]], Response]


@dataclass(frozen=True, slots=True)
class Route:
    """``template`` as OpenAPI writes it: a segment in braces takes any one segment that is not empty."""

    method: str
    template: str
    endpoint: Endpoint

    def match(self, segments: Sequence[str]) -> dict[str, str] | None:
        expected = self.template.split("/")[1:]
        if len(expected) != len(segments):
            return None
        taken: dict[str, str] = {}
        for name, segment in zip(expected, segments, strict=True):
            if name.startswith("{") and segment:
                taken[name[1:-1]] = segment
            elif name != segment:
                return None
        return taken


def dispatch(routes: Sequence[Route], request: Request) -> Response:
    matches = [(route, taken) for route in routes if (taken := route.match(request.segments)) is not None]
    if not matches:
        raise refused(404, "not-found", "there is nothing at this path")
    for route, taken in matches:
        if route.method == request.method:
            return route.endpoint(request, taken)
    allowed = ", ".join(sorted(route.method for route, _ in matches))
    raise refused(405, "method-not-allowed", f"this path takes {allowed}", {"allow": allowed})
