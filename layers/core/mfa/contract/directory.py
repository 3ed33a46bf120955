"""What the function ``verify_password`` is asked, and what it answers: one account of one directory.

The function calls no AWS service, so everything that it needs comes with the question: where the domain controllers
are, which certificates to trust, and the service account. It answers in words of ``DirectoryResult`` and never raises.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Self

from mfa.contract import fields
from mfa.contract.errors import ContractError

MAX_CONTROLLERS: Final = 8
MAX_CERTIFICATES_OCTETS: Final = 64 * 1024
MAX_DN_OCTETS: Final = 1024
MAX_MEMBERS: Final = 20_000  # what fits into the answer of a function (6 MB)
MAX_GROUPS: Final = 4096  # a Windows access token holds about 1,000
MAX_NAME_OCTETS: Final = 1024
MAX_PASSWORD_OCTETS: Final = (
    256  # the longest that Active Directory takes has 256 characters; RADIUS carries 128 octets
)
MAX_KNOWN_WRONG: Final = 8
MAX_DEADLINE_MS: Final = 60_000
LDAPS_PORT: Final = 636


class DirectoryOperation(StrEnum):
    LOOK_UP = "look_up"  # find the account and its groups; no password is involved
    VERIFY_PASSWORD = "verify_password"  # noqa: S105 -- the name of an operation
    LIST_MEMBERS = "list_members"  # of a group, nested ones and those by primary group included


class NameKind(StrEnum):
    """Which attribute a name is compared with."""

    SAM = "sam"  # sAMAccountName
    UPN = "upn"  # userPrincipalName
    SID = "sid"  # objectSid, of a group whose members are asked for


class DirectoryResult(StrEnum):
    """What came out. ``FOUND`` answers a look-up, ``PASSWORD_RIGHT`` is the only success of a password."""

    FOUND = "found"
    PASSWORD_RIGHT = "password_right"  # noqa: S105 -- no password
    PASSWORD_WRONG = "password_wrong"  # noqa: S105 -- no password
    PASSWORD_KNOWN_WRONG = "password_known_wrong"  # noqa: S105 -- no password. It was wrong before: not sent again
    WITHHELD = "withheld"  # so many wrong passwords already that one more could lock the account: not sent
    UNKNOWN_USER = "unknown_user"
    AMBIGUOUS_USER = "ambiguous_user"
    IDENTITY_CHANGED = "identity_changed"  # the name belongs to another object than the one expected: not sent
    MUST_CHANGE_PASSWORD = "must_change_password"  # noqa: S105 -- no password
    PASSWORD_EXPIRED = "password_expired"  # noqa: S105 -- no password
    DISABLED = "disabled"
    ACCOUNT_EXPIRED = "account_expired"
    LOCKED = "locked"
    LOGON_HOURS = "logon_hours"
    WORKSTATION = "workstation"
    RESTRICTED = "restricted"  # Protected Users, an authentication policy
    SERVICE_ACCOUNT_REFUSED = "service_account_refused"
    UNAVAILABLE = "unavailable"  # no controller answered rightly in time; never a word about the password


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainController:
    """``host`` is the name that its certificate must carry; ``address`` is where to connect if the name does not
    resolve there (an IP address or another name)."""

    host: str
    address: str | None = None
    port: int = LDAPS_PORT

    def to_message(self) -> dict[str, object]:
        return {"host": self.host, "address": self.address, "port": self.port}

    @classmethod
    def from_message(cls, message: fields.JsonObject) -> Self:
        return cls(
            host=fields.text(message, "host", max_octets=253),
            address=None if message.get("address") is None else fields.text(message, "address", max_octets=253),
            port=fields.integer({"port": LDAPS_PORT, **message}, "port", lowest=1, highest=65_535),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryAddress:
    """Where a directory is. ``ca_certificates`` is PEM: nothing else is trusted. ``controllers`` are tried in order."""

    base_dn: str
    controllers: tuple[DomainController, ...]
    ca_certificates: str = field(repr=False)

    def to_message(self) -> dict[str, object]:
        return {
            "base_dn": self.base_dn,
            "controllers": [controller.to_message() for controller in self.controllers],
            "ca_certificates": self.ca_certificates,
        }

    @classmethod
    def from_message(cls, message: fields.JsonObject) -> Self:
        controllers = fields.items(message, "controllers", most=MAX_CONTROLLERS)
        if not controllers:
            raise ContractError("controllers must not be empty")
        return cls(
            base_dn=fields.text(message, "base_dn", max_octets=MAX_DN_OCTETS),
            controllers=tuple(
                DomainController.from_message(fields.object_of(value, "controllers")) for value in controllers
            ),
            ca_certificates=fields.text(message, "ca_certificates", max_octets=MAX_CERTIFICATES_OCTETS),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccount:
    """Who searches the directory. ``username`` is a userPrincipalName or a distinguished name."""

    username: str
    password: bytes = field(repr=False)

    def to_message(self) -> dict[str, object]:
        return {"username": self.username, "password": fields.base64url(self.password)}

    @classmethod
    def from_message(cls, message: fields.JsonObject) -> Self:
        return cls(
            username=fields.text(message, "username", max_octets=MAX_NAME_OCTETS),
            password=fields.octets(message, "password", lowest=1, highest=MAX_PASSWORD_OCTETS * 4),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryQuestion:
    """``deadline_ms`` counts from the moment of asking. The rest is for a password: ``object_guid`` is who the account
    must be (None: not known yet), ``known_wrong`` are the values of pwdLastSet under which this very password was
    found wrong a short time ago, ``others_asking`` is how many other passwords of the account are being asked about at
    this moment: any of them may be wrong, and badPwdCount does not know of it yet."""

    operation: DirectoryOperation
    directory: DirectoryAddress
    service_account: ServiceAccount
    name_kind: NameKind
    name: str
    deadline_ms: int
    password: bytes | None = field(default=None, repr=False)
    object_guid: str | None = None
    known_wrong: tuple[int, ...] = ()
    others_asking: int = 0

    def __post_init__(self) -> None:
        if (self.operation is DirectoryOperation.VERIFY_PASSWORD) != (self.password is not None):
            raise ContractError("verify_password has a password, the other operations have none")
        if (self.operation is DirectoryOperation.LIST_MEMBERS) != (self.name_kind is NameKind.SID):
            raise ContractError("list_members names a group by its SID, the other operations name a user")
        if self.password is not None and not self.password:
            raise ContractError("an empty password is never asked about: directories answer it with success")

    def to_message(self) -> dict[str, object]:
        return {
            "version": fields.VERSION,
            "operation": self.operation.value,
            "directory": self.directory.to_message(),
            "service_account": self.service_account.to_message(),
            "name_kind": self.name_kind.value,
            "name": self.name,
            "deadline_ms": self.deadline_ms,
            "password": None if self.password is None else fields.base64url(self.password),
            "object_guid": self.object_guid,
            "known_wrong": list(self.known_wrong),
            "others_asking": self.others_asking,
        }

    def to_json(self) -> bytes:
        return fields.encode_object(self.to_message())

    @classmethod
    def from_message(cls, message: fields.JsonObject) -> Self:
        """Raises ContractError."""
        fields.refuse_unknown(message, _QUESTION_FIELDS)
        fields.check_version(message)
        return cls(
            operation=_one_of(DirectoryOperation, message, "operation"),
            directory=DirectoryAddress.from_message(fields.object_of(message.get("directory"), "directory")),
            service_account=ServiceAccount.from_message(
                fields.object_of(message.get("service_account"), "service_account")
            ),
            name_kind=_one_of(NameKind, message, "name_kind"),
            name=fields.text(message, "name", max_octets=MAX_NAME_OCTETS),
            deadline_ms=fields.integer(message, "deadline_ms", lowest=1, highest=MAX_DEADLINE_MS),
            password=fields.optional_octets(message, "password", lowest=1, highest=MAX_PASSWORD_OCTETS),
            object_guid=fields.optional_text(message, "object_guid", max_octets=36),
            known_wrong=_known_wrong(message),
            others_asking=fields.integer({"others_asking": 0, **message}, "others_asking", lowest=0, highest=2**31),
        )


_QUESTION_FIELDS: Final = frozenset(
    (
        "version", "operation", "directory", "service_account", "name_kind", "name", "deadline_ms", "password",
        "object_guid", "known_wrong", "others_asking",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryAccount:
    """``object_guid`` in the usual form, lower case. ``groups`` are SIDs from tokenGroups: nested groups and the
    primary one included. ``password_last_set`` is pwdLastSet (100 ns since 1601), 0 if the password must be changed.
    ``refusal`` is why even the right password would be refused now, as far as that shows without one."""

    object_guid: str
    sam_account_name: str
    user_principal_name: str | None = None
    display_name: str | None = None
    groups: frozenset[str] = frozenset()
    password_last_set: int = 0
    refusal: DirectoryResult | None = None

    def to_message(self) -> dict[str, object]:
        return {
            "object_guid": self.object_guid,
            "sam_account_name": self.sam_account_name,
            "user_principal_name": self.user_principal_name,
            "display_name": self.display_name,
            "groups": sorted(self.groups),
            "password_last_set": self.password_last_set,
            "refusal": None if self.refusal is None else self.refusal.value,
        }

    @classmethod
    def from_message(cls, message: fields.JsonObject) -> Self:
        return cls(
            object_guid=fields.text(message, "object_guid", max_octets=36),
            sam_account_name=fields.text(message, "sam_account_name", max_octets=MAX_NAME_OCTETS),
            user_principal_name=fields.optional_text(message, "user_principal_name", max_octets=MAX_NAME_OCTETS),
            display_name=fields.optional_text(message, "display_name", max_octets=MAX_NAME_OCTETS),
            groups=frozenset(
                fields.text({"groups": sid}, "groups", max_octets=184)
                for sid in fields.items(message, "groups", most=MAX_GROUPS)
            ),
            password_last_set=fields.integer(message, "password_last_set", lowest=0, highest=2**63 - 1),
            refusal=None if message.get("refusal") is None else _one_of(DirectoryResult, message, "refusal"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryAnswer:
    """``account`` is there when one was found, whatever became of the password; ``members`` (without their groups)
    answer list_members, where UNKNOWN_USER says that there is no such group. ``was_sent`` tells whether a bind with
    the user's password left: only then can it have cost one of the account's tries. ``detail`` says more about a fault,
    in words that hold no secret; ``controller`` is who answered. Times in milliseconds, by step."""

    result: DirectoryResult
    account: DirectoryAccount | None = None
    was_sent: bool = False
    controller: str | None = None
    detail: str | None = None
    milliseconds: dict[str, int] = field(default_factory=dict)
    members: tuple[DirectoryAccount, ...] = ()

    def to_message(self) -> dict[str, object]:
        return {
            "version": fields.VERSION,
            "result": self.result.value,
            "account": None if self.account is None else self.account.to_message(),
            "was_sent": self.was_sent,
            "controller": self.controller,
            "detail": self.detail,
            "milliseconds": self.milliseconds,
            "members": [member.to_message() for member in self.members],
        }

    @classmethod
    def from_message(cls, message: fields.JsonObject) -> Self:
        """Raises ContractError."""
        fields.check_version(message)
        account = message.get("account")
        times = fields.object_of(message.get("milliseconds", {}), "milliseconds")
        return cls(
            result=_one_of(DirectoryResult, message, "result"),
            account=None if account is None else DirectoryAccount.from_message(fields.object_of(account, "account")),
            was_sent=fields.truth(message, "was_sent"),
            controller=fields.optional_text(message, "controller", max_octets=300),
            detail=fields.optional_text(message, "detail", max_octets=1024),
            milliseconds={name: fields.integer(times, name, lowest=0, highest=2**31) for name in times},
            members=tuple(
                DirectoryAccount.from_message(fields.object_of(member, "members"))
                for member in fields.items({"members": [], **message}, "members", most=MAX_MEMBERS)
            ),
        )

    @classmethod
    def from_json(cls, body: bytes | str) -> Self:
        return cls.from_message(fields.decode_object(body))


def _known_wrong(message: fields.JsonObject) -> tuple[int, ...]:
    values: Sequence[object] = fields.items({"known_wrong": [], **message}, "known_wrong", most=MAX_KNOWN_WRONG)
    return tuple(fields.integer({"known_wrong": value}, "known_wrong", lowest=0, highest=2**63 - 1) for value in values)


def _one_of[Choice: StrEnum](choices: type[Choice], message: fields.JsonObject, name: str) -> Choice:
    try:
        return choices(fields.text(message, name, max_octets=64))
    except ValueError as error:
        if isinstance(error, ContractError):
            raise
        raise ContractError(f"{name} must be one of {', '.join(choices)}") from None
