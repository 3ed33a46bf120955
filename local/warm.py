"""Function processes that are there before the first burst of logins.

The emulator starts one whenever a call finds all others busy, and unpacks the layers for each: about 1.5 s of
processor time. Ten at once would cost a login its deadline.
"""

from concurrent.futures import ThreadPoolExecutor

from local import aws
from local.edges import MAX_CONNECTIONS
from local.up import Gatehouse


def warm_up(gatehouse: Gatehouse) -> None:
    """As many calls at once as the edges can have open. The function refuses the event; its process stays."""
    _call(gatehouse, gatehouse.stack.logins_function, len(gatehouse.edges) * MAX_CONNECTIONS)
    if gatehouse.controllers:
        _call(gatehouse, gatehouse.stack.verify_password_function, MAX_CONNECTIONS)


def _call(gatehouse: Gatehouse, function: str, count: int) -> None:
    functions = aws.client("lambda", gatehouse.emulator.url)

    def call(_: int) -> None:
        functions.invoke(FunctionName=function, Payload=b"{}")["Payload"].read()  # unread, its connection stays open

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(call, range(count)))
