"""Renders the pages and keeps the folder in step: what is no longer there has no page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pipeline.report import names
from pipeline.resources import REPORTS
from pipeline.store.access import atomic

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pipeline.store.access import Access


@dataclass(frozen=True)
class Site:
    """The folder of pages; every path is relative to it, with slashes."""

    root: Path
    templates: Environment
    access: Access

    @classmethod
    def at(cls, root: Path, access: Access) -> Site:
        """A site in ``root``, for those who have ``access``."""
        return cls(root, _environment(), access)

    def page(self, path: str, template: str, context: dict[str, Any]) -> None:
        """Write one page; links in it start from the page's own place."""
        up = "../" * path.count("/")
        text = self.templates.get_template(template).render(**context, up=up)
        self.write(path, text.encode())

    def write(self, path: str, data: bytes) -> None:
        """Write one file, unless it is there already with the same bytes."""
        target = self.root / path
        if not target.is_file() or target.read_bytes() != data:
            with atomic(target, self.access) as partial:
                partial.write_bytes(data)

    def has(self, path: str) -> bool:
        """Whether a file is there."""
        return (self.root / path).is_file()

    def files(self, folder: str) -> list[str]:
        """The paths of the files that lie in ``folder``."""
        return sorted(
            f"{folder}/{file.name}" for file in (self.root / folder).glob("*") if file.is_file()
        )

    def only(self, folder: str, paths: Iterable[str]) -> None:
        """Remove every file below ``folder`` that is not among ``paths``, and folders left empty."""
        wanted = {self.root / path for path in paths}
        for file in sorted((self.root / folder).rglob("*"), reverse=True):
            if file.is_dir():
                if not any(file.iterdir()):
                    file.rmdir()
            elif file not in wanted:
                file.unlink()

    def assets(self) -> None:
        """The style sheet and the script."""
        sources = sorted(p for p in (REPORTS / "static").iterdir() if p.is_file())
        for source in sources:
            self.write(f"assets/{source.name}", source.read_bytes())
        self.only("assets", [f"assets/{source.name}" for source in sources])


POLICY = "; ".join(
    (
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("script", "style", "img", "media")),
        "base-uri 'none'",
        "form-action 'none'",
    )
)
"""What a page may load and run: its own scripts, style sheet, icon and recording, and nothing that is
written into the page itself. ``'self'`` means the files of a disk too, where a page is opened there."""

_SHOW = (
    names.clock, names.lasting, names.day, names.moment, names.number, names.percent,
    names.points, names.signed,
)  # fmt: skip


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(REPORTS / "templates"),
        autoescape=True,  # the text comes from calls
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    words = {
        "outcomes": names.OUTCOMES,
        "severities": names.SEVERITIES,
        "directions": names.DIRECTIONS,
        "roles": names.ROLES,
        "notes": names.NOTES,
        "told_by": names.TOLD_BY,
        "stages": names.STAGES,
        "marks": names.MARKS,
        "no_shift": names.NO_SHIFT,
        "no_queue": names.NO_QUEUE,
        "no_missed": names.NO_MISSED,
        "agent_page": names.agent_page,
        "call_page": names.call_page,
        "link": names.link,
        "who": names.who,
        "policy": Markup(POLICY),  # noqa: S704  our own words
    }
    environment.globals.update(words)
    environment.filters.update({function.__name__: function for function in _SHOW})
    environment.filters["svg"] = Markup  # our own drawing, made of numbers
    return environment
