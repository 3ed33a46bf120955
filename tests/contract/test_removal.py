"""A user with a factor of every kind is removed: nothing of the user stays in the table, and the tokens are free."""

from mfa.domain.invitations import Invitation, InviteBy
from mfa.domain.notices import Notice
from mfa.domain.push_ledger import PushLedger
from mfa.domain.sms_ledger import SmsLedger
from tests.contract.conftest import Ports, on_aws
from tests.contract.test_push_device_store import ALICE, PHONE, USER
from tests.contract.test_recovery_store import BYPASS, DIGESTS
from tests.contract.test_sms_store import FULL, confirm, sent, waiting
from tests.contract.test_token_store import TOKEN, factor, stock
from tests.fakes.aws import AwsInProcess, raw_items


def enroll_in_all(ports: Ports) -> None:
    ports.subscribers.create(ALICE)
    stock(ports, TOKEN)
    ports.tokens.assign(TOKEN, factor(), USER, 1_000)
    ports.push_devices.add(PHONE, ports.subscribers.factors(USER))
    ports.push_ledgers.mute(USER, 1_000)
    confirm(ports)
    ports.sms.hold(USER, sent(), ())
    ports.sms.save(FULL)
    ports.phones.put_pending(waiting("phone-2"))
    ports.recovery.renew(ports.recovery.read(USER), DIGESTS, 1_000)
    ports.notices.add(Notice(notice_id="n-1", user_id=USER, event="device_paired", at=1_000))
    ports.invitations.claim(
        Invitation(invitation_id="i-1", user_id=USER, by=InviteBy.MAIL, claimed_at=1_000, expires_at=1_000), None
    )
    ports.recovery.add_bypass(ports.recovery.read(USER), BYPASS, ())


def test_a_removed_user_has_nothing_of_any_kind(ports: Ports) -> None:
    enroll_in_all(ports)
    ports.subscribers.remove(ALICE)
    assert ports.logins.read(USER) is None
    assert ports.push_devices.of_user(USER) == []
    assert ports.push_ledgers.read(USER) == PushLedger(user_id=USER)
    assert ports.sms.read(USER) == SmsLedger(user_id=USER)
    assert ports.recovery.read(USER).version == 0
    assert ports.notices.of_user(USER, 0, 10) == []
    assert ports.invitations.read(USER) is None
    assert ports.tokens.read(TOKEN.serial) == TOKEN


def test_nothing_that_leads_to_a_removed_user_stays_in_the_table(aws: AwsInProcess) -> None:
    ports = on_aws(aws)
    enroll_in_all(ports)
    before = {item["sk"]["S"] for item in raw_items() if item["pk"]["S"] == f"U#{USER}"}
    assert {"AUTH", "PROFILE", "PENDING", "SMS", "PHONE", "REC", "INVITE"} < before
    ports.subscribers.remove(ALICE)
    left = [item for item in raw_items() if not item["pk"]["S"].startswith("KEY#")]
    assert {item["pk"]["S"] for item in left} == {"TOKENS"}
    assert USER not in str(left)
