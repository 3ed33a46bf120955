"""Old servers in the edge's configuration: both directions, documents without them, and what is refused."""

import json

import pytest

from mfa.contract import ContractError, EdgeConfiguration
from mfa.contract.clients import EdgeUpstream, UpstreamServer
from tests.fakes.edge_configuration import LOGIN_ID_KEY, UPSTREAM_SECRET, client, configuration, upstream


def document(**members: object) -> bytes:
    """One upstream with these members changed."""
    message = json.loads(configuration(client(), upstreams=(upstream("old", 1812),)))
    message["upstreams"][0] |= members
    return json.dumps(message).encode()


def test_upstreams_come_back_as_they_went() -> None:
    servers = (UpstreamServer(address="10.0.3.10"), UpstreamServer(address="2001:db8::10", port=1645))
    one = EdgeUpstream(name="old", servers=servers, secret=UPSTREAM_SECRET, require_message_authenticator=False)
    read = EdgeConfiguration.from_json(configuration(client(), upstreams=(one, upstream("other", 1812))))
    assert read.upstreams == (one, upstream("other", 1812))


def test_a_document_from_before_there_were_upstreams_has_none() -> None:
    message = json.loads(configuration(client()))
    del message["upstreams"]
    assert EdgeConfiguration.from_json(json.dumps(message)).upstreams == ()


def test_an_upstream_needs_little_and_its_replies_must_be_signed() -> None:
    message = json.loads(document(servers=[{"address": "10.0.3.10"}]))
    for name in ("timeout_ms", "require_message_authenticator"):
        del message["upstreams"][0][name]
    (read,) = EdgeConfiguration.from_json(json.dumps(message)).upstreams
    assert (read.servers[0].port, read.timeout_ms, read.require_message_authenticator) == (1812, 2000, True)


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"servers": []}, "1 to 4 servers"),
        ({"servers": [{"address": f"10.0.0.{last}"} for last in range(1, 6)]}, "servers"),
        ({"servers": [{"address": "old.example.test"}]}, "'old.example.test' is not an IP address"),
        ({"servers": [{"address": "10.0.0.1", "port": 0}]}, "port"),
        ({"secret": "c2hvcnQ"}, "16 to 512 octets"),
        ({"timeout_ms": 99}, "timeout_ms"),
        ({"timeout_ms": 50_001}, "timeout_ms"),
        ({"require_message_authenticator": "no"}, "require_message_authenticator"),
    ],
)
def test_a_bad_one_is_refused_in_words(members: dict[str, object], words: str) -> None:
    with pytest.raises(ContractError, match=words):
        EdgeConfiguration.from_json(document(**members))


def test_two_of_one_name_are_refused() -> None:
    with pytest.raises(ContractError, match="same name"):
        EdgeConfiguration(
            revision="1",
            login_id_key=LOGIN_ID_KEY,
            clients=(client(),),
            upstreams=(upstream("old", 1812), upstream("old", 1645)),
        )


def test_no_repr_shows_the_secret() -> None:
    read = EdgeConfiguration.from_json(document())
    assert UPSTREAM_SECRET.decode() not in repr(read)
