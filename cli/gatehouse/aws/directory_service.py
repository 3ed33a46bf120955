"""Directories of AWS Directory Service, and their RADIUS settings."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from gatehouse.aws.session import Aws, AwsError
from gatehouse.directories.directory import Directory, Kind, Status
from gatehouse.directories.radius_settings import RadiusSettings, is_address
from gatehouse.errors import CommandError


@dataclass(frozen=True, slots=True)
class DirectoryService:
    aws: Aws

    def find(self, directory_id: str) -> Directory:
        """Raises CommandError if there is none."""
        try:
            found = self._ask("describe_directories", DirectoryIds=[directory_id])["DirectoryDescriptions"]
        except AwsError as error:
            if error.aws_code == "EntityDoesNotExistException":
                raise _unknown(directory_id) from None
            raise
        if not found:
            raise _unknown(directory_id)
        return self._read(found[0])

    def all(self) -> list[Directory]:
        return [self._read(one) for one in self._pages("describe_directories", "DirectoryDescriptions")]

    def enable(self, directory_id: str, settings: RadiusSettings, secret: str) -> None:
        try:
            self._change("enable_radius", directory_id, settings, secret)
        except AwsError as error:
            if error.aws_code == "EntityAlreadyExistsException":
                text = "somebody else has just enabled RADIUS; run the command again, and it will compare"
                raise CommandError("changed-meanwhile", text) from None
            raise

    def update(self, directory_id: str, settings: RadiusSettings, secret: str) -> None:
        self._change("update_radius", directory_id, settings, secret)

    def _change(self, operation: str, directory_id: str, settings: RadiusSettings, secret: str) -> None:
        """What AWS says of a value it refuses may hold the value."""
        try:
            self._ask(operation, DirectoryId=directory_id, RadiusSettings=_written(settings, secret))
        except AwsError as error:
            raise AwsError(error.aws_code, error.text.replace(secret, "(the secret)"), error.status) from None

    def _read(self, found: Mapping[str, Any]) -> Directory:
        kind = Kind(found["Type"])
        network = found.get("ConnectSettings" if kind is Kind.AD_CONNECTOR else "VpcSettings") or {}
        radius = found.get("RadiusSettings")
        status = found.get("RadiusStatus")
        return Directory(
            id=found["DirectoryId"],
            name=found.get("Name", ""),
            kind=kind,
            stage=found.get("Stage", ""),
            controllers=tuple(self._controllers(found, kind)),
            security_group=network.get("SecurityGroupId"),
            radius=_settings(radius) if radius else None,
            status=Status(status) if status else None,
            other_regions=tuple((found.get("RegionsInfo") or {}).get("AdditionalRegions") or ()),
        )

    def _controllers(self, found: Mapping[str, Any], kind: Kind) -> Iterator[str]:
        """All addresses that a request can come from. Managed AD may have more controllers than DNS addresses."""
        if kind is Kind.AD_CONNECTOR:
            connected = found.get("ConnectSettings") or {}
            yield from (*(connected.get("ConnectIps") or ()), *(connected.get("ConnectIpsV6") or ()))
        elif kind is Kind.MICROSOFT_AD:
            for one in self._pages(
                "describe_domain_controllers", "DomainControllers", DirectoryId=found["DirectoryId"]
            ):
                if one.get("Status") not in {"Deleting", "Deleted"}:
                    yield from (one[field] for field in ("DnsIpAddr", "DnsIpv6Addr") if one.get(field))

    def _pages(self, operation: str, member: str, **parameters: str) -> Iterator[Mapping[str, Any]]:
        more: dict[str, str] = {}
        while True:
            page = self._ask(operation, **parameters, **more)
            yield from page[member]
            if not page.get("NextToken"):
                return
            more = {"NextToken": page["NextToken"]}

    def _ask(self, operation: str, **parameters: object) -> dict[str, Any]:
        return self.aws.service("ds").ask(operation, **parameters)


def _unknown(directory_id: str) -> CommandError:
    text = f"there is no directory {directory_id} in this account and region; `aws ds describe-directories` lists them"
    return CommandError("no-directory", text)


def _settings(found: Mapping[str, Any]) -> RadiusSettings:
    """AWS does not give the secret back; what it may give in its place is not kept."""
    servers = (*(found.get("RadiusServers") or ()), *(found.get("RadiusServersIpv6") or ()))
    return RadiusSettings(
        servers=tuple(servers),
        port=found.get("RadiusPort", 0),
        timeout=found.get("RadiusTimeout", 0),
        retries=found.get("RadiusRetries", 0),
        protocol=found.get("AuthenticationProtocol", ""),
        label=found.get("DisplayLabel"),
        same_user_name=found.get("UseSameUsername"),
    )


def _written(settings: RadiusSettings, secret: str) -> dict[str, object]:
    new = [server for server in settings.servers if _is_ipv6(server)]
    old = [server for server in settings.servers if server not in new]
    given = {
        "RadiusServers": old or None,
        "RadiusServersIpv6": new or None,
        "RadiusPort": settings.port,
        "RadiusTimeout": settings.timeout,
        "RadiusRetries": settings.retries,
        "SharedSecret": secret,
        "AuthenticationProtocol": settings.protocol,
        "DisplayLabel": settings.label,
        "UseSameUsername": settings.same_user_name,
    }
    return {name: value for name, value in given.items() if value is not None}


def _is_ipv6(server: str) -> bool:
    return is_address(server) and ip_address(server).version == 6
