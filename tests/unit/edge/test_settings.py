"""Settings: E21, each bad one ends with a line that says what to change."""

import io
from contextlib import redirect_stdout

import pytest

from radius_edge.settings import Settings, SettingsError

URL = "https://abc.execute-api.eu-west-1.amazonaws.com/v1"


def test_an_aws_url_is_enough() -> None:
    settings = Settings.parse(["--api-url", URL], {})
    assert (settings.auth_port, settings.acct_port, settings.listen) == (1812, 1813, ("0.0.0.0",))  # noqa: S104 - what is tested
    assert settings.region == "eu-west-1"
    assert settings.endpoint.tls
    assert (settings.endpoint.host, settings.endpoint.base_path) == ("abc.execute-api.eu-west-1.amazonaws.com", "/v1")
    assert (settings.endpoint.address, settings.endpoint.port) == ("abc.execute-api.eu-west-1.amazonaws.com", 443)
    assert settings.health_host is None


def test_connect_to_changes_what_is_dialled_and_nothing_else() -> None:
    settings = Settings.parse(["--api-url", URL, "--connect-to", "[2001:db8::1]:8443"], {})
    endpoint = settings.endpoint
    assert (endpoint.address, endpoint.port) == ("2001:db8::1", 8443)
    assert endpoint.host == endpoint.server_name == "abc.execute-api.eu-west-1.amazonaws.com"


def test_the_environment_counts_and_the_command_line_wins() -> None:
    environ = {"GATEHOUSE_API_URL": URL, "GATEHOUSE_AUTH_PORT": "0", "GATEHOUSE_LISTEN": "127.0.0.1,::1"}
    settings = Settings.parse(["--auth-port", "11812"], environ)
    assert (settings.auth_port, settings.listen) == (11812, ("127.0.0.1", "::1"))
    assert Settings.parse([], environ).auth_port == 0


def test_the_region_can_come_from_four_places() -> None:
    url = ["--api-url", "https://mfa.example.test/v1"]
    assert Settings.parse([*url, "--region", "eu-north-1"], {"AWS_REGION": "us-east-1"}).region == "eu-north-1"
    assert Settings.parse(url, {"GATEHOUSE_REGION": "eu-north-1"}).region == "eu-north-1"
    assert Settings.parse(url, {"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "x"}).region == "us-east-1"
    vpce = ["--api-url", "https://abc-vpce-1.execute-api.eu-west-2.vpce.amazonaws.com/v1"]
    assert Settings.parse(vpce, {}).region == "eu-west-2"


def test_draining_fits_into_the_default_stop_timeout_of_a_container_and_can_be_changed() -> None:
    assert Settings.parse(["--api-url", URL], {}).drain_seconds == 25
    settings = Settings.parse(["--api-url", URL, "--processes", "2"], {"GATEHOUSE_DRAIN_SECONDS": "110"})
    assert (settings.drain_seconds, settings.processes) == (110, 2)


def test_plain_http_needs_the_switch_and_a_loopback_address() -> None:
    switch = "--allow-http-backend-on-loopback"
    region = ["--region", "eu-west-1"]
    allowed = ["--api-url", "http://abc.execute-api.localhost:4566/v1", "--connect-to", "127.0.0.1:4566", *region]
    assert not Settings.parse([*allowed, switch], {}).endpoint.tls
    assert not Settings.parse(allowed, {"GATEHOUSE_ALLOW_HTTP_BACKEND_ON_LOOPBACK": "true"}).endpoint.tls
    for refused in (allowed, ["--api-url", "http://mfa.example.test/v1", switch, *region]):
        with pytest.raises(SettingsError, match="loopback"):
            Settings.parse(refused, {})


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "--api-url"),
        (["--api-url", "ftp://x/v1"], "https://"),
        (["--api-url", "https:///v1"], "https://"),
        (["--api-url", "https://x:99999/v1"], "cannot be read"),
        (["--api-url", "https://x/v1?a=b"], "no query"),
        (["--api-url", "https://user@x/v1"], "user name"),
        (["--api-url", "https://x/v 1"], "plain path"),
        (["--api-url", "https://x/v1"], "--region"),
        (["--api-url", URL, "--connect-to", "10.0.0.1"], "--connect-to"),
        (["--api-url", URL, "--connect-to", "10.0.0.1:0"], "--connect-to"),
        (["--api-url", URL, "--listen", "everywhere"], "--listen"),
        (["--api-url", URL, "--auth-port", "radius"], "--auth-port"),
        (["--api-url", URL, "--acct-port", "65536"], "--acct-port"),
        (["--api-url", URL, "--health", "8080"], "--health"),
        (["--api-url", URL, "--health", "127.0.0.1:http"], "--health"),
        (["--api-url", URL, "--colour", "red"], "--colour"),
        (["--api-url", URL, "--drain-seconds", "111"], "--drain-seconds"),
        (["--api-url", URL, "--drain-seconds", "-1"], "--drain-seconds"),
        (["--api-url", URL, "--processes", "0"], "--processes"),
        (["--api-url", URL, "--processes", "many"], "--processes"),
        (["--api-url", URL, "--max-connections", "0"], "--max-connections"),
    ],
)
def test_a_bad_setting_is_one_line_that_names_it(arguments: list[str], complaint: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.parse(arguments, {})
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_bad_flag_in_the_environment_is_refused() -> None:
    with pytest.raises(SettingsError, match="true or false"):
        Settings.parse(["--api-url", URL], {"GATEHOUSE_ALLOW_HTTP_BACKEND_ON_LOOPBACK": "maybe"})


def test_help_names_every_option() -> None:
    text = io.StringIO()
    with redirect_stdout(text), pytest.raises(SystemExit):
        Settings.parse(["--help"], {})
    for option in ("--listen", "--auth-port", "--health", "--connect-to", "--clients-file", "--ca-file"):
        assert option in text.getvalue()
