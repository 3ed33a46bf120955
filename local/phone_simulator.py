"""What the phone simulator page asks: pair this browser as a demo user's phone, and log in over RADIUS.

Only for users of the demonstration: an enrolment code is all that somebody needs to be a user.
"""

import mimetypes
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from gatehouse.enrollment_api import EnrollmentApi
from gatehouse.errors import CommandError
from gatehouse.radius_client import MADE_UP_STATION
from local.demo_world import PATIENT_CLIENT, DemoUser
from local.edges import Edge
from local.errors import LocalError
from local.local_requests import HEADERS, check_same_site, json_answer, json_body
from local.login import log_in
from local.loopback_server import Answer, RefusedRequestError, Request
from local.portal import LOCAL_PAGES
from mfa.contract.errors import ContractError
from mfa.contract.fields import JsonObject, text

MAX_LOGINS_AT_ONCE: Final = 4  # each holds a thread for as long as a RADIUS client waits
MAX_TYPED_OCTETS: Final = 128  # of a User-Password
CODE_MINUTES: Final = 15
LOOK_BACK_SECONDS: Final = 600
PAGE: Final = f"{LOCAL_PAGES}phone"

_STATIC: Final = Path(__file__).parent / "static"
_FILES: Final = {"phone": "phone.html", "phone.js": "phone.js", "phone.css": "phone.css"}


class PhoneSimulator:
    """Answers under ``/_local/`` of the portal."""

    def __init__(self, origin: str, api: EnrollmentApi, edge: Edge, users: Sequence[DemoUser]) -> None:
        self._origin = origin
        self._api = api
        self._edge = edge
        self._users = {user.username: user for user in users}
        self._places = threading.BoundedSemaphore(MAX_LOGINS_AT_ONCE)

    def __call__(self, request: Request) -> Answer:
        check_same_site(request, self._origin)
        match request.method, request.path.removeprefix(LOCAL_PAGES).split("/"):
            case "GET", [name] if name in _FILES:
                return _file(_FILES[name])
            case "GET", ["setup"]:
                return self._setup()
            case "GET", ["devices", username]:
                return json_answer({"devices": self._devices(username)})
            case "GET", ["why", username, began] if began.isascii() and began.isdigit():
                return json_answer({"why": self._why(username, int(began))})
            case "POST", ["pair"]:
                return self._pair(json_body(request))
            case "POST", ["login"]:
                return self._log_in(json_body(request))
        raise RefusedRequestError(HTTPStatus.NOT_FOUND, "not here")

    def _setup(self) -> Answer:
        edge = PATIENT_CLIENT.edge
        return json_answer(
            {
                "users": list(self._users),
                "edge": f"{self._edge.host}:{self._edge.auth_port}",
                "client": edge.name,
                "station": MADE_UP_STATION,
                "wait_seconds": edge.timeout_seconds * (edge.retries + 1),
            }
        )

    def _devices(self, username: str) -> list[dict[str, Any]]:
        found = _asked(lambda: self._api.show_user(self._user(username).username, None))
        return [{"name": device["name"], "position": device["position"]} for device in found.get("devices", [])]

    def _pair(self, wanted: JsonObject) -> Answer:
        user = self._user(_text(wanted, "user"))
        issued = _asked(lambda: self._api.issue_code(user.username, None, CODE_MINUTES))
        return json_answer({"link": f"/#pair={issued['code']}"}, HTTPStatus.CREATED)

    def _log_in(self, wanted: JsonObject) -> Answer:
        """Any name: who tries a stranger's shall see that, too."""
        user, typed = DemoUser(_text(wanted, "user"), totp_secret=""), _text(wanted, "typed")
        if not self._places.acquire(blocking=False):
            raise RefusedRequestError(HTTPStatus.TOO_MANY_REQUESTS, "wait until one of the logins has ended")
        began = int(time.time() * 1000)
        try:
            reply = log_in(self._edge, user, typed, PATIENT_CLIENT, MADE_UP_STATION)
        except LocalError as error:
            raise RefusedRequestError(HTTPStatus.BAD_GATEWAY, str(error)) from None
        finally:
            self._places.release()
        return json_answer(
            {
                "reply": reply.name,
                "accepted": reply.accepted,
                "milliseconds": reply.milliseconds,
                "began": began,
            }
        )

    def _why(self, username: str, began: int) -> str | None:
        """The record's sentence of the user's last Reject since then; None while it is not there, some seconds."""
        told = _asked(lambda: self._api.trace(username, None, LOOK_BACK_SECONDS))
        rejects = [
            line["sentence"] for line in told["lines"] if line["at_ms"] >= began and _is_our_reject(line["facts"])
        ]
        return str(rejects[-1]) if rejects else None

    def _user(self, username: str) -> DemoUser:
        try:
            return self._users[username]
        except KeyError:
            raise RefusedRequestError(HTTPStatus.NOT_FOUND, "there is no such user here") from None


def _is_our_reject(facts: Mapping[str, Any]) -> bool:
    return (facts.get("client"), facts.get("outcome")) == (PATIENT_CLIENT.edge.name, "reject")


def _file(name: str) -> Answer:
    kind, _ = mimetypes.guess_type(name)
    headers = [("content-type", f"{kind}; charset=utf-8"), *HEADERS]
    return Answer(status=HTTPStatus.OK, headers=headers, body=(_STATIC / name).read_bytes())


def _text(message: JsonObject, name: str) -> str:
    try:
        return text(message, name, max_octets=MAX_TYPED_OCTETS)
    except ContractError as error:
        raise RefusedRequestError(HTTPStatus.BAD_REQUEST, str(error)) from None


def _asked(ask: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
    try:
        return dict(ask())
    except CommandError as error:
        raise RefusedRequestError(HTTPStatus.BAD_GATEWAY, error.text) from None
