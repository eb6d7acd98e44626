"""Train the text models: ``python -m models.train_text``.

Reads the lines of ``models/text/data``, measures by cross-validation, chooses the threshold of the
attitudes, writes ``role.skops`` and ``attitude.skops`` and the model card. Runs for about a minute and
writes the same bytes each time.
"""

from __future__ import annotations

import argparse
import io
import json
import platform
import random
import sys
import time
import zipfile
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy
import sklearn
import skops
import skops.io
from scipy.stats import beta
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_recall_fscore_support
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import FeatureUnion, Pipeline

from pipeline.resources import MODELS
from pipeline.text.classifiers import AGENT, NEUTRAL, SHORTEST_ATTITUDE, words
from pipeline.text.normal import normalise, sounds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    Examples = list[tuple[str, str]]

CUSTOMER = "customer"
ATTITUDES = ("impatience", "contempt", "shirk", "sarcasm")
LABELS = (CUSTOMER, NEUTRAL, *ATTITUDES)
FOLDS = 5
SEED = 7
ROLE_C, ATTITUDE_C = 1.0, 5.0
"""How closely the regressions follow the data (scikit-learn's ``C``)."""
FALSE_ALARMS = 0.0005
"""Share of neutral held-out lines that may be taken for an attitude: half of the 1 in 1,000 allowed."""
MISHEARD = 0.12
"""Share of characters that a noise variant has replaced by another of the same sound."""
ALIKE = 0.5
"""Lines that share so much of their character pairs (Jaccard) are kept in one fold."""
POOLS = (3, 8)


@dataclass(frozen=True)
class Line:
    """A line of the training data; ``text`` is its normal form."""

    label: str
    text: str

    @property
    def role(self) -> str:
        """Who says it."""
        return CUSTOMER if self.label == CUSTOMER else AGENT

    @property
    def usual(self) -> bool:
        """Whether it is a customer's or an agent's without any attitude."""
        return self.label not in ATTITUDES


def read_lines(folder: Path) -> list[Line]:
    """The lines of all data files, in a fixed order; a text that comes twice is an error."""
    lines = []
    for path in sorted(folder.glob("*.tsv")):
        for row in path.read_text(encoding="utf-8").splitlines():
            if row and not row.startswith("#"):
                label, text = row.split("\t")
                lines.append(Line(label, normalise(text).text))
    unknown = {line.label for line in lines} - set(LABELS)
    if unknown:
        raise SystemExit(f"unknown labels: {sorted(unknown)}")
    return list(dict.fromkeys(lines))


class Variants:
    """Noise as a recogniser makes it: characters of the same sound, 您 heard as 你."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Know the characters of ``texts`` by their sounds."""
        self._counts = Counter("".join(texts))
        self._alike: dict[str, list[str]] = defaultdict(list)
        for character in sorted(self._counts):
            self._alike[sounds(character)[0]].append(character)

    def misheard(self, text: str, chance: random.Random) -> str:
        """``text`` with some characters replaced by others of the same sound."""
        return "".join(self._heard(character, chance) for character in text)

    def _heard(self, character: str, chance: random.Random) -> str:
        if chance.random() >= MISHEARD:
            return character
        others = [c for c in self._alike.get(sounds(character)[0], []) if c != character]
        if not others:
            return character
        return chance.choices(others, [self._counts[c] for c in others])[0]

    def address(self, text: str, chance: random.Random) -> str:
        """``text`` with 您 as 你, as recognisers often write it, or now and then the reverse."""
        drawn = chance.random()
        if drawn < 0.4:
            return text.replace("您", "你")
        return text.replace("你", "您") if drawn < 0.5 else text


def role_examples(lines: Sequence[Line], chance: random.Random) -> Examples:
    """The lines and a noise variant of each, with who says it; rude agents' lines only as they are.

    Otherwise a third of the agents would be rude, and angry customers be taken for them.
    """
    variants = Variants(line.text for line in lines)
    examples = [(line.text, line.role) for line in lines]
    for line in lines:
        if line.usual:
            text = variants.misheard(variants.address(line.text, chance), chance)
            examples.append((text, line.role))
    return examples


def attitude_examples(lines: Sequence[Line], chance: random.Random) -> Examples:
    """The lines, a noise variant of each, and each beside a neutral one within the same turn."""
    variants = Variants(line.text for line in lines)
    neutral = [line.text for line in lines if line.label == NEUTRAL]
    examples = [(line.text, line.label) for line in lines]
    for line in lines:
        text = variants.misheard(variants.address(line.text, chance), chance)
        examples.append((text, line.label))
        pair = [line.text, chance.choice(neutral)]
        chance.shuffle(pair)
        examples.append((variants.address("".join(pair), chance), line.label))
    return examples


@dataclass(frozen=True)
class Task:
    """One of the two models: what it is called, what it learns and from which lines."""

    name: str
    lines: tuple[Line, ...]
    label_of: Callable[[Line], str]
    examples: Callable[[Sequence[Line], random.Random], Examples]
    class_weight: str | None
    strength: float
    repeats: int

    @cached_property
    def labels(self) -> NDArray[Any]:
        """The label of each line."""
        return np.array([self.label_of(line) for line in self.lines])

    def fit(self, lines: Sequence[Line], seed: int) -> Pipeline:
        """A model of ``lines`` and their variants."""
        examples = self.examples(lines, random.Random(seed))
        model = new_model(self.class_weight, self.strength)
        return model.fit(_words(text for text, _ in examples), [label for _, label in examples])


def tasks(lines: Sequence[Line]) -> tuple[Task, Task]:
    """The two models' tasks: both sides weigh alike, attitudes as often as the data have them."""
    agents = tuple(line for line in lines if line.role == AGENT)
    return (
        Task("role", tuple(lines), lambda line: line.role, role_examples, "balanced", ROLE_C, 1),
        Task("attitude", agents, lambda line: line.label, attitude_examples, None, ATTITUDE_C, 2),
    )


_cached_words = lru_cache(maxsize=None)(words)


def _words(texts: Iterable[str]) -> list[str]:
    return [_cached_words(text) for text in texts]


def new_model(class_weight: str | None, strength: float) -> Pipeline:
    """Character n-grams and words into one logistic regression."""
    shared = {"max_features": 20000, "sublinear_tf": True, "dtype": np.float32}
    features = FeatureUnion(
        [
            ("characters", TfidfVectorizer(analyzer="char", ngram_range=(1, 3), **shared)),
            ("words", TfidfVectorizer(token_pattern=r"\S+", ngram_range=(1, 2), **shared)),  # noqa: S106
        ]
    )
    classifier = LogisticRegression(C=strength, max_iter=500, class_weight=class_weight)
    return Pipeline([("features", features), ("classifier", classifier)])


def groups_of(lines: Sequence[Line]) -> list[int]:
    """A group number for each line; near-duplicates, also by way of others, have the same."""
    pairs = [_pairs(line.text) for line in lines]
    group = list(range(len(lines)))
    members = {index: [index] for index in group}
    holders: dict[str, list[int]] = defaultdict(list)
    for index, own in enumerate(pairs):
        shared = Counter(other for pair in own for other in holders[pair])
        for other, count in sorted(shared.items()):
            if count / len(own | pairs[other]) >= ALIKE:
                _merge(group, members, group[index], group[other])
        for pair in own:
            holders[pair].append(index)
    return group


def _merge(group: list[int], members: dict[int, list[int]], old: int, new: int) -> None:
    if old != new:
        for index in members[old]:
            group[index] = new
        members[new] += members.pop(old)


def _pairs(text: str) -> frozenset[str]:
    return frozenset(text[i : i + 2] for i in range(len(text) - 1)) or frozenset({text})


@dataclass(frozen=True)
class HeldOut:
    """What models that had not seen a line said of it: one row of chances a line, once a repeat.

    ``noisy`` are the chances of the same lines misheard.
    """

    task: Task
    classes: tuple[str, ...]
    plain: NDArray[Any]
    noisy: NDArray[Any]

    def column(self, label: str, *, noisy: bool = False) -> NDArray[Any]:
        """The chances of ``label``, repeats by lines."""
        chances: NDArray[Any] = (self.noisy if noisy else self.plain)[:, :, self._at(label)]
        return chances

    def _at(self, label: str) -> int:
        return self.classes.index(label)


def cross_validate(task: Task, seed: int) -> HeldOut:
    """Stratified folds by group, several times over with other folds; variants in training only."""
    groups = groups_of(task.lines)
    classes = tuple(sorted(set(task.labels)))
    chances = np.zeros((2, task.repeats, len(task.lines), len(classes)))
    for repeat in range(task.repeats):
        folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed + repeat)
        for fold, (train, test) in enumerate(folds.split(task.lines, task.labels, groups)):
            known = [task.lines[i] for i in train]
            model = task.fit(known, seed + FOLDS * repeat + fold)
            chance, variants = random.Random(seed), Variants(line.text for line in known)
            plain = [task.lines[i].text for i in test]
            noisy = [variants.misheard(text, chance) for text in plain]
            chances[0, repeat, test] = model.predict_proba(_words(plain))
            chances[1, repeat, test] = model.predict_proba(_words(noisy))
    return HeldOut(task, classes, chances[0], chances[1])


def pooled_accuracy(held_out: HeldOut, size: int, seed: int, *, noisy: bool = False) -> float:
    """How often ``size`` held-out lines of one side, drawn at random, are told rightly together."""
    chances = held_out.column(AGENT, noisy=noisy)[0].clip(1e-9, 1 - 1e-9)
    odds = np.log(chances / (1 - chances))
    usual = np.array([line.usual for line in held_out.task.lines])
    draw = np.random.default_rng(seed)
    right = 0
    trials = 4000
    for trial in range(trials):
        role = (AGENT, CUSTOMER)[trial % 2]
        of_role = odds[usual & (held_out.task.labels == role)]
        sign = 1 if role == AGENT else -1
        right += int(sign * draw.choice(of_role, size, replace=False).sum() > 0)
    return right / trials


def choose_threshold(held_out: HeldOut) -> float:
    """The lowest chance of an attitude at which few enough held-out neutral lines are taken for one.

    Over all repeats, plain and misheard together; rounded up.
    """
    neutral = held_out.task.labels == NEUTRAL
    long = np.array([len(line.text) >= SHORTEST_ATTITUDE for line in held_out.task.lines])
    shown = np.concatenate(
        [
            1 - held_out.column(NEUTRAL, noisy=noisy)[:, neutral & long].ravel()
            for noisy in (False, True)
        ]
    )
    allowed = int(FALSE_ALARMS * 2 * held_out.task.repeats * neutral.sum())
    highest_not_allowed = np.sort(shown)[::-1][allowed]
    return float(np.floor(highest_not_allowed * 1000) / 1000 + 0.001)


@dataclass(frozen=True)
class Alarms:
    """What is taken for an attitude at a threshold: shares of the held-out lines, over all repeats."""

    false: float
    low: float
    high: float
    recall: Mapping[str, float]
    label_right: float
    precision: float


def alarms(held_out: HeldOut, threshold: float, *, noisy: bool = False) -> Alarms:
    """The figures at ``threshold``, as ``pipeline.text.classifiers.attitude`` would decide."""
    labels = held_out.task.labels
    long = np.array([len(line.text) >= SHORTEST_ATTITUDE for line in held_out.task.lines])
    fired = ((1 - held_out.column(NEUTRAL, noisy=noisy)) >= threshold) & long
    chances = (held_out.noisy if noisy else held_out.plain).copy()
    chances[:, :, held_out.classes.index(NEUTRAL)] = -1
    named = np.array(held_out.classes)[chances.argmax(axis=2)]
    neutral = labels == NEUTRAL
    wrong, lines = fired[:, neutral].sum() / held_out.task.repeats, int(neutral.sum())
    shown = fired & ~neutral
    return Alarms(
        false=wrong / lines,
        low=float(beta.ppf(0.025, wrong, lines - wrong + 1)) if wrong else 0.0,
        high=float(beta.ppf(0.975, wrong + 1, lines - wrong)),
        recall={label: float(fired[:, labels == label].mean()) for label in ATTITUDES},
        label_right=float((named == labels)[shown].mean()),
        precision=float(shown.sum() / max(1, fired.sum())),
    )


def compact(model: Pipeline) -> Pipeline:
    """The same model, small: rounded weights, and each vocabulary as one array in its order."""
    for _, vectoriser in model.named_steps["features"].transformer_list:
        ordered = sorted(vectoriser.vocabulary_, key=vectoriser.vocabulary_.__getitem__)
        vectoriser.set_params(vocabulary=np.array(ordered))
        del vectoriser.vocabulary_
        vectoriser.fixed_vocabulary_ = True
        vars(vectoriser).pop("_stop_words_id", None)  # an address in memory
        vectoriser._tfidf.idf_ = vectoriser._tfidf.idf_.round(3).astype(np.float32)  # noqa: SLF001
    classifier = model.named_steps["classifier"]
    classifier.multi_class = "deprecated"  # scikit-learn 1.5 to 1.7 looks for it
    classifier.coef_ = classifier.coef_.round(3).astype(np.float32)
    classifier.intercept_ = classifier.intercept_.round(3).astype(np.float32)
    return model


def store(content: Mapping[str, Any], path: Path) -> None:
    """Write ``content`` with skops, without what differs from run to run.

    skops names parts by their address in memory and the archive's members by the clock: here parts are
    numbered as they come, and every member is of 1980.
    """
    raw = io.BytesIO()
    skops.io.dump(dict(content), raw)
    with zipfile.ZipFile(raw) as archive:
        schema = json.loads(archive.read("schema.json"))
        names: dict[Any, str] = {}
        members = {"schema.json": json.dumps(_numbered(schema, names), ensure_ascii=False).encode()}
        members |= {names[n]: archive.read(n) for n in archive.namelist() if n in names}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, members[name])


def _numbered(node: Any, names: dict[Any, str]) -> Any:
    if isinstance(node, list):
        return [_numbered(part, names) for part in node]
    if not isinstance(node, dict):
        return node
    changed: dict[str, Any] = {}
    for key, value in node.items():
        if key == "__id__":
            changed[key] = int(names.setdefault(value, str(len(names) + 1)))
        elif key == "file" and isinstance(value, str):
            number = names.setdefault(int(value.partition(".")[0]), str(len(names) + 1))
            changed[key] = names[value] = f"{number}.npy"
        else:
            changed[key] = _numbered(value, names)
    return changed


_CARD = """\
# Text models

Two classifiers of single turns of speech for what counting words cannot settle. They are small
(character n-grams and words into a logistic regression, scikit-learn), run offline and are read by
`pipeline/text/classifiers.py`. Made by `python -m models.train_text`, which also writes this card.

| File | Says | Used for | Size |
|---|---|---|---|
| `role.skops` | how likely the agent says this | mono mixes, unlabelled channels | {role_size} |
| `attitude.skops` | what attitude an agent's turn shows | asking a person to look | {attitude_size} |

Attitudes are `impatience`, `contempt`, `shirk` (fobs the customer off) and `sarcasm`; all else is
`neutral`, also what is firm, brisk or refused politely.

Stored with skops, never pickle: loading builds nothing but scikit-learn, NumPy and SciPy objects.

## Data

All lines in `data/` were written for this project by a language model, one by one; none is copied and
none is from a real call. They are Chinese as one speaks it to a gas hotline, a mobile operator, a
shopping mall, a commodity exchange, an operator's duty desk and in telephone sales, with some from
shops on the web and other services. No templates were expanded. Customers' lines include polite ones,
ones that use the agent's words and angry ones; agents' lines include questions, sales talk, one-word
turns, urgings ("请您马上关阀"), polite refusals and redirections, and rude words quoted.

| Label | Lines |
|---|---|
{counts}
| **all** | {total:,} |

The role model learns {agent:,} agent lines (neutral and all attitudes) and {customer:,} customer
lines (noise variants of customers' and neutral lines only); the attitude model learns the
{agent:,} agent lines.

**Not** trained on: recordings, recognised speech, real customers or agents, dialect, other trades, any
language but Mandarin, and not on `bench/accuracy/`. Variants are made in training only, never for the
lines that measure: one in {misheard_every:.0f} characters replaced by another of the same sound, 您
heard as 你, and for attitudes two turns run into one. Punctuation is never seen: models read the normal
form.

## Measured

Cross-validation over {folds} stratified folds, near-duplicate lines kept in one fold, for
attitudes {repeats} times with other folds; seed {seed}. "Misheard" are the same held-out lines with
{misheard:.0%} of their characters replaced by ones of the same sound.

### Role

| Turns pooled | Accuracy | Misheard |
|---|---|---|
{role_rows}

Pooled turns are drawn at random from one side's held-out lines; turns of one real call are more alike,
so take these as the best case. Every line counts, 嗯 and 好的 too. Lines with an attitude are in the
last row only: what a rude agent says, an angry customer may say as well.

Single lines of every kind:

| Class | Precision | Recall | F1 |
|---|---|---|---|
{role_classes}

### Attitude

Per class, whichever is most likely (no threshold):

| Class | Precision | Recall | F1 |
|---|---|---|---|
{attitude_classes}

What is reported: turns of {shortest} characters or more whose chance of not being neutral is at least
**{threshold:.3f}**. The threshold is the lowest at which at most {allowed:.2%} of the held-out neutral
lines, plain and misheard, are taken for an attitude. It was chosen on the lines it is measured on.

| | Held-out lines | Misheard |
|---|---|---|
{alarm_rows}

Recall is low by intent: the word lists find what lists can hold, this model is to add some of the rest
without troubling polite agents. Precision holds for this data's mix of {neutral_share:.0%} neutral
lines; in real calls rude turns are far rarer, so most of what it reports may still be harmless.

## Limits

- Written by one author (a language model) in one go: real calls vary more, and no figure here
  is from one. The true rate of false alarms on real speech may lie outside the interval above, which
  covers chance only. Measure on your own calls.
- {neutral:,} neutral lines cannot prove a rate under 1 in 1,000: none at all among 3,700 would just do.
- It sees single turns. Sarcasm that only the context or the voice shows is beyond it.
- Agents who quote a rude sentence, tell someone to leave a room full of gas or pay a compliment look
  like attitude to it; such lines are in the data but the model does not understand them.
- The kinds of attitude are near each other: of the attitudes it reports, {label_right:.0%} have the
  right name. Show the turn, not the name alone.

## Versions

Python {python}, scikit-learn {sklearn}, skops {skops}, NumPy {numpy}, SciPy {scipy}. Training twice
with these on one machine gives the same bytes; weights are rounded to 0.001.
"""


def write_card(folder: Path, role: HeldOut, attitude: HeldOut, threshold: float, seed: int) -> None:
    """Write ``README.md`` beside the models."""
    lines = role.task.lines
    counts = Counter(line.label for line in lines)
    plain, noisy = (alarms(attitude, threshold, noisy=noisy) for noisy in (False, True))
    card = _CARD.format(
        role_size=_size(folder / "role.skops"),
        attitude_size=_size(folder / "attitude.skops"),
        counts="\n".join(f"| {label} | {counts[label]:,} |" for label in LABELS),
        total=len(lines),
        agent=len(attitude.task.lines),
        customer=counts[CUSTOMER],
        neutral=counts[NEUTRAL],
        neutral_share=counts[NEUTRAL] / len(attitude.task.lines),
        misheard=MISHEARD,
        misheard_every=1 / MISHEARD,
        folds=FOLDS,
        repeats=attitude.task.repeats,
        seed=seed,
        role_rows=_role_rows(role, seed),
        role_classes=_class_rows(role),
        attitude_classes=_class_rows(attitude),
        shortest=SHORTEST_ATTITUDE,
        threshold=threshold,
        allowed=FALSE_ALARMS,
        alarm_rows=_alarm_rows(plain, noisy),
        label_right=plain.label_right,
        python=platform.python_version(),
        sklearn=sklearn.__version__,
        skops=skops.__version__,
        numpy=np.__version__,
        scipy=scipy.__version__,
    )
    (folder / "README.md").write_text(card, encoding="utf-8")


def _size(path: Path) -> str:
    return f"{path.stat().st_size / 1000:.0f} kB"


def _role_rows(held_out: HeldOut, seed: int) -> str:
    rows = []
    for size in (1, *POOLS):
        plain, noisy = (_accuracy(held_out, size, seed, noisy=noisy) for noisy in (False, True))
        rows.append(f"| {size} | {plain:.1%} | {noisy:.1%} |")
    rude = [not line.usual for line in held_out.task.lines]
    plain, noisy = (_told_rightly(held_out, noisy=n)[:, rude].mean() for n in (False, True))
    rows.append(f"| 1, agents' lines with an attitude | {plain:.1%} | {noisy:.1%} |")
    return "\n".join(rows)


def _accuracy(held_out: HeldOut, size: int, seed: int, *, noisy: bool) -> float:
    if size > 1:
        return pooled_accuracy(held_out, size, seed, noisy=noisy)
    right = _told_rightly(held_out, noisy=noisy)
    return float(right[:, [line.usual for line in held_out.task.lines]].mean())


def _told_rightly(held_out: HeldOut, *, noisy: bool) -> NDArray[Any]:
    said = held_out.column(AGENT, noisy=noisy) > 0.5
    right: NDArray[Any] = said == (held_out.task.labels == AGENT)
    return right


def _class_rows(held_out: HeldOut) -> str:
    said = np.array(held_out.classes)[held_out.plain.argmax(axis=2)].ravel()
    truth = np.tile(held_out.task.labels, held_out.task.repeats)
    figures = precision_recall_fscore_support(truth, said, labels=held_out.classes)
    columns = zip(held_out.classes, *figures[:3], strict=True)
    return "\n".join(f"| {label} | {p:.1%} | {r:.1%} | {f:.1%} |" for label, p, r, f in columns)


def _alarm_rows(plain: Alarms, noisy: Alarms) -> str:
    rows = [
        ("neutral lines taken for an attitude", *(f"{a.false:.3%}" for a in (plain, noisy))),
        (
            "its 95 % interval (Clopper-Pearson)",
            *(f"{a.low:.3%} to {a.high:.3%}" for a in (plain, noisy)),
        ),
        ("precision", *(f"{a.precision:.1%}" for a in (plain, noisy))),
    ]
    rows += [
        (f"recall, {label}", *(f"{a.recall[label]:.1%}" for a in (plain, noisy)))
        for label in ATTITUDES
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, train, store, write the card."""
    options = _parser().parse_args(arguments)
    began = time.monotonic()
    role_task, attitude_task = tasks(read_lines(options.data))
    role, attitude = (cross_validate(task, options.seed) for task in (role_task, attitude_task))
    threshold = choose_threshold(attitude)
    options.out.mkdir(parents=True, exist_ok=True)
    for task, extra in ((role_task, {}), (attitude_task, {"threshold": threshold})):
        model = compact(task.fit(task.lines, options.seed))
        store({"model": model, **extra}, options.out / f"{task.name}.skops")
    write_card(options.out, role, attitude, threshold, options.seed)
    card = (options.out / "README.md").read_text(encoding="utf-8")
    print(card[card.index("## Measured") : card.index("## Limits")])
    print(f"{time.monotonic() - began:.0f} s", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m models.train_text")
    parser.add_argument("--data", type=Path, default=MODELS / "text/data")
    parser.add_argument("--out", type=Path, default=MODELS / "text")
    parser.add_argument("--seed", type=int, default=SEED)
    return parser


if __name__ == "__main__":
    main()
