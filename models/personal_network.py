"""The network that reads a call's characters, as PyTorch trains it and as ONNX keeps it.

PyTorch and onnx are needed to train it and at no other time: ``pip install torch onnx``.
"""

from __future__ import annotations

import io
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Call = tuple[NDArray[np.float32], NDArray[np.int64]]
    """What is read of each character of a call, and its label: 0 to be read, 1 a name, 2 a place, -1
    none."""

UNITS, INNER = 64, 96
"""Numbers that each direction remembers; what is read is brought to so many before."""
EPOCHS, BATCH, RATE, DECAY, DROPOUT = 5, 8, 5e-3, 1e-2, 0.3
"""Of two sets that were held out what was hidden grew up to the fifth time through the calls."""
WEIGHTS = (1.0, 2.0, 2.0)
"""What a mistake costs by label: what is left in clear is the worse one."""
NORM = 1.0
NEAR = 200
"""Characters by which calls of one batch may differ in length, about."""


class Reader(nn.Module):  # type: ignore[misc]  # pyproject.toml has PyTorch's types skipped
    """A gated recurrent unit in both directions, between two layers."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.inner = nn.Linear(width, INNER)
        self.both_ways = nn.GRU(INNER, UNITS, batch_first=True, bidirectional=True)
        self.outer = nn.Linear(2 * UNITS, len(WEIGHTS))
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, read: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """What speaks for each label: calls by characters by labels."""
        inner = self.dropout(torch.relu(self.inner(self.dropout(read))))
        packed = pack_padded_sequence(inner, lengths, batch_first=True, enforce_sorted=False)
        told, _ = pad_packed_sequence(self.both_ways(packed)[0], batch_first=True)
        return self.outer(self.dropout(told))


class Asked(nn.Module):  # type: ignore[misc]
    """A reader as it is asked at night: one call, how likely each character is of each kind."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self.reader = reader

    def forward(self, read: torch.Tensor) -> torch.Tensor:
        """Calls by characters by kinds."""
        told, _ = self.reader.both_ways(torch.relu(self.reader.inner(read)))
        return torch.softmax(self.reader.outer(told), 2)[:, :, 1:]


@dataclass(frozen=True)
class Network:
    """A reader that was trained."""

    reader: Reader

    def chances(self, read: NDArray[np.float32]) -> NDArray[np.float32]:
        """How likely each character of a call is of each kind."""
        with torch.no_grad():
            found: NDArray[np.float32] = Asked(self.reader)(torch.from_numpy(read)[None])[0].numpy()
        return found

    def stored(self) -> bytes:
        """As ONNX."""
        content = io.BytesIO()
        call = torch.zeros(1, 2, self.reader.inner.in_features)
        torch.onnx.export(
            Asked(self.reader).eval(),
            (call,),
            content,
            dynamo=False,
            input_names=["characters"],
            output_names=["chances"],
            dynamic_axes={"characters": {1: "length"}, "chances": {1: "length"}},
        )
        return content.getvalue()


def fit(calls: Sequence[Call], seed: int) -> Network:
    """A network that has learnt of some calls."""
    torch.manual_seed(seed)
    order = random.Random(seed)
    reader = Reader(calls[0][0].shape[1])
    optimizer = torch.optim.AdamW(reader.parameters(), weight_decay=DECAY)
    steps = EPOCHS * -(-len(calls) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    cost = nn.CrossEntropyLoss(ignore_index=-1, weight=torch.tensor(WEIGHTS))
    for read, labels, lengths in (b for _ in range(EPOCHS) for b in _batches(calls, order)):
        optimizer.zero_grad()
        told = reader(read, lengths)
        cost(told.flatten(0, 1), labels.flatten()).backward()
        nn.utils.clip_grad_norm_(reader.parameters(), NORM)
        optimizer.step()
        schedule.step()
    return Network(reader.eval())


def _batches(
    calls: Sequence[Call], order: random.Random
) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """Calls of about one length together, in any order."""
    alike = sorted(calls, key=lambda call: len(call[1]) + order.random() * NEAR)
    batches = [alike[at : at + BATCH] for at in range(0, len(alike), BATCH)]
    order.shuffle(batches)
    for batch in batches:
        read, labels = zip(*batch, strict=True)
        yield (
            pad_sequence([torch.from_numpy(one) for one in read], batch_first=True),
            pad_sequence(
                [torch.from_numpy(one) for one in labels], batch_first=True, padding_value=-1
            ),
            torch.tensor([len(one) for one in labels]),
        )
