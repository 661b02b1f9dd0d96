"""Mail by SMTP keeps to the contract, through a real server that takes it over STARTTLS from who has signed in."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from config.secret import Secret
from daemon.ports import Messenger
from integrations.mail.account import Account
from integrations.mail.connection import Smtp
from integrations.mail.messenger import SmtpMessenger
from tests.contract.messenger import MessengerContract
from tests.fakes.mail_server import Certificates, MailServer, make_certificates

SENDER = "Peer learning <peers@example.com>"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


class TestSmtp(MessengerContract):
    @pytest.fixture(autouse=True)
    def _server(self, tmp_path: Path, certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
        (tmp_path / "password").write_text("s3cret\n")
        self.password = Secret(tmp_path / "password")
        with MailServer("starttls", certificates, {"bot": "s3cret"}) as self.server:
            yield
        assert self.server.complaints == []

    def messenger(self) -> Messenger:
        server = {"kind": "smtp", "host": "127.0.0.1", "port": self.server.port, "from": SENDER}
        connection = Smtp.model_validate({**server, "user": "bot", "password": self.password})
        return SmtpMessenger(Account("mail", connection), SENDER, "ada@example.com")

    def mailbox(self) -> list[EmailMessage]:
        """Show the mails with their text in place of its two forms, each Message-ID once."""
        mails = [message_from_bytes(kept.content, policy=policy.default) for kept in self.server.kept]
        return list({mail["Message-ID"]: _as_text(mail) for mail in mails}.values())


def _as_text(mail: EmailMessage) -> EmailMessage:
    shown, text = EmailMessage(policy=policy.default), mail.get_body(("plain",))
    assert text is not None
    for name, value in mail.items():
        if not name.lower().startswith("content-"):
            shown[name] = value
    shown.set_content(text.get_content())
    return shown
