"""The edge's image, as edge/Dockerfile makes it."""

import json
import re

from tests.architecture.cloudformation import TEMPLATE

ROOT = TEMPLATE.parent
DOCKERFILE = (ROOT / "edge/Dockerfile").read_text()


def instructions() -> list[tuple[str, str]]:
    lines = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE)).splitlines()
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines if line)]


def test_the_image_has_of_the_backend_nothing_but_the_contract() -> None:
    copied = [rest.split()[0] for word, rest in instructions() if word == "COPY" and not rest.startswith("--from")]
    assert copied == [
        "edge/requirements.txt",
        "edge/bill_of_materials.py",
        "edge/radius_edge",
        "layers/core/mfa/__init__.py",
        "layers/core/mfa/contract",
    ]
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert allowed == set(copied), "what is sent to the builder is what is copied"
    assert (ROOT / "layers/core/mfa/__init__.py").read_text() == ""


def test_the_bases_are_pinned_and_can_be_chosen() -> None:
    defaults = dict(rest.split("=", 1) for word, rest in instructions()[:2] if word == "ARG")
    assert set(defaults) == {"BASE", "BUILDER"}
    for base in defaults.values():
        assert re.fullmatch(r"[a-z0-9.:/-]+@sha256:[0-9a-f]{64}", base)


def test_the_image_runs_nothing_as_root_and_nothing_by_a_shell() -> None:
    last = instructions()[max(number for number, (word, _) in enumerate(instructions()) if word == "FROM") :]
    assert "RUN" not in [word for word, _ in last], "an image for another processor is built without emulating it"
    assert dict(last)["USER"] == "10001:10001"
    assert json.loads(dict(last)["ENTRYPOINT"]) == ["python3.13", "-m", "radius_edge"]
    assert json.loads(dict(last)["HEALTHCHECK"].partition("CMD ")[2]) == ["python3.13", "-m", "radius_edge.healthcheck"]
    for word, rest in instructions():
        if word in {"RUN", "CMD", "ENTRYPOINT"}:
            assert isinstance(json.loads(rest), list)


def test_the_image_says_which_packages_it_has() -> None:
    assert ["python3.13", "/bill_of_materials.py", "/app"] in [
        json.loads(rest) for word, rest in instructions() if word == "RUN"
    ]
