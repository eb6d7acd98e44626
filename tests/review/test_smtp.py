"""Mail over a real server: by TLS, with a password, and what is said where it is not taken."""

from __future__ import annotations

import ssl
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from pipeline.review.smtp import MailError, address_of, check, send
from pipeline.settings import MailSettings
from tests.serve.mailbox import REFUSED, Mailbox, mailbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aiosmtpd.smtp import SMTP, Envelope, Session

RIGHT = LoginPassword(b"callqa", b"p@ss word")
TOLD = "callqa:p%40ss%20word@"
"""The same in an address."""


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """One for this machine's own name, and its key."""
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    paths = tmp_path / "certificate.pem", tmp_path / "key.pem"
    told = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-out", str(paths[0]), "-keyout", str(paths[1])]
    subprocess.run([*made, *told, *files], check=True, capture_output=True)
    return paths


def authenticated(
    _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, told: object
) -> AuthResult:
    """Whether name and password are right."""
    return AuthResult(success=told == RIGHT, handled=False)


pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH")
"""Its server is this machine's own."""


@contextmanager
def listening(box: Mailbox, tls: ssl.SSLContext | None) -> Iterator[MailSettings]:
    """A server that lets in whoever has the password, by TLS where it has a certificate."""
    server = Controller(
        box,
        hostname="127.0.0.1",
        port=box.port,
        auth_required=True,
        auth_require_tls=tls is not None,
        authenticator=authenticated,
        tls_context=tls,
        require_starttls=tls is not None,
    )
    server.start()
    try:
        yield settings(f"smtp://localhost:{box.port}")
    finally:
        server.stop()


def settings(server: str) -> MailSettings:
    """Mail by a server."""
    return MailSettings(server=server, sender="c@example.com", address="http://c")


def known(own: MailSettings, monkeypatch: pytest.MonkeyPatch, told: str = TOLD) -> MailSettings:
    """The same with a password, by a variable."""
    monkeypatch.setenv("CALLQA_TEST_MAIL", own.server.replace("//", f"//{told}"))
    return settings("env:CALLQA_TEST_MAIL")


def test_by_tls_with_a_password(
    certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a server that this machine trusts hears it."""
    box, tls = mailbox(), ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(*certificate)
    with listening(box, tls) as own:
        mail = known(own, monkeypatch)
        with pytest.raises(MailError, match="CERTIFICATE_VERIFY_FAILED"):
            check(mail)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        send(mail, "x@example.com", "一件事", "有一件申诉\n", "name")
    (came,) = box.mails
    assert (came["From"], came["Subject"]) == ("c@example.com", "一件事")
    assert (came["Message-ID"], came["Auto-Submitted"]) == ("<name@example.com>", "auto-generated")
    assert came.get_content().strip() == "有一件申诉"


def test_what_is_not_taken_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong password, an address that is refused, nobody there; and never the password."""
    box = mailbox()
    with listening(box, None) as own:
        check(known(own, monkeypatch))
        with pytest.raises(MailError) as refused:
            send(known(own, monkeypatch), REFUSED, "s", "t", "name")
        assert (str(refused.value), refused.value.whole) == ("550 no such user here", False)
        with pytest.raises(MailError, match="535") as wrong:
            check(known(own, monkeypatch, "callqa:secret@"))
        assert wrong.value.whole
        with pytest.raises(MailError, match="ASCII"):
            check(known(own, monkeypatch, "callqa:%C3%B6@"))
        assert "secret" not in str(wrong.value)
    with pytest.raises(MailError) as away:
        check(own)
    assert away.value.whole


def test_without_tls_no_password_leaves_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loopback's other address counts as another machine here."""
    box = mailbox()
    server = Controller(box, hostname="127.0.0.2", port=box.port, auth_require_tls=False)
    server.start()
    try:
        check(settings(f"smtp://127.0.0.2:{box.port}"))
        with pytest.raises(MailError, match="TLS"):
            check(known(settings(f"smtp://127.0.0.2:{box.port}"), monkeypatch))
    finally:
        server.stop()


@pytest.mark.parametrize("told", ["", "http://x", "smtp://:25", "smtp://h:port"])
def test_a_variable_that_holds_no_server_is_named(
    monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    """Before anything is sent."""
    monkeypatch.setenv("CALLQA_TEST_MAIL", told)
    with pytest.raises(MailError, match="CALLQA_TEST_MAIL"):
        address_of(settings("env:CALLQA_TEST_MAIL"))
