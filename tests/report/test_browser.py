"""A call's page in a real browser, opened from the disk: a finding plays its second."""

from __future__ import annotations

import base64
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.signal import correlate, resample_poly

from pipeline.records import SAMPLE_RATE
from pipeline.report.names import agent_page, call_page, link
from pipeline.sound import playback
from pipeline.store.files import Store
from pipeline.store.schema import FindingRow
from tests.report.browser import comes_true, follow, opened
from tests.report.made_up import SETTINGS
from tests.report.test_overall import night
from tests.sounds import save

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

CALLS = [("2026-11-18", "g08"), ("2026-11-19", "g12"), ("2026-11-20", "g36")]
"""Played as they are (MP3, Opus), and converted from PCM."""


@contextmanager
def _open(browser: Browser, page: Path, place: str = "", width: int = 1280) -> Iterator[Page]:
    """The page from the disk; at the end nothing was complained of or fetched from elsewhere."""
    with opened(browser, page.resolve().as_uri() + place, width=width) as (tab, trouble):
        yield tab
        assert trouble == []
        assert tab.evaluate("window.refused") == []


_READY = "document.getElementById('audio').readyState >= 2"
_AT = "document.getElementById('audio').currentTime"
_PLAYING = "(a => !a.paused && !a.seeking)(document.getElementById('audio'))"


def _plays_from(tab: Page, start: float) -> None:
    """It sounds from that second, give or take what passed since, and goes on."""
    comes_true(tab, _PLAYING)
    first = tab.evaluate(_AT)
    assert start - 0.02 <= first < start + 1
    comes_true(tab, f"{_AT} > {first + 0.2}")


def _events(out: Path, date: str, call_id: str) -> list[float]:
    rows = Store(out, SETTINGS.timezone).read(FindingRow, date)
    against = {"violation", "review"}
    pointed = [r for r in rows if r.call_id == call_id and r.outcome in against]
    return sorted(r.start_s for r in pointed if r.start_s is not None)


@pytest.mark.parametrize(("date", "call_id"), CALLS)
def test_a_finding_plays_its_second(
    browser: Browser, sample_out: Path, date: str, call_id: str
) -> None:
    """From each finding's start, and on; its turn is lit."""
    starts = _events(sample_out, date, call_id)
    with _open(browser, sample_out / "reports" / call_page(date, call_id)) as tab:
        comes_true(tab, _READY)
        for button, start in zip(tab.locator("button.finding-play").all(), starts, strict=True):
            button.click()
            _plays_from(tab, start)
        assert tab.locator(".finding.lit").count() == 1


def test_an_address_leads_to_its_second(browser: Browser, sample_out: Path) -> None:
    """``#t=27.67``: the place is chosen, its turn lit, whether or not the browser may play."""
    page = sample_out / "reports" / call_page("2026-11-18", "g08")
    with _open(browser, page, "#t=27.67") as tab:
        comes_true(tab, f"Math.abs({_AT} - 27.67) < 1")
        assert "短信是系统自动发的" in tab.locator(".said-agent.now").inner_text()


def test_a_turn_plays_when_it_is_clicked(browser: Browser, sample_out: Path) -> None:
    """In the conversation; the address remembers it."""
    page = sample_out / "reports" / call_page("2026-11-18", "g08")
    with _open(browser, page) as tab:
        comes_true(tab, _READY)
        said = tab.locator(".said").nth(5)
        start = float(said.get_attribute("data-start") or "nan")
        said.locator(".said-text").click()
        _plays_from(tab, start)
        assert tab.url.endswith(f"#t={start:.2f}")


def test_the_keys_work(browser: Browser, sample_out: Path) -> None:
    """Space plays and stops, arrows go 5 s, N goes to the next finding, wherever the focus is."""
    start = _events(sample_out, "2026-11-18", "g08")[0]
    with _open(browser, sample_out / "reports" / call_page("2026-11-18", "g08")) as tab:
        comes_true(tab, _READY)
        for focused in ("body", "#play", "button.finding-play >> nth=0"):
            tab.locator(focused).focus()
            tab.keyboard.press("Space")
            comes_true(tab, "!document.getElementById('audio').paused")
            tab.keyboard.press("Space")
            comes_true(tab, "document.getElementById('audio').paused")
        before = tab.evaluate(_AT)
        tab.keyboard.press("ArrowRight")
        comes_true(tab, f"Math.abs({_AT} - {before} - 5) < 0.1")
        tab.keyboard.press("ArrowLeft")
        comes_true(tab, f"Math.abs({_AT} - {before}) < 0.1")
        tab.evaluate("document.getElementById('audio').currentTime = 0")
        tab.keyboard.press("n")
        _plays_from(tab, start)


def test_the_way_from_the_team_to_the_second(browser: Browser, sample_out: Path) -> None:
    """Team page, the call that needs a person, its second: by clicks alone."""
    with _open(browser, sample_out / "reports" / "index.html") as tab:
        link = tab.locator("a.jump", has_text="听").first
        start = float(str(link.get_attribute("href")).partition("t=")[2])
        follow(link)
        comes_true(tab, f"Math.abs({_AT} - {start}) < 1")


@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_is_wider_than_the_window(browser: Browser, sample_out: Path, width: int) -> None:
    """On a telephone too: nothing but tables scrolls sideways."""
    root = sample_out / "reports"
    pages = ["index.html", agent_page("0035"), *(call_page(d, c) for d, c in CALLS)]
    for page in pages:
        with _open(browser, root / page, width=width) as tab:
            assert tab.evaluate("document.documentElement.scrollWidth") <= width, link(page)


@pytest.mark.parametrize("width", [390, 1280])
def test_the_team_s_tables_scroll_by_themselves(
    browser: Browser, tmp_path: Path, width: int
) -> None:
    """The page stays as wide as the window, and no number is broken into two lines."""
    with _open(browser, night(tmp_path) / "index.html", width=width) as tab:
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        for cell in tab.locator("#shifts td, #connect b, #callbacks b").all():
            box = cell.bounding_box()
            assert box is not None
            assert box["height"] < 75, cell.inner_text()


_HEARD = """async ([source, at]) => {
  const audio = new Audio(source);
  await new Promise(done => audio.oncanplay = done);
  const context = new AudioContext(), heard = [];
  const tap = context.createScriptProcessor(2048, 1, 1);
  tap.onaudioprocess = event => heard.push(...event.inputBuffer.getChannelData(0));
  context.createMediaElementSource(audio).connect(tap).connect(context.destination);
  audio.currentTime = at;
  await new Promise(done => audio.onseeked = done);
  await audio.play();
  while (heard.filter(x => Math.abs(x) > 0.02).length < context.sampleRate / 2)
    await new Promise(done => setTimeout(done, 50));
  return [context.sampleRate, heard];
}"""


@pytest.mark.parametrize("at", [1.23, 17.77, 58.6])
def test_a_converted_recording_plays_from_the_second_asked_for(
    browser: Browser, tmp_path: Path, at: float
) -> None:
    """Not only by the player's clock: what sounds there is what sounds there in the recording."""
    time = np.arange(70 * SAMPLE_RATE) / SAMPLE_RATE
    steps = np.asarray(
        0.3 * np.sin(np.cumsum(400 + 3 * (time * 10 // 1)) / SAMPLE_RATE * 2 * np.pi)
    )
    sound = steps.astype(np.float32)  # each tenth of a second has a tone of its own
    source = save(tmp_path / "a.wav", sound, sound, codec="pcm_mulaw", rate=8000)
    playback.convert([source], tmp_path / "a.webm")
    data = base64.b64encode((tmp_path / "a.webm").read_bytes()).decode()
    tab = browser.new_page()
    rate, heard = tab.evaluate(_HEARD, [f"data:audio/webm;base64,{data}", at])
    tab.close()
    played = np.trim_zeros(np.round(heard, 3))[: int(0.3 * rate)]
    near = resample_poly(
        sound[round((at - 1) * SAMPLE_RATE) : round((at + 2) * SAMPLE_RATE)], int(rate), SAMPLE_RATE
    )
    found = int(np.argmax(correlate(near, played, "valid"))) / rate - 1
    assert abs(found) < 0.1
