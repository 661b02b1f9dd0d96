"""Why a server was not reached, in words for people: its libraries wrap what the system said, each in its own way."""

import errno
import ssl
from collections.abc import Iterator
from socket import gaierror
from typing import TypeGuard

from integrations.bounded import NoAnswer

_NO_WAY = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN)
_NO_HTTP, _NOT_WHOLE = "what was answered is no proper HTTP", "no whole answer came"
_BY_NAME = {
    "IncompleteRead": _NOT_WHOLE,
    "ChunkedEncodingError": _NOT_WHOLE,
    "HTTPException": _NO_HTTP,
    "MalformedHeader": _NO_HTTP,
    "InvalidHeader": _NO_HTTP,
    "ContentDecodingError": "what was answered could not be unpacked",
    "TooManyRedirects": "it leads on to more and more addresses",
}
"""What is wrong with an answer, by what http.client and requests, which is loaded late, call it.

The narrower name comes first."""
_MOST = 20


def why_unreached(error: BaseException) -> str:
    """Return why, to go on with behind a colon; nothing where what was raised does not tell."""
    return next(filter(None, map(_why, _within(error))), "")


def is_answered(error: BaseException) -> bool:
    """Whether who was asked was reached and answered, though with nothing that could be read; no proxy before them."""
    within = [*_within(error)]
    return any(map(_wrong, within)) and "ProxyError" not in {type(one).__name__ for one in within}


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
    return _wrong(error)


def _wrong(error: BaseException) -> str:
    if isinstance(error, NoAnswer):
        return str(error)
    named = {kind.__name__ for kind in type(error).__mro__ if not isinstance(error, ConnectionError)}
    return next((why for name, why in _BY_NAME.items() if name in named), "")


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
