"""The list of packages in the edge's image."""

import json
from pathlib import Path

import pytest

from bill_of_materials import document


def package(folder: Path, name: str, version: str) -> None:
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


def test_every_package_is_named_with_its_version(tmp_path: Path) -> None:
    package(tmp_path, "uvloop", "0.23.0")
    package(tmp_path, "Python_dateutil", "2.9.0.post0")
    (tmp_path / "radius_edge").mkdir()
    found = json.loads(json.dumps(document(tmp_path)))
    assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.6")
    assert [one["purl"] for one in found["components"]] == [
        "pkg:pypi/python-dateutil@2.9.0.post0",
        "pkg:pypi/uvloop@0.23.0",
    ]


def test_the_same_packages_give_the_same_list(tmp_path: Path) -> None:
    package(tmp_path, "uvloop", "0.23.0")
    assert document(tmp_path) == document(tmp_path)


def test_a_folder_without_packages_is_no_good_news(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no packages"):
        document(tmp_path)
