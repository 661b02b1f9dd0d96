"""What a mail server refuses, or why none answers, in words for the people who can mend it."""

import binascii
import ssl
from smtplib import (
    SMTPException,
    SMTPHeloError,
    SMTPNotSupportedError,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)
from socket import EAI_AGAIN, gaierror

from daemon.ports import Deferred, PortError, Unavailable, Undeliverable, Unsure
from integrations.mail.replies import Whose, text_of, whose
from integrations.mail.server import Progress
from integrations.unreached import why_unreached

ERRORS = (OSError, UnicodeError, binascii.Error)
"""What smtplib raises: all of its own are OSErrors; UnicodeError where it cannot encode a password, and binascii's
where it cannot decode what a server asks for to sign in.
"""
_LONGEST_REPLY = 300
_MEND = "Correct {what} of the connection in peerloop.yaml"
_AGAIN = "It is tried again"
_OUT_OF_TIME = (9, 10)
"""OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED."""
_PLAIN = "Name one in plain letters"
_ASK = "Ask who runs the server to take it, or send over another one"


class AccountFault(Unavailable):
    """Nothing can be sent over the connection, to nobody, until it passes or somebody mends it.

    They all go out once it is mended.
    """


class Silent(Unsure):
    """The server fell silent over a mail that it may have taken; nor does it answer anybody else for now."""


def of_reaching(error: Exception, server: str) -> AccountFault:
    """Return the error of a server that was not reached, or not in the way the connection asks for."""
    match error:
        case SMTPNotSupportedError():
            return AccountFault(
                f"{server} offers no STARTTLS. {_mend('security and port (tls with 465)')}, if it has that."
            )
        case ssl.SSLCertVerificationError(verify_code=code) if code in _OUT_OF_TIME:
            said = f"{server} has a certificate that is not valid today: {error.verify_message.rstrip('.')}"
            return AccountFault(f"{said}. Have it renewed, or correct the clock of this machine.")
        case ssl.SSLCertVerificationError():
            said = f"{server} has a certificate that is not to be trusted: {error.verify_message.rstrip('.')}"
            own = "for a certificate authority of your own, put its file into the variable SSL_CERT_FILE"
            return AccountFault(f"{said}. {_mend('host')}, or, {own}.")
        case ssl.SSLError():
            where = _mend("security and port (starttls with 587, tls with 465)")
            why = f" ({error.reason})" if error.reason else ""
            return AccountFault(f"{server} does not speak TLS as asked{why}. {where}.")
        case SMTPHeloError() if _is_final(error):
            return _of_name(error, server)
        case gaierror(errno=code) if code != EAI_AGAIN:
            return AccountFault(f"{server} has no address. {_mend('host')}, or look after the name service.")
        case SMTPResponseException(smtp_code=code) if code > 0:
            mend = "Ask who runs it to serve this machine, or send over another one" if _is_final(error) else _AGAIN
            return AccountFault(f"{server} was reached, and does not serve this machine now: {_why(error)}. {mend}.")
    why = _why(error) if isinstance(error, SMTPResponseException) else why_unreached(error) or _why(error)
    return AccountFault(f"{server} was not reached: {why}. If it stays so: {_mend('host, port and security')}.")


def of_signing_in(error: Exception, server: str, user: str) -> AccountFault:
    """Return the error of an account that was not let in."""
    match error:
        case SMTPNotSupportedError():
            said = f"{server} lets nobody sign in, or only over TLS"
            return AccountFault(f"{said}. {_mend('security')}, or leave out its user and password.")
        case UnicodeError():
            return AccountFault(f"The password of {user} has letters outside ASCII, which SMTP cannot send. Change it.")
        case binascii.Error():
            said = f"{server} asks for the password of {user} in a way that nobody can answer"
            return AccountFault(f"{said}: what it sends is no base64 ({_why(error)}). It is tried again.")
        case SMTPResponseException() if _is_final(error):
            put = "Put the right password where peerloop.yaml says, or correct the user there"
            return AccountFault(f"{server} does not let {user} in: {_why(error)}. {put}.")
    if _is_unanswered(error):
        return _unanswered(error, f"{server} did not answer when {user} signed in")
    return AccountFault(f"{server} does not let {user} in now: {_why(error)}. It is tried again.")


def of_sender(error: Exception, server: str, sender: str) -> AccountFault:
    """Return the error of a sender that was not accepted."""
    if _is_unanswered(error):
        return _unanswered(error, f"{server} did not answer whether mail may come from {sender}")
    if not isinstance(error, SMTPResponseException) or not _is_final(error):
        return AccountFault(f"{server} takes no mail from {sender} now: {_why(error)}. It is tried again.")
    if fault := _of_all(error, server, sender):
        return fault
    match whose(error):
        case Whose.SIGN_IN:
            return AccountFault(f"{server} takes no mail: {_why(error)}. {_mend('user, password and security')}.")
        case Whose.MACHINE:
            return AccountFault(f"{server} takes no mail of this machine: {_why(error)}. {_ASK}.")
    return _of_from(error, server, sender)


def _is_unanswered(error: Exception) -> bool:
    """Whether the connection came to nothing, and not what was said over it: smtplib's own errors are OSErrors too."""
    return isinstance(error, SMTPServerDisconnected) or not isinstance(error, SMTPException | ValueError)


def _unanswered(error: Exception, said: str) -> AccountFault:
    return AccountFault(f"{said}: {why_unreached(error) or _why(error)}. It is tried again.")


def too_slow(server: str, to: str, progress: Progress) -> PortError:
    """Return the error of an answer that did not come, or not to its end, for a mail that has come so far."""
    said = f"{server} is too slow: no answer came"
    if progress.entrusted:
        return Silent(f"{said}. It may have taken the mail.")
    return Deferred(f"{said} to a mail to {to}. It is tried again.") if progress.addressed else AccountFault(f"{said}.")


def of_sending(error: Exception, server: str, sender: str, to: str, progress: Progress) -> PortError:
    """Return the error of a message that was not sent, or of which nobody knows whether it was, as far as it came."""
    match error:
        case SMTPSenderRefused() if _is_final(error) and whose(error) is Whose.SIZE:  # it was told how large it is
            return _of_reply(error, server, sender, to)
        case SMTPSenderRefused() if _is_final(error) and sender.isascii() and not to.isascii():
            return _of_reply(error, server, sender, to)  # what it was asked for besides was for that address
        case SMTPSenderRefused():
            return of_sender(error, server, sender)
        case SMTPNotSupportedError() if to.isascii():
            return AccountFault(f"{server} does not understand the sender {sender}. {_mend('from')}: in plain letters.")
        case SMTPNotSupportedError():
            return Undeliverable(f"{server} does not understand an address like {to}. {_PLAIN}.")
        case SMTPRecipientsRefused():
            return _of_reply(SMTPResponseException(*next(iter(error.recipients.values()))), server, sender, to)
        case SMTPResponseException():
            return _of_reply(error, server, sender, to)
        case _ if isinstance(error.__context__, TimeoutError):
            return too_slow(server, to, progress)
    if progress.entrusted:
        return Unsure(f"{server} hung up over the mail to {to}, and may have taken it: {_why(error)}.")
    return Deferred(f"{server} hung up over the mail to {to}: {_why(error)}. It is tried again.")


def _of_reply(error: SMTPResponseException, server: str, sender: str, to: str) -> PortError:
    """Tell the one whose mailbox takes nothing from all that is no fault of theirs, and keeps their mail waiting.

    Whatever it says, it was said of this mail: the others are tried as well.
    """
    said = f"{server} does not take mail to {to}"
    if not _is_final(error):
        return Deferred(f"{said} now: {_why(error)}. It is tried again.")
    match whose(error):
        case Whose.ADDRESS:
            return Undeliverable(f"{said}: {_why(error)}. Correct the address in the team's file.")
        case Whose.CLOSED:
            return Undeliverable(
                f"{said}: {_why(error)}. The address is right, but takes nothing: ask whether it is in use."
            )
        case Whose.FULL:
            return Undeliverable(
                f"{said}: {_why(error)}. The address is right, and the mailbox full: ask them to make room."
            )
        case Whose.LETTERS:
            return Undeliverable(f"{server} does not understand an address like {to}: {_why(error)}. {_PLAIN}.")
        case Whose.SIZE:
            return Undeliverable(f"{said}: {_why(error)}. This mail is too large for it, and is not sent.")
        case Whose.SIGN_IN:
            allowed = f"{_mend('user and password')}, or allow this machine to send"
            return Deferred(f"{server} does not pass mail on to {to} for us: {_why(error)}. {allowed}.")
    fault = _of_from(error, server, sender) if whose(error) is Whose.SENDER else _of_all(error, server, sender)
    return Deferred(str(fault) if fault else f"{said}: {_why(error)}. It waits. {_ASK}.")


def _of_all(error: SMTPResponseException, server: str, sender: str) -> AccountFault | None:
    """Return what a reply says of this machine or of the account, at whatever stage."""
    match whose(error):
        case Whose.NAME:
            return _of_name(error, server)
        case Whose.QUOTA:
            return AccountFault(f"{server} takes no more from {sender} for now: {_why(error)}. It is tried again.")
    return None


def _of_name(error: SMTPResponseException, server: str) -> AccountFault:
    where = _mend("ehlo: a full name of this machine, such as peers.example.com")
    return AccountFault(f"{server} does not accept what this machine calls itself: {_why(error)}. {where}.")


def _of_from(error: SMTPResponseException, server: str, sender: str) -> AccountFault:
    allowed = "let its account send as that address"
    return AccountFault(f"{server} takes no mail from {sender}: {_why(error)}. {_mend('from')}, or {allowed}.")


def _is_final(error: SMTPResponseException) -> bool:
    return 500 <= error.smtp_code < 600


def _why(error: Exception) -> str:
    """Return what the server said, on one line, or what happened instead."""
    if isinstance(error, SMTPResponseException):
        line = " ".join("".join(char if char.isprintable() else " " for char in text_of(error)).split())
        if error.smtp_code < 0:
            return f"what it says is no mail server's reply, but “{line[:_LONGEST_REPLY]}”"
        return f"{line[:_LONGEST_REPLY].rstrip('. ')} ({error.smtp_code})"
    return (error.strerror if isinstance(error, OSError) and error.strerror else str(error)).rstrip(". ")


def _mend(what: str) -> str:
    return _MEND.format(what=what)
