"""Renders the pages and keeps the folder in step: what is no longer there has no page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jinja2 import BytecodeCache, ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pipeline.errors import ConfigurationError
from pipeline.figures import agents, connect
from pipeline.messages import tr
from pipeline.records import Role
from pipeline.report import names, timeline
from pipeline.resources import REPORTS
from pipeline.store.access import atomic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from jinja2.bccache import Bucket

    from pipeline.settings import ReportSettings
    from pipeline.store.access import Access

HOUSE = "house.css"
"""The house's own colours, over those of ``tokens.css``."""


@dataclass(frozen=True)
class Site:
    """The folder of pages; every path is relative to it, with slashes."""

    root: Path
    templates: Environment
    access: Access
    report: ReportSettings

    @classmethod
    def at(cls, root: Path, access: Access, report: ReportSettings) -> Site:
        """A site in ``root``, for those who have ``access``, as the settings want it to look.

        Raises ``ConfigurationError`` where a logo or templates that they name are not there any more.
        """
        _check(report)
        return cls(root, environment(report), access, report)

    def page(self, path: str, template: str, view: object) -> None:
        """Write one page; links in it start from the page's own place."""
        self.write(path, page(self.templates, template, view, path).encode())

    def write(self, path: str, data: bytes) -> None:
        """Write one file, unless it is there already with the same bytes."""
        target = self.root / path
        if not target.is_file() or target.read_bytes() != data:
            with atomic(target, self.access, lasting=False) as partial:
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
        """The style sheets and the scripts; the house's own colours and logo."""
        files = {p.name: p.read_bytes() for p in (REPORTS / "static").iterdir() if p.is_file()}
        files[HOUSE] = colours(self.report.colours).encode()
        if self.report.logo is not None:
            files[logo(self.report)] = self.report.logo.read_bytes()
        for name, content in sorted(files.items()):
            self.write(f"assets/{name}", content)
        self.only("assets", [f"assets/{name}" for name in files])


def _check(report: ReportSettings) -> None:
    if report.logo is not None and not report.logo.is_file():
        raise ConfigurationError(tr("report.logo: there is no file {path}", path=report.logo))
    if report.templates is not None and not report.templates.is_dir():
        raise ConfigurationError(
            tr("report.templates: there is no folder {folder}", folder=report.templates)
        )


def colours(own: Mapping[str, str]) -> str:
    """The style sheet of a house's own colours."""
    lines = "".join(f"  --{name}: {colour};\n" for name, colour in own.items())
    return f":root {{\n{lines}}}\n" if lines else ""


def logo(report: ReportSettings) -> str:
    """What the logo's file is called among the assets; empty where there is none."""
    return "" if report.logo is None else f"logo{report.logo.suffix.lower()}"


def page(templates: Environment, template: str, view: object, path: str) -> str:
    """The HTML of a view: of the file at ``path`` under ``reports/``, from where its links start."""
    return templates.get_template(template).render(page=view, up="../" * path.count("/"))


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
    names.change, names.clock, names.coefficient, names.lasting, names.day, names.period, names.moment,
    names.number, names.percent, names.points, names.signed,
)  # fmt: skip


class _Compiled(BytecodeCache):
    """The templates that this process has compiled: one is compiled again where its text has changed."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what is known of a template; jinja2 looks whether it is of the same text."""
        if known := self._known.get(bucket.key):
            bucket.bytecode_from_string(known)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what a template was compiled to, for the next environment."""
        self._known[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


def environment(report: ReportSettings) -> Environment:
    """The templates: the house's own, and ours for all others; see ``docs/templates.md``."""
    folders = [*([report.templates] if report.templates else []), REPORTS / "templates"]
    environment = Environment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in folders]),
        autoescape=True,  # the text comes from calls
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        bytecode_cache=_COMPILED,
    )
    environment.globals.update(_words(report))
    environment.filters.update({function.__name__: function for function in _SHOW})
    return environment


def _words(report: ReportSettings) -> dict[str, Any]:
    """What every template may name."""
    return {
        "outcomes": names.OUTCOMES,
        "severities": names.SEVERITIES,
        "directions": names.DIRECTIONS,
        "roles": names.ROLES | {Role.AGENT: report.agent, Role.CUSTOMER: report.customer},
        "house": report,
        "logo": logo(report),
        "scope_words": names.SCOPES,
        "least_connected": connect.CONNECT_NORM,
        "connect_norms": connect.CONNECT_NORMS,
        "least_calls": agents.SMALL,
        "wave": (timeline.WAVE_WIDTH, timeline.WAVE_HEIGHT),
        "notes": names.NOTES,
        "told_by": names.TOLD_BY,
        "stages": names.STAGES,
        "marks": names.MARKS,
        "verdict": names.verdict,
        "means": names.MEANS,
        "judgements": names.JUDGEMENTS,
        "no_shift": names.NO_SHIFT,
        "no_queue": names.NO_QUEUE,
        "no_missed": names.NO_MISSED,
        "safe_name": names.safe_name,
        "agent_page": names.agent_page,
        "call_page": names.call_page,
        "calls_page": names.calls_page,
        "session_page": names.session_page,
        "record_page": names.RECORD_PAGE,
        "link": names.link,
        "who": names.who,
        "policy": Markup(POLICY),  # noqa: S704  our own words
    }
