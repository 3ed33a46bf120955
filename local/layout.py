"""Where things are: the repository's own paths, and the folder of one run."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
PYTHON: Final = ROOT / ".venv/bin/python"
SAM: Final = ROOT / ".venv-sam/bin/sam"
EMULATOR: Final = ROOT / ".venv-emulator/bin/ministack"


@dataclass(frozen=True, slots=True)
class RunFolder:
    """All that one run writes, but for the build, which is kept between runs, and what goes into memory."""

    path: Path

    @property
    def ready_file(self) -> Path:
        return self.path / "ready.json"

    @property
    def lock_file(self) -> Path:
        return self.path / "lock"

    @property
    def emulator_state(self) -> Path:
        return self.path / "emulator/state"

    @property
    def emulator_temporary(self) -> Path:
        return self.path / "emulator/tmp"

    @property
    def directory(self) -> Path:
        return self.path / "directory"

    def log(self, name: str) -> Path:
        return self.path / f"log/{name}.log"
