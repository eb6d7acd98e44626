"""A page as a reader and as a browser take it: its text, and what it leads to."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SILENT = {"style", "script", "title"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.tags: set[str] = set()
        self._within: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name in {"href", "src"} and value:
                self.links.append(value)
            if name == "id" and value:
                self.ids.add(value)
        if tag in _SILENT:
            self._within.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._within and self._within[-1] == tag:
            self._within.pop()

    def handle_data(self, data: str) -> None:
        if not self._within:
            self.words.append(data)


def _read(page: Path) -> _Reader:
    reader = _Reader()
    reader.feed(page.read_text(encoding="utf-8"))
    return reader


def text(page: Path) -> str:
    """What a reader sees, white space made one blank."""
    return " ".join(" ".join(_read(page).words).split())


def tags(page: Path) -> set[str]:
    """Every element that the browser finds."""
    return _read(page).tags


def dead_links(root: Path) -> Iterator[str]:
    """Every link of every page that leads nowhere, or out of ``root``."""
    for page in root.rglob("*.html"):
        found = _read(page)
        for link in found.links:
            parts = urlsplit(link)
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            place = parts.fragment
            inside = root.resolve() in target.parents or target == page
            if link.startswith("data:"):
                continue
            foreign = parts.scheme or parts.netloc or not inside or not target.is_file()
            within = place and "=" not in place  # a second to play, or what a list shows
            if foreign or (within and place not in _read(target).ids):
                yield f"{page.name}: {link}"
