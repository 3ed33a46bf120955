"""Prometheus text: counters with bounded labels, gauges, one histogram."""

from radius_edge.metrics import Metrics


def test_counters_gauges_and_the_histogram_are_exposed() -> None:
    metrics = Metrics()
    metrics.count("logins_total", "outcome", "accept")
    metrics.count("logins_total", "outcome", "accept")
    metrics.counter("accounting_total").value += 3
    metrics.gauge("ready", lambda: True)
    metrics.observe_login(0.02)
    metrics.observe_login(99)
    lines = metrics.exposition().splitlines()
    assert 'gatehouse_edge_logins_total{outcome="accept"} 2' in lines
    assert "gatehouse_edge_accounting_total 3" in lines
    assert "gatehouse_edge_ready 1" in lines
    assert 'gatehouse_edge_login_seconds_bucket{le="0.025"} 1' in lines
    assert 'gatehouse_edge_login_seconds_bucket{le="50.0"} 1' in lines
    assert 'gatehouse_edge_login_seconds_bucket{le="+Inf"} 2' in lines
    assert "gatehouse_edge_login_seconds_count 2" in lines
    assert metrics.counter("logins_total", "outcome", "accept").value == 2


def test_a_total_that_somebody_else_keeps_is_shown_as_a_counter() -> None:
    metrics = Metrics()
    metrics.total("log_lines_lost_total", lambda: 7)
    text = metrics.exposition()
    assert "# TYPE gatehouse_edge_log_lines_lost_total counter\ngatehouse_edge_log_lines_lost_total 7\n" in text
    assert text.count("TYPE gatehouse_edge_log_lines_lost_total") == 1
