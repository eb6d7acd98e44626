"""Sound files that tests make themselves, out of the fixture recordings, in any encoding."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, cast

import numpy as np

from pipeline.records import SAMPLE_RATE
from pipeline.sound.decode import decode
from tests.fixtures_truth import Truth, truths

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Samples = NDArray[np.float32]


def scripted(call_id: str) -> Truth:
    """One fixture call."""
    return next(t for t in truths() if t.call_id == call_id)


@lru_cache(maxsize=4)
def sides(call_id: str) -> tuple[Samples, Samples]:
    """The agent's and the customer's samples of a fixture call; nobody may write into them."""
    truth = scripted(call_id)
    channels = [channel[:] for channel in decode(truth.path).channels]
    for samples in channels:
        samples.flags.writeable = False
    agent = truth.data["agent_channel"]
    return channels[agent], channels[1 - agent]


def save(path: Path, *channels: Samples, codec: str = "pcm_s16le", rate: int = SAMPLE_RATE) -> Path:
    """The channels as a file, in the container that the suffix names."""
    import av

    layout = {1: "mono", 2: "stereo", 3: "2.1", 4: "4.0"}[len(channels)]
    samples = np.clip(np.stack(channels, axis=1) * 32767, -32768, 32767).astype(np.int16)
    with av.open(str(path), "w") as container:
        stream = cast("av.AudioStream", container.add_stream(codec, rate=rate, layout=layout))
        if codec.startswith("wma"):
            stream.bit_rate = 32_000
        wanted = stream.codec_context.format.name
        resampler = av.AudioResampler(
            format=wanted, layout=layout, rate=rate, frame_size=stream.codec_context.frame_size
        )
        for at in range(0, len(samples), SAMPLE_RATE):
            block = np.ascontiguousarray(samples[at : at + SAMPLE_RATE]).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(block, format="s16", layout=layout)
            frame.rate = SAMPLE_RATE
            for ready in resampler.resample(frame):
                container.mux(stream.encode(ready))
        for ready in resampler.resample(None):
            container.mux(stream.encode(ready))
        container.mux(stream.encode(None))
    return path
