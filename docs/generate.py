"""Writes what documentation can be made from the code: ``python -m docs.generate``.

``docs/data.md`` from the schemas; in both READMEs the table of rules from the rubrics and the tables of
the speech side from what ``make bench-speech`` measured; in both manuals of the rules the parameters of
each kind from their models.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.speech.page import cost_table, right_table
from pipeline.detect import KINDS
from pipeline.judging.judge import the_rubric
from pipeline.resources import RUBRICS
from pipeline.rubric.load import rubric_names
from pipeline.rubric.schema import Meaning
from pipeline.settings import Settings
from pipeline.store.files import tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

    from pipeline.rubric.load import Rule

SPEECH = Path(__file__).parent.parent / "bench" / "speech" / "results.json"
RESULTS = Path(__file__).parent.parent / "bench" / "accuracy" / "results.json"
SECTIONS = ("opening", "closing", "wording", "listening", "voice", "procedure", "timing")
TARGET = Path(__file__).with_name("data.md")
MANUALS = {
    Path(__file__).with_name("rules.md"): False,
    Path(__file__).with_name("rules.zh-CN.md"): True,
}
"""The manuals of the rules, and whether each is Chinese."""
READMES = [Path(__file__).parent.parent / name for name in ("README.md", "README.zh-CN.md")]

ABOUT = {
    "calls": "One row a call.",
    "findings": (
        "One row an event for `violation` and `review`; one row a rule for `pass`, "
        "`not_applicable` and `not_measurable`. The `points` of a call add up to `score - 100` "
        "unless it was vetoed or floored."
    ),
    "transcripts": "One row a turn, in order of its start.",
    "interruptions": "Every start of the agent inside a customer's turn, harmless ones too.",
    "sides": (
        "One row a side of a call that speaks: its channel, how the agent was told, how it sounds. "
        "[speech.md](speech.md) explains the verdicts."
    ),
    "holds": "Every stretch of more than 5 s in which the agent had left the line.",
    "attempts": (
        "One row a call that the call records know and of which there is no recording: unanswered "
        "ones, and lines of `calls.csv` without a file."
    ),
    "agents": "One row an agent and date.",
    "failures": "One row a recording that could not be used, under the date it was first met.",
}

HEAD = """\
# Data dictionary

<!-- Generated from pipeline/store by `python -m docs.generate`; a test holds the two together. -->

`OUT/data/<table>/date=YYYY-MM-DD/part-0.parquet`: one hive-partitioned dataset a table, the date being
the call's local date. Any Parquet reader takes it whole:

```python
import pandas as pd

pd.read_parquet("out/data/findings")
```

Times in a call are seconds from its start, half-open `[start, end)`. Rates are spoken characters a
minute. Clock times carry the zone of the settings (default `Asia/Shanghai`).
"""

SIDECAR = """\
## Transcripts brought along

`<name>.json` beside a recording, or alone, brings a transcript and skips the speech model (other
recognisers' formats: [speech.md](speech.md)). `call` and each of its fields may be absent, `words` too;
`role` is `agent`, `customer` or `ivr`, or absent (then `channel` or `speaker` groups the turns and the
roles are worked out).

```json
{"call": {"call_id": "c1", "agent_id": "0008", "direction": "inbound",
          "started_at": "2026-11-20T09:15:00+08:00", "ended_by": "customer"},
 "turns": [{"role": "agent", "start": 0.4, "end": 4.9, "text": "您好,江城中燃,8号为您服务。",
            "words": [{"text": "您好", "start": 0.4, "end": 0.9, "probability": 0.98}]}]}
```

## What is kept beside the tables

`OUT/transcripts/<date>/<content hash>.json.gz` holds what was heard in a recording: the words, the
speech spans, the call record. `callqa rescore` reads nothing else.
"""


def data_dictionary() -> str:
    """The whole page."""
    parts = [HEAD]
    for table, columns in tables().items():
        rows = "\n".join(f"| `{c.name}` | `{c.type}` | {c.meaning} |" for c in columns)
        parts.append(
            f"## {table}\n\n{ABOUT[table]}\n\n| column | type | meaning |\n|---|---|---|\n{rows}\n"
        )
    return "\n".join([*parts, SIDECAR])


def rules_table() -> str:
    """A line for each rule, and how right it is on the labelled calls (``make bench-accuracy``)."""
    settings = Settings()
    found: dict[str, tuple[Rule, list[str]]] = {}
    for name in rubric_names(RUBRICS):
        rubric = the_rubric(name, settings)
        for rule_id, rule in rubric.rules.items():
            found.setdefault(rule_id, (rule, []))[1].append(rubric.file.document)
    measured = json.loads(RESULTS.read_text(encoding="utf-8"))
    lines = [
        (
            "| rule | 规则 | kind | in | labelled | precision | recall | review | not measurable "
            "| naive precision | naive recall |"
        ),
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for rule_id in sorted(found, key=_in_order):
        rule, documents = found[rule_id]
        own = measured["rules"].get(rule_id, {})
        naive = measured["naive_rules"].get(rule_id, {})
        cells = [
            f"`{rule_id}`",
            rule.file.title,
            rule.file.kind,
            " ".join(sorted(documents, key="GTMXD".index)),
            str(own.get("support", 0)),
            *(_share(own.get(name), interval=True) for name in ("precision", "recall")),
            *(_share(own.get(name)) for name in ("review", "not_measurable")),
            *(_share(naive.get(name)) for name in ("precision", "recall")),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _in_order(rule_id: str) -> tuple[int, str]:
    """By section, in the order of a call."""
    section = rule_id.partition(".")[0]
    return SECTIONS.index(section) if section in SECTIONS else len(SECTIONS), rule_id


def _share(share: Mapping[str, Any] | None, *, interval: bool = False) -> str:
    """A share as per cent, with its 95 % interval."""
    if share is None or share["value"] is None:
        return "–"
    text = f"{100 * share['value']:.0f} %"
    if interval and share["interval"]:
        low, high = share["interval"]
        text += f" ({100 * low:.0f}–{100 * high:.0f})"
    return text


def speech_tables() -> str:
    """What hearing costs and how right it is (``make bench-speech``)."""
    measured = json.loads(SPEECH.read_text(encoding="utf-8"))
    tables = (
        cost_table(measured["cost"]),
        right_table("encoding", measured["right"]["encodings"]),
        right_table("disturbance", measured["right"]["disturbances"]),
    )
    return "\n\n".join("\n".join(lines) for lines in tables)


def with_tables(readme: str) -> str:
    """A README with its tables brought up to date."""
    for name, table in (("rules", rules_table()), ("speech", speech_tables())):
        begin, end = f"<!-- {name} -->\n", f"\n<!-- /{name} -->"
        before, _, rest = readme.partition(begin)
        after = rest.partition(end)[2]
        readme = before + begin + table + end + after
    return readme


_PARAMETERS = re.compile(
    r"(<!-- parameters: (?P<kind>[a-z]+)(?:\.(?P<model>\w+))? -->\n).*?(<!-- /parameters -->)",
    re.DOTALL,
)


def with_parameters(manual: str, *, chinese: bool) -> str:
    """A manual of the rules with the tables of the kinds' parameters brought up to date."""

    def table(match: re.Match[str]) -> str:
        kind, name = KINDS[match["kind"]], match["model"]
        model = getattr(sys.modules[kind.params.__module__], name) if name else kind.params
        return f"{match[1]}{parameter_table(model, chinese=chinese)}\n{match[4]}"

    return _PARAMETERS.sub(table, manual)


def parameter_table(model: type[BaseModel], *, chinese: bool) -> str:
    """A line for each key of a model; what must be given is in italics."""
    lines = ["| 参数 | 意思 |" if chinese else "| parameter | meaning |", "|---|---|"]
    for name, field in model.model_fields.items():
        (meaning,) = (m for m in field.metadata if isinstance(m, Meaning))
        key = f"`{field.alias or name}`"
        said = meaning.chinese if chinese else meaning.english
        said = said.replace("|", "\\|")
        lines.append(f"| {f'*{key}*' if field.is_required() else key} | {said} |")
    return "\n".join(lines)


if __name__ == "__main__":
    TARGET.write_text(data_dictionary(), encoding="utf-8")
    for path in READMES:
        path.write_text(with_tables(path.read_text(encoding="utf-8")), encoding="utf-8")
    for path, chinese in MANUALS.items():
        text = with_parameters(path.read_text(encoding="utf-8"), chinese=chinese)
        path.write_text(text, encoding="utf-8")
