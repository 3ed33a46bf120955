"""FreeRADIUS' radclient: a RADIUS client that nobody here wrote. It verifies every reply and drops a bad one."""

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from local.demo_world import CLIENT
from local.edges import Edge

SECRET = CLIENT.edge.secrets[0].decode()
PATIENCE_SECONDS = 25  # one datagram and a long wait: a retransmission would hide a slow or a lost answer

_SENT = re.compile(r"^Sent Access-Request Id (\d+) .*\n((?:\t.*\n)*)", re.MULTILINE)
_RECEIVED = re.compile(r"^Received (\S+) Id (\d+) .* length (\d+)\n((?:\t.*\n)*)", re.MULTILINE)
_USER = re.compile(r'^\tUser-Name = "(.*)"$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Login:
    """What to type. ``source`` is the address that the RADIUS client sends from; ``state`` (as radclient prints it)
    answers a challenge; ``chap`` sends a response instead of the text, ``caller`` whom the client serves."""

    username: str
    code: str
    message_authenticator: bool = True
    source: str = "127.0.0.1"
    state: str | None = None
    chap: bool = False
    caller: str | None = None

    def attributes(self) -> str:
        name = self.username.replace("\\", "\\\\").replace('"', '\\"')
        lines = [
            f'User-Name = "{name}"',
            f'{"CHAP" if self.chap else "User"}-Password = "{self.code}"',
            f"Packet-Src-IP-Address = {self.source}",
        ]
        if self.caller is not None:
            lines.append(f'Calling-Station-Id = "{self.caller}"')
        if self.state is not None:
            lines.append(f"State = {self.state}")
        if self.message_authenticator:
            lines.append("Message-Authenticator = 0x00")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply that radclient found to be genuine. ``attributes`` is the text that it printed, ``octets`` the length."""

    code: str
    attributes: str
    octets: int = 0

    @property
    def accepted(self) -> bool:
        return self.code == "Access-Accept"

    @property
    def state(self) -> str | None:
        found = re.search(r"^\tState = (0x[0-9a-f]+)$", self.attributes, re.MULTILINE)
        return found[1] if found else None

    @property
    def without_signature(self) -> tuple[str, str, int]:
        """All that it says but for the authenticators, which differ with every request."""
        return self.code, re.sub(r"(Message-Authenticator = )0x[0-9a-f]{32}", r"\1", self.attributes), self.octets

    @property
    def has_message_authenticator(self) -> bool:
        return re.search(r"Message-Authenticator = 0x[0-9a-f]{32}", self.attributes) is not None


def log_in(edge: Edge, login: Login, secret: str = SECRET, seconds: float = PATIENCE_SECONDS) -> Reply | None:
    return log_in_all(edge, [login], secret, seconds)[0]


def log_in_all(
    edge: Edge, logins: Sequence[Login], secret: str = SECRET, seconds: float = PATIENCE_SECONDS
) -> list[Reply | None]:
    """All at once, each in a packet of its own; None where no genuine reply came."""
    assert len(logins) <= 200, "one socket has 256 Identifiers"
    command = ["radclient", "-x", "-t", str(seconds), "-r", "1", "-p", str(len(logins))]
    packets = "\n\n".join(login.attributes() for login in logins) + "\n"
    done = subprocess.run(
        [*command, f"{edge.host}:{edge.auth_port}", "auth", secret],
        input=packets, capture_output=True, text=True, check=False, timeout=seconds * 4 + 10,
    )  # fmt: skip
    sent = _SENT.findall(done.stdout)
    assert len(sent) == len(logins), done.stdout + done.stderr
    replies = {
        identifier: Reply(code, attributes, int(octets))
        for code, identifier, octets, attributes in _RECEIVED.findall(done.stdout)
    }
    assert [_USER.findall(attributes)[0] for _, attributes in sent] == [
        login.username.replace("\\", "\\\\") for login in logins
    ], "radclient sends in the order of its input"
    return [replies.get(identifier) for identifier, _ in sent]
