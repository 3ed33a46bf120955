"""What a run does before it starts anything."""

from pathlib import Path

import pytest

from local.errors import LocalError
from local.layout import RunFolder
from local.up import running


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_folder_that_cannot_be_is_one_clear_error(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("no folder")
    with (
        pytest.raises(LocalError, match=r"cannot be used: .*; set GATEHOUSE_LOCAL to a folder"),
        running(RunFolder(tmp_path / place)),
    ):
        pytest.fail("it was started")
