"""What is shown to whom: the pages of a team, and who somebody is."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from daemon.learn.said_items import done_as_said
from daemon.model import Kind, Observed
from daemon.ports import PortError
from daemon.web.choices import Choices
from daemon.web.doors import NOT_YOURS, Visitor, browser_of, form_of, keep, looked, visitor
from daemon.web.look import Look
from daemon.web.pulse import has_said_it
from daemon.web.rendering import rendered
from daemon.web.saying import note_in
from daemon.web.site import Site
from daemon.web.tabs import TABS, Tab
from daemon.web.views.session import session as session_view
from daemon.web.who import Browser, is_overseer, new_name

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
NO_OVERSEER = "The figures are read from the machine itself, or from where peerloop.yaml has metrics below web."
NOBODY_KNOWN = "No team that is served now has a member or a lead with that address."


class Pages:
    """The pages of a site; what blocks is a plain function, and runs in a thread."""

    def __init__(self, site: Site) -> None:
        """Take the site."""
        self._site = site

    def ready(self, _request: Request) -> Response:
        """Say whether the ledger can be used, and every team was passed over."""
        ready = self._site.is_ready()
        return PlainTextResponse("ready\n" if ready else "not ready\n", 200 if ready else 503)

    def metrics(self, request: Request) -> Response:
        """Tell a program that oversees this one how passes, connections and mails are."""
        if not is_overseer(request, self._site.web):
            raise HTTPException(403, NO_OVERSEER)
        return Response(self._site.metrics(), headers={"Content-Type": METRICS_TYPE})

    def home(self, request: Request) -> Response:
        """Lead to one's team, or show those of several to choose from."""
        who = visitor(self._site, request)
        files = self._site.files_of(who.email)
        if len(files) == 1:
            return RedirectResponse(f"/t/{next(iter(files))}/", 303)
        teams = [(f"/t/{key}/", file.team.team) for key, file in files.items()]
        return self._page("teams.html", who, {"title": "Your teams", "teams": teams})

    def team(self, request: Request) -> Response:
        """Lead to the first page of a team."""
        return RedirectResponse(self.looked(request)[1].path(), 303)

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
            who, look = self.looked(request)
            return self._of_team(request, tab.template, who, look, tab.name, tab.title, tab.values(self._site, look))

        return show

    def session(self, request: Request) -> Response:
        """Show all there is to know of a session."""
        who, look = self.looked(request)
        one = look.memory.sessions.get(request.path_params["key"])
        if one is None:
            raise HTTPException(404, NOT_YOURS)
        values = {**session_view(look, one), "has_said_it": has_said_it(request, one)}
        return self._of_team(request, "session.html", who, look, None, look.about(one), values)

    def page(self, request: Request) -> Response:
        """Show a page of a wiki that has no addresses of its own."""
        who, look = self.looked(request)
        seen = look.memory.observed(request.path_params["key"])
        try:
            body = self._body(look, seen) if seen else None
        except PortError as error:
            raise HTTPException(503, str(error)) from error
        if seen is None or seen.kind is not Kind.PAGE or body is None:
            raise HTTPException(404, NOT_YOURS)
        return self._of_team(request, "page.html", who, look, None, seen.title, {"body": Markup(body)})  # noqa: S704 # nosec B704

    def _body(self, look: Look, seen: Observed) -> str | None:
        done = done_as_said(look.memory, seen.key)
        return self._site.page(look.team, look.key, seen, partial(look.link_from, seen), done)

    def looked(self, request: Request) -> tuple[Visitor, Look]:
        """Return who asks, and what they see of the team that the address names."""
        who = visitor(self._site, request)
        return who, looked(self._site, request.path_params["team"], who.email)

    def _of_team(
        self,
        request: Request,
        template: str,
        who: Visitor,
        look: Look,
        tab: str | None,
        title: str,
        values: Mapping[str, Any],
    ) -> Response:
        choices = Choices(look, tuple(self._site.world.ledger.engagements(look.team.members)))
        common = {"look": look, "tabs": TABS, "tab": tab, "title": title, "choices": choices, "nonce": new_name()}
        note = note_in(self._site, request, look.viewer)
        return self._page(template, who, {**common, "note": note, "here": request.url.path, **values})

    def _page(self, template: str, who: Visitor, values: Mapping[str, Any]) -> Response:
        form = self._site.signatures.form_token(who.whose)
        can_change = not self._site.web.user_header
        return HTMLResponse(rendered(template, {"viewer": who.email, "form": form, "can_change": can_change, **values}))
