"""What is answered to whom: the pages of a team, who somebody is, and what is said where something goes wrong."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from daemon.web.doors import NOT_YOURS, Redirected, Visitor, browser_of, form_of, keep, visitor
from daemon.web.look import Look
from daemon.web.rendering import rendered
from daemon.web.site import Site
from daemon.web.tabs import TABS, Tab
from daemon.web.views.session import session as session_view
from daemon.web.who import Browser

log = structlog.get_logger()
NOBODY_KNOWN = "No team here has a member or a lead with that address."
OUT_OF_ORDER = "What peerloop knows cannot be read at the moment. Whoever runs it finds more in its log."


class Pages:
    """The answers of a site; what blocks is a plain function, and runs in a thread."""

    def __init__(self, site: Site) -> None:
        """Take the site."""
        self._site = site

    def ready(self, _request: Request) -> Response:
        """Say whether the ledger can be used, and every team was passed over."""
        ready = self._site.is_ready()
        return PlainTextResponse("ready\n" if ready else "not ready\n", 200 if ready else 503)

    def home(self, request: Request) -> Response:
        """Lead to one's team, or show those of several to choose from."""
        who = visitor(self._site, request)
        files = self._site.files_of(who.email)
        if len(files) == 1:
            return RedirectResponse(f"/t/{next(iter(files))}/", 303)
        teams = [(f"/t/{key}/", file.team.team) for key, file in files.items()]
        return self._page("teams.html", who, {"title": "Your teams", "teams": teams})

    async def who(self, request: Request) -> Response:
        """Ask who somebody is, and remember it."""
        browser = browser_of(self._site, request)
        told = await form_of(self._site, request, browser.name) if request.method == "POST" else {}
        return await run_in_threadpool(self._who, browser, told.get("email", "").lower())

    def _who(self, browser: Browser, email: str) -> Response:
        if email and self._site.files_of(email):
            response = RedirectResponse("/", 303)
            keep(self._site, response, replace(browser, email=email))
            return response
        files = list(self._site.files().values())
        people = [(one.email, one.name) for one in files[0].team.members] if len(files) == 1 else []
        values = {"title": "Who are you?", "people": people, "problem": NOBODY_KNOWN if email else "", "viewer": None}
        form = self._site.signatures.form_token(browser.name)
        return HTMLResponse(rendered("who.html", {**values, "form": form}), 422 if email else 200)

    def tab(self, tab: Tab) -> Callable[[Request], Response]:
        """Return what shows a page of a team."""

        def show(request: Request) -> Response:
            who, look, file = self._looked(request)
            return self._of_team(
                tab.template, who, look, {"tab": tab.name, "title": tab.title, **tab.values(self._site, file, look)}
            )

        return show

    def session(self, request: Request) -> Response:
        """Show all there is to know of a session."""
        who, look, _ = self._looked(request)
        one = look.memory.sessions.get(request.path_params["key"])
        if one is None:
            raise HTTPException(404, NOT_YOURS)
        return self._of_team(
            "session.html", who, look, {"tab": None, "title": look.about(one), **session_view(look, one)}
        )

    def _looked(self, request: Request) -> tuple[Visitor, Look, Any]:
        """Return who asks, and what they see of the team that the address names."""
        who = visitor(self._site, request)
        key = request.path_params["team"]
        file = self._site.files_of(who.email).get(key)
        if file is None:
            raise HTTPException(404, NOT_YOURS)
        now = self._site.clock(file.team)
        return who, Look(key, file.team, self._site.recall(file), who.email, now), file

    def _of_team(self, template: str, who: Visitor, look: Look, values: Mapping[str, Any]) -> Response:
        return self._page(template, who, {"look": look, "tabs": TABS, **values})

    def _page(self, template: str, who: Visitor, values: Mapping[str, Any]) -> Response:
        form = self._site.signatures.form_token(who.whose)
        can_change = not self._site.web.user_header
        return HTMLResponse(rendered(template, {"viewer": who.email, "form": form, "can_change": can_change, **values}))

    # where something goes wrong

    async def elsewhere(self, _request: Request, error: Exception) -> Response:
        """Lead on."""
        assert isinstance(error, Redirected)
        return error.response

    async def refused(self, _request: Request, error: Exception) -> Response:
        """Say why something is not shown."""
        assert isinstance(error, HTTPException)
        text = error.detail if error.status_code != 404 else NOT_YOURS
        return self._said(error.status_code, text)

    async def unusable(self, _request: Request, error: Exception) -> Response:
        """Say that the ledger cannot be used."""
        log.error("the web page cannot read the ledger", why=str(error))
        return self._said(503, OUT_OF_ORDER)

    async def failed(self, request: Request, error: Exception) -> Response:
        """Say that something is wrong with us."""
        log.error("a page failed", path=request.url.path, exc_info=error)
        return self._said(500, "That is a fault of peerloop itself; its log says more.")

    def _said(self, status: int, text: str) -> Response:
        return HTMLResponse(
            rendered("said.html", {"viewer": None, "title": _TITLES.get(status, "That did not work"), "text": text}),
            status,
        )


_TITLES = {401: "This browser is not known yet", 403: "Not let in", 404: "Not found", 503: "Out of order"}
