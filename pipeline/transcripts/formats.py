"""Transcripts brought along: one file a format, read into the same utterances.

A format is registered here and nowhere else; it is told by content, never by name.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pipeline.errors import TranscriptError
from pipeline.messages import cause
from pipeline.text.decoding import decode
from pipeline.transcripts import (
    alibaba_isi,
    aws,
    azure,
    contact_lens,
    dashscope,
    deepgram,
    funasr,
    huawei_sis,
    iflytek,
    sidecar,
    srt,
    tencent,
    vcon,
    vcon_bodies,
    volcengine,
    vtt,
    whisper,
    whisperx,
)
from pipeline.transcripts.base import Brought, Document, Reader, join_names

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["READERS", "Brought", "Document", "Reader", "read_text", "read_transcript"]

READERS: dict[str, Reader] = {
    sidecar.NAME: Reader(sidecar.recognises, sidecar.read),
    whisper.NAME: Reader(whisper.recognises, whisper.read),
    whisperx.NAME: Reader(whisperx.recognises, whisperx.read),
    srt.NAME: Reader(srt.recognises, srt.read),
    vtt.NAME: Reader(vtt.recognises, vtt.read),
    funasr.NAME: Reader(funasr.recognises, funasr.read),
    dashscope.NAME: Reader(dashscope.recognises, dashscope.read),
    alibaba_isi.NAME: Reader(alibaba_isi.recognises, alibaba_isi.read),
    tencent.NAME: Reader(tencent.recognises, tencent.read),
    huawei_sis.NAME: Reader(huawei_sis.recognises, huawei_sis.read),
    iflytek.NAME: Reader(iflytek.recognises, iflytek.read),
    volcengine.NAME: Reader(volcengine.recognises, volcengine.read),
    aws.NAME: Reader(aws.recognises, aws.read),
    contact_lens.NAME: Reader(contact_lens.recognises, contact_lens.read),
    azure.NAME: Reader(azure.recognises, azure.read),
    deepgram.NAME: Reader(deepgram.recognises, deepgram.read),
}
READERS[vcon_bodies.NAME] = vcon.reader(dict(READERS))


def read_transcript(path: Path) -> Brought:
    """What the transcript in ``path`` brings.

    ``TranscriptError`` says what is wrong and where, and for an unknown format what could be read.
    """
    return read_text(_text(path), path.name)


def read_text(text: str, name: str) -> Brought:
    """What a transcript brings; ``text`` is what stands in it, ``name`` its file.

    ``TranscriptError`` as of ``read_transcript``.
    """
    data = None
    unknown = cause(
        "{file} is in no known format of transcripts; those that can be read: {known}",
        file=name,
        known=join_names(READERS),
    )
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        unknown = cause(
            "{file} is neither valid JSON ({error}) nor in a known format of transcripts; those that "
            "can be read: {known}",
            file=name,
            error=error,
            known=join_names(READERS),
        )
    document = Document(text, data)
    for reader in READERS.values():
        if reader.recognises(document):
            return reader.read(document)
    raise TranscriptError(unknown)


def _text(path: Path) -> str:
    """The text of a transcript's file."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TranscriptError(
            cause("{file} cannot be opened: {error}", file=path.name, error=error)
        ) from error
    text = decode(data)
    if text is None:
        raise TranscriptError(
            cause("{file} is neither UTF-8, UTF-16 nor GB18030 text", file=path.name)
        )
    return text
