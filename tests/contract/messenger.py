"""What every messenger keeps to: a test class that inherits ``MessengerContract`` and says how to get at one."""

from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

import pytest

from daemon.model import Message
from daemon.ports import Messenger, Undeliverable

MESSAGE = Message(
    message_id="<digest.2026-12-01.0a1b2c@peerloop>",
    to="ada@example.com",
    to_name="Ada Lovelace",
    subject="Two action items are due",
    text="Hello Ada,\n\n- write the runbook\n- été, 日本 🙂\n",
    date=datetime(2026, 12, 1, 9, 30, tzinfo=UTC),
)


class MessengerContract:
    """The tests, each starting from an empty mailbox; the backend fills in how to send and where mail arrives."""

    def messenger(self) -> Messenger:
        """Return a new object that sends."""
        raise NotImplementedError

    def mailbox(self) -> list[EmailMessage]:
        """Return what has arrived, as a mail program shows it: each Message-ID once."""
        raise NotImplementedError

    def only_mail(self) -> EmailMessage:
        """Return the one message that has arrived."""
        (mail,) = self.mailbox()
        return mail

    def test_a_message_arrives_as_it_was_written(self) -> None:
        self.messenger().send(MESSAGE)
        mail = self.only_mail()
        assert mail["Message-ID"] == MESSAGE.message_id
        assert mail["Subject"] == MESSAGE.subject
        assert mail["To"].addresses[0].addr_spec == MESSAGE.to
        assert mail["To"].addresses[0].display_name == MESSAGE.to_name
        assert mail["From"].addresses[0].addr_spec
        assert parsedate_to_datetime(mail["Date"]) == MESSAGE.date
        assert mail.get_content().replace("\r\n", "\n") == MESSAGE.text
        assert mail["In-Reply-To"] is None

    def test_it_tells_whether_others_read_what_it_sends(self) -> None:
        assert self.messenger().is_private in (True, False)

    def test_sending_again_does_no_harm(self) -> None:
        self.messenger().send(MESSAGE)
        self.messenger().send(MESSAGE)
        assert self.only_mail()["Subject"] == MESSAGE.subject

    def test_what_was_sent_can_be_looked_up_or_is_not_claimed(self) -> None:
        assert self.messenger().sent(MESSAGE.message_id) in (False, None)
        self.messenger().send(MESSAGE)
        assert self.messenger().sent(MESSAGE.message_id) in (True, None)
        assert self.messenger().sent("<other@peerloop>") in (False, None)

    def test_messages_of_a_thread_name_it(self) -> None:
        self.messenger().send(replace(MESSAGE, thread="<first@peerloop>"))
        mail = self.only_mail()
        assert mail["In-Reply-To"] == mail["References"] == "<first@peerloop>"

    def test_different_messages_are_two(self) -> None:
        self.messenger().send(MESSAGE)
        self.messenger().send(replace(MESSAGE, message_id="<digest.2026-12-02.0a1b2c@peerloop>"))
        assert len(self.mailbox()) == 2

    @pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x0b", "\x85", "\u2028"])
    def test_no_text_becomes_a_header(self, end: str) -> None:
        injected = f"{end}Bcc: eve@example.com{end}{end}Hello"
        self.messenger().send(replace(MESSAGE, subject=f"Due{injected}", to_name=f"Ada{injected}"))
        mail = self.only_mail()
        assert mail["Bcc"] is None
        assert mail["To"].addresses[0].addr_spec == MESSAGE.to
        assert len(mail["To"].addresses) == 1
        assert mail["Subject"].startswith("Due")
        assert mail.get_content().replace("\r\n", "\n") == MESSAGE.text

    @pytest.mark.parametrize("name", ['Ada "L", Lovelace; <x@example.com>', "Zoë Ångström 日本", "", "a" * 300])
    def test_any_name_is_a_name(self, name: str) -> None:
        self.messenger().send(replace(MESSAGE, to_name=name, subject=f"{name} is due"))
        mail = self.only_mail()
        assert [address.addr_spec for address in mail["To"].addresses] == [MESSAGE.to]
        assert mail["To"].addresses[0].display_name == name
        assert " ".join(mail["Subject"].split()) == f"{name} is due".strip()

    def test_long_lines_arrive_whole(self) -> None:
        text = f"{'é' * 3000}\n.\nFrom here\n"
        self.messenger().send(replace(MESSAGE, text=text))
        assert self.only_mail().get_content().replace("\r\n", "\n") == text

    @pytest.mark.parametrize("address", ["ada", "ada@", "a b@example.com", "ada@example.com\nBcc: eve@example.com"])
    def test_an_address_that_is_none_is_refused(self, address: str) -> None:
        with pytest.raises(Undeliverable):
            self.messenger().send(replace(MESSAGE, to=address))
        assert self.mailbox() == []
