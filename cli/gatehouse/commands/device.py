"""gatehouse device …: the devices of users, and a device in this terminal that answers prompts.

What signs is imported when it is needed: ``cryptography`` costs every other command its start.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from gatehouse.deployment import find_target
from gatehouse.device_api import DeviceApi
from gatehouse.device_simulation import Choice, Choose, Decision, Outcome, outcomes
from gatehouse.enrollment_api import EnrollmentApi
from gatehouse.errors import REFUSED, CommandError
from gatehouse.following import following
from gatehouse.options import AsJson, EnrollmentCode, Local, Realm, Url, UserName, Yes
from gatehouse.output import moment, printable, show, show_json
from gatehouse.prompts import ask, confirm

app: Final = typer.Typer(
    help="The devices that approve logins: list and remove them, lift a mute, and be one in this terminal.",
    rich_markup_mode=None,
)
SIMULATED_NAME: Final = "Simulated phone"
DEFAULT_SECONDS: Final = 120.0

KeyFileOption = Annotated[
    Path | None,
    typer.Option("--key-file", help="Where the device's key is kept (default: device.json in your settings folder)."),
]


@app.command(
    "list",
    epilog="""\b
Example:
  gatehouse device list alice
""",
)
def list_devices(
    name: UserName, *, realm: Realm = None, url: Url = None, local: Local = False, as_json: AsJson = False
) -> None:
    """List the devices of a user, in the order in which push, push2, … names them."""
    devices = _devices(EnrollmentApi.at(url, local=local).show_user(name, realm))
    if as_json:
        show_json({"devices": devices})
        return
    show([(f"{device['position']}", described(device)) for device in devices])
    if not devices:
        print("No device is paired.")


@app.command(
    epilog="""\b
Examples:
  gatehouse device remove alice 2
  gatehouse device remove alice 7Jc2dRrXvP0b9mQm3v2k5A --yes

\b
A device is named by its place or by its id; gatehouse device list shows both.
"""
)
def remove(
    name: UserName,
    device: Annotated[str, typer.Argument(help="Its place among the user's devices, or its id.")],
    *,
    yes: Yes = False,
    realm: Realm = None,
    url: Url = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Remove a device of a user, for example a lost phone. It approves nothing from then on."""
    api = EnrollmentApi.at(url, local=local)
    found = _find(_devices(api.show_user(name, realm)), device)
    if not yes:
        confirm(f"Remove {printable(found['name'])} of {printable(name)}?")
    api.remove_device(name, realm, found["device_id"])
    if as_json:
        show_json({"removed": found["device_id"]})
    else:
        print(f"{printable(found['name'])} is removed.")


@app.command(
    epilog="""\b
Example:
  gatehouse device unmute alice
"""
)
def unmute(name: UserName, realm: Realm = None, url: Url = None, local: Local = False, as_json: AsJson = False) -> None:
    """Let a user get prompts again after a "this was not me", and forget how many there were."""
    EnrollmentApi.at(url, local=local).unmute_push(name, realm)
    if as_json:
        show_json({"unmuted": name})
    else:
        print(f"{printable(name)} gets prompts again.")


@app.command(
    epilog="""\b
Examples:
  gatehouse device pair 7K3M-Q0XZ-9TBD-4HWE
  gatehouse device pair 7K3M-Q0XZ-9TBD-4HWE --name "Test phone" --key-file phone.json
"""
)
def pair(
    code: EnrollmentCode,
    *,
    name: Annotated[str, typer.Option(help="What to call this device.")] = SIMULATED_NAME,
    key_file: KeyFileOption = None,
    url: Url = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Pair this terminal as a device, for trying push out. The key is kept in a file that only you may read."""
    from gatehouse import pairing  # noqa: PLC0415 -- see above

    path = key_file or _default_key_file()
    pairing.check_free(path)
    paired = pairing.pair(find_target(url, local=local), code, name)
    paired.key_file.save(path)
    if as_json:
        show_json({"device": paired.answer, "key_file": str(path)})
        return
    user = paired.answer["user"]
    print(f"{printable(paired.answer['name'])} is paired for {printable(user['display_name'])}; its key is in {path}.")
    next_one = following("device", "simulate", key_file=key_file, enrollment_url=url, local=local)
    print(f"It answers prompts with:  {next_one}")


@app.command(
    epilog="""\b
Examples:
  gatehouse device simulate --pair-as alice --local
  gatehouse device simulate --pair-as alice --local --approve --number 47 --once
  gatehouse device simulate --key-file phone.json --deny

\b
Exit status: 0 every prompt was decided as wanted, 1 one was not, 2 none came.
For scripts: with --json the device is the first line of standard error, as JSON,
once it waits; what became of the prompts is the result.
"""
)
def simulate(
    *,
    key_file: KeyFileOption = None,
    pair_as: Annotated[
        str | None,
        typer.Option(
            "--pair-as", help="Pair a device of this user first, as an administrator, and remove it at the end."
        ),
    ] = None,
    approve: Annotated[bool, typer.Option("--approve", help="Approve each prompt.")] = False,
    deny: Annotated[bool, typer.Option("--deny", help="Deny each prompt.")] = False,
    report: Annotated[bool, typer.Option("--report", help='Report each prompt as "this was not me".')] = False,
    ask_each: Annotated[bool, typer.Option("--ask", help="Ask what to do with each prompt (default).")] = False,
    number: Annotated[
        str | None, typer.Option(help="The number that was typed at the login, for --approve.", metavar="NN")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="End after the first prompt.")] = False,
    seconds: Annotated[
        float, typer.Option(help="How long to wait for prompts.", min=0.1, max=86_400)
    ] = DEFAULT_SECONDS,
    realm: Realm = None,
    url: Url = None,
    local: Local = False,
    as_json: AsJson = False,
) -> int:
    """Wait for prompts like the open app on a phone, show them, and decide."""
    choose = _chooser({"approve": approve, "deny": deny, "report": report}, ask_each=ask_each, number=number)
    if pair_as is not None and key_file is not None:
        raise CommandError("usage", "--pair-as makes a key for this once; it goes without --key-file")
    with _device(pair_as, realm, key_file, url, local) as api:
        _tell_who_waits(api, as_json)
        came = _wait(api, choose, seconds, once=once, as_json=as_json)
    if not came:
        raise CommandError("no-prompt", f"no prompt came within {seconds:g} s")
    if as_json:
        show_json({"outcomes": [outcome.to_message() for outcome in came]})
    return 0 if all(outcome.is_as_wanted for outcome in came) else REFUSED


@contextmanager
def _device(
    pair_as: str | None, realm: str | None, key_file: Path | None, url: str | None, local: bool
) -> Iterator[DeviceApi]:
    from gatehouse import pairing  # noqa: PLC0415 -- see above

    if pair_as is not None:
        with pairing.paired_for_now(find_target(url, local=local), pair_as, realm, SIMULATED_NAME) as device:
            yield device
        return
    yield pairing.kept(key_file or _default_key_file(), find_target(url, local=local) if url or local else None)


def _tell_who_waits(api: DeviceApi, as_json: bool) -> None:
    device = api.show()
    user = device["user"]
    if as_json:
        known = {"device_id": device["device_id"], "username": user["username"]}
        print(json.dumps(known), file=sys.stderr, flush=True)
    else:
        print(f"{printable(device['name'])} of {printable(user['display_name'])} waits for prompts. Ctrl-C ends it.")


def _wait(api: DeviceApi, choose: Choose, seconds: float, *, once: bool, as_json: bool) -> list[Outcome]:
    came: list[Outcome] = []
    try:
        for outcome in outcomes(api, choose if as_json else _showing(choose), seconds):
            came.append(outcome)
            if not as_json:
                print(printable(outcome.text), flush=True)
            if once:
                break
    except KeyboardInterrupt:
        if not came:
            raise
    return came


def _showing(choose: Choose) -> Choose:
    def shown(prompt: Mapping[str, Any]) -> Choice:
        _show_prompt(prompt)
        return choose(prompt)

    return shown


def _show_prompt(prompt: Mapping[str, Any]) -> None:
    wanted = [text for name, text in (("number", "the number"), ("passkey", "a passkey")) if prompt[name]]
    rows = [
        ("Login of", prompt["user"]),
        ("Application", prompt["client"]),
        ("From", prompt["address"]),
        ("At", moment(prompt["time"])),
        ("Until", moment(prompt["expires_at"] // 1000)),
        ("Takes", " and ".join(wanted) or "a tap"),
    ]
    show(rows)


def _chooser(wanted: Mapping[str, bool], *, ask_each: bool, number: str | None) -> Choose:
    named = [name for name, is_wanted in wanted.items() if is_wanted]
    if len(named) + ask_each > 1:
        raise CommandError("usage", "give one of --approve, --deny, --report and --ask")
    if not named:
        return lambda prompt: _asked(prompt, number)
    return lambda _: Choice(decision=Decision(named[0]), number=number)


def _asked(prompt: Mapping[str, Any], number: str | None) -> Choice:
    answers = {decision.value[0]: decision for decision in Decision}
    while (letter := ask("[a]pprove, [d]eny, [r]eport that it was not you")[:1].lower()) not in answers:
        continue
    decision = answers[letter]
    if decision is Decision.APPROVE and prompt["number"] and number is None:
        number = ask("The number that you typed at the login")
    return Choice(decision=decision, number=number)


def described(device: Mapping[str, Any]) -> str:
    """A device on one line."""
    rings = "rings" if device["notifications"] else "does not ring"
    passkey = ", has a passkey" if device["passkey"] else ""
    return f"{device['name']} ({device['device_id']}), {rings}{passkey}, last used {moment(device['last_used_at'])}"


def _devices(user: Mapping[str, Any]) -> list[dict[str, Any]]:
    listed = user.get("devices", [])
    return sorted(listed, key=lambda device: int(device["position"]))


def _find(devices: list[dict[str, Any]], wanted: str) -> dict[str, Any]:
    for device in devices:
        if wanted in {device["device_id"], str(device["position"])}:
            return device
    raise CommandError("not-found", "the user has no such device", REFUSED)


def _default_key_file() -> Path:
    folder = Path(typer.get_app_dir("gatehouse"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "device.json"
