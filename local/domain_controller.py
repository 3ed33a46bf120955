"""A real Active Directory domain controller on loopback: Samba, with the accounts of ``local.directory_world``.

A domain is made once, in seconds; each controller of it is a copy with an address and a certificate of its own. Copies
do not replicate: what happens to an account at one is not known to the other.
"""

import dataclasses
import json
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from local import directory_world as world
from local import samba_server
from local.certificates import Authority
from local.child import Child
from local.errors import LocalError
from local.layout import ROOT
from local.samba_server import SambaFolder
from mfa.contract.directory import LDAPS_PORT, DirectoryAddress
from mfa.contract.directory import DomainController as ContractController

START_SECONDS: Final = 60.0
DATABASE_PROGRAM: Final = ROOT / "local/samba_database.py"


@dataclass(frozen=True, slots=True)
class Domain:
    """The seed that controllers are copied from, and the CA of their certificates."""

    folder: SambaFolder
    authority: Authority

    @classmethod
    def make(cls, path: Path) -> Self:
        if (reason := samba_server.missing()) is not None:
            raise LocalError(reason)
        folder = SambaFolder(path / "seed")
        folder.prepare("127.0.0.1")
        ask_database(_seed(folder))
        return cls(folder, Authority.new(f"Gatehouse demo CA of {world.DNS_DOMAIN}"))

    def controller(self, name: str = "dc1") -> "DomainController":
        """Not started yet. ``name`` becomes the first part of its host name."""
        return DomainController(self, name)

    def address_of(self, *controllers: "DomainController") -> DirectoryAddress:
        """As a realm's directory is configured: by host name for the certificate, by address to connect."""
        return DirectoryAddress(
            base_dn=world.BASE_DN,
            controllers=tuple(ContractController(host=one.host, address=one.address) for one in controllers),
            ca_certificates=self.authority.pem,
        )


class DomainController:
    """One controller; as a context it runs until the end of the block."""

    def __init__(self, domain: Domain, name: str) -> None:
        self.domain = domain
        self._ending = ExitStack()
        self.host = f"{name}.{world.DNS_DOMAIN}"
        self.folder = SambaFolder(domain.folder.path.parent / name)
        self.address: str
        self.process: Child

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """With the accounts as they were seeded; returns when LDAPS answers."""
        self.address = self._ending.enter_context(samba_server.free_address())
        self.folder.prepare(self.address)
        self.folder.copy_database_from(self.domain.folder)
        self.folder.authority.write_text(self.domain.authority.pem)
        self.domain.authority.issue(self.host, self.folder.certificate, self.folder.key)
        self.process = Child("Samba", _command(self.folder), {}, self.folder.path / "log/stdout.log")
        self._ending.callback(self._end)
        self._wait_until_ready()

    def stop(self) -> None:
        self._ending.close()

    def _end(self) -> None:
        self.resume()  # a stopped process would not hear that it shall end
        self.process.stop()

    def pause(self) -> None:
        """Hang: the kernel still takes connections, and nobody answers."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def accounts(self, usernames: Sequence[str]) -> dict[str, dict[str, str]]:
        """``badPwdCount`` and the like, ``objectGUID`` and ``objectSid`` by name, of accounts and groups."""
        found: dict[str, dict[str, str]] = ask_database(self._question("read", usernames))
        return found

    def group_sids(self) -> dict[str, str]:
        """By name: a policy knows a group by nothing else."""
        return {name: found["objectSid"] for name, found in self.accounts(tuple(world.GROUPS)).items()}

    def forgive(self, usernames: Sequence[str]) -> None:
        """Unlock accounts, and forget their wrong passwords."""
        ask_database(self._question("forgive", usernames))

    def _question(self, action: str, usernames: Sequence[str]) -> dict[str, Any]:
        return {
            "action": action,
            "configuration": str(self.folder.configuration),
            "private": str(self.folder.private),
            "usernames": list(usernames),
        }

    def authentications(self) -> list[dict[str, Any]]:
        """What the controller says about every bind that reached it, the service account's included."""
        lines = self.folder.log.read_text(errors="replace").splitlines() if self.folder.log.exists() else []
        records = [json.loads(line) for line in lines if line.lstrip().startswith('{"')]
        return [record["Authentication"] for record in records if record.get("type") == "Authentication"]

    def _wait_until_ready(self) -> None:
        until = time.monotonic() + START_SECONDS
        while not self._answers():
            self.process.check()
            if time.monotonic() > until:
                raise LocalError(f"Samba did not answer within {START_SECONDS:.0f} s; see {self.process.log}")
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            socket.create_connection((self.address, LDAPS_PORT), timeout=1).close()
        except OSError:
            return False
        return True


def ask_database(question: dict[str, Any]) -> Any:  # noqa: ANN401 as JSON comes
    """By the Python that python3-samba belongs to, and without this one's environment."""
    command: list[str | Path] = [samba_server.PYTHON, "-I", DATABASE_PROGRAM]
    done = subprocess.run(command, input=json.dumps(question), capture_output=True, text=True, check=False, env={})
    if done.returncode != 0:
        last_lines = "\n".join(done.stderr.splitlines()[-5:])
        raise LocalError(f"the domain's database could not be written or read:\n{last_lines}")
    return json.loads(done.stdout)


def _seed(folder: SambaFolder) -> dict[str, Any]:
    return {
        "action": "make",
        "configuration": str(folder.configuration),
        "dns_domain": world.DNS_DOMAIN,
        "netbios_domain": world.NETBIOS_DOMAIN,
        "host": samba_server.NETBIOS_NAME.lower(),
        "address": "127.0.0.1",
        "administrator_password": world.ADMINISTRATOR_PASSWORD,
        "lockout_threshold": world.LOCKOUT_THRESHOLD,
        "lockout_minutes": world.LOCKOUT_MINUTES,
        "strict_lockout_threshold": world.STRICT_LOCKOUT_THRESHOLD,
        "upn_suffixes": [world.OTHER_UPN_SUFFIX],
        "service_account": world.SERVICE_ACCOUNT.username,
        "groups": world.GROUPS,
        "accounts": [dataclasses.asdict(one) for one in (*world.ACCOUNTS, world.SERVICE_ACCOUNT)],
    }


def _command(folder: SambaFolder) -> list[str | Path]:
    """One process, so that pausing it pauses all of it."""
    program = samba_server.program() or "samba"
    return [program, "--foreground", "--model=single", "--no-process-group", f"--configfile={folder.configuration}"]
