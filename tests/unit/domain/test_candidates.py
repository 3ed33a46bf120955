"""The words that are tried where nobody can read what was typed, and what a proof says about itself."""

import pytest

from mfa.adapters.des import des
from mfa.contract import ChapCredential, MsChap2Credential, MsChapCredential
from mfa.domain import chap, ms_chap
from mfa.domain.candidates import find_word, word_hashes, words
from mfa.domain.proofs import ChapProof, CodeProof, MsChap2Proof, MsChapProof, Proof, name_forms
from mfa.domain.typed_text import FactorWord, TypedWord
from tests.vectors import ms_chap as vectors


def chap_proof(text: str) -> Proof:
    response = chap.chap_response(7, text, b"a challenge")
    return ChapProof(ChapCredential(identifier=7, challenge=b"a challenge", response=response))


def ms_chap_proof(text: str) -> Proof:
    response = ms_chap.nt_response(bytes(8), ms_chap.nt_hash(text), des)
    return MsChapProof(MsChapCredential(challenge=bytes(8), response=response), des)


def ms_chap_2_proof(text: str, *, hashed_name: str = "alice", username: str = "alice") -> MsChap2Proof:
    challenge = ms_chap.challenge_hash(b"p" * 16, b"a" * 16, hashed_name.encode())
    response = ms_chap.nt_response(challenge, ms_chap.nt_hash(text), des)
    credential = MsChap2Credential(authenticator_challenge=b"a" * 16, peer_challenge=b"p" * 16, response=response)
    return MsChap2Proof.of(credential, username, des)


PROOFS = {"pap": CodeProof, "chap": chap_proof, "mschap": ms_chap_proof, "mschapv2": ms_chap_2_proof}


@pytest.mark.parametrize("kind", PROOFS)
def test_the_right_text_is_proven_and_no_other(kind: str) -> None:
    proof: Proof = PROOFS[kind]("123456")
    assert proof.proves("123456")
    for other in ("123457", "12345", "1234567", "０23456", "push", ""):
        assert not proof.proves(other)


@pytest.mark.parametrize("kind", PROOFS)
def test_no_repr_of_a_proof_shows_what_was_typed(kind: str) -> None:
    shown = repr(PROOFS[kind]("123456"))
    assert "123456" not in shown
    assert "\\x" not in shown


@pytest.mark.parametrize("kind", ["chap", "mschap", "mschapv2"])
@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("push", TypedWord(FactorWord.PUSH)),
        ("Push2", TypedWord(FactorWord.PUSH, 2)),
        ("PUSH 47", TypedWord(FactorWord.PUSH, number="47")),
        ("push00", TypedWord(FactorWord.PUSH, number="00")),
        ("Phone", TypedWord(FactorWord.PHONE)),
        ("sms9", TypedWord(FactorWord.SMS, 9)),
    ],
)
def test_a_word_is_found_by_its_response(kind: str, text: str, word: TypedWord) -> None:
    assert find_word(PROOFS[kind](text).proves) == (text, word)


@pytest.mark.parametrize("kind", ["chap", "mschap", "mschapv2"])
@pytest.mark.parametrize("text", ["123456", "pusH", "push 2", "push2 47", "", "call"])
def test_what_is_no_word_is_found_to_be_none(kind: str, text: str) -> None:
    assert find_word(PROOFS[kind](text).proves) is None


def test_all_words_are_tried_in_the_same_order_wherever_the_right_one_stands() -> None:
    tried: list[list[str]] = []
    for right in ("push", "PUSH99", "Sms"):
        tried.append([])
        find_word(lambda text, right=right, seen=tried[-1]: seen.append(text) or text == right)  # type: ignore[misc]
    assert tried[0] == tried[1] == tried[2] == list(words())


def test_every_number_stands_there_in_three_cases_with_and_without_a_space() -> None:
    for number in range(100):
        for spelling in ("push{}", "Push{}", "PUSH{}", "push {}", "Push {}", "PUSH {}"):
            assert words()[spelling.format(f"{number:02}")] == TypedWord(FactorWord.PUSH, number=f"{number:02}")


def test_only_words_are_kept_with_their_hashes() -> None:
    ms_chap_proof("123456").proves("123456")
    assert word_hashes().keys() == words().keys()
    assert not any(character.isdigit() and text.isdigit() for text in word_hashes() for character in text)


# ---- MS-CHAP version 2 and its names


@pytest.mark.parametrize(
    ("username", "hashed_name"),
    [
        ("alice", "alice"),
        ("CORP\\alice", "alice"),
        ("CORP\\alice", "CORP\\alice"),
        ("alice@corp.example.test", "alice@corp.example.test"),
        ("alice@corp.example.test", "alice"),
    ],
)
def test_the_client_may_have_hashed_the_name_with_or_without_its_domain(username: str, hashed_name: str) -> None:
    proof = ms_chap_2_proof("123456", username=username, hashed_name=hashed_name)
    assert proof.proves("123456")
    assert not proof.proves("654321")
    challenge = ms_chap.challenge_hash(b"p" * 16, b"a" * 16, hashed_name.encode())
    expected = ms_chap.authenticator_response(ms_chap.nt_hash("123456"), proof.credential.response, challenge)
    assert proof.success("123456", with_keys=False).success == expected


def test_a_response_made_for_another_name_proves_nothing() -> None:
    assert not ms_chap_2_proof("123456", username="alice", hashed_name="bob").proves("123456")


def test_the_forms_of_a_name_stand_once_each() -> None:
    assert name_forms("alice") == ["alice"]
    assert name_forms("CORP\\alice") == ["CORP\\alice", "alice"]
    assert name_forms("CORP\\alice@x") == ["CORP\\alice@x", "alice@x", "alice"]


def test_the_success_of_rfc_2759_and_its_keys_only_where_they_are_asked_for() -> None:
    credential = MsChap2Credential(
        authenticator_challenge=vectors.V2_AUTHENTICATOR_CHALLENGE,
        peer_challenge=vectors.V2_PEER_CHALLENGE,
        response=vectors.V2_NT_RESPONSE,
    )
    proof = MsChap2Proof.of(credential, vectors.V2_USER_NAME, des)
    plain = proof.success(vectors.V2_PASSWORD, with_keys=False)
    assert (plain.success, plain.send_key, plain.recv_key) == (vectors.V2_SUCCESS, None, None)
    assert proof.success(vectors.V2_PASSWORD, with_keys=True).send_key == vectors.V2_SEND_KEY


def test_there_is_no_success_for_a_text_that_was_not_proven() -> None:
    with pytest.raises(ValueError, match="not proven"):
        ms_chap_2_proof("123456").success("654321", with_keys=False)
