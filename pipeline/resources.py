"""Where the lexicons, rubrics, templates and models lie: in the checkout, or inside the wheel."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
_INSTALLED = PACKAGE / "_data"
ROOT = _INSTALLED if _INSTALLED.is_dir() else PACKAGE.parent
"""The folder that holds ``lexicons/``, ``rubrics/``, ``reports/`` and ``models/``."""

LEXICONS = ROOT / "lexicons"
RUBRICS = ROOT / "rubrics"
REPORTS = ROOT / "reports"
MODELS = ROOT / "models"
