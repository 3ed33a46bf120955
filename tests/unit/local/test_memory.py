"""Where the emulator unpacks functions."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from local import memory

ROOMY = SimpleNamespace(f_flag=0, f_bavail=memory.LEAST_FREE, f_frsize=1)
NOBODY = 2**22 + 1  # above what Linux gives to any process


@pytest.fixture(autouse=True)
def roomy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _path: ROOMY)


def test_a_folder_that_only_this_user_can_read(tmp_path: Path) -> None:
    folder = memory.folder_in_memory(tmp_path / "disk", tmp_path)
    assert folder.parent == tmp_path
    assert folder.stat().st_mode & 0o777 == 0o700
    assert not (tmp_path / "disk").exists()


@pytest.mark.parametrize(
    "system",
    [
        SimpleNamespace(f_flag=os.ST_NOEXEC, f_bavail=memory.LEAST_FREE, f_frsize=1),
        SimpleNamespace(f_flag=0, f_bavail=memory.LEAST_FREE - 1, f_frsize=1),
    ],
    ids=["libraries cannot be loaded from there", "too small"],
)
def test_the_disk_where_memory_does_not_do(
    tmp_path: Path, system: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "statvfs", lambda _path: system)
    assert memory.folder_in_memory(tmp_path / "disk", tmp_path) == tmp_path / "disk"
    assert (tmp_path / "disk").is_dir()


def test_the_disk_where_memory_holds_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert memory.folder_in_memory(tmp_path / "disk", tmp_path / "none") == tmp_path / "disk"


def test_what_a_killed_process_left_is_swept_and_what_lives_is_not(tmp_path: Path) -> None:
    left, used, strange = (tmp_path / name for name in (f"gatehouse-{NOBODY}-a", f"gatehouse-{os.getpid()}-b", "other"))
    for folder in (left, used, strange):
        folder.mkdir()
    memory.folder_in_memory(tmp_path / "disk", tmp_path)
    assert (left.exists(), used.exists(), strange.exists()) == (False, True, True)
