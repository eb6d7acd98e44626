"""``make bench-privacy``: how much personal data is masked, by kind, and what is masked for nothing.

Random valid numbers, names and addresses are put into templates written by hand, as they are written and
as they are said, and into dialogues in which they are dictated in pieces and read back. Every other
template is the reported half: nothing was tuned on it. argus-redact is measured on the same lines where
it is installed; it knows single texts, no calls.
"""

from __future__ import annotations

import argparse
import random
import re
from collections import Counter
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from bench.privacy.values import Maker, literal
from pipeline.privacy.masking import Masking
from pipeline.privacy.places import SpokenTurn
from pipeline.records import CallRecord, Role
from pipeline.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

HERE = Path(__file__).parent
EACH = 8
"""Lines of each template and form; dialogues likewise."""
HARMLESS = 12
MADE_UP = ("dialogues.txt", "others.txt", "more.txt")
LINES = ("lines.txt", "harmless.txt")
LITERAL = tuple(sorted({path.name for path in HERE.glob("*.txt")}.difference(MADE_UP, LINES)))
"""The files in which names and places stand as somebody wrote them: ``{name=郭桂兰}``."""
BLOCKS = (*MADE_UP, *LITERAL)
"""The files in which a template is a block of turns; in the others it is a line."""
_SLOT = re.compile(r"\{([a-z]+)(:\d)?(?:=([^}]+))?\}")
_ROLES = {"A": Role.AGENT, "C": Role.CUSTOMER}
FORMS = {"written": False, "spoken": True}


@dataclass(frozen=True)
class Slot:
    """A value in a turn: what it is of, where it stands, and which characters have to be hidden."""

    kind: str
    turn: int
    start: int
    end: int
    secret: tuple[int, ...]


@dataclass(frozen=True)
class Sample:
    """A line or a dialogue with its values."""

    form: str
    half: str
    dictated: bool
    turns: tuple[SpokenTurn, ...]
    slots: tuple[Slot, ...]


Hidden = list[set[int]]
"""By turn: the characters that are hidden."""


def templates(name: str) -> list[tuple[str, list[str]]]:
    """The templates of a file: which half each is in, and its turns."""
    text = (HERE / name).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    blocks = "\n".join(lines).split("\n\n") if name in BLOCKS else filter(None, lines)
    turns = [[t for t in re.split(r"\n|/(?=[AC] )", block) if t.strip()] for block in blocks]
    return [("tuned" if i % 2 else "reported", one) for i, one in enumerate(turns) if one]


def samples(name: str, each: int, seed: int) -> Iterator[Sample]:
    """Every template of a file, filled in both forms."""
    chance = random.Random(seed)  # noqa: S311  no secrets
    for half, turns in templates(name):
        for form, spoken in FORMS.items():
            if name in LITERAL and not spoken:
                continue
            for _ in range(each):
                yield _filled(
                    half, form, turns, Maker(chance, spoken=spoken), dictated=name in BLOCKS
                )


def _filled(half: str, form: str, turns: Sequence[str], maker: Maker, *, dictated: bool) -> Sample:
    said, slots = [], []
    for number, turn in enumerate(turns):
        role, _, template = turn.partition(" ")
        text, at = "", 0
        for match in _SLOT.finditer(template):
            text += template[at : match.start()]
            kind, group, told = match[1], match[2] or "", match[3]
            value = literal(kind, told) if told else maker.value(kind + group)
            secret = tuple(len(text) + i for i in value.secret)
            slots.append(Slot(kind, number, len(text), len(text) + len(value.text), secret))
            text += value.text
            at = match.end()
        said.append(SpokenTurn(_ROLES[role], text + template[at:]))
    return Sample(form, half, dictated, tuple(said), tuple(slots))


def callqa() -> Callable[[Sample], Hidden]:
    """What callqa hides."""
    masking = Masking.of(Settings())

    def hidden(sample: Sample) -> Hidden:
        places = masking.places(sample.turns, CallRecord())
        return [
            {at for p in places if p.turn == number for at in p.hidden}
            for number in range(len(sample.turns))
        ]

    return hidden


def argus() -> dict[str, Callable[[Sample], Hidden]]:
    """What argus-redact hides, text by text, under its name and version; nothing if it is not there."""
    try:
        from argus_redact import redact
    except ImportError:
        return {}

    def of_text(text: str) -> set[int]:
        _, originals = redact(text, lang="zh", mode="fast")
        return {
            at
            for original in set(originals.values())
            for m in re.finditer(re.escape(original), text)
            for at in range(*m.span())
        }

    name = f"argus-redact {metadata.version('argus-redact')}"
    return {name: lambda sample: [of_text(said.text) for said in sample.turns]}


def measured(
    hides: Callable[[Sample], Hidden], everything: Iterable[Sample], half: str
) -> tuple[dict[tuple[str, str], tuple[int, int]], list[str]]:
    """By kind and form: how many values are masked, of how many; and the turns that went wrong."""
    masked: Counter[tuple[str, str]] = Counter()
    counted: Counter[tuple[str, str]] = Counter()
    wrong = []
    for sample in everything:
        if sample.half != half:
            continue
        hidden = hides(sample)
        for slot in sample.slots:
            kind = f"{slot.kind}, dictated" if sample.dictated else slot.kind
            own = hidden[slot.turn]
            harmless = not slot.secret
            if harmless and sample.dictated:
                continue
            key = (kind, sample.form)
            counted[key] += 1
            found = (
                own.issuperset(slot.secret)
                if slot.secret
                else not own.isdisjoint(range(slot.start, slot.end))
            )
            masked[key] += found
            if found is harmless:
                shown = " / ".join(
                    "".join("*" if i in h else c for i, c in enumerate(s.text))
                    for s, h in zip(sample.turns, hidden, strict=True)
                )
                plain = sample.turns[slot.turn].text
                wrong.append(f"{sample.form} {kind}: {plain[slot.start : slot.end]} | {shown}")
    return {key: (masked[key], n) for key, n in counted.items()}, wrong


SECRET = ("phone", "landline", "id", "bank", "plate", "email", "address", "name", "surname")


def main() -> None:
    """Measure, print, and write the page of results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=["reported", "tuned"], default="reported")
    parser.add_argument("--wrong", action="store_true", help="print the lines that went wrong")
    parser.add_argument("--seed", type=int, default=20261128)
    options = parser.parse_args()
    everything = [
        *samples("lines.txt", EACH, options.seed),
        *samples("dialogues.txt", EACH, options.seed),
        *samples("harmless.txt", HARMLESS, options.seed),
    ]
    there = {"callqa": callqa()} | argus()
    results = {name: measured(hides, everything, options.half) for name, hides in there.items()}
    if options.wrong:
        print("\n".join(results["callqa"][1]))
        return
    text = page({name: counts for name, (counts, _) in results.items()}, everything, options.half)
    print(text)
    if options.half == "reported":
        (HERE / "results.md").write_text(text, encoding="utf-8")


Counts = dict[tuple[str, str], tuple[int, int]]


def page(results: dict[str, Counts], everything: Sequence[Sample], half: str) -> str:
    """The results as Markdown."""
    own = [s for s in everything if s.half == half]
    lines = sum(not s.dictated for s in own)
    rows = [
        "# What is masked",
        "",
        f"The {half} half: {lines} lines and {len(own) - lines} dialogues, of hand-written templates.",
        "A value counts as masked when every character that has to be hidden is; a harmless number when",
        "any of it is.",
    ]
    kinds = list(dict.fromkeys(kind for counts in results.values() for kind, _ in counts))
    secret = [k for k in kinds if k.partition(",")[0] in SECRET]
    rows += ["", "## Personal data: share masked (of how many)", "", *_table(results, secret)]
    rows += ["", "## Harmless numbers: share masked (of how many)", ""]
    rows += _table(results, [k for k in kinds if k not in secret])
    return "\n".join((*rows, ""))


def _table(results: dict[str, Counts], kinds: Sequence[str]) -> Iterator[str]:
    columns = [(name, form) for name in results for form in FORMS]
    yield "| | " + " | ".join(f"{name}, {form}" for name, form in columns) + " |"
    yield "|---|" + "---:|" * len(columns)
    for kind in (*kinds, "all"):
        cells = [
            _share(results[name], form, kinds if kind == "all" else [kind])
            for name, form in columns
        ]
        yield f"| {kind} | " + " | ".join(cells) + " |"


def _share(counts: Counts, form: str, kinds: Sequence[str]) -> str:
    found = [counts[kind, form] for kind in kinds if (kind, form) in counts]
    masked, there = (sum(part) for part in zip(*found, strict=True))
    return f"{100 * masked / there:.1f} % ({there})"


if __name__ == "__main__":
    main()
