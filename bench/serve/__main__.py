"""``make bench-serve``: fifty people at once in ``callqa serve``, over 10,000 calls of 30 days.

Inspectors open calls and judge findings, team leads and agents open pages and search; each waits between
two clicks as long as a person does (5 s on average). How long the answers take, by what is asked for.
The application and the fifty share this machine.
"""

from __future__ import annotations

import argparse
import html
import os
import random
import re
import shutil
import socket
import statistics
import tempfile
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from bench.report.tables import Tables
from bench.serve.results import keep
from bench.serve.running import serve
from pipeline.report.names import call_page, link
from pipeline.review.accounts import Duty, User, add
from pipeline.review.migrate import open_database
from pipeline.review.verdicts import DATABASE
from pipeline.settings import Settings
from pipeline.store.files import Store
from pipeline.store.parts import CallWhose

if TYPE_CHECKING:
    from collections.abc import Sequence

PASSWORD = "fifty at once"  # noqa: S105  of accounts that are made for this
CALLS, PEOPLE, DAYS = 10_000, 200, 30


@dataclass
class Measured:
    """Seconds of each answer by what was asked for, and what went wrong."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    at_once: list[float] = field(default_factory=list)
    """Of the first click of each, which all make in the same moment."""
    wrong: list[str] = field(default_factory=list)


class Visitor:
    """One person at his browser."""

    def __init__(self, url: str, user: User, calls: Sequence[str], measured: Measured) -> None:
        self._client = httpx.Client(base_url=url, timeout=60, follow_redirects=True)
        self._user, self._calls, self._measured = user, calls, measured
        self._chance = random.Random(user.name)  # noqa: S311  no secret
        self._clicked = False
        self._client.post("/login", data={"name": user.name, "password": PASSWORD})

    def work(self, until: float, pause: float) -> None:
        """Click and wait until the time is over."""
        try:
            while time.monotonic() < until:
                self._click()
                time.sleep(self._chance.expovariate(1 / pause))
        except httpx.HTTPError as error:
            self._measured.wrong.append(repr(error))

    def _click(self) -> None:
        kind = self._chance.choices(("call", "front", "list", "search"), (5, 1, 1, 2))[0]
        if kind == "call":
            self._call(self._chance.choice(self._calls))
        elif kind == "search":
            self._get("search", "/search.json?q=投诉&state=needed&from=2026-11-20")
        else:
            self._get(kind, {"front": "/", "list": "/calls.html"}[kind])

    def _call(self, page: str) -> None:
        text = self._get("call", f"/{page}")
        places = re.findall(r'data-place="(.*?)" data-seen="(\d+)"', text)
        if self._user.duty is not Duty.INSPECTOR or not places:
            return
        place, seen = self._chance.choice(places)
        form = {
            "csrf": re.findall('data-csrf="(.*?)"', text)[0],
            "place": html.unescape(place),
            "seen": seen,
            "verdict": "stands",
        }
        began = time.monotonic()
        answer = self._client.post(f"/{page.removesuffix('.html')}/verdict", data=form)
        self._note("verdict", began, answer)

    def _get(self, kind: str, path: str) -> str:
        began = time.monotonic()
        answer = self._client.get(path)
        self._note(kind, began, answer)
        return answer.text

    def _note(self, kind: str, began: float, answer: httpx.Response) -> None:
        took = time.monotonic() - began
        (self._measured.seconds[kind] if self._clicked else self._measured.at_once).append(took)
        self._clicked = True
        if answer.status_code not in {200, 409}:
            self._measured.wrong.append(f"{kind} {answer.status_code}")


def people(out: Path, count: int) -> list[tuple[User, list[str]]]:
    """Accounts, each with the pages of calls that he may open."""
    store = Store.of(out, Settings())
    called = [(d, row) for d in store.table_dates(CallWhose) for row in store.read(CallWhose, d)]
    agents = sorted({row.agent_id for _, row in called})
    teams = sorted({row.team for _, row in called})
    found = []
    for number in range(count):
        user = (
            User(name=f"i{number}", duty=Duty.INSPECTOR),
            User(name=f"a{number}", duty=Duty.AGENT, agent_id=agents[number]),
            User(name=f"l{number}", duty=Duty.LEAD, team=teams[number % len(teams)]),
        )[number % 3]
        own = [
            link(call_page(date, row.call_id))
            for date, row in called
            if user.duty is Duty.INSPECTOR
            or row.agent_id == user.agent_id
            or (user.team and row.team == user.team)
        ]
        found.append((user, own))
    return found


def page(measured: Measured, count: int, seconds: float, cpu: float) -> str:
    """The results as a page."""
    names = {
        "front": "first page",
        "list": "list of calls",
        "search": "search over ten days",
        "call": "a call's page",
        "verdict": "a verdict, on the disk",
    }
    wrong = ", ".join(sorted(set(measured.wrong))) or "none"
    clicks = sum(map(len, measured.seconds.values())) + len(measured.at_once)
    told = (
        f"{count} people for {seconds:.0f} s over {CALLS:,} calls of {PEOPLE} agents and {DAYS} days: "
        f"{clicks} clicks, {len(measured.wrong)} of them answered wrongly ({wrong}); the application "
        f"used {cpu / seconds:.2f} of {os.cpu_count()} processors, which it shares with the fifty (load "
        f"{os.getloadavg()[0]:.1f})."
    )
    first = sorted(measured.at_once)
    lines = [
        "# Fifty people at once",
        "",
        "<!-- written by `make bench-serve` -->",
        "",
        told,
        "",
        "| asked for | clicks | median, ms | 95 of 100 within, ms | slowest, ms |",
        "|---|---|---|---|---|",
    ]
    for kind, name in names.items():
        own = sorted(measured.seconds[kind])
        if own:
            most = own[min(len(own) - 1, int(0.95 * len(own)))]
            figures = (
                f"{1000 * statistics.median(own):.0f} | {1000 * most:.0f} | {1000 * own[-1]:.0f}"
            )
            lines.append(f"| {name} | {len(own)} | {figures} |")
    lines += [
        "",
        (
            f"The first click of each is apart: all {count} make it in one moment, on an application "
            f"that has just started, and the last of them is answered after {first[-1]:.1f} s (half "
            f"of them after {statistics.median(first):.1f} s)."
        ),
    ]
    return "\n".join(lines) + "\n"


def run(out: Path, count: int, seconds: float, pause: float) -> str:
    """Serve, let them work, and say how long they waited."""
    visitors = people(out, count)
    database = open_database(out, Settings())
    for user, _ in visitors:
        add(database, user, PASSWORD)
    database.close()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url, measured = f"http://127.0.0.1:{port}", Measured()
    process = get_context("spawn").Process(target=serve, args=(out, port))
    process.start()
    try:
        while process.is_alive() and socket.socket().connect_ex(("127.0.0.1", port)):
            time.sleep(0.2)
        own = [Visitor(url, user, calls, measured) for user, calls in visitors]
        used = _used(process.pid)
        until = time.monotonic() + seconds
        threads = [threading.Thread(target=one.work, args=(until, pause)) for one in own]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return page(measured, count, seconds, _used(process.pid) - used)
    finally:
        process.terminate()
        process.join()


def _used(pid: int | None) -> float:
    """Seconds of processors that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Make the tables, serve them, measure, and say so."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--people", type=int, default=50)
    asked.add_argument("--seconds", type=float, default=60.0)
    asked.add_argument("--pause", type=float, default=5.0)
    asked.add_argument("--keep", type=Path, help="a folder where the tables stay, to be used again")
    own = asked.parse_args()
    out = own.keep or Path(tempfile.mkdtemp(prefix="callqa-bench-"))
    try:
        if not (out / "data").is_dir():
            Tables(out, calls=CALLS, people=PEOPLE, days=DAYS).write()
        (out / DATABASE).unlink(missing_ok=True)
        told = run(out, own.people, own.seconds, own.pause)
        print(told)
        if own.people == 50:
            keep(told)
    finally:
        if own.keep is None:
            shutil.rmtree(out)


if __name__ == "__main__":
    main()
