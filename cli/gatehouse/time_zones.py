"""Time zones, as far as this machine knows them. One without the database of zones leaves the check to the server."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones


def local_time(timezone: str, at: float) -> datetime:
    """Raises ValueError if there is no such zone."""
    if not available_timezones():
        return datetime.fromtimestamp(at, UTC)
    try:
        return datetime.fromtimestamp(at, ZoneInfo(timezone))
    except (ZoneInfoNotFoundError, OSError):  # OSError: the name of a folder, such as "Europe"
        raise ValueError("there is no such time zone") from None
