"""Other names of one person: who has a factor here must not become a stranger by a name that nobody gave them here.

A directory lets the same account in by several names, and of a user who is not synced Gatehouse often knows only one.
What is found by these names is only ever a reason to refuse, never one to let in.
"""

from mfa.contract.directory import DirectoryAccount
from mfa.domain.factor_choice import is_enrolled
from mfa.domain.factors import CodeFactors, SubscriberState
from mfa.domain.reasons import RejectReason
from mfa.domain.user_names import Alias, AliasKind, NameRefusedError, Realm, canonical_name


def written_otherwise(alias: Alias, realm: Realm) -> tuple[Alias, ...]:
    """As it is in most directories: what stands before the @ is the account's name."""
    account = alias.name.rpartition("@")[0] if alias.kind is AliasKind.UPN else alias.name
    suffixes = sorted({suffix.casefold() for suffix in realm.upn_suffixes})
    forms = (
        Alias(alias.realm, AliasKind.SAM, account),
        *(Alias(alias.realm, AliasKind.UPN, f"{account}@{suffix}") for suffix in suffixes),
    )
    return tuple(form for form in forms if form != alias)


def names_of(account: DirectoryAccount, realm: Realm) -> tuple[Alias, ...]:
    """All by which the account could be a user here."""
    names = [Alias(realm.name, AliasKind.GUID, account.object_guid)]
    for name in (account.sam_account_name, account.user_principal_name):
        try:
            names += [] if name is None else [canonical_name(name, realm)]
        except NameRefusedError:  # nobody could be created by it
            continue
    return tuple(names)


def refusal_by_another_name(item: CodeFactors, *, is_exempt: bool) -> RejectReason | None:
    """Why the user with these factors is not let through without one."""
    if item.state is not SubscriberState.ACTIVE:
        return RejectReason.DISABLED
    return RejectReason.KNOWN_BY_ANOTHER_NAME if is_enrolled(item) and not is_exempt else None
