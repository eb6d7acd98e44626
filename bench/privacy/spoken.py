"""``python -m bench.privacy.spoken``: personal data that is really said, and what is left of it.

The reported half of the dialogues in which numbers are dictated, and of the lines, is spoken by the
fixtures' voices over a telephone line and scored by ``callqa score`` as it comes, with Whisper base. Of
each secret that was said it is asked where it can be told: in what the recogniser heard (the control:
what was never understood cannot be shown), in the words that are published, and in the copies that the
pages play, heard again by the same model. Of a number four hidden digits in a row tell it, wherever in
the call they stand; of an address three syllables in a row; of a name all of it, by its sound.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from pypinyin import lazy_pinyin

from bench.privacy.__main__ import Sample, Slot, samples
from pipeline.records import Role
from pipeline.text.digits import digit_runs, read_digits
from tests.fixtures.call_records import call_record, write_beside
from tests.fixtures.dialogues import CallScript, Expectation, Line, load
from tests.fixtures.encoding import ENCODINGS, record, write
from tests.fixtures.layout import lay_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

IN_A_ROW = {"address": 3}
"""Syllables in a row that tell a secret; of a name all of them."""
DIGITS = 4
"""Hidden digits in a row that tell a number."""
NUMBERS = ("phone", "landline", "id", "bank")
KINDS = {"given": "name", "surname": "name", "wechat": "account"}
"""Values that count as another kind."""
LINES = 5
"""Lines of one call, where they are no dialogue."""
STRANGERS = {"others": 1, "more": 1, "thaw": 3}
"""Dialogues of other hands, by their files: every so manieth is spoken, which takes a minute each."""
PLAIN = '[asr]\nmodel = "base"\n\n[privacy]\npublish = "plain"\n'
COLUMNS = ("said", "heard", "left in words", "heard again")


@dataclass(frozen=True)
class Secret:
    """What was said in a call that has to be hidden: digits, or syllables without their tones."""

    call: str
    kind: str
    said: tuple[str, ...]

    @classmethod
    def of(cls, call: str, slot: Slot, text: str) -> Secret | None:
        """What is hidden of a value; None where it is too short to be told from anything else."""
        hidden = "".join(text[i] for i in slot.secret)
        if slot.kind in NUMBERS:
            digits = read_digits(hidden)
            return cls(call, slot.kind, tuple(digits)) if len(digits) >= DIGITS else None
        kind = KINDS.get(slot.kind, slot.kind)
        return cls(call, kind, tuple(lazy_pinyin(hidden))) if len(hidden) > 1 else None

    def stands_in(self, texts: Sequence[str]) -> bool:
        """Whether it can be told from what the turns of its call say."""
        if self.kind in NUMBERS:
            there = "".join(run.digits for text in texts for run in digit_runs(text))
            return any("".join(part) in there for part in self._parts(DIGITS))
        there = " ".join(["", *(s for text in texts for s in [*lazy_pinyin([*text]), "|"]), ""])
        size = min(IN_A_ROW.get(self.kind, len(self.said)), len(self.said))
        return any(f" {' '.join(part)} " in there for part in self._parts(size))

    def _parts(self, size: int) -> Iterator[tuple[str, ...]]:
        return (self.said[i : i + size] for i in range(len(self.said) - size + 1))


def _spoken(sample: Sample) -> bool:
    """Whether it is in the form that the voice can say: Han characters and Chinese marks alone."""
    text = "".join(said.text for said in sample.turns)
    sayable = all("\u4e00" <= c <= "\u9fff" or c in "，。？！、" for c in text)
    return sample.form == "spoken" and bool(sample.slots) and sayable


def conversations(which: str, each: int, seed: int) -> Iterator[Sample]:
    """What is said, a call each: another hand's dialogues, or a half of the project's own.

    Of its own there are the dialogues, and the lines so many together.
    """
    if which in STRANGERS:
        all_there = filter(_spoken, samples(f"{which}.txt", each, seed))
        yield from islice(all_there, 0, None, STRANGERS[which])
        return
    own = (one for one in samples("dialogues.txt", each, seed) if one.half == which)
    yield from filter(_spoken, own)
    lines = (one for one in samples("lines.txt", 1, seed) if one.half == which and _spoken(one))
    while some := list(islice(lines, LINES)):
        turns = tuple(said for one in some for said in one.turns)
        starts = [sum(len(one.turns) for one in some[:n]) for n in range(len(some))]
        slots = [
            replace(slot, turn=start + slot.turn)
            for start, one in zip(starts, some, strict=True)
            for slot in one.slots
        ]
        yield replace(some[0], turns=turns, slots=tuple(slots))


def script(number: int, sample: Sample, like: CallScript) -> CallScript:
    """A call of the fixtures' speakers, in which a sample is said."""
    name = f"p{number:03}"
    return replace(
        like,
        call_id=name,
        file=f"{name}.wav",
        encoding="mulaw_wav",
        direction="inbound",
        customer="",
        channel_listed=True,
        scored=True,
        lines=tuple(
            Line(role="agent" if said.role is Role.AGENT else "customer", text=said.text)
            for said in sample.turns
        ),
        expect=Expectation(),
    )


def speak(folder: Path, scripts: Sequence[CallScript]) -> None:
    """Write the recordings, but those that are there, and what lies beside them."""
    missing = [one for one in scripts if not (folder / one.file).exists()]
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        for layout in pool.map(lay_out, missing):
            path = folder / layout.script.file
            write(path, record(layout), ENCODINGS[layout.script.encoding])
    write_beside(folder, [call_record(one) for one in scripts])


def secrets_of(scripts: Iterable[CallScript], said: Iterable[Sample]) -> list[Secret]:
    """What is said in the calls that has to be hidden, each once a call."""
    secrets = (
        Secret.of(call.call_id, slot, sample.turns[slot.turn].text)
        for call, sample in zip(scripts, said, strict=True)
        for slot in sample.slots
    )
    return list(dict.fromkeys(one for one in secrets if one is not None))


def callqa(*arguments: str | Path) -> None:
    """Run a command as a user does; what it says where it fails."""
    command = [sys.executable, "-m", "pipeline", *map(str, arguments)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


def words(out: Path) -> dict[str, list[str]]:
    """By recording: what the turns that a folder of results publishes say, without what is masked."""
    calls = pd.read_parquet(out / "data/calls")
    files = dict(zip(calls["call_id"], calls["file"], strict=True))
    found = defaultdict(list)
    for row in pd.read_parquet(out / "data/transcripts").itertuples():
        found[Path(str(files[row.call_id])).stem].append(str(row.text))
    return found


def published(folder: Path, base: Path) -> dict[str, Mapping[str, Sequence[str]]]:
    """What the turns of each recording say: as heard, as published, and in the copies heard again."""
    out, plain, again = base / "out", base / "plain", base / "again"
    config = base / "plain.toml"
    config.write_text(PLAIN, encoding="utf-8")
    callqa("score", folder, "--out", out)
    shutil.copytree(out, plain)
    callqa("rescore", "--out", plain, "--no-report", "--config", config)
    copies = base / "copies"
    copies.mkdir()
    for recording in folder.glob("*.wav"):
        content = hashlib.sha256(recording.read_bytes()).hexdigest()[:16]
        for copy in (out / "reports/audio").glob(f"{content}*"):
            shutil.copy(copy, copies / f"{recording.stem}{copy.suffix}")
    callqa("score", copies, "--out", again, "--config", config)
    return {"heard": words(plain), "left in words": words(out), "heard again": words(again)}


def main() -> None:
    """Speak, score, hear again, and write the page of results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--which", choices=WHICH, nargs="*", default=list(STRANGERS))
    parser.add_argument("--each", type=int, default=1, help="dialogues of each template")
    parser.add_argument("--seed", type=int, default=20261129)
    parser.add_argument("--keep", type=Path, help="a folder that keeps recordings and results")
    options = parser.parse_args()
    for which in options.which:
        with tempfile.TemporaryDirectory() as scratch:
            base = options.keep / which if options.keep else Path(scratch)
            text = measured(which, base, options.each, options.seed)
        if which in STRANGERS:
            Path(__file__).with_name(f"spoken-{which}.md").write_text(text, encoding="utf-8")


def measured(which: str, base: Path, each: int, seed: int) -> str:
    """Speak some conversations into a folder, score them, hear them again: the page of results."""
    folder = base / "recordings"
    folder.mkdir(parents=True, exist_ok=True)
    said = list(conversations(which, each, seed))
    speakers = load()
    scripts = [script(n, one, speakers[n % len(speakers)]) for n, one in enumerate(said)]
    speak(folder, scripts)
    shown = published(folder, base)
    secrets = secrets_of(scripts, said)
    text = page(which, secrets, shown)
    print(text)
    for secret in secrets:
        left = [where for where in COLUMNS[2:] if secret.stands_in(shown[where][secret.call])]
        if left:
            print(secret.call, secret.kind, "".join(secret.said), ", ".join(left))
    return text


WHICH = {
    "others": (
        "Dialogues of another hand. When they were opened, on 29 November 2026, of 52 secrets that had",
        "been heard 6 were left in the words, and 8 were heard again; they were mended on since.",
    ),
    "more": (
        "Dialogues of one hand more, opened when the first had been mended on: of 42 secrets that had",
        "been heard 5 were left in the words, and 3 were heard again; they were mended on since.",
    ),
    "thaw": (
        "Names and places as another hand wrote them, hotlines of all trades. When they were opened, on",
        "30 November 2026, of 49 secrets that had been heard 13 were left in the words (24 without the",
        "model of names and places), and 12 were heard again.",
    ),
    "reported": ("The half of the project's own dialogues and lines that is reported.",),
    "tuned": ("The half of the project's own dialogues and lines that patterns were tuned on.",),
}


def page(
    which: str, secrets: Sequence[Secret], shown: Mapping[str, Mapping[str, Sequence[str]]]
) -> str:
    """The results as Markdown."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for secret in secrets:
        there = [where for where in COLUMNS[1:] if secret.stands_in(shown[where][secret.call])]
        for kind in (secret.kind, "all"):
            counts[kind].update(["said", *there])
    kinds = [k for k in (*NUMBERS, "address", "name", "account", "all") if k in counts]
    rows = [
        "# What is left of what was said",
        "",
        "<!-- written by `python -m bench.privacy.spoken` -->",
        "",
        *WHICH[which],
        "",
        f"{len({s.call for s in secrets})} calls spoken by the fixtures' voices, heard by Whisper base.",
        "Of each secret: whether it can be told from what was heard in the recording (the control),",
        "from the words that are published, and from the copy that the page plays, heard again.",
        "",
        f"| | {' | '.join(COLUMNS)} |",
        "|---|" + "---:|" * len(COLUMNS),
        *(f"| {k} | {' | '.join(str(counts[k][c]) for c in COLUMNS)} |" for k in kinds),
    ]
    return "\n".join((*rows, ""))


if __name__ == "__main__":
    main()
