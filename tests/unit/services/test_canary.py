"""The canary: what it tries each minute, and what it says of each thing that can be wrong."""

import pytest
from pyrad.dictionary import Dictionary
from pyrad.packet import AccessAccept, AccessReject, AuthPacket

from mfa.canary_ports import CanaryReport
from mfa.domain.factors import TotpParameters
from mfa.domain.otp import code_at
from mfa.services.canary import CanaryService
from radius_edge.protocol.replies import signed_reply
from radius_edge.protocol.shared_secret import SharedSecret
from tests.fakes.canary import SECRET, Answer, FakeCanarySecrets, FakeCarrier, RecordingCanaryLog
from tests.fakes.clock import FakeClock
from tests.fakes.randomness import SeededRandom

EVEN = 1_800_000_000.0  # an even minute: the first address is asked for a login


def answering(code: int, secret: bytes = SECRET.shared_secret) -> Answer:
    return lambda datagram: signed_reply(code, datagram[1], datagram[4:20], SharedSecret(secret))


def silent(_datagram: bytes) -> None:
    return None


ACCEPTS = answering(AccessAccept)


def sung(first: Answer = ACCEPTS, second: Answer = ACCEPTS, now: float = EVEN) -> tuple[CanaryReport, FakeCarrier]:
    carrier, log = FakeCarrier([first, second]), RecordingCanaryLog()
    service = CanaryService(
        secrets=FakeCanarySecrets(), carrier=carrier, clock=FakeClock(now), random=SeededRandom(1), log=log
    )
    report = service.sing()
    assert log.reports == [report]
    return report, carrier


def test_it_logs_in_at_one_address_and_asks_the_other_whether_it_is_there() -> None:
    report, carrier = sung()
    assert report == CanaryReport(fault=None, milliseconds=12)
    (first, login), (second, status) = carrier.carried
    assert (first, login[0], second, status[0]) == (0, 1, 1, 12)
    packet = AuthPacket(secret=SECRET.shared_secret, dict=Dictionary(), packet=login)
    code = code_at(int(EVEN) // 30, SECRET.seed, TotpParameters())
    assert (packet[1], packet.PwDecrypt(packet[2][0])) == ([b"canary"], code)


def test_a_minute_later_it_is_the_other_way_round() -> None:
    _, carrier = sung(now=EVEN + 60)
    assert [(target, datagram[0]) for target, datagram in carrier.carried] == [(1, 1), (0, 12)]


@pytest.mark.parametrize(
    ("first", "second", "fault"),
    [
        (silent, ACCEPTS, "address A did not answer a login within 8 s"),
        (answering(AccessReject), ACCEPTS, "address A rejected the login"),
        (answering(AccessAccept, b"somebody else's secret"), ACCEPTS, "address A answered to a login proves no shared"),
        (lambda _: b"nonsense", ACCEPTS, "proves no shared secret"),
        (ACCEPTS, silent, "address B did not answer Status-Server within 3 s"),
        (ACCEPTS, answering(AccessReject), "address B answered to Status-Server is wrong"),
        (ACCEPTS, answering(AccessAccept, b"somebody else's secret"), "address B answered to Status-Server is wrong"),
    ],
    ids=range(7),
)
def test_whatever_is_wrong_is_said_with_its_place(first: Answer, second: Answer, fault: str) -> None:
    report, _ = sung(first, second)
    assert fault in str(report.fault)


def test_a_canary_that_nobody_set_up_says_what_to_do() -> None:
    log = RecordingCanaryLog()
    service = CanaryService(
        secrets=FakeCanarySecrets(None),
        carrier=FakeCarrier([]),
        clock=FakeClock(EVEN),
        random=SeededRandom(1),
        log=log,
    )
    assert "run gatehouse canary setup" in str(service.sing().fault)
    assert len(log.reports) == 1
