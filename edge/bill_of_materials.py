"""Write down which packages an image has: CycloneDX 1.6, as scanners of vulnerabilities read it.

``python3.13 bill_of_materials.py FOLDER`` reads what pip has put into FOLDER and writes bill-of-materials.cdx.json
there. No time and no random number goes in, so the same packages give the same file.
"""

import json
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Final

FILE: Final = "bill-of-materials.cdx.json"


def document(folder: Path) -> dict[str, object]:
    """Raises ValueError if there are none: an empty list would look like good news."""
    components = sorted(_components(folder), key=lambda one: one["purl"])
    if not components:
        raise ValueError(f"{folder} holds no packages")
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": components}


def _components(folder: Path) -> Iterator[dict[str, str]]:
    for package in distributions(path=[str(folder)]):
        yield {"type": "library", "name": _name(package), "version": package.version, "purl": _purl(package)}


def _name(package: Distribution) -> str:
    """As requirements.txt has it."""
    return package.metadata["Name"].lower().replace("_", "-")


def _purl(package: Distribution) -> str:
    return f"pkg:pypi/{_name(package)}@{package.version}"


if __name__ == "__main__":
    found = Path(sys.argv[1])
    (found / FILE).write_text(json.dumps(document(found), indent=1) + "\n")
