"""Certificates for LDAPS: those of the authorities in the configuration, and those of the controllers themselves."""

import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

from gatehouse.findings import Finding, ok, problem, warning

_DAY: Final = 86_400
_WARN_DAYS: Final = 30
_URGENT_DAYS: Final = 7
_CONNECT_SECONDS: Final = 4.0
_EXPIRED: Final = 10  # X509_V_ERR_CERT_HAS_EXPIRED
_CHECK: Final = "certificates"


def authorities(realm: Mapping[str, Any], now: float) -> Iterator[Finding]:
    """Of one realm. An authority that ends takes all of its controllers with it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=realm["directory"]["ca_certificates"])
    ends = [ssl.cert_time_to_seconds(str(one["notAfter"])) for one in context.get_ca_certs()]
    if ends:
        advice = f"put the new authority beside the old one in ca_certificates of realm {realm['name']}, and apply"
        yield until(f"the authority of realm {realm['name']}", max(ends), now, advice)


def controller(realm: Mapping[str, Any], one: Mapping[str, Any], now: float) -> Iterator[Finding]:
    """One domain controller, asked by TLS as the function would."""
    host, address, port = one["host"], one.get("address", one["host"]), one["port"]
    context = ssl.create_default_context(cadata=realm["directory"]["ca_certificates"])
    try:
        with (
            socket.create_connection((address, port), timeout=_CONNECT_SECONDS) as tcp,
            context.wrap_socket(tcp, server_hostname=host) as tls,
        ):
            shown = tls.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        yield _refused(host, error)
    except ssl.SSLError:
        yield problem(_CHECK, f"{host}: no TLS on port {port}", "it has no certificate for LDAPS, or TLS before 1.2")
    except OSError as error:
        text = f"{host} cannot be reached from this machine ({error.strerror or 'no answer in time'})"
        yield warning(_CHECK, text, "run this from the controllers' network to see when its certificate ends")
    else:
        ends = ssl.cert_time_to_seconds(str(shown["notAfter"]))
        yield until(f"the certificate of {host}", ends, now, "let the controller enrol a new one")


def until(what: str, ends: float, now: float, advice: str) -> Finding:
    days = (ends - now) / _DAY
    day = time.strftime("%Y-%m-%d", time.gmtime(ends))
    if days <= 0:
        return problem(_CHECK, f"{what} ended on {day}", advice)
    if days < _URGENT_DAYS:
        return problem(_CHECK, f"{what} ends on {day}, in {days:.0f} day(s)", advice)
    if days < _WARN_DAYS:
        return warning(_CHECK, f"{what} ends on {day}, in {days:.0f} days", advice)
    return ok(_CHECK, f"{what} is good until {day}")


def _refused(host: str, error: ssl.SSLCertVerificationError) -> Finding:
    if error.verify_code == _EXPIRED:
        return problem(_CHECK, f"the certificate of {host} has ended", "let the controller enrol a new one")
    text = f"the certificate of {host} is refused: {error.verify_message}"
    return problem(_CHECK, text, "compare ca_certificates of the realm and the configured host name")
