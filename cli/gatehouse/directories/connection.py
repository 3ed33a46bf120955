"""Carrying out a plan: the way out of the directory's network, then its RADIUS settings, then waiting."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gatehouse.directories.directory import Directory
from gatehouse.directories.plan import Call, Plan
from gatehouse.directories.radius_settings import RadiusSettings, is_address
from gatehouse.directories.waiting import Wait
from gatehouse.errors import CommandError


class Directories(Protocol):
    def find(self, directory_id: str) -> Directory: ...
    def enable(self, directory_id: str, settings: RadiusSettings, secret: str) -> None: ...
    def update(self, directory_id: str, settings: RadiusSettings, secret: str) -> None: ...


class Groups(Protocol):
    def closed(self, group: str, addresses: Sequence[str], port: int) -> list[str]: ...
    def open(self, group: str, addresses: Sequence[str], port: int) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """RADIUS is never disabled here: that would let everybody in without a second factor, and nobody would notice."""

    directories: Directories
    groups: Groups
    wait: Wait

    def to_open(self, plan: Plan) -> list[str]:
        """Edges that the directory's security group does not let UDP out to."""
        group, settings = plan.directory.security_group, plan.settings
        if group is None or settings is None:
            return []
        return self.groups.closed(group, [one for one in settings.servers if is_address(one)], settings.port)

    def open(self, plan: Plan, addresses: Sequence[str]) -> None:
        if addresses and plan.directory.security_group and plan.settings:
            self.groups.open(plan.directory.security_group, addresses, plan.settings.port)

    def settle(self, plan: Plan, secret: str) -> Directory:
        """Enable or update, and wait. The directory as it is then."""
        if plan.settings is None or not plan.is_possible:
            raise CommandError("not-possible", "the plan has problems; nothing was changed")
        directory_id = plan.directory.id
        if plan.call is Call.ENABLE:
            self.directories.enable(directory_id, plan.settings, secret)
        elif plan.call is Call.UPDATE:
            self.directories.update(directory_id, plan.settings, secret)
        else:
            return plan.directory
        return self.settled(directory_id)

    def settled(self, directory_id: str) -> Directory:
        return self.wait.until_settled(lambda: self.directories.find(directory_id))
