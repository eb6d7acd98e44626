"""What ``callqa doctor`` looks at: the installation, the lists and rules, the speech model."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from pipeline.asr import AUTO, AUTOMATIC, backend, weights
from pipeline.cli.rules import which_rules
from pipeline.errors import ConfigurationError
from pipeline.judging.judge import the_rubric
from pipeline.messages import tr
from pipeline.resources import rule_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.settings import AsrSettings, Settings

SERVE = ("starlette", "uvicorn", "duckdb", "alembic", "argon2-cffi", "python-multipart")
"""What ``callqa[serve]`` brings."""
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
        Line(good=True, what="Python", detail=f"{platform.python_version()}, {platform.machine()}"),
        *_packages(),
        _serve(),
        Line(good=True, what=which_rules(settings), detail=""),
        *_rubrics(settings),
        _model(settings),
    ]


def _packages() -> Iterator[Line]:
    for name in PACKAGES:
        try:
            yield Line(good=True, what=name, detail=version(name))
        except PackageNotFoundError:
            yield Line(good=False, what=name, detail=tr("not installed"))


def _serve() -> Line:
    """Whether the pages can be served; nobody needs that who only runs nights."""
    missing = []
    for name in SERVE:
        try:
            version(name)
        except PackageNotFoundError:
            missing.append(name)
    detail = tr("not installed: pip install 'callqa[serve]'") if missing else tr("usable")
    return Line(good=True, what="callqa serve", detail=detail)


def _rubrics(settings: Settings) -> Iterator[Line]:
    for name in rule_files(settings.rules).rubrics:
        try:
            rubric = the_rubric(name, settings)
        except ConfigurationError as error:
            yield Line(good=False, what=tr("rubric {name}", name=name), detail=str(error))
        else:
            detail = tr("{n} rules", n=len(rubric.rules))
            yield Line(good=True, what=tr("rubric {name}", name=name), detail=detail)


def _model(settings: Settings) -> Line:
    name = settings.asr.model
    if settings.asr.backend != "whisper":
        return _other_backend(settings.asr)
    if name == AUTO:
        return Line(good=True, what=tr("speech model {name}", name=AUTO), detail=_there_for_auto())
    found = weights.find(name)
    missing = tr("not on this machine; the first run fetches it (see the README on speech models)")
    what = tr("speech model {name}", name=name)
    return Line(good=found is not None, what=what, detail=str(found) if found else missing)


def _other_backend(asr: AsrSettings) -> Line:
    """A speech server that answers, or a model of another kind that is there."""
    if asr.backend == "http":
        what = tr("speech server {url}", url=asr.url)
    else:
        what = tr("speech model {name}", name=asr.model)
    try:
        backend(asr).obtain(asr, lambda _: None)
    except ConfigurationError as error:
        return Line(good=False, what=what, detail=str(error))
    return Line(good=True, what=what, detail=tr("{backend}: usable", backend=asr.backend))


def _there_for_auto() -> str:
    """Which of the models that ``auto`` may choose are on this machine."""
    there = [name for name in AUTOMATIC if weights.find(name) is not None]
    if not there:
        return tr("chosen at the first run; none is on this machine, it will be fetched")
    return tr("chosen at the first run; on this machine: {names}", names=", ".join(there))
