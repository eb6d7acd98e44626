"""Examples as numbers, and batches of them, for the demonstration model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch
from pypinyin import Style, lazy_pinyin, pinyin
from torch import Tensor

from models.corpus import MARKS
from models.demo_tokenizer import CHINESE, END_OF_TEXT, NO_SPEECH, PROMPT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from models.demo_clips import Example
    from models.demo_tokenizer import TextCodec

BATCH_FRAMES = 14_000
"""Feature frames (10 ms) a batch."""
IGNORED = -100
"""The target of a token that is not learnt."""
GAPS = (10, 70)
"""Frames of digital silence between the clips of a window, at least and below."""


@dataclass(frozen=True, eq=False)
class Item:
    """One clip as numbers: rows of the vocabulary, when each is spoken, its syllables."""

    features: NDArray[np.float16]
    rows: list[int]
    spans: list[tuple[float, float]]
    syllables: list[int]


@dataclass
class Preparation:
    """Turns examples into items; the syllable table is the same on every machine."""

    codec: TextCodec
    table: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Number every toned syllable that a character of the alphabet can have, from 1."""
        han = [c for c in self.codec.alphabet if c not in MARKS]
        readings = pinyin(
            han, style=Style.TONE3, heteronym=True, neutral_tone_with_five=True, strict=False
        )
        names = sorted({r for options in readings for r in options})
        self.table = {name: index for index, name in enumerate(names, start=1)}

    def item(self, example: Example) -> Item:
        """Token rows with the span of sound each stands for; a mark stands for the pause it makes."""
        times, at = example.times, 0
        end = len(example.features) / 100
        rows: list[int] = []
        spans: list[tuple[float, float]] = []
        for character in example.text:
            if character in MARKS:
                begin = float(times[at - 1][1]) if at else 0.0
                until = float(times[at][0]) if at < len(times) else end
                begin, until = begin - 0.03, max(until, begin) + 0.03
            else:
                begin, until = (float(t) for t in times[at])
                at += 1
            ids = self.codec.ids[character]
            step = (until - begin) / len(ids)
            rows += [self.codec.row[i] for i in ids]
            spans += [(begin + step * k, begin + step * (k + 1)) for k in range(len(ids))]
        last = float(times[-1][1]) if len(times) else 0.0
        rows.append(self.codec.row[END_OF_TEXT])
        spans.append((last, end + 0.3))
        return Item(example.features, rows, spans, self._syllables(example.text))

    def _syllables(self, text: str) -> list[int]:
        for mark in MARKS:
            text = text.replace(mark, "\n")
        runs = [run for run in text.split("\n") if run]
        names = lazy_pinyin(runs, style=Style.TONE3, neutral_tone_with_five=True)
        return [self.table[n] for n in names if n in self.table]


def windows(items: list[Item], longest: int, rng: np.random.Generator) -> list[Item]:
    """Half of the items as they are, the others joined into windows of up to ``longest`` frames.

    So the pipeline lays the stretches of one side's speech into a window, silence between them.
    """
    alone = [item for item in items[::2] if len(item.features) <= longest]
    joined: list[Item] = []
    group: list[Item] = []
    size, limit = 0, int(rng.integers(longest // 3, longest + 1))
    for item in items[1::2]:
        if not item.syllables:
            continue
        if group and size + len(item.features) + GAPS[1] > limit:
            joined.append(_joined(group, rng))
            group, size, limit = [], 0, int(rng.integers(longest // 3, longest + 1))
        group.append(item)
        size += len(item.features) + GAPS[1]
    return [*alone, *joined]


def _joined(items: list[Item], rng: np.random.Generator) -> Item:
    """Items one after the other as one."""
    pieces: list[NDArray[np.float16]] = []
    rows: list[int] = []
    spans: list[tuple[float, float]] = []
    at = 0
    for index, item in enumerate(items):
        if index:
            gap = int(rng.integers(*GAPS))
            floor = min(pieces[-1].min(), item.features.min())
            pieces.append(np.full((gap, item.features.shape[1]), floor, dtype=np.float16))
            at += gap
        last = index == len(items) - 1
        rows += item.rows if last else item.rows[:-1]
        shifted = [(begin + at / 100, end + at / 100) for begin, end in item.spans]
        spans += shifted if last else shifted[:-1]
        pieces.append(item.features)
        at += len(item.features)
    return Item(np.concatenate(pieces), rows, spans, [s for i in items for s in i.syllables])


@dataclass(frozen=True, eq=False)
class Batch:
    """Tensors of one step."""

    features: Tensor
    tokens: Tensor
    targets: Tensor
    spans: Tensor
    syllables: Tensor
    lengths: Tensor
    positions: Tensor


def collate(items: list[Item], codec: TextCodec, rng: np.random.Generator) -> Batch:
    """Pad to the longest item; mask bands and some input tokens so that the audio must be heard."""
    frames = max(len(i.features) for i in items)
    frames += frames % 2 + 8
    texts = max(len(i.rows) for i in items) + len(PROMPT) - 1
    features = np.zeros((len(items), 80, frames), dtype=np.float32)
    tokens = np.full((len(items), texts), codec.row[END_OF_TEXT])
    targets = np.full((len(items), texts), IGNORED)
    spans = np.full((len(items), texts, 2), -1.0, dtype=np.float32)
    prompt = [codec.row[t] for t in PROMPT]
    for n, item in enumerate(items):
        features[n, :, : len(item.features)] = _masked(item.features.astype(np.float32), rng).T
        size, first = len(item.rows), len(prompt) - 1
        tokens[n, : first + size] = prompt + item.rows[:-1]
        targets[n, first : first + size] = item.rows
        targets[n, 0] = codec.row[CHINESE if item.syllables else NO_SPEECH]
        spans[n, first : first + size] = item.spans
    noisy = rng.random(tokens.shape) < 0.05
    noisy[:, : len(prompt)] = False
    tokens[noisy] = rng.integers(0, len(codec.used), int(noisy.sum()))
    return Batch(
        torch.from_numpy(features),
        torch.from_numpy(tokens),
        torch.from_numpy(targets),
        torch.from_numpy(spans),
        torch.tensor([s for i in items for s in i.syllables]),
        torch.tensor([len(i.syllables) for i in items]),
        torch.tensor([len(i.features) // 4 + 1 for i in items]),
    )


def _masked(features: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Blank a random band and a random moment."""
    if rng.random() < 0.5:
        low = rng.integers(0, 72)
        features[:, low : low + rng.integers(1, 9)] = features.mean()
    if len(features) > 100 and rng.random() < 0.5:
        begin = rng.integers(0, len(features) - 10)
        features[begin : begin + rng.integers(1, 10)] = features.mean()
    return features


def batches(items: list[Item], codec: TextCodec, seed: int) -> Iterator[Batch]:
    """One pass over the items in batches of like length and random order."""
    rng = np.random.default_rng(seed)
    lengths = np.array([len(i.features) for i in items]) * rng.uniform(0.85, 1.15, len(items))
    groups: list[list[Item]] = [[]]
    size = 0
    for index in np.argsort(lengths):
        size = max(size, len(items[index].features))
        if groups[-1] and size * (len(groups[-1]) + 1) > BATCH_FRAMES:
            groups.append([])
            size = len(items[index].features)
        groups[-1].append(items[index])
    for index in rng.permutation(len(groups)):
        yield collate(groups[index], codec, rng)
