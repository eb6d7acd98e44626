"""What ``callqa doctor`` looks at: the installation, the lists and rules, the speech model."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from pipeline.asr import AUTO, AUTOMATIC, backend, weights
from pipeline.errors import ConfigurationError
from pipeline.judging.judge import the_rubric
from pipeline.resources import ROOT, RUBRICS
from pipeline.rubric.load import rubric_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.settings import AsrSettings, Settings

PACKAGES = ("faster-whisper", "ctranslate2", "av", "jieba", "pyarrow", "pandas")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One thing looked at."""

    good: bool
    what: str
    detail: str


def examine(settings: Settings) -> list[Line]:
    """Everything a run needs, each good or not, with what to know of it."""
    return [
        Line(good=True, what="Python", detail=f"{platform.python_version()}，{platform.machine()}"),
        *_packages(),
        Line(good=True, what="规则与词表", detail=str(ROOT)),
        *_rubrics(settings),
        _model(settings),
    ]


def _packages() -> Iterator[Line]:
    for name in PACKAGES:
        try:
            yield Line(good=True, what=name, detail=version(name))
        except PackageNotFoundError:
            yield Line(good=False, what=name, detail="没有安装")


def _rubrics(settings: Settings) -> Iterator[Line]:
    for name in rubric_names(RUBRICS):
        try:
            rubric = the_rubric(name, settings)
        except ConfigurationError as error:
            yield Line(good=False, what=f"规范 {name}", detail=str(error))
        else:
            yield Line(good=True, what=f"规范 {name}", detail=f"{len(rubric.rules)} 条规则")


def _model(settings: Settings) -> Line:
    name = settings.asr.model
    if settings.asr.backend != "whisper":
        return _other_backend(settings.asr)
    if name == AUTO:
        return Line(good=True, what="语音模型 auto", detail=_there_for_auto())
    found = weights.find(name)
    detail = str(found) if found else "本机没有；第一次运行时会取来（见 README 的“语音模型”）"
    return Line(good=found is not None, what=f"语音模型 {name}", detail=detail)


def _other_backend(asr: AsrSettings) -> Line:
    """A speech server that answers, or a model of another kind that is there."""
    what = f"语音服务器 {asr.url}" if asr.backend == "http" else f"语音模型 {asr.model}"
    try:
        backend(asr).obtain(asr, lambda _: None)
    except ConfigurationError as error:
        return Line(good=False, what=what, detail=str(error))
    return Line(good=True, what=what, detail=f"{asr.backend}：可用")


def _there_for_auto() -> str:
    """Which of the models that ``auto`` may choose are on this machine."""
    there = [name for name in AUTOMATIC if weights.find(name) is not None]
    return f"第一次运行时选定；本机已有：{'、'.join(there) or '无，会取来'}"
