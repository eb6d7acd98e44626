"""Losses and the loop that trains the demonstration model by the clock."""

from __future__ import annotations

import logging
import math
import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from models.demo_batches import IGNORED, Batch, Item, Preparation, batches, windows
from models.demo_clips import read_shard
from models.demo_network import PADDING_SAMPLES, Network, Output
from models.demo_tokenizer import VOCABULARY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from models.demo_tokenizer import TextCodec

log = logging.getLogger(__name__)

STAGES = ((0.10, 4.0), (0.25, 8.0), (0.5, 16.0), (1.0, 28.0))
"""Curriculum: until this share of the time, clips and windows of clips up to this many seconds."""
CLIP = 16.0
"""Longer than any clip: beyond it several clips are laid into one window."""


def losses(output: Output, batch: Batch) -> dict[str, Tensor]:
    """Cross entropy of the text, CTC of the syllables, and attention outside each token's span."""
    text = functional.cross_entropy(
        output.logits.flatten(0, 1), batch.targets.flatten(), ignore_index=IGNORED
    )
    ctc = functional.ctc_loss(
        output.syllables.transpose(0, 1),
        batch.syllables,
        batch.positions,
        batch.lengths,
        zero_infinity=True,
    )
    return {"text": text, "ctc": ctc, "attention": _astray(output.attention, batch.spans)}


def _astray(attention: Tensor, spans: Tensor) -> Tensor:
    """How far the guided head's attention is from even over each token's span, in nats.

    Even, not merely inside: the alignment takes a token's start from where its attention begins.
    """
    begin, end = spans[..., :1] * 50, spans[..., 1:] * 50  # positions are 20 ms
    places = torch.arange(attention.shape[-1]).view(1, 1, -1)
    inside = (places + 1 > begin) & (places < end) & (end > 0)
    inside[..., -PADDING_SAMPLES:] = False
    width = inside.sum(-1)
    known = width > 0
    wanted = width[known].float()
    return -((attention * inside).sum(-1)[known] / wanted + wanted.log()).mean()


@dataclass
class Trainer:
    """Everything that a checkpoint keeps, and the loop."""

    network: Network
    preparation: Preparation
    shards: Path
    seconds: float
    peak_rate: float = 2e-3
    elapsed: float = 0.0
    step: int = 0
    optimiser: torch.optim.AdamW = field(init=False)
    average: dict[str, Tensor] = field(init=False)
    _read: dict[Path, list[Item]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Start the optimiser and the running average of the weights."""
        weights = [p for p in self.network.parameters() if p.requires_grad]
        self.optimiser = torch.optim.AdamW(
            weights, lr=1e-4, betas=(0.9, 0.98), weight_decay=0.01, fused=True
        )
        self.average = {k: v.clone() for k, v in self.network.state_dict().items()}

    @classmethod
    def create(cls, codec: TextCodec, shards: Path, seconds: float, seed: int) -> Trainer:
        """A trainer with fresh weights."""
        torch.manual_seed(seed)
        preparation = Preparation(codec)
        network = Network(
            used=len(codec.used), vocabulary=VOCABULARY, syllables=len(preparation.table)
        )
        return cls(network, preparation, shards, seconds)

    def run(self, checkpoint: Path, on_interval: Callable[[Trainer], None], every: float) -> None:
        """Train until the time is used up; every ``every`` seconds call ``on_interval``."""
        next_call, next_save = self.elapsed + every, self.elapsed + 120
        while self.elapsed < self.seconds:
            self._pass()
            if self.elapsed > next_save:
                self.save(checkpoint)
                next_save = self.elapsed + 120
            if self.elapsed > next_call:
                on_interval(self)
                next_call = self.elapsed + every
        self.save(checkpoint)

    def _choose(self) -> list[Item]:
        """Clips of the present stage; so few that shards made meanwhile soon join in."""
        for path in sorted(self.shards.glob("clips-*.npz")):
            if path not in self._read and ".part" not in path.name:
                self._read[path] = [self.preparation.item(e) for e in read_shard(path)]
        share = self.elapsed / self.seconds
        longest = next(limit for until, limit in STAGES if share < until)
        items = [i for v in self._read.values() for i in v if len(i.features) <= longest * 100]
        log.info("pass over up to %.0f s", longest)
        chosen = random.Random(self.step).sample(items, min(len(items), 8000))
        if longest <= CLIP:
            return chosen
        return windows(chosen, round(longest * 100), np.random.default_rng(self.step))

    def _pass(self) -> None:
        """Train on the chosen clips once, or for three minutes."""
        totals: dict[str, float] = {}
        count, start = 0, time.monotonic()
        for batch in batches(self._choose(), self.preparation.codec, self.step):
            begun = time.monotonic()
            for name, value in self._train(batch).items():
                totals[name] = totals.get(name, 0.0) + value
            count += 1
            self.elapsed += time.monotonic() - begun
            if self.elapsed >= self.seconds or time.monotonic() - start > 180:
                break
        means = " ".join(f"{k} {v / count:.3f}" for k, v in totals.items())
        log.info("%5.0f s step %d: %s", self.elapsed, self.step, means)

    def _train(self, batch: Batch) -> dict[str, float]:
        self.step += 1
        for group in self.optimiser.param_groups:
            group["lr"] = self._rate()
        with torch.autocast("cpu", torch.bfloat16):
            output = self.network(batch.features, batch.tokens)
        parts = losses(output, batch)
        loss = parts["text"] + 0.5 * parts["ctc"] + 0.2 * parts["attention"]
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        decay = min(0.999, 1 - 1 / (self.step / 10 + 1))
        weights = self.network.state_dict()
        torch._foreach_lerp_(list(self.average.values()), list(weights.values()), 1 - decay)
        return {k: v.item() for k, v in parts.items()} | {"norm": norm.item()}

    def _rate(self) -> float:
        """Learning rate: a short rise, then a quarter of a cosine to the end of the time."""
        share = min(self.elapsed / self.seconds, 1.0)
        return (
            self.peak_rate
            * min(1.0, self.step / 400)
            * (0.02 + 0.98 * math.cos(share * math.pi / 2))
        )

    def save(self, path: Path) -> None:
        """Write a checkpoint at one stroke."""
        state = {
            "network": self.network.state_dict(),
            "average": self.average,
            "optimiser": self.optimiser.state_dict(),
            "elapsed": self.elapsed,
            "step": self.step,
        }
        partial = path.with_suffix(".part")
        torch.save(state, partial)
        partial.rename(path)

    def restore(self, path: Path) -> None:
        """Go on from a checkpoint."""
        state = torch.load(path, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.average, self.elapsed, self.step = state["average"], state["elapsed"], state["step"]
