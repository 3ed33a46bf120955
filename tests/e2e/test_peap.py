"""MS-CHAPv2 by a client nobody here wrote: PEAP, ended by a FreeRADIUS that passes what is inside on to an edge."""

from collections.abc import Iterator

import pytest

from local.up import Gatehouse
from tests.e2e.conftest import User
from tests.e2e.peap import CLIENT, SERVER, PeapServer, peap_server
from tests.e2e.radclient import SECRET

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.freeradius,
    pytest.mark.skipif(CLIENT is None, reason="needs eapol_test (Debian: apt-get install eapoltest)"),
    pytest.mark.skipif(SERVER is None, reason="needs FreeRADIUS' server (Debian: apt-get install freeradius)"),
]


@pytest.fixture(scope="module")
def peap(gatehouse: Gatehouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PeapServer]:
    edge = gatehouse.edges[0]
    with peap_server(tmp_path_factory.mktemp("peap"), host=edge.host, edge_port=edge.auth_port, secret=SECRET) as peap:
        yield peap


@pytest.mark.parametrize("spelling", ["{}", "CORP\\{}", "{}@corp.example.test"])
def test_a_code_opens_the_tunnel_once(peap: PeapServer, user: User, spelling: str) -> None:
    identity, code = spelling.format(user.name), user.code()
    first = peap.log_in(identity, code)
    assert first.accepted, first.output + peap.log.read_text(errors="replace")
    again = peap.log_in(identity, code)
    assert not again.accepted
    assert user.tries() == 0, "a used code is no guess"


def test_a_wrong_code_is_a_failure_that_is_counted_once(peap: PeapServer, user: User) -> None:
    wrong = peap.log_in(user.name, user.wrong_codes(1)[0])
    assert not wrong.accepted
    assert user.tries() == 1
    assert peap.log_in(user.name, user.code()).accepted


def test_a_name_in_the_tunnel_counts_and_the_one_outside_does_not(peap: PeapServer, user: User) -> None:
    """The outer identity is ``anonymous@…``; if it counted, nobody could log in at all."""
    assert not peap.log_in("nobody", user.code()).accepted
    assert peap.log_in(user.name, user.code()).accepted


def test_pap_inside_ttls_goes_the_same_way(peap: PeapServer, user: User) -> None:
    assert not peap.log_in(user.name, user.wrong_codes(1)[0], outer="TTLS", inner="PAP").accepted
    assert user.tries() == 1
    assert peap.log_in(user.name, user.code(), outer="TTLS", inner="PAP").accepted
