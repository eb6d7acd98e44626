"""Pages and workbook of calls that mean harm, in a real browser: from the disk and from a server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from openpyxl import load_workbook

from pipeline.night.how import How
from pipeline.night.run import run_night
from pipeline.records import Role
from pipeline.report.names import agent_page, call_page
from pipeline.store.files import Store
from pipeline.store.schema import FailureRow, TurnWord
from tests.report.browser import comes_true, opened, served
from tests.report.made_up import (
    RUBRIC,
    SETTINGS,
    Quiet,
    Tables,
    attempt,
    call,
    failure,
    finding,
    report,
    turn,
)
from tests.report.page import dead_links

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

HARM = (
    "<script>window.hit=1</script>",
    "</script><script>window.hit=1</script>",
    "</title></q></p><img src=x onerror=window.hit=1>",
    '"onmouseover="window.hit=1" x="',
    "'onfocus='window.hit=1' autofocus='",
    "javascript:window.hit=1",
    "<svg><style>*{display:none}</style><a xlink:href=javascript:window.hit=1>",
    "]]>--><!--<base href=//evil.example/>",
    '<meta http-equiv=refresh content="0;url=//evil.example/">',
    "{{7*7}}{% include '/etc/passwd' %}",
    "../../../../etc/passwd",
    "%2e%2e%2f%2e%2e%2fx",
    "\u202egnp.exe\u2066\u200f",
    "\x01\x08\x0b\x1b[31m\x7f\x85\ufffe",
    "长" * 3000,
    '=HYPERLINK("http://evil.example","x")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+cmd|' /C calc'!A0",
    "\t=1+1",
)
"""What a caller may say, and whoever names a file or an agent may write."""


def made_up(out: Path) -> Path:
    """Every field of the tables that comes from outside, filled with each of them."""
    calls, findings, turns = [], [], []
    for number, harm in enumerate(HARM):
        call_id = f"{harm}{number}"
        own: dict[str, Any] = {"agent_id": harm, "agent_name": harm, "team": harm, "queue": harm}
        own |= {"direction": harm, "audio_notes": (harm,), "file": harm, "asr_model": harm}
        calls.append(call(call_id, score=95.0, review=True, **own))
        words = (TurnWord(text=harm, start_s=12.5, end_s=13.0, probability=0.1),)
        said: dict[str, Any] = {"quote": harm, "message": harm + "说", "source": harm, "turn": 0}
        findings.append(finding(call_id, **said))
        turns += [
            turn(call_id, 0, 12.5, 14.0, f"不{harm}是", words=words),
            turn(call_id, 1, 15.0, 16.0, harm, role=Role.CUSTOMER),
        ]
    calls.append(call("none", status="not_scored", score=None, level="", reason=HARM[0]))
    missed = [attempt(f"m{n}", queue=harm, agent_name=harm) for n, harm in enumerate(HARM)]
    Tables(calls, findings, turns, attempts=missed).write(out)
    listed = [failure(harm, harm) for harm in HARM]
    Store(out, SETTINGS.timezone).write(FailureRow, "2026-11-20", listed)
    rows = [f"h{n},{json.dumps(harm)},80" for n, harm in enumerate(HARM[:9]) if '"' not in harm]
    (out / "ratings.csv").write_text("\n".join(["call_id,rater,score", *rows]), encoding="utf-8")
    return report(out)


def scored(base: Path) -> Path:
    """A night of transcripts brought along, whose names, records and words are those."""
    folder = base / "recordings"
    folder.mkdir()
    for number, harm in enumerate(HARM):
        record = {"call_id": f"{harm}{number}", "agent_id": harm, "agent_name": harm}
        record |= {"team": harm, "queue": harm, "started_at": "2026-11-20T09:15:00+08:00"}
        texts = [f"随便你{harm}", f"你好{harm}，我要投诉", "您听不懂吗，自己看", "再见"]
        turns = [
            {"role": role, "start": 5.0 * n, "end": 5.0 * n + 4, "text": said}
            for n, (role, said) in enumerate(zip(["agent", "customer"] * 2, texts, strict=True))
        ]
        brought = {"call": record | {"duration": 30.0, "channels": 2}, "turns": turns}
        name = harm.replace("/", "∕").encode()[:120].decode(errors="ignore")
        (folder / f"{number}{name}.json").write_text(json.dumps(brought), encoding="utf-8")
    (folder / f"{HARM[0].replace('/', '')}.wav").write_bytes(b"no sound")
    out = base / "out"
    run_night(folder, out, SETTINGS, rubric=RUBRIC, how=How(), progress=Quiet())
    return out / "reports"


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The reports of both, each written once."""
    base = tmp_path_factory.mktemp("harm")
    return {"made up": made_up(base / "made-up"), "scored": scored(base)}


_PROBE = """() => {
  const wrong = [];
  for (const one of document.querySelectorAll("*")) {
    one.dispatchEvent(new MouseEvent("mouseover", { bubbles: true }));
    for (const { name, value } of one.attributes) {
      if (/^on/i.test(name) || /^\\s*(javascript|data|https?):/i.test(value) && /href|src/.test(name))
        wrong.push(`${one.tagName} ${name}=${value}`);
    }
  }
  const foreign = document.querySelectorAll(
    "script:not([src]), style, base, iframe, object, embed, form, img, svg a, meta[content*='url=']");
  return [...wrong, ...Array.from(foreign, one => one.outerHTML), ...window.refused,
    ...(window.hit === undefined ? [] : ["hit"])];
}"""


_LOOK = "[getComputedStyle(document.body).margin, document.documentElement.scrollWidth]"


@pytest.mark.parametrize("site", ["made up", "scored"])
@pytest.mark.parametrize("place", ["disk", "server"])
def test_nothing_of_it_runs(
    browser: Browser, sites: dict[str, Path], site: str, place: str
) -> None:
    """Every page of every kind: no dialog, no request to elsewhere, nothing refused or complained of."""
    root = sites[site]
    pages = sorted(path.relative_to(root).as_posix() for path in root.rglob("*.html"))
    pages = [page for page in pages if page.count("/") < 2 or not page.startswith("periods/2")]
    assert len(pages) >= 2 * len(HARM)
    with served(root) as address:
        base = root.resolve().as_uri() + "/" if place == "disk" else address
        with opened(browser, base + "index.html") as (tab, trouble):
            for page in pages:
                tab.goto(base + quote(page))
                assert (tab.evaluate(_PROBE), trouble) == ([], []), page
                margin, width = tab.evaluate(_LOOK)
                assert (margin, width <= 1280) == ("0px", True), page


@pytest.mark.parametrize("site", ["made up", "scored"])
def test_every_link_stays_in_the_folder(sites: dict[str, Path], site: str) -> None:
    """Whatever an id is made of."""
    assert list(dead_links(sites[site])) == []
    folders = {path.relative_to(sites[site]).parts[0] for path in sites[site].rglob("*.html")}
    assert folders == {"index.html", "calls.html", "agents", "calls", "periods"}


@pytest.mark.parametrize("site", ["made up", "scored"])
def test_the_workbook_holds_texts(sites: dict[str, Path], site: str) -> None:
    """No cell is a formula, no link leads out of the folder, and what was said is there."""
    book = load_workbook(sites[site] / "scores.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value]
    assert "f" not in {cell.data_type for cell in cells}
    texts = {str(cell.value) for cell in cells}
    assert {harm for harm in HARM if harm[0] in "=@+"} <= texts
    targets = {cell.hyperlink.target or "" for cell in cells if cell.hyperlink}
    assert targets
    assert all(target.startswith(("agents/", "calls/")) for target in targets)
    assert not any(".." in target.split("/") for target in targets)


def test_the_list_of_calls_shows_it_as_text(browser: Browser, sites: dict[str, Path]) -> None:
    """Its data are scripts that hold nothing but data; the words can be searched for."""
    root = sites["made up"]
    for part in (root / "lists").glob("*.js"):
        code = part.read_text(encoding="utf-8")
        assert "</script" not in code
        assert "<" not in code
    with opened(browser, (root / "calls.html").resolve().as_uri()) as (tab, trouble):
        tab.locator("[name=q]").fill("onmouseover=")
        comes_true(tab, "document.querySelectorAll('#list tbody tr').length === 1")
        assert '"onmouseover="' in tab.locator("#list tbody").inner_text()
        for field in tab.locator("#fields select").all():
            for value in field.evaluate("one => Array.from(one.options, o => o.value)")[1:4]:
                field.select_option(value)
                assert (tab.evaluate(_PROBE), trouble) == ([], [])
            field.select_option("")


SLIPS = (
    "<script>window.hit=1</script>",
    "<img src=x onerror=window.hit=1>",
    "<script src=http://127.0.0.1:9/x.js></script>",
    "<p style='position:fixed'>x</p>",
    "<style>*{display:none}</style>",
    "<img src=http://127.0.0.1:9/x.png>",
    "<iframe src=http://127.0.0.1:9/></iframe>",
    "<object data=http://127.0.0.1:9/></object>",
    "<base href=http://127.0.0.1:9/>",
    "<link rel=stylesheet href=http://127.0.0.1:9/x.css>",
)


@pytest.mark.parametrize("slip", SLIPS)
@pytest.mark.parametrize("place", ["disk", "server"])
def test_a_slip_in_escaping_would_do_nothing(
    browser: Browser, tmp_path: Path, slip: str, place: str
) -> None:
    """The second fence: markup that had come through is refused by the browser itself."""
    Tables([call("c1")], [finding("c1")]).write(tmp_path)
    root = report(tmp_path)
    page = root / call_page("2026-11-20", "c1")
    text = page.read_text(encoding="utf-8").replace("</main>", f"{slip}</main>")
    page.write_text(text, encoding="utf-8")
    with served(root) as address:
        base = root.resolve().as_uri() + "/" if place == "disk" else address
        with opened(browser, base + call_page("2026-11-20", "c1")) as (tab, _):
            tab.wait_for_timeout(100)
            assert tab.evaluate("window.refused") != []
            assert tab.evaluate("window.hit") is None


@pytest.mark.parametrize("page", ["index.html", agent_page("0035"), call_page("2026-11-19", "g12")])
def test_the_policy_comes_first(sample_out: Path, page: str) -> None:
    """Before anything that it is about; and the page needs no exception to it."""
    text = (sample_out / "reports" / page).read_text(encoding="utf-8")
    assert (
        '<head>\n<meta http-equiv="Content-Security-Policy" content="default-src \'none\';' in text
    )
    assert "unsafe" not in text
    assert " style=" not in text
    assert "<style" not in text


def test_a_call_plays_from_a_web_server(browser: Browser, sample_out: Path) -> None:
    """The policy lets the recording through there as from the disk."""
    with served(sample_out / "reports") as address:
        for date, call_id in (("2026-11-18", "g08"), ("2026-11-20", "g36")):
            with opened(browser, address + call_page(date, call_id)) as (tab, trouble):
                tab.wait_for_timeout(300)
                assert tab.evaluate("document.getElementById('audio').readyState") >= 2
                assert trouble == []
