"""Every format that is read: one sample each in the vendor's shape, and what it says."""

from __future__ import annotations

import json
import zoneinfo
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipeline.call_records import record_of
from pipeline.records import Direction
from pipeline.transcripts.formats import READERS, Document, read_text, read_transcript

if TYPE_CHECKING:
    from pipeline.records import Utterance

SAMPLES = Path(__file__).parent / "samples"
HELLO, BILL = "您好，请问有什么可以帮您？", "我想查一下话费。"
TURNS = f"0.4-2.1 {{}} {HELLO}", f"2.5-4 {{}} {BILL}"

EXPECTED: dict[str, tuple[str, list[str]]] = {}
"""Sample: its format, and its utterances as ``_shown`` writes them."""


def _turns(form: str, name: str, agent: str, customer: str) -> None:
    """A sample with the same two turns that most have."""
    EXPECTED[name] = form, [TURNS[0].format(agent), TURNS[1].format(customer)]


_turns("callqa", "callqa.json", "agent", "customer")
_turns("Whisper", "whisper.json", "-", "-")
_turns("Whisper", "whisper_segments.json", "-", "-")
_turns("Whisper", "whisper_tuples.json", "-", "-")
_turns("阿里云百炼", "dashscope_channels.json", "channel 0", "channel 1")
_turns("腾讯云", "tencent.json", "speaker 0", "speaker 1")
_turns("华为云", "huawei_sis.json", "agent", "customer")
_turns("讯飞", "iflytek_list.json", "speaker 1", "speaker 2")
_turns("讯飞", "iflytek_answer.json", "speaker 1", "speaker 2")
_turns("讯飞", "iflytek_lattice.json", "speaker 1", "speaker 2")
_turns("火山引擎", "volcengine_channels.json", "channel 0", "channel 1")
_turns("Amazon Connect", "call_analytics.json", "agent", "customer")
_turns("Amazon Connect", "contact_lens.json", "agent", "customer")
_turns("vCon", "vcon_entries.json", "agent", "customer")
EXPECTED |= {
    "whisperx.json": (
        "WhisperX",
        [
            "0.4-2 speaker SPEAKER_00 您好 工号 8008",
            "2-2.4 speaker SPEAKER_01 嗯",
            f"2.5-4 speaker SPEAKER_01 {BILL}",
        ],
    ),
    "subtitles.srt": (
        "SRT",
        [
            f"0.4-2.1 agent {HELLO}",
            f"2.5-4 customer {BILL}",
            "4.2-5 agent 请稍等。",
            "4.2-5 customer 好的。",
            "5.5-6 speaker SPEAKER_01 温馨提示：通话结束",
        ],
    ),
    "subtitles.vtt": (
        "WebVTT",
        [
            f"0.4-2.1 agent {HELLO}",
            "2.5-4 speaker 张三 我想查一下话费 & 流量。",
            "3600-3601.5 agent 请稍等。",
            "3600-3601.5 customer 好的。",
        ],
    ),
    "funasr.json": (
        "FunASR",
        [
            "0.4-2.1 speaker 0 您好，请问您贵姓？",
            "2.5-3.2 speaker 1 我姓王",
            "3.5-5 speaker 0 尾号 8008 对吧？",
        ],
    ),
    "funasr_text.json": ("FunASR", ["0.4-0.9 - 您好。", "2.5-3.5 - 查 wifi 密码！"]),
    "funasr_runtime.json": ("FunASR", ["0.4-0.9 - 您好，", "2.5-3.2 - 我姓王。"]),
    "dashscope_speakers.json": (
        "阿里云百炼",
        ["0.4-0.9 speaker 0 您好。", f"2.5-4 speaker 1 {BILL}"],
    ),
    "alibaba_isi.json": (
        "阿里云智能语音交互",
        [f"0.4-2.1 channel 0 {HELLO}", f"2.5-4 channel 1 {BILL}", "2.6-2.9 channel 0 嗯。"],
    ),
    "tencent_lines.json": ("腾讯云", [f"0.4-2.1 - {HELLO}", f"62.5-64 - {BILL}"]),
    "iflytek_order.json": ("讯飞", [f"0.4-2.1 channel 1 嗯{HELLO}", f"2.5-4 channel 0 {BILL}"]),
    "volcengine_speakers.json": (
        "火山引擎",
        ["0.4-0.9 speaker 1 您好。", f"2.5-4 speaker 2 {BILL}"],
    ),
    "volcengine_list.json": ("火山引擎", ["0.4-0.9 - 您好。"]),
    "aws_speakers.json": (
        "AWS Transcribe",
        ["0.4-1.3 speaker spk_0 您好，请问？", "2.5-4 speaker spk_1 我想查话费。"],
    ),
    "aws_channels.json": (
        "AWS Transcribe",
        [
            "0.4-0.9 channel 0 您好。",
            "0.7-1.9 channel 1 我想查话费。",
            "2-2.5 channel 1 OK thanks",
        ],
    ),
    "azure_channels.json": (
        "Azure",
        [f"0.4-2.1 channel 0 {HELLO}", f"2.5-4 channel 1 {BILL}", "4.2-4.5 channel 0 好的。"],
    ),
    "azure_speakers.json": (
        "Azure",
        ["0.4-0.9 speaker 1 您好。", f"62.5-64 speaker 2 {BILL}"],
    ),
    "deepgram.json": (
        "Deepgram",
        ["0.4-0.9 speaker 0 您好。", "2.5-4 speaker 1 我想查话费。"],
    ),
    "vcon_wtf.json": ("vCon", ["0.4-0.9 agent 您好。", f"2.5-4 customer {BILL}"]),
    "vcon_deepgram.json": (
        "vCon",
        ["0.4-0.9 speaker 0 您好。", "2.5-4 speaker 1 我想查话费。", "61-61.5 - 再见。"],
    ),
}


def _shown(utterance: Utterance) -> str:
    side = "-"
    if utterance.role is not None:
        side = utterance.role.value
    elif utterance.channel is not None:
        side = f"channel {utterance.channel}"
    elif utterance.speaker is not None:
        side = f"speaker {utterance.speaker}"
    return f"{utterance.start:g}-{utterance.end:g} {side} {utterance.text}"


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_sample_says_what_its_vendor_heard(name: str) -> None:
    """Texts, times and sides, in order."""
    read = read_transcript(SAMPLES / name)
    assert [_shown(u) for u in read.utterances] == EXPECTED[name][1]


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_one_format_alone_recognises_a_sample(name: str) -> None:
    """No other reader takes it for its own."""
    text = (SAMPLES / name).read_text(encoding="utf-8")
    data = json.loads(text) if name.endswith(".json") else None
    document = Document(text, data)
    found = [form for form, reader in READERS.items() if reader.recognises(document)]
    assert found == [EXPECTED[name][0]]


def test_every_sample_and_every_format_is_tested() -> None:
    """A format without a sample would be one that nobody tried."""
    assert {p.name for p in SAMPLES.iterdir()} == set(EXPECTED)
    assert {form for form, _ in EXPECTED.values()} == set(READERS)


def test_segments_alone_are_what_they_are_in_the_whole_result() -> None:
    """Many keep ``result["segments"]`` and nothing else."""
    for name in ("whisper.json", "whisperx.json"):
        whole = json.loads((SAMPLES / name).read_text(encoding="utf-8"))
        alone = read_text(json.dumps(whole["segments"]), name)
        assert alone.utterances == read_transcript(SAMPLES / name).utterances


WORDS = {
    "whisper.json": "您好，@0.4-0.9 请问@1-1.3 有什么@1.3-1.6 可以@1.6-1.8 帮您？@1.8-2.1",
    "whisper_tuples.json": "您好，@0.4-0.9 请问有什么可以帮您？@1-2.1",
    "whisperx.json": "您@0.4-0.6 好@0.6-0.8 工@0.9-1 号@1-1.2 80@1.2-1.6 08@1.6-2",
    "funasr_runtime.json": "您@0.4-0.6 好@0.6-0.9",
    "dashscope_channels.json": "您好，@0.4-0.9 请问有什么可以帮您？@1-2.1",
    "alibaba_isi.json": "您好@0.4-0.9 请问@1-1.3",
    "tencent.json": "您好@0.4-0.9 请问@1-1.3 有什么可以帮您@1.3-2.1",
    "huawei_sis.json": "您好@0.4-0.9 请问有什么可以帮您@1-2.1",
    "iflytek_list.json": "您好，@0.4-0.9 请问有什么可以帮您？@1-2.1",
    "iflytek_order.json": "嗯@0.4-0.5 您好，@0.52-0.9 请问有什么可以帮您？@1-2.1",
    "volcengine_channels.json": "您好@0.4-0.9 请问有什么可以帮您@1-2.1",
    "aws_speakers.json": "您好，@0.4-0.9 请问？@1-1.3",
    "call_analytics.json": "您好，@0.4-0.9 请问有什么可以帮您？@1-2.1",
    "azure_channels.json": "您好@0.4-0.9",
    "azure_speakers.json": "您好。@0.4-0.9",
    "deepgram.json": "您好。@0.4-0.9",
    "vcon_wtf.json": "您好@0.4-0.9",
}


@pytest.mark.parametrize("name", sorted(WORDS))
def test_words_have_the_time_of_the_recording(name: str) -> None:
    """Also where the vendor counts from the sentence, in frames or in ticks."""
    first = read_transcript(SAMPLES / name).utterances[0]
    assert " ".join(f"{w.text}@{w.start:g}-{w.end:g}" for w in first.words) == WORDS[name]


def test_words_of_a_later_sentence_and_dialog_are_moved() -> None:
    """An offset that is forgotten shows in the second sentence, not in the first."""
    for name in ("tencent.json", "iflytek_list.json", "iflytek_order.json"):
        second = read_transcript(SAMPLES / name).utterances[1]
        assert [(w.start, w.end) for w in second.words] == [(2.5, 2.9), (2.9, 4.0)]


def test_confidence_is_kept_where_it_is_given() -> None:
    """As a number, also where the vendor writes it as text."""
    for name, probability in {"iflytek_list.json": 0.971, "aws_speakers.json": 0.98}.items():
        first = read_transcript(SAMPLES / name).utterances[0]
        assert first.words[0].probability == probability
    assert read_transcript(SAMPLES / "tencent.json").utterances[0].words[0].probability is None


def test_what_a_transcript_says_of_the_call() -> None:
    """In the fields of a call record, as those read them."""
    zone = zoneinfo.ZoneInfo("Asia/Shanghai")
    records = {name: record_of(read_transcript(SAMPLES / name).call, zone) for name in EXPECTED}
    assert records["callqa.json"].direction is Direction.INBOUND
    assert records["contact_lens.json"].call_id == "7c77422d-f9ba-4111-ad48-000000000001"
    assert records["vcon_wtf.json"].call_id == "01928e10-193e-8231-b9a2-279e0d16bc46"
    started = records["vcon_wtf.json"].started_at
    assert started is not None
    assert started.isoformat() == "2026-11-18T09:15:00+08:00"
    assert records["azure_speakers.json"].duration == 65.68
    assert (records["azure_speakers.json"].channels, records["alibaba_isi.json"].channels) == (1, 2)
    assert records["whisper.json"].channels is None
