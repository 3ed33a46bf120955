"""FreeRADIUS with rlm_ldap beside our adapter: one virtual server for each thing that a login may ask the directory."""

import shutil
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from local.child import Child
from local.directory_world import BASE_DN, SERVICE_ACCOUNT, Account
from local.domain_controller import DomainController
from tests.fakes.radius_client import ACCEPT, RadiusClient, access_request

SERVER: Final = shutil.which("freeradius", path="/usr/sbin:/sbin:/usr/bin") or shutil.which("radiusd")
LIBRARIES: Final = Path("/usr/lib/freeradius")
SECRET: Final = "a shared secret for the benchmark"  # noqa: S105 -- of this benchmark
GROUP: Final = "MFA-Users"
READY: Final = "Ready to process requests"
READY_SECONDS: Final = 10.0
PATIENCE_SECONDS: Final = 15.0

# Each virtual server: what it does before it decides, and whether the password is tried.
STEPS: Final = {
    "nothing": ("", False),
    "search": ("ldap", False),
    "groups": (f'ldap\n    if (!(LDAP-Group == "{GROUP}")) {{\n      reject\n    }}', False),
    "bind": ("ldap", True),
    "whole": (f'ldap\n    if (!(LDAP-Group == "{GROUP}")) {{\n      reject\n    }}', True),
}

# Connections are made before the first login and kept; nested groups are asked for by the rule that AD has for that.
CONFIGURATION: Final = """\
name = bench-ldap
libdir = {libraries}
logdir = {folder}
run_dir = {folder}
pidfile = {folder}/pid
max_request_time = 30
security {{
  allow_vulnerable_openssl = yes
}}
thread pool {{
  start_servers = 8
  max_servers = 32
  min_spare_servers = 8
  max_spare_servers = 32
}}
client bench {{
  ipaddr = 127.0.0.0/8
  secret = "{secret}"
}}
modules {{
  pap {{
  }}
  always reject {{
    rcode = reject
  }}
  ldap {{
{servers}
    port = 636
    identity = "{identity}"
    password = "{password}"
    base_dn = "{base}"
    user {{
      base_dn = "${{..base_dn}}"
      filter = "(sAMAccountName=%{{User-Name}})"
    }}
    group {{
      base_dn = "${{..base_dn}}"
      filter = "(objectClass=group)"
      name_attribute = cn
      membership_filter = "(member:1.2.840.113556.1.4.1941:=%{{control:Ldap-UserDn}})"
    }}
    options {{
      chase_referrals = no
      res_timeout = 3
      srv_timelimit = 3
      net_timeout = 1
    }}
    tls {{
      require_cert = never
    }}
    pool {{
      start = 8
      min = 8
      max = 32
      spare = 8
      uses = 0
      lifetime = 0
      idle_timeout = 0
    }}
  }}
}}
"""
VIRTUAL_SERVER: Final = """\
server {name} {{
  listen {{
    type = auth
    ipaddr = 127.0.0.1
    port = {port}
  }}
  authorize {{
    {ask}
    update control {{
      Auth-Type := {decide}
    }}
  }}
  authenticate {{
    Auth-Type LDAP {{
      ldap
    }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class LdapPeer:
    ports: dict[str, int]

    def log_in(self, step: str, user: Account, password: str | None = None) -> tuple[bool, float]:
        """Whether it was accepted, and the seconds until the answer; never answered is never accepted."""
        client = RadiusClient(("127.0.0.1", self.ports[step]), SECRET.encode())
        try:
            began = time.perf_counter()
            request = access_request(user.username, password or user.password, secret=client.secret)
            reply = client.ask(request, seconds=PATIENCE_SECONDS, message_authenticator=False)  # 3.2.1 sends none
            return reply is not None and reply.code == ACCEPT, time.perf_counter() - began
        finally:
            client.close()


def peer_is_missing() -> str | None:
    if SERVER is None or not (LIBRARIES / "rlm_ldap.so").exists():
        return "the peer is FreeRADIUS with rlm_ldap: apt-get install freeradius freeradius-ldap"
    return None


@contextmanager
def running_peer(folder: Path, controllers: Sequence[DomainController]) -> Iterator[LdapPeer]:
    """Asks the controllers in that order."""
    folder.mkdir()
    ports = {name: _free_port() for name in STEPS}
    (folder / "radiusd.conf").write_text(_configuration(folder, controllers, ports))
    command = [str(SERVER), "-f", "-l", str(folder / "radius.log"), "-d", str(folder), "-n", "radiusd"]
    with Child("freeradius", command, {}, folder / "stdout.log") as server:
        end = time.monotonic() + READY_SECONDS
        while not _is_ready(folder / "radius.log"):
            server.check()
            if time.monotonic() > end:
                raise RuntimeError((folder / "radius.log").read_text(errors="replace")[-2000:])
            time.sleep(0.05)
        yield LdapPeer(ports)


def _is_ready(log: Path) -> bool:
    return log.exists() and READY in log.read_text(errors="replace")


def _configuration(folder: Path, controllers: Sequence[DomainController], ports: dict[str, int]) -> str:
    whole = CONFIGURATION.format(
        libraries=LIBRARIES, folder=folder, secret=SECRET, identity=SERVICE_ACCOUNT.user_principal_name,
        password=SERVICE_ACCOUNT.password, base=BASE_DN,
        servers="\n".join(f"    server = 'ldaps://{controller.address}'" for controller in controllers),
    )  # fmt: skip
    servers = [
        VIRTUAL_SERVER.format(name=name, port=ports[name], ask=ask, decide="LDAP" if tried else "Accept")
        for name, (ask, tried) in STEPS.items()
    ]
    return "\n".join([whole, *servers])


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
