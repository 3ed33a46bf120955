"""`make edge-image`, with programs that write down what they are asked."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

import make_image
from make_image import DigestFile, Docker, Engine, ImageError, Repository

DIGEST = f"sha256:{'ab' * 32}"
NOW = datetime(2026, 11, 29, 20, 15, tzinfo=UTC)
REPOSITORY = Repository(
    stack="gatehouse", uri="registry.example/edge", architecture="arm64", user="AWS", password="registry-token"
)
BUILDAH = """#!/bin/sh
printf '%s\\n' "$*" >> "$0.asked"
case "$1" in
  login) cat > "$0.given" ;;
  push) printf '%s\\n' DIGEST > "$3" ;;
esac
"""
DOCKER = """#!/bin/sh
printf '%s\\n' "$*" >> "$0.asked"
case "$1" in
  login) cat > "$0.given" ;;
  image) printf '%s\\n' '["elsewhere.example/edge@sha256:00", "registry.example/edge@DIGEST"]' ;;
esac
"""


def program(folder: Path, script: str) -> Path:
    path = folder / "engine"
    path.write_text(script.replace("DIGEST", DIGEST))
    path.chmod(0o755)
    return path


def asked(path: Path) -> list[list[str]]:
    return [line.split() for line in Path(f"{path}.asked").read_text().splitlines()]


@pytest.mark.parametrize(("kind", "script"), [(DigestFile, BUILDAH), (Docker, DOCKER)])
def test_the_image_is_built_for_the_stacks_processor_pushed_and_named_by_its_digest(
    kind: type[Engine], script: str, tmp_path: Path
) -> None:
    path = program(tmp_path, script)
    assert make_image.make(REPOSITORY, kind(str(path)), ["--pull"], NOW) == f"registry.example/edge@{DIGEST}"
    build, login, push = asked(path)[:3]
    assert build[:5] == ["build", "--platform", "linux/arm64", "--build-arg", "PROCESSOR=aarch64"]
    assert build[-4:] == ["--tag", "registry.example/edge:20261129T201500Z", "--pull", str(make_image.ROOT)]
    assert login == ["login", "--username", "AWS", "--password-stdin", "registry.example"]
    assert push[0] == "push"
    assert push[-1] == "registry.example/edge:20261129T201500Z"


def test_the_password_of_the_registry_is_in_no_command_line(tmp_path: Path) -> None:
    path = program(tmp_path, BUILDAH)
    make_image.make(REPOSITORY, DigestFile(str(path)), [], NOW)
    assert "registry-token" not in Path(f"{path}.asked").read_text()
    assert Path(f"{path}.given").read_text() == "registry-token"
    assert "registry-token" not in repr(REPOSITORY)


def test_a_program_that_fails_ends_it_in_one_sentence(tmp_path: Path) -> None:
    path = program(tmp_path, "#!/bin/sh\nexit 3\n")
    with pytest.raises(ImageError, match="build` failed"):
        make_image.make(REPOSITORY, Docker(str(path)), [], NOW)


def test_a_digest_of_another_registry_is_not_taken(tmp_path: Path) -> None:
    path = program(tmp_path, DOCKER.replace("registry.example", "mirror.example"))
    with pytest.raises(ImageError, match="digest"):
        Docker(str(path)).push("registry.example/edge:1")


def test_without_a_program_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ImageError, match="docker, podman and buildah"):
        make_image.find_engine(None)
    with pytest.raises(ImageError, match="podman is not installed"):
        make_image.find_engine("podman")
    (tmp_path / "podman").write_text("#!/bin/sh\n")
    (tmp_path / "podman").chmod(0o755)
    assert isinstance(make_image.find_engine(None), DigestFile)


def test_the_stack_says_where_to_push_and_for_which_processor() -> None:
    described = {
        "Outputs": [{"OutputKey": "EdgeRepositoryUri", "OutputValue": "registry.example/edge"}],
        "Parameters": [{"ParameterKey": "Architecture", "ParameterValue": "x86_64"}],
    }
    assert make_image._of_stack(described) == {"uri": "registry.example/edge", "architecture": "x86_64"}
    with pytest.raises(ImageError, match="EdgeRepositoryUri"):
        make_image._of_stack(json.loads('{"Outputs": []}'))
