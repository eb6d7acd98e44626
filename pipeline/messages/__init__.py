"""What people read on the command line, in their language.

The code says it in English; ``locale/`` holds the Chinese. ``CALLQA_LANG`` (``zh`` or ``en``) goes
first, then the locale's own variables; where they say nothing, it is Chinese.

What is kept is Chinese whoever ran the night, as the pages are: a ``Cause`` says a thing both ways.
"""

from __future__ import annotations

import functools
import gettext
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    return _render(message, values, language())


def _render(message: str, values: Mapping[str, Any], language: str) -> str:
    text = _catalogue(language).gettext(message) if message else message
    told = {
        name: value.within(language) if isinstance(value, Cause) else value
        for name, value in values.items()
    }
    return text.format(**told) if told else text


@dataclass(frozen=True)
class Cause:
    """Why something could not be used: kept in Chinese, told by ``tr`` in the user's language.

    ``values`` take the places of the ``{names}`` in ``message``; one may be a cause itself.
    """

    message: str
    values: tuple[tuple[str, str | int | float | Cause], ...] = ()

    def __str__(self) -> str:
        """As tables and pages keep it."""
        return self.within("zh")

    def within(self, language: str) -> str:
        """In Chinese (``zh``) or in English (``en``)."""
        return _render(self.message, dict(self.values), language)


def cause(message: str, /, **values: Any) -> Cause:
    """A cause for the catalogue; an exception among the ``values`` stands for its own."""
    return Cause(message, tuple((name, _detach(value)) for name, value in values.items()))


def cause_of(error: BaseException) -> Cause:
    """The cause that an exception was raised with, or its own words."""
    raised = error.args[0] if error.args else ""
    return raised if isinstance(raised, Cause) else Cause(str(error))


def _detach(value: Any) -> str | float | Cause:
    """A value that outlives its process: no more of an exception or a path than its words."""
    if isinstance(value, BaseException):
        return cause_of(value)
    return value if isinstance(value, str | int | float | Cause) else str(value)


def marked(message: str) -> str:
    """A message for the catalogue that is looked up somewhere else, by ``tr``."""
    return message


@functools.cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, LOCALE, [CATALOGUES[language]], fallback=True)
