"""One digest a night to whoever asked for it: WeCom, DingTalk, mail, a webhook, by Apprise.

Off unless ``[operations] notify`` names where to. It holds counts; names of files that could not be used
only where ``notify_details`` asks for them, masked as they are published.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.errors import ConfigurationError
from pipeline.messages import tr
from pipeline.night.failures import failure_line
from pipeline.privacy.files import shown_as
from pipeline.review.coaching import due

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from pipeline.records import Night
    from pipeline.settings import Settings

MOST = 20
"""Files that a digest names."""


def check(settings: Settings) -> None:
    """Raise ``ConfigurationError`` where nothing could send it."""
    sender = _apprise().Apprise()
    for number, url in enumerate(settings.operations.notify, start=1):
        if not sender.add(url.get_secret_value()):
            message = tr("operations.notify: address {n} is none that Apprise knows", n=number)
            raise ConfigurationError(message)


def send(out: Path, settings: Settings, heard: Night, scored: Night) -> bool:
    """Send the digest; whether everybody got it."""
    sender = _apprise().Apprise()
    for url in settings.operations.notify:
        sender.add(url.get_secret_value())
    told = "\n".join([body(settings, heard, scored), *waiting(out, settings)])
    return bool(sender.notify(title=tr("callqa: the night"), body=told))


def waiting(out: Path, settings: Settings) -> list[str]:
    """What waits for people: notes to come back to, notes that nobody acknowledged, appeals."""
    found = due(out, settings, datetime.now(settings.zone).date())
    agents = ", ".join(dict.fromkeys(note.agent_id for note in found.follow_ups))
    lines = (
        (found.follow_ups, tr("coaching to come back to today: agents {agents}", agents=agents)),
        (found.unread, tr("{n} coaching notes not acknowledged", n=found.unread)),
        (found.appeals, tr("{n} appeals wait for a decision", n=found.appeals)),
    )
    return [line for there, line in lines if there]


def body(settings: Settings, heard: Night, scored: Night) -> str:
    """The digest in the user's language: counts, and the first failures if details may be told."""
    failures = [*heard.failures, *scored.failures]
    lines = [
        tr(
            "{found} files, {new} newly transcribed, {failed} of no use",
            found=heard.found,
            new=heard.transcribed,
            failed=len(failures),
        ),
        tr(
            "{scored} calls scored, {not_scored} not scored, {review} for a person to look at",
            scored=scored.scored,
            not_scored=scored.not_scored,
            review=scored.review,
        ),
    ]
    if settings.operations.notify_details:
        shown = shown_as(settings)
        lines += [shown(failure_line(failure)) for failure in failures[:MOST]]
    return "\n".join(lines)


def _apprise() -> ModuleType:
    try:
        import apprise
    except ImportError as error:
        raise ConfigurationError(
            tr("operations.notify needs Apprise; first: pip install 'callqa[notify]'")
        ) from error
    return apprise
