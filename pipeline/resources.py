"""Where the lexicons, rubrics, templates and models lie: in the checkout, or inside the wheel.

Rubrics, rules and lexicons may lie in a folder of the house's own too, over the packaged ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import ConfigurationError
from pipeline.messages import tr

if TYPE_CHECKING:
    from collections.abc import Mapping

PACKAGE = Path(__file__).resolve().parent
_INSTALLED = PACKAGE / "_data"
ROOT = _INSTALLED if _INSTALLED.is_dir() else PACKAGE.parent
"""The folder that holds ``lexicons/``, ``rubrics/``, ``reports/`` and ``models/``."""

LEXICONS = ROOT / "lexicons"
RUBRICS = ROOT / "rubrics"
REPORTS = ROOT / "reports"
MODELS = ROOT / "models"


@dataclass(frozen=True, kw_only=True)
class RuleFiles:
    """Every rubric, rule and list by its name. ``under`` are those that a house's own lie over."""

    rubrics: Mapping[str, Path]
    rules: Mapping[str, Path]
    lexicons: Mapping[str, Path]
    under: RuleFiles | None = None

    @classmethod
    def of(cls, rubrics: Path, lexicons: Path) -> RuleFiles:
        """What two folders hold; one that is not there holds nothing."""
        return cls(
            rubrics=_by_name(rubrics, "*.yml"),
            rules=_by_name(rubrics / "rules", "*.yml"),
            lexicons=_by_name(lexicons, "*.txt"),
        )

    def over(self, under: RuleFiles) -> RuleFiles:
        """These in the place of those of the same name, and the others as they are."""
        return RuleFiles(
            rubrics=_laid_over(self.rubrics, under.rubrics),
            rules=_laid_over(self.rules, under.rules),
            lexicons=_laid_over(self.lexicons, under.lexicons),
            under=under,
        )

    def base_of(self, base: str, path: Path) -> Path | None:
        """What the rubric at ``path`` means by ``extends``: one of its own name is the one below it."""
        found = self.rubrics.get(base)
        if found == path and self.under is not None:
            found = self.under.rubrics.get(base)
        return None if found == path else found


def _by_name(folder: Path, pattern: str) -> dict[str, Path]:
    return {path.stem: path for path in sorted(folder.glob(pattern))}


def _laid_over(own: Mapping[str, Path], under: Mapping[str, Path]) -> dict[str, Path]:
    """Both, by name in order: a house's folder must not change which finding comes first."""
    both = {**under, **own}
    return {name: both[name] for name in sorted(both)}


def not_rules(folder: Path) -> str:
    """What is wrong with a folder that should hold a house's own rules; empty where nothing is."""
    if not folder.is_dir():
        return tr(
            "there is no folder {folder}; make one with: callqa rubric init {folder}", folder=folder
        )
    own = RuleFiles.of(folder / "rubrics", folder / "lexicons")
    if own.rubrics or own.rules or own.lexicons:
        return ""
    return tr(
        "{folder} holds no rules; expected rubrics/*.yml, rubrics/rules/*.yml or lexicons/*.txt in it",
        folder=folder,
    )


def rule_files(own: Path | None = None) -> RuleFiles:
    """The packaged files, under those of a house's ``own`` folder where one is given.

    Raises ``ConfigurationError`` for a folder that is not there or holds no rules.
    """
    packaged = RuleFiles.of(RUBRICS, LEXICONS)
    if own is None:
        return packaged
    if wrong := not_rules(own):
        raise ConfigurationError(wrong)
    return RuleFiles.of(own / "rubrics", own / "lexicons").over(packaged)
