"""The one table of logins that wait: for the backend, for a person, or because their Reject is held.

Bounded in all and for each client. Where there is no room, the client that has most waiting gives up its stalest
login: nobody is rejected for being late, and a noisy client does not push out the others.
"""

from typing import Final

from radius_edge.login import Login

MAX_WAITING: Final = 20_000
MAX_WAITING_OF_ONE_CLIENT: Final = 15_000


class WaitingLogins:
    """Every login is in it from its admission to its end, oldest first within its client.

    Plain dictionaries: they keep the order at half the memory of OrderedDict, and their slower first element is asked
    for only when something is given up.
    """

    def __init__(self, most: int = MAX_WAITING, most_of_one_client: int = MAX_WAITING_OF_ONE_CLIENT) -> None:
        self._clients: dict[str, dict[Login, None]] = {}
        self._count = 0
        self.most = most
        self.most_of_one_client = most_of_one_client

    def __len__(self) -> int:
        return self._count

    def __contains__(self, login: Login) -> bool:
        return login in self._clients.get(login.sender.client.name, ())

    def all(self) -> list[Login]:
        return [login for logins in self._clients.values() for login in logins]

    def in_the_way(self, client: str) -> Login | None:
        """The login that must be given up before one of this client can be added."""
        own = self._clients.get(client)
        if own is not None and len(own) >= self.most_of_one_client:
            return next(iter(own))
        if self._count >= self.most:
            largest: dict[Login, None] = max(self._clients.values(), key=len)
            return next(iter(largest))
        return None

    def add(self, login: Login) -> None:
        name = login.sender.client.name
        logins = self._clients.get(name)
        if logins is None:
            logins = self._clients[name] = {}
        logins[login] = None
        self._count += 1

    def remove(self, login: Login) -> bool:
        """False if it is not in it."""
        name = login.sender.client.name
        logins = self._clients.get(name)
        if logins is None or login not in logins:
            return False
        del logins[login]
        self._count -= 1
        if not logins:
            del self._clients[name]
        return True
