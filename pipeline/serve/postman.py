"""Sends people the mail and the messages that wait for them: beside the pages, which wait for none."""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from pipeline.messages import marked, tr
from pipeline.review import audit, chat, outbox, smtp
from pipeline.review.accounts import chat_of, find
from pipeline.review.appeals import appeals
from pipeline.review.outbox import Way, What
from pipeline.review.told import of_follow_ups, of_reopened
from pipeline.serve.spots import spoken_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.records import Seconds
    from pipeline.review.accounts import User
    from pipeline.review.outbox import Item
    from pipeline.serve.desk import Desk

_LOG = logging.getLogger("uvicorn.error")
PAUSE: Seconds = 2.0
"""Between looks at what is due."""
LOOKS: Seconds = 60.0
"""Between looks at whether coaching is due, or an appeal is open again."""
REST, LONGEST_REST = timedelta(seconds=30), timedelta(minutes=10)
"""For so long nothing is sent after a server took nothing: at first, doubled each time, at most."""
CHATTING: Seconds = 20.0
"""In one look no message to a chat is begun after this: whatever is slow there holds up no mail."""
MOST = {Way.MAIL: 20, Way.CHAT: 5}
"""Things that one mail or message names: WeCom takes 2,048 bytes."""
WAYS = {Way.MAIL: marked("mail"), Way.CHAT: marked("a message in a chat")}
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

    def __init__(self, desk: Desk) -> None:
        """Nothing is sent yet."""
        self._desk, self._database, self._settings = desk, desk.open, desk.settings
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
        """Send whatever is due: mail first, and of chats what a slow one leaves time for."""
        if time.monotonic() >= self._looks_at:
            self._looks_at = time.monotonic() + LOOKS
            self._look()
        with self._database.reading() as connection:
            waiting = outbox.due(connection)
        for name in (name for name, way in waiting if way is Way.MAIL):
            if time.monotonic() >= self._rests_until:
                self._send_to(name, Way.MAIL)
        ends = time.monotonic() + CHATTING
        for name in (name for name, way in waiting if way is Way.CHAT):
            if time.monotonic() < ends:
                self._send_to(name, Way.CHAT)

    def _look(self) -> None:
        """Write down what has come without anybody's click."""
        with self._database.reading() as connection:
            handed = [one for one in appeals(connection) if one.open and one.hand]
        spoken = spoken_of(self._desk, handed)
        with self._database.writing() as connection:
            of_follow_ups(connection, self._settings)
            of_reopened(connection, self._settings, spoken)

    def _send_to(self, name: str, way: Way) -> None:
        """Send somebody all that waits for him, as one mail or message."""
        with self._database.writing() as connection:
            user, items = find(connection, name), outbox.hold(connection, name, way)
            if user is None or way not in outbox.ways(user, self._settings.mail):
                outbox.take_out(connection, items)
                return
            address = user.mail if way is Way.MAIL else chat_of(connection, name)
        if not items:
            return
        try:
            self._hand_over(address, way, items)
        except smtp.MailError as error:
            self._note_failure(user, way, items, error)
            return
        with self._database.writing() as connection:
            outbox.take_out(connection, items)
        if way is Way.MAIL:
            self._takes_mail()

    def _hand_over(self, address: str, way: Way, items: Sequence[Item]) -> None:
        mail = self._settings.mail
        subject = tr("callqa: {n} new for you", n=len(items))
        text = mail_text(items, f"{mail.address}/", MOST[way])
        if way is Way.CHAT:
            chat.send(address, subject, text)
        else:
            smtp.send(mail, address, subject, text, outbox.name_of(items))

    def _note_failure(
        self, user: User, way: Way, items: Sequence[Item], error: smtp.MailError
    ) -> None:
        """Try it later; a server that takes nothing is left alone for a while, and said once."""
        with self._database.writing() as connection:
            given_up = outbox.try_later(connection, items, str(error))
            if given_up:
                audit.note(connection, "callqa", "mail_given_up", user.name, way)
        if given_up:
            told = tr("{way} to account {name!r} is given up: {why}", **_told_of(user, way, error))
            _LOG.warning(told)
        elif error.whole:
            self._rest(str(error))
        elif not items[0].wrong:
            told = tr("{way} to account {name!r} is refused: {why}", **_told_of(user, way, error))
            _LOG.warning(told)

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


def _told_of(user: User, way: Way, error: smtp.MailError) -> dict[str, str]:
    return {"way": tr(WAYS[way]), "name": user.name, "why": str(error)}


def mail_text(items: Sequence[Item], base: str, most: int) -> str:
    """The text of a mail or message: what happened, and where to look; no name, nobody's words."""
    places = dict.fromkeys((one.what, base + path_of(one)) for one in items)
    lines = [f"{tr(TOLD[what])}\n{place}\n" for what, place in list(places)[:most]]
    if more := len(places) - most:
        lines += [tr("and {n} more", n=more) + f"\n{base}\n"] if more > 0 else []
    off = tr("To be told no more: {place}", place=f"{base}account.html")
    return "\n".join([*lines, off, ""])


def path_of(one: Item) -> str:
    """Where whoever is told of it looks."""
    if one.what is What.WORK:
        return "work.html"
    room = "notes" if one.what in {What.NOTE, What.FOLLOW_UP} else "appeals"
    return f"{room}/{one.number}"
