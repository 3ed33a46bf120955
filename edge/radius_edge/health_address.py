"""Where the health port is: ``HOST:PORT``, an IPv6 host in brackets."""

from typing import Final

WILDCARDS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what is translated, not bound


def parse(text: str) -> tuple[str, int]:
    """Raises ValueError with one line for a person."""
    host, separator, port = text.rpartition(":")
    if not separator or not host:
        raise ValueError("--health must look like 127.0.0.1:8080")
    if not port.isdecimal() or int(port) > 65_535:
        raise ValueError(f"--health must end with a port number, not {port!r}")
    return host.removeprefix("[").removesuffix("]"), int(port)


def from_this_machine(host: str) -> str:
    """What a probe on the same machine connects to."""
    return WILDCARDS.get(host, host)
