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


def test_a_folder_of_other_things_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("ten years of work")
    for _ in range(2):
        with pytest.raises(LocalError, match="holds other things"), running(RunFolder(tmp_path)):
            pytest.fail("it was started")
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("thesis.txt", "ten years of work")]
