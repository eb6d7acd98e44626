"""The results of ``python -m bench.speech`` as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.speech.cost import WAYS
from bench.speech.encodings import CANNOT_WRITE
from bench.speech.parts import STEPS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Data = Mapping[str, Any]

NONE = "–"


def page(data: Data) -> str:
    """All of results.json; a part that was not measured is left out."""
    lines = ["# The speech side: cost and accuracy", "", f"Measured on {data['machine']}."]
    for name, section in (("cost", _cost), ("parts", _parts), ("right", _right)):
        if name in data:
            lines += ["", *section(data[name])]
    return "\n".join(lines) + "\n"


def cost_table(cost: Data) -> list[str]:
    """``callqa transcribe`` and both loops, and callqa over each of them."""
    ours, *loops = (cost[way] for way in WAYS)
    rows = []
    for name, key in (("wall time", "wall_s"), ("processor time", "cpu_s")):
        rows.append(
            [
                name,
                *(f"{w[key]:.1f} s, {_percent(w[key] / cost['audio_s'])}" for w in (ours, *loops)),
                *(f"{ours[key] / loop[key]:.2f}" for loop in loops),
            ]
        )
    peaks = [f"{way['peak_mb']:.0f} MB" for way in (ours, *loops)]
    ratios = [f"{ours['peak_mb'] / loop['peak_mb']:.2f}" for loop in loops]
    rows.append(["peak memory", *peaks, *ratios])
    rows.append(["character errors", *(_percent(w["cer"]) for w in (ours, *loops)), "", ""])
    head = ["", "callqa transcribe", "batched loop", "plain loop", "over batched", "over plain"]
    return table(head, rows)


def parts_table(parts: Sequence[Data]) -> list[str]:
    """Each step's processor time as a share of the audio's length, by encoding."""
    rows = []
    for row in parts:
        shares = [row["cpu_s"][step] / row["audio_s"] for step in STEPS]
        cells = [f"{100 * share:.3f}" for share in (*shares, sum(shares))]
        rows.append([row["name"], *cells])
    return table(["% of the audio's length, one core", *STEPS, "sum"], rows)


def right_table(first: str, rows: Sequence[Data]) -> list[str]:
    """Events, talk time, false speech and verdicts, a row an encoding or a disturbance."""
    head = [first, "events", "recall", "precision", "start error", "talk time error"]
    return table([*head, "false speech", "verdict right"], [_right_row(row) for row in rows])


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a table, figures to the right."""
    rule = ["---", *["---:"] * (len(head) - 1)]
    return [f"| {' | '.join(cells)} |" for cells in (head, rule, *rows)]


def _cost(cost: Data) -> Iterator[str]:
    yield "## Cost"
    yield ""
    yield (
        f"{cost['recordings']} fixture recordings, {cost['audio_s'] / 60:.1f} min of two channels, "
        "Whisper base on the processor. The loops are `bench/speech/plain.py`: faster-whisper's own "
        "batched pipeline with word times, two recordings at once, and its defaults on one channel "
        "after the other; both with its own voice detection, and nothing kept. Each a process of its "
        f"own with its default threads, in turn; of {cost['runs']} the quickest. Peak memory is that "
        "of the largest process. Percentages of time are of the audio's length."
    )
    yield ""
    yield from cost_table(cost)


def _parts(parts: Sequence[Data]) -> Iterator[str]:
    yield "## Steps"
    yield ""
    yield (
        "Without the recogniser. *tell apart*: copies, dead channels, leaks. *speech*: Silero and "
        "the edges. *own speech*: levels, bursts of the other side. *sound*: loudness, clipping, "
        "pitch of each turn. *keys*: DTMF. Of all threads of the process."
    )
    yield ""
    yield from parts_table(parts)


def _right(right: Data) -> Iterator[str]:
    yield "## Right"
    yield ""
    yield (
        f"{right['calls']} fixture calls with double talk, {right['events']} starts of one side "
        "inside the other's turn. Five calls are as they were scripted; in the others one side is "
        "1.2 to 1.9 s later, so that answers begin too early. The sides come from the fixtures' own "
        "files (MP3, Opus or µ-law) and are written anew."
    )
    yield ""
    yield (
        "True is the script: a turn is a side's clean sound within 45 dB of its loudest 10 ms, "
        "joined over pauses under 0.7 s, taken before levels and line noise were added; what fades "
        "below the noise makes a found turn up to about 0.1 s shorter. An event is right within "
        "0.3 s. *Start error*: of the right events, mean and worst. *Talk time error*: of each side, "
        "mean and worst. *False speech*: all seconds farther than 0.2 s from a turn of that side. "
        "*Verdict*: the calls in which the sides were told apart and exactly what was odd was named. "
        f"PyAV cannot write {', '.join(CANNOT_WRITE)}: not measured."
    )
    yield ""
    yield from right_table("encoding", right["encodings"])
    yield ""
    yield "The disturbances are in µ-law. Where one channel is the right answer there are no sides."
    yield ""
    yield from right_table("disturbance", right["disturbances"])


def _right_row(row: Data) -> list[str]:
    start, talk, false = row["start_error_s"], row["talk_time_error"], row["false_speech_s"]
    return [
        row["name"],
        f"{row['events_found']} of {row['events']}, {row['events_invented']} invented"
        if talk
        else NONE,
        NONE if row["recall"] is None else _percent(row["recall"]),
        NONE if row["precision"] is None else _percent(row["precision"]),
        NONE if start is None else f"{start[0]:.2f} / {start[1]:.2f} s",
        NONE if talk is None else f"{_percent(talk[0])} / {_percent(talk[1])}",
        NONE if false is None else f"{false:.1f} s",
        f"{row['verdicts_right']} of {row['calls']}",
    ]


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
