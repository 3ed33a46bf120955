"""The metrics of several processes as one."""

from radius_edge.metric_sums import sum_expositions

ONE = """# HELP gatehouse_edge_logins_total Logins.
# TYPE gatehouse_edge_logins_total counter
gatehouse_edge_logins_total{outcome="accept"} 3
# TYPE gatehouse_edge_ready gauge
gatehouse_edge_ready 1
gatehouse_edge_configuration_age_seconds 5
gatehouse_edge_login_seconds_sum 0.25
"""
TWO = """# HELP gatehouse_edge_logins_total Logins.
# TYPE gatehouse_edge_logins_total counter
gatehouse_edge_logins_total{outcome="accept"} 4
gatehouse_edge_logins_total{outcome="reject"} 1
# TYPE gatehouse_edge_ready gauge
gatehouse_edge_ready 0
gatehouse_edge_configuration_age_seconds 7
gatehouse_edge_login_seconds_sum 0.5
"""


def test_counters_are_added_and_states_show_the_worst() -> None:
    lines = sum_expositions([ONE, TWO]).splitlines()
    assert set(lines) == {
        "# HELP gatehouse_edge_logins_total Logins.",
        "# TYPE gatehouse_edge_logins_total counter",
        'gatehouse_edge_logins_total{outcome="accept"} 7',
        'gatehouse_edge_logins_total{outcome="reject"} 1',
        "# TYPE gatehouse_edge_ready gauge",
        "gatehouse_edge_ready 0",
        "gatehouse_edge_configuration_age_seconds 7",
        "gatehouse_edge_login_seconds_sum 0.75",
    }
    assert len(lines) == 8


def test_a_value_that_is_not_known_is_no_error() -> None:
    assert "nan" in sum_expositions(["gatehouse_edge_x NaN\n", "gatehouse_edge_x 1\n"])
    assert sum_expositions([]) == ""
