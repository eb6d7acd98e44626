"""What people read on the command line, in their language.

The code says it in English; ``locale/`` holds the Chinese. ``CALLQA_LANG`` (``zh`` or ``en``) goes
first, then the locale's own variables; where they say nothing, it is Chinese.
"""

from __future__ import annotations

import functools
import gettext
import os
from pathlib import Path
from typing import Any

LOCALE = Path(__file__).resolve().parent / "locale"
DOMAIN = "messages"
"""The domain that libraries look into as well, so that their own few words are found there too."""
CATALOGUES = {"zh": "zh_CN", "en": "en"}


def language() -> str:
    """``zh`` or ``en``."""
    asked = os.environ.get("CALLQA_LANG", "").lower()[:2]
    if asked in CATALOGUES:
        return asked
    told = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "en" if next(filter(None, told), "").lower().startswith("en") else "zh"


def tr(message: str, /, **values: Any) -> str:
    """A message in the user's language; ``values`` take the places of its ``{names}``."""
    text = _catalogue(language()).gettext(message) if message else message
    return text.format(**values) if values else text


def marked(message: str) -> str:
    """A message for the catalogue that is looked up somewhere else, by ``tr``."""
    return message


@functools.cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, LOCALE, [CATALOGUES[language]], fallback=True)
