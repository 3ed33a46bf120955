"""The bill of a month: what a deployment costs while nobody logs in, and what the logins cost."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gatehouse.costs.units import CODE, LOG_OCTETS, MEMORY_GIGABYTES, MESSAGE, MILLISECONDS, LoginUnits, polls_at, push

HOURS: Final = 730  # of a month, as AWS counts
EDGES: Final = 2
ZONES: Final = 2
_BUSY_SECONDS: Final = 22 * 8 * 3600  # when people log in: working days of eight hours
_MILLION: Final = 1_000_000
# What the alarms of templates/watching.yaml read, with those of edges and canary: billed by metric, not by alarm.
ALARM_METRICS: Final = 44
# Assumed: how much else of the stack's watching there is.
_METRICS: Final = 50
_FARGATE_VCPU: Final = 0.25
_FARGATE_GIGABYTES: Final = 0.5
_BALANCER_UNITS: Final = 0.05
_DISK_GIGABYTES: Final = 8
_EGRESS_ENDPOINTS: Final = ("ecr.api", "ecr.dkr", "logs")


class Hosting(StrEnum):
    FARGATE = "fargate"
    EC2 = "ec2"
    EXTERNAL = "external"


class Egress(StrEnum):
    EXISTING = "existing"  # a NAT gateway or proxy that is there anyway
    ENDPOINTS = "endpoints"


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Logins of a month, by what is typed."""

    code: int = 0
    push: int = 0
    message: int = 0

    @property
    def logins(self) -> int:
        return self.code + self.push + self.message


@dataclass(frozen=True, slots=True)
class Line:
    what: str
    dollars: float


def fixed(prices: Mapping[str, float], hosting: Hosting, egress: Egress) -> list[Line]:
    return [*_edges(prices, hosting), *_network(prices, hosting, egress), *_watching(prices)]


def _edges(prices: Mapping[str, float], hosting: Hosting) -> Iterator[Line]:
    if hosting is Hosting.FARGATE:
        hour = _FARGATE_VCPU * prices["fargate_vcpu_hour"] + _FARGATE_GIGABYTES * prices["fargate_gigabyte_hour"]
        yield Line(f"{EDGES} Fargate tasks, {_FARGATE_VCPU} vCPU, {_FARGATE_GIGABYTES} GB, arm64", EDGES * HOURS * hour)
        balancer = prices["balancer_hour"] + _BALANCER_UNITS * prices["balancer_unit_hour"]
        yield Line("network load balancer", HOURS * balancer)
    elif hosting is Hosting.EC2:
        each = HOURS * prices["instance_hour"] + _DISK_GIGABYTES * prices["disk_gigabyte_month"]
        yield Line(f"{EDGES} t4g.nano with {_DISK_GIGABYTES} GB", EDGES * each)
    else:
        yield Line("edges on machines of your own", 0.0)


def _network(prices: Mapping[str, float], hosting: Hosting, egress: Egress) -> Iterator[Line]:
    endpoint = ZONES * HOURS * prices["endpoint_zone_hour"]
    if hosting is not Hosting.EXTERNAL or egress is Egress.ENDPOINTS:
        yield Line(f"endpoint of the edge API, {ZONES} zones", endpoint)
    if egress is Egress.ENDPOINTS:
        names = ", ".join(_EGRESS_ENDPOINTS)
        yield Line(f"endpoints {names}, {ZONES} zones", len(_EGRESS_ENDPOINTS) * endpoint)


def _watching(prices: Mapping[str, float]) -> Iterator[Line]:
    yield Line("key, one secret", prices["key_month"] + prices["secret_month"])
    yield Line(
        f"alarms on {ALARM_METRICS} metrics, a dashboard",
        ALARM_METRICS * prices["alarm_month"] + prices["dashboard_month"],
    )
    yield Line(f"about {_METRICS} metrics", _METRICS * prices["metric_month"])


def variable(prices: Mapping[str, float], use: Use) -> list[Line]:
    """Of all logins of a month. ``message`` includes the login with the code that was sent."""
    pushed = push(polls_at(use.push / _BUSY_SECONDS / EDGES))
    kinds = (("by code", use.code, CODE), ("by push", use.push, pushed), ("by message", use.message, MESSAGE))
    lines = [
        Line(f"{count:,} logins {how}", count / _MILLION * per_million(prices, units))
        for how, count, units in kinds
        if count
    ]
    if use.message:
        lines.append(Line(f"{use.message:,} messages", use.message * prices["message"]))
    return lines


def per_million(prices: Mapping[str, float], units: LoginUnits) -> float:
    """Dollars for a million such logins, without the messages themselves."""
    return (
        units.edge_calls * prices["rest_api_million"]
        + units.http_calls * prices["http_api_million"]
        + units.transitions * prices["transitions_million"]
        + units.reads * prices["reads_million"]
        + units.writes * prices["writes_million"]
        + units.edge_lines * LOG_OCTETS["edge"] / 1000 * prices["log_gigabyte"]
        + sum(times * _invocation(prices, name) for name, times in units.invocations.items())
    )


def _invocation(prices: Mapping[str, float], name: str) -> float:
    """A million of them. A million times a thousand octets are a gigabyte."""
    compute = prices["gigabyte_seconds_million"] * MEMORY_GIGABYTES * MILLISECONDS[name] / 1000
    return prices["invocations_million"] + compute + prices["log_gigabyte"] * LOG_OCTETS[name] / 1000
