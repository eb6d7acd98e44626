"""The command line as its users meet it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.conftest import callqa

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


def test_help_imports_nothing_heavy() -> None:
    """Callqa --help answers at once because it loads none of these."""
    heavy = {
        "numpy",
        "pandas",
        "pyarrow",
        "faster_whisper",
        "jieba",
        "onnxruntime",
        "av",
        "pydantic",
    }
    code = (
        "import sys\nfrom typer.testing import CliRunner\nfrom pipeline.cli.main import app\n"
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0\n"
        f"print(sorted({heavy!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_command_of_the_contract_is_there() -> None:
    """With a line of help each."""
    shown = callqa("--help").stdout
    for command in ("score", "transcribe", "rescore", "report", "explain", "rubric", "doctor"):
        assert command in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["score", "nowhere"], "nowhere 不是文件夹"),
        (["score", ".", "--rubric", "gas"], "没有规范 'gas'；有的是 exchange-400, gas-hotline"),
        (["score", ".", "--config", "missing.toml"], "missing.toml: 读不出来"),
        (["score", ".", "--engine", "cloud"], "没有引擎 'cloud'"),
        (["score", ".", "--out", "/dev/null"], "是个文件；应是文件夹"),
        (["rescore", "--out", "nothing"], "里没有转写"),
        (["rubric", "test", "--rule", "voice.speed"], "哪份规范都没有规则 'voice.speed'"),
    ],
)
def test_wrong_usage_stops_with_2_and_writes_nothing(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    """One sentence that says what was expected, and no traceback."""
    done = callqa(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def _only_large(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings for a model that no package index has, and a hub that does not answer."""
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("HF_HOME", str(folder / "cache"))
    (folder / "callqa.toml").write_text('[asr]\nmodel = "large-v3-turbo"\n', encoding="utf-8")


def test_a_model_that_cannot_be_had_stops_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which model, where it was looked for, and the three ways out."""
    _only_large(tmp_path, monkeypatch)
    folder = tmp_path / "calls"
    folder.mkdir()
    (folder / "a.wav").write_bytes(b"RIFF")
    done = callqa("score", folder, "--out", tmp_path / "out", cwd=tmp_path)
    assert done.returncode == 2
    for part in ("large-v3-turbo", "models/large-v3-turbo", "HF_ENDPOINT", "自带转写"):
        assert part in done.stderr
    assert not (tmp_path / "out").exists()


def test_explain_prints_an_arithmetic_that_adds_up(
    brought: Callable[[Sequence[str]], Path], tmp_path: Path
) -> None:
    """Rule, place, quote, clause and points of each deduction, and the sum."""
    out = tmp_path / "out"
    callqa("score", brought(["g17"]), "--out", out)
    shown = callqa("explain", "g17", "--out", out)
    assert shown.returncode == 0, shown.stderr
    assert "wording.quarrel" in shown.stdout
    assert "“有本事你去投诉，我不怕”" in shown.stdout
    assert "100 -28.0 = 72.0" in shown.stdout
    assert "得分 72.0" in shown.stdout
    assert callqa("explain", "nobody", "--out", out).returncode == 2


def test_rubric_commands() -> None:
    """list, check and test answer for the rubric that is there."""
    listed = callqa("rubric", "list").stdout
    assert "voice.rate" in listed
    assert "没有错误" in callqa("rubric", "check").stdout
    tested = callqa("rubric", "test", "--rule", "voice.rate")
    assert tested.returncode == 0
    assert "0 个不符" in tested.stdout


def test_doctor_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The model is not there: exit 2, and everything else is told."""
    _only_large(tmp_path, monkeypatch)
    done = callqa("doctor", cwd=tmp_path)
    assert done.returncode == 2
    assert "✗ 语音模型 large-v3-turbo" in done.stdout
    assert "✓ 规范 gas-hotline" in done.stdout


def test_a_speech_server_that_does_not_answer_is_named(
    brought: Callable[[Sequence[str]], Path], tmp_path: Path
) -> None:
    """By doctor, and in the list of failures of a night whose other calls bring transcripts."""
    toml = '[asr]\nbackend = "http"\nurl = "http://127.0.0.1:9/v1"\nmodel = "paraformer"\nretries = 0\n'
    (tmp_path / "callqa.toml").write_text(toml, encoding="utf-8")
    looked = callqa("doctor", cwd=tmp_path)
    assert looked.returncode == 2
    assert "✗ 语音服务器 http://127.0.0.1:9/v1" in looked.stdout
    folder = brought(["g01"])
    (folder / "unheard.wav").write_bytes(b"RIFF")
    done = callqa("score", folder, "--out", tmp_path / "out", cwd=tmp_path)
    assert done.returncode == 3
    assert "语音服务器 http://127.0.0.1:9/v1 用不了" in done.stderr


def test_a_wrong_line_of_peoples_scores_stops_before_any_work(
    brought: Callable[[Sequence[str]], Path], tmp_path: Path
) -> None:
    """With file and line; no table is written."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "ratings.csv").write_text("call_id,rater,score\ng01,王,ninety\n", encoding="utf-8")
    done = callqa("score", brought(["g01"]), "--out", out)
    assert done.returncode == 2
    assert "ratings.csv:2" in done.stderr
    assert not (out / "data").exists()
