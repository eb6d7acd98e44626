"""The plain way to score transcripts, as an engineer writes it in an afternoon; measured beside callqa.

``python -m bench.batch.plain FOLDER OUT``: every JSON transcript of a folder is read, what the agent
said is cut by jieba, each list of words of ``bench.accuracy.naive`` is one compiled alternation that is
searched for in each of his turns, required words are looked for in the first and the last turn, and
what was found goes into a Parquet table by pandas. No sounds, no exceptions, no models, no timing.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import jieba
import pandas as pd

from bench.accuracy.naive import BANNED, REQUIRED_FIRST, REQUIRED_LAST, SAID, TRIGGERS

PATTERNS = {rule: re.compile("|".join(map(re.escape, words))) for rule, words in BANNED.items()}


def main(folder: Path, out: Path) -> None:
    """Score a folder."""
    found: list[tuple[str, str, int | None, str]] = []
    for path in sorted(folder.glob("*.json")):
        call = json.loads(path.read_text(encoding="utf-8"))
        turns = call["transcript"]["utterances"]
        agent = [turn["text"] for turn in turns if turn["role"] == "agent"]
        customer = "".join(turn["text"] for turn in turns if turn["role"] == "customer")
        tokens = sum(len(list(jieba.cut(text))) for text in agent)
        for rule, pattern in PATTERNS.items():
            for number, text in enumerate(agent):
                found += [(path.stem, rule, number, m.group()) for m in pattern.finditer(text)]
        said = "".join(agent)
        missing = [
            *(r for r, words in REQUIRED_FIRST.items() if not all(w in agent[0] for w in words)),
            *(r for r, words in REQUIRED_LAST.items() if not all(w in agent[-1] for w in words)),
            *(r for r, words in SAID.items() if not any(w in said for w in words)),
            *(
                rule
                for rule, (trigger, words) in TRIGGERS.items()
                if trigger in customer and not any(w in said for w in words)
            ),
        ]
        found += [(path.stem, rule, None, "") for rule in missing]
        found.append((path.stem, "tokens", tokens, ""))
    pd.DataFrame(found, columns=["call", "rule", "turn", "words"]).to_parquet(out)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
