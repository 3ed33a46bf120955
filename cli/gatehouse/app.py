"""All commands, put together."""

from importlib.metadata import version
from typing import Annotated, Final

import typer

from gatehouse.commands import (
    audit,
    canary,
    clients,
    cost,
    device,
    directory,
    directory_rotation,
    doctor,
    enroll,
    login,
    phone,
    policy,
    token,
    token_import,
    trace,
    user,
    user_bypass,
    user_import,
    user_invite,
    user_sync,
)
from gatehouse.one_line_errors import OneLineErrors

app: Final = typer.Typer(
    name="gatehouse",
    cls=OneLineErrors,
    help="Administer Gatehouse: users, devices, RADIUS clients, directories; and a RADIUS client to try a login with.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},  # and of every command below
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        print(f"gatehouse {version('gatehouse')}")
        raise typer.Exit


@app.callback()
def _root(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_tell_version, is_eager=True)
    ] = False,
) -> None:
    pass


user.app.command("import", epilog=user_import.EPILOG)(user_import.import_users)
user.app.command("invite", epilog=user_invite.EPILOG)(user_invite.invite)
user.app.command("sync", epilog=user_sync.EPILOG)(user_sync.sync_users)
token.app.command("import", epilog=token_import.EPILOG)(token_import.import_tokens)
user.app.command("bypass", epilog=user_bypass.EPILOG)(user_bypass.bypass)
user.app.command("bypass-list", epilog=user_bypass.LIST_EPILOG)(user_bypass.bypass_list)
user.app.command("bypass-revoke", epilog=user_bypass.REVOKE_EPILOG)(user_bypass.bypass_revoke)
directory.app.command("rotate-secret", epilog=directory_rotation.EPILOG)(directory_rotation.rotate_secret)
app.add_typer(user.app, name="user")
app.add_typer(token.app, name="token")
app.add_typer(device.app, name="device")
app.add_typer(phone.app, name="phone")
app.add_typer(clients.app, name="clients")
app.add_typer(policy.app, name="policy")
app.add_typer(directory.app, name="directory")
app.add_typer(doctor.app, name="doctor")
app.command("cost", epilog=cost.EPILOG)(cost.cost)
app.add_typer(audit.app, name="audit")
app.add_typer(canary.app, name="canary")
app.command("trace", epilog=trace.EPILOG)(trace.trace)
app.command("enroll", epilog=enroll.EPILOG)(enroll.enroll)
app.command("login", epilog=login.EPILOG)(login.login)
