"""``docs/settings.md`` and its Chinese twin, from the models of the settings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from pipeline.settings import QuestionSettings, Settings, ShiftSettings
from pipeline.yamlfile import Meaning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

HEAD = {
    False: """\
# Settings

<!-- Generated from pipeline/settings/ by `python -m docs.generate`; a test holds them together. -->

`callqa.toml` in the folder of the recordings, or the file named by `--config`. Every key has a default;
an unknown one, and a value that cannot be, is an error with file and line. Paths are from the file's own
folder.
""",
    True: """\
# 设置

<!-- Generated from pipeline/settings/ by `python -m docs.generate`; a test holds them together. -->

写在录音文件夹的 `callqa.toml` 里，或 `--config` 指的文件里。每一项都有默认值；写错的键、不可能的值
会指出文件和行。路径都从这个文件所在的文件夹算起。
""",
}
TABLE = {False: "| key | default | meaning |", True: "| 键 | 默认 | 意思 |"}


def settings_page(*, chinese: bool) -> str:
    """The whole page: the keys at the top, then a section a table of the file."""
    own, sections = [], []
    for name, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            sections.append((f"[{name}]", field.annotation))
            sections += [(f"[[{name}.questions]]", QuestionSettings)] if name == "review" else []
        else:
            own.append((name, field))
    sections.append(("[[shifts]]", ShiftSettings))
    parts = [HEAD[chinese], _table(own, chinese=chinese)]
    for title, model in sections:
        parts += [f"\n## `{title}`\n", _table(model.model_fields.items(), chinese=chinese)]
    return "\n".join(parts).replace("\n\n\n", "\n\n") + "\n"


def _table(fields: Any, *, chinese: bool) -> str:
    return "\n".join([TABLE[chinese], "|---|---|---|", *_lines(fields, chinese=chinese)])


def _lines(fields: Any, *, chinese: bool) -> Iterator[str]:
    for name, field in fields:
        (meaning,) = (m for m in field.metadata if isinstance(m, Meaning))
        said = meaning.chinese if chinese else meaning.english
        yield f"| `{field.alias or name}` | {_default(field)} | {said} |"


def _default(field: FieldInfo) -> str:
    """A default as it would stand in the file; nothing where there is none."""
    value = None if field.is_required() else field.get_default(call_default_factory=True)
    if value is None or value in ("", (), {}):
        return ""
    if isinstance(value, tuple) and isinstance(value[0], ShiftSettings):
        return ", ".join(f"{s.name} {s.starts:%H:%M}–{s.ends:%H:%M}" for s in value)
    return f"`{json.dumps(value, ensure_ascii=False)}`"
