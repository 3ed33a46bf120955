"""What a document may say about the canary's client and realm: nothing by which anybody else could log in there, since
the canary's logins leave no receipt, no event and no metric of logins."""

from collections.abc import Iterator

from mfa.domain.canary import CANARY_CLIENT
from mfa.domain.configuration import ClientPolicy
from mfa.domain.document_reading import Mistake, Path
from mfa.domain.policy import FactorKind, RuleAction


def of_canary(path: Path, client: ClientPolicy) -> Iterator[Mistake]:
    return _of_its_client(path, client) if client.edge.name == CANARY_CLIENT else _of_another(path, client)


def _of_its_client(path: Path, client: ClientPolicy) -> Iterator[Mistake]:
    if client.realm != CANARY_CLIENT:
        text = f"only users of the realm {CANARY_CLIENT} may log in at the canary's client: give that realm"
        yield Mistake((*path, "realm"), text)
    if client.user_names.more_realms:
        yield Mistake((*path, "user_names", "more_realms"), "the canary's client has no more realms: remove them")
    if set(client.factors) != {FactorKind.CODE}:
        yield Mistake((*path, "factors"), f"the canary logs in with a code: give [{FactorKind.CODE.value}]")
    if client.reply_attributes:
        yield Mistake((*path, "reply_attributes"), "nobody reads the canary's reply: remove them")
    if client.unenrolled.action is not RuleAction.DENY:
        text = "the canary's client lets nobody in who has no factor: remove it, or write deny"
        yield Mistake((*path, "unenrolled"), text)


def _of_another(path: Path, client: ClientPolicy) -> Iterator[Mistake]:
    text = f"the realm {CANARY_CLIENT} is the canary's: only the client {CANARY_CLIENT} may have it"
    if client.realm == CANARY_CLIENT:
        yield Mistake((*path, "realm"), text)
    if CANARY_CLIENT in client.user_names.more_realms:
        yield Mistake((*path, "user_names", "more_realms"), text)
