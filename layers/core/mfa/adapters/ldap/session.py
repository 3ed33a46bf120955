"""Binds and searches on one channel, through ldap3: the only module that knows it.

ldap3 is kept from everything that it would do by itself: open connections, follow referrals, read the schema, change
passwords by SASLprep (they come as bytes) or names.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

from ldap3 import BASE, DEREF_NEVER, NONE, SAFE_SYNC, SUBTREE, Connection, Server
from ldap3.core.exceptions import LDAPException

from mfa.adapters.ldap.channel import Channel
from mfa.adapters.ldap.faults import ControllerFaultError, class_and_place
from mfa.domain.bind_result import SUCCESS

SIZE_LIMIT_EXCEEDED: Final = 4
ANYTHING: Final = "(objectClass=*)"
PAGE: Final = 500
_PAGED_RESULTS: Final = "1.2.840.113556.1.4.319"
_NO_SUCH_OBJECT: Final = 32

type _Scope = Literal["BASE", "SUBTREE"]
type Attributes = Mapping[str, Sequence[bytes]]


@dataclass(frozen=True, slots=True)
class BindAnswer:
    """``text`` is the controller's: it is read for a code, and never passed on."""

    code: int
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """Attributes by their names in lower case."""

    dn: str
    attributes: Attributes


def bind(channel: Channel, name: str, password: bytes) -> BindAnswer:
    """One simple bind. Raises ControllerFaultError if there is no answer to it."""
    return _bind(_connection(channel, name, password))


def bound_session(channel: Channel, name: str, password: bytes) -> "tuple[BindAnswer, Session]":
    connection = _connection(channel, name, password)
    return _bind(connection), Session(connection)


class Session:
    """Searches on a channel after a bind."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read(self, dn: str, attributes: Sequence[str]) -> Entry | None:
        """The object of that name, or None if it is not there or not to be seen."""
        found = self._search(dn, ANYTHING, BASE, attributes, 1)
        return found[0] if found else None

    def find(self, base: str, search_filter: str, attributes: Sequence[str], *, most: int) -> list[Entry]:
        """Raises ControllerFaultError. ``most`` + 1 means: there are more than ``most``."""
        return self._search(base, search_filter, SUBTREE, attributes, most + 1)

    def find_all(self, base: str, search_filter: str, attributes: Sequence[str]) -> Iterator[Entry]:
        """In pages (RFC 2696): a controller refuses to send more than 1,000 objects at once."""
        cookie: bytes | None = None
        while cookie != b"":
            result, found = self._ask(base, search_filter, SUBTREE, attributes, paged_size=PAGE, paged_cookie=cookie)
            _expect(result, SUCCESS)
            yield from found
            cookie = result.get("controls", {}).get(_PAGED_RESULTS, {}).get("value", {}).get("cookie", b"")

    def _search(
        self, base: str, search_filter: str, scope: _Scope, attributes: Sequence[str], most: int
    ) -> list[Entry]:
        result, found = self._ask(base, search_filter, scope, attributes, size_limit=most)
        _expect(result, *((SUCCESS, _NO_SUCH_OBJECT) if scope == BASE else (SUCCESS, SIZE_LIMIT_EXCEEDED)))
        return found

    def _ask(
        self,
        base: str,
        search_filter: str,
        scope: _Scope,
        attributes: Sequence[str],
        **limits: Any,  # noqa: ANN401 -- ldap3's own
    ) -> tuple[Mapping[str, Any], list[Entry]]:
        try:
            _, result, response, _ = self._connection.search(
                base, search_filter, scope, dereference_aliases=DEREF_NEVER, attributes=list(attributes), **limits
            )
        except (LDAPException, OSError) as error:
            raise ControllerFaultError(f"no answer to a search: {class_and_place(error)}") from error
        return result, [_entry(item) for item in response or () if item["type"] == "searchResEntry"]


def _expect(result: Mapping[str, Any], *codes: int) -> None:
    if result["result"] not in codes:
        raise ControllerFaultError(f"a search was answered with result {result['result']}")


def _entry(item: Mapping[str, Any]) -> Entry:
    return Entry(item["dn"], {name.lower(): values for name, values in item["raw_attributes"].items()})


def _connection(channel: Channel, name: str, password: bytes) -> Connection:
    """ldap3's connection on a channel that is open already."""
    if not password or b"\0" in password:  # a server may take what stands before a NUL for all of it
        raise ValueError("an empty password is never sent: directories answer it with success")
    server = Server("controller", use_ssl=True, get_info=NONE)  # the name is never used: nothing is opened by it
    connection = Connection(
        server,
        user=name,
        password=cast("str", password),  # octets: as a text it would be changed by SASLprep
        client_strategy=SAFE_SYNC,
        auto_referrals=False,
        check_names=False,
        raise_exceptions=False,
        return_empty_attributes=False,
    )
    connection.socket = channel
    connection.closed = False
    connection.listening = True
    connection.strategy._outstanding = {}  # noqa: SLF001 -- there is no other way to hand over an open connection
    return connection


def _bind(connection: Connection) -> BindAnswer:
    try:
        _, result, _, _ = connection.bind(read_server_info=False)
    except (LDAPException, OSError) as error:
        raise ControllerFaultError(f"no answer to a bind: {class_and_place(error)}") from error
    return BindAnswer(result["result"], result["message"] or "")
