"""Function processes that are there before the first burst of logins.

The emulator starts one whenever a call finds all others busy, and unpacks the layers for each: about 1.5 s of
processor time. Ten at once would cost a login its deadline.
"""

from concurrent.futures import ThreadPoolExecutor

from local import aws
from local.deploy import Stack


def warm_up(endpoint_url: str, stack: Stack, count: int) -> None:
    """Call the function that often at once. It refuses an event that is no request; the process stays."""
    functions = aws.client("lambda", endpoint_url)

    def call(_: int) -> None:
        functions.invoke(FunctionName=stack.logins_function, Payload=b"{}")

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(call, range(count)))
