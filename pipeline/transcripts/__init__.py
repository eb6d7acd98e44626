"""Transcripts brought along: one file a format, read into the same utterances.

A format is registered here and nowhere else; it is told by content, never by name.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.errors import TranscriptError
from pipeline.transcripts import sidecar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipeline.records import Utterance


class Reader(NamedTuple):
    """Whether a parsed JSON document is of this format, and its utterances."""

    recognises: Callable[[Any], bool]
    read: Callable[[Any], tuple[Utterance, ...]]


READERS: dict[str, Reader] = {
    "callqa": Reader(sidecar.recognises, sidecar.read),
}


def read_transcript(path: Path) -> tuple[Utterance, ...]:
    """The utterances in ``path``; ``TranscriptError`` says what is wrong and what could be read."""
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise TranscriptError(f"{path.name} 不是有效的 JSON：{error}") from error
    for reader in READERS.values():
        if reader.recognises(data):
            return reader.read(data)
    raise TranscriptError(f"{path.name} 不是认识的转写格式；可以读的格式：{'、'.join(READERS)}")
