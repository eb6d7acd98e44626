"""``callqa.toml`` as one frozen ``Settings``; an unknown key is an error with file and line.

What each key means, and why its default is what it is, stands with it; ``docs/settings.md`` shows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationInfo, field_validator, model_validator

from pipeline.messages import tr
from pipeline.records import DEFAULT_ZONE
from pipeline.resources import RuleFiles, not_rules, rule_files
from pipeline.rulebook import kinds_in
from pipeline.settings import tomlfile
from pipeline.settings.call_records import CallRecordSettings, FileNameSettings, ShiftSettings
from pipeline.settings.hearing import AsrSettings, CallSettings, SpeechSettings
from pipeline.settings.mail import MailSettings
from pipeline.settings.operation import NightSettings, OperationsSettings
from pipeline.settings.paths import beside
from pipeline.settings.published import Mean, Pages, PrivacySettings, ReportSettings, group_id
from pipeline.settings.review import (
    InspectorSettings,
    OidcSettings,
    QuestionSettings,
    ReviewSettings,
    SamplingSettings,
    ServeSettings,
    lacking,
)
from pipeline.yamlfile import Meaning, Strict, validate

__all__ = [
    "NAME",
    "AsrSettings",
    "CallRecordSettings",
    "CallSettings",
    "FileNameSettings",
    "InspectorSettings",
    "MailSettings",
    "Mean",
    "NightSettings",
    "OidcSettings",
    "OperationsSettings",
    "Pages",
    "PrivacySettings",
    "QuestionSettings",
    "ReportSettings",
    "ReviewSettings",
    "SamplingSettings",
    "ServeSettings",
    "Settings",
    "ShiftSettings",
    "SpeechSettings",
    "find_settings",
    "group_id",
    "load_settings",
    "rubric_asked_for",
]

NAME = "callqa.toml"


class Settings(Strict):
    """Everything that can be set. Paths are from the folder of the file that they stand in on."""

    rubric: Annotated[
        str,
        Meaning(
            "the rubric that the folder is scored against: a name, or the path of a `.yml`",
            "按哪个规范评分：名字，或 `.yml` 的路径",
        ),
    ] = "gas-hotline"
    rules: Annotated[
        Path | None,
        Meaning(
            "a folder of the house's own rubrics, rules and lists, relative to this file; a "
            "file in it takes the place of the packaged one of its name",
            "自己的规范、规则和词表的文件夹，相对本文件；同名的代替随软件安装的",
        ),
    ] = None
    timezone: Annotated[
        str,
        Meaning(
            "of clock times that carry none",
            "没有写时区的时间按哪个时区",
        ),
    ] = DEFAULT_ZONE
    customer_key: Annotated[
        str,
        Meaning(
            "keys the hash that stands for a customer's number in the output",
            "用来给客户号码加密取哈希的密钥",
        ),
    ] = "callqa"
    asr: AsrSettings = AsrSettings()
    speech: SpeechSettings = SpeechSettings()
    call: CallSettings = CallSettings()
    file_name: FileNameSettings = FileNameSettings()
    call_records: CallRecordSettings = CallRecordSettings()
    privacy: PrivacySettings = PrivacySettings()
    night: NightSettings = NightSettings()
    sampling: SamplingSettings = SamplingSettings()
    review: ReviewSettings = ReviewSettings()
    serve: ServeSettings = ServeSettings()
    oidc: OidcSettings = OidcSettings()
    mail: MailSettings = MailSettings()
    operations: OperationsSettings = OperationsSettings()
    report: ReportSettings = ReportSettings()
    shifts: Annotated[
        tuple[ShiftSettings, ...],
        Meaning(
            "the shifts by the clock, the first that holds a call's start; the default is the "
            "duty desk's norm",
            "班次；通话开始时落在哪个班次。默认是值班室规范的",
        ),
    ] = (
        ShiftSettings.model_validate({"name": "白班", "from": "08:00", "to": "17:00"}),
        ShiftSettings.model_validate({"name": "夜班", "from": "19:00", "to": "03:00"}),
    )

    @field_validator("rubric")
    @classmethod
    def _rubric_beside(cls, value: str, info: ValidationInfo) -> str:
        return str(beside(value, info)) if value.endswith(".yml") else value

    @field_validator("rules")
    @classmethod
    def _rules_beside(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        """Looked into where it is written; what is remembered is looked into when it is used."""
        if value is None or info.context is None:
            return value
        folder = beside(str(value), info)
        if wrong := not_rules(folder):
            raise ValueError(wrong)
        return folder

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            msg = tr(
                "{value!r} is no time zone; expected a name such as Asia/Shanghai", value=value
            )
            raise ValueError(msg) from error
        return value

    @model_validator(mode="after")
    def _one_way_in(self) -> Settings:
        if self.oidc.issuer and self.serve.user_header:
            msg = tr("oidc and serve.user_header: who somebody is can be said by one of them only")
            raise ValueError(msg)
        if self.oidc.issuer and urlsplit(self.oidc.address).path != self.serve.path:
            msg = tr("oidc.address has to end as serve.path does")
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _groups_said(self) -> Settings:
        """The groups of ``oidc.roles`` come by the company's log-in or by a gateway."""
        serve, roles = self.serve, self.oidc.roles
        if bool(roles) != bool(self.oidc.groups_claim or serve.groups_header):
            msg = tr("oidc.roles goes together with oidc.groups_claim or serve.groups_header")
            raise ValueError(msg)
        own = roles if serve.groups_header else ()
        ways = ("serve.team_header", serve.team_header, "serve.agent_header", serve.agent_header)
        if wrong := next(filter(None, (lacking(one, *ways) for one in own)), ""):
            raise ValueError(wrong)
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The zone of clock times that carry none."""
        return ZoneInfo(self.timezone)

    def shift_of(self, at: datetime | None) -> str:
        """The name of the first shift in which a call begins; empty where there is none."""
        if at is None:
            return ""
        clock = at.astimezone(self.zone).time()
        return next((shift.name for shift in self.shifts if shift.holds(clock)), "")


def find_settings(folder: Path, explicit: Path | None) -> Path | None:
    """The settings file to read: the one named, the recordings' own, the current folder's, none."""
    if explicit is not None:
        return explicit
    return next((p for p in (folder / NAME, Path.cwd() / NAME) if p.is_file()), None)


def rubric_asked_for(name: str | None, settings: Settings) -> str:
    """The rubric asked for, else the settings' own: a name, or a path that is right from anywhere."""
    name = name or settings.rubric
    return str(Path(name).expanduser().absolute()) if name.endswith(".yml") else name


def load_settings(path: Path | None) -> Settings:
    """The settings in ``path``, or the defaults for None.

    Raises ``ConfigurationError`` with file and line for bad TOML, an unknown key and a bad value.
    """
    if path is None:
        return Settings()
    data, lines = tomlfile.load(path)
    context = {
        "path": path,
        "lines": lines,
        "rubrics": cache(partial(_rubrics, data, path)),
        "kinds": cache(partial(_kinds, data, path)),
    }
    return validate(Settings, data, lines, path, context=context)


def _rubrics(data: Mapping[str, Any], path: Path) -> list[str]:
    """The names of the rubrics that a settings file can speak of."""
    rubric = str(data.get("rubric") or "")
    alone = [Path(rubric).stem] if rubric.endswith(".yml") else []
    return sorted({*alone, *_files(data, path).rubrics})


def _kinds(data: Mapping[str, Any], path: Path, name: str) -> Mapping[str, str]:
    """By rule of a rubric, or of the settings' own where none is named: its kind."""
    own = str(data.get("rubric") or Settings().rubric)
    if own.endswith(".yml") and name in {"", Path(own).stem}:
        name = str(path.absolute().parent / Path(own).expanduser())
    return kinds_in(name or own, _files(data, path))


def _files(data: Mapping[str, Any], path: Path) -> RuleFiles:
    """The rules that a settings file speaks of: the house's own over the packaged ones."""
    own = str(data.get("rules") or "")
    folder = path.absolute().parent / Path(own).expanduser()
    return rule_files(folder if own and not not_rules(folder) else None)
