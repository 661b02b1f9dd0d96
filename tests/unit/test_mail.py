"""Mail by SMTP, through a real server on loopback: what arrives, who is let in, and what each refusal means."""

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from smtplib import SMTPException, SMTPNotSupportedError
from socket import EAI_AGAIN, EAI_NONAME, gaierror
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.operator import operator_model
from config.team import Team
from daemon.model.words import quoted
from daemon.ports import Deferred, PortError, Unavailable, Undeliverable, Unsure
from integrations import kinds, messenger
from integrations.deadline import SECONDS
from integrations.formats.letter import full_letter
from integrations.formats.letter_html import html_of
from integrations.mail import account
from integrations.mail.account import Account
from integrations.mail.connection import Smtp
from integrations.mail.faults import AccountFault, of_reaching, of_sender, of_signing_in
from integrations.mail.messenger import SmtpMessenger
from integrations.pause import PAUSE
from tests.contract.messenger import MESSAGE
from tests.fakes.mail_server import DROP, SILENCE, Certificates, MailServer, Security, Stage, make_certificates
from tests.soak import examples

SENDER, LEAD = "Peer learning <peers@example.com>", "grace@example.com"
DIGEST = replace(
    MESSAGE,
    text="Hello Ada,\n\nOverdue\n  - write <b>the</b> runbook & tell\n    https://wiki.example.com/p?a=1&b=2\n\n"
    "Done? Tick the box, as https://example.com/how says.\nOr not.\n",
)
HEADERS = {
    *("Message-ID", "Date", "From", "To", "Subject", "Auto-Submitted", "X-Auto-Response-Suppress", "List-Unsubscribe"),
    *("MIME-Version", "Content-Type"),
}


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def trusted(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> Certificates:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    return certificates


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as one:
        yield one
    assert one.complaints == []


def connection(server: MailServer, **more: Any) -> Smtp:
    told = {"kind": "smtp", "host": "127.0.0.1", "port": server.port, "security": server.security, "from": SENDER}
    return Smtp.model_validate({**told, **more})


def post(server: MailServer, **more: Any) -> SmtpMessenger:
    return SmtpMessenger(Account("mail", connection(server, **more)), more.get("from", SENDER), LEAD)


def read(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=policy.default)


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


class Page(HTMLParser):
    """What a browser makes of a page: its tags, its attributes by name, and its words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags, self.attributes, self.words = list[str](), list[tuple[str, str]](), ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words += data

    def handle_comment(self, data: str) -> None:
        self.tags.append("a comment")

    @property
    def links(self) -> list[str]:
        return [value for name, value in self.attributes if name == "href"]


def test_a_mail_has_the_text_and_the_same_as_html(server: MailServer) -> None:
    post(server).send(DIGEST)
    (kept,) = server.kept
    assert (kept.sender, kept.to) == ("peers@example.com", "ada@example.com")
    mail = read(kept.content)
    assert [one.get_content_type() for one in mail.iter_parts()] == ["text/plain", "text/html"]
    assert set(mail.keys()) == HEADERS
    assert part(mail, "plain") == DIGEST.text
    page = Page(part(mail, "html"))
    assert page.links == ["https://wiki.example.com/p?a=1&b=2", "https://example.com/how"]
    assert "write <b>the</b> runbook & tell" in page.words
    assert page.tags[7:] == ["p", "h2", "ul", "li", "br", "a", "p", "a", "br"]
    assert kept.content.isascii()
    assert max(map(len, kept.content.partition(b"\r\n\r\n")[2].split(b"\r\n"))) <= 78
    assert not mail.defects


def test_it_says_how_to_get_no_more(server: MailServer) -> None:
    lead = "grace.brewster.murray.hopper@a-department.of-a-rather-large.example.com"
    SmtpMessenger(Account("mail", connection(server)), SENDER, lead).send(MESSAGE)
    mail = read(server.kept[0].content)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "OOF, AutoReply"
    link = urlsplit(mail["List-Unsubscribe"].strip("<>"))
    assert (link.scheme, unquote(link.path)) == ("mailto", lead)
    words = parse_qs(link.query)
    assert "mute: [digest]" in words["body"][0]
    assert "ada@example.com" in words["subject"][0]


def test_a_lead_is_not_told_to_write_to_themselves(server: MailServer) -> None:
    post(server).send(replace(MESSAGE, to="Grace@example.com"))
    assert read(server.kept[0].content)["List-Unsubscribe"] is None


LONG_SUBJECTS = (
    "You facilitate Lunch & Learn on Thursday; also a topic to find, your part in 3 sessions, a question to you",
    "“How our ingress works” is overdue; also 3 due soon, a turn changed hands, 2 sessions changed, thanks",
    f"{'verylongword' * 12} is due today",
    "📅 " * 60,
)


@pytest.mark.parametrize("subject", LONG_SUBJECTS)
@pytest.mark.parametrize("to", ["ada@example.com", "ädä@example.com"])
def test_a_long_subject_is_folded_into_full_lines(subject: str, to: str) -> None:
    content = full_letter(replace(MESSAGE, subject=subject, to=to), SENDER, LEAD).as_bytes()
    (header,) = re.findall(rb"Subject: [^\r\n]+(?:\r\n [^\r\n]+)*", content)
    first, *rest = header.split(b"\r\n")
    assert len(first) > 40 and rest and max(map(len, [first, *rest])) <= 78
    assert read(content)["Subject"] == subject.strip()


ENCODED = ("=?utf-8?q?=0A?=", "=?utf-8?q?=40v=2C?=", "=?utf-8?b?QQ==?=", "=?utf-8?q?=3Cv=40v=3E?=")
"""What a program would read as a line end, an address or a letter (RFC 2047)."""


@pytest.mark.parametrize("words", ENCODED)
@pytest.mark.parametrize("more", ["", "x: y", " " + "very " * 30 + "long"])
def test_what_looks_encoded_arrives_as_it_was_written(words: str, more: str) -> None:
    mail = read(full_letter(replace(MESSAGE, subject=f"{words}{more}"), SENDER, LEAD).as_bytes())
    assert mail["Subject"] == f"{words}{more}"


SIGNS = st.text(st.characters() | st.sampled_from("\r\n\x00\x1b\x85\u2028<>\"'@:;, \\="), max_size=40)
FIELDS = st.lists(SIGNS | st.sampled_from(ENCODED), max_size=4).map("".join)


@examples(60)
@given(name=FIELDS, subject=FIELDS, text=FIELDS, identity=FIELDS, thread=FIELDS)
def test_no_words_become_a_header(name: str, subject: str, text: str, identity: str, thread: str) -> None:
    injected = replace(
        MESSAGE, to_name=name, subject=subject, text=text, message_id=f"<{identity}@x>", thread=f"<{thread}>"
    )
    mail = read(full_letter(injected, SENDER, LEAD).as_bytes())
    assert set(mail.keys()) - {"In-Reply-To", "References"} == HEADERS
    assert len(mail.keys()) == len(set(mail.keys()))
    assert [one.addr_spec for one in mail["To"].addresses] == [MESSAGE.to]
    assert [one.get_content_type() for one in mail.iter_parts()] == ["text/plain", "text/html"]


@examples(100)
@given(st.lists(FIELDS | st.sampled_from(["\n\n", "- ", "https://", '"><script>', "<!--", "&lt;", "javascript:"])))
def test_no_words_become_markup(words: list[str]) -> None:
    page = Page(html_of("".join(words), "".join(words)))
    assert set(page.tags) <= {"html", "head", "meta", "title", "body", "p", "h2", "ul", "li", "a", "br"}
    assert page.tags.count("title") == page.tags.count("body") == 1
    assert {name for name, _ in page.attributes} <= {"lang", "charset", "name", "content", "style", "dir", "href"}
    assert all(link.startswith(("http://", "https://")) for link in page.links)


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("see https://example.com/a.", "https://example.com/a"),
        ("(https://example.com/a)!", "https://example.com/a"),
        ("https://example.com/wiki/A_(b).", "https://example.com/wiki/A_(b)."),
        ("- x\n  https://example.com/x?", "https://example.com/x?"),
        ('https://example.com/"onclick="x', "https://example.com/"),
        ("“see https://example.com/a”, due", "https://example.com/a"),
        ("‘https://example.com/a’", "https://example.com/a"),
        ("«https://example.com/a»", "https://example.com/a"),
    ],
)
def test_an_address_is_a_link(text: str, link: str) -> None:
    assert Page(html_of(text, "")).links == [link]


def test_an_address_that_was_cut_off_is_no_link() -> None:
    assert Page(html_of(quoted(f"see https://example.com/{'a' * 200}"), "")).links == []
    assert quoted("see https://example.com/a") == "“see https://example.com/a ”"  # as mail programs make links of it


def test_a_long_address_is_shown_short_and_kept_whole() -> None:
    page = Page(html_of(f"https://example.com/{'a' * 200}", ""))
    assert page.links == [f"https://example.com/{'a' * 200}"]
    assert page.words.strip().endswith("a…")


@pytest.mark.parametrize(
    "sender", ['"Team, Zoë" <peers@example.com>', "peers@example.com", "Lernen, jetzt <peers@example.com>"]
)
def test_any_sender_of_the_configuration_is_one(server: MailServer, sender: str) -> None:
    post(server, **{"from": sender}).send(MESSAGE)
    (address,) = read(server.kept[0].content)["From"].addresses
    assert address.addr_spec == server.kept[0].sender == "peers@example.com"
    assert address.display_name in sender


def test_an_address_outside_ascii_arrives(server: MailServer) -> None:
    post(server).send(replace(MESSAGE, to="zoë@exämple.org", to_name="Zoë"))
    (kept,) = server.kept
    assert kept.to == "zoë@exämple.org"
    assert "SMTPUTF8" in kept.options
    assert "To: Zoë <zoë@exämple.org>" in kept.content.decode()


def test_a_server_that_knows_only_ascii() -> None:
    with MailServer(smtputf8=False) as server:
        post(server).send(replace(MESSAGE, to="zoe@exämple.org"))
        assert server.kept[0].to == "zoe@xn--exmple-cua.org"
        with pytest.raises(Undeliverable, match="plain letters"):
            post(server).send(replace(MESSAGE, to="zoë@exämple.org"))
    assert server.complaints == []


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (
            "550 5.6.7 SMTPUTF8 is required, and not permitted",
            Undeliverable,
            "an address like zoë@exämple.org: .* plain",
        ),
        ("555 5.5.4 Unsupported option: SMTPUTF8", Deferred, "does not take mail to zoë@exämple.org: .* It waits"),
    ],
)
def test_letters_that_a_server_refuses_with_the_sender_keep_no_other_mail(
    server: MailServer, answer: str, kind: type[PortError], words: str
) -> None:
    account = post(server)
    server.fail("MAIL", answer)
    with pytest.raises(kind, match=words):
        account.send(replace(MESSAGE, to="zoë@exämple.org"))
    account.send(MESSAGE)
    assert [mail.to for mail in server.kept] == [MESSAGE.to]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_over_tls_and_signed_in(security: Security, trusted: Certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "s3cret")
    with MailServer(security, trusted, {"bot": "s3cret"}) as server:
        post(server, user="bot", password="env:MAIL_PASSWORD").send(MESSAGE)
        assert len(server.kept) == 1
    assert server.complaints == []


def test_a_server_that_asks_for_no_password_that_can_be_given_rests(
    trusted: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "s3cret")
    with MailServer("starttls", trusted, {"bot": "s3cret"}) as server:
        server.fail("AUTH", "334 abc", 9)
        with pytest.raises(
            AccountFault, match=r"asks for the password of bot in a way that nobody can answer: .*base64"
        ):
            post(server, user="bot", password="env:MAIL_PASSWORD").send(MESSAGE)


@pytest.mark.parametrize(
    ("fault", "why"), [(SILENCE, "no whole answer came in time"), (DROP, "Connection unexpectedly closed")]
)
def test_a_server_that_gives_no_answer_to_who_signs_in_is_not_said_to_refuse_them(
    fault: str, why: str, trusted: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "s3cret")
    with MailServer("starttls", trusted, {"bot": "s3cret"}) as server:
        server.fail("AUTH", fault)
        account = Account("mail", connection(server, user="bot", password="env:MAIL_PASSWORD"), timeout=8)
        with pytest.raises(AccountFault, match=f"did not answer when bot signed in: {why}. It is tried again"):
            SmtpMessenger(account, SENDER, LEAD).send(MESSAGE)


def test_a_server_that_answers_but_lets_nobody_sign_in_so_is_said_to() -> None:
    told = str(of_signing_in(SMTPException("No suitable authentication method found."), "The mail server", "bot"))
    assert told.startswith("The mail server does not let bot in now: No suitable authentication method found. ")
    told = str(of_sender(SMTPNotSupportedError("SMTPUTF8 not supported by server"), "The mail server", "jörg@a.test"))
    assert told.startswith("The mail server takes no mail from jörg@a.test now: SMTPUTF8 not supported")


@pytest.mark.parametrize(
    ("code", "said"), [(EAI_AGAIN, "was not reached: its name could not be looked up"), (EAI_NONAME, "has no address")]
)
def test_a_name_that_nobody_can_be_asked_for_now_is_not_called_unknown(code: int, said: str) -> None:
    assert said in str(of_reaching(gaierror(code, "Temporary failure in name resolution"), "mail.example.com"))


def test_what_was_given_up_is_not_handed_over_after_all(server: MailServer) -> None:
    told = {"kind": "smtp", "host": "127.0.0.1", "port": server.port, "security": "none", "from": "peers@example.com"}
    account = Account("mail", Smtp.model_validate(told), seconds=lambda: 0.0, whole=0.3)
    server.greets_late = True
    with pytest.raises(AccountFault, match="is too slow: no answer came"):
        SmtpMessenger(account, "peers@example.com", "lead@example.com").send(MESSAGE)
    server.speak()
    until = time.monotonic() + 30
    while "DATA" not in server.commands and time.monotonic() < until:
        time.sleep(0.01)
    server.greets_late = False
    post(server).send(MESSAGE)
    assert len(server.kept) == 1, "it is sent again, so the first one must not arrive as well"


def test_a_certificate_of_nobody_known_is_not_trusted(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "s3cret")
    for security in ("starttls", "tls"):
        with MailServer(security, certificates, {"bot": "s3cret"}) as server:
            with pytest.raises(AccountFault, match=r"certificate that is not to be trusted.*SSL_CERT_FILE"):
                post(server, user="bot", password="env:MAIL_PASSWORD").send(MESSAGE)
            assert "AUTH" not in server.commands


def test_a_certificate_that_has_expired_is_to_be_renewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expired = make_certificates(tmp_path, days=30)
    monkeypatch.setenv("SSL_CERT_FILE", str(expired.authority))
    with MailServer("starttls", expired) as server, pytest.raises(AccountFault) as raised:
        post(server).send(MESSAGE)
    assert "is not valid today: certificate has expired. Have it renewed, or correct the clock" in str(raised.value)


def test_where_tls_is_asked_for_nothing_goes_without(server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", "s3cret")
    for security, words in (("starttls", "offers no STARTTLS"), ("tls", "does not speak TLS as asked")):
        with pytest.raises(AccountFault, match=words):
            post(server, security=security, user="bot", password="env:MAIL_PASSWORD").send(MESSAGE)
    assert set(server.commands) <= {"EHLO"}


@pytest.mark.parametrize(
    ("stage", "answer", "error", "words"),
    [
        (
            "CONNECT",
            "554 no service here",
            AccountFault,
            "was reached, and does not serve this machine now: no service",
        ),
        ("CONNECT", "421 too busy", AccountFault, "was reached, and does not serve this machine now: too busy"),
        ("CONNECT", DROP, AccountFault, "was not reached"),
        ("EHLO", DROP, AccountFault, "was not reached"),
        ("MAIL", "451 busy", AccountFault, "takes no mail .* now: busy"),
        ("CONNECT", "hello there", AccountFault, "no mail server's reply, but “hello there”"),
        ("MAIL", "552 5.3.4 too big", Undeliverable, "This mail is too large for it, and is not sent"),
        ("MAIL", "550 not yours", AccountFault, "Correct from"),
        ("MAIL", "530 5.7.0 Authentication required", AccountFault, "Correct user, password and security"),
        ("MAIL", DROP, Deferred, "hung up"),
        ("RCPT", "450 greylisted", Deferred, "does not take mail to ada@example.com now: greylisted"),
        ("RCPT", "550 5.1.1 no such user", Undeliverable, "no such user .550.. Correct the address"),
        ("RCPT", "554 5.7.1 Relay access denied", Deferred, "Correct user and password"),
        ("RCPT", "550 relay not permitted", Deferred, "Correct user and password"),
        ("RCPT", "421 shutting down", Deferred, "shutting down"),
        ("RCPT", DROP, Deferred, "hung up"),
        ("DATA", "451 later", Deferred, "later"),
        ("DATA", DROP, Deferred, "hung up"),
        ("TAKEN", "451 try again", Deferred, "try again"),
        ("TAKEN", "552 too large", Undeliverable, "too large"),
        ("TAKEN", "554 5.7.1 spam\x1b[31m", Deferred, r"spam \[31m .554.. It waits. Ask who runs the server"),
        ("TAKEN", "what?", Deferred, "now"),
    ],
)
def test_what_goes_wrong_is_told(
    server: MailServer, stage: Stage, answer: str, error: type[PortError], words: str
) -> None:
    server.fail(stage, answer)
    with pytest.raises(PortError, match=words) as raised:
        post(server).send(MESSAGE)
    assert type(raised.value) is error
    assert server.kept == []
    post(server).send(MESSAGE)
    assert len(server.kept) == 1


REFUSED_BY_HOST = [
    ("EHLO", "501 5.5.2 <x>: invalid", "Correct ehlo"),
    ("MAIL", "504 <host>: Helo command rejected", "Correct ehlo"),
    ("MAIL", "550 5.4.5 Daily user sending limit exceeded", "takes no more from peers@example.com for now"),
    ("MAIL", "554 5.7.1 Client host [192.0.2.1] blocked using zen.spamhaus.org", "of this machine"),
]
"""What keeps every mail waiting: stage, reply, words for the operator."""
REFUSED_BY_HOST_OVER_A_MAIL = [
    ("RCPT", "504 5.5.2 <host>: Helo command rejected: need fully-qualified hostname", "Correct ehlo"),
    ("RCPT", "550 5.1.8 Access denied, bad outbound sender", "Correct from"),
    ("RCPT", "550 5.1.0 <peers@example.com>: Sender address rejected: User unknown in local table", "Correct from"),
    ("TAKEN", "550 5.4.5 Daily sending quota exceeded", "takes no more from peers@example.com for now"),
]
"""What keeps this mail waiting, and perhaps others: stage, reply, words for the operator."""
REFUSED_IN_DOUBT = [
    ("RCPT", "550 5.2.0 Recipient not accepted"),
    ("RCPT", "550 Requested action not taken: mailbox unavailable"),
    ("RCPT", "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org"),
    ("RCPT", "550 5.7.1 Too many messages from this address, slow down"),
    ("RCPT", "550 5.2.1 The user you are trying to contact is receiving mail too quickly"),
    ("RCPT", "550 Administrative prohibition"),
    ("TAKEN", "554 5.6.0 message content rejected"),
    ("TAKEN", "550 5.7.26 unauthenticated mail is not accepted"),
]
"""What speaks of no mailbox."""
REFUSED_FOR_MAILBOX = [
    ("RCPT", "550 5.1.1 <ada@example.com>: Recipient address rejected: User unknown", "Correct the address"),
    ("RCPT", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found by SMTP address lookup", "Correct the address"),
    ("RCPT", "550 No such user here", "Correct the address"),
    ("RCPT", "550 <ada@example.com>: User unknown in virtual mailbox table", "Correct the address"),
    ("RCPT", "550 Account ada@example.com does not exist", "Correct the address"),
    ("RCPT", "550 5.2.1 The email account that you tried to reach is disabled", "ask whether it is in use"),
    ("RCPT", "550 5.1.1 <helo@example.com>: Recipient address rejected: User unknown", "Correct the address"),
    ("RCPT", "550 5.1.1 helo.example.com: no such user", "Correct the address"),
    ("RCPT", "550 5.1.1 <ada@example.com>: undeliverable: mx.test said: 550 HELO invalid", "Correct the address"),
    ("RCPT", "550 user daily-limit.sender@example.com unknown", "Correct the address"),
    ("RCPT", "552 5.2.2 Over quota", "ask them to make room"),
    ("RCPT", "552 The mailbox of ada@example.com is full", "ask them to make room"),
    ("TAKEN", "552 5.2.2 The email account that you tried to reach is over quota", "ask them to make room"),
    ("TAKEN", "552 5.3.4 Message too big for system", "too large for it"),
]
"""What is the end of one mail, and says what to do for its reader."""


@pytest.mark.parametrize(("stage", "answer", "words"), REFUSED_BY_HOST)
def test_a_refusal_of_host_or_sender_is_nobodys_fault_and_asked_once(
    server: MailServer, stage: Stage, answer: str, words: str
) -> None:
    server.fail(stage, answer)
    if stage == "EHLO":  # smtplib tries the older greeting, too
        server.fail("HELO", answer)
    sending = post(server)
    for _ in range(3):
        with pytest.raises(AccountFault, match=words):
            sending.send(MESSAGE)
    assert server.commands.count("EHLO") == 1


@pytest.mark.parametrize(("stage", "answer", "words"), REFUSED_BY_HOST_OVER_A_MAIL)
def test_what_is_said_of_host_or_sender_over_a_mail_keeps_no_other_from_being_tried(
    server: MailServer, stage: Stage, answer: str, words: str
) -> None:
    server.fail(stage, answer)
    sending = post(server)
    with pytest.raises(Deferred, match=words):
        sending.send(MESSAGE)
    sending.send(MESSAGE)
    assert len(server.kept) == 1


@pytest.mark.parametrize(("stage", "answer"), REFUSED_IN_DOUBT)
def test_what_names_no_mailbox_waits(server: MailServer, stage: Stage, answer: str) -> None:
    server.fail(stage, answer)
    with pytest.raises(Unavailable) as raised:
        post(server).send(MESSAGE)
    assert "Correct the address" not in str(raised.value)


@pytest.mark.parametrize(("stage", "answer", "words"), REFUSED_FOR_MAILBOX)
def test_what_names_the_mailbox_is_its_own_fault(server: MailServer, stage: Stage, answer: str, words: str) -> None:
    server.fail(stage, answer)
    with pytest.raises(Undeliverable, match=words):
        post(server).send(MESSAGE)


def test_the_machine_calls_itself_what_the_operator_says(server: MailServer) -> None:
    post(server, ehlo="peers.example.com").send(MESSAGE)
    assert server.greeted_by == ["peers.example.com"]
    for wrong in ("two words", "x\r\nMAIL FROM:<x>", "-", ""):
        with pytest.raises(ValueError, match="not the name of a machine"):
            connection(server, ehlo=wrong)


def test_ids_end_in_the_domain_of_the_sender(server: MailServer) -> None:
    assert post(server).domain == "example.com"
    assert post(server, **{"from": "Zoë <peers@exämple.org>"}).domain == "xn--exmple-cua.org"


def test_after_a_drop_it_is_sent_again_as_it_was(server: MailServer) -> None:
    server.fail("TAKEN", DROP)
    sending = post(server)
    with pytest.raises(Unsure, match="and may have taken it"):
        sending.send(DIGEST)
    assert sending.sent(DIGEST.message_id) is None
    sending.send(DIGEST)
    first, second = server.kept
    assert first == second
    assert read(first.content)["Message-ID"] == DIGEST.message_id


@pytest.mark.parametrize("answer", ["451 cannot", DROP, SILENCE])
@pytest.mark.parametrize("whole", [SECONDS, 12.0])
def test_what_was_taken_is_sent_whatever_is_said_to_goodbye(
    server: MailServer, monkeypatch: pytest.MonkeyPatch, answer: str, whole: float
) -> None:
    monkeypatch.setattr(account, "GOODBYE", 1.0 if whole == SECONDS else SECONDS)
    server.fail("QUIT", answer)
    sending = SmtpMessenger(Account("mail", connection(server), whole=whole), SENDER, LEAD)
    sending.send(MESSAGE)
    sending.send(MESSAGE)  # nor does another one wait for the server then
    assert len(server.kept) == 2


@pytest.mark.parametrize("stage", ["CONNECT", "MAIL", "TAKEN"])
def test_a_server_that_never_answers_costs_one_wait(server: MailServer, stage: Stage) -> None:
    server.fail(stage, SILENCE, times=9)
    sending = SmtpMessenger(Account("mail", connection(server), seconds=lambda: 0.0, timeout=0.3), SENDER, LEAD)
    for nth in range(20):
        with pytest.raises(Unavailable) as raised:
            sending.send(MESSAGE)
        assert isinstance(raised.value, Unsure) is (stage == "TAKEN" and nth == 0)
        assert ("may have taken the mail" in str(raised.value)) is isinstance(raised.value, Unsure)
    assert len(server.kept) <= 1


def test_nobody_there(server: MailServer) -> None:
    with pytest.raises(AccountFault, match=r"was not reached: the connection was refused. .*host, port and security"):
        post(server, port=1).send(MESSAGE)
    with pytest.raises(AccountFault, match="SECRET_OF_MAIL is empty or not set"):
        post(server, user="bot", password="env:SECRET_OF_MAIL").send(MESSAGE)


def test_a_wrong_password_is_tried_once_and_costs_no_mail(tmp_path: Path, trusted: Certificates) -> None:
    now, secret = [1000.0], tmp_path / "password"
    secret.write_text("wrong")
    with MailServer("starttls", trusted, {"bot": "right"}) as server:
        account = Account("mail", connection(server, user="bot", password=f"file:{secret}"), lambda: now[0])
        sending = SmtpMessenger(account, SENDER, LEAD)
        for _ in range(3):
            with pytest.raises(AccountFault, match=r"does not let bot in: .*Put the right password") as raised:
                sending.send(MESSAGE)
            assert "wrong" not in str(raised.value)
        tried = server.commands.count("STARTTLS")
        secret.write_text("right")
        now[0] += PAUSE
        sending.send(MESSAGE)
        assert (tried, len(server.kept)) == (1, 1)
    assert server.complaints == []


def test_a_password_that_cannot_be_sent(tmp_path: Path, trusted: Certificates) -> None:
    (tmp_path / "password").write_text("pässword")
    with MailServer("starttls", trusted, {"bot": "pässword"}) as server:
        sending = post(server, user="bot", password=f"file:{tmp_path / 'password'}")
        with pytest.raises(AccountFault, match="outside ASCII"):
            sending.send(MESSAGE)
    assert server.complaints == []


def test_a_check_up_sends_nothing(tmp_path: Path, trusted: Certificates) -> None:
    (tmp_path / "password").write_text("s3cret")
    with MailServer("starttls", trusted, {"bot": "s3cret"}) as server:
        sending = post(server, user="bot", password=f"file:{tmp_path / 'password'}")
        told = [(check.what, check.well, check.text) for check in sending.check_up()]
        assert told == [
            ("it reaches the server", True, ""),
            ("it signs in", True, "bot"),
            ("it may send", True, "as peers@example.com"),
        ]
        server.accounts.clear()
        assert [check.well for check in sending.check_up()] == [True, False, None]
        server.accounts["bot"] = "s3cret"
        server.fail("MAIL", "550 not yours")
        assert [check.well for check in sending.check_up()] == [True, True, False]
        assert [check.well for check in post(server, security="tls").check_up()] == [False, None]
        assert "RCPT" not in server.commands
    assert server.complaints == []


def test_a_team_gets_it_by_the_name_of_the_connection(server: MailServer, tmp_path: Path) -> None:
    operator = operator_model(kinds())(connections={"mail": connection(server)})
    series = {
        "name": "Lunch",
        "format": "lunch-and-learn",
        "cadence": {"every": "week", "on": "thursday", "at": "12:15"},
    }
    told = {"team": "Platform", "timezone": "Europe/Berlin", "lead": LEAD, "mail": {"connection": "mail"}}
    team = Team.model_validate({**told, "members": [{"name": "Ada", "email": "ada@example.com"}], "series": [series]})
    messenger(operator, lambda _: MESSAGE.date, team, "platform").send(MESSAGE)
    assert LEAD in read(server.kept[0].content)["List-Unsubscribe"]
