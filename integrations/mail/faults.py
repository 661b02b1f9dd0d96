"""What a mail server refuses, or why none answers, in words for the people who can mend it."""

import ssl
from smtplib import (
    SMTPDataError,
    SMTPNotSupportedError,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)
from socket import gaierror

from daemon.ports import PortError, Refused, Unavailable

ERRORS = (OSError, UnicodeError)
"""What smtplib raises: all of its own are OSErrors; UnicodeError where it cannot encode a password."""
_LONGEST_REPLY = 300
_POLICY, _SIGN_IN_FIRST = b"5.7.", 530
_MEND = "Correct {what} of the connection in peerloop.yaml"


class AccountFault(Unavailable):
    """Nothing can be sent over the connection, to nobody, until it passes or somebody mends it.

    Not Refused, which would be the end of each message: they all go out once it is mended.
    """


def of_reaching(error: Exception, server: str) -> AccountFault:
    """Return the error of a server that was not reached, or not in the way the connection asks for."""
    match error:
        case SMTPNotSupportedError():
            return AccountFault(f"{server} offers no STARTTLS. {_mend('security: tls with port 465, if it has that')}.")
        case ssl.SSLCertVerificationError():
            said = f"The certificate of {server} is not to be trusted: {error.verify_message}"
            own = "for a certificate authority of your own, put its file into the variable SSL_CERT_FILE"
            return AccountFault(f"{said}. {_mend('host')}, or, {own}.")
        case ssl.SSLError():
            where = _mend("security and port (starttls with 587, tls with 465)")
            return AccountFault(f"{server} does not speak TLS as asked ({error.reason}). {where}.")
        case gaierror():
            return AccountFault(f"{server} has no address. {_mend('host')}, or look after the name service.")
    return AccountFault(f"{server} was not reached: {_why(error)}. If it stays so: {_mend('host, port and security')}.")


def of_signing_in(error: Exception, server: str, user: str) -> AccountFault:
    """Return the error of an account that was not let in."""
    match error:
        case SMTPNotSupportedError():
            said = f"{server} lets nobody sign in, or only over TLS"
            return AccountFault(f"{said}. {_mend('security')}, or leave out its user and password.")
        case UnicodeError():
            return AccountFault(f"The password of {user} has letters outside ASCII, which SMTP cannot send. Change it.")
        case SMTPResponseException() if _is_final(error):
            put = "Put the right password where peerloop.yaml says, or correct the user there"
            return AccountFault(f"{server} does not let {user} in: {_why(error)}. {put}.")
    return AccountFault(f"{server} does not let {user} in now: {_why(error)}. It is tried again.")


def of_sender(error: Exception, server: str, sender: str) -> AccountFault:
    """Return the error of a sender that was not accepted."""
    if not isinstance(error, SMTPResponseException) or not _is_final(error):
        return AccountFault(f"{server} takes no mail from {sender} now: {_why(error)}. It is tried again.")
    if error.smtp_code == _SIGN_IN_FIRST:
        return AccountFault(f"{server} takes no mail: {_why(error)}. {_mend('user, password and security')}.")
    allowed = "let its account send as that address"
    return AccountFault(f"{server} takes no mail from {sender}: {_why(error)}. {_mend('from')}, or {allowed}.")


def of_sending(error: Exception, server: str, sender: str, to: str) -> PortError:
    """Return the error of a message that was not sent, or of which nobody knows whether it was."""
    match error:
        case SMTPSenderRefused():
            return of_sender(error, server, sender)
        case SMTPNotSupportedError() if to.isascii():
            return AccountFault(f"{server} does not understand the sender {sender}. {_mend('from')}: in plain letters.")
        case SMTPNotSupportedError():
            return Refused(f"{server} does not understand an address like {to}. Name one in plain letters.")
        case SMTPRecipientsRefused():
            return _of_recipient(SMTPResponseException(*next(iter(error.recipients.values()))), server, to)
        case SMTPDataError() if _is_final(error):
            return Refused(f"{server} does not take the mail to {to}: {_why(error)}.")
        case SMTPResponseException():
            return Unavailable(f"{server} does not take the mail to {to} now: {_why(error)}. It is tried again.")
        case _ if isinstance(error.__context__, TimeoutError):
            return AccountFault(f"{server} is too slow: no answer came. What it may have taken is sent again.")
    return Unavailable(f"{server} hung up over the mail to {to}: {_why(error)}. It is sent again.")


def _of_recipient(error: SMTPResponseException, server: str, to: str) -> PortError:
    """Tell a person whom the server does not know from a server that relays nothing for us (RFC 3463: X.7.X)."""
    if not _is_final(error):
        return Unavailable(f"{server} does not take mail to {to} now: {_why(error)}. It is tried again.")
    reply = error.smtp_error if isinstance(error.smtp_error, bytes) else error.smtp_error.encode()
    if error.smtp_code == _SIGN_IN_FIRST or reply.startswith(_POLICY) or b"relay" in reply.lower():
        allowed = f"{_mend('user and password')}, or allow this machine to send"
        return Unavailable(f"{server} does not pass mail on to {to} for us: {_why(error)}. {allowed}.")
    return Refused(f"{server} does not deliver to {to}: {_why(error)}. Correct the address in the team's file.")


def _is_final(error: SMTPResponseException) -> bool:
    return 500 <= error.smtp_code < 600


def _why(error: Exception) -> str:
    """Return what the server said, on one line, or what happened instead."""
    if isinstance(error, SMTPResponseException):
        raw = error.smtp_error
        reply = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
        line = " ".join("".join(char if char.isprintable() else " " for char in reply).split())
        return f"{line[:_LONGEST_REPLY].rstrip('. ')} ({error.smtp_code})"
    return (error.strerror if isinstance(error, OSError) and error.strerror else str(error)).rstrip(". ")


def _mend(what: str) -> str:
    return _MEND.format(what=what)
