"""A mail account: one SMTP connection a mail, protected and signed in as the operator's file asks (RFC 5321)."""

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from time import monotonic

from config.secret import SecretMissing
from daemon.ports import PortError
from integrations.counter import counter_of
from integrations.deadline import SECONDS, Deadline
from integrations.formats.letter import address_of
from integrations.mail import faults
from integrations.mail.connection import Smtp
from integrations.mail.faults import AccountFault, Silent
from integrations.mail.server import LARGEST, Progress, Server, TlsServer
from integrations.pause import Pause
from integrations.quota import quota_of

TIMEOUT = 30.0
"""How many seconds an answer may take."""
GOODBYE = 2.0
"""How many that to the last word may take, which tells nothing."""


class Account:
    """The way to one mail server; ``seconds`` is a clock that only goes forward."""

    def __init__(
        self,
        name: str,
        connection: Smtp,
        seconds: Callable[[], float] = monotonic,
        timeout: float = TIMEOUT,
        whole: float = SECONDS,
    ) -> None:
        self._connection, self._timeout = connection, timeout
        self._deadline = Deadline(counter_of(name), whole)
        self._quota = quota_of(name, connection)
        self.server = f"The mail server {connection.host}:{connection.port} of the connection “{name}”"
        self.sender = address_of(connection.sender)
        self._pause = Pause(seconds)

    @property
    def user(self) -> str | None:
        """Who signs in, if anybody."""
        return self._connection.user

    def send(self, mail: EmailMessage, to: str) -> None:
        """Hand a mail over, in a connection of its own.

        Raises:
            AccountFault: no mail can be sent now; for a minute nothing is tried any more.
            Deferred: this one was not sent, and may be tried again.
            Unsure: nobody knows whether this one was sent; where it is Silent, nothing is tried for a minute either.
            Undeliverable: the server will never take this one.
        """
        self._pause.check()
        self._quota.take()
        progress = Progress()

        def too_slow(_error: Exception) -> PortError:
            progress.give_up()
            return faults.too_slow(self.server, to, progress)

        try:
            with _told(too_slow):
                self._deadline.within(lambda: self._hand_over(mail, to, progress))
        except PortError as fault:
            if progress.taken:
                return
            if isinstance(fault, AccountFault):
                self._pause.begin(fault)
            if isinstance(fault, Silent):
                self._pause.begin(faults.too_slow(self.server, to, Progress()))
            raise

    def in_time(self, look: Callable[[], None]) -> None:
        """Do something with the server that hands it no mail, unless that takes too long.

        Raises:
            AccountFault: it has.
        """
        with _told(lambda _error: faults.too_slow(self.server, "", Progress())):
            self._deadline.within(look)

    def _hand_over(self, mail: EmailMessage, to: str, progress: Progress) -> None:
        with self.reached(progress) as server:
            self.sign_in(server)
            with _told(lambda error: faults.of_sending(error, self.server, self.sender, to, progress)):
                server.sendmail(self.sender, [to], mail.as_bytes(), _options(self.sender + to))
                progress.taken = True

    @contextmanager
    def reached(self, progress: Progress | None = None) -> Iterator[smtplib.SMTP]:
        """Give the server once it has been greeted, over TLS where that is asked for; hang up at the end.

        ``progress`` is noted of a mail that it is given then.

        Raises:
            AccountFault: it was not reached so.
        """
        with _told(lambda error: faults.of_reaching(error, self.server)):
            server = self._connected(progress)
        try:
            with _told(lambda error: faults.of_reaching(error, self.server)):
                if self._connection.security == "starttls":
                    server.starttls(context=ssl.create_default_context())
                server.ehlo_or_helo_if_needed()
            yield server
            with suppress(*faults.ERRORS):
                _say_goodbye(server)
        finally:
            server.close()

    def sign_in(self, server: smtplib.SMTP) -> None:
        """Sign in, if the connection names a user.

        Raises:
            AccountFault: the server does not let them in, or there is no password.
        """
        user, password = self._connection.user, self._connection.password
        if user is None or password is None:
            return
        try:
            with _told(lambda error: faults.of_signing_in(error, self.server, user)):
                server.login(user, password.reveal())
        except SecretMissing as missing:
            raise AccountFault(f"{self.server} needs a password: {missing}") from None

    def try_sender(self, server: smtplib.SMTP) -> None:
        """Ask whether mail may come from the sender, and send none.

        Raises:
            AccountFault: it may not.
        """
        with _told(lambda error: faults.of_sender(error, self.server, self.sender)):
            code, reply = server.mail(self.sender, _options(self.sender))
            if code != 250:
                raise smtplib.SMTPSenderRefused(code, reply, self.sender)
            server.rset()

    def _connected(self, progress: Progress | None) -> smtplib.SMTP:
        where = (self._connection.host, self._connection.port, self._connection.ehlo)
        if self._connection.security == "tls":
            context = ssl.create_default_context()
            return TlsServer(*where, timeout=self._timeout, context=context, progress=progress)
        return Server(*where, timeout=self._timeout, progress=progress)


def _say_goodbye(server: smtplib.SMTP) -> None:
    """Take leave, and wait a moment for the server to do so (RFC 5321, section 4.1.1.10), whatever it says."""
    server.putcmd("QUIT")
    if server.sock:
        server.sock.settimeout(GOODBYE)
        server.sock.recv(LARGEST)


def _options(addresses: str) -> tuple[str, ...]:
    """Return what is asked of the server for addresses outside ASCII (RFC 6531)."""
    return () if addresses.isascii() else ("SMTPUTF8", "BODY=8BITMIME")


@contextmanager
def _told(words: Callable[[Exception], PortError]) -> Iterator[None]:
    """Raise in words what smtplib raises."""
    try:
        yield
    except faults.ERRORS as error:
        raise words(error) from error
