"""A message as a mail (RFC 5322, MIME): whatever people wrote is data in it, and never becomes a header."""

import re
from email.errors import HeaderParseError
from email.header import Header
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.message import Message as AnyMail
from email.policy import SMTP, Policy
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from config.values import canonical_email, parse_email
from daemon.model import Message
from daemon.ports import Refused, Undeliverable
from integrations.formats.letter_html import html_of

LONGEST_LINE = 998
"""How many bytes a line of a mail may have (RFC 5322, section 2.1.1)."""
_LONG_WORD = 60  # characters; with the header's name and a blank it fits a line of 78
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class _AsWritten(UnstructuredHeader, BaseHeader):
    """A header of what it is given: what looks encoded in it (RFC 2047) is what people wrote."""

    @classmethod
    def parse(cls, value: str, kwds: dict[str, Any]) -> None:
        """Take it as it is."""
        kwds |= {"parse_tree": cls.value_parser(""), "decoded": value}


class _Unfolded(_AsWritten):
    """A header for programs: the usual folding would encode a long one as if it were words."""

    def fold(self, *, policy: "Policy[AnyMail[str, str]]") -> str:
        return f"{self.name}: {self}{policy.linesep}"


class _Subject(_AsWritten):
    """A subject, encoded as a whole where it is more than short words in ASCII; the usual folding does it in pieces.

    That leaves its first line empty before a long word, and a quote sign on a line of its own.
    """

    def fold(self, *, policy: "Policy[AnyMail[str, str]]") -> str:
        text = str(self)
        is_plain = text.isascii() and "=?" not in text and all(len(word) < _LONG_WORD for word in text.split())
        words = Header(text, None if is_plain else "utf-8", header_name=self.name)
        return f"{self.name}: {words.encode(linesep=policy.linesep)}{policy.linesep}"


_HEADERS = HeaderRegistry()
for _identity in ("list-unsubscribe", "message-id", "in-reply-to", "references"):
    _HEADERS.map_to_type(_identity, _Unfolded)
_HEADERS.map_to_type("subject", _Subject)
_POLICY = SMTP.clone(header_factory=_HEADERS)


def plain_letter(message: Message, sender: str) -> EmailMessage:
    """Return a message as a mail of plain text, which can be read as it is; ``sender`` is who writes, with a name.

    Raises:
        Undeliverable: it is for nobody who could have an address.
        Refused: nobody could have the sender's.
    """
    email = _headed(message, sender)
    text = _encodable(_CONTROL.sub(" ", message.text))
    longest = max(map(len, text.encode().splitlines()), default=0)
    email.set_content(text, cte="8bit" if longest < LONGEST_LINE else "quoted-printable")
    return email


def full_letter(message: Message, sender: str, lead: str) -> EmailMessage:
    """Return a message as a mail of plain text and HTML, in ASCII, which every server takes; each time the same bytes.

    ``lead`` is the e-mail of the team lead, to whom people write who do not want to get such mail.

    Raises:
        Undeliverable: it is for nobody who could have an address.
        Refused: nobody could have the sender's.
    """
    email = _headed(message, sender)
    email["X-Auto-Response-Suppress"] = "OOF, AutoReply"  # what Exchange asks for the same
    if canonical_email(lead) != canonical_email(message.to):
        email["List-Unsubscribe"] = _opt_out(message.to, lead)
    text = _encodable(_CONTROL.sub(" ", message.text))
    email.set_content(text, cte="quoted-printable")
    email.add_alternative(html_of(text, _one_line(message.subject)), subtype="html", cte="quoted-printable")
    email.set_boundary(f"=_{sha256(message.message_id.encode('utf-8', 'replace')).hexdigest()[:24]}")
    return email


def address_of(sender: str) -> str:
    """Return the address of ``Peer learning <peers@example.com>``.

    Raises:
        Refused: there can be no such address.
    """
    return _writer(sender).addr_spec


def domain_of(sender: str) -> str:
    """Return the domain of a sender's address, in ASCII.

    Raises:
        Refused: there can be no such address.
    """
    domain = address_of(sender).rpartition("@")[2]
    return domain if domain.isascii() else domain.encode("idna").decode()


def _headed(message: Message, sender: str) -> EmailMessage:
    recipient, writer = _reader(message), _writer(sender)
    in_ascii = (recipient.addr_spec + writer.addr_spec).isascii()
    email = EmailMessage(policy=_POLICY if in_ascii else _POLICY.clone(utf8=True))
    email["Message-ID"] = _message_id(message.message_id)
    email["Date"] = message.date
    email["From"] = writer
    email["To"] = recipient
    email["Subject"] = _one_line(message.subject)
    email["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office note in return
    if message.thread and message.thread != message.message_id:
        email["In-Reply-To"] = email["References"] = _message_id(message.thread)
    return email


def _message_id(text: str) -> str:
    """Return a Message-ID in its angle brackets, with nothing that its header cannot hold."""
    left, _, right = text.strip().removeprefix("<").removesuffix(">").rpartition("@")
    return f"<{_atoms(left)}@{_atoms(right)}>"


def _atoms(text: str) -> str:
    """Return words between single full stops (RFC 5322, section 3.2.3), with = for all that can be in none."""
    return re.sub(r"[^\w!#$%&'*+/=?^`{|}~.-]|^\.|\.$|\.(?=\.)", "=", text, flags=re.ASCII) or "="


def _writer(sender: str) -> Address:
    name, _, email = sender.removesuffix(">").rpartition("<")
    return _mailbox(name.strip(' "'), email)


def _reader(message: Message) -> Address:
    try:
        return _mailbox(message.to_name, message.to)
    except Refused as error:
        raise Undeliverable(str(error)) from error


def _mailbox(name: str, email: str) -> Address:
    """Return a name and an address, whose domain is in ASCII unless the rest cannot be so either (RFC 6532)."""
    try:
        local, _, domain = parse_email(email).rpartition("@")
        if not local.isascii():
            return Address(_name(name), local, domain)
        return Address(_name(name), addr_spec=f"{local}@{domain.encode('idna').decode()}")
    except (ValueError, HeaderParseError, IndexError) as error:
        raise Refused(f"{email!r} is no e-mail address that mail can be sent to; correct it.") from error


def _name(text: str) -> str:
    """Return a name in which nothing looks encoded: programs read that even between quotes."""
    return _one_line(text).replace("=?", "= ?")


def _opt_out(email: str, lead: str) -> str:
    """Return how to write to the lead, in whose hands it is, with the words to send (RFC 2369, section 3.2)."""
    subject = quote(f"No mail from peerloop to {email}")
    words = quote("Please add this to me in the team's file:\n\nmute: [digest]\n")
    return f"<mailto:{quote(lead, safe='@')}?subject={subject}&body={words}>"


def _one_line(text: str) -> str:
    """Return text that fits one header: no line ends, no control characters."""
    return " ".join(_encodable(_CONTROL.sub(" ", text)).split())


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
