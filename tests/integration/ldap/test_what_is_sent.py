"""What reaches a controller, shown by one that answers "success" to everything: never an empty password, never any
password without TLS or under a wrong certificate, never a second bind."""

import re
import ssl
import time
from pathlib import Path

import pytest

from mfa.adapters.ldap.channel import _context, open_channel
from mfa.adapters.ldap.session import bind
from mfa.contract.directory import DirectoryResult, DomainController
from mfa.contract.errors import ContractError
from tests.fakes.ldap_server import GUID, SERVICE, SERVICE_PASSWORD, Account, Step
from tests.integration.edge.certificates import Files, make_authority
from tests.integration.ldap.conftest import HOSTS, Asker, Start

pytestmark = pytest.mark.integration


def test_a_right_password_is_one_bind_by_the_name_that_was_found_on_a_connection_of_its_own(
    start: Start, ask: Asker
) -> None:
    controller = start()
    answer = ask(controller)
    assert (answer.result, answer.was_sent, answer.controller) == (DirectoryResult.PASSWORD_RIGHT, True, HOSTS[0])
    service, user = controller.binds
    assert (service.name, service.password) == (SERVICE, SERVICE_PASSWORD)
    assert (user.name, user.password) == (Account().dn, b"right password")
    assert service.connection != user.connection


@pytest.mark.parametrize("octets", [b" padded ", "Passw²rd-ﬁx-½!".encode(), b"x" * 256])
def test_the_octets_of_a_password_are_left_as_they_are(start: Start, ask: Asker, octets: bytes) -> None:
    controller = start()
    ask(controller, password=octets)
    assert [bind.password for bind in controller.user_binds] == [octets]


def test_a_look_up_sends_no_password_but_the_service_accounts(start: Start, ask: Asker) -> None:
    controller = start()
    answer = ask(controller, password=None)
    assert (answer.result, answer.was_sent) == (DirectoryResult.FOUND, False)
    assert answer.account is not None
    assert answer.account.object_guid == GUID
    assert controller.user_binds == []


# ---- the empty password


def test_no_question_about_an_empty_password_can_be_made(start: Start, ask: Asker) -> None:
    controller = start()
    with pytest.raises(ContractError):
        ask(controller, password=b"")
    assert controller.connections == 0


def test_the_last_module_before_the_wire_refuses_an_empty_password_as_well(start: Start, certificate: Files) -> None:
    controller = start()
    where = DomainController(host=HOSTS[0], address="127.0.0.1", port=controller.port)
    with (
        open_channel(where, certificate.authority.read_text(), time.monotonic() + 5) as channel,
        pytest.raises(ValueError, match="empty password"),
    ):
        bind(channel, Account().dn, b"")
    assert controller.binds == []


@pytest.mark.parametrize("octets", [b"\x00", b"\x00" * 16, b"right password\x00", b"inner\x00NUL", b"\xff\xfe"])
def test_a_password_with_a_nul_or_that_is_no_text_is_wrong_without_being_sent(
    start: Start, ask: Asker, octets: bytes
) -> None:
    """A server that ends texts at a NUL would take some of them for an empty password, and others for a right one."""
    controller = start()
    answer = ask(controller, password=octets)
    assert (answer.result, answer.was_sent) == (DirectoryResult.PASSWORD_WRONG, False)
    assert controller.user_binds == []


# ---- who is on the other side


def test_a_controller_without_tls_is_told_nothing(start: Start, ask: Asker) -> None:
    controller = start(plain=True)
    answer = ask(controller, password=b"right password", seconds=2)
    assert (answer.result, answer.was_sent) == (DirectoryResult.UNAVAILABLE, False)
    assert controller.raw[:1] == b"\x16", "a TLS handshake is all that may come (RFC 8446 section 5.1)"
    for secret in (SERVICE_PASSWORD, b"right password", SERVICE.encode()):
        assert secret not in controller.raw


def test_a_certificate_of_another_authority_is_told_nothing(start: Start, ask: Asker, tmp_path: Path) -> None:
    controller = start(certificate=make_authority(tmp_path, HOSTS, expired=False, prefix="other-"))
    answer = ask(controller)
    assert (answer.result, answer.was_sent) == (DirectoryResult.UNAVAILABLE, False)
    assert "certificate" in (answer.detail or "")
    assert (controller.binds, controller.searches) == ([], [])


def test_an_expired_certificate_is_told_nothing(start: Start, ask: Asker, tmp_path: Path) -> None:
    files = make_authority(tmp_path, HOSTS, expired=True)
    controller = start(certificate=files)
    answer = Asker(files.authority)(controller)
    assert answer.result is DirectoryResult.UNAVAILABLE
    assert controller.binds == []


def test_the_name_in_the_certificate_counts_also_where_the_connection_is_made_by_address(
    start: Start, ask: Asker
) -> None:
    controller = start()
    answer = ask(controller, hosts=("elsewhere.corp.example.test",))
    assert answer.result is DirectoryResult.UNAVAILABLE
    assert "elsewhere.corp.example.test" in (answer.detail or "")
    assert controller.binds == []


def test_nobody_is_trusted_but_the_given_authority_and_no_old_tls_is_spoken(certificate: Files) -> None:
    context = _context(certificate.authority.read_text())
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    (trusted,) = context.get_ca_certs()
    assert trusted["subject"] == ((("commonName", "test authority"),),)


def test_authorities_that_cannot_be_read_are_a_fault_and_not_an_empty_list(start: Start, tmp_path: Path) -> None:
    controller = start()
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n")
    answer = Asker(nonsense)(controller)
    assert answer.result is DirectoryResult.UNAVAILABLE
    assert "CA certificates" in (answer.detail or "")
    assert controller.connections == 0


# ---- once, and then never again


@pytest.mark.parametrize(
    ("code", "text", "result"),
    [
        (49, "comment: AcceptSecurityContext error, data 52e, v2580", "password_wrong"),
        (49, "80090346: LdapErr: DSID-0C0905A8, comment: AcceptSecurityContext error, v4563", "unavailable"),
        (51, "busy", "unavailable"),
        (52, "unavailable", "unavailable"),
    ],
)
def test_after_a_refusal_nothing_is_sent_again_to_anybody(
    start: Start, ask: Asker, code: int, text: str, result: str
) -> None:
    """Busy and unavailable (51, 52) mean that nobody looked at the password: it has cost no try."""

    def answer_bind(name: str, _password: bytes) -> tuple[int, str]:
        return (0, "") if name == SERVICE else (code, text)

    first, second = start(answer_bind=answer_bind), start(answer_bind=answer_bind)
    answer = ask(first, second)
    assert (answer.result, answer.was_sent) == (DirectoryResult(result), code == 49)
    assert len(first.user_binds) + len(second.user_binds) == 1


@pytest.mark.parametrize("fault", ["halt", "hang_up"])
def test_a_bind_without_an_answer_is_not_sent_to_the_next_controller(start: Start, ask: Asker, fault: str) -> None:
    first, second = start(**{fault: Step.USER_BIND}), start()
    answer = ask(first, second, seconds=1.5)
    assert (answer.result, answer.was_sent) == (DirectoryResult.UNAVAILABLE, True)
    assert (len(first.user_binds), len(second.user_binds)) == (1, 0)


def test_no_password_is_sent_when_no_time_is_left_for_the_answer(start: Start, ask: Asker) -> None:
    controller = start(delay=0.15)  # three searches
    answer = ask(controller, seconds=0.5)
    assert (answer.result, answer.was_sent) == (DirectoryResult.UNAVAILABLE, False)
    assert controller.user_binds == []


def test_what_a_controller_says_is_not_passed_on(start: Start, ask: Asker) -> None:
    """It could repeat the name or the password."""
    controller = start(answer_bind=lambda _name, password: (49, f"{password.decode()}, data 52e, v1"))
    answer = ask(controller)
    assert answer.result is DirectoryResult.SERVICE_ACCOUNT_REFUSED
    assert SERVICE_PASSWORD.decode() not in str(answer.to_message())


# ---- one object, by equality


@pytest.mark.parametrize("name", ["*", "a*", "alice)(|(cn=*", "\\2a", "(x)", "a\x00b", "zoë", " alice"])
def test_a_name_is_a_value_and_never_a_filter(start: Start, ask: Asker, name: str) -> None:
    """The filter that arrives is an AND of three equality matches (RFC 4511 section 4.5.1.7), the last with the name
    as it is."""
    controller = start()
    ask(controller, name=name, password=None)
    sent = controller.searches[0].filter
    assert re.match(rb"\xa0.\xa3.*\xa3.*\xa3", sent, re.DOTALL)
    assert sent.endswith(b"\x04\x0esAMAccountName\x04" + bytes((len(name.encode()),)) + name.encode())


def test_two_objects_are_ambiguous_and_none_is_unknown(start: Start, ask: Asker) -> None:
    assert ask(start(accounts=[])).result is DirectoryResult.UNKNOWN_USER
    twice = start(accounts=[Account(), Account(dn="CN=Alice,OU=Elsewhere")])
    assert ask(twice).result is DirectoryResult.AMBIGUOUS_USER
    assert twice.user_binds == []


def test_an_object_that_only_windows_takes_for_the_name_is_unknown(start: Start, ask: Asker) -> None:
    """Its comparison ignores accents."""
    account = Account()
    account.attributes["sAMAccountName"] = ["alicé".encode()]
    controller = start(accounts=[account])
    assert ask(controller).result is DirectoryResult.UNKNOWN_USER
    assert controller.user_binds == []
