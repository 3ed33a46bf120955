"""A FreeRADIUS that ends PEAP's tunnel and passes the inner MS-CHAPv2 on, and eapol_test, which logs in through it.

Both are programs that nobody here wrote. FreeRADIUS gets a folder, certificates and a port of its own;
docs/guides/peap.md shows the lines of its configuration that matter.
"""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local.child import Child
from tests.integration.edge.certificates import make_authority

SERVER = shutil.which("freeradius", path="/usr/sbin:/sbin:/usr/bin") or shutil.which("radiusd")
CLIENT = shutil.which("eapol_test")
SERVER_NAME = "wifi.example.test"
ACCESS_POINT_SECRET = "secret-between-access-point-and-freeradius"
READY = "Ready to process requests"
KEYS_AND_SUCCESS = ["MPPE keys OK: 1  mismatch: 0", "SUCCESS"]
READY_SECONDS = 10
PATIENCE_SECONDS = 30

CONFIGURATION = """
name = gatehouse-peap
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
  ipaddr = {host}
  port = {edge_port}
  secret = {secret}
  response_window = 10
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
client access_points {{
  ipaddr = 127.0.0.0/8
  secret = {access_point_secret}
}}
modules {{
  eap {{
    default_eap_type = peap
    tls-config tunnel {{
      private_key_file = {folder}/key.pem
      certificate_file = {folder}/certificate.pem
      ca_file = {folder}/authority.pem
      cipher_list = "DEFAULT"
      tls_min_version = "1.2"
      tls_max_version = "1.2"
    }}
    peap {{
      tls = tunnel
      default_eap_type = mschapv2
      copy_request_to_tunnel = no
      use_tunneled_reply = no
      proxy_tunneled_request_as_eap = no
      virtual_server = inner
    }}
    ttls {{
      tls = tunnel
      default_eap_type = mschapv2
      copy_request_to_tunnel = no
      use_tunneled_reply = no
      virtual_server = inner
    }}
    mschapv2 {{
    }}
  }}
  mschap {{
  }}
}}
server outer {{
  listen {{
    type = auth
    ipaddr = 127.0.0.1
    port = {port}
  }}
  authorize {{
    eap {{
      ok = return
    }}
  }}
  authenticate {{
    eap
  }}
  pre-proxy {{
    update proxy-request {{
      Message-Authenticator := 0x00
    }}
  }}
  post-proxy {{
    eap
  }}
}}
server inner {{
  authorize {{
    update control {{
      Proxy-To-Realm := "gatehouse"
    }}
    eap {{
      ok = return
    }}
  }}
  authenticate {{
    Auth-Type MS-CHAP {{
      mschap
    }}
    eap
  }}
  post-proxy {{
    eap
  }}
}}
"""

# eapol_test is supplicant and access point in one.
SUPPLICANT = """
network={{
  key_mgmt=WPA-EAP
  eap={outer}
  anonymous_identity="anonymous@example.test"
  identity="{identity}"
  password="{code}"
  ca_cert="{authority}"
  domain_match="{server_name}"
  phase2="auth={inner}"
}}
"""


@dataclass(frozen=True)
class Outcome:
    """What eapol_test found: it checks the tunnel, the server's proof that it knew the code, and the session keys."""

    accepted: bool
    output: str


@dataclass(frozen=True)
class PeapServer:
    folder: Path
    port: int
    log: Path

    def log_in(self, identity: str, code: str, *, outer: str = "PEAP", inner: str = "MSCHAPV2") -> Outcome:
        supplicant = self.folder / "supplicant.conf"
        supplicant.write_text(
            SUPPLICANT.format(
                outer=outer,
                inner=inner,
                identity=identity,
                code=code,
                authority=self.folder / "authority.pem",
                server_name=SERVER_NAME,
            )
        )
        where = ["-a", "127.0.0.1", "-p", str(self.port), "-s", ACCESS_POINT_SECRET]
        command = [str(CLIENT), "-c", str(supplicant), *where, "-t", str(PATIENCE_SECONDS), "-r", "0"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS + 10)
        last = done.stdout.splitlines()[-2:]
        assert last[-1] in {"SUCCESS", "FAILURE"}, done.stdout
        assert (done.returncode == 0) is (last == KEYS_AND_SUCCESS), done.stdout
        return Outcome(last == KEYS_AND_SUCCESS, done.stdout)


@contextmanager
def peap_server(folder: Path, *, host: str, edge_port: int, secret: str) -> Iterator[PeapServer]:
    """FreeRADIUS in front of the edge at that address."""
    port = _free_port()
    make_authority(folder, (SERVER_NAME,), expired=False)
    (folder / "radiusd.conf").write_text(
        CONFIGURATION.format(
            folder=folder,
            host=host,
            edge_port=edge_port,
            secret=secret,
            access_point_secret=ACCESS_POINT_SECRET,
            port=port,
        )
    )
    command = [str(SERVER), "-fxx", "-l", "stdout", "-d", str(folder), "-n", "radiusd"]
    with Child("freeradius", command, {}, folder / "log") as server:
        end = time.monotonic() + READY_SECONDS
        while READY not in server.log.read_text(errors="replace"):
            server.check()
            assert time.monotonic() < end, server.log.read_text(errors="replace")
            time.sleep(0.05)
        yield PeapServer(folder, port, server.log)


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
