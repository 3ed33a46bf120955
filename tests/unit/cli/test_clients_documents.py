"""The published example validates, and the schema for editors says what the code does."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatehouse.configuration_files import CERTIFICATES_FILE, SECRETS, SOURCES, load
from gatehouse.yaml_places import read_yaml
from mfa.adapters.system import local_time
from mfa.contract import clients as contract
from mfa.contract import directory
from mfa.domain import (
    client_document,
    configuration_document,
    mode_document,
    policy_document,
    realm_document,
    unenrolled_document,
    upstream_document,
    waiver_document,
)
from mfa.domain.configuration import DEFAULT_PROBE_NAMES, ClientMode
from mfa.domain.directory import DEFAULT_PASSWORD_TRIES
from mfa.domain.document_names import NOTHING_KEPT
from mfa.domain.document_reading import InvalidDocumentError
from mfa.domain.policy import FactorKind, RuleAction
from mfa.domain.sent_codes import MAX_BATCH
from tests.unit.domain.test_configuration_document import CASES, FULL, JSON, MINIMAL, NOW, WAIVER, changed
from tests.unit.domain.test_policy_document import CASES as POLICY_CASES
from tests.unit.domain.test_policy_document import FULL as WITH_POLICIES
from tests.unit.domain.test_policy_document import PARTS
from tests.unit.domain.test_policy_document import changed as changed_policies

DOCS = Path(__file__).parents[3] / "docs"
EXAMPLE = DOCS / "examples" / "clients.yaml"
SCHEMA: dict[str, Any] = json.loads((DOCS / "clients.schema.json").read_text())
CLIENT: dict[str, Any] = SCHEMA["$defs"]["client"]["properties"]


def fits_the_schema(document: object) -> bool:
    return jsonschema_rs.is_valid(SCHEMA, document)


def test_the_example_validates(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in set(re.findall(r"[A-Z_]+_SECRET", EXAMPLE.read_text())):
        monkeypatch.setenv(name, f"an example for the {name}")
    files = load([EXAMPLE], NOW, secrets_needed=False)
    (note,) = files.notes
    assert "vpn-secret.txt" in str(note), "only the file beside it is missing"


FIELDS = {
    "realm": realm_document.REALM_FIELDS,
    "directory": realm_document.DIRECTORY_FIELDS,
    "domain_controller": realm_document.CONTROLLER_FIELDS,
    "client": client_document.CLIENT_FIELDS,
    "unenrolled": unenrolled_document.UNENROLLED_FIELDS,
    "policy": policy_document.RULE_FIELDS,
    "time": policy_document.TIME_FIELDS,
    "exemption": policy_document.EXEMPTION_FIELDS,
    "upstream": upstream_document.UPSTREAM_FIELDS,
    "server": upstream_document.SERVER_FIELDS,
    "waiver": waiver_document.WAIVER_FIELDS,
}
REFERENCES = {
    "client": {f"{name}_from_{source}" for name in SECRETS for source in SOURCES},
    "upstream": {f"secret_from_{source}" for source in SOURCES},
    "directory": {CERTIFICATES_FILE},
}


def test_the_example_shows_every_field() -> None:
    text = EXAMPLE.read_text()
    inner = (*mode_document.JOINED_FIELDS, *mode_document.USER_NAME_FIELDS, *configuration_document.DOCUMENT_FIELDS)
    for name in {*inner, *(field for fields in FIELDS.values() for field in fields)}:
        assert re.search(rf"\b{name}(_from_(env|file))?:", text), name


def test_the_example_fits_the_schema() -> None:
    assert fits_the_schema(read_yaml(EXAMPLE).value)


@pytest.mark.parametrize("kind", FIELDS)
def test_the_schema_has_the_fields_that_the_code_reads(kind: str) -> None:
    assert set(SCHEMA["$defs"][kind]["properties"]) == {*FIELDS[kind], *REFERENCES.get(kind, ())}


def test_the_schema_has_the_fields_of_the_small_parts_and_of_the_whole() -> None:
    assert set(SCHEMA["properties"]) == set(configuration_document.DOCUMENT_FIELDS)
    assert set(CLIENT["joined"]["properties"]) == set(mode_document.JOINED_FIELDS)
    assert set(CLIENT["user_names"]["properties"]) == set(mode_document.USER_NAME_FIELDS)
    assert set(CLIENT["waivers"]["properties"]) == set(waiver_document.SWITCHES)


def limit_of(*path: str) -> Any:
    place: Any = SCHEMA
    for part in path:
        place = place[part]
    return place


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$defs/client/properties/mode/enum", [mode.value for mode in ClientMode]),
        ("$defs/factors/items/enum", [kind.value for kind in FactorKind]),
        ("$defs/client/properties/push_approval/enum", list(mode_document.PUSH_APPROVALS)),
        ("$defs/client/properties/push_wait/enum", list(mode_document.PUSH_WAITS)),
        ("$defs/client/properties/sms_codes/maximum", MAX_BATCH),
        ("$defs/unenrolled/properties/action/enum", [action.value for action in RuleAction]),
        ("$defs/policy/properties/action/enum", [action.value for action in RuleAction]),
        ("$defs/time/properties/days/items/enum", list(policy_document.DAYS)),
        ("$defs/client/properties/joined/properties/code_length/enum", list(mode_document.CODE_LENGTHS)),
        (
            "$defs/client/properties/require_message_authenticator/enum",
            list(client_document.MESSAGE_AUTHENTICATOR_POLICIES),
        ),
        ("$defs/client/properties/protocols/items/enum", sorted(contract.PROTOCOLS)),
        ("$defs/client/properties/probe_names/default", sorted(DEFAULT_PROBE_NAMES)),
        ("$defs/client/properties/timeout_seconds/maximum", contract.MAX_TIMEOUT_SECONDS),
        ("$defs/client/properties/retries/maximum", contract.MAX_RETRIES),
        ("$defs/client/properties/challenge_message/maxLength", mode_document.MAX_CHALLENGE_MESSAGE_OCTETS),
        ("$defs/client/properties/automatic_factor_markers/maxItems", mode_document.MAX_MARKERS),
        ("$defs/secret/minLength", contract.MIN_SECRET_OCTETS),
        ("$defs/secret/maxLength", contract.MAX_SECRET_OCTETS),
        ("$defs/directory/properties/domain_controllers/maxItems", directory.MAX_CONTROLLERS),
        ("$defs/directory/properties/ca_certificates/maxLength", directory.MAX_CERTIFICATES_OCTETS),
        ("$defs/directory/properties/password_tries/maximum", realm_document.MAX_PASSWORD_TRIES),
        ("$defs/directory/properties/password_tries/default", DEFAULT_PASSWORD_TRIES),
        ("$defs/domain_controller/properties/port/default", directory.LDAPS_PORT),
        ("$defs/upstream/properties/servers/maxItems", contract.MAX_UPSTREAM_SERVERS),
        ("$defs/upstream/properties/timeout_ms/minimum", upstream_document.MIN_TIMEOUT_MS),
        ("$defs/upstream/properties/timeout_ms/maximum", contract.MAX_TIMEOUT_SECONDS * 1000),
        ("$defs/upstream/properties/timeout_ms/default", upstream_document.DEFAULT_TIMEOUT_MS),
        ("$defs/server/properties/port/default", contract.RADIUS_PORT),
        ("properties/clients/maxItems", contract.MAX_CLIENTS),
        ("properties/realms/maxItems", realm_document.MAX_REALMS),
        ("properties/policies/maxItems", policy_document.MAX_RULES),
        ("properties/exemptions/maxItems", policy_document.MAX_EXEMPTIONS),
        ("properties/upstreams/maxItems", contract.MAX_UPSTREAMS),
        ("$defs/time/properties/timezone/pattern", f"^{policy_document.ZONE.pattern}$"),
        ("$defs/clock/pattern", f"^({policy_document.CLOCK.pattern})$"),
        ("$defs/client/properties/joined/properties/delimiter/pattern", f"^{mode_document.DELIMITER.pattern}$"),
        ("$defs/directory/properties/base_dn/pattern", f"^{realm_document.BASE_DN.pattern}$"),
    ],
)
def test_the_schema_has_the_limits_and_values_of_the_code(path: str, value: object) -> None:
    assert limit_of(*path.split("/")) == value


@pytest.mark.parametrize("document", [MINIMAL, FULL, WITH_POLICIES], ids=["minimal", "full", "with policies"])
def test_a_good_document_fits_the_schema(document: object) -> None:
    assert fits_the_schema(document)


@pytest.mark.parametrize("cases", [CASES, POLICY_CASES], ids=["clients", "policies"])
def test_what_the_schema_refuses_the_code_refuses_too(cases: list[tuple[Any, str, str]]) -> None:
    """The other way round only the code knows: whether a network exists, or whether two names differ."""
    refused_by_schema = [document for document, _, _ in cases if not fits_the_schema(document)]
    assert len(refused_by_schema) > len(cases) / 2
    for document in refused_by_schema:
        with pytest.raises(InvalidDocumentError):
            configuration_document.read_document(
                copy.deepcopy(document), now=NOW, kept=NOTHING_KEPT, local_time=local_time
            )


@given(path=st.sampled_from(PARTS), value=JSON)
def test_whatever_the_code_takes_the_schema_takes_too(path: tuple[str | int, ...], value: object) -> None:
    """So an editor never marks what the command is content with."""
    document = changed_policies(*path, value=value)
    try:
        configuration_document.read_document(copy.deepcopy(document), now=NOW, kept=NOTHING_KEPT, local_time=local_time)
    except InvalidDocumentError:
        return
    assert fits_the_schema(document)


def test_a_waiver_without_all_its_parts_does_not_fit_the_schema() -> None:
    for missing in WAIVER:
        waiver = {name: value for name, value in WAIVER.items() if name != missing}
        assert not fits_the_schema(changed(waivers={waiver_document.SWITCHES[0]: waiver}))
