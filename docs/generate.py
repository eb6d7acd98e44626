"""Writes what documentation can be made from the code: ``python -m docs.generate``.

``docs/data.md`` from the declarations of the tables; the tables of ``docs/measured.md`` and
``docs/norms.md`` from the rules and from what the benches measured; in both manuals of the rules the
parameters of each kind from their models; ``docs/settings.md`` likewise; in both READMEs a call's
arithmetic, and the picture of the team page, from the fixture calls.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from docs.sample import explained, picture, scored
from docs.settings_page import settings_page
from docs.tables import in_chinese, night_table, norms_table, rules_table, speech_tables
from pipeline.detect import KINDS
from pipeline.store.columns import Row, columns
from pipeline.store.schema import TABLES
from pipeline.yamlfile import Meaning
from tests.report.browser import chromium

if TYPE_CHECKING:
    from pydantic import BaseModel


TARGET = Path(__file__).with_name("data.md")
MANUALS = {
    Path(__file__).with_name("rules.md"): False,
    Path(__file__).with_name("rules.zh-CN.md"): True,
}
"""The manuals of the rules, and whether each is Chinese."""
PAGES = {
    Path(__file__).with_name(f"{name}{suffix}.md"): bool(suffix)
    for name in ("measured", "norms")
    for suffix in ("", ".zh-CN")
}
"""The pages that show tables, and whether each is Chinese."""

HEAD = """\
# Data dictionary

<!-- Generated from pipeline/store by `python -m docs.generate`; a test holds the two together. -->

`OUT/data/<table>/date=YYYY-MM-DD/part-0.parquet`: one hive-partitioned dataset a table, the date being
the call's local date. Any Parquet reader takes it whole:

```python
import pandas as pd

pd.read_parquet("out/data/findings")
```

A date is published whole: `data/_manifest/date=YYYY-MM-DD.json`, written last, names its files with
rows and SHA-256, the rubrics that scored it and the version that wrote it. A reader that must never
meet the new calls beside the old findings goes by it:

```python
from pipeline.store.published import open_published

tables = open_published("out").read("calls", "findings")  # of pyarrow
```

`data/callqa.sql` holds the tables as views of DuckDB: `cd out/data && duckdb -init callqa.sql`. What
runs remember is in `OUT/state.db` (SQLite); its table `runs` has a row a run. A date whose words were
purged (`callqa purge --keep scores`) has no `transcripts`, and no quotes in `findings`. `OUT/shards/`
holds what the parts of a night leave until `callqa publish`.

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

`OUT/transcripts/<date>.parquet` holds what was heard in the recordings of a date (until it is scored, a
file a recording: `OUT/transcripts/<date>/<content hash>.json.gz`): the words, the speech spans, the call
record. `callqa rescore` reads no recording.

`OUT/answers/<date>.parquet` holds what each rule said of each call, under a digest of all that it was
made of: a rescore asks only the rules that have changed, and takes the rows of a call of which nothing
has changed from the tables as they stand. Like the transcripts it holds plain words; it may be deleted
at any time and is made again.
"""


def data_dictionary() -> str:
    """The whole page."""
    parts = [HEAD]
    for table, row in TABLES.items():
        rows = "\n".join(f"| `{c.name}` | `{c.arrow}` | {c.meaning} |" for c in columns(row))
        parts.append(
            f"## {table}\n\n{_about(row)}\n\n| column | type | meaning |\n|---|---|---|\n{rows}\n"
        )
    return "\n".join([*parts, SIDECAR])


def _about(row: type[Row]) -> str:
    """What the rows of a table are: the docstring of their class, in one paragraph."""
    return " ".join((row.__doc__ or "").split())


MADE = {
    "night": night_table,
    "norms": norms_table,
    "rules": rules_table,
    "speech": speech_tables,
}
"""What stands between ``<!-- name -->`` and ``<!-- /name -->`` of a page."""


def with_tables(page: str, *, chinese: bool) -> str:
    """A page with its tables brought up to date."""
    for name, made in MADE.items():
        begin, end = f"<!-- {name} -->\n", f"\n<!-- /{name} -->"
        if begin not in page:
            continue
        before, _, rest = page.partition(begin)
        after = rest.partition(f"<!-- /{name} -->")[2]
        table = in_chinese(made()) if chinese else made()
        page = before + begin + table + end + after
    return page


_PARAMETERS = re.compile(
    r"(<!-- parameters: (?P<kind>[a-z_]+)(?:\.(?P<model>\w+))? -->\n).*?(<!-- /parameters -->)",
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


SETTINGS = {
    Path(__file__).with_name("settings.md"): False,
    Path(__file__).with_name("settings.zh-CN.md"): True,
}
"""The pages of the settings, and whether each is Chinese."""


READMES = [Path(__file__).parent.parent / name for name in ("README.md", "README.zh-CN.md")]
PICTURE = Path(__file__).with_name("team.png")


def with_sample(readme: str, shown: str) -> str:
    """A README with the arithmetic of a call as it is printed now."""
    before, begin, rest = readme.partition("<!-- explain -->\n")
    return (
        before + begin + shown + "\n" + "<!-- /explain -->" + rest.partition("<!-- /explain -->")[2]
    )


if __name__ == "__main__":
    for path, chinese in SETTINGS.items():
        path.write_text(settings_page(chinese=chinese), encoding="utf-8")
    TARGET.write_text(data_dictionary(), encoding="utf-8")
    for pages, made in ((PAGES, with_tables), (MANUALS, with_parameters)):
        for path, chinese in pages.items():
            path.write_text(
                made(path.read_text(encoding="utf-8"), chinese=chinese), encoding="utf-8"
            )
    with tempfile.TemporaryDirectory(prefix="callqa-docs-") as place:
        out = scored(Path(place) / "out")
        shown = explained(out)
        for path in READMES:
            path.write_text(with_sample(path.read_text(encoding="utf-8"), shown), encoding="utf-8")
        if chromium():
            picture(out, PICTURE)
        else:
            sys.stderr.write(f"no Chromium here: {PICTURE.name} stays as it is\n")
