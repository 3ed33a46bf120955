"""gatehouse cost: what a month costs, line by line, and what others ask for the same."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from gatehouse.costs.bill import Egress, Hosting, Line, Use, fixed, variable
from gatehouse.costs.prices import Alternative, Prices, read_prices
from gatehouse.errors import CommandError
from gatehouse.options import AsJson
from gatehouse.output import printable, show_json

EPILOG: Final = """\b
Examples:
  gatehouse cost --logins 40000 --push 20000 --users 1000
  gatehouse cost --logins 4000 --users 100 --hosting ec2
  gatehouse cost --sms 5000 --sms-price 0.09 --prices eu-central-1.json --json
"""
_MOST: Final = 10**12
Logins = Annotated[int, typer.Option("--logins", help="Logins by code in a month.", min=0, max=_MOST)]
Pushes = Annotated[int, typer.Option("--push", help="Logins by push approval in a month.", min=0, max=_MOST)]
Messages = Annotated[int, typer.Option("--sms", help="Logins by message in a month.", min=0, max=_MOST)]
Users = Annotated[int | None, typer.Option("--users", help="Users, to compare with prices per user.", min=1, max=_MOST)]
SmsPrice = Annotated[
    float | None, typer.Option("--sms-price", help="Dollars for one message; it differs by country.", min=0, max=10)
]
HostingMode = Annotated[Hosting, typer.Option("--hosting", help="Where the edges run.")]
EgressMode = Annotated[
    Egress, typer.Option("--egress", help="How the edges reach AWS: what is there anyway, or endpoints of their own.")
]
PriceFile = Annotated[
    Path | None,
    typer.Option("--prices", help="JSON file with prices that differ (docs/guides/cost.md).", metavar="FILE"),
]


def cost(
    *,
    logins: Logins = 0,
    push: Pushes = 0,
    sms: Messages = 0,
    users: Users = None,
    sms_price: SmsPrice = None,
    hosting: HostingMode = Hosting.FARGATE,
    egress: EgressMode = Egress.EXISTING,
    prices: PriceFile = None,
    as_json: AsJson = False,
) -> None:
    """Work out the bill of a month from counted calls: fixed part, logins, and the same by price per user elsewhere."""
    use = Use(code=logins, push=push, message=sms)
    if not use.logins:
        raise CommandError("usage", "give at least one of --logins, --push and --sms")
    known = read_prices(prices)
    table = {**known.of, **({} if sms_price is None else {"message": sms_price})}
    standing, used = fixed(table, hosting, egress), variable(table, use)
    if as_json:
        show_json(_document(known, standing, used, users))
    else:
        _show(known, standing, used, users)


def _sum(lines: Sequence[Line]) -> float:
    return sum(line.dollars for line in lines)


def _show(prices: Prices, standing: Sequence[Line], used: Sequence[Line], users: int | None) -> None:
    total = _sum(standing) + _sum(used)
    width = max(len(line.what) for line in (*standing, *used)) + 2
    print(f"US dollars a month, {prices.region}, prices of {prices.date}")
    print(f"({printable(prices.source)})\n")
    for title, lines in (("Fixed", standing), ("Logins", used)):
        print(title)
        for line in lines:
            print(f"  {line.what:<{width}} {line.dollars:>12,.2f}")
        print(f"  {'sum':<{width}} {_sum(lines):>12,.2f}\n")
    print(f"{'Together':<{width + 2}} {total:>12,.2f}")
    print("Not counted: data transfer, storage (cents), your NAT gateway, the directory itself, people's time.")
    if users is not None:
        _show_beside(prices.alternatives, total, users, width)


def _show_beside(alternatives: Sequence[Alternative], total: float, users: int, width: int) -> None:
    print(f"\nBeside others, for {users:,} users")
    print(f"  {'Gatehouse':<{width}} {total:>12,.2f}   {total / users:.3f} per user")
    for one in alternatives:
        doubt = "" if one.sure else "not verified: "
        print(f"  {one.name:<{width}} {one.per_user * users:>12,.2f}   {one.per_user:.2f} per user; {doubt}{one.note}")


def _document(prices: Prices, standing: Sequence[Line], used: Sequence[Line], users: int | None) -> dict[str, Any]:
    total = _sum(standing) + _sum(used)
    return {
        "region": prices.region,
        "prices_of": prices.date,
        "fixed": [{"what": line.what, "dollars": round(line.dollars, 4)} for line in standing],
        "logins": [{"what": line.what, "dollars": round(line.dollars, 4)} for line in used],
        "total": round(total, 4),
        "per_user": None if users is None else round(total / users, 6),
        "alternatives": [
            {
                "name": one.name,
                "per_user": one.per_user,
                "total": None if users is None else one.per_user * users,
                "sure": one.sure,
                "note": one.note,
            }
            for one in prices.alternatives
        ],
    }
