"""FreeRADIUS' own client against the edge."""

import shutil
import subprocess

import pytest

from tests.fakes.edge_configuration import SECRET
from tests.integration.edge.conftest import LAX
from tests.integration.edge.rig import Rig

pytestmark = [
    pytest.mark.integration,
    pytest.mark.radclient,
    pytest.mark.skipif(shutil.which("radclient") is None, reason="radclient (freeradius-utils) is not installed"),
]


def radclient(rig: Rig, kind: str, attributes: str, *, port: str = "auth_port", source: str | None = None) -> str:
    packet = attributes + (f",Packet-Src-IP-Address={source}" if source else "")
    command = ["radclient", "-x", "-r", "1", "-t", "2", f"127.0.0.1:{rig.listening[port]}", kind, SECRET.decode()]
    return subprocess.run(command, input=packet, capture_output=True, text=True, timeout=10, check=False).stdout


@pytest.mark.parametrize(("code", "answer"), [("123456", "Access-Accept"), ("000000", "Access-Reject")])
@pytest.mark.parametrize("signature", [",Message-Authenticator=0x00", ""])
def test_pap(rig: Rig, code: str, answer: str, signature: str) -> None:
    source = None if signature else LAX
    output = radclient(rig, "auth", f"User-Name=alice,User-Password={code}{signature}", source=source)
    assert f"Received {answer}" in output
    assert "Message-Authenticator" in output.partition("Received")[2]


def test_proxy_state_comes_back(rig: Rig) -> None:
    attributes = "User-Name=alice,User-Password=123456,Message-Authenticator=0x00,Proxy-State=0x0102,Proxy-State=0x03"
    received = radclient(rig, "auth", attributes).partition("Received")[2]
    assert received.index("Proxy-State = 0x0102") < received.index("Proxy-State = 0x03")


@pytest.mark.parametrize(("code", "answer"), [("123456", "Access-Accept"), ("000000", "Access-Reject")])
@pytest.mark.parametrize("attribute", ["CHAP-Password", "MS-CHAP-Password"])
def test_chap_and_ms_chap_as_radclient_makes_them(rig: Rig, attribute: str, code: str, answer: str) -> None:
    output = radclient(rig, "auth", f'User-Name=alice,{attribute}="{code}",Message-Authenticator=0x00')
    assert f"Received {answer}" in output
    refused = "MS-CHAP" in attribute and code != "123456"
    assert ("MS-CHAP-Error" in output.partition("Received")[2]) is refused


@pytest.mark.parametrize(("code", "answer"), [("123456", "Access-Accept"), ("000000", "Access-Reject")])
@pytest.mark.skipif(shutil.which("radtest") is None, reason="radtest (freeradius-utils) is not installed")
def test_radtest_with_ms_chap(rig: Rig, code: str, answer: str) -> None:
    server = f"127.0.0.1:{rig.listening['auth_port']}"
    command = ["radtest", "-t", "mschap", "alice", code, server, "0", SECRET.decode()]
    output = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False).stdout
    assert f"Received {answer}" in output


@pytest.mark.parametrize(("port", "answer"), [("auth_port", "Access-Accept"), ("acct_port", "Accounting-Response")])
def test_status_server(rig: Rig, port: str, answer: str) -> None:
    assert f"Received {answer}" in radclient(rig, "status", "Message-Authenticator=0x00", port=port)


def test_accounting(rig: Rig) -> None:
    attributes = "User-Name=alice,Acct-Status-Type=Start,Acct-Session-Id=abc,NAS-IP-Address=127.0.0.1"
    assert "Received Accounting-Response" in radclient(rig, "acct", attributes, port="acct_port")
