"""Train the text models: ``python -m models.train_text``.

Reads the lines of ``models/text/data``, measures by cross-validation and on lines of a writer who saw
neither these nor the lists, writes ``role.npz``, ``acts.npz`` and the model card. Runs for some
minutes and writes the same bytes each time.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections import Counter
from dataclasses import replace
from math import isnan, nan
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import scipy
import sklearn

from models import train_acts, train_role
from models.text_lines import LABELS, MISHEARD, Line, read_lines
from models.text_store import rounded, store
from pipeline.resources import MODELS
from pipeline.text.acts import ACTS, CUSTOMER_ACTS, RUDE, SHORTEST, TONES, ActModel
from pipeline.text.acts import LABELS as ALL_LABELS
from pipeline.text.normal import normalise

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SEED = 7
HELD_OUT = MODELS / "text/heldout.tsv"
"""Lines by a writer who saw neither lists nor training data."""
OK, NONE, CUSTOMER_NONE = "ok", "none", "customer_none"

_CARD = """\
# Text models

What no list of phrases can hold, by example: small linear models over character n-grams
(scikit-learn), run offline. Made by `python -m models.train_text`, which also writes this card.

| File | Says of a turn | Used for | Size |
|---|---|---|---|
| `role.npz` | how likely the agent says it | mono mixes, unlabelled channels | {role_size} |
| `acts.npz` | which of {acts} acts it is, and its tone | required words, reviews | {acts_size} |

`personal.npz` and `personal.onnx`, which tell a customer's names and places, have a
[card](personal.md) of their own.

What only `acts.npz` finds takes no points: it makes a required element present, and a trigger or a
fault a review; what it holds possible (0.03) makes the element's absence a review. Stored as arrays
(`.npz`) that NumPy reads without pickle: a file runs no code, and a night needs no scikit-learn.

## Data

The {total:,} lines in `data/` were written for this project by a language model, in several sittings
that did not see each other; none is copied and none is from a real call. They are Chinese as one
speaks it to a gas hotline, a mobile operator, a shopping mall, a commodity exchange, an operator's
duty desk and in telephone sales, formal and sloppy, with fillers and regional words, 40 % without
punctuation, one in fifteen with an error as recognisers make them. No templates were expanded.
`plain` lines hold no act and no tone, `agent` and `customer` lines no tone (many were made to tempt:
"这个目前确实查不到，我帮您问一下"); nobody looked at the acts in these: where a first model suspects one
they do not count as counter-examples of it.

| Label | Lines | Label | Lines | Label | Lines |
|---|---|---|---|---|---|
{counts}

In training each line is also there misheard (one character in {every:.0f} replaced by another of the
same sound, 您 as 你), and run together with another of the same side. To `acts.npz` 您 and 你 are one,
and so are 先生, 女士 and 小姐, 他 and 她.

**Not** trained on: recordings, recognised speech, real customers or agents, `bench/accuracy/`, or any
language but Mandarin.

## Acts and tones, measured

Held out: by cross-validation over {folds} folds; near-duplicates are in one fold; "misheard" are the
same lines with {misheard:.0%} of their characters replaced. Another hand: `heldout.tsv`, {other:,} lines
by a writer who saw neither lists nor training lines.

One threshold a label: the lowest at which {false_acts:.1%} of the held-out lines of that side without
the act are taken for it (a required element that is wrongly taken as present hides a fault); for the
tones together {false_tones:.1%} of the held-out polite lines, of which many were written to tempt.

What the thresholds let through as an element is less precise on other lines, so that for some acts the
sentence has to hold a word of the act besides (`SIGNS` in `pipeline/text/acts.py`).

| Label | Threshold | Lines | Found | Misheard | Precision | Another hand: found | wrongly |
|---|---|---|---|---|---|---|---|
{rows}

Of the rude lines that are found, {named:.0%} get the tone's own name: they lie close together. By tone,
another hand's lines that are found: {tones}.

## Who is speaking, measured

| Turns pooled | Accuracy | Misheard |
|---|---|---|
{role_rows}

## Limits

- Written by a language model: real calls vary more. Measure on your own calls.
- It sees single turns and their sentences. What only the context or the voice shows is beyond it.
- Agents who quote a rude sentence, give an urgent safety command or pay a compliment look like a tone.
- A sentence encoder as a second opinion (Universal Sentence Encoder in NumPy, 32 MB) finds 84 of 100
  rude lines of the other hand where 2 % of its polite ones are taken for rude; `acts.npz` alone 82. At
  24 ms a line, fifty times the cost, it was left out.

## Versions

Python {python}, scikit-learn {sklearn}, NumPy {numpy}, SciPy {scipy}. Training twice with these on
one machine gives the same bytes.
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, train, store, write the card."""
    options = _parser().parse_args(arguments)
    began = time.monotonic()
    lines = read_lines(options.data)
    data = train_acts.Lines.of(lines)
    acts = train_acts.HeldOut.of(data, options.seed)
    thresholds = {label: 1.0 if label in TONES else acts.threshold(label) for label in ALL_LABELS}
    model = train_acts.fit(data, range(len(lines)), options.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    model = replace(model, ngrams=rounded(model.ngrams))
    stored = train_acts.content(model, list(thresholds.values()))
    store(stored, options.out / "acts.npz")
    role = train_role.HeldOut.of(lines, options.seed)
    store(train_role.content(train_role.fit(lines, options.seed)), options.out / "role.npz")
    card = _card(options.out, lines, acts, thresholds, role, model)
    (options.out / "README.md").write_text(card, encoding="utf-8")
    print(card[card.index("## Acts") : card.index("## Limits")])
    print(f"{time.monotonic() - began:.0f} s", file=sys.stderr)


def _card(
    folder: Path,
    lines: Sequence[Line],
    acts: train_acts.HeldOut,
    thresholds: Mapping[str, float],
    role: train_role.HeldOut,
    model: ActModel,
) -> str:
    other = _Other(model, thresholds)
    counts = Counter(label for line in lines for label in line.labels)
    cells = [f"{label} | {counts[label]:,}" for label in sorted(LABELS)]
    return _CARD.format(
        role_size=_size(folder / "role.npz"),
        acts_size=_size(folder / "acts.npz"),
        acts=len(ACTS) + len(CUSTOMER_ACTS),
        total=len(lines),
        counts="\n".join(f"| {' | '.join(cells[i : i + 3])} |" for i in range(0, len(cells), 3)),
        every=1 / MISHEARD,
        folds=train_acts.FOLDS,
        misheard=MISHEARD,
        other=len(other.lines),
        false_acts=train_acts.FALSE_ACTS,
        false_tones=train_acts.FALSE_TONES,
        rows="\n".join(_row(acts, other, label, thresholds[label]) for label in _MEASURED),
        named=acts.named_rightly(thresholds[RUDE]),
        tones="、".join(f"{tone} {other.rude(tone):.0%}" for tone in TONES),
        role_rows=_role_rows(role),
        python=platform.python_version(),
        sklearn=sklearn.__version__,
        numpy=np.__version__,
        scipy=scipy.__version__,
    )


_MEASURED = (*ACTS, *CUSTOMER_ACTS, RUDE)


class _Other:
    """What the whole model says of the other writer's lines."""

    def __init__(self, model: ActModel, thresholds: Mapping[str, float]) -> None:
        rows = [row.split("\t") for row in HELD_OUT.read_text(encoding="utf-8").splitlines()]
        self.lines = [Line(tuple(labels.split(",")), text) for labels, text in rows]
        texts = [normalise(line.text).text for line in self.lines]
        long = np.array([len(text) >= SHORTEST for text in texts])
        said = model.scores(texts)
        self._found = {
            label: (said[:, column] >= thresholds[label]) & long
            for label, column in model.columns.items()
        }

    def found(self, label: str) -> float:
        """The share of its lines that are found."""
        own = TONES if label == RUDE else (label,)
        return self._share(label, lambda labels: any(o in labels for o in own))

    def wrongly(self, label: str) -> float:
        """The share of lines of that side without it that are taken for it."""
        without = OK if label == RUDE else CUSTOMER_NONE if label in CUSTOMER_ACTS else NONE
        return self._share(label, lambda labels: without in labels)

    def rude(self, tone: str) -> float:
        """The share of a tone's lines that are taken for rude."""
        return self._share(RUDE, lambda labels: tone in labels)

    def _share(self, label: str, chosen: Callable[[tuple[str, ...]], bool]) -> float:
        own = np.array([chosen(line.labels) for line in self.lines])
        return float(self._found[label][own].mean()) if own.any() else nan


def _row(acts: train_acts.HeldOut, other: _Other, label: str, threshold: float) -> str:
    own = acts.figures(label, threshold)
    shares = (own.recall, own.misheard, own.precision, other.found(label), other.wrongly(label))
    cells = (label, f"{threshold:.3f}", f"{own.lines:,}", *map(_percent, shares))
    return f"| {' | '.join(cells)} |"


def _percent(share: float) -> str:
    """A share; a dash where there was nothing to have a share of."""
    return "–" if isnan(share) else f"{share:.1%}"


def _role_rows(role: train_role.HeldOut) -> str:
    rows = [
        (str(size), *(role.accuracy(size, SEED, noisy=noisy) for noisy in (False, True)))
        for size in (1, *train_role.POOLS)
    ]
    rude = ("1, agents' lines with a tone", *(role.of_rude(noisy=noisy) for noisy in (False, True)))
    return "\n".join(
        f"| {name} | {plain:.1%} | {noisy:.1%} |" for name, plain, noisy in (*rows, rude)
    )


def _size(path: Path) -> str:
    return f"{path.stat().st_size / 1000:,.0f} kB"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m models.train_text")
    parser.add_argument("--data", type=Path, default=MODELS / "text/data")
    parser.add_argument("--out", type=Path, default=MODELS / "text")
    parser.add_argument("--seed", type=int, default=SEED)
    return parser


if __name__ == "__main__":
    main()
