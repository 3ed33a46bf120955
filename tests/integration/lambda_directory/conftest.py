"""A directory behind Lambda, where Lambda and Secrets Manager are a stub on loopback."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

import tests.fakes.aws  # noqa: F401 -- it reads the descriptions of services once for all tests
from mfa.bootstrap import Composition
from mfa.contract.directory import DirectoryAddress, DirectoryAnswer, DomainController
from mfa.domain.directory import DirectorySettings
from mfa.domain.user_names import Alias, AliasKind, Realm
from mfa.ports import Directory
from mfa.settings import Settings
from tests.fakes.clock import FakeClock
from tests.integration.lambda_directory.stub_aws import StubAws, stub_aws

PASSWORD = "Käse & Brot, 123456".encode()
SERVICE_PASSWORD = "the service account's very own"
SECRET = "gatehouse-test/directory/reader"
GUID = "0e5a1b2c-3d4e-4f5a-8b6c-7d8e9f0a1b2c"
ALICE = Alias("corp", AliasKind.SAM, "alice")
ADDRESS = DirectoryAddress(
    base_dn="DC=corp,DC=example,DC=test",
    controllers=(DomainController(host="dc1.corp.example.test", address="192.0.2.10"),),
    ca_certificates="-----BEGIN CERTIFICATE-----",
)
REALM = Realm("corp", directory=DirectorySettings(address=ADDRESS, service_account="reader"))


@dataclass
class World:
    aws: StubAws
    clock: FakeClock
    directory: Directory

    def look_up(self, *, seconds: float = 5) -> DirectoryAnswer:
        return self.directory.look_up(REALM, ALICE, self.clock.now() + seconds)

    def verify(self, password: bytes = PASSWORD, *, seconds: float = 5, alias: Alias = ALICE) -> DirectoryAnswer:
        return self.directory.verify_password(
            REALM,
            alias,
            password,
            object_guid=GUID,
            known_wrong=(7, 8),
            others_asking=2,
            deadline=self.clock.now() + seconds,
        )


def settings(endpoint_url: str | None, function: str | None = "VerifyPassword") -> Settings:
    return Settings(
        table_name="table",
        kms_key_id="key",
        deployment="gatehouse-test",
        region="eu-central-1",
        endpoint_url=endpoint_url,
        verify_password_function=function,
    )


@pytest.fixture
def aws() -> Iterator[StubAws]:
    with stub_aws() as aws:
        aws.secrets[SECRET] = secret(SERVICE_PASSWORD)
        yield aws


@pytest.fixture
def world(aws: StubAws) -> World:
    clock = FakeClock()
    return World(aws, clock, Composition(settings(aws.url), clock=clock).directory)


def secret(password: str) -> str:
    return f'{{"username": "reader@corp.example.test", "password": "{password}"}}'
