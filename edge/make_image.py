"""``make edge-image``: build the edge's image for a deployed stack, push it, and print what to deploy with.

Needs docker, podman or buildah, and AWS credentials that may read the stack and push to its repository. The image is
named by its digest, so what is deployed is what was built here, whoever pushes to the repository later.
"""

import argparse
import base64
import json
import shutil
import subprocess
import sys
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

ROOT: Final = Path(__file__).resolve().parents[1]
PROCESSORS: Final = {"arm64": "aarch64", "x86_64": "x86_64"}  # as wheels name them
PLATFORMS: Final = {"arm64": "linux/arm64", "x86_64": "linux/amd64"}


class ImageError(Exception):
    """Raised with one sentence for the person who builds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """Where the stack wants its image, for which processor, and how to log in there."""

    stack: str
    uri: str
    architecture: str
    user: str
    password: str

    def __repr__(self) -> str:
        return f"Repository({self.uri!r})"

    @property
    def host(self) -> str:
        return self.uri.partition("/")[0]


class Engine(ABC):
    """A program that builds images. Every method raises ImageError."""

    def __init__(self, program: str) -> None:
        self.program = program

    def build(self, image: str, architecture: str, options: Sequence[str]) -> None:
        self._run(
            "build", "--platform", PLATFORMS[architecture], "--build-arg", f"PROCESSOR={PROCESSORS[architecture]}",
            "--file", str(ROOT / "edge/Dockerfile"), "--tag", image, *options, str(ROOT),
        )  # fmt: skip

    def log_in(self, repository: Repository) -> None:
        command = ("login", "--username", repository.user, "--password-stdin", repository.host)
        self._run(*command, given=repository.password)

    @abstractmethod
    def push(self, image: str) -> str:
        """Returns the digest that the registry has."""

    def _run(self, *arguments: str, given: str | None = None, quiet: bool = False) -> str:
        command = [self.program, *arguments]
        output = subprocess.PIPE if quiet else None
        done = subprocess.run(command, input=given, stdout=output, text=True, check=False)  # noqa: S603 a list of ours
        if done.returncode != 0:
            raise ImageError(f"`{self.program} {arguments[0]}` failed; what it says stands above")
        return done.stdout or ""


class Docker(Engine):
    """Tells the digest afterwards."""

    def push(self, image: str) -> str:
        self._run("push", image)
        name = image.rpartition(":")[0]
        listed: list[str] = json.loads(
            self._run("image", "inspect", "--format", "{{json .RepoDigests}}", image, quiet=True)
        )
        digests = [digest for pushed, _, digest in (one.partition("@") for one in listed) if pushed == name]
        if not digests:
            raise ImageError("docker does not tell the digest of the image that it pushed")
        return digests[0]


class DigestFile(Engine):
    """podman and buildah: they write it to a file."""

    def push(self, image: str) -> str:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "digest"
            self._run("push", "--digestfile", str(path), image)
            return path.read_text().strip()


ENGINES: Final[dict[str, type[Engine]]] = {"docker": Docker, "podman": DigestFile, "buildah": DigestFile}


def find_engine(wanted: str | None) -> Engine:
    for name in (wanted,) if wanted else ENGINES:
        if shutil.which(name):
            return ENGINES[name](name)
    if wanted:
        raise ImageError(f"{wanted} is not installed: install it, or choose another of {', '.join(ENGINES)}")
    raise ImageError("none of docker, podman and buildah is installed: install one")


def find_repository(stack: str) -> Repository:
    try:
        described = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
        token = boto3.client("ecr").get_authorization_token()["authorizationData"][0]["authorizationToken"]
    except (BotoCoreError, ClientError) as error:
        raise ImageError(f"AWS was asked about the stack {stack} and the registry, and answers: {error}") from None
    user, _, password = base64.b64decode(token).decode().partition(":")
    return Repository(stack=stack, **_of_stack(described), user=user, password=password)


def _of_stack(described: dict[str, Any]) -> dict[str, str]:
    outputs = {one["OutputKey"]: one["OutputValue"] for one in described.get("Outputs", ())}
    parameters = {one["ParameterKey"]: one["ParameterValue"] for one in described.get("Parameters", ())}
    if "EdgeRepositoryUri" not in outputs:
        raise ImageError("the stack has no output EdgeRepositoryUri: deploy this version of the template first")
    return {"uri": outputs["EdgeRepositoryUri"], "architecture": parameters.get("Architecture", "arm64")}


def tag(now: datetime) -> str:
    """A new one each time: the repository refuses to have a tag moved."""
    return now.strftime("%Y%m%dT%H%M%SZ")


def make(repository: Repository, engine: Engine, options: Sequence[str], now: datetime) -> str:
    """The image's name by its digest."""
    image = f"{repository.uri}:{tag(now)}"
    engine.build(image, repository.architecture, options)
    engine.log_in(repository)
    return f"{repository.uri}@{engine.push(image)}"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="make edge-image", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--stack", default="gatehouse", help="name of the stack; default gatehouse")
    parser.add_argument("--engine", choices=ENGINES, help="default: the first that is installed")
    parser.add_argument("--option", action="append", default=[], help="one more for the build, such as --option=--pull")
    given = parser.parse_args(arguments)
    try:
        engine = find_engine(given.engine)
        image = make(find_repository(given.stack), engine, given.option, datetime.now(UTC))
    except ImageError as error:
        print(f"make edge-image: {error}", file=sys.stderr)
        return 1
    print(f"\nEdgeImageUri={image}\n")
    print("Start the edges with it: run `sam deploy --guided`, give it as EdgeImageUri, and take all else with return.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
