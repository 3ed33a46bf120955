"""One code by message: counted, kept, sent.

A code is kept before it is sent; if the provider says that it will not be sent, the code is void.
"""

from typing import Final

from mfa.domain.reasons import RejectReason
from mfa.domain.sms_caps import SmsPolicy
from mfa.ports import Vault
from mfa.services.outbound import Outbound, Reasons, Recipient
from mfa.sms_ports import SmsDelivery, SmsEvent, SmsResult, SmsSender, SmsStore, SmsTrail

LEAST_SECONDS: Final = 1.0  # to hand a message over, and to answer
_EVENTS: Final = {SmsResult.TAKEN: SmsEvent.TAKEN, SmsResult.UNKNOWN: SmsEvent.UNCONFIRMED}
_REASONS: Final = Reasons(
    country=RejectReason.SMS_COUNTRY_REFUSED,
    capped=RejectReason.SMS_CAPPED,
    spent=RejectReason.SMS_BUDGET_SPENT,
)


class Messages(Outbound):
    def __init__(self, *, store: SmsStore, sender: SmsSender, policy: SmsPolicy, vault: Vault, trail: SmsTrail) -> None:
        super().__init__(store=store, policy=policy, vault=vault, trail=trail, reasons=_REASONS)
        self._sender = sender

    def send(self, recipient: Recipient, text: str) -> SmsDelivery:
        delivery = self._sender.send(recipient.number, text)
        event = _EVENTS.get(delivery.result, SmsEvent.FAILED)
        detail = delivery.result.value + (f": {delivery.detail}" if delivery.detail else "")
        self._note(event, recipient, message_id=delivery.message_id, detail=detail)
        return delivery
