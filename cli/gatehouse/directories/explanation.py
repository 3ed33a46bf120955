"""Why a directory's RADIUS settings failed, by what reached the edges. AWS says "Failed" and nothing more.

The directory asks before it is content, from all controllers in the same moment, for a user who does not exist. So:
nothing arrived, the network; arrived and could not be read, the secret; arrived and was rejected, the reason says why.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gatehouse.directories.arrivals import Arrival, Fate
from gatehouse.findings import Finding, ok, problem, problems_of, warning

_SECRET: Final = (
    "the shared secret of the directory is another than that of the RADIUS client",
    "run `gatehouse directory connect` with the secret of the configuration",
)
# Reasons of edges and backend that say what is wrong with a connection: what it means, what to do.
_MEANINGS: Final[Mapping[str, tuple[str, str]]] = {
    "bad_ma": _SECRET,
    "bad_authenticator": _SECRET,
    "password_not_text": _SECRET,
    "password_length": _SECRET,
    "password_empty": _SECRET,
    "not_a_code": (
        "what was typed is no factor; garbage in place of what you typed means that the secrets differ",
        "log in with a code that you know; if it ends so again, compare the secrets",
    ),
    "unknown_client": (
        "the edge's configuration has no RADIUS client with this address",
        "add it to the client's networks, `gatehouse clients apply`, and wait a minute",
    ),
    "not_configured": ("the edge has no configuration yet", "look into its log for configuration_refused"),
    "ma_missing": (
        "the packet has no Message-Authenticator, and the client requires it",
        "set require_message_authenticator to auto and apply",
    ),
    "ma_downgrade": (
        "the packet has no Message-Authenticator, though this address sent one before",
        "after you know why: `gatehouse clients unpin`",
    ),
    "message_authenticator_missing": (
        "the packet has no Message-Authenticator, though it is required or pinned",
        "`gatehouse clients unpin`, or require_message_authenticator: auto",
    ),
    "proxy_state": (
        "the packet carries Proxy-State without Message-Authenticator, as a forged one would",
        "is there a RADIUS proxy on the way?",
    ),
    "chap_without_message_authenticator": (
        "CHAP or MS-CHAP without Message-Authenticator is not believed",
        "connect with --protocol PAP",
    ),
    "protocol_not_allowed": (
        "the client does not admit the directory's protocol",
        "add it to the client's protocols, or connect with another --protocol",
    ),
    "protocol_not_supported": ("the directory sent a protocol that the edge does not speak", "connect with PAP"),
    "edge_not_authorised": ("the edge may not call its API", "give its role EdgePolicyArn; look at the API's policy"),
    "no_aws_credentials": ("the edge has no AWS credentials", "give its task or instance its role"),
    "backend_unreachable": ("the edge cannot reach its API", "endpoint, DNS and security group of the edge"),
    "backend_timeout": ("the API did not answer the edge in time", "look at the metrics of function logins"),
    "backend_failed": ("the API answered the edge with errors", "look at the log of function logins"),
    "unavailable": ("a dependency of function logins failed", "`gatehouse doctor`"),
    "stale_configuration": ("the edge works by an old configuration", "does it reach GET /clients?"),
    "foreign_client": ("the edge's role is not one of the client's edge_roles", "add the role there"),
}
_HARMLESS: Final[Mapping[str, str]] = {
    "probe_name": "the directory's own test came and was answered with a signed Reject, as it should be",
    "unknown_user": "a request for a user who is not known here came and was answered with a signed Reject",
    "name_refused": "a request for a name that is of no realm came and was answered with a signed Reject",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """``edge_log``: whether an edge's log was read; ``decisions``: whether the function's was. ``complete``: whether
    they were read to their ends. Without that less can be said."""

    arrivals: Sequence[Arrival]
    edge_log: bool
    decisions: bool
    complete: bool


def explain(controllers: Sequence[str], evidence: Evidence, *, failed: bool) -> list[Finding]:
    """What is known of each controller; with ``failed``, what must have gone wrong where all looks well."""
    findings = [one for address in controllers for one in _of_controller(address, evidence, failed)]
    answered = {one.source for one in evidence.arrivals if one.reason in _HARMLESS or one.fate is Fate.ACCEPTED}
    if not evidence.complete:
        findings.append(_cut_short())
    elif failed and answered >= set(controllers) and not problems_of(findings):
        findings.append(
            problem(
                "answers",
                "requests of every controller came and were answered, so the answers were not taken",
                "either they do not get back (network ACLs and routes towards the controllers), or the directory "
                "checks them with another secret",
            )
        )
    return findings


def _cut_short() -> Finding:
    return warning(
        "logs",
        "the logs are so long that they were not read to their end: what came last is missing here",
        "ask for less of them, by `gatehouse directory status` with fewer --minutes",
    )


def _of_controller(address: str, evidence: Evidence, failed: bool) -> Iterator[Finding]:
    counted = Counter((one.fate, one.reason) for one in evidence.arrivals if one.source == address)
    if not counted:
        yield _nothing_came(address, evidence, failed)
    for (fate, reason), times in counted.items():
        yield _judged(address, fate, reason, times)


def _nothing_came(address: str, evidence: Evidence, failed: bool) -> Finding:
    """A directory that works sends nothing while nobody logs in."""
    if not evidence.complete:
        return warning("arrivals", f"{address}: not known whether anything of it reached an edge")
    if not evidence.edge_log:
        return warning(
            "arrivals",
            f"{address}: no login of it reached function logins; packets that an edge dropped would stand in its log, "
            "which was not found",
            "give the edge's log by --edge-log-group or --edge-log",
        )
    judge = problem if failed else warning
    return judge(
        "arrivals",
        f"{address}: nothing of it reached an edge",
        "the network: outbound UDP in the directory's security group, inbound UDP at the edge or its balancer, network "
        "ACLs both ways, routes, and the port",
    )


def _judged(address: str, fate: Fate, reason: str, times: int) -> Finding:
    came = f"{address}: {times} × {fate}"
    if fate is Fate.ACCEPTED:
        return ok("arrivals", f"{came}")
    if reason in _HARMLESS:
        return ok("arrivals", f"{came} ({reason}): {_HARMLESS[reason]}")
    if reason in _MEANINGS:
        meaning, advice = _MEANINGS[reason]
        return problem("arrivals", f"{came} ({reason}): {meaning}", advice)
    return ok("arrivals", f"{came} ({reason}): the connection works; the reason is about the user")
