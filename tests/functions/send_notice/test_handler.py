"""The composed function, as a process of its own: what it loads before there is a notice, and what it logs."""

import json

from tests.functions.send_push.test_handler import SETTINGS, start

ENVIRONMENT = {**SETTINGS, "POWERTOOLS_SERVICE_NAME": "send_notice"}
TOO_HEAVY = {"boto3", "phonenumbers", "webauthn", "ldap3", "aws_lambda_powertools.event_handler", "mfa.adapters.des"}


def test_nothing_heavy_is_loaded() -> None:
    done = start("import sys, send_notice.handler; print(*sys.modules)", ENVIRONMENT)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert "mfa.services.notice_dispatch" in loaded
    assert loaded & TOO_HEAVY == set()


def test_a_note_of_the_trail_is_one_line_without_an_address_and_one_count() -> None:
    code = (
        "import send_notice.handler as handler\n"
        "from mfa.domain.notices import Notice\n"
        "from mfa.notice_ports import NoticeChannel, NoticeNote\n"
        "notice = Notice(notice_id='N', user_id='U', event='device_paired', at=1)\n"
        "note = NoticeNote(notice=notice, channel=NoticeChannel.MAIL, was_taken=True, detail='taken')\n"
        "handler._composition.notice_trail.noted(note)"
    )
    line, count = (json.loads(text) for text in start(code, ENVIRONMENT).stdout.splitlines())
    told = {"event": "device_paired", "notice_id": "N", "user_id": "U", "channel": "mail", "taken": True}
    assert told.items() <= line.items()
    assert (count["channel"], count["taken"], count["Notices"]) == ("mail", "yes", [1.0])
    assert "user_id" not in count, "a metric has no label of which there are many"
