"""Calendars to subscribe to: a team's, or one's own part in it; by signed addresses, since no program signs in."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from daemon.describe.sessions import session_event
from daemon.model import Session, SessionEvent
from daemon.model.names import keyed_with_former
from daemon.web.doors import NOT_YOURS
from daemon.web.look import Look
from daemon.web.site import Site
from daemon.web.views.coming import parts_of

FEED_SALT = "feed"
BACK = timedelta(weeks=13)
"""How far back a calendar goes."""
WHOLE, OWN = "team", "mine"


def feed_path(site: Site, look: Look, which: str) -> str:
    """Return the address of a calendar to subscribe to, which is for who looks alone."""
    token = site.signatures.for_good(FEED_SALT, [look.viewer, which])
    return f"/calendar/{quote(look.key)}.ics?for={token}"


class Feeds:
    """The calendars of a site."""

    def __init__(self, site: Site) -> None:
        """Take the site."""
        self._site = site

    def calendar(self, request: Request) -> Response:
        """Return the calendar that an address names, as long as its reader belongs to the team."""
        found = self._site.signatures.read_for_good(FEED_SALT, request.query_params.get("for", ""))
        email, which = found or ("", "")
        look = self._site.look(request.path_params["team"], email) if email else None
        if look is None:
            raise HTTPException(404, NOT_YOURS)
        name = f"{look.team.team}: {'my part in ' if which == OWN else ''}peer learning"
        body = self._site.feed(name, list(_events(look, which)), look.now)
        return Response(body, media_type="text/calendar; charset=utf-8")


def _events(look: Look, which: str) -> Iterator[SessionEvent]:
    series = keyed_with_former(look.team, look.memory)
    for one in look.memory.by_start():
        shown = which == WHOLE or _is_mine(look, one)
        if shown and one.slot.series in series and one.slot.starts_at > look.now - BACK:
            yield session_event(one, series[one.slot.series], look.team)


def _is_mine(look: Look, session: Session) -> bool:
    return session.takes_place and any(parts_of(look.viewer, [session]))
