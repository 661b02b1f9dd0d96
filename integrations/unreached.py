"""Why a server was not reached, in words for people: its libraries wrap what the system said, each in its own way."""

import errno
import ssl
from collections.abc import Iterator
from socket import gaierror
from typing import TypeGuard

_NO_WAY = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN)
_MOST = 20


def why_unreached(error: BaseException) -> str:
    """Return why, to go on with behind a colon; nothing where what was raised does not tell."""
    return next(filter(None, map(_why, _within(error))), "")


def _why(error: BaseException) -> str:
    match error:
        case gaierror():
            return "its name could not be looked up"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not to be trusted ({error.verify_message.rstrip('.')})"
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            return "the connection was cut off"
        case ssl.SSLError():
            return "no encrypted connection could be made"
        case ConnectionRefusedError():
            return "the connection was refused"
        case TimeoutError():
            return "no whole answer came in time"
        case ConnectionError():
            return "the connection was cut off"
        case OSError() if error.errno in _NO_WAY:
            return "this machine's network does not lead there"
    return ""


def _within(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, and then what it was made of; what was at hand when it was raised only where that is all."""
    known, left = list[BaseException](), [error]
    while left and len(known) < _MOST:
        known.append(one := left.pop(0))
        yield one
        told = [part for part in (one.__cause__, getattr(one, "reason", None), *one.args) if _is_new(part, known)]
        left += told or [part for part in (one.__context__,) if _is_new(part, known) and not one.__suppress_context__]


def _is_new(part: object, known: list[BaseException]) -> TypeGuard[BaseException]:
    return isinstance(part, BaseException) and all(part is not one for one in known)
