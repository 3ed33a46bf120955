"""``sam build``, left out when nothing that goes into it has changed.

It has a folder of its own: what is built here is for this machine's processor, and must neither be deployed to AWS nor
be replaced by what is.
"""

import fcntl
import hashlib
import platform
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from local.errors import LocalError
from local.layout import ROOT, SAM
from local.sam import sam_environment

BUILD: Final = ROOT / ".aws-sam/local"
TEMPLATE: Final = BUILD / "build/template.yaml"
DIGEST: Final = BUILD / "sources.sha256"
SOURCES: Final = (
    "template.yaml",
    "templates",
    "samconfig.toml",
    "statemachines",
    "layers",
    "functions",
    "requirements/sam.txt",
)


def host_architecture() -> str:
    """The emulator runs functions as processes of this machine, so native wheels must be for its processor."""
    return "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"


def build() -> bool:
    """Bring the build up to date; True if there was anything to do."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests and `make run` may want the build at the same time
        digest = _digest()
        if TEMPLATE.exists() and DIGEST.exists() and DIGEST.read_text() == digest:
            return False
        DIGEST.unlink(missing_ok=True)
        _sam_build()
        DIGEST.write_text(digest)
        return True


def _sam_build() -> None:
    command: list[str | Path] = [
        SAM,
        "build",
        "--config-env",
        "local",
        "--build-dir",
        TEMPLATE.parent,
        "--cache-dir",
        BUILD / "cache",
        "--parameter-overrides",
        f"Architecture={host_architecture()}",
    ]
    done = subprocess.run(command, cwd=ROOT, env=sam_environment(), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LocalError(f"sam build failed:\n{done.stdout}{done.stderr}")


def _digest() -> str:
    whole = hashlib.sha256(host_architecture().encode())
    for path in _source_files():
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        whole.update(f"{path.relative_to(ROOT)}\0{content}\n".encode())
    return whole.hexdigest()


def _source_files() -> Iterator[Path]:
    for source in SOURCES:
        path = ROOT / source
        found = sorted(path.rglob("*")) if path.is_dir() else [path]
        yield from (file for file in found if file.is_file() and "__pycache__" not in file.parts)
