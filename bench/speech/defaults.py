"""``python -m bench.speech.defaults``: what each default of the recogniser gains and costs.

Fixture calls through Whisper base, one setting changed at a time: character errors, processor time as
a share of the audio's length, and turns of a second and more that stay without words.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from bench.night import machine
from bench.reading import errors
from bench.speech.page import table
from bench.truth import WITHOUT_WORDS
from pipeline.asr import backend, whisper
from pipeline.hearing import hear
from pipeline.records import CallRecord, Recording
from pipeline.settings import AsrSettings, Settings, SpeechSettings
from pipeline.sound import vad
from tests.fixtures_truth import Truth, truths

if TYPE_CHECKING:
    from collections.abc import Sequence

CALLS = ("g02", "g05", "g08", "g10", "g15", "g22", "g27", "g34")
STYLE = "以下是普通话的通话录音，有标点符号。"
NAMES = ("江城中燃", "中国燃气")
SILERO = {"threshold": 0.5, "end_threshold": 0.35}
BASE = AsrSettings(model="base")
VARIANTS: dict[str, tuple[dict[str, Any], dict[str, Any], Sequence[str], dict[str, Any]]] = {
    "the defaults": ({}, {}, (), {}),
    "windows of 20 s": ({"window_seconds": 20.0}, {}, (), {}),
    "windows of 15 s": ({"window_seconds": 15.0}, {}, (), {}),
    "windows of 10 s": ({"window_seconds": 10.0}, {}, (), {}),
    "windows of 28 s": ({"window_seconds": 28.0}, {}, (), {}),
    "each window padded to 30 s": ({"window_seconds": 28.0}, {"TAIL": 30.0}, (), {}),
    "a prompt for style": ({"prompt": STYLE}, {}, (), {}),
    "the prompt with names": ({"prompt": STYLE}, {}, NAMES, {}),
    "beam of 1": ({"beam_size": 1}, {}, (), {}),
    "beam of 3": ({"beam_size": 3}, {}, (), {}),
    "0.8 s between clips": ({}, {"BETWEEN": 0.8}, (), {}),
    "2 s behind the last clip": ({}, {"TAIL": 2.0}, (), {}),
    "windows as short as they are": ({}, {"SHORTEST": 0.0}, (), {}),
    "the whole vocabulary": ({"vocabulary": "whole"}, {}, (), {}),
    "nothing heard again": ({}, {"SURELY_SPEECH": 1e9}, (), {}),
    "the fundamental not restored": ({}, {"STRENGTH": 0.0}, (), {}),
    "Silero's own thresholds": ({}, {}, (), SILERO),
    "Silero as it comes": ({}, {"STRENGTH": 0.0}, (), SILERO),
}
"""By name: settings of the recogniser, constants of its module or of the voice detection's, names told,
settings of vad."""


def main() -> None:
    """Measure and write defaults.md."""
    calls = [truth for truth in truths() if truth.call_id in CALLS]
    rows: list[list[str]] = []
    for name, (asr, constants, names, detection) in VARIANTS.items():
        settings = Settings(
            asr=BASE.model_copy(update=asr), speech=SpeechSettings().model_copy(update=detection)
        )
        recogniser = backend(settings.asr).load(settings.asr, threads=1, workers=1)
        if not rows:  # what is loaded once is no default's cost
            _measured(calls[:1], recogniser, settings, names)
        with ExitStack() as changed:
            for constant, value in constants.items():
                module = whisper if hasattr(whisper, constant) else vad
                changed.enter_context(patch.object(module, constant, value))
            rows.append([name, *_measured(calls, recogniser, settings, names)])
        print(" | ".join(rows[-1]), flush=True)
    head = ["", "character errors", "processor time", "turns without words"]
    lines = ["# What each default gains", "", f"Measured on {machine()}.", "", *table(head, rows)]
    about = "\n\n" + " ".join((__doc__ or "").split()) + "\n"
    text = "\n".join(lines) + about
    Path(__file__).with_suffix(".md").write_text(text, encoding="utf-8")


def _measured(
    calls: Sequence[Truth], recogniser: Any, settings: Settings, names: Sequence[str]
) -> list[str]:
    wrong = said = silent = 0
    audio, begin = 0.0, time.process_time()
    for truth in calls:
        heard = hear(_recording(truth), lambda: recogniser, settings, names)
        audio += heard.duration
        agent = truth.data["agent_channel"]
        for role, channel in (("agent", agent), ("customer", 1 - agent)):
            own = [u for u in heard.utterances if u.channel == channel]
            spoken = "".join(turn["text"] for turn in truth.turns(role))
            distance, characters = errors(spoken, "".join(u.text for u in own))
            wrong, said = wrong + distance, said + characters
            silent += sum(not u.text and u.end - u.start >= WITHOUT_WORDS for u in own)
    share = (time.process_time() - begin) / audio
    return [f"{100 * wrong / said:.1f} %", f"{100 * share:.1f} %", str(silent)]


def _recording(truth: Truth) -> Recording:
    path = str(truth.path)
    return Recording(file=path, path=path, content_id="", record=CallRecord(), audio=True)


if __name__ == "__main__":
    main()
