"""Controllers that say yes to everything, and the adapter that asks them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mfa.adapters.ldap.directory import LdapDirectory
from mfa.contract.directory import (
    DirectoryAddress,
    DirectoryAnswer,
    DirectoryOperation,
    DirectoryQuestion,
    DomainController,
    NameKind,
    ServiceAccount,
)
from tests.fakes.ldap_server import BASE, GROUP, SERVICE, SERVICE_PASSWORD, Controller, serving
from tests.integration.edge.certificates import Files, make_authority

HOSTS = ("dc1.corp.example.test", "dc2.corp.example.test", "dc3.corp.example.test")

type Start = Callable[..., Controller]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """One for all controllers, by an authority that the questions trust."""
    return make_authority(tmp_path_factory.mktemp("tls"), HOSTS, expired=False)


@pytest.fixture
def start(certificate: Files) -> Iterator[Start]:
    with ExitStack() as running:

        def start_one(**changes: object) -> Controller:
            controller = Controller(**{"certificate": certificate, **changes})  # type: ignore[arg-type]
            return running.enter_context(serving(controller))

        yield start_one


@dataclass
class Asker:
    """Asks one adapter about alice, at the given controllers."""

    authority: Path
    directory: LdapDirectory = field(default_factory=LdapDirectory)

    def __call__(
        self,
        *controllers: Controller,
        password: bytes | None = b"right password",
        name: str = "alice",
        seconds: float = 5.0,
        hosts: tuple[str, ...] = HOSTS,
        base: str = BASE,
        object_guid: str | None = None,
        known_wrong: tuple[int, ...] = (),
        others_asking: int = 0,
    ) -> DirectoryAnswer:
        operation = DirectoryOperation.LOOK_UP if password is None else DirectoryOperation.VERIFY_PASSWORD
        question = DirectoryQuestion(
            operation=operation,
            directory=self._address(controllers, hosts, base),
            service_account=ServiceAccount(username=SERVICE, password=SERVICE_PASSWORD),
            name_kind=NameKind.SAM,
            name=name,
            deadline_ms=int(seconds * 1000),
            password=password,
            object_guid=object_guid,
            known_wrong=known_wrong,
            others_asking=others_asking,
        )
        return self.directory.answer(question, seconds)

    def members(self, *controllers: Controller, group: str = GROUP, seconds: float = 5.0) -> DirectoryAnswer:
        question = DirectoryQuestion(
            operation=DirectoryOperation.LIST_MEMBERS,
            directory=self._address(controllers, HOSTS, BASE),
            service_account=ServiceAccount(username=SERVICE, password=SERVICE_PASSWORD),
            name_kind=NameKind.SID,
            name=group,
            deadline_ms=int(seconds * 1000),
        )
        return self.directory.answer(question, seconds)

    def _address(self, controllers: tuple[Controller, ...], hosts: tuple[str, ...], base: str) -> DirectoryAddress:
        return DirectoryAddress(
            base_dn=base,
            controllers=tuple(
                DomainController(host=host, address="127.0.0.1", port=controller.port)
                for host, controller in zip(hosts, controllers, strict=False)
            ),
            ca_certificates=self.authority.read_text(),
        )


@pytest.fixture
def ask(certificate: Files) -> Asker:
    return Asker(certificate.authority)
