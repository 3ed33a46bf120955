"""Whatever the contract allows, made by hypothesis."""

from hypothesis import strategies as st

from mfa.contract.accounting import AccountingRequest
from mfa.contract.credentials import (
    ChapCredential,
    Credential,
    MsChap2Credential,
    MsChap2Success,
    MsChapCredential,
    PapCredential,
)
from mfa.contract.login import LoginRequest, LoginResponse, MessageAuthenticatorState, Outcome
from mfa.contract.polls import PollRequest, PollResponse


def octets(lowest: int, highest: int | None = None) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=lowest, max_size=lowest if highest is None else highest)


def texts(max_octets: int, *, empty: bool = False) -> st.SearchStrategy[str]:
    """Any Unicode but lone surrogates, which no UTF-8 holds."""
    characters = st.characters(exclude_categories=["Cs"])
    lowest = 0 if empty else 1
    return st.text(characters, min_size=lowest, max_size=40).filter(lambda text: len(text.encode()) <= max_octets)


credentials: st.SearchStrategy[Credential] = st.one_of(
    st.builds(PapCredential, texts(128)),
    st.builds(ChapCredential, identifier=st.integers(0, 255), challenge=octets(1, 253), response=octets(16)),
    st.builds(MsChapCredential, challenge=octets(8), response=octets(24)),
    st.builds(MsChap2Credential, authenticator_challenge=octets(16), peer_challenge=octets(16), response=octets(24)),
)

login_requests = st.builds(
    LoginRequest,
    login_id=octets(16),
    nonce=octets(16),
    client=texts(64),
    config_revision=texts(64),
    source_ip=texts(45),
    message_authenticator=st.sampled_from(MessageAuthenticatorState),
    nas=st.dictionaries(texts(253), texts(253, empty=True), max_size=16),
    username=texts(253),
    credential=credentials,
    state=st.none() | octets(1, 253),
    deadline_ms=st.integers(1, 60_000),
)

_success = octets(20).map(lambda digest: f"S={digest.hex().upper()}")
successes = st.builds(MsChap2Success, success=_success) | st.builds(
    MsChap2Success, success=_success, send_key=octets(16), recv_key=octets(16)
)

login_responses = st.builds(
    LoginResponse,
    login_id=octets(16),
    nonce=octets(16),
    outcome=st.sampled_from(Outcome),
    hold_ms=st.integers(0, 60_000),
    reply_message=st.none() | texts(1024, empty=True),
    attributes=st.lists(st.tuples(texts(64), texts(253, empty=True)), max_size=4).map(tuple),
    state=st.none() | octets(1, 253),
    ticket=st.none() | texts(1024),
    poll_after_ms=st.none() | st.integers(1, 60_000),
    ms_chap=st.none() | successes,
)

poll_requests = st.builds(PollRequest, st.lists(texts(1024), unique=True, max_size=5).map(tuple))
poll_responses = st.builds(PollResponse, st.lists(login_responses, max_size=3).map(tuple))

_counts = st.none() | st.integers(0, 2**64 - 1)
accounting_requests = st.builds(
    AccountingRequest,
    client=texts(64),
    config_revision=texts(64),
    source_ip=texts(45),
    nas=texts(253),
    session_id=texts(253, empty=True),
    status=st.integers(0, 2**32 - 1),
    username=texts(253, empty=True),
    event_time=st.integers(0, 2**40),
    exact_time=st.booleans(),
    session_time=st.none() | st.integers(0, 2**32 - 1),
    input_octets=_counts,
    output_octets=_counts,
    attributes=st.dictionaries(texts(253), texts(253, empty=True), max_size=4),
)
