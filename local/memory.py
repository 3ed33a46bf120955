"""A folder in memory for what one process needs while it runs: the emulator unpacks 50 MB for each process of a
function, and on a disk that takes longer than all the rest."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

MEMORY: Final = Path("/dev/shm")  # noqa: S108 mkdtemp makes a folder there that only this user can read
LEAST_FREE: Final = 4 * 1024**3  # octets; some container engines give 64 MB
_PREFIX: Final = "gatehouse-"


def folder_in_memory(otherwise: Path, memory: Path = MEMORY) -> Path:
    """A new folder; ``otherwise``, made if need be, where memory holds no files, too few, or none that may be run."""
    if not _is_usable(memory):
        otherwise.mkdir(parents=True, exist_ok=True)
        return otherwise
    _sweep(memory)
    return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=memory))


def _is_usable(memory: Path) -> bool:
    try:
        system = os.statvfs(memory)
    except OSError:
        return False
    can_run = not system.f_flag & os.ST_NOEXEC
    return can_run and system.f_bavail * system.f_frsize >= LEAST_FREE and os.access(memory, os.W_OK)


def _sweep(memory: Path) -> None:
    """Away with what processes left that were killed: nobody else would ever give that memory back."""
    for folder in memory.glob(f"{_PREFIX}*"):
        owner = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdecimal() and not Path(f"/proc/{owner}").exists():
            shutil.rmtree(folder, ignore_errors=True)
