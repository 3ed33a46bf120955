"""A FreeRADIUS that plays the old server: a program that nobody here wrote, with users of its own.

It speaks PAP, CHAP, MS-CHAP and MS-CHAPv2 and gets a folder and a port of its own.
"""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SERVER = shutil.which("freeradius", path="/usr/sbin:/sbin:/usr/bin") or shutil.which("radiusd")
READY_SECONDS = 10
_READY = "Ready to process requests"

_CONFIGURATION = """
name = old-server
libdir = /usr/lib/freeradius
logdir = {folder}
run_dir = {folder}
pidfile = {folder}/pid
max_requests = 16384
security {{
  allow_vulnerable_openssl = yes
  reject_delay = 0
}}
client edges {{
  ipaddr = 127.0.0.0/8
  secret = {secret}
  require_message_authenticator = yes
}}
modules {{
  files {{
    usersfile = {folder}/users
  }}
  pap {{
  }}
  chap {{
  }}
  mschap {{
    use_mppe = yes
  }}
  linelog {{
    filename = {folder}/asked
    format = "%{{User-Name}} %{{NAS-Identifier}} %{{NAS-IP-Address}}"
  }}
}}
server default {{
  listen {{
    type = auth
    ipaddr = 127.0.0.1
    port = {port}
  }}
  authorize {{
    linelog
    files
    chap
    mschap
    pap
  }}
  authenticate {{
    Auth-Type PAP {{
      pap
    }}
    Auth-Type CHAP {{
      chap
    }}
    Auth-Type MS-CHAP {{
      mschap
    }}
  }}
  post-auth {{
    {sign}
    Post-Auth-Type REJECT {{
      {sign}
    }}
  }}
}}
"""
_SIGN = """update reply {
      Message-Authenticator := 0x00
    }"""


@dataclass(frozen=True)
class OldFreeRadius:
    folder: Path
    port: int

    def asked(self) -> list[str]:
        """User names, in the order in which the edge asked about them."""
        log = self.folder / "asked"
        return [line.split(" ")[0] for line in log.read_text().splitlines()] if log.exists() else []


@contextmanager
def old_freeradius(
    folder: Path, secret: bytes, users: Mapping[str, str], *, signs: bool = True
) -> Iterator[OldFreeRadius]:
    """``users``: name → password. ``signs``: its replies carry a Message-Authenticator."""
    port = _free_port()
    (folder / "users").write_text("".join(_entry(name, password) for name, password in users.items()))
    (folder / "radiusd.conf").write_text(
        _CONFIGURATION.format(folder=folder, secret=secret.decode(), port=port, sign=_SIGN if signs else "")
    )
    (folder / "users").chmod(0o600)
    log = folder / "log"
    with log.open("wb") as output:
        command = [str(SERVER), "-f", "-l", "stdout", "-d", str(folder), "-n", "radiusd"]
        server = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
    try:
        end = time.monotonic() + READY_SECONDS
        while _READY not in log.read_text(errors="replace"):
            assert server.poll() is None, log.read_text(errors="replace")
            assert time.monotonic() < end
            time.sleep(0.05)
        yield OldFreeRadius(folder, port)
    finally:
        server.terminate()
        server.wait(10)


def _entry(name: str, password: str) -> str:
    return (
        f'{name} Cleartext-Password := "{password}"\n\tClass := "old", Filter-Id := "vpn", Reply-Message := "welcome"\n'
    )


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
