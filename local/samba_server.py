"""What a Samba domain controller needs of this machine, and its configuration file."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from local.directory_world import DNS_DOMAIN, NETBIOS_DOMAIN
from local.errors import LocalError

PYTHON: Final = "/usr/bin/python3"  # the one that Debian's python3-samba belongs to
PACKAGES: Final = ("samba", "samba-dsdb-modules", "samba-ad-provision", "python3-samba")
LDAP_PORTS: Final = (389, 636, 3268, 3269)  # Samba's are fixed, so controllers differ by address
FIRST_HOST, LAST_HOST = 10, 250  # of 127.0.0.0/24; the edges have the first ones
NETBIOS_NAME: Final = "DC1"  # of every copy: the database knows it by no other
DATABASE_PARTS: Final = ("private", "state")
_SCRIPTS: Final = f"state/sysvol/{DNS_DOMAIN}/scripts"
_OTHER_PARTS: Final = ("tls", "log", "lock", "cache", "run", "ncalrpc", "winbindd", _SCRIPTS)


def program() -> str | None:
    return shutil.which("samba", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def missing() -> str | None:
    """Why no domain controller can run here, with what to do; None if one can."""
    absent = _absent_packages()
    if absent:
        return f"a domain controller needs Samba: apt-get install --no-install-recommends {' '.join(absent)}"
    if not _may_bind_low_ports():
        return (
            "a domain controller listens on ports 389 and 636, which needs root or CAP_NET_BIND_SERVICE: run as root, "
            "or in a container, or allow it with `sysctl net.ipv4.ip_unprivileged_port_start=389`"
        )
    return None


def _absent_packages() -> list[str]:
    """By what they bring, so that a Samba that came by another way counts, too."""
    present = {
        "samba": program() is not None,
        "samba-dsdb-modules": any(Path("/usr/lib").glob("*/samba/ldb/samba_dsdb.so")),
        "samba-ad-provision": Path("/usr/share/samba/setup").is_dir(),
        "python3-samba": _python_has_samba(),
    }
    return [package for package in PACKAGES if not present[package]]


def _python_has_samba() -> bool:
    command = [PYTHON, "-c", "import samba.provision"]
    try:
        return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0
    except OSError:
        return False


def _may_bind_low_ports() -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((f"127.0.0.{LAST_HOST}", LDAP_PORTS[0]))
        except PermissionError:
            return False
        except OSError:
            return True  # somebody listens there: that is no question of rights
    return True


@contextmanager
def free_address() -> Iterator[str]:
    """A loopback address whose LDAP ports are free, kept from other runs on this machine until the end of the block.

    A name in the abstract socket namespace is taken at once or not at all, and is free again when its owner ends."""
    for number in range(FIRST_HOST, LAST_HOST):
        address = f"127.0.0.{number}"
        with socket.socket(socket.AF_UNIX) as claim:
            try:
                claim.bind(f"\0gatehouse-domain-controller-{address}")
            except OSError:
                continue
            if all(_is_free(address, port) for port in LDAP_PORTS):
                yield address
                return
    raise LocalError(f"the LDAP ports are taken at all of 127.0.0.{FIRST_HOST} to {LAST_HOST}: end what listens there")


def _is_free(address: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # or the last run's connections would count
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


@dataclass(frozen=True, slots=True)
class SambaFolder:
    """All files of one controller, or of the seed that controllers are copied from."""

    path: Path

    @property
    def configuration(self) -> Path:
        return self.path / "smb.conf"

    @property
    def private(self) -> Path:
        return self.path / "private"

    @property
    def certificate(self) -> Path:
        return self.path / "tls/certificate.pem"

    @property
    def key(self) -> Path:
        return self.path / "tls/key.pem"

    @property
    def authority(self) -> Path:
        return self.path / "tls/ca.pem"

    @property
    def log(self) -> Path:
        return self.path / "log/samba.log"

    def prepare(self, address: str) -> None:
        for name in (*DATABASE_PARTS, *_OTHER_PARTS):
            (self.path / name).mkdir(parents=True, exist_ok=True)
        self.configuration.write_text(_configuration(self, address))

    def copy_database_from(self, seed: "SambaFolder") -> None:
        for part in DATABASE_PARTS:
            shutil.rmtree(self.path / part, ignore_errors=True)
            subprocess.run(["cp", "-a", "--sparse=always", seed.path / part, self.path / part], check=True)  # noqa: S607 cp is where the system has it


def _configuration(folder: SambaFolder, address: str) -> str:
    """Loopback only, every file in the folder, and simple binds under TLS only, as a hardened Windows controller has
    it. Each authentication leaves one line of JSON in the log."""
    path = folder.path
    return f"""\
[global]
  server role = active directory domain controller
  realm = {DNS_DOMAIN.upper()}
  workgroup = {NETBIOS_DOMAIN}
  netbios name = {NETBIOS_NAME}
  interfaces = {address}/8
  bind interfaces only = yes
  disable netbios = yes
  server services = ldap
  dns forwarder =
  load printers = no
  private dir = {folder.private}
  state directory = {path / "state"}
  lock directory = {path / "lock"}
  cache directory = {path / "cache"}
  pid directory = {path / "run"}
  binddns dir = {path / "run"}
  ncalrpc dir = {path / "ncalrpc"}
  winbindd socket directory = {path / "winbindd"}
  ntp signd socket directory = {path / "run"}
  usershare path =
  log file = {folder.log}
  log level = 0 auth_json_audit:3
  max log size = 0
  ldap server require strong auth = yes
  tls enabled = yes
  tls keyfile = {folder.key}
  tls certfile = {folder.certificate}
  tls cafile = {folder.authority}
  tls priority = NORMAL:-VERS-ALL:+VERS-TLS1.2:+VERS-TLS1.3
[sysvol]
  path = {path / "state/sysvol"}
[netlogon]
  path = {path / _SCRIPTS}
"""
