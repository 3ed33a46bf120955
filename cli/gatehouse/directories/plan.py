"""What connecting a directory would do, and what is in the way. Nothing here asks anybody."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from gatehouse.directories.clients import Client, Clients
from gatehouse.directories.directory import Directory, Kind, Status
from gatehouse.directories.radius_settings import (
    PROTOCOLS,
    RadiusSettings,
    beyond_limits,
    differences,
    is_address,
    secret_beyond_limits,
)
from gatehouse.findings import Finding, ok, problem, problems_of, warning

LABEL: Final = "Gatehouse"  # the console wants one; AWS uses it nowhere
DEFAULT_PROTOCOL: Final = "PAP"
_PEOPLE_NEED_SECONDS: Final = 15  # phone found, unlocked, number typed: nine in ten within 16 s


class Call(StrEnum):
    """What AWS is asked to do."""

    ENABLE = "EnableRadius"
    UPDATE = "UpdateRadius"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the administrator gave. ``edges`` are addresses or names; ``protocol`` None keeps the directory's own."""

    edges: tuple[str, ...]
    port: int
    protocol: str | None = None
    secret: str | None = field(default=None, repr=False)
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    directory: Directory
    clients: tuple[Client, ...]
    settings: RadiusSettings | None
    call: Call
    changes: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def is_possible(self) -> bool:
        return not problems_of(self.findings)


def plan_for(directory: Directory, configured: Clients, wanted: Wanted) -> Plan:
    clients = tuple(configured.of(directory.controllers))
    settings = _settings(directory, clients, wanted)
    findings = (
        *_of_directory(directory),
        *_of_coverage(directory, configured),
        *_of_clients(clients),
        *_of_settings(settings, clients),
        *_of_secret(wanted.secret),
    )
    call = _call(directory, settings, wanted)
    changes = () if settings is None or directory.radius is None else tuple(differences(directory.radius, settings))
    return Plan(directory=directory, clients=clients, settings=settings, call=call, changes=changes, findings=findings)


def _settings(directory: Directory, clients: Sequence[Client], wanted: Wanted) -> RadiusSettings | None:
    """Timeout and retries are those of the configuration: every deadline of a login is made from them."""
    if not clients:
        return None
    former = directory.radius
    return RadiusSettings(
        servers=wanted.edges,
        port=wanted.port,
        timeout=clients[0]["timeout_seconds"],
        retries=clients[0]["retries"],
        protocol=wanted.protocol or (former.protocol if former else DEFAULT_PROTOCOL),
        label=former.label if former else LABEL,
        same_user_name=former.same_user_name if former else None,
    )


def _call(directory: Directory, settings: RadiusSettings | None, wanted: Wanted) -> Call:
    if directory.radius is None and directory.status is None:
        return Call.ENABLE
    same = settings is not None and directory.radius is not None and directory.radius.same_as(settings)
    if same and directory.status is Status.COMPLETED and not wanted.again:
        return Call.NOTHING
    return Call.UPDATE


def _of_directory(directory: Directory) -> Iterator[Finding]:
    match directory.kind:
        case Kind.SIMPLE_AD:
            yield problem("directory", "Simple AD has no multi-factor authentication", "use Managed AD or AD Connector")
        case Kind.SHARED_MICROSOFT_AD:
            advice = "run this with the credentials of the account that owns the directory"
            yield problem("directory", "this directory is shared by another account, which alone can change it", advice)
        case _:
            yield ok("directory", f"{directory.id} {directory.name} is of type {directory.kind}")
    if directory.stage != "Active":
        yield problem("directory", f"its stage is {directory.stage}, not Active", "wait, or mend the directory first")
    if directory.status is Status.CREATING:
        yield problem("directory", "another change of its RADIUS settings is under way", "wait until it has ended")
    if directory.other_regions:
        regions = ", ".join(directory.other_regions)
        advice = "connect it there as well, with AWS_REGION set to each"
        yield warning("directory", f"it has controllers in {regions}, too, with settings of their own", advice)


def _of_coverage(directory: Directory, configured: Clients) -> Iterator[Finding]:
    for address in directory.controllers:
        client = configured.at(address)
        if client is None:
            advice = f"add {address}/32 to the networks of the directory's client, and `gatehouse clients apply`"
            yield problem("coverage", f"{address} is in no RADIUS client's networks: its requests are dropped", advice)
        else:
            yield ok("coverage", f"{address} belongs to RADIUS client {client['name']}")
    if not directory.controllers:
        yield problem("coverage", "the directory names no controller that requests could come from")


def _of_clients(clients: Sequence[Client]) -> Iterator[Finding]:
    if len({(one["timeout_seconds"], one["retries"]) for one in clients}) > 1:
        names = ", ".join(one["name"] for one in clients)
        advice = "give them the same; a directory has one timeout for all of its controllers"
        yield problem("clients", f"timeout_seconds or retries of {names} differ", advice)
    for client in clients:
        yield from _of_client(client)


def _of_client(client: Client) -> Iterator[Finding]:
    name = client["name"]
    if client["mode"] != "second_factor":
        advice = "AWS sends the second factor alone, and shows no challenge: use mode second_factor"
        yield problem("clients", f"client {name} has mode {client['mode']}", advice)
    if client["require_message_authenticator"] == "yes":
        text = f"client {name} requires Message-Authenticator, and AWS does not document that directories send it"
        yield warning("clients", text, "use auto until `gatehouse clients profile` shows a pin")
    if "push" in client["factors"] and client["timeout_seconds"] < _PEOPLE_NEED_SECONDS:
        text = f"client {name} has {client['timeout_seconds']} s: prompts end before many people have found their phone"
        yield warning("clients", text, "use a timeout of 20 s or more, at most 50")


def _of_settings(settings: RadiusSettings | None, clients: Sequence[Client]) -> Iterator[Finding]:
    if settings is None:
        return
    for sentence in beyond_limits(settings):
        yield problem("limits", sentence)
    word = PROTOCOLS.get(settings.protocol)
    for client in clients:
        if word is not None and word not in client["protocols"]:
            advice = f"add {word} to its protocols, or choose another by --protocol"
            yield problem("protocol", f"client {client['name']} does not admit {settings.protocol}", advice)
        if settings.protocol != "PAP":
            yield from _without_pap(settings.protocol, client)
    for name in settings.servers:
        if not is_address(name):
            advice = "open UDP to its addresses yourself; a fixed address is safer"
            yield warning("edges", f"{name} is a name, so the security group is not opened for it", advice)
    if len(settings.servers) == 1:
        yield warning("edges", "one address only: while it is away nobody can log in", "give two, in different zones")


def _without_pap(protocol: str, client: Client) -> Iterator[Finding]:
    if not _waived(client):
        text = f"under {protocol} the edge rejects requests without Message-Authenticator, and AWS may send none"
        yield warning("protocol", text, "try it in a maintenance window; `gatehouse directory status` says what came")
    if client.get("password_in_factor_field"):
        text = f"client {client['name']} takes AD passwords in the MFA field, which {protocol} cannot carry"
        yield problem("protocol", text, "use PAP, or take password_in_factor_field away")


def _waived(client: Client) -> bool:
    return "dangerously_allow_chap_without_message_authenticator" in (client.get("waivers") or {})


def _of_secret(secret: str | None) -> Iterator[Finding]:
    for sentence in secret_beyond_limits(secret) if secret is not None else ():
        yield problem("secret", sentence)
