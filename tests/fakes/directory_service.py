"""AWS Directory Service in this process: moto, with what moto lacks.

moto enables RADIUS at once, at any directory, with any values, and knows neither UpdateRadius nor controllers. Here
settings are Creating for a while by a clock that is passed in, then the directory asks its servers for a user who does
not exist, as one log of a real directory shows, and is Completed if all of its controllers were answered.
"""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import botocore.session
from moto import mock_aws
from moto.core.responses import ActionResult, EmptyResult
from moto.ds.exceptions import EntityAlreadyExistsException, InvalidParameterException
from moto.ds.models import Directory, DirectoryServiceBackend
from moto.ds.responses import DirectoryServiceResponse

import tests.fakes.aws  # noqa: F401 -- descriptions of services are read once for all tests
from tests.fakes.clock import FakeClock

REGION = "eu-west-1"
PAGE = 2

type Asks = Callable[[str, Mapping[str, Any]], bool]
"""Whether a controller at this address is answered by the servers of these settings."""


@dataclass
class FakeDirectoryService:
    """``calls`` are the operations that change something. ``controllers`` by directory, as addresses."""

    clock: FakeClock
    asks: Asks = lambda _address, _settings: True
    takes_seconds: float = 25
    controllers: dict[str, list[str]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    secrets: dict[str, str] = field(default_factory=dict)
    _due: dict[str, float] = field(default_factory=dict)

    def change(self, operation: str, directory: Directory, settings: dict[str, Any]) -> None:
        if operation == "EnableRadius" and directory.radius_settings is not None:
            raise EntityAlreadyExistsException("RADIUS is enabled already")
        if operation == "UpdateRadius" and directory.radius_settings is None:
            raise InvalidParameterException("RADIUS is not enabled")
        _check(settings)
        self.calls.append(operation)
        self.secrets[directory.directory_id] = settings["SharedSecret"]
        directory.radius_settings = {**settings, "SharedSecret": "****"}
        directory.radius_status = "Creating"
        self._due[directory.directory_id] = self.clock.now() + self.takes_seconds

    def settle(self, directory: Directory) -> None:
        """What time has brought."""
        if directory.radius_status == "Creating" and self.clock.now() >= self._due[directory.directory_id]:
            settings = {**(directory.radius_settings or {}), "SharedSecret": self.secrets[directory.directory_id]}
            answered = [self.asks(address, settings) for address in self.controllers[directory.directory_id]]
            directory.radius_status = "Completed" if all(answered) else "Failed"


def _check(settings: Mapping[str, Any]) -> None:
    """As the API Reference says, and no emulator does."""
    in_range = (
        1 <= settings["RadiusTimeout"] <= 50
        and 0 <= settings["RadiusRetries"] <= 10
        and 1025 <= settings["RadiusPort"] <= 65535
        and 8 <= len(settings["SharedSecret"]) <= 512
        and (settings.get("RadiusServers") or settings.get("RadiusServersIpv6"))
    )
    if not in_range:
        raise InvalidParameterException("a value is out of range")


class FakePatience:
    """Waiting moves the clock; ``while_asleep`` is what happens meanwhile."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.slept: list[float] = []
        self.while_asleep: Callable[[], None] = lambda: None

    def now(self) -> float:
        return self.clock.now()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.advance(seconds)
        self.while_asleep()


@contextmanager
def directory_service(clock: FakeClock) -> Iterator[FakeDirectoryService]:
    """AWS in this process with the caller's own credentials, and directories that live by ``clock``."""
    fake = FakeDirectoryService(clock)
    with mock_aws(config={"core": {"mock_credentials": False}}), _installed(fake):
        yield fake


@contextmanager
def _installed(fake: FakeDirectoryService) -> Iterator[None]:
    describe = DirectoryServiceBackend.describe_directories

    def described(backend: DirectoryServiceBackend, *arguments: Any, **named: Any) -> Any:
        for directory in backend.directories.values():
            fake.settle(directory)
        return describe(backend, *arguments, **named)

    def change(operation: str) -> Callable[[DirectoryServiceResponse], EmptyResult]:
        def changed(response: DirectoryServiceResponse) -> EmptyResult:
            directory = response.ds_backend.directories[response._get_param("DirectoryId")]
            fake.change(operation, directory, copy.deepcopy(response._get_param("RadiusSettings")))
            return EmptyResult()

        return changed

    def controllers(response: DirectoryServiceResponse) -> ActionResult:
        directory_id = response._get_param("DirectoryId")
        begin = int(response._get_param("NextToken") or 0)
        found = [_controller(directory_id, one) for one in fake.controllers[directory_id]]
        more = str(begin + PAGE) if begin + PAGE < len(found) else None
        return ActionResult({"DomainControllers": found[begin : begin + PAGE], "NextToken": more})

    replaced = {
        (DirectoryServiceBackend, "describe_directories"): described,
        (DirectoryServiceResponse, "enable_radius"): change("EnableRadius"),
        (DirectoryServiceResponse, "update_radius"): change("UpdateRadius"),
        (DirectoryServiceResponse, "describe_domain_controllers"): controllers,
    }
    with _replaced(replaced):
        yield


@contextmanager
def _replaced(new: Mapping[tuple[type, str], Any]) -> Iterator[None]:
    former = {(owner, name): owner.__dict__.get(name) for owner, name in new}
    for (owner, name), value in new.items():
        setattr(owner, name, value)
    try:
        yield
    finally:
        for (owner, name), value in former.items():
            if value is None:
                delattr(owner, name)
            else:
                setattr(owner, name, value)


def _controller(directory_id: str, address: str) -> dict[str, str]:
    return {
        "DirectoryId": directory_id,
        "DomainControllerId": f"dc-{address.replace('.', ''):0>10.10}",
        "DnsIpAddr": address,
        "Status": "Active",
    }


@cache
def client(service: str) -> Any:
    """Made once: it takes longer than what tests ask it. AWS behind it is empty for each of them."""
    return botocore.session.get_session().create_client(service, REGION)


def managed_directory(fake: FakeDirectoryService, controllers: Sequence[str], name: str = "corp.example.test") -> str:
    """The id of a new AWS Managed Microsoft AD."""
    made: str = client("ds").create_microsoft_ad(
        Name=name, Password="Passw0rd-of-Admin", Edition="Standard", VpcSettings=_network()
    )["DirectoryId"]
    fake.controllers[made] = list(controllers)
    return made


def connector(fake: FakeDirectoryService, controllers: Sequence[str]) -> str:
    """The id of a new AD Connector, whose controllers are its own addresses."""
    settings = {**_network(), "CustomerDnsIps": ["192.0.2.1", "192.0.2.2"], "CustomerUserName": "Admin"}
    made: str = client("ds").connect_directory(
        Name="corp.example.test", Password="Passw0rd-of-Admin", Size="Small", ConnectSettings=settings
    )["DirectoryId"]
    directory_of(made).connect_settings["ConnectIps"] = list(controllers)
    fake.controllers[made] = list(controllers)
    return made


def simple_directory() -> str:
    made: str = client("ds").create_directory(
        Name="corp.example.test", Password="Passw0rd-of-Admin", Size="Small", VpcSettings=_network()
    )["DirectoryId"]
    return made


def directory_of(directory_id: str) -> Any:
    from moto.ds.models import ds_backends  # noqa: PLC0415 -- its accounts exist only within the mock

    return next(iter(ds_backends.values()))[REGION].directories[directory_id]


def group_of(directory_id: str) -> dict[str, Any]:
    """Its security group, as EC2 tells it."""
    described = client("ds").describe_directories(DirectoryIds=[directory_id])["DirectoryDescriptions"][0]
    network = described.get("VpcSettings") or described["ConnectSettings"]
    group: dict[str, Any] = client("ec2").describe_security_groups(GroupIds=[network["SecurityGroupId"]])[
        "SecurityGroups"
    ][0]
    return group


def _network() -> dict[str, Any]:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{index}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"][
            "SubnetId"
        ]
        for index, zone in enumerate("ab")
    ]
    return {"VpcId": vpc, "SubnetIds": subnets}
