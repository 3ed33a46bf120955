"""Whether the configuration holds a shared secret: asked by a dry run, since no API ever shows one."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

from gatehouse.directories.clients import Client
from gatehouse.errors import CommandError
from gatehouse.findings import Finding, ok, problem, warning

_CURRENT: Final = "shared secret"
_PREVIOUS: Final = "previous shared secret"


class Configurations(Protocol):
    """What of the enrolment API is needed here."""

    def configuration(self) -> dict[str, Any]: ...
    def apply_configuration(
        self, document: Mapping[str, object], expected_revision: int, *, dry_run: bool
    ) -> dict[str, Any]: ...


def document_with(shown: Mapping[str, Any], secrets: Mapping[str, Mapping[str, str]]) -> dict[str, object]:
    """The configuration in force, as it can be applied again, with secrets for the clients that are named. All others
    keep theirs."""
    clients = [{**client, **secrets.get(client["name"], {})} for client in shown["clients"]]
    return {**{name: value for name, value in shown.items() if name != "revision"}, "clients": clients}


def compare(api: Configurations, shown: Mapping[str, Any], clients: Sequence[Client], secret: str) -> Iterator[Finding]:
    """One finding for each client."""
    for client in clients:
        name = client["name"]
        try:
            same = _is_current(api, shown, name, secret)
        except CommandError as error:
            advice = "mend the configuration (`gatehouse clients diff`), or compare the secrets yourself"
            yield warning("secret", f"client {name}: the secret could not be compared: {error.text}", advice)
            continue
        if same:
            yield ok("secret", f"client {name} has the same shared secret")
        else:
            advice = "give the directory's secret to the client and apply, or give the client's secret here"
            yield problem("secret", f"client {name} has another shared secret than the one given here", advice)


def holds(api: Configurations, shown: Mapping[str, Any], clients: Sequence[Client], secrets: Mapping[str, str]) -> bool:
    """Whether all of the clients have exactly these as ``secret`` and ``previous_secret``."""
    return not any(_changed_secrets(api, shown, client["name"], secrets) & {_CURRENT, _PREVIOUS} for client in clients)


def _is_current(api: Configurations, shown: Mapping[str, Any], name: str, secret: str) -> bool:
    return _CURRENT not in _changed_secrets(api, shown, name, {"secret": secret})


def _changed_secrets(
    api: Configurations, shown: Mapping[str, Any], name: str, secrets: Mapping[str, str]
) -> set[str | None]:
    planned = api.apply_configuration(document_with(shown, {name: secrets}), int(shown["revision"]), dry_run=True)
    return {change["field"] for change in planned["changes"] if change["subject"] == f"client {name}"}
