"""The canary's name hides no login but its own: what a document may not say about its client and its realm."""

from typing import Any

import pytest

from tests.unit.domain.test_configuration_document import SECRET, mistakes, read

CANARY: dict[str, Any] = {
    "name": "gatehouse-canary",
    "realm": "gatehouse-canary",
    "networks": ["10.0.1.0/24"],
    "secret": SECRET,
    "factors": ["code"],
    "timeout_seconds": 10,
    "retries": 0,
}
VPN: dict[str, Any] = CANARY | {"name": "vpn", "realm": "corp", "networks": ["192.0.2.0/24"]}
ALLOWED = {"action": "allow", "owner": "Ada", "reason": "a test", "until": "2023-12-01", "statement": "it does"}


def document(*, canary: dict[str, Any] | None = None, vpn: dict[str, Any] | None = None) -> dict[str, Any]:
    clients = [{**CANARY, **(canary or {})}, {**VPN, **(vpn or {})}]
    return {
        "realms": [{"name": "corp", "netbios_domains": ["CORP"]}, {"name": "gatehouse-canary"}],
        "clients": [{name: value for name, value in client.items() if value is not ...} for client in clients],
        "upstreams": [{"name": "old", "servers": [{"address": "10.0.3.10"}], "secret": SECRET}],
    }


def test_the_canary_of_the_guide_is_valid() -> None:
    assert {client.edge.name for client in read(document()).clients} == {"gatehouse-canary", "vpn"}


@pytest.mark.parametrize(
    ("change", "field", "text"),
    [
        ({"realm": "corp"}, "realm", "only users of the realm gatehouse-canary may log in at the canary's client"),
        ({"user_names": {"more_realms": ["corp"]}}, "user_names/more_realms", "the canary's client has no more realms"),
        ({"factors": ["code", "push"]}, "factors", "the canary logs in with a code: give [code]"),
        ({"factors": ...}, "factors", "the canary logs in with a code: give [code]"),
        ({"reply_attributes": {"Filter-Id": "staff"}}, "reply_attributes", "nobody reads the canary's reply"),
        ({"unenrolled": {"action": "forward", "upstream": "old"}}, "unenrolled", "the canary's client lets nobody in"),
        ({"unenrolled": ALLOWED}, "unenrolled", "the canary's client lets nobody in"),
    ],
)
def test_the_canarys_client_is_for_the_canary_alone(change: dict[str, Any], field: str, text: str) -> None:
    (found,) = mistakes(document(canary=change))
    assert (found.pointer, text in found.text) == (f"/clients/0/{field}", True), found


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"realm": "gatehouse-canary"}, "realm"),
        ({"user_names": {"more_realms": ["gatehouse-canary"]}}, "user_names/more_realms"),
    ],
)
def test_no_other_client_lets_the_canary_in(change: dict[str, Any], field: str) -> None:
    (found,) = mistakes(document(vpn=change))
    assert found.pointer == f"/clients/1/{field}"
    assert "the realm gatehouse-canary is the canary's: only the client gatehouse-canary may have it" in found.text
