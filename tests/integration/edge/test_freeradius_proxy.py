"""FreeRADIUS as a proxy in front of the edge: every protocol through it, with its Proxy-State on the way."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mfa.domain import ms_chap
from radius_edge.protocol.mppe import read_key
from radius_edge.protocol.shared_secret import SharedSecret
from tests.fakes.edge_configuration import SECRET
from tests.fakes.radius_client import ACCEPT, REJECT, RadiusClient, access_request, attribute
from tests.integration.edge.rig import Rig
from tests.integration.edge.stub_backend import KEYS_FOR
from tests.integration.edge.test_ms_chap import ms_chap_2, of_microsoft, response_2

PROGRAM = shutil.which("freeradius") or shutil.which("radiusd")
INNER_SECRET = b"secret-of-the-clients-behind-the-proxy"

pytestmark = [
    pytest.mark.integration,
    pytest.mark.freeradius,
    pytest.mark.skipif(PROGRAM is None, reason="FreeRADIUS' server (Debian: freeradius) is not installed"),
]

CONFIGURATION = """
name = gatehouse-proxy
libdir = /usr/lib/freeradius
logdir = {folder}
run_dir = {folder}
pidfile = {folder}/pid
security {{
  allow_vulnerable_openssl = yes
}}
proxy_requests = yes
home_server edge {{
  type = auth
  ipaddr = 127.0.0.1
  port = {edge_port}
  secret = {secret}
  response_window = 5
  status_check = none
}}
home_server_pool edges {{
  type = fail-over
  home_server = edge
}}
realm gatehouse {{
  auth_pool = edges
  nostrip
}}
client everybody {{
  ipaddr = 127.0.0.0/8
  secret = {inner_secret}
}}
modules {{
}}
server default {{
  listen {{
    type = auth
    ipaddr = 127.0.0.1
    port = {port}
  }}
  authorize {{
    update control {{
      Proxy-To-Realm := "gatehouse"
    }}
  }}
  pre-proxy {{
    update proxy-request {{
      Message-Authenticator := 0x00
    }}
  }}
}}
"""


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def proxy(rig: Rig, tmp_path: Path) -> Iterator[RadiusClient]:
    """A client of a FreeRADIUS that hands everything to the edge."""
    port = free_port()
    (tmp_path / "radiusd.conf").write_text(
        CONFIGURATION.format(
            folder=tmp_path,
            edge_port=rig.listening["auth_port"],
            secret=SECRET.decode(),
            inner_secret=INNER_SECRET.decode(),
            port=port,
        )
    )
    command = [str(PROGRAM), "-f", "-l", "stdout", "-d", str(tmp_path), "-n", "radiusd"]
    log = tmp_path / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        end = time.monotonic() + 10
        while "Ready to process" not in log.read_text():
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < end
            time.sleep(0.05)
        client = RadiusClient(("127.0.0.1", port), INNER_SECRET)
        yield client
        client.close()
    finally:
        server.terminate()
        server.wait(10)


@pytest.mark.parametrize(("code", "answer"), [("123456", ACCEPT), ("000000", REJECT)])
def test_pap_with_the_clients_own_proxy_state(rig: Rig, proxy: RadiusClient, code: str, answer: int) -> None:
    more = attribute(33, b"first hop") + attribute(33, b"second")
    request = access_request("alice", code, secret=INNER_SECRET, more=more)
    reply = proxy.ask(request, message_authenticator=False)
    assert reply is not None
    assert reply.code == answer
    assert reply.values(33) == [b"first hop", b"second"]  # the proxy has taken its own away again
    assert rig.backend.logins[-1].message["ma"] == "valid"


@pytest.mark.parametrize(("text", "answer"), [("123456", ACCEPT), ("000000", REJECT)])
def test_ms_chap_2_comes_back_with_its_proof(rig: Rig, proxy: RadiusClient, text: str, answer: int) -> None:
    request = ms_chap_2("alice", response_2("alice", text), secret=INNER_SECRET)
    reply = proxy.ask(request, message_authenticator=False)
    assert reply is not None
    assert reply.code == answer
    found = of_microsoft(reply)
    assert (26 in found) is (answer == ACCEPT)
    assert (2 in found) is (answer == REJECT)


def test_keys_are_hidden_anew_for_the_client(rig: Rig, proxy: RadiusClient) -> None:
    response = response_2(KEYS_FOR, "123456")
    request = ms_chap_2(KEYS_FOR, response, secret=INNER_SECRET)
    reply = proxy.ask(request, message_authenticator=False)
    assert reply is not None
    send, receive = ms_chap.mppe_keys(ms_chap.nt_hash("123456"), response)
    found = of_microsoft(reply)
    assert read_key(found[16], request[4:20], SharedSecret(INNER_SECRET)) == send
    assert read_key(found[17], request[4:20], SharedSecret(INNER_SECRET)) == receive


@pytest.mark.parametrize(("text", "answer"), [("123456", "Access-Accept"), ("000000", "Access-Reject")])
@pytest.mark.parametrize("password", ["CHAP-Password", "MS-CHAP-Password"])
@pytest.mark.skipif(shutil.which("radclient") is None, reason="radclient (freeradius-utils) is not installed")
def test_chap_and_ms_chap(rig: Rig, proxy: RadiusClient, password: str, text: str, answer: str) -> None:
    command = ["radclient", "-x", "-r", "1", "-t", "5", f"127.0.0.1:{proxy.server[1]}", "auth", INNER_SECRET.decode()]
    given = f'User-Name=alice,{password}="{text}",Message-Authenticator=0x00'
    output = subprocess.run(command, input=given, capture_output=True, text=True, timeout=20, check=False).stdout
    assert f"Received {answer}" in output
