"""The demonstration: a realm, a RADIUS client, users. All of it is published, none of it secret."""

from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from typing import Final

from mfa.contract import EdgeClient, MessageAuthenticatorPolicy
from mfa.domain.configuration import ClientPolicy
from mfa.domain.policy import DEFAULT_FACTORS, FactorKind
from mfa.domain.push import PushWait
from mfa.domain.user_names import Realm

REALM: Final = Realm("corp", netbios_domains=frozenset({"CORP"}), upn_suffixes=frozenset({"corp.example.test"}))

CLIENT: Final = ClientPolicy(
    edge=EdgeClient(
        name="demo",
        networks=(ip_network("127.0.0.0/8"),),
        secrets=(b"gatehouse-demo-shared-secret",),
        require_message_authenticator=MessageAuthenticatorPolicy.AUTO,
        timeout_seconds=10,
        retries=2,
    ),
    realm=REALM.name,
    factors=(*DEFAULT_FACTORS, FactorKind.PHONE),
)

# The same, for a person who has to find a window first: a prompt waits as long as the client goes on sending.
PATIENT_CLIENT: Final = replace(
    CLIENT,
    edge=replace(CLIENT.edge, name="demo-patient", networks=(ip_network("127.0.8.0/24"),), retries=5),
    push_wait=PushWait.ALL_RETRIES,
)


@dataclass(frozen=True, slots=True)
class DemoUser:
    """A user with one active TOTP factor (SHA-1, 6 digits, 30 s). ``totp_secret`` is base32. ``password`` is the
    directory's, None where there is no directory."""

    username: str
    totp_secret: str = field(repr=False)
    user_principal_name: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def upn(self) -> str:
        return self.user_principal_name or f"{self.username}@corp.example.test"


USERS: Final = (
    DemoUser("alice", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"),
    DemoUser("bob", "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU"),
    DemoUser("carol", "MFRGGZDFMZTWQ2LKMFRGGZDFMZTWQ2LK"),
)
# Who logs in when `make run` tries itself out: the codes of the others stay unused for whoever comes.
TRIAL_USER: Final = DemoUser("trial", "ONSWG4TFORZWKZLEONSWG4TFORZWKZLE")
