"""What is said where something is not shown: why, in words for people."""

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from daemon.web.doors import NOT_YOURS, Redirected
from daemon.web.rendering import rendered

log = structlog.get_logger()
UNUSABLE = "What peerloop knows cannot be used at the moment. Whoever runs it finds more in its log."
AGAIN = "What you said is perhaps not noted: please go back in a while, and say it again. It counts once."
WORDS = {404: NOT_YOURS, 405: "Nothing can be sent to this address in this way."}
LINK = "/a/"
"""Where links of mails lead: what follows lets in, and so stands in no log."""
TITLES = {
    401: "This browser is not known yet",
    403: "Not let in",
    404: "Not found",
    410: "No longer there",
    503: "Out of order",
}


async def elsewhere(_request: Request, error: Exception) -> Response:
    """Lead on to where it stands."""
    assert isinstance(error, Redirected)
    return error.response


async def refused(_request: Request, error: Exception) -> Response:
    """Say why something is not shown."""
    assert isinstance(error, HTTPException)
    return _said(error.status_code, WORDS.get(error.status_code, error.detail))


async def unusable(request: Request, error: Exception) -> Response:
    """Say that the ledger cannot be used."""
    log.error("the web page cannot use the ledger", why=str(error))
    return _said(503, UNUSABLE if request.method in ("GET", "HEAD") else f"{UNUSABLE} {AGAIN}")


async def failed(request: Request, error: Exception) -> Response:
    """Say that something is wrong with us."""
    path = LINK if request.url.path.startswith(LINK) else request.url.path
    log.error("a page failed", path=path, exc_info=error)
    return _said(500, "That is a fault of peerloop itself; its log says more.")


def _said(status: int, text: str) -> Response:
    title = TITLES.get(status, "That did not work")
    return HTMLResponse(rendered("said.html", {"viewer": None, "title": title, "text": text}), status)
