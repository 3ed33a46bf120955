"""ChallengeStore in memory. The conditions are those of the real adapter, word for word."""

from mfa.domain.challenges import Challenge
from mfa.errors import ConditionRefusedError
from tests.fakes.state import State


class InMemoryChallenges:
    def __init__(self, state: State) -> None:
        self._state = state

    def put(self, challenge: Challenge) -> None:
        with self._state.call("challenges.put"):
            self._state.challenges.setdefault(challenge.challenge_id, challenge)

    def answer(self, challenge_id: str, login_id: str, now: int) -> None:
        with self._state.call("challenges.answer"):
            challenge = self._state.challenges.get(challenge_id)
            if challenge is None or challenge.expires_at <= now:
                raise ConditionRefusedError("the challenge is unknown or expired")
            if self._state.answers.get(challenge_id, login_id) != login_id:
                raise ConditionRefusedError("another login answered it")
            self._state.answers[challenge_id] = login_id
