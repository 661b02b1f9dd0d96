"""The application: which address shows what, behind what keeps it calm."""

from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from daemon.ledger import LedgerError
from daemon.web import faults
from daemon.web.answering import Answering
from daemon.web.calm import Alone, Bounded, Called, Guarded, Unhurried
from daemon.web.doors import Redirected
from daemon.web.feeds import Feeds
from daemon.web.pages import Pages
from daemon.web.rendering import HERE
from daemon.web.saying import Saying
from daemon.web.site import Site
from daemon.web.tabs import TABS
from daemon.web.who import named_by_proxy

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
"""How this machine calls itself; a page of another name that leads here is none of ours."""
HEALTH = ("/healthz", "/readyz")
METRICS = "/metrics"


def application(site: Site) -> Starlette:
    """Return the application of a site."""
    made = Starlette(
        routes=_routes(Pages(site), Saying(site), Answering(site), Feeds(site)),
        middleware=[
            Middleware(Guarded, encrypted=site.is_encrypted),
            Middleware(Called, names=_names(site), to_anybody=(*HEALTH, *([METRICS] if site.web.metrics else ()))),
            Middleware(Unhurried, whose=_whose(site)),
            Middleware(Bounded),
        ],
        exception_handlers={
            HTTPException: faults.refused,
            Redirected: faults.elsewhere,
            LedgerError: faults.unusable,
            Exception: faults.failed,
        },
    )
    made.router.redirect_slashes = False  # it would lead a proxy's guests on to an address without encryption
    return made


def _names(site: Site) -> frozenset[str]:
    """Return the names by which people ask for the page, as they stand in front of the port."""
    written = [urlsplit(f"//{site.web.listen}"), *([urlsplit(site.web.url)] if site.web.url else [])]
    hosts = (one.hostname or "" for one in written)
    return frozenset((*LOOPBACK, *(f"[{host}]" if ":" in host else host for host in hosts)))


def _whose(site: Site) -> Callable[[Scope], str]:
    """Return what tells whose doing a request is: a person's, where a proxy tells, a mail's, or that of an address."""

    def whose(scope: Scope) -> str:
        address = scope["client"][0] if scope.get("client") else ""
        answered = scope["path"] if site.web.url and scope["path"].startswith("/a/") else ""
        return named_by_proxy(HTTPConnection(scope), site.web) or f"{address} {answered}"

    return whose


def _routes(pages: Pages, saying: Saying, answering: Answering, feeds: Feeds) -> list[Route | Mount]:
    alone = Alone()
    return [
        Route(HEALTH[0], _alive),
        Route(HEALTH[1], pages.ready),
        Route(METRICS, pages.metrics),
        Route("/", pages.home),
        Route("/who", pages.who, methods=["GET", "POST"]),
        Route("/t/{team}", alone(pages.team)),
        *(Route(f"/t/{{team}}/{tab.name}", alone(pages.tab(tab))) for tab in TABS),
        Route("/t/{team}/session/{key:path}", alone(pages.session)),
        Route("/t/{team}/page/{key:path}", alone(pages.page)),
        Route("/t/{team}/pulse/{key:path}", saying.pulse, methods=["POST"]),
        Route("/t/{team}/say", saying.on_the_page, methods=["POST"]),
        Route("/a/{token}", answering.show),
        Route("/a/{token}", answering.answer, methods=["POST"]),
        Route("/calendar/{team}.ics", alone(feeds.calendar)),
        Mount("/static", StaticFiles(directory=HERE / "static")),
    ]


async def _alive(_request: Request) -> Response:
    return PlainTextResponse("alive\n")
