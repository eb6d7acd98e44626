"""Sends people the mail that waits for them: beside the pages, which wait for none of it."""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from pipeline.messages import marked, tr
from pipeline.review import audit, outbox, smtp
from pipeline.review.accounts import find
from pipeline.review.outbox import What
from pipeline.review.told import of_follow_ups

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.records import Seconds
    from pipeline.review.accounts import User
    from pipeline.review.database import Database
    from pipeline.review.outbox import Item
    from pipeline.settings import Settings

_LOG = logging.getLogger("uvicorn.error")
PAUSE: Seconds = 2.0
"""Between looks at what is due."""
DAILY: Seconds = 300.0
"""Between looks at whether coaching is due."""
REST, LONGEST_REST = timedelta(seconds=30), timedelta(minutes=10)
"""For so long nothing is sent after a server took nothing: at first, doubled each time, at most."""
MOST = 20
"""Things that one mail names."""
TOLD = {
    What.APPEAL: marked("An appeal waits for a decision."),
    What.AGAIN: marked("An appeal waits for your decision, which is the last one."),
    What.HANDED: marked("An appeal was handed to you: you decide it."),
    What.DECIDED: marked("An appeal of yours was decided."),
    What.NOTE: marked("A coaching note was written for you."),
    What.WORK: marked("A new list of calls to review is there."),
    What.FOLLOW_UP: marked("A coaching note is to be come back to."),
}


class Postman:
    """Whoever sends it, in a thread of its own, as long as the server runs."""

    def __init__(self, database: Database, settings: Settings) -> None:
        """Nothing is sent yet."""
        self._database, self._settings = database, settings
        self._wrong = ""
        """What is wrong with the mail server, as it was last said."""
        self._in_vain = 0
        self._rests_until = self._looks_at = 0.0

    def work(self) -> None:
        """Look and send, for ever: what goes wrong once is said and tried again."""
        while True:
            try:
                self.round()
            except Exception:  # noqa: BLE001  the thread has to outlive a database that is away
                _LOG.exception("mail")
                time.sleep(REST.total_seconds())
            time.sleep(PAUSE)

    def round(self) -> None:
        """Send whatever is due."""
        if time.monotonic() >= self._looks_at:
            self._looks_at = time.monotonic() + DAILY
            with self._database.writing() as connection:
                of_follow_ups(connection, self._settings)
        if time.monotonic() < self._rests_until:
            return
        with self._database.reading() as connection:
            names = outbox.due(connection)
        for name in names:
            if not self._send_to(name):
                return

    def _send_to(self, name: str) -> bool:
        """Send somebody all that waits for him, as one mail; whether the server takes mail."""
        with self._database.writing() as connection:
            user, items = find(connection, name), outbox.hold(connection, name)
            if not items:
                return True
            if user is None or not user.reachable:
                outbox.take_out(connection, items)
                return True
        try:
            self._hand_over(user, items)
        except smtp.MailError as error:
            self._note_failure(user, items, error)
            return not error.whole
        with self._database.writing() as connection:
            outbox.take_out(connection, items)
        self._takes_mail()
        return True

    def _hand_over(self, user: User, items: Sequence[Item]) -> None:
        mail = self._settings.mail
        subject = tr("callqa: {n} new for you", n=len(items))
        text = mail_text(items, f"{mail.address}/")
        smtp.send(mail, user.mail, subject, text, outbox.name_of(items))

    def _note_failure(self, user: User, items: Sequence[Item], error: smtp.MailError) -> None:
        """Try it later; a server that takes nothing is left alone for a while, and said once."""
        with self._database.writing() as connection:
            given_up = outbox.try_later(connection, items, str(error))
            if given_up:
                audit.note(connection, "callqa", "mail_given_up", user.name)
        if given_up:
            _LOG.warning(
                tr("mail to account {name!r} is given up: {why}", name=user.name, why=error)
            )
        elif error.whole:
            self._rest(str(error))
        elif not items[0].wrong:
            _LOG.warning(
                tr("mail to account {name!r} is refused: {why}", name=user.name, why=error)
            )

    def _rest(self, wrong: str) -> None:
        rest = min(REST * 2 ** min(self._in_vain, 10), LONGEST_REST)
        self._rests_until = time.monotonic() + rest.total_seconds()
        self._in_vain += 1
        if wrong != self._wrong:
            _LOG.warning(tr("the mail server takes no mail: {why}", why=wrong))
        self._wrong = wrong

    def _takes_mail(self) -> None:
        if self._wrong:
            _LOG.warning(tr("the mail server takes mail again"))
        self._wrong, self._in_vain = "", 0


def mail_text(items: Sequence[Item], base: str) -> str:
    """A mail's text: what happened, and where to look; no name, and nothing that anybody said."""
    places = dict.fromkeys((one.what, base + path_of(one)) for one in items)
    lines = [f"{tr(TOLD[what])}\n{place}\n" for what, place in list(places)[:MOST]]
    if more := len(places) - MOST:
        lines += [tr("and {n} more", n=more) + f"\n{base}\n"] if more > 0 else []
    off = tr("No mail any more: {place}", place=f"{base}account.html")
    return "\n".join([*lines, off, ""])


def path_of(one: Item) -> str:
    """Where whoever is told of it looks."""
    if one.what is What.WORK:
        return "work.html"
    room = "notes" if one.what in {What.NOTE, What.FOLLOW_UP} else "appeals"
    return f"{room}/{one.number}"
