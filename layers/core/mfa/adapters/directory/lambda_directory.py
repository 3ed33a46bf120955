"""Directory by invoking a function: what a login asks becomes one question, and every fault becomes an answer."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from mfa.adapters.directory.fault import DirectoryFault
from mfa.adapters.directory.invocation import Invocation
from mfa.adapters.directory.service_accounts import ClientMaker, ServiceAccounts
from mfa.contract.directory import (
    MAX_KNOWN_WRONG,
    DirectoryAnswer,
    DirectoryOperation,
    DirectoryQuestion,
    DirectoryResult,
    NameKind,
    ServiceAccount,
)
from mfa.contract.errors import ContractError
from mfa.domain.directory import DirectorySettings
from mfa.domain.user_names import Alias, AliasKind, Realm
from mfa.ports import Clock

_NAME_KINDS: Final = {AliasKind.SAM: NameKind.SAM, AliasKind.UPN: NameKind.UPN}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A question as far as the login makes it."""

    operation: DirectoryOperation
    name_kind: NameKind | None  # None: no directory knows such names
    name: str
    password: bytes | None = field(default=None, repr=False)
    object_guid: str | None = None
    known_wrong: tuple[int, ...] = ()
    others_asking: int = 0

    def question(self, directory: DirectorySettings, account: ServiceAccount, deadline_ms: int) -> DirectoryQuestion:
        if self.name_kind is None:
            raise DirectoryFault("a directory is asked about account names only")
        return DirectoryQuestion(
            operation=self.operation,
            directory=directory.address,
            service_account=account,
            name_kind=self.name_kind,
            name=self.name,
            deadline_ms=deadline_ms,
            password=self.password,
            object_guid=self.object_guid,
            known_wrong=self.known_wrong,
            others_asking=self.others_asking,
        )


class LambdaDirectory:
    """``make_client`` makes a client of an AWS service; it is first called when a directory is asked. ``function`` is
    the name of the function that asks, None where a deployment has none."""

    def __init__(self, *, make_client: ClientMaker, function: str | None, deployment: str, clock: Clock) -> None:
        self._accounts = ServiceAccounts(make_client, deployment, clock)
        self._invocation = Invocation(make_client, function, clock)
        logging.getLogger("botocore").setLevel(logging.INFO)  # at DEBUG it logs what it sends: passwords

    def look_up(self, realm: Realm, alias: Alias, deadline: float) -> DirectoryAnswer:
        kind = _NAME_KINDS.get(alias.kind)
        return self._answer(
            realm, _Asked(operation=DirectoryOperation.LOOK_UP, name_kind=kind, name=alias.name), deadline
        )

    def verify_password(
        self,
        realm: Realm,
        alias: Alias,
        password: bytes,
        *,
        object_guid: str | None,
        known_wrong: Sequence[int],
        others_asking: int,
        deadline: float,
    ) -> DirectoryAnswer:
        asked = _Asked(
            operation=DirectoryOperation.VERIFY_PASSWORD,
            name_kind=_NAME_KINDS.get(alias.kind),
            name=alias.name,
            password=password,
            object_guid=object_guid,
            known_wrong=tuple(known_wrong)[-MAX_KNOWN_WRONG:],
            others_asking=others_asking,
        )
        return self._answer(realm, asked, deadline)

    def list_members(self, realm: Realm, group: str, deadline: float) -> DirectoryAnswer:
        asked = _Asked(operation=DirectoryOperation.LIST_MEMBERS, name_kind=NameKind.SID, name=group)
        return self._answer(realm, asked, deadline)

    def _answer(self, realm: Realm, asked: _Asked, deadline: float) -> DirectoryAnswer:
        try:
            return self._ask(realm, asked, deadline)
        except DirectoryFault as fault:
            return DirectoryAnswer(result=DirectoryResult.UNAVAILABLE, was_sent=fault.was_sent, detail=fault.detail)
        except ContractError as error:  # its text names the field and the rule, never the value
            return DirectoryAnswer(result=DirectoryResult.UNAVAILABLE, detail=f"this cannot be asked: {error}")
        except Exception as error:  # noqa: BLE001 -- a fault of ours must not look like a word of the directory either
            detail = f"a fault of ours: {type(error).__name__}"
            return DirectoryAnswer(
                result=DirectoryResult.UNAVAILABLE, was_sent=asked.password is not None, detail=detail
            )

    def _ask(self, realm: Realm, asked: _Asked, deadline: float) -> DirectoryAnswer:
        if realm.directory is None:
            raise DirectoryFault(f"the realm {realm.name} has no directory")
        self._invocation.check()
        return self._ask_as(realm.directory, asked, deadline)

    def _ask_as(self, directory: DirectorySettings, asked: _Asked, deadline: float) -> DirectoryAnswer:
        """By the service account; if the directory refuses it, once more with the account that its secret holds now."""
        name = directory.service_account
        known = self._accounts.get(name)
        if known.refused_at is not None:
            return DirectoryAnswer(
                result=DirectoryResult.SERVICE_ACCOUNT_REFUSED,
                detail=f"the directory refused the service account {name} a moment ago; it is not asked again yet",
            )
        answer = self._asked_with(known.account, directory, asked, deadline)
        if answer.result is DirectoryResult.SERVICE_ACCOUNT_REFUSED and not answer.was_sent:
            changed = self._accounts.changed(name, known)
            if changed is not None:
                answer = self._asked_with(changed, directory, asked, deadline)
        if answer.result is DirectoryResult.SERVICE_ACCOUNT_REFUSED:
            self._accounts.note_refusal(name)
        return answer

    def _asked_with(
        self, account: ServiceAccount, directory: DirectorySettings, asked: _Asked, deadline: float
    ) -> DirectoryAnswer:
        return self._invocation.ask(lambda deadline_ms: asked.question(directory, account, deadline_ms), deadline)
