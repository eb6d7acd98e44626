"""What a speech recogniser is to the pipeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from pipeline.records import Seconds, Word


@dataclass(frozen=True, eq=False)
class Clip:
    """A stretch of one side's speech: float32 samples at 16 kHz, at most 30 s, with some line around.

    ``side`` tells the clips of one voice from those of another; those of a side come in their order.
    ``voiced``: seconds of speech in it, without the line around.
    """

    samples: NDArray[np.float32]
    side: int = 0
    voiced: Seconds = 0.0


@dataclass(frozen=True)
class Heard:
    """The text of one clip and its words, their times in seconds from the start of the clip."""

    text: str
    words: tuple[Word, ...]


NOTHING = Heard("", ())


class Recogniser(Protocol):
    """A speech recogniser, used by several threads at once.

    ``name`` says in the output which model heard a call.
    """

    name: str

    def transcribe(self, clips: Sequence[Clip], names: Sequence[str] = ()) -> list[Heard]:
        """What is said in each clip, in the same order.

        ``names`` are words that may well be said: those of the organisation.
        """
        ...
