"""Whose rules a command uses, how that is told, and the laying out of a folder to change them in."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import ConfigurationError
from pipeline.messages import tr
from pipeline.resources import LEXICONS, ROOT, RUBRICS, not_rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.report.norms import Norms
    from pipeline.rubric.load import Rubric
    from pipeline.settings import Settings
    from pipeline.store.files import Store

NOT_RULES = "phantom"
"""A list of the ear's: what a speech model makes up is no matter of the house's norms."""


def with_rules(settings: Settings, rules: Path | None) -> Settings:
    """The settings with a house's own rules, where a folder of them is named."""
    if rules is None:
        return settings
    folder = rules.expanduser().absolute()
    if wrong := not_rules(folder):
        raise ConfigurationError(tr("--rules: {wrong}", wrong=wrong))
    return settings.model_copy(update={"rules": folder})


def which_rules(settings: Settings) -> str:
    """The line that says which folder the rules came from."""
    if settings.rules is not None:
        return tr(
            "rules: {folder} (the packaged ones for what is not in it)", folder=settings.rules
        )
    here = Path.cwd()
    unused = here != ROOT and not not_rules(here)
    if unused:
        return tr(
            "rules: the packaged ones (those in this folder are not used; to use them: --rules .)"
        )
    return tr("rules: the packaged ones")


def rules_kept(store: Store, norms: Norms) -> str:
    """The line that says by which kept rubric a call was scored."""
    if norms.rubric is None:
        return tr("rules: those that scored it were not kept; callqa rescore will keep them")
    file = store.rubric_file(norms.rubric.name, norms.rubric.version)
    return tr("rules: {file}, kept when it was scored", file=file)


def named_rubric(told: str, settings: Settings) -> tuple[Rubric, str]:
    """A rubric by its name, its path or a folder of rules; and the line that says whose rules it has."""
    from pipeline.judging.judge import the_rubric

    if Path(told).is_dir():
        settings = with_rules(settings, Path(told))
        return the_rubric(Path(settings.rubric).stem, settings), which_rules(settings)
    if told.endswith(".yml"):
        line = tr("rules: {path} and those beside it", path=Path(told).absolute())
        return the_rubric(told, settings), line
    return the_rubric(told, settings), which_rules(settings)


def copy_rules(folder: Path, settings: Settings) -> Path:
    """A new folder with the rules as the settings have them, the house's own over the packaged ones."""
    for _ in lay_out(folder):
        pass
    own = [] if settings.rules is None else [(settings.rules, folder)]
    if settings.rubric.endswith(".yml"):
        beside = Path(settings.rubric).parent
        own += [(beside, folder / "rubrics"), (beside.parent / "lexicons", folder / "lexicons")]
    for there, to in own:
        if there.is_dir():
            shutil.copytree(there, to, dirs_exist_ok=True)
    return folder


def lay_out(folder: Path) -> Iterator[str]:
    """Copy the packaged rubrics, rules and lists into ``folder``; what was done, and what comes next.

    Raises ``ConfigurationError``, and writes nothing, where any such file is there already.
    """
    if folder.exists() and (not folder.is_dir() or not not_rules(folder)):
        if not folder.is_dir():
            raise ConfigurationError(tr("{folder} is no folder", folder=folder))
        raise ConfigurationError(
            tr("{folder} holds rules already; expected a new or an empty folder", folder=folder)
        )
    copies = [
        *((path, folder / "rubrics") for path in sorted(RUBRICS.glob("*.yml"))),
        *((path, folder / "rubrics" / "rules") for path in sorted(RUBRICS.glob("rules/*.yml"))),
        *((p, folder / "lexicons") for p in sorted(LEXICONS.glob("*.txt")) if p.stem != NOT_RULES),
    ]
    for path, to in copies:
        to.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, to / path.name)
    for to in dict.fromkeys(to for _, to in copies):
        yield tr("{folder}: {n} files", folder=to, n=sum(other == to for _, other in copies))
    yield tr(
        "Files that you do not change may go: the packaged ones stand in for them. After a change:"
    )
    yield tr("  callqa rubric check --rules {folder}    reads them strictly", folder=folder)
    yield tr("  callqa rubric test --rules {folder}     tries their examples", folder=folder)
    line = f'rules = "{folder.absolute().as_posix()}"'
    yield tr("To use them always, write at the top of callqa.toml: {line}", line=line)
