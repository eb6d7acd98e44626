"""What is known of a call besides its sound: its record, its shift."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, time
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    Field,
    PositiveInt,
    PrivateAttr,
    SecretStr,
    field_validator,
    model_validator,
)

from pipeline.errors import ConfigurationError
from pipeline.messages import tr
from pipeline.records import CallRecord
from pipeline.yamlfile import Location, Meaning, Strict


class ShiftSettings(Strict):
    """A shift by the clock, ``[starts, ends)``; one that ends before it starts crosses midnight."""

    name: Annotated[
        str,
        Meaning(
            "its name",
            "班次的名字",
        ),
    ]
    starts: Annotated[
        time,
        Meaning(
            "when it begins, such as `08:00`",
            "几点开始，如 `08:00`",
        ),
    ] = Field(alias="from")
    ends: Annotated[
        time,
        Meaning(
            "when it ends; before its begin: it crosses midnight",
            "几点结束；比开始早就是跨零点",
        ),
    ] = Field(alias="to")

    def holds(self, at: time) -> bool:
        """Whether a call that begins ``at`` is in it."""
        if self.starts <= self.ends:
            return self.starts <= at < self.ends
        return at >= self.starts or at < self.ends


class FileNameSettings(Strict):
    """What a recording's name tells of the call."""

    pattern: Annotated[
        str,
        Meaning(
            "a regular expression (RE2) with named groups: call_id, agent_id, customer, "
            "direction, started_at",
            "带命名分组的正则表达式（RE2）：call_id、agent_id、customer、direction、started_at",
        ),
    ] = ""
    time_format: Annotated[
        str,
        Meaning(
            "how `started_at` is written in it (strptime)",
            "其中 `started_at` 的写法（strptime）",
        ),
    ] = "%Y%m%d-%H%M%S"


Vendor = Literal["callqa", "asterisk", "freepbx", "issabel", "freeswitch", "genesys"]
"""Whose columns a table can have; ``VENDORS`` of ``pipeline.call_records`` reads them."""
PhoneSystem = Literal["asterisk", "freeswitch"]
"""Those of which it is known which channel of a recording is whose."""
PHONE_SYSTEMS: Mapping[str, PhoneSystem] = {
    **dict.fromkeys(("asterisk", "freepbx", "issabel"), "asterisk"),
    "freeswitch": "freeswitch",
}
_TABLES = (".csv", ".jsonl", ".ndjson", ".json", ".parquet")
_COLUMNS = ("file", *(f.name for f in fields(CallRecord)))


def _field(name: str) -> str:
    if name not in _COLUMNS:
        msg = tr("no field {name!r}; there are {known}", name=name, known=", ".join(_COLUMNS))
        raise ValueError(msg)
    return name


_MOMENT = datetime(2026, 11, 20, 9, 15)  # noqa: DTZ001  only tried


class CallRecordSettings(Strict):
    """Where call records come from besides ``calls.csv``, and how they are written."""

    file: Annotated[
        Path | None,
        Meaning(
            "another table, relative to the recordings' folder; read by its suffix",
            "另一张话单，相对录音文件夹；按后缀读",
        ),
    ] = None
    vendor: Annotated[
        Vendor,
        Meaning(
            "whose columns `file` and `query` have; calls.csv has callqa's own",
            "`file` 和 `query` 是谁家的列；calls.csv 是 callqa 自己的",
        ),
    ] = "callqa"
    database: Annotated[
        SecretStr | None,
        Meaning(
            "an SQLAlchemy URL, or `env:NAME`: the URL is in that variable, and no password in "
            "this file",
            "SQLAlchemy 地址；或 `env:NAME`：地址在这个环境变量里，文件里不写密码",
        ),
    ] = None
    query: Annotated[
        str,
        Meaning(
            "each row of its result is a call record",
            "查询语句，结果的每一行是一条话单",
        ),
    ] = ""
    query_seconds: Annotated[
        PositiveInt,
        Meaning(
            "longer than any query that has an index, shorter than the night",
            "查询最长等多少秒",
        ),
    ] = 300
    time_formats: Annotated[
        tuple[str, ...],
        Meaning(
            "further ways to write `started_at` (strptime), tried before the usual ones",
            "`started_at` 的其他写法（strptime），先于常见写法",
        ),
    ] = ()
    pbx: Annotated[
        PhoneSystem | None,
        Meaning(
            "the phone system of all calls; unset: the vendor's, else what a recording's name "
            "tells",
            "所有通话的交换机；不写：按厂商，否则看文件名",
        ),
    ] = None
    columns: Annotated[
        dict[Annotated[str, AfterValidator(_field)], str],
        Meaning(
            "our field = the table's column, over the vendor's",
            "我们的字段 = 表里的列，优先于厂商的",
        ),
    ] = Field(default_factory=dict)
    _places: tuple[Path | None, Mapping[Location, int]] = PrivateAttr(default=(None, {}))

    @field_validator("file")
    @classmethod
    def _readable(cls, value: Path | None) -> Path | None:
        if value is not None and value.suffix.lower() not in _TABLES:
            msg = tr(
                "cannot read {kind}; expected {known}",
                kind=value.suffix or tr("a file without suffix"),
                known=", ".join(_TABLES),
            )
            raise ValueError(msg)
        return value

    @field_validator("time_formats")
    @classmethod
    def _formats(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for form in value:
            try:
                datetime.strptime(_MOMENT.strftime(form), form)  # noqa: DTZ007  only tried
            except ValueError as error:
                msg = tr("{form!r} is no time format: {error}", form=form, error=error)
                raise ValueError(msg) from error
        return value

    @model_validator(mode="after")
    def _together(self) -> CallRecordSettings:
        if bool(self.database) != bool(self.query.strip()):
            msg = tr("database and query go together: where the call records are, and which")
            raise ValueError(msg)
        return self

    def model_post_init(self, context: Any, /) -> None:
        """Remember the file and its lines, for what is found wrong only when it is used."""
        if context is not None:
            self._places = (context["path"], context["lines"])

    @property
    def phone_system(self) -> PhoneSystem | None:
        """That of all calls, as it is set or as the vendor has it; None where it is not known."""
        return self.pbx or PHONE_SYSTEMS.get(self.vendor)

    def wrong(self, key: str, message: str) -> ConfigurationError:
        """An error about one of these keys, with the settings' file and line."""
        path, lines = self._places
        at: Location = ("call_records", *key.split("."))
        while at and at not in lines:
            at = at[:-1]
        text = f"call_records.{key}: {message}"
        return ConfigurationError(text, path=path, line=lines.get(at))
