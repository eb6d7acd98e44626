"""Everything that callqa raises on purpose.

    CallqaError
    ├── ConfigurationError     wrong usage, settings, rubric or model: exit 2 before any work
    ├── HeldError              another run writes into the output folder: exit 2 before any work
    ├── StoppedError           the run was told to end, or the disk is full: exit 4, going on is safe
    └── RecordingError         one recording cannot be used: listed in `failures`, the rest goes on
        ├── AudioError         the file does not decode
        └── TranscriptError    the transcript brought along cannot be read

Every message is for a person: what is wrong, where, and what was expected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.messages import Cause


class CallqaError(Exception):
    """The root: catch this to catch whatever callqa raises on purpose."""


class ConfigurationError(CallqaError):
    """Settings, rubric, lexicon, rule or model are wrong; nothing has been written.

    ``path`` and ``line`` (1-based) say where, when the fault lies in a file.
    """

    def __init__(self, message: str, *, path: Path | None = None, line: int | None = None) -> None:
        self.path = path
        self.line = line
        where = "" if path is None else f"{path}: " if line is None else f"{path}:{line}: "
        super().__init__(where + message)


class HeldError(CallqaError):
    """Another run holds the output folder; nothing has been written.

    ``who`` names it and since when; ``token`` tells it from any other, empty where it cannot be told.
    """

    def __init__(self, message: str, *, who: str, token: str) -> None:
        self.who = who
        self.token = token
        super().__init__(message)


class StoppedError(CallqaError):
    """The run ends before its end; what it did is kept, and another run goes on from there."""


class RecordingError(CallqaError):
    """One recording cannot be used; ``stage`` names the step that found out."""

    stage = "ingest"

    def __init__(self, cause: Cause) -> None:
        self.cause = cause
        super().__init__(cause)


class AudioError(RecordingError):
    """The audio of a recording does not decode."""

    stage = "audio"


class TranscriptError(RecordingError):
    """The transcript beside a recording, or in its place, cannot be read."""

    stage = "transcript"


class RecognitionError(RecordingError):
    """The speech recogniser failed on a recording."""

    stage = "asr"
