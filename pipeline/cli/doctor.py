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
from pipeline.review import chat, smtp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.settings import AsrSettings, Settings

SERVE = ("starlette", "uvicorn", "duckdb", "alembic", "argon2-cffi", "python-multipart")
"""What ``callqa[serve]`` brings."""
PACKAGES = ("faster-whisper", "ctranslate2", "av", "jieba", "pyarrow", "pandas")


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing looked at."""

    good: bool
    what: str
    detail: str


def examine(settings: Settings) -> list[Check]:
    """Everything a run needs, each good or not, with what to know of it."""
    return [
        Check(
            good=True, what="Python", detail=f"{platform.python_version()}, {platform.machine()}"
        ),
        *_packages(),
        _serve(),
        *_mail(settings),
        Check(good=True, what=which_rules(settings), detail=""),
        *_rubrics(settings),
        _model(settings),
    ]


def _packages() -> Iterator[Check]:
    for name in PACKAGES:
        try:
            yield Check(good=True, what=name, detail=version(name))
        except PackageNotFoundError:
            yield Check(good=False, what=name, detail=tr("not installed"))


def _serve() -> Check:
    """Whether the pages can be served; nobody needs that who only runs nights."""
    missing = []
    for name in SERVE:
        try:
            version(name)
        except PackageNotFoundError:
            missing.append(name)
    detail = tr("not installed: pip install 'callqa[serve]'") if missing else tr("usable")
    return Check(good=True, what="callqa serve", detail=detail)


def _mail(settings: Settings) -> Iterator[Check]:
    """Whether the mail server answers, where mail is sent, and whether chats can be written to."""
    if settings.mail.chat:
        yield _chats()
    if not settings.mail.server:
        return
    try:
        smtp.check(settings.mail)
    except smtp.MailError as error:
        yield Check(good=False, what=tr("mail server"), detail=str(error))
    else:
        yield Check(good=True, what=tr("mail server"), detail=tr("usable"))


def _chats() -> Check:
    try:
        chat.check()
    except ConfigurationError as error:
        return Check(good=False, what=tr("chats"), detail=str(error))
    return Check(good=True, what=tr("chats"), detail=tr("usable"))


def _rubrics(settings: Settings) -> Iterator[Check]:
    for name in rule_files(settings.rules).rubrics:
        try:
            rubric = the_rubric(name, settings)
        except ConfigurationError as error:
            yield Check(good=False, what=tr("rubric {name}", name=name), detail=str(error))
        else:
            detail = tr("{n} rules", n=len(rubric.rules))
            yield Check(good=True, what=tr("rubric {name}", name=name), detail=detail)


def _model(settings: Settings) -> Check:
    name = settings.asr.model
    if settings.asr.backend != "whisper":
        return _other_backend(settings.asr)
    if name == AUTO:
        return Check(good=True, what=tr("speech model {name}", name=AUTO), detail=_there_for_auto())
    found = weights.find(name)
    missing = tr("not on this machine; the first run fetches it (see the README on speech models)")
    what = tr("speech model {name}", name=name)
    return Check(good=found is not None, what=what, detail=str(found) if found else missing)


def _other_backend(asr: AsrSettings) -> Check:
    """A speech server that answers, or a model of another kind that is there."""
    if asr.backend == "http":
        what = tr("speech server {url}", url=asr.url)
    else:
        what = tr("speech model {name}", name=asr.model)
    try:
        backend(asr).obtain(asr, lambda _: None)
    except ConfigurationError as error:
        return Check(good=False, what=what, detail=str(error))
    return Check(good=True, what=what, detail=tr("{backend}: usable", backend=asr.backend))


def _there_for_auto() -> str:
    """Which of the models that ``auto`` may choose are on this machine."""
    there = [name for name in AUTOMATIC if weights.find(name) is not None]
    if not there:
        return tr("chosen at the first run; none is on this machine, it will be fetched")
    return tr("chosen at the first run; on this machine: {names}", names=", ".join(there))
