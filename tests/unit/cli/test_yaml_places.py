"""YAML as plain values with their lines, and what is not taken."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatehouse.yaml_places import YamlMistakesError, read_yaml


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "clients.yaml"


def test_every_value_has_its_line(file: Path) -> None:
    file.write_text("a: 1\nb:\n  - x: [p, q]\n    y: text\n  -\n    z: 'quoted'\n")
    placed = read_yaml(file)
    assert placed.value == {"a": 1, "b": [{"x": ["p", "q"], "y": "text"}, {"z": "quoted"}]}
    assert {path: line for path, line in placed.lines.items() if path} == {
        ("a",): 1,
        ("b",): 2,
        ("b", 0): 3,
        ("b", 0, "x"): 3,
        ("b", 0, "x", 0): 3,
        ("b", 0, "x", 1): 3,
        ("b", 0, "y"): 4,
        ("b", 1): 6,
        ("b", 1, "z"): 6,
    }


def test_scalars_are_read_as_a_person_means_them(file: Path) -> None:
    texts = '"", 10, "10", 010, 1_000, 2026-01-31, 1.5, 12:30:45, -3, 0x1f'
    file.write_text(f"[yes, no, on, true, False, null, ~, {texts}]")
    assert read_yaml(file).value == [
        "yes", "no", "on", True, False, None, None, "", 10, "10", "010", "1_000", "2026-01-31", "1.5", "12:30:45", -3,
        "0x1f",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("", 1, "the file is empty"),
        ("# nothing\n", 1, "the file is empty"),
        ("a: 1\nb: [\n", 3, "this is not YAML"),
        ("a: 1\n\tb: 2\n", 2, "use spaces, no tabs"),
        ("a: 1\n  b: 2\n", 2, "indented rightly?"),
        ("a:\n  - b: 1\n    c: 2\n d: 3\n", 4, "indented like the others"),
        ("a: 1\nb 2\n", 3, "a colon missing"),
        ('a: "CORP\\mallory"\n', 1, "use single quotes"),
        ("a: 1\n---\nb: 2\n", 2, "this is not YAML"),
        ("a: &x 1\nb: *x\n", 1, "anchors and aliases"),
        ("a: 1\na: 2\n", 2, "a stands twice here"),
        ("a:\n  ? [1]\n  : 2\n", 2, "a name must be a plain text"),
        ("a: !!python/object:os.system x\n", 1, "the tag"),
        ("a: !secret x\n", 1, "the tag"),
        ("a: !!binary eA==\n", 1, "the tag"),
        ("a: \x00\n", 1, "this is not YAML"),
        ("a: x\nb: \x1b[2J\n", 1, "this is not YAML"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(file: Path, text: str, line: int, told: str) -> None:
    file.write_text(text)
    with pytest.raises(YamlMistakesError) as refused:
        read_yaml(file)
    (finding,) = refused.value.findings
    assert (finding.file, finding.line, told in finding.text) == (str(file), line, True), finding


def test_a_syntax_error_does_not_repeat_the_file(file: Path) -> None:
    file.write_text('clients:\n  - secret: "canary\n')
    with pytest.raises(YamlMistakesError) as refused:
        read_yaml(file)
    assert "canary" not in repr(refused.value.findings)


def test_a_file_that_is_not_there_or_not_text_is_told(file: Path) -> None:
    with pytest.raises(YamlMistakesError) as refused:
        read_yaml(file)
    assert "cannot be read: No such file" in refused.value.findings[0].text
    file.write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(YamlMistakesError) as refused:
        read_yaml(file)
    assert (refused.value.findings[0].line, refused.value.findings[0].text) == (2, "this is not UTF-8")
    file.write_text("[" * 100_000)
    with pytest.raises(YamlMistakesError) as refused:
        read_yaml(file)
    assert "nested too deeply" in refused.value.findings[0].text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=80))
def test_no_text_makes_it_stumble(tmp_path: Path, text: str) -> None:
    path = tmp_path / "any.yaml"
    path.write_text(text, encoding="utf-8", errors="replace")
    try:
        placed = read_yaml(path)
    except YamlMistakesError:
        return
    assert () in placed.lines
