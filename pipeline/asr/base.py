"""What a speech recogniser is to the pipeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from pipeline.records import Word


@dataclass(frozen=True)
class Heard:
    """The text of one clip and its words, their times in seconds from the start of the clip."""

    text: str
    words: tuple[Word, ...]


class Recogniser(Protocol):
    """A speech recogniser; ``name`` says in the output which model heard a call."""

    name: str

    def transcribe(self, clips: Sequence[NDArray[np.float32]]) -> list[Heard]:
        """What is said in each clip (float32, 16 kHz, at most 30 s), in the same order."""
        ...
