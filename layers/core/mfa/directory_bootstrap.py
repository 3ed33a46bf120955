"""Composition of the one function that asks directories: apart from mfa.bootstrap, which loads the AWS SDK.

What is imported here is all that a function with passwords in its hands and a way to the domain controllers may hold.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Final

from mfa.adapters.ldap.directory import LdapDirectory
from mfa.adapters.ldap.faults import class_and_place
from mfa.adapters.plain_log import DirectoryLog
from mfa.contract.directory import DirectoryAnswer

_LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")


class DirectoryComposition:
    """``environment`` has at most LOG_LEVEL and POWERTOOLS_SERVICE_NAME for it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._level = environment.get("LOG_LEVEL") or "INFO"
        if self._level not in _LEVELS:
            raise ValueError(f"LOG_LEVEL must be one of {', '.join(_LEVELS)}")
        self._service_name = environment.get("POWERTOOLS_SERVICE_NAME") or "verify_password"

    @cached_property
    def directory(self) -> LdapDirectory:
        return LdapDirectory()

    def report(self, answer: DirectoryAnswer) -> None:
        self._log.answered(answer)

    @staticmethod
    def place_of(error: BaseException) -> str:
        return class_and_place(error)

    @cached_property
    def _log(self) -> DirectoryLog:
        return DirectoryLog(service_name=self._service_name, level=self._level)
