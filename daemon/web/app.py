"""The application: which address shows what, behind what keeps it calm."""

from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from daemon.ledger import LedgerError
from daemon.web import faults
from daemon.web.answering import Answering
from daemon.web.calm import Bounded, Guarded, Unhurried
from daemon.web.doors import Redirected
from daemon.web.feeds import Feeds
from daemon.web.pages import Pages
from daemon.web.rendering import HERE
from daemon.web.saying import Saying
from daemon.web.site import Site
from daemon.web.tabs import TABS

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
"""How this machine calls itself; a page of another name that leads here is none of ours."""


def application(site: Site) -> Starlette:
    """Return the application of a site."""
    hosts = [*LOOPBACK, *([urlsplit(site.web.url).hostname or ""] if site.web.url else [])]
    return Starlette(
        routes=_routes(Pages(site), Saying(site), Answering(site), Feeds(site)),
        middleware=[
            Middleware(Guarded, encrypted=site.is_encrypted),
            Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False),
            Middleware(Unhurried),
            Middleware(Bounded),
        ],
        exception_handlers={
            HTTPException: faults.refused,
            Redirected: faults.elsewhere,
            LedgerError: faults.unusable,
            Exception: faults.failed,
        },
    )


def _routes(pages: Pages, saying: Saying, answering: Answering, feeds: Feeds) -> list[Route | Mount]:
    return [
        Route("/healthz", _alive),
        Route("/readyz", pages.ready),
        Route("/", pages.home),
        Route("/who", pages.who, methods=["GET", "POST"]),
        *(Route(f"/t/{{team}}/{tab.name}", pages.tab(tab)) for tab in TABS),
        Route("/t/{team}/session/{key:path}", pages.session),
        Route("/t/{team}/page/{key:path}", pages.page),
        Route("/t/{team}/pulse/{key:path}", saying.pulse, methods=["POST"]),
        Route("/t/{team}/say", saying.on_the_page, methods=["POST"]),
        Route("/a/{token}", answering.show),
        Route("/a/{token}", answering.answer, methods=["POST"]),
        Route("/calendar/{team}.ics", feeds.calendar),
        Mount("/static", StaticFiles(directory=HERE / "static")),
    ]


async def _alive(_request: Request) -> Response:
    return PlainTextResponse("alive\n")
