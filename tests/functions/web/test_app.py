"""What the web function answers: files, "not modified", and the page that says there is nothing here."""

import base64
import copy
import gzip
import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.functions.enrollment.world import real_event
from web.app import create_app
from web.headers import SECURITY_HEADERS
from web.static_files import FIXED, StaticFiles, read_static_files

ROOT = Path(__file__).resolve().parents[3]
STATIC = ROOT / "functions/web/static"
_SHAPE = real_event("redeem_code.json")


@pytest.fixture(scope="module")
def files() -> StaticFiles:
    return read_static_files(STATIC)


def ask(files: StaticFiles, path: str, *, method: str = "GET", origin: str = "", **headers: str) -> dict[str, Any]:
    event = copy.deepcopy(_SHAPE)
    event["rawPath"] = path
    event["requestContext"]["http"] |= {"method": method, "path": path}
    event["headers"] = {name.replace("_", "-"): value for name, value in headers.items()}
    event.pop("body", None)
    answered: dict[str, Any] = create_app(files, issuer='Example "Corp"', origin=origin)(event, None)
    return answered


def body(answered: Mapping[str, Any]) -> bytes:
    octets = base64.b64decode(answered["body"]) if answered["isBase64Encoded"] else answered["body"].encode()
    return gzip.decompress(octets) if answered["headers"].get("content-encoding") == "gzip" else octets


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/sw.js", "text/javascript; charset=utf-8"),
        ("/manifest.webmanifest", "application/manifest+json"),
        ("/apple-touch-icon.png", "image/png"),
        ("/portal.json", "application/json"),
    ],
)
def test_files_with_an_address_of_their_own_are_asked_about_each_time(files: StaticFiles, path: str, kind: str) -> None:
    answered = ask(files, path)
    assert (answered["statusCode"], answered["headers"]["content-type"]) == (200, kind)
    assert answered["headers"]["cache-control"] == "no-cache"


@pytest.mark.parametrize("name", ["js/main.js", "css/base.css", "icons/icon.svg", "icons/icon-512.png"])
def test_versioned_files_are_kept_for_ever(files: StaticFiles, name: str) -> None:
    answered = ask(files, f"/v/{files.version}/{name}")
    assert answered["statusCode"] == 200
    assert answered["headers"]["cache-control"] == "public, max-age=31536000, immutable"


def test_a_file_asked_for_by_another_version_is_kept_by_nobody(files: StaticFiles) -> None:
    answered = ask(files, "/v/0123456789abcdef/js/main.js")
    assert (answered["statusCode"], answered["headers"]["cache-control"]) == (200, "no-store")


def test_nothing_answered_still_says_version(files: StaticFiles) -> None:
    for path in FIXED:
        assert b"/v/VERSION/" not in body(ask(files, path)), path
    assert f"/v/{files.version}/js/main.js".encode() in body(ask(files, "/"))


def test_the_version_changes_with_any_file(files: StaticFiles, tmp_path: Path) -> None:
    for path in STATIC.rglob("*"):
        if path.is_file():
            copied = tmp_path / path.relative_to(STATIC)
            copied.parent.mkdir(parents=True, exist_ok=True)
            copied.write_bytes(path.read_bytes())
    assert read_static_files(tmp_path).version == files.version
    with (tmp_path / "css/base.css").open("a") as changed:
        changed.write("/* */")
    assert read_static_files(tmp_path).version != files.version


def test_a_file_of_an_unknown_kind_is_refused_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "page.php").write_text("")
    with pytest.raises(KeyError):
        read_static_files(tmp_path)


@pytest.mark.parametrize("accepted", ["gzip", "br, gzip", "GZIP;q=0.5, identity", "gzip; q=1.000"])
def test_text_is_compressed_for_whoever_takes_it(files: StaticFiles, accepted: str) -> None:
    answered = ask(files, "/", accept_encoding=accepted)
    assert answered["headers"]["content-encoding"] == "gzip"
    assert len(answered["body"]) < len(ask(files, "/")["body"])
    assert body(answered) == body(ask(files, "/"))


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "gzip;q=0.000", "xgzip", "identity"])
def test_nobody_gets_what_they_do_not_take(files: StaticFiles, accepted: str) -> None:
    assert "content-encoding" not in ask(files, "/", accept_encoding=accepted)["headers"]


def test_pictures_are_not_compressed_again(files: StaticFiles) -> None:
    answered = ask(files, "/apple-touch-icon.png", accept_encoding="gzip")
    assert "content-encoding" not in answered["headers"]
    assert body(answered).startswith(b"\x89PNG")


@pytest.mark.parametrize("accepted", ["gzip", "identity"])
@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
def test_who_has_it_already_is_told_so(files: StaticFiles, accepted: str, form: str) -> None:
    etag = ask(files, "/", accept_encoding=accepted)["headers"]["etag"]
    answered = ask(files, "/", accept_encoding=accepted, if_none_match=form.format(etag))
    assert (answered["statusCode"], answered["body"]) == (304, "")
    assert answered["headers"]["etag"] == etag
    assert "content-encoding" not in answered["headers"]


def test_the_two_representations_have_an_etag_each_and_either_is_known(files: StaticFiles) -> None:
    plain, packed = ask(files, "/")["headers"]["etag"], ask(files, "/", accept_encoding="gzip")["headers"]["etag"]
    assert plain != packed
    assert ask(files, "/", if_none_match=packed)["statusCode"] == 304


def test_another_etag_is_no_reason_not_to_answer(files: StaticFiles) -> None:
    assert ask(files, "/", if_none_match='"0123456789abcdef"')["statusCode"] == 200


@pytest.mark.parametrize("path", ["/", "/sw.js", "/no/such", "/v/x/js/main.js"])
def test_head_is_get_without_a_body(files: StaticFiles, path: str) -> None:
    got, head = ask(files, path), ask(files, path, method="HEAD")
    assert (head["statusCode"], head["headers"], head["body"]) == (got["statusCode"], got["headers"], "")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
def test_nothing_but_get_and_head_is_taken(files: StaticFiles, method: str) -> None:
    answered = ask(files, "/", method=method)
    assert (answered["statusCode"], answered["headers"]["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    "path",
    [
        "/index.html/",
        "/index",
        "/../handler.py",
        "/v/{}/../../handler.py",
        "/v/{}/",
        "/v/{}",
        "/v/",
        "/static/js/main.js",
        "/v/{}/%2e%2e/app.py",
        "//",
        "/\x00",
        "/sw.js/",
        "/SW.JS",
        "",
    ],
)  # fmt: skip -- a list of paths, not of lines
def test_what_is_not_there_is_answered_with_a_page_that_says_so(files: StaticFiles, path: str) -> None:
    answered = ask(files, path.format(files.version), if_none_match="*", accept_encoding="gzip")
    assert answered["statusCode"] == 404
    assert answered["headers"]["cache-control"] == "no-store"
    assert b"There is nothing here" in body(answered)


def test_every_answer_carries_the_rules_for_the_browser(files: StaticFiles) -> None:
    for answered in (
        ask(files, "/"),
        ask(files, "/none"),
        ask(files, "/", method="POST"),
        ask(files, "/", if_none_match="*"),
    ):  # fmt: skip -- four requests, one line
        assert SECURITY_HEADERS.items() <= answered["headers"].items()


def test_the_policy_lets_nothing_in_but_own_files_and_nobody_frame_it() -> None:
    policy = dict(part.partition(" ")[::2] for part in SECURITY_HEADERS["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert not any("unsafe" in value or "*" in value or "http" in value for value in policy.values())
    assert (SECURITY_HEADERS["referrer-policy"], SECURITY_HEADERS["x-content-type-options"]) == (
        "no-referrer",
        "nosniff",
    )


def test_the_app_learns_whose_it_is_and_where_it_lives(files: StaticFiles) -> None:
    answered = ask(files, "/portal.json", origin="https://mfa.example.com")
    assert json.loads(body(answered)) == {"issuer": 'Example "Corp"', "origin": "https://mfa.example.com"}


def test_headers_may_be_missing_or_in_any_case(files: StaticFiles) -> None:
    event = copy.deepcopy(_SHAPE)
    event["rawPath"] = "/"
    event["requestContext"]["http"]["method"] = "GET"
    event["headers"] = {"Accept-Encoding": "gzip"}
    app = create_app(files, issuer="x", origin="")
    assert app(event, None)["headers"]["content-encoding"] == "gzip"  # type: ignore[index]  # a response is open-ended
    event["headers"] = None
    assert app(event, None)["statusCode"] == 200


# ---- the files themselves


def scripts() -> dict[str, str]:
    return {path.relative_to(STATIC).as_posix(): path.read_text() for path in STATIC.rglob("*.js")}


def modules_behind(start: str) -> set[str]:
    """All that a module imports, by itself and through others."""
    found, waiting = set[str](), [start]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        folder = STATIC / Path(name).parent
        imports = re.findall(r'(?:from|import) "(\.[^"]+)"', scripts()[name])
        waiting += [(folder / path).resolve().relative_to(STATIC).as_posix() for path in imports]
    return found


def test_the_page_names_every_module_that_it_needs_and_no_other() -> None:
    page = (STATIC / "index.html").read_text()
    preloaded = set(re.findall(r'modulepreload" href="/v/VERSION/([^"]+)"', page))
    assert preloaded | {"js/main.js"} == modules_behind("js/main.js")


def test_every_script_is_reached_from_the_page_or_the_worker() -> None:
    assert modules_behind("js/main.js") | modules_behind("js/worker/main.js") | {"sw.js"} == set(scripts())


def test_everything_that_page_and_styles_name_is_there(files: StaticFiles) -> None:
    for name in ("index.html", "404.html", "manifest.webmanifest", "js/worker/ring.js"):
        for path in re.findall(r'"(/[^"]*)"', (STATIC / name).read_text()):
            assert ask(files, path.replace("VERSION", files.version))["statusCode"] == 200, path


@pytest.mark.parametrize("name", ["index.html", "404.html"])
def test_pages_hold_no_inline_script_style_or_handler(name: str) -> None:
    page = (STATIC / name).read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", page)


def test_no_script_writes_html_or_evaluates_text() -> None:
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc|setTimeout\(\""
    )
    assert [name for name, text in scripts().items() if forbidden.search(text)] == []


def test_no_file_asks_anybody_else_for_anything() -> None:
    for path in STATIC.rglob("*"):
        if path.suffix in {".js", ".css", ".html", ".webmanifest"}:
            others = set(re.findall(r"https?://[^\s\"'`)]+", path.read_text())) - {"http://www.w3.org/2000/svg"}
            assert others == set(), path


def test_an_image_has_a_phone_s_size_and_not_more() -> None:
    manifest = json.loads((STATIC / "manifest.webmanifest").read_text())
    for icon in manifest["icons"]:
        if icon["type"] == "image/png":
            picture = (STATIC / icon["src"].removeprefix("/v/VERSION/")).read_bytes()
            width, height = int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])
            assert (f"{width}x{height}", len(picture) < 40_000) == (icon["sizes"], True)
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}


def test_the_function_starts_without_sdk_powertools_or_the_core() -> None:
    program = (
        "import sys; import web.handler; "
        "print([name for name in sys.modules if name.split('.')[0] in "
        "{'boto3', 'botocore', 'aws_lambda_powertools', 'mfa', 'cryptography', 'asyncio', 'email', 'http', 'urllib'}])"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(ROOT / 'functions')!r}); {program}"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )  # fmt: skip -- one command
    assert run.stdout.strip() == "[]"
