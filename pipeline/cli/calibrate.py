"""``callqa calibrate``: several raters score the same calls, and how well they agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.frame import at_hand, say, settings_of_last_run, stop, stops
from pipeline.cli.options import DEFAULT_OUT, Command, Config, Group, Out, Wait
from pipeline.messages import tr

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.figures.agreement import Agreement, Estimate
    from pipeline.figures.calibration import RaterFigures, SessionFigures

calibrate_app = typer.Typer(
    cls=Group,
    help=tr("Have several raters score the same calls, and see how well they agree."),
    no_args_is_help=True,
)

SessionName = Annotated[
    str, typer.Option("--session", metavar="NAME", help=tr("The session's name."))
]


@calibrate_app.command(
    "draw",
    cls=Command,
    help=tr(
        "Draw a session: a file for each rater, with lines for each call's rules and one for its score."
    ),
)
def draw(
    session: SessionName,
    raters: Annotated[
        str, typer.Option(metavar="A,B,…", help=tr("Who rates, by name, two or more."))
    ],
    out: Out = DEFAULT_OUT,
    calls: Annotated[
        int, typer.Option(min=1, help=tr("So many scored calls of the latest week, by chance."))
    ] = 10,
    call: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help=tr("This call instead; may be repeated.")),
    ] = None,
    rule: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID",
            help=tr(
                "A rule that is asked of every call; may be repeated. Without: every rule of which the "
                "machine has a violation or a doubt in some of the calls."
            ),
        ),
    ] = None,
    index: Annotated[
        str, typer.Option(metavar="RATER", help=tr("The rater whose word the others are held to."))
    ] = "",
    show_machine: Annotated[
        bool, typer.Option("--show-machine", help=tr("Let the raters see what the machine said."))
    ] = False,
    config: Config = None,
    wait: Wait = False,
) -> None:
    """``callqa calibrate draw``."""
    from pipeline.night.ratings import publish_ratings
    from pipeline.review.calibration import Wanted, draw_session
    from pipeline.store.files import Store

    wanted = Wanted(
        name=session,
        raters=tuple(name.strip() for name in raters.replace("，", ",").split(",")),
        expert=index,
        shown=show_machine,
        count=calls,
        calls=tuple(call or ()),
        rules=tuple(rule or ()),
    )
    with stops(), at_hand(out, "calibrate", wait=wait) as here:
        settings = settings_of_last_run(here, config)
        store = Store.of(here, settings)
        drawn = draw_session(store, settings, wanted)
        publish_ratings(store, settings)
    own = drawn.session
    say(
        tr(
            "session {name}: {calls} calls, {rules} rules; no mean is made of these calls from the next "
            "rescore on",
            name=own.name,
            calls=len(own.calls),
            rules=len(own.rules),
        )
    )
    for rater, path in drawn.files.items():
        say(tr("{rater} fills in: {path}", rater=rater, path=path))


@calibrate_app.command(
    "report",
    cls=Command,
    help=tr("Say how well a session's raters agree, and write its page."),
)
def report(
    session: SessionName, out: Out = DEFAULT_OUT, config: Config = None, wait: Wait = False
) -> None:
    """``callqa calibrate report``."""
    from pipeline.cli.frame import check_ratings
    from pipeline.night.ratings import publish_ratings
    from pipeline.report import site_and_days
    from pipeline.report.calibration import Sessions, waiting, write_session
    from pipeline.report.names import session_page
    from pipeline.store.files import Store

    with stops(), at_hand(out, "calibrate", wait=wait) as here:
        settings = settings_of_last_run(here, config)
        check_ratings(here, settings)
        publish_ratings(Store.of(here, settings), settings)
        site, days = site_and_days(here, settings)
        known = Sessions.of(days)
        if session not in known.rows:
            stop(tr("{out} holds no session {name}", out=out, name=session))
        found = write_session(site, days, known, session)
    for line in session_lines(found, waiting(known.rows[session])):
        say(line)
    say(tr("Page: {path}", path=here / "reports" / session_page(session)))


def session_lines(found: SessionFigures, left: int) -> Iterator[str]:
    """What a session shows, for a terminal."""
    if left:
        yield tr("{n} lines are not filled in yet", n=left)
    if found.whole.agreement is None:
        yield tr("no call and rule was rated by two raters")
        return
    width = max(len(one.rule_id) for one in (*found.rules, found.whole))
    for one in (*found.rules, found.whole):
        if one.agreement is not None:
            name = one.rule_id or tr("all rules")
            yield f"{name:{width}}  {_agreement_line(one.agreement)}"
    if found.apart is not None:
        yield tr("scores of two raters: {apart} points apart", apart=_estimate(found.apart, 1))
    for rater in found.everybody:
        yield _rater(rater)


def _agreement_line(one: Agreement) -> str:
    return tr(
        "{units} calls, alike {raw}, AC1 {ac1}, alpha {alpha}, kappa {kappa}",
        units=one.units,
        raw=_estimate(one.raw),
        ac1=_estimate(one.ac1),
        alpha=_estimate(one.alpha),
        kappa=_estimate(one.kappa),
    )


def _estimate(one: Estimate | None, digits: int = 2) -> str:
    if one is None:
        return "–"
    if one.low is None or one.high is None:
        return f"{one.value:.{digits}f}"
    return f"{one.value:.{digits}f} ({one.low:.{digits}f} … {one.high:.{digits}f})"


def _rater(one: RaterFigures) -> str:
    index = one.index
    return tr(
        "{rater}: alike with the others {alike}, with the index {index}, stricter by {stricter}, scores "
        "higher by {higher}",
        rater=one.rater,
        alike=_estimate(one.alike),
        index="–" if index is None else f"{index.count}/{index.of}",
        stricter=_estimate(one.stricter),
        higher=_estimate(one.higher, 1),
    )
