"""What a receipt says, as one sentence for a person who helps another: who did what where, and what came of it and why.

The time is not part of it. Every RejectReason and every SubscriberEvent has its words; a test holds that.
"""

from collections.abc import Mapping
from typing import Any, Final

from mfa.domain.configuration import CODE_TEST, PORTAL
from mfa.domain.reasons import RejectReason

WHY: Final[Mapping[RejectReason, str]] = {
    RejectReason.PROBE_NAME: "this is the name that the client uses to see whether we answer",
    RejectReason.NAME_REFUSED: "no user can have such a name",
    RejectReason.UNKNOWN_USER: "nobody has that name",
    RejectReason.DISABLED: "the user is disabled",
    RejectReason.KNOWN_BY_ANOTHER_NAME: "this is another name of somebody who has a factor; use the enrolled one",
    RejectReason.NOT_ENROLLED: "the user has no factor that takes such text",
    RejectReason.NOT_A_CODE: "the text was nothing that may be typed here",
    RejectReason.FACTOR_NOT_OFFERED: "this client does not offer that factor",
    RejectReason.RATE_LIMITED: "too much text that is nothing came from there in a short time",
    RejectReason.PROTOCOL_NOT_ALLOWED: "the client may not use that protocol",
    RejectReason.UNKNOWN_STATE: "it answered a challenge that we never made",
    RejectReason.WRONG_CODE: "the code was wrong",
    RejectReason.CODE_USED: "the code had been used before",
    RejectReason.CODE_FAR_OFF: "the token has run away from us; the next code brings it back",
    RejectReason.BYPASS_EXPIRED: "the time of the bypass code was over",
    RejectReason.EXPIRED: "nobody answered on the phone in time",
    RejectReason.LOCKED: "the user was locked after too many failures; that ends by itself",
    RejectReason.LOCKED_HARD: "the user is locked after 100 failures in a row; an administrator unlocks",
    RejectReason.UNKNOWN_CLIENT: "no RADIUS client of that name is configured",
    RejectReason.FOREIGN_CLIENT: "the edge that asked may not decide for this client",
    RejectReason.MESSAGE_AUTHENTICATOR_MISSING: "the packet had no Message-Authenticator, though it must",
    RejectReason.STALE_CONFIGURATION: "the edge worked by a configuration that is no longer valid",
    RejectReason.LOGIN_ID_REUSED: "the same packet came with another text",
    RejectReason.REPLAY_EXPIRED: "an old packet came again after its time",
    RejectReason.UNAVAILABLE: "something that Gatehouse needs did not answer",
    RejectReason.TOO_LATE: "it took longer than the client waits",
    RejectReason.POLICY_DENIED: "a rule of the policy says no",
    RejectReason.NO_POLICY_MATCHES: "no rule of the policy is for this login",
    RejectReason.NO_AUTOMATIC_FACTOR: "nothing typed was a factor, and none can be asked for by itself",
    RejectReason.SMS_SENT: "a code was sent by message, to be typed at the next try",
    RejectReason.SMS_SENT_BEFORE: "a code was sent for this login before",
    RejectReason.SMS_ASKED_BEFORE: "this very packet had asked for a code before",
    RejectReason.SMS_UNCONFIRMED: "a code was sent by message, but nobody knows whether it went out; it counts",
    RejectReason.SMS_FAILED: "the message could not be sent",
    RejectReason.SMS_RATIONED: "too many messages since the last success; that heals by itself",
    RejectReason.SMS_CAPPED: "too many messages to this number, its prefix or from this client",
    RejectReason.SMS_BUDGET_SPENT: "the day's budget for messages is spent",
    RejectReason.SMS_COUNTRY_REFUSED: "numbers of that country get no messages",
    RejectReason.NO_PHONE: "the user has no such number",
    RejectReason.CALLS_NOT_DEPLOYED: "this deployment has nothing to call by",
    RejectReason.CALL_OPEN: "another prompt or call of the user was still open",
    RejectReason.CALL_ENDED: "the call of this login had ended",
    RejectReason.CALL_RATIONED: "too many prompts and calls since the last success; that heals by itself",
    RejectReason.CALL_MUTED: "the user had reported a prompt or call; an administrator lifts that with device unmute",
    RejectReason.CALL_UNAVAILABLE: "the call could not be started",
    RejectReason.CALL_FAILED: "Amazon Connect did not place the call",
    RejectReason.CALL_CAPPED: "too many calls to this number, its prefix or from this client",
    RejectReason.CALL_BUDGET_SPENT: "the day's budget for calls is spent",
    RejectReason.CALL_COUNTRY_REFUSED: "numbers of that country are not called",
    RejectReason.CODE_EXPIRED: "the code that was sent had expired",
    RejectReason.CODE_VOID: "the code that was sent did not count any more",
    RejectReason.CODE_OF_ANOTHER_CLIENT: "the code had been sent for a login elsewhere",
    RejectReason.NO_DEVICE: "the user has no such phone",
    RejectReason.NUMBER_MISSING: "this client wants a number with the word, such as push 47",
    RejectReason.NUMBER_REUSED: "the number was one of the user's last five; take another",
    RejectReason.PASSKEY_MISSING: "this client wants a passkey, and the phone has none",
    RejectReason.PUSH_OPEN: "another prompt of the user was still open",
    RejectReason.PUSH_ENDED: "the prompt of this login had ended",
    RejectReason.PUSH_RATIONED: "too many prompts since the last success; that heals by itself",
    RejectReason.PUSH_MUTED: "the user had reported a prompt; an administrator lifts that with device unmute",
    RejectReason.PUSH_UNAVAILABLE: "the prompt could not be sent",
    RejectReason.DENIED: "the person at the phone said no",
    RejectReason.WRONG_NUMBER: "another number was entered on the phone than typed",
    RejectReason.REPORTED: "the person at the phone said that it was somebody else",
    RejectReason.CANCELLED: "the login was cancelled",
    RejectReason.PASSWORD_MISSING: "no password could be read from the text",
    RejectReason.PASSWORD_NEEDS_PAP: "a directory can check passwords under PAP only",
    RejectReason.PASSWORD_WRONG: "the directory did not take the password",
    RejectReason.PASSWORD_KNOWN_WRONG: "that password had just been wrong, so it was not sent again",
    RejectReason.PASSWORD_WITHHELD: "one more wrong password could have locked the account, so none was sent",
    RejectReason.PASSWORD_BUDGET_SPENT: "too many wrong passwords in a short time, so none was sent",
    RejectReason.PASSWORD_EXPIRED: "the password has expired in the directory",
    RejectReason.PASSWORD_MUST_CHANGE: "the password must be changed in the directory",
    RejectReason.ACCOUNT_DISABLED: "the account is disabled in the directory",
    RejectReason.ACCOUNT_EXPIRED: "the account has expired in the directory",
    RejectReason.ACCOUNT_LOCKED: "the account is locked in the directory",
    RejectReason.ACCOUNT_RESTRICTED: "the directory restricts the account",
    RejectReason.LOGON_HOURS: "the directory does not allow the account at this time",
    RejectReason.LOGON_WORKSTATION: "the directory does not allow the account from there",
    RejectReason.UNKNOWN_IN_DIRECTORY: "the directory knows no such account",
    RejectReason.AMBIGUOUS_IN_DIRECTORY: "the directory knows more than one such account",
    RejectReason.IDENTITY_CHANGED: "the name belongs to another account in the directory now",
    RejectReason.DIRECTORY_UNAVAILABLE: "no domain controller answered",
    RejectReason.SERVICE_ACCOUNT_REFUSED: "the directory did not take our own service account",
    RejectReason.STATE_EXPIRED: "the challenge had expired",
    RejectReason.STATE_USED: "the challenge had been answered before",
    RejectReason.STATE_MISMATCH: "the challenge was another user's, client's or address's",
}
CHANGES: Final[Mapping[str, str]] = {
    "subscriber_created": "the user was created",
    "subscriber_removed": "the user was removed",
    "subscriber_unlocked": "the user was unlocked",
    "subscriber_renamed": "the user was renamed",
    "subscriber_enabled": "the user was enabled",
    "subscriber_email_changed": "the user's e-mail address was changed",
    "subscriber_invited": "an enrolment code was sent to the user",
    "subscriber_disabled": "the user was disabled",
    "enrollment_code_issued": "an enrolment code was issued",
    "enrollment_code_redeemed": "an enrolment code was redeemed",
    "portal_signed_in": "the user signed in to the portal",
    "enrollment_session_ended": "an enrolment session ended",
    "factor_started": "enrolling an authenticator app was begun",
    "factor_confirmation_refused": "a first code of an authenticator app was wrong",
    "factor_activated": "an authenticator app was enrolled",
    "factor_renamed": "a factor was given another name",
    "factor_removed": "a factor was removed",
    "call_reported": "a call was reported as somebody else's",
    "token_assigned": "a hardware token was assigned",
    "token_taken_back": "a hardware token was taken back",
    "token_claimed": "a hardware token was claimed",
    "token_claim_refused": "a hardware token was claimed with wrong codes",
    "token_resynced": "a hardware token was brought back into step",
    "token_resync_refused": "a hardware token could not be brought back into step",
    "recovery_codes_made": "new recovery codes were made",
    "recovery_code_used": "a recovery code was used",
    "bypass_code_made": "a bypass code was made",
    "bypass_code_used": "a bypass code was used",
    "bypass_code_revoked": "a bypass code was revoked",
    "device_paired": "a phone was paired",
    "device_renamed": "a phone was renamed",
    "device_moved": "the phones were put in another order",
    "device_removed": "a phone was removed",
    "device_passkey_added": "a phone got a passkey",
    "phone_added": "enrolling a phone number was begun",
    "phone_confirmation_refused": "a first code of a phone number was wrong",
    "phone_confirmed": "a phone number was enrolled",
    "phone_changed": "a phone number was changed",
    "phone_removed": "a phone number was removed",
    "push_reported": "the user reported a prompt as somebody else's; push is muted",
    "push_unmuted": "push was unmuted",
}
_THINGS: Final[Mapping[str, str]] = {
    "password": "a password",
    "code": "a code",
    "push": "the word push",
    "phone": "the word phone",
    "sms": "the word sms",
    "recovery_code": "a recovery code",
}
_CUT: Final = 12  # of the login id: enough to find it in the log


def sentence(facts: Mapping[str, Any]) -> str:
    """Of a receipt's body. Whatever it holds, there is a sentence: it may have been written by an older version."""
    if facts.get("kind") == "login":
        return _login(facts)
    event, actor = str(facts.get("event", "")), facts.get("actor")
    by = "" if actor in {None, "subscriber"} else f" by {actor}"
    return f"{CHANGES.get(event, event or 'something changed')}{by}{_late(facts)}"


def _login(facts: Mapping[str, Any]) -> str:
    origin = facts.get("calling_station") or facts.get("source_ip", "an unknown address")
    user, client = facts.get("username", "somebody"), facts.get("client", "an unknown client")
    login = str(facts.get("login_id", ""))[:_CUT]
    if client == CODE_TEST:
        did, came = "tested a code in the portal", "it was right" if facts.get("outcome") == "accept" else _came(facts)
    else:
        did, came = f"{_did(facts)} at {'the portal' if client == PORTAL else client}", _came(facts)
    return f"{user} {did} from {origin}: {came} (login {login}){_late(facts)}"


def _did(facts: Mapping[str, Any]) -> str:
    typed = facts.get("typed")
    if typed is None:
        return "tried to log in" if facts.get("prompt") is None else "waited for the phone"
    if typed == "nothing":
        return "asked for a factor without naming one"
    return f"typed {' and '.join(_THINGS.get(part, part) for part in str(typed).split('+'))}"


def _came(facts: Mapping[str, Any]) -> str:
    again = ", as before to the same packet" if facts.get("replayed") is True else ""
    match facts.get("outcome"):
        case "accept":
            return f"let in{_without_factor(facts)}{again}"
        case "challenge":
            return f"asked for the second factor{again}"
        case "pending":
            return f"the phone was asked{again}"
        case "forward":
            return f"left to {facts.get('upstream', 'the old server')}"
        case "drop":
            return f"not answered, {_why(facts)}"
        case _:
            locks = "; the user is locked now" if facts.get("locks") is True else ""
            return f"rejected, {_why(facts)}{_fault(facts)}{locks}{again}"


def _without_factor(facts: Mapping[str, Any]) -> str:
    exemption, rule = facts.get("exemption"), facts.get("rule")
    if exemption is not None:
        return f" without a second factor, by the exemption {exemption}"
    return " without a second factor, as one who has none" if rule == "unenrolled" else ""


def _why(facts: Mapping[str, Any]) -> str:
    reason = str(facts.get("reason", "none"))
    try:
        return WHY[RejectReason(reason)]
    except ValueError:
        return reason


def _fault(facts: Mapping[str, Any]) -> str:
    fault = facts.get("fault")
    return "" if fault is None else f" ({fault})"


def _late(facts: Mapping[str, Any]) -> str:
    return ", recorded late" if facts.get("late") is True else ""
