"""A mail server as smtplib speaks to it, of whose replies no more is read than one has: some go on for ever."""

import smtplib
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from daemon.ports import about_to_write

LARGEST = 64_000
"""So many bytes are read of one reply; a server with many extensions answers EHLO with a thousand."""

GO_ON = 354
"""The reply that asks for the words of a mail (RFC 5321, section 4.2.3): before it nothing was taken."""


@dataclass(slots=True)
class Progress:
    """How far a mail has come: its server was told whom it is ``addressed`` to, is ``entrusted`` with its words, and
    has ``taken`` it.

    From the first on, what goes wrong may be this mail's alone.
    """

    addressed: bool = False
    entrusted: bool = False
    taken: bool = False
    _given_up: bool = False
    _alone: threading.Lock = field(default_factory=threading.Lock)

    def give_up(self) -> None:
        """Wait for it no longer: it is not entrusted from now on, however late its server answers."""
        with self._alone:
            self._given_up = True

    def entrust(self) -> None:
        """Note that its server is about to be told its words.

        Raises:
            smtplib.SMTPServerDisconnected: nobody waits for that any more, and it may have been handed over anew.
            Exception: it may not be any more.
        """
        about_to_write()
        with self._alone:
            if self._given_up:
                raise smtplib.SMTPServerDisconnected("it came too late")
            self.entrusted = True


class _TooLong(Exception):
    """A reply has no end; no OSError, for smtplib would take that for a server that hung up."""


class Endless(smtplib.SMTPException):
    """A reply was not read to its end; whether what was asked was done nobody knows."""

    def __init__(self) -> None:
        super().__init__("its reply is too long, and was not read to its end")


class _Reply:
    """The lines of one reply, out of all that a server sends."""

    def __init__(self, lines: BinaryIO) -> None:
        self._lines, self._left = lines, LARGEST
        self.last = b""

    def readline(self, most: int) -> bytes:
        """Return the next line, or so many bytes of it.

        Raises:
            _TooLong: the reply has no end.
        """
        line = self._lines.readline(most)
        self._left -= len(line)
        if self._left < 0 or len(line) == most:  # of a longer line smtplib says that the server refuses something
            raise _TooLong
        self.last = line
        return line

    def close(self) -> None:
        """Read no more."""
        self._lines.close()


class Server(smtplib.SMTP):
    """A server that is spoken to in the open, until STARTTLS; ``progress`` is noted of the mail that it is given."""

    file: BinaryIO | _Reply | None  # as smtplib has it

    def __init__(self, host: str, port: int, *told: Any, progress: Progress | None = None, **more: Any) -> None:
        self._progress = progress or Progress()
        super().__init__(host, port, *told, **more)

    def rcpt(self, recip: str, options: Sequence[str] = ()) -> tuple[int, bytes]:
        """Say whom a mail is for, as smtplib does."""
        self._progress.addressed = True
        return super().rcpt(recip, options)

    def getreply(self) -> tuple[int, bytes]:
        """Return the code and the words of a reply, as smtplib does.

        Raises:
            Endless: besides what that raises.
        """
        lines = self.file or self.sock.makefile("rb")  # type: ignore[union-attr]
        assert not isinstance(lines, _Reply)
        self.file = reply = _Reply(lines)
        try:
            code, words = super().getreply()
            if code < 0:  # a line without a code, of which smtplib has cut off the place of one
                return code, reply.last.strip()
            if code == GO_ON:
                self._progress.entrust()
            return code, words
        except _TooLong:
            self.close()
            raise Endless from None
        finally:
            if self.file is not None:  # else it hung up
                self.file = lines


class TlsServer(Server, smtplib.SMTP_SSL):
    """A server that is spoken to over TLS from the beginning."""
