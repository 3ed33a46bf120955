"""The published example validates, and the schema for editors says what the code does."""

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from gatehouse.configuration_files import SECRETS, SOURCES, load
from gatehouse.yaml_places import read_yaml
from mfa.contract import clients as contract
from mfa.domain import client_document, configuration_document, waiver_document
from mfa.domain.configuration import DEFAULT_PROBE_NAMES
from mfa.domain.document_reading import InvalidDocumentError
from tests.unit.domain.test_configuration_document import CASES, FULL, MINIMAL, NOW, WAIVER, changed

DOCS = Path(__file__).parents[3] / "docs"
EXAMPLE = DOCS / "examples" / "clients.yaml"
SCHEMA: dict[str, Any] = json.loads((DOCS / "clients.schema.json").read_text())
CLIENT: dict[str, Any] = SCHEMA["$defs"]["client"]["properties"]


def fits_the_schema(document: object) -> bool:
    return jsonschema_rs.is_valid(SCHEMA, document)


def test_the_example_validates(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DIRECTORY_SECRET", "VPN_FORMER_SECRET", "FIREWALL_SECRET"):
        monkeypatch.setenv(name, f"an example for the {name}")
    files = load([EXAMPLE], NOW, secrets_needed=False)
    assert [note.line for note in files.notes] == [21], "only the file beside it is missing"


def test_the_example_shows_every_field_of_a_client() -> None:
    text = EXAMPLE.read_text()
    for name in client_document.CLIENT_FIELDS:
        assert name in text, name


def test_the_example_fits_the_schema() -> None:
    assert fits_the_schema(read_yaml(EXAMPLE).value)


def test_the_schema_has_the_fields_that_the_code_reads() -> None:
    references = {f"{name}_from_{source}" for name in SECRETS for source in SOURCES}
    assert set(CLIENT) == {*client_document.CLIENT_FIELDS, *references}
    assert set(SCHEMA["properties"]) == set(configuration_document.DOCUMENT_FIELDS)
    assert set(SCHEMA["$defs"]["realm"]["properties"]) == set(configuration_document.REALM_FIELDS)
    assert set(SCHEMA["$defs"]["waiver"]["properties"]) == set(waiver_document.WAIVER_FIELDS)
    assert set(CLIENT["waivers"]["properties"]) == set(waiver_document.SWITCHES)


def test_the_schema_has_the_limits_and_values_of_the_code() -> None:
    assert CLIENT["mode"]["enum"] == list(client_document.MODES)
    assert CLIENT["require_message_authenticator"]["enum"] == list(client_document.MESSAGE_AUTHENTICATOR_POLICIES)
    assert CLIENT["protocols"]["items"]["enum"] == sorted(contract.PROTOCOLS)
    assert CLIENT["probe_names"]["default"] == sorted(DEFAULT_PROBE_NAMES)
    assert CLIENT["timeout_seconds"]["maximum"] == contract.MAX_TIMEOUT_SECONDS
    assert CLIENT["retries"]["maximum"] == contract.MAX_RETRIES
    secret = SCHEMA["$defs"]["secret"]
    assert (secret["minLength"], secret["maxLength"]) == (contract.MIN_SECRET_OCTETS, contract.MAX_SECRET_OCTETS)
    assert SCHEMA["properties"]["clients"]["maxItems"] == contract.MAX_CLIENTS
    assert SCHEMA["properties"]["realms"]["maxItems"] == configuration_document.MAX_REALMS


@pytest.mark.parametrize("document", [MINIMAL, FULL], ids=["minimal", "full"])
def test_a_good_document_fits_the_schema(document: object) -> None:
    assert fits_the_schema(document)


def test_what_the_schema_refuses_the_code_refuses_too() -> None:
    """The other way round only the code knows: whether a network exists, or whether two names differ."""
    refused_by_schema = [document for document, _, _ in CASES if not fits_the_schema(document)]
    assert len(refused_by_schema) > len(CASES) / 2
    for document in refused_by_schema:
        with pytest.raises(InvalidDocumentError):
            configuration_document.read_document(copy.deepcopy(document), now=NOW, kept=NOTHING_KEPT, local_time=local_time)


def test_a_waiver_without_all_its_parts_does_not_fit_the_schema() -> None:
    for missing in WAIVER:
        waiver = {name: value for name, value in WAIVER.items() if name != missing}
        assert not fits_the_schema(changed(waivers={waiver_document.SWITCHES[0]: waiver}))
