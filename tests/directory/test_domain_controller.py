"""The domain controller that the other tests here stand on: its address, its end, and what it says if it cannot run."""

import socket
import ssl
from pathlib import Path

import pytest

from local import samba_server
from local.directory_world import ACCOUNTS
from local.domain_controller import Domain, DomainController
from local.errors import LocalError
from mfa.contract.directory import LDAPS_PORT

pytestmark = pytest.mark.integration


def answers(address: str, port: int = LDAPS_PORT) -> bool:
    try:
        socket.create_connection((address, port), timeout=2).close()
    except OSError:
        return False
    return True


def test_controllers_have_an_address_each_and_leave_it_when_they_end(
    domain: Domain, controller: DomainController
) -> None:
    with domain.controller("dc7") as another:
        address = another.address
        assert address != controller.address
        assert address.startswith("127.0.0.")
        assert answers(address)
    assert not answers(address)
    assert answers(controller.address)


def test_an_address_that_is_kept_by_one_run_is_not_given_to_another() -> None:
    with samba_server.free_address() as first, samba_server.free_address() as second:
        assert first != second


def test_an_address_whose_ldap_port_is_taken_is_passed_over(controller: DomainController) -> None:
    with samba_server.free_address() as address:
        assert address != controller.address


def test_the_certificate_leads_to_the_domains_authority_and_names_the_host(
    domain: Domain, controller: DomainController
) -> None:
    context = ssl.create_default_context(cadata=domain.authority.pem)
    with (
        socket.create_connection((controller.address, LDAPS_PORT), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname=controller.host) as tls,
    ):
        assert tls.version() in {"TLSv1.2", "TLSv1.3"}


def test_a_copy_has_the_same_accounts_and_counts_for_itself(
    controller: DomainController, second_controller: DomainController
) -> None:
    names = [account.username for account in ACCOUNTS]
    first, second = controller.accounts(names), second_controller.accounts(names)
    assert [found["objectGUID"] for found in first.values()] == [found["objectGUID"] for found in second.values()]


def test_what_is_missing_is_said_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samba_server, "program", lambda: None)
    with pytest.raises(LocalError, match=r"apt-get install --no-install-recommends samba$"):
        Domain.make(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_without_the_right_to_low_ports_the_error_names_a_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> None:
        raise PermissionError

    monkeypatch.setattr(samba_server, "_absent_packages", list)
    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(LocalError, match=r"CAP_NET_BIND_SERVICE.*ip_unprivileged_port_start"):
        Domain.make(tmp_path)
