"""The pages of a team, in the order of their links: what each is called, and what its template is shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from daemon.model import Reminder
from daemon.tell.due import undelivered
from daemon.web.feeds import OWN, WHOLE, feed_path
from daemon.web.look import Look
from daemon.web.site import Site
from daemon.web.views.activity import activity
from daemon.web.views.coming import coming
from daemon.web.views.items import items
from daemon.web.views.outcomes import outcomes
from daemon.web.views.past import past
from daemon.web.views.topics import topics
from daemon.web.views.trouble import trouble
from daemon.web.views.turns import turns

MOST_WRITTEN = 30
"""How many of the things that were written are shown."""
Values = Callable[[Site, Look], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Tab:
    """A page of a team: its name in the address and to people, its template, and what that is shown."""

    name: str
    title: str
    template: str
    values: Values


def _coming(site: Site, look: Look) -> Mapping[str, Any]:
    feeds = {which: feed_path(site, look, which) for which in (WHOLE, OWN)}
    return {**coming(look, site.world.ledger.troubles.of(look.key), _lost(site, look)), "feeds": feeds}


def _lost(site: Site, look: Look) -> list[Reminder]:
    """Return what tells of the mails that did not arrive, if who looks is the lead."""
    return (
        list(undelivered(look.team, look.memory, look.now, site.world.ledger.digests.undelivered()))
        if look.is_lead
        else []
    )


def _activity(site: Site, look: Look) -> Mapping[str, Any]:
    ledger = site.world.ledger
    written = [(one.at, one.what) for one in ledger.log.last(look.key, MOST_WRITTEN)]
    return {**activity(look, site.passed.last(look.key), ledger.waiting_of(look.key)), "written": written}


def _past(site: Site, look: Look) -> Mapping[str, Any]:
    return past(look, site.world.ledger.pulses.of(look.key))


def _trouble(site: Site, look: Look) -> Mapping[str, Any]:
    return trouble(look, site.world.ledger.troubles.of(look.key), site.passed.last(look.key), _lost(site, look))


def _of(view: Callable[[Look], Mapping[str, Any]]) -> Values:
    return lambda _site, look: view(look)


TABS = (
    Tab("", "Next", "coming.html", _coming),
    Tab("turns", "Turns", "turns.html", _of(turns)),
    Tab("items", "Action items", "items.html", _of(items)),
    Tab("topics", "Topics", "topics.html", _of(topics)),
    Tab("past", "Past", "past.html", _past),
    Tab("outcomes", "Does it help?", "outcomes.html", _of(outcomes)),
    Tab("activity", "Activity", "activity.html", _activity),
    Tab("trouble", "Trouble", "trouble.html", _trouble),
)
