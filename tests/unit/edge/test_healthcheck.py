"""The container's health check: where it asks, and that it never calls a silent edge well."""

import pytest

from radius_edge import health_address, healthcheck


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [("127.0.0.1:8080", "127.0.0.1", 8080), ("[::]:8080", "::", 8080), ("0.0.0.0:1", "0.0.0.0", 1)],  # noqa: S104
)
def test_an_address_has_a_host_and_a_port(text: str, host: str, port: int) -> None:
    assert health_address.parse(text) == (host, port)


@pytest.mark.parametrize("text", ["", "8080", ":8080", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:65536"])
def test_anything_else_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="--health"):
        health_address.parse(text)


def test_an_edge_on_all_addresses_is_asked_on_this_machine() -> None:
    assert [health_address.from_this_machine(host) for host in ("0.0.0.0", "::", "10.0.0.5")] == [  # noqa: S104
        "127.0.0.1",
        "::1",
        "10.0.0.5",
    ]


def test_without_an_address_it_is_not_well_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert healthcheck.main({}) == 1
    assert "--health must look like" in capsys.readouterr().err
