"""Realms in a configuration document, each perhaps with its directory, and back."""

import base64
import binascii
import re
from collections.abc import Sequence
from typing import Final

from mfa.contract.directory import (
    LDAPS_PORT,
    MAX_CERTIFICATES_OCTETS,
    MAX_CONTROLLERS,
    DirectoryAddress,
    DomainController,
)
from mfa.domain.directory import DEFAULT_PASSWORD_TRIES, DirectorySettings
from mfa.domain.document_names import NAME, NAME_RULE, read_name
from mfa.domain.document_reading import Path, Section
from mfa.domain.user_names import Realm

REALM_FIELDS: Final = ("name", "netbios_domains", "upn_suffixes", "directory")
DIRECTORY_FIELDS: Final = ("base_dn", "domain_controllers", "ca_certificates", "service_account", "password_tries")
CONTROLLER_FIELDS: Final = ("host", "address", "port")
MAX_REALMS: Final = 64
MAX_PASSWORD_TRIES: Final = 10
MAX_ALL_CERTIFICATES_OCTETS: Final = 256 * 1024  # all realms are one item of the table, which holds 400 KB
HOST: Final = re.compile(r"(?=.{1,253}$)[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*\.?")
ADDRESS: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.:_-]{0,252}|::[0-9A-Fa-f:.]{0,250}")
BASE_DN: Final = re.compile(r'[A-Za-z]+=[^,="<>;+\\#]+(,[A-Za-z]+=[^,="<>;+\\#]+)*')

_DOMAIN: Final = re.compile(r"[^\s\\/@\"]{1,253}")
_CERTIFICATE: Final = re.compile(r"-----BEGIN CERTIFICATE-----\s([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")
_CERTIFICATES_RULE: Final = "certificates of the authority that signed the domain controllers' certificates, in PEM"

_STAND_IN: Final = DirectorySettings(  # for one with mistakes: that there is one is no further mistake
    address=DirectoryAddress(base_dn="", controllers=(), ca_certificates=""), service_account=""
)


def read_realms(top: Section) -> list[Realm]:
    realms: list[Realm] = []
    members = top.items("realms", rule="a list of realms, each with a name")
    if top.raw("realms") == [] or len(members) > MAX_REALMS:
        top.note("realms", f"there must be 1 to {MAX_REALMS} realms: a realm is the directory that names belong to")
    for path, member in members[:MAX_REALMS]:
        realm = _realm(Section(member, path, top.mistakes, REALM_FIELDS), [realm.name for realm in realms])
        realms += [realm] if realm is not None else []
    if sum(len(one.directory.address.ca_certificates) for one in realms if one.directory) > MAX_ALL_CERTIFICATES_OCTETS:
        top.note("realms", f"the ca_certificates of all realms may have {MAX_ALL_CERTIFICATES_OCTETS} octets together")
    return realms


def _realm(section: Section, taken: Sequence[str]) -> Realm | None:
    name = read_name(section, taken, "realms")
    netbios = section.each("netbios_domains", _domain, rule="a list of names such as CORP", default=())
    suffixes = section.each("upn_suffixes", _domain, rule="a list of names such as corp.example.com", default=())
    inner = section.inner("directory", DIRECTORY_FIELDS)
    directory = None if inner is None else _directory(inner) or _STAND_IN
    if name is None or name in taken:
        return None
    return Realm(name, frozenset(netbios), frozenset(suffixes), directory)


def _domain(text: str) -> str:
    if not _DOMAIN.fullmatch(text):
        raise ValueError(f"{text!r} is no name of a domain, such as CORP or corp.example.com")
    return text


def _directory(section: Section) -> DirectorySettings | None:
    base_dn = section.text("base_dn", pattern=BASE_DN, rule="a distinguished name such as DC=corp,DC=example,DC=com")
    controllers = _controllers(section)
    certificates = _certificates(section)
    account = section.text("service_account", pattern=NAME, rule=NAME_RULE + ", the last part of the secret's name")
    tries = section.integer("password_tries", lowest=1, highest=MAX_PASSWORD_TRIES, default=DEFAULT_PASSWORD_TRIES)
    if base_dn is None or not controllers or certificates is None or account is None or tries is None:
        return None
    address = DirectoryAddress(base_dn=base_dn, controllers=controllers, ca_certificates=certificates)
    return DirectorySettings(address=address, service_account=account, password_tries=tries)


def _controllers(section: Section) -> tuple[DomainController, ...]:
    members = section.items("domain_controllers", rule="a list of domain controllers, each with its host name")
    if section.raw("domain_controllers") == [] or len(members) > MAX_CONTROLLERS:
        section.note("domain_controllers", f"there must be 1 to {MAX_CONTROLLERS} domain controllers")
    read = [_controller(section, member, path) for path, member in members[:MAX_CONTROLLERS]]
    return tuple(controller for controller in read if controller is not None)


def _controller(directory: Section, member: object, path: Path) -> DomainController | None:
    section = Section(member, path, directory.mistakes, CONTROLLER_FIELDS)
    host = section.text("host", pattern=HOST, rule="the name in the controller's certificate, such as dc1.example.com")
    address = section.text("address", default=None, pattern=ADDRESS, rule="an IP address or a host name")
    port = section.integer("port", lowest=1, highest=65_535, default=LDAPS_PORT)
    if host is None or port is None:
        return None
    return DomainController(host=host, address=address, port=port)


def _certificates(section: Section) -> str | None:
    value = section.raw("ca_certificates")
    if "ca_certificates" not in section:
        section.note("ca_certificates", f"ca_certificates is missing: give the {_CERTIFICATES_RULE}")
        return None
    mistake = _mistake_in(value)
    if mistake is not None:
        section.note("ca_certificates", mistake)
        return None
    return _normal(str(value))


def _mistake_in(value: object) -> str | None:
    if not isinstance(value, str):
        return f"ca_certificates must be the {_CERTIFICATES_RULE}"
    if "PRIVATE KEY" in value:
        return "there is a private key here: it belongs nowhere but on its server. Give certificates only"
    if len(value) > MAX_CERTIFICATES_OCTETS:
        return f"ca_certificates may have {MAX_CERTIFICATES_OCTETS} octets at most"
    if not _CERTIFICATE.search(value) or not all(map(_is_der, _CERTIFICATE.findall(value))):
        return f"ca_certificates must be the {_CERTIFICATES_RULE} (-----BEGIN CERTIFICATE-----)"
    return None


def _is_der(content: str) -> bool:
    try:
        octets = base64.b64decode("".join(content.split()), validate=True)
    except binascii.Error:
        return False
    return octets[:1] == b"\x30"  # a SEQUENCE (RFC 5280 section 4.1)


def _normal(text: str) -> str:
    """The certificates alone: what stands around them is for people, and does not survive being shown."""
    blocks = (f"-----BEGIN CERTIFICATE-----\n{_folded(one)}-----END CERTIFICATE-----\n" for one in _found(text))
    return "".join(blocks)


def _found(text: str) -> list[str]:
    return ["".join(content.split()) for content in _CERTIFICATE.findall(text)]


def _folded(content: str) -> str:
    return "".join(f"{content[start : start + 64]}\n" for start in range(0, len(content), 64))


def shown_realm(realm: Realm) -> dict[str, object]:
    shown: dict[str, object] = {
        "name": realm.name,
        "netbios_domains": sorted(realm.netbios_domains),
        "upn_suffixes": sorted(realm.upn_suffixes),
    }
    return shown if realm.directory is None else {**shown, "directory": _shown_directory(realm.directory)}


def _shown_directory(directory: DirectorySettings) -> dict[str, object]:
    return {
        "base_dn": directory.address.base_dn,
        "domain_controllers": [_shown_controller(one) for one in directory.address.controllers],
        "ca_certificates": directory.address.ca_certificates,
        "service_account": directory.service_account,
        "password_tries": directory.password_tries,
    }


def _shown_controller(controller: DomainController) -> dict[str, object]:
    address = {} if controller.address is None else {"address": controller.address}
    return {"host": controller.host, **address, "port": controller.port}
