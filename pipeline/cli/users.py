"""``callqa user``: who may log in to ``callqa serve``."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.frame import require_disk, say, settings_of_last_run, stops
from pipeline.cli.options import DEFAULT_OUT, Command, Config, Group, Out
from pipeline.messages import tr

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.review.database import Database

user_app = typer.Typer(
    cls=Group, help=tr("Accounts of people who review, appeal and look."), no_args_is_help=True
)

Name = Annotated[str, typer.Argument(metavar="NAME", help=tr("The account's name."))]
FromInput = Annotated[
    bool,
    typer.Option("--password-stdin", help=tr("Read the password from standard input, one line.")),
]
NoPassword = Annotated[
    bool,
    typer.Option("--no-password", help=tr("Only a gateway or the company's log-in logs him in.")),
]


@contextmanager
def _open_database(out: Path, config: Path | None) -> Iterator[Database]:
    """The database of an output folder, while a command works in it."""
    from pipeline.review.migrate import open_database

    with stops():
        require_disk(out, "user")
        database = open_database(out, settings_of_last_run(out, config))
        try:
            yield database
        finally:
            database.close()


def _ask_password(*, from_input: bool) -> str:
    if from_input:
        return sys.stdin.readline().rstrip("\r\n")
    return str(typer.prompt(tr("Password"), hide_input=True, confirmation_prompt=tr("Once more")))


@user_app.command("add", cls=Command, help=tr("Make an account."))
def user_add(
    name: Name,
    role: Annotated[
        str,
        typer.Option(
            metavar="inspector|lead|agent|owner|admin",
            help=tr("What he is: inspector, team lead, agent, owner of the norms, administrator."),
        ),
    ],
    agent: Annotated[str, typer.Option(metavar="ID", help=tr("An agent's id, as in calls."))] = "",
    team: Annotated[str, typer.Option(help=tr("A team lead's team, as in calls."))] = "",
    mail: Annotated[
        str,
        typer.Option(metavar="ADDRESS", help=tr("Where his mail goes (the settings of mail).")),
    ] = "",
    out: Out = DEFAULT_OUT,
    config: Config = None,
    password_stdin: FromInput = False,
    no_password: NoPassword = False,
) -> None:
    """``callqa user add``."""
    from pipeline.errors import ConfigurationError
    from pipeline.review.accounts import Duty, User, add

    with _open_database(out, config) as database:
        if role not in set(Duty):
            known = ", ".join(Duty)
            raise ConfigurationError(
                tr("--role {role!r}: expected one of {known}", role=role, known=known)
            )
        password = "" if no_password else _ask_password(from_input=password_stdin)
        if not (password or no_password):
            raise ConfigurationError(tr("no password; --no-password makes an account without one"))
        user = User(name=name, duty=Duty(role), agent_id=agent, team=team, mail=mail)
        add(database, user, password)
    say(tr("account {name!r}: {role}", name=name, role=role))


@user_app.command("passwd", cls=Command, help=tr("Change an account's password; he is logged out."))
def user_passwd(
    name: Name,
    out: Out = DEFAULT_OUT,
    config: Config = None,
    password_stdin: FromInput = False,
    no_password: NoPassword = False,
) -> None:
    """``callqa user passwd``."""
    from pipeline.errors import ConfigurationError
    from pipeline.review.accounts import set_password

    with _open_database(out, config) as database:
        password = "" if no_password else _ask_password(from_input=password_stdin)
        if not (password or no_password):
            raise ConfigurationError(tr("no password; --no-password takes it away"))
        set_password(database, name, password)
    said = tr("account {name!r}: new password", name=name)
    say(tr("account {name!r}: no password", name=name) if no_password else said)


@user_app.command(
    "mail", cls=Command, help=tr("Say where an account's mail goes, or whether it gets any.")
)
def user_mail(
    name: Name,
    address: Annotated[
        str | None,
        typer.Argument(metavar="[ADDRESS]", help=tr("The address; an empty one takes it away.")),
    ] = None,
    off: Annotated[
        bool | None, typer.Option("--off/--on", help=tr("Send him no mail; or his again."))
    ] = None,
    out: Out = DEFAULT_OUT,
    config: Config = None,
) -> None:
    """``callqa user mail``."""
    from pipeline.errors import ConfigurationError
    from pipeline.review.accounts import find, set_mail, switch_mail

    with _open_database(out, config) as database:
        if address is not None:
            set_mail(database, name, address)
        if off is not None:
            with database.writing() as connection:
                switch_mail(connection, name, "callqa user", off=off)
        with database.reading() as connection:
            user = find(connection, name)
        if user is None:
            raise ConfigurationError(tr("there is no account {name!r}", name=name))
    mail = user.mail or tr("nowhere")
    wanted = tr("account {name!r}: mail to {mail}", name=name, mail=mail)
    say(tr("account {name!r}: no mail, by his wish", name=name) if user.mail_off else wanted)


@user_app.command(
    "chat",
    cls=Command,
    help=tr("Say in which chat somebody gets messages (the setting mail.chat)."),
)
def user_chat(
    name: Name,
    url: Annotated[
        str | None,
        typer.Argument(
            metavar="[URL]",
            help=tr(
                "An address that Apprise knows, or env: and the name of a variable of callqa serve that "
                "holds it; an empty one takes it away; - reads it from standard input."
            ),
        ),
    ] = None,
    attempt: Annotated[
        bool, typer.Option("--try", help=tr("Send a message there now: look whether it comes."))
    ] = False,
    out: Out = DEFAULT_OUT,
    config: Config = None,
) -> None:
    """``callqa user chat``."""
    from pipeline.errors import ConfigurationError
    from pipeline.review import chat
    from pipeline.review.accounts import chat_of, find, set_chat

    with _open_database(out, config) as database:
        if url is not None:
            told = sys.stdin.readline() if url == "-" else url
            set_chat(database, name, told.strip())
        with database.reading() as connection:
            user, address = find(connection, name), chat_of(connection, name)
        if user is None:
            raise ConfigurationError(tr("there is no account {name!r}", name=name))
        if attempt and address:
            chat.send(address, tr("callqa: a trial"), tr("What concerns you is told here."))
    there = tr("account {name!r}: messages to his chat", name=name)
    say(there if user.chat else tr("account {name!r}: no chat", name=name))


@user_app.command("disable", cls=Command, help=tr("Let nobody in by this account any more."))
def user_disable(name: Name, out: Out = DEFAULT_OUT, config: Config = None) -> None:
    """``callqa user disable``."""
    from pipeline.review.accounts import disable

    with _open_database(out, config) as database:
        disable(database, name)
    say(tr("account {name!r}: disabled", name=name))


@user_app.command("enable", cls=Command, help=tr("Let a disabled account in again."))
def user_enable(name: Name, out: Out = DEFAULT_OUT, config: Config = None) -> None:
    """``callqa user enable``."""
    from pipeline.review.accounts import disable

    with _open_database(out, config) as database:
        disable(database, name, disabled=False)
    say(tr("account {name!r}: enabled", name=name))


@user_app.command(
    "list",
    cls=Command,
    help=tr("One line an account: name, role, whose, mail, chat."),
)
def user_list(out: Out = DEFAULT_OUT, config: Config = None) -> None:
    """``callqa user list``."""
    from pipeline.review.accounts import users

    with _open_database(out, config) as database, database.reading() as connection:
        found = users(connection)
    for user in found:
        off = tr("disabled") if user.disabled else ""
        whose = f"{user.name:20} {user.duty:10} {user.team or user.agent_id:12}"
        chat = tr("chat") if user.chat else ""
        say(f"{whose} {user.mail:24} {chat:4} {off}".rstrip())
