"""Pages in a real Chromium: from the disk and from a static web server, and what they complain of."""

from __future__ import annotations

import os
import shutil
import threading
import time
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Page, Request

_WATCH = """
window.refused = [];
addEventListener("securitypolicyviolation", event =>
  window.refused.push(`${event.effectiveDirective} ${event.blockedURI}`));
"""


def chromium() -> str | None:
    """Where the system's Chromium is: the one without windows first, at half the cost a page."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Nobody reads the log."""


@contextmanager
def served(root: Path) -> Iterator[str]:
    """The address of a static web server over ``root``."""
    handler = partial(_Quiet, directory=str(root))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@contextmanager
def opened(
    browser: Browser, address: str, *, width: int = 1280
) -> Iterator[tuple[Page, list[str]]]:
    """A page, and what there was to complain of: errors, dialogs, refusals, requests to elsewhere."""
    tab = browser.new_page(viewport={"width": width, "height": 900})
    trouble: list[str] = []
    own = ("file:", "data:") if address.startswith("file:") else (address[: address.index("/", 8)],)
    noted = {"error", "warning"}
    tab.on("console", lambda line: trouble.append(line.text) if line.type in noted else None)
    tab.on("pageerror", lambda error: trouble.append(str(error)))

    def failed(request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # the next page was opened before the icon came
            trouble.append(f"failed {request.url}")

    tab.on("requestfailed", failed)
    tab.on("request", lambda r: trouble.append(r.url) if not r.url.startswith(own) else None)

    def dialog(shown: Any) -> None:
        trouble.append(f"dialog {shown.message}")
        shown.dismiss()

    tab.on("dialog", dialog)
    tab.add_init_script(_WATCH)
    tab.goto(address)
    tab.wait_for_load_state("load")
    yield tab, trouble
    tab.close()


def follow(link: Locator) -> None:
    """Click, and wait for the page that it leads to: a click alone may end on the one before."""
    with link.page.expect_navigation():
        link.click()


def comes_true(tab: Page, expression: str, seconds: float = 10.0) -> None:
    """Wait until it holds: Playwright's own waiting evaluates strings, which the pages forbid.

    On a page that is just being left or not yet whole it may fail: then it does not hold yet.
    """
    from playwright.sync_api import Error

    until = time.monotonic() + seconds
    wrong: object = ""
    while True:
        try:
            if tab.evaluate(expression):
                return
        except Error as error:
            wrong = error
        assert time.monotonic() < until, f"{expression} {wrong}"
        tab.wait_for_timeout(20)
