"""Mail as a folder of .eml files, which any mail program opens (RFC 5322): a real outbox that nothing is sent from."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import suppress
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import parseaddr
from pathlib import Path

from config.values import slug
from daemon.model import Check, Message
from daemon.ports import Changed, Refused
from integrations.local import files

_LONGEST_SLUG = 60
_LONGEST_LINE = 998
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Outbox:
    """The messenger port on a folder. ``sender`` is who writes: ``Peer learning <peers@example.com>``."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder = folder
        self._sender = sender

    def send(self, message: Message) -> None:
        """Put the message into the folder, unless it is there already."""
        try:
            data = self._email(message).as_bytes()
        except (ValueError, HeaderParseError, IndexError) as error:
            raise Refused(f"{message.to!r} is no e-mail address that mail can be sent to; correct it.") from error
        with suppress(Changed):  # it is there: it was sent before
            files.replace(self._path(message.message_id), data, instead_of=None)

    def sent(self, message_id: str) -> bool:
        """Return whether the message is in the folder."""
        return files.read(self._path(message_id)) is not None

    def check_up(self) -> Iterator[Check]:
        """Look whether mails can be put into the folder."""
        yield files.check_folder(self._folder)

    def _path(self, message_id: str) -> Path:
        digest = hashlib.sha256(message_id.encode("utf-8", "replace")).hexdigest()[:12]
        return self._folder / f"{slug(message_id)[:_LONGEST_SLUG].strip('-')}-{digest}.eml"

    def _email(self, message: Message) -> EmailMessage:
        email = EmailMessage(policy=SMTP if message.to.isascii() else SMTPUTF8)
        email["Message-ID"] = _message_id(message.message_id)
        email["Date"] = message.date
        email["From"] = _address(*parseaddr(self._sender))
        email["To"] = _address(message.to_name, message.to)
        email["Subject"] = _one_line(message.subject)
        email["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office note in return
        if message.thread and message.thread != message.message_id:
            email["In-Reply-To"] = email["References"] = _message_id(message.thread)
        _put_text(email, message.text)
        return email


def _message_id(text: str) -> str:
    """Return a Message-ID in its angle brackets, with nothing that its header cannot hold."""
    left, _, right = re.sub(r"[^!-~]|[<>]", "=", text.strip().removeprefix("<").removesuffix(">")).rpartition("@")
    return f"<{left.replace('@', '=')}@{right}>"


def _address(name: str, email: str) -> Address:
    if email.isascii():
        return Address(_one_line(name), addr_spec=email.strip())
    local, _, domain = _one_line(email).rpartition("@")
    return Address(_one_line(name), local, domain)  # RFC 6532; the parser knows only those in ASCII


def _one_line(text: str) -> str:
    """Return text that fits one header: no line ends, no control characters."""
    return " ".join(_encodable(_CONTROL.sub(" ", text)).split())


def _put_text(email: EmailMessage, text: str) -> None:
    """Set the body, as it is where its lines are short enough to be sent so (RFC 5322, section 2.1.1)."""
    text = _encodable(_CONTROL.sub(" ", text))
    longest = max((len(line.encode()) for line in text.splitlines()), default=0)
    email.set_content(text, cte="8bit" if longest < _LONGEST_LINE else "quoted-printable")


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
