"""Whatever stands in a file, a person is told what is wrong with it, and nothing else is raised."""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import TranscriptError
from pipeline.transcripts.formats import READERS, read_text, read_transcript

SAMPLES = sorted((Path(__file__).parent / "samples").iterdir())
CHINESE = re.compile("[\u3000-\u9fff\uff00-\uffef]")
DELETED: Any = object()
REPLACEMENTS: tuple[Any, ...] = (DELETED, None, "x", -1, [], {}, True, 1e300, float("nan"), [["x"]])


def refused(text: str) -> str | None:
    """The message that a text is refused with; None where it is read."""
    try:
        read = read_text(text, "c1.json")
    except TranscriptError as error:
        return str(error)
    starts = [(u.start, u.end) for u in read.utterances]
    assert starts == sorted(starts)
    assert all(0 <= u.start <= u.end <= 2 * 86400 and u.text.strip() for u in read.utterances)
    assert all(0 <= w.start <= w.end and w.text for u in read.utterances for w in u.words)
    return None


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value inside a document."""
    items = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in items:
        yield (*path, key)
        if isinstance(value, (dict, list)):
            yield from places(value, (*path, key))


def mutated(data: Any, place: tuple[Any, ...], value: Any) -> Any:
    """A copy with one value replaced or deleted."""
    changed = copy.deepcopy(data)
    parent = changed
    for key in place[:-1]:
        parent = parent[key]
    if value is DELETED:
        del parent[place[-1]]
    else:
        parent[place[-1]] = value
    return changed


@pytest.mark.parametrize(
    "sample", [p for p in SAMPLES if p.suffix == ".json"], ids=lambda p: p.stem
)
def test_any_value_may_be_wrong(sample: Path) -> None:
    """Missing, of another type, negative, not finite: read, or refused with a message."""
    data = json.loads(sample.read_text(encoding="utf-8"))
    for place in places(data):
        for value in REPLACEMENTS:
            refused(json.dumps(mutated(data, place, value)))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda p: p.name)
def test_a_file_may_end_anywhere(sample: Path, tmp_path: Path) -> None:
    """A transfer that broke off, and bytes that fell over."""
    data = sample.read_bytes()
    path = tmp_path / sample.name
    chance = random.Random(1)  # noqa: S311  no secret
    for _ in range(20):
        broken = bytearray(data)
        broken[chance.randrange(len(data))] = chance.randrange(256)
        for bytes_left in (data[: chance.randrange(len(data))], bytes(broken)):
            path.write_bytes(bytes_left)
            with suppress(TranscriptError):
                read_transcript(path)


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", "0", '"x"', "[[]]", "[null]", "[" * 9999])
def test_what_is_no_transcript_is_refused_with_the_formats(text: str) -> None:
    """The way on is in the message."""
    message = refused(text)
    assert message is not None
    assert message.startswith("c1.json")
    assert all(form in message for form in READERS)


WRONG: list[tuple[str, tuple[Any, ...], Any, str]] = [
    ("whisper.json", ("segments", 1, "start"), None, "Whisper 转写的第 2 句"),
    ("whisper.json", ("segments", 0, "words", 2, "end"), -1, "第 1 句第 3 个词不能读"),
    ("whisper.json", ("segments", 1, "end"), 1.0, "开始 2.5 秒与结束 1 秒不是先后两个时刻"),
    (
        "funasr.json",
        (0, "sentence_info", 1, "end"),
        float("inf"),
        "FunASR 转写的第 1 项第 2 句",
    ),
    ("alibaba_isi.json", ("Result", "Sentences", 2, "EndTime"), DELETED, "缺少这一项"),
    ("tencent.json", ("Response", "Data", "ResultDetail", 0, "StartMs"), "x", "应为一个数"),
    (
        "huawei_sis.json",
        ("segments", 0, "end_time"),
        1e9,
        "第 1 句不能读（segments.0.end_time）",
    ),
    ("iflytek_list.json", (1, "bg"), "", "讯飞转写的第 2 句"),
    ("volcengine_channels.json", ("result", "utterances", 0, "text"), 5, "应为文字"),
    ("aws_channels.json", ("results", "channel_labels", "channels"), {}, "应为一列"),
    ("contact_lens.json", ("Transcript", 0, "BeginOffsetMillis"), None, "Amazon Connect"),
    (
        "azure_channels.json",
        ("recognizedPhrases", 1, "offsetInTicks"),
        "x",
        "Azure 转写的第 2 句",
    ),
    ("dashscope_channels.json", ("transcripts", 0, "sentences"), [], "只有文字"),
    ("vcon_wtf.json", ("analysis",), [], "vCon 里没有转写"),
    ("tencent.json", ("Response", "Data", "Status"), 1, "没有识别成功"),
    ("vcon_wtf.json", ("analysis", 1, "body", "segments", 0, "words", 0), 7, "指到第 8 个词"),
    ("vcon_entries.json", ("analysis", 0, "body"), "没有结构", "可以读的格式：callqa、Whisper"),
]
"""Sample, what is replaced in it, by what, and part of the message."""


def wrong(sample: str, place: tuple[Any, ...], value: Any) -> str:
    """The text of a sample with one value replaced."""
    data = json.loads((SAMPLES[0].parent / sample).read_text(encoding="utf-8"))
    return json.dumps(mutated(data, place, value))


@pytest.mark.parametrize(("sample", "place", "value", "message"), WRONG)
def test_the_message_names_the_place(
    sample: str, place: tuple[Any, ...], value: Any, message: str
) -> None:
    """Format, sentence and field, in words that whoever exported the file understands."""
    assert message in (refused(wrong(sample, place, value)) or "")


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "1\n00:00:03,000 --> 00:00:02,000\nA\n",
        "1\n00:00:01,000 --> 00:00:02,000\nA\n\n2\n00:03,000 --> 00:04,000\nB\n",
        "WEBVTT\n\n00:01.000 --> 4\nA\n",
        "WEBVTT\n\n00:71.000 --> 00:72.000\nA\n",
        '{"turns": [{"start": 0, "end": 1, "text": "A", "role": "boss"}]}',
        '{"results": {"channels": [{"alternatives": [{"transcript": "A", "words": []}]}]}}',
        '[{"text": "A", "timestamp": []}]',
        '{"TaskId": 1, "StatusStr": "success", "Result": "[0:1.640,x] A"}',
        *(wrong(*one[:3]) for one in WRONG),
    ],
)
def test_the_message_is_told_in_english_and_kept_in_chinese(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No word and no comma of the other language; the vendors keep their names."""
    monkeypatch.setenv("CALLQA_LANG", "en")
    with pytest.raises(TranscriptError) as caught:
        read_text(text, "c1.json")
    told = re.sub(
        "|".join(sorted(READERS, key=len, reverse=True)), "", caught.value.cause.within("en")
    )
    assert CHINESE.findall(told) == []
    assert CHINESE.search(str(caught.value))


SILENT: dict[str, Any] = {"text": "", "segments": [], "language": "zh"}


def test_an_empty_transcript_is_one() -> None:
    """A call in which nobody spoke."""
    answers: tuple[dict[str, Any], ...] = (
        SILENT,
        {"segments": [], "word_segments": []},
        {"status": "FINISHED", "segments": []},
        {"Result": {"Sentences": []}, "TaskId": "1"},
        {"Data": {"ResultDetail": [], "Result": ""}},
        {"result": {"text": "", "utterances": []}},
        {"results": {"transcripts": [], "items": []}},
        {"recognizedPhrases": []},
        {"turns": []},
        {"vcon": "0.4.0", "parties": [], "analysis": [{"type": "transcript", "body": SILENT}]},
    )
    for answer in answers:
        assert read_text(json.dumps(answer), "c1.json").utterances == ()
