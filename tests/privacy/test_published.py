"""What a run publishes of a call full of personal data: nothing of it can be read or heard."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING

import numpy as np
import openpyxl
import pyarrow.parquet as pq
import pytest

from pipeline.records import Personal, Role, Span
from pipeline.sound.decode import open_sound
from pipeline.store.files import Store
from pipeline.store.schema import CallRow, FindingRow, MaskedPlace, TranscriptRow
from tests.conftest import callqa, without_processes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from pipeline.store.columns import R

NUMBER, IDENTITY, CARD, PLATE = (
    "13800001234",
    "110105194912310021",
    "6222021234567890128",
    "苏A12345",
)
FILE = f"in-{NUMBER}-0008-20261120-091500-1700000000.1.wav"
TURNS = [
    (Role.AGENT, "您好,江城中燃8号为您服务,请问有什么可以帮您?"),
    (Role.CUSTOMER, f"我叫张伟,身份证{IDENTITY},卡号{CARD},车牌{PLATE}。"),
    (Role.AGENT, "张先生,请问您的联系电话是多少?"),
    (Role.CUSTOMER, "幺三八零零零零一二三四,我住在中山路12号3栋501室。"),
    (Role.AGENT, "你到底听不听得懂人话,幺三八零零零零一二三四。"),
    (Role.CUSTOMER, "好的,再见。"),
]
SECRETS = (
    NUMBER,
    IDENTITY,
    CARD,
    "A12345",
    "张伟",
    "张先生",
    "零零零零一二三四",
    "中山路12号",
    "501室",
)
SHAPES = re.compile(
    r"(?<![0-9a-f.])(?:1[3-9][0-9]{9}|0(?:10|2[0-9]|[3-9][0-9]{2})[2-8][0-9]{6,7}|[1-9][0-9]{16}[0-9X]|"
    r"62[0-9]{14,17})(?![0-9a-f])|[苏沪京][A-Z][A-Z0-9]{5}"
)
"""A mobile number, a landline, an identity card, a bank card, a plate; digits of a hash are none."""
STEP = 4.0
"""Seconds from one turn's start to the next; a turn lasts three."""


def _folder(folder: Path) -> Path:
    """A recording of loud noise, named as a phone system does, with its transcript beside it."""
    import wave

    folder.mkdir()
    noise = np.random.default_rng(1).integers(-9000, 9000, (int(len(TURNS) * STEP * 8000), 2))
    with wave.open(str(folder / FILE), "wb") as file:
        file.setparams((2, 2, 8000, 0, "NONE", ""))
        file.writeframes(noise.astype("<i2").tobytes())
    turns = [_turn(role, text, i * STEP) for i, (role, text) in enumerate(TURNS)]
    call = {"call_id": f"call-{NUMBER}", "agent_id": "0008", "customer": NUMBER, "channels": 2}
    call |= {"started_at": "2026-11-20T09:15:00+08:00", "direction": "inbound"}
    sidecar = json.dumps({"call": call, "turns": turns}, ensure_ascii=False)
    (folder / FILE).with_suffix(".json").write_text(sidecar, encoding="utf-8")
    (folder / f"{NUMBER}-broken.wav").write_bytes(b"RIFF")
    return folder


def _turn(role: Role, text: str, start: float) -> dict[str, object]:
    """A turn whose characters are words of equal length."""
    step = 3.0 / len(text)
    words = [
        {"text": c, "start": start + i * step, "end": start + (i + 1) * step, "probability": 0.99}
        for i, c in enumerate(text)
    ]
    return {"role": role, "start": start, "end": start + 3.0, "text": text, "words": words}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of such a night."""
    base = tmp_path_factory.mktemp("privacy")
    with without_processes():
        done = callqa("score", _folder(base / "calls"), "--out", base / "out")
    assert done.returncode == 3, done.stderr
    assert NUMBER not in done.stdout + done.stderr
    assert "138****1234-broken.wav" in done.stderr
    return base / "out"


def _texts(out: Path) -> Iterator[tuple[Path, str]]:
    """Everything that is published, as text."""
    for path in sorted((out / "data").rglob("*.parquet")):
        yield path, json.dumps(pq.read_table(path).to_pylist(), ensure_ascii=False, default=str)
    for kind in ("*.html", "lists/*.js"):
        for path in sorted((out / "reports").rglob(kind)):
            yield path, path.read_text(encoding="utf-8")
    book = openpyxl.load_workbook(out / "reports" / "scores.xlsx")
    cells = (str(c) for sheet in book for row in sheet.iter_rows(values_only=True) for c in row)
    yield out / "reports" / "scores.xlsx", "\n".join(cells)


def _left(out: Path) -> list[tuple[str, str]]:
    return [
        (path.name, found)
        for path, text in _texts(out)
        for found in [*SHAPES.findall(text), *(s for s in SECRETS if s in text)]
    ]


def test_nothing_personal_is_left_in_tables_pages_and_workbook(published: Path) -> None:
    """Nor in the names of the files."""
    assert _left(published) == []
    names = [p.name for room in ("data", "reports") for p in (published / room).rglob("*")]
    assert [name for name in names if NUMBER in name] == []


def test_no_shape_of_a_number_is_left_in_the_fixture_calls(scored_out: Path) -> None:
    """What is published of them, too."""
    assert [
        (path.name, SHAPES.findall(text))
        for path, text in _texts(scored_out)
        if SHAPES.search(text)
    ] == []


def _rows(out: Path, row: type[R]) -> list[R]:
    """The rows of a table."""
    store = Store(out, "Asia/Shanghai")
    return [one for date in store.table_dates(row) for one in store.read(row, date)]


def _places(turn: TranscriptRow) -> tuple[MaskedPlace, ...]:
    return turn.masked or ()


def test_texts_keep_their_length_and_their_words_their_times(published: Path) -> None:
    """Offsets point where they did; the plain words are kept for scoring."""
    turns = _rows(published, TranscriptRow)
    assert [len(turn.text) for turn in turns] == [len(text) for _, text in TURNS]
    for turn in turns:
        assert "".join(word.text for word in turn.words) == turn.text
        assert all(turn.text[t.start : t.end] == t.text for t in turn.tokens)
    assert {place.kind for turn in turns for place in _places(turn)} == {
        *(Personal.NAME, Personal.IDENTITY, Personal.BANK_CARD, Personal.PLATE),
        *(Personal.PHONE, Personal.ADDRESS),
    }


def test_a_quote_is_masked_as_its_turn_is(published: Path) -> None:
    """The page marks it where it stands."""
    turns = _rows(published, TranscriptRow)
    quoted = [f for f in _rows(published, FindingRow) if "****" in f.quote and f.turn is not None]
    assert quoted
    assert all(f.quote in turns[f.turn or 0].text for f in quoted)


def test_explain_masks_and_plain_does_not(published: Path) -> None:
    """Under the published id, and under the one of the call record."""
    (call_id,) = [call.call_id for call in _rows(published, CallRow)]
    assert NUMBER not in call_id
    masked = callqa("explain", call_id, "--out", published).stdout
    assert "幺三八****一二三四" in masked
    plain = callqa("explain", f"call-{NUMBER}", "--plain", "--out", published).stdout
    assert "幺三八零零零零一二三四" in plain
    assert plain.count("\n") == masked.count("\n")


def _heard(path: Path) -> tuple[NDArray[np.float64], int]:
    """Both channels of a recording as they sound, and their rate."""
    with open_sound(path) as container:
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
        rate = container.streams.audio[0].codec_context.sample_rate
    return np.concatenate(frames, axis=1).astype(float), rate


def _level(path: Path, span: Span) -> float:
    """Root mean square of a stretch, full scale 1."""
    samples, rate = _heard(path)
    return float(np.sqrt(np.mean(samples[:, int(span.start * rate) : int(span.end * rate)] ** 2)))


def test_the_page_plays_silence_where_something_is_masked(published: Path) -> None:
    """And the sound everywhere else, at its time."""
    (copy,) = (published / "reports" / "audio").iterdir()
    said = [_places(turn) for turn in _rows(published, TranscriptRow)]
    at_home = next(places for places in said if any(p.kind is Personal.ADDRESS for p in places))
    number = next(place for place in at_home if place.kind is Personal.PHONE)
    assert _level(copy, Span(number.start_s, number.end_s)) < 0.01
    assert _level(copy, Span(0.5, 3.0)) > 0.05


def test_no_page_plays_anything_where_the_settings_say_so(published: Path, tmp_path: Path) -> None:
    """And what was there before is gone."""
    out = shutil.copytree(published, tmp_path / "out")
    config = tmp_path / "callqa.toml"
    config.write_text('[privacy]\naudio = "none"\n', encoding="utf-8")
    assert callqa("report", "--out", out, "--config", config).returncode == 0
    assert not list((out / "reports").rglob("*.webm"))
    pages = (out / "reports" / "calls").rglob("*.html")
    assert all("<audio" not in page.read_text(encoding="utf-8") for page in pages)


def test_plain_is_said_at_each_run_and_taken_back_whole(published: Path, tmp_path: Path) -> None:
    """Pages over tables that are masked otherwise are not written; going back masks every date again."""
    out = shutil.copytree(published, tmp_path / "out")
    config = tmp_path / "callqa.toml"
    config.write_text('[privacy]\npublish = "plain"\n', encoding="utf-8")
    assert callqa("report", "--out", out, "--config", config).returncode == 2
    plain = callqa("rescore", "--out", out, "--config", config)
    assert "没有遮盖" in plain.stderr
    assert NUMBER in {said for _, said in _left(out)}
    config.write_text("", encoding="utf-8")
    assert "没有遮盖" not in callqa("rescore", "--out", out, "--config", config).stderr
    assert _left(out) == []


def test_a_call_that_needs_nothing_masked_is_as_it_was(scored_out: Path) -> None:
    """Masking changes no word of it."""
    turns = _rows(scored_out, TranscriptRow)
    untouched = [turn for turn in turns if not turn.masked]
    assert len(untouched) > len(turns) / 2
    assert not any("*" in turn.text for turn in untouched)
