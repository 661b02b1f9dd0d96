"""Whether a session was worth the time: an answer is counted, and nothing kept of who gave it.

Only their own browser knows that somebody has answered, by a cookie.
"""

import hashlib
from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from daemon.model import Session
from daemon.tell.pulse import OPEN_FOR, is_open
from daemon.web.doors import NOT_YOURS
from daemon.web.look import Look
from daemon.web.site import Site
from daemon.web.views.pulses import ANSWERS
from daemon.web.who import cookies_of

COUNTED = "Thank you. It is counted, without your name."
TWICE = "This browser has answered already. Thank you."


def has_said_it(request: Request, session: Session | None) -> bool:
    """Whether this browser has answered about a session."""
    return session is not None and _cookie(session) in cookies_of(request)


def counted(
    site: Site, request: Request, look: Look, key: str, written: str, answered: Callable[[str], Response]
) -> Response:
    """Count an answer about a session, by its key, once a browser, and answer with a word on that.

    Raises:
        HTTPException: there is no such question, or it is none of its answers.
    """
    session, answers = look.memory.sessions.get(key), {str(answer): answer for answer in ANSWERS}
    if has_said_it(request, session):
        return answered(TWICE)
    if session is None or not is_open(session, look.team, look.now) or written not in answers:
        raise HTTPException(404, NOT_YOURS)
    if doubt := site.doubt():
        return answered(doubt)
    site.world.ledger.pulses.add(look.key, session.key, answers[written])
    response, age = answered(COUNTED), int(OPEN_FOR.total_seconds())
    cookie, encrypted = _cookie(session), site.is_encrypted  # only the browser itself knows that it has answered
    response.set_cookie(cookie, "1", max_age=age, secure=encrypted, httponly=True, samesite="lax")
    return response


def _cookie(session: Session) -> str:
    return f"said-{hashlib.sha256(session.key.encode()).hexdigest()[:16]}"
