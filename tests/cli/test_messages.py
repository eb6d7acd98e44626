"""One language for people: Chinese unless the locale is English, and a catalogue without holes."""

from __future__ import annotations

import ast
import gettext
import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from typer.main import get_command

from pipeline.cli.main import app
from pipeline.messages import DOMAIN, LOCALE
from tests.conftest import callqa, process

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from typer._click.core import Command

ROOT = Path(__file__).parent.parent.parent
FOLDER = LOCALE / "zh_CN" / "LC_MESSAGES"
MARKS = {"tr", "marked", "cause"}
ENGLISH, CHINESE = "holds no transcripts", "里没有转写"


def said() -> Iterator[tuple[str, str]]:
    """Every message in the code, with the file it stands in."""
    for path in sorted((ROOT / "pipeline").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                first = node.args[0] if node.args else None
                if node.func.id in MARKS and isinstance(first, ast.Constant):
                    yield str(first.value), path.name


@cache
def messages() -> dict[str, str]:
    """Every message in the code, once."""
    return dict(said())


def catalogue() -> dict[str, str]:
    """The Chinese messages as the program reads them."""
    with (FOLDER / f"{DOMAIN}.mo").open("rb") as file:
        known: dict[str, str] = vars(gettext.GNUTranslations(file))["_catalog"]
    return {message: text for message, text in known.items() if message}


def places(message: str) -> set[str]:
    """The names of a message's placeholders."""
    return set(re.findall(r"(?<!\{)\{(\w+)(?:!r)?", message))


def test_every_message_has_its_translation() -> None:
    """And there is none that nobody says. Run `make messages` where this fails."""
    known = catalogue()
    assert {m: place for m, place in messages().items() if not known.get(m)} == {}
    assert set(known) - set(messages()) == set()


def test_a_translation_has_the_placeholders_of_its_message() -> None:
    """All of them, and no others."""
    wrong = {m: t for m, t in catalogue().items() if places(m) != places(t)}
    assert wrong == {}


def test_the_compiled_catalogue_is_the_written_one() -> None:
    """Run `make messages` where this fails."""
    pofile = pytest.importorskip("babel.messages.pofile", reason="needs Babel")
    with (FOLDER / f"{DOMAIN}.po").open("rb") as file:
        written = {m.id: m.string for m in pofile.read_po(file) if m.id}
    assert written == catalogue()


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, CHINESE),
        ({"LANG": "C"}, CHINESE),
        ({"LC_ALL": "POSIX", "LANG": "en_US.UTF-8"}, CHINESE),
        ({"LANG": "zh_CN.UTF-8"}, CHINESE),
        ({"LANG": "en_GB.UTF-8"}, ENGLISH),
        ({"LC_MESSAGES": "en_US.UTF-8", "LANG": "zh_CN.UTF-8"}, ENGLISH),
        ({"CALLQA_LANG": "zh", "LANG": "en_US.UTF-8"}, CHINESE),
        ({"CALLQA_LANG": "en"}, ENGLISH),
    ],
)
def test_the_language_follows_the_user(
    tmp_path: Path, variables: dict[str, str], expected: str
) -> None:
    """His own variable first, then the locale's in their usual order."""
    done = run(tmp_path, variables, "report", "--out", "nothing")
    assert done.returncode == 2
    assert expected in done.stderr


@pytest.mark.parametrize("command", ["", "rescore", "serve", "calibrate draw", "user add"])
def test_no_sentence_of_help_is_cut_off(tmp_path: Path, command: str) -> None:
    """On a terminal of 80 columns, where a Chinese sentence is one long word."""
    said_in = {"CALLQA_LANG": "zh", "COLUMNS": "80"}
    shown = process(*command.split(), "--help", cwd=tmp_path, variables=said_in).stdout
    assert [line for line in shown.splitlines() if "…" in line.replace("A,B,…", "")] == []


@pytest.mark.parametrize(
    ("language", "word"), [("zh", "录音所在的文件夹"), ("en", "The folder of")]
)
def test_help_is_whole_and_in_one_language(tmp_path: Path, language: str, word: str) -> None:
    """Nothing is cut off on a terminal of 80 columns."""
    said_in = {"CALLQA_LANG": language, "COLUMNS": "80"}
    shown = process("score", "--help", cwd=tmp_path, variables=said_in).stdout
    assert word in shown
    assert "…" not in shown
    other = ("Options", "Show this", "Where", "required") if language == "zh" else ("选项", "结果")
    assert [w for w in other if w in shown] == []


def helps(command: Command, path: str) -> Iterator[tuple[str, str]]:
    """Every sentence of help, by the command and the option."""
    yield path, command.help or ""
    for one in command.params:
        yield f"{path} {one.name}", str(getattr(one, "help", None) or "")
    for name, below in getattr(command, "commands", {}).items():
        yield from helps(below, f"{path} {name}")


def test_no_word_of_help_is_taken_for_its_style() -> None:
    """What stands in square brackets, as a section of callqa.toml does, is not shown."""
    every = dict(helps(get_command(app), "callqa"))
    assert len(every) > 100
    assert {p: said for p, said in every.items() if re.search(r"\[[a-z_.#/@]", said)} == {}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["score"], "缺少 DIR"),
        (["score", "a", "--nope"], "没有选项 --nope"),
        (["score", "--jobs", "two", "a"], "--jobs: 要写一个整数"),
        (["scores"], "没有命令 'scores'"),
        (["score", "a", "b"], "多写了 b"),
    ],
)
def test_a_wrong_command_line_is_told_in_chinese(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    """In one line, with exit code 2; typer's own words are looked up when a process begins."""
    done = process(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("rubrik = 1\n", "callqa.toml:1: rubrik: 没有这个键；能写的有 rubric, rules"),
        ("[speech]\nthreshold = 2\n", "callqa.toml:2: speech.threshold: 应小于 1"),
        ('[asr]\ndevice = "gpu"\n', "callqa.toml:2: asr.device: 只能写 'auto', 'cpu'或'cuda'"),
        ("[asr\n", "callqa.toml:1: 不是正确的 TOML"),
    ],
)
def test_what_libraries_find_is_told_in_chinese(tmp_path: Path, content: str, message: str) -> None:
    """With file, line and key."""
    (tmp_path / "callqa.toml").write_text(content, encoding="utf-8")
    done = run(tmp_path, {}, "rubric", "list")
    assert done.returncode == 2
    assert message in done.stderr


def test_the_version_is_told(tmp_path: Path) -> None:
    """The one of the package."""
    from pipeline import __version__

    assert process("--version", cwd=tmp_path).stdout == f"callqa {__version__}\n"


def test_a_folder_in_which_nothing_is_found_is_no_success(tmp_path: Path) -> None:
    """A share that is not mounted looks like this; nothing is written, unless it may be empty."""
    (tmp_path / "calls").mkdir()
    for command in ("score", "transcribe"):
        done = run(tmp_path, {}, command, "calls", "--out", "out")
        assert done.returncode == 2
        assert "calls 里没有录音" in done.stderr
        assert not (tmp_path / "out").exists()
    assert run(tmp_path, {}, "score", "calls", "--out", "out", "--allow-empty").returncode == 0


def test_what_was_of_no_use_is_told_in_english_and_kept_in_chinese(tmp_path: Path) -> None:
    """On the terminal in the language of whoever runs the night, on the pages in the inspectors'."""
    folder = tmp_path / "calls"
    folder.mkdir()
    turns = [{"role": "agent", "start": 0, "end": 9, "text": "您好，请问有什么可以帮您？"}]
    for name in ("a.json", "b.json"):
        (folder / name).write_text(json.dumps({"turns": turns}), encoding="utf-8")
    (folder / "c.json").write_text(json.dumps({"turns": [{"start": -1}]}), encoding="utf-8")
    (folder / "d.wav").touch()
    done = run(tmp_path, {"CALLQA_LANG": "en"}, "score", "calls", "--out", "out")
    assert done.returncode == 3
    listed = [line.strip() for line in done.stderr.splitlines() if "✗" in line]
    assert [line.split(": ")[0] for line in listed] == ["✗ b.json", "✗ c.json", "✗ d.wav"]
    assert re.findall(r"[\u3000-\uffef]", done.stderr) == []
    kept = pd.read_parquet(tmp_path / "out/data/failures").message
    assert kept[0] == "内容与 a.json 完全相同，只评一次"


def run(
    folder: Path, variables: dict[str, str], *arguments: str
) -> subprocess.CompletedProcess[str]:
    """The command line in an environment whose language says nothing but ``variables``."""
    with pytest.MonkeyPatch.context() as own:
        for name in ("CALLQA_LANG", "LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES"):
            own.delenv(name, raising=False)
        return callqa(*arguments, cwd=folder, variables=variables)
