"""A real domain controller (Samba) for the session, and a second one where a test wants it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import pytest

from local import samba_server
from local.directory_world import SERVICE_ACCOUNT
from local.domain_controller import Domain, DomainController
from mfa.adapters.ldap.directory import LdapDirectory
from mfa.contract.directory import (
    DirectoryAddress,
    DirectoryAnswer,
    DirectoryOperation,
    DirectoryQuestion,
    NameKind,
    ServiceAccount,
)

SECONDS = 5.0  # Samba answers in a tenth of one; a busy machine takes its time
SERVICE = ServiceAccount(username=SERVICE_ACCOUNT.user_principal_name, password=SERVICE_ACCOUNT.password.encode())


@pytest.fixture(scope="session")
def domain(tmp_path_factory: pytest.TempPathFactory) -> Domain:
    if (reason := samba_server.missing()) is not None:
        pytest.skip(reason)
    return Domain.make(tmp_path_factory.mktemp("domain"))


@pytest.fixture(scope="session")
def controller(domain: Domain) -> Iterator[DomainController]:
    with domain.controller("dc1") as running:
        yield running


@pytest.fixture(scope="session")
def second_controller(domain: Domain) -> Iterator[DomainController]:
    with domain.controller("dc2") as running:
        yield running


@dataclass(frozen=True)
class Asker:
    """Asks the directory, through the adapter that the function verify_password is made of."""

    directory: LdapDirectory
    address: DirectoryAddress

    def at(self, address: DirectoryAddress) -> "Asker":
        return replace(self, address=address)

    def look_up(self, name: str, kind: NameKind = NameKind.SAM, service: ServiceAccount = SERVICE) -> DirectoryAnswer:
        return self._ask(DirectoryOperation.LOOK_UP, name, kind, service, None)

    def members(self, group: str) -> DirectoryAnswer:
        return self._ask(DirectoryOperation.LIST_MEMBERS, group, NameKind.SID, SERVICE, None)

    def verify(
        self,
        name: str,
        password: str | bytes,
        kind: NameKind = NameKind.SAM,
        *,
        object_guid: str | None = None,
        known_wrong: Sequence[int] = (),
        service: ServiceAccount = SERVICE,
    ) -> DirectoryAnswer:
        octets = password.encode() if isinstance(password, str) else password
        operation = DirectoryOperation.VERIFY_PASSWORD
        return self._ask(operation, name, kind, service, octets, object_guid, known_wrong)

    def _ask(
        self,
        operation: DirectoryOperation,
        name: str,
        kind: NameKind,
        service: ServiceAccount,
        password: bytes | None,
        object_guid: str | None = None,
        known_wrong: Sequence[int] = (),
    ) -> DirectoryAnswer:
        question = DirectoryQuestion(
            operation=operation, directory=self.address, service_account=service, name_kind=kind, name=name,
            deadline_ms=int(SECONDS * 1000), password=password, object_guid=object_guid,
            known_wrong=tuple(known_wrong),
        )  # fmt: skip
        return self.directory.answer(DirectoryQuestion.from_message(question.to_message()), SECONDS)


@pytest.fixture(scope="session")
def asker(domain: Domain, controller: DomainController) -> Asker:
    return Asker(LdapDirectory(), domain.address_of(controller))


type Forgiven = Callable[[str], str]


@pytest.fixture
def forgiven(controller: DomainController) -> Iterator[Forgiven]:
    """Takes the name of an account whose wrong passwords shall be forgotten, before and after the test."""
    names: list[str] = []

    def forgive(name: str) -> str:
        controller.forgive([name])
        names.append(name)
        return name

    yield forgive
    controller.forgive(names)


def binds(controller: DomainController, username: str) -> int:
    """How many passwords for that account reached the controller."""
    return sum(found["mappedAccount"] == username for found in controller.authentications())


def bad_passwords(controller: DomainController, username: str) -> int:
    """badPwdCount."""
    return int(controller.accounts([username])[username]["badPwdCount"])
