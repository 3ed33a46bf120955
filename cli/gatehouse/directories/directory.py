"""A directory of AWS Directory Service, as far as RADIUS is concerned."""

from dataclasses import dataclass
from enum import StrEnum

from gatehouse.directories.radius_settings import RadiusSettings


class Kind(StrEnum):
    MICROSOFT_AD = "MicrosoftAD"
    SHARED_MICROSOFT_AD = "SharedMicrosoftAD"  # of another account, shared with this one
    AD_CONNECTOR = "ADConnector"
    SIMPLE_AD = "SimpleAD"


class Status(StrEnum):
    """Of its RADIUS settings. While they are being created nobody can log in."""

    CREATING = "Creating"
    COMPLETED = "Completed"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """``controllers`` are all addresses that its requests come from. ``radius`` is None where RADIUS was never
    enabled; ``other_regions`` where it has controllers beside this region's."""

    id: str
    name: str
    kind: Kind
    stage: str
    controllers: tuple[str, ...]
    security_group: str | None
    radius: RadiusSettings | None = None
    status: Status | None = None
    other_regions: tuple[str, ...] = ()
