"""Sheets of a spreadsheet: columns that say their own values, written a row at a time.

Texts stay texts: an id keeps its zeros, and a quote that begins with ``=`` is no formula.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

TEXT, COUNT, ONE, TWO, WHEN, SECONDS = "@", "0", "0.0", "0.00", "yyyy-mm-dd hh:mm", "0.0"
PERCENT, DATE = "0.0%", "yyyy-mm-dd"
LEVELS = {"top": "E3EFF0", "mid": "EEF1F2", "low": "FBEBE9"}
"""Fills of the levels, as on the pages."""
LINKS, ROWS, LENGTH = 65_000, 1_000_000, 32_767
"""What a spreadsheet holds: links and rows of a sheet, characters of a cell."""
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
LineT = TypeVar("LineT")
"""What a line of a sheet is about."""


@dataclass(frozen=True)
class SheetColumn(Generic[LineT]):
    """A column: its head, its width in characters, what it says of a line, how that is written.

    ``value`` gives a text, a number, a clock time without zone, a ``Linked`` or a ``Shaded``; None and
    the empty text leave the cell empty.
    """

    head: str
    width: float
    value: Callable[[LineT], Any]
    form: str = TEXT


@dataclass(frozen=True)
class Linked:
    """A value that leads to a page."""

    value: str
    target: str


@dataclass(frozen=True)
class Shaded:
    """The name of a level with the place that decides its colour."""

    name: str
    rank: str


class Sheets:
    """The sheets of a workbook, a row at a time."""

    def __init__(self, book: Any, base_url: str) -> None:
        """Into ``book``; links begin with ``base_url``."""
        self._book, self._base_url = book, base_url
        self._head = book.add_format({"bold": True, "bg_color": "#EEF1F2", "bottom": 1})
        self._forms: dict[tuple[str, str], Any] = {}

    def add(
        self, title: str, columns: Sequence[SheetColumn[LineT]], lines: Iterable[LineT]
    ) -> None:
        """One sheet, printed as wide as a page, its head on each."""
        sheet = self._book.add_worksheet(title)
        sheet.freeze_panes(1, 1)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        sheet.set_footer("&L&A&R&P / &N")
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width)
            sheet.write_string(0, place, column.head, self._head)
        count = 0
        for count, line in enumerate(lines, start=1):
            if count > ROWS:
                break
            for place, column in enumerate(columns):
                self._write(sheet, count, place, column.value(line), column.form)
        sheet.autofilter(0, 0, count, len(columns) - 1)

    def _write(self, sheet: Any, row: int, place: int, value: Any, form: str) -> None:
        if isinstance(value, Linked):
            self._link(sheet, row, place, value)
        elif isinstance(value, Shaded):
            sheet.write_string(row, place, _text(value.name), self._form(TEXT, value.rank))
        elif isinstance(value, str) and value:
            sheet.write_string(row, place, _text(value), self._form(TEXT))
        elif isinstance(value, datetime):
            sheet.write_datetime(row, place, value, self._form(form))
        elif value not in {None, ""}:
            sheet.write_number(row, place, value, self._form(form))

    def _link(self, sheet: Any, row: int, place: int, value: Linked) -> None:
        text = _text(value.value)
        if row > LINKS or not text:
            sheet.write_string(row, place, text, self._form(TEXT))
        else:
            base = self._base_url or "external:"
            sheet.write_url(row, place, base + value.target, self._form(TEXT, "link"), text)
            link = sheet.hyperlinks[row][place]
            # as Windows writes a path it leads nowhere elsewhere; with slashes everywhere
            link._relationship_link = link._relationship_link.replace("\\", "/")  # noqa: SLF001

    def _form(self, form: str, kind: str = "") -> Any:
        if (form, kind) not in self._forms:
            looks: dict[str, Any] = {"num_format": form}
            if kind == "link":
                looks |= {"font_color": "#1F6373", "underline": 1}
            elif kind in LEVELS:
                looks |= {"bg_color": f"#{LEVELS[kind]}"}
            self._forms[form, kind] = self._book.add_format(looks)
        return self._forms[form, kind]


def _text(value: str) -> str:
    return _UNWRITABLE.sub("", value)[:LENGTH]
