"""The programme's home page: what is next, what is open, what was learned, what waits, and how to take part. Pure.

One a team, and all of it is the region that we keep up to date: it is what a newcomer reads first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import groupby

from config.markdown import markdown_text, one_line, web_address
from config.rendering import NOBODY
from config.team import Team
from config.values import slug
from daemon.describe.facts import shared_recording
from daemon.describe.figures import Turns, turns
from daemon.describe.pages import FOOTER, by_date, open_item, page_title
from daemon.describe.thanks import thanks_pages
from daemon.describe.words import SessionWords, format_of, link
from daemon.learn.alike import perhaps, titles
from daemon.learn.needs import HOME_PAGE, by_area, needs, noticed_at, shown_by
from daemon.learn.votes import votes_of
from daemon.learn.waiting_topics import waiting_topics
from daemon.learn.written_up import written_up
from daemon.model import CHART, Asked, Bar, Page, Session, Topic, held
from daemon.model.links import reference, whereabouts
from daemon.model.memory import Item, Memory
from daemon.model.names import home_key, outcomes_key
from daemon.model.needs import Need, NeedState, Sighting
from daemon.model.settled import LATEST
from daemon.model.words import listed, local, names_of, often, quoted, weekday

MOST_COMING, MOST_PAST, MOST_OPEN, MOST_WAITING = 8, LATEST, 50, 20
MOST_TAKEAWAYS, LONGEST_TAKEAWAY = 8, 400
"""Of one session; the length in characters. Whoever wants to read more opens its page."""

MOST_WANTED, MOST_PLACES = 20, 3
"""Needs, and places at which one was noticed."""
WISHES = "What I want to learn"
_WISHES = f"""## {WISHES}

A line each; no name is needed.

-
"""
"""What stands below our part on a new home page."""

_TAKING_PART = (
    f"- There is something that you want to know? Write it on this page below the heading “{WISHES}”, as an item of a "
    "list; add the heading where it is missing. peerloop keeps the words and the week, not who wrote them, takes out "
    "the names of the team, and shows it here from the next Monday on. The wiki's own history, if it has one, still "
    "shows who edited this page.",
    "- There is something that you want to show, or a topic to vote for? Tell {lead}, who keeps the list.",
    "- You cannot come when it is your turn? Decline that date in the calendar, the earlier the better: the turn goes "
    "to somebody else where that can be.",
    "- You were there? Write on the session's page: below “Takeaways” what you learned, and what is to be done as a "
    "box to tick, with a name and a date. It stands here until it is ticked.",
)


def home_page(
    team: Team,
    memory: Memory,
    items: Sequence[Item],
    now: datetime,
    thanks: Sequence[str] = (),
    outcomes: bool = False,
) -> Page:
    """Return a team's home page; ``items`` are the action items that are open, ``thanks`` the keys of new pages.

    ``outcomes`` tells whether there is a page, or is to be one, that says whether all of this helps.
    """
    home = _Home(team, memory)
    taken = turns((*memory.before, *memory.sessions.values()), memory.settled)
    return Page(
        key=home_key(memory.team),
        name="home",
        title=page_title(f"{one_line(team.team)}: peer learning"),
        region="\n".join(
            [
                *home.coming(now),
                *home.open(items, local(now, team).date()),
                *home.waiting(),
                *home.wanted(local(now, team).date()),
                *home.taking_part(),
                *home.past(),
                *_thanks(memory, thanks),
                *(_outcomes(memory) if outcomes else ()),
                *home.turns(taken),
                FOOTER,
            ]
        ),
        body=_WISHES,
        labels=(slug(team.team),),
        chart=tuple(Bar(home.name(email), float(one.taken), one.due) for email, one in taken.items()),
    )


def _thanks(memory: Memory, new: Sequence[str]) -> Iterator[str]:
    """Yield the pages that thank people, those too that are only about to be made."""
    links = [link(name, reference(key)) for name, key in thanks_pages(memory, new)]
    yield from _part("Thank you", [", ".join(links)] if links else [])


def _outcomes(memory: Memory) -> Iterator[str]:
    """Yield the page of outcomes, unless somebody has deleted it."""
    seen = memory.observed(outcomes_key(memory.team))
    if not (seen and seen.gone):
        yield from _part(
            "Does it help?", [link("What the figures say, and what not", reference(outcomes_key(memory.team)))]
        )


def _part(heading: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield from (f"**{heading}**", "", *lines, "")


def _more(number: int) -> list[str]:
    return ["", f"And {number} more."] if number > 0 else []


def _wanted(need: Need, alike: Sequence[str]) -> str:
    """Return what people want to learn, with where that was noticed and what it is perhaps the same as."""
    places = list(dict.fromkeys(map(_noticed, reversed(need.sightings))))
    more = [f"{len(places) - MOST_PLACES} more places"] if len(places) > MOST_PLACES else []
    same = f"; perhaps the same as {listed([markdown_text(quoted(title)) for title in alike])}" if alike else ""
    times = f"noticed {often(need.times)}: {'; '.join([*places[:MOST_PLACES], *more])}"
    return f"{markdown_text(need.text)} – {times}{same}"


def _noticed(one: Sighting) -> str:
    address = one.link if one.where != HOME_PAGE else None
    return link(noticed_at(one), whereabouts(web_address(address) or address) if address else None)


def _shortened(takeaway: str) -> str:
    return takeaway if len(takeaway) <= LONGEST_TAKEAWAY else f"{takeaway[: LONGEST_TAKEAWAY - 1].rstrip()}…"


class _Home:
    """The parts of the page, in the team's names and zone."""

    def __init__(self, team: Team, memory: Memory) -> None:
        self.team, self.memory = team, memory
        self.names = names_of(team)

    def name(self, email: str) -> str:
        """Return how people call somebody."""
        return self.names.get(email, email)

    def coming(self, now: datetime) -> Iterator[str]:
        """Yield the next sessions, with who does what; one in progress stays until it is over.

        A date among them that was called off stands there too, so that nobody comes in vain or looks for it.
        """
        ahead = [one for one in self.memory.sessions.values() if one.slot.ends_at > now and not one.has_no_date]
        following = sorted(ahead, key=lambda one: (one.slot.starts_at, one.key))
        last = [number for number, one in enumerate(following, 1) if one.takes_place][:MOST_COMING][-1:]
        shown = following[: min([*last, 2 * MOST_COMING])]
        lines = [self._coming(session) for session in shown] or ["Nothing is planned yet."]
        yield from _part(f"Coming up ({self.team.timezone})", lines)

    def _coming(self, session: Session) -> str:
        start = local(session.slot.starts_at, self.team)
        named = replace(session, topic=session.topic if session.takes_place else None)  # another may have it now
        day = f"{weekday(start)} {start:%Y-%m-%d, %H:%M}: {self._about(named)}"
        if not session.takes_place:
            why = markdown_text(session.note)
            return f"- {markdown_text(day)} – called off{f': {why}' if why else ''}"
        who = ", ".join(f"{self._named(one.member)} ({one.role})" for one in session.assignments)
        is_wanted = session.topic is None and format_of(session, self.team).topic
        said = "; ".join(filter(None, (who, "topic wanted" if is_wanted else "")))
        title = link(day, reference(session.page))
        return f"- {title} – {said}" if said else f"- {title}"

    def _named(self, email: str | None) -> str:
        return markdown_text(self.name(email)) if email else NOBODY

    def open(self, items: Sequence[Item], today: date) -> Iterator[str]:
        """Yield the action items that are to be done, what is due first at the top."""
        lines = [f"- {open_item(item, self.names, today)}" for item in by_date(items, self.names)]
        yield from _part("Still to be done", [*lines[:MOST_OPEN], *_more(len(items) - MOST_OPEN)])

    def waiting(self) -> Iterator[str]:
        """Yield the topics that no session has had or is to have, or that are to come again, the most wanted first."""
        waiting = waiting_topics(self.team, self.memory)
        lines = [f"- {self._topic(topic, asked)}" for topic, asked in waiting if markdown_text(topic.title)]
        yield from _part("Topics that wait", [*lines[:MOST_WAITING], *_more(len(lines) - MOST_WAITING)])

    def _topic(self, topic: Topic, asked: Asked | None) -> str:
        area = f" ({markdown_text(topic.area)})" if topic.area else ""
        votes = votes_of(topic) if topic.votes else ""
        owner = f"suggested by {self._named(topic.owner)}" if topic.owner else ""
        said = "; ".join(filter(None, (", ".join(filter(None, (votes, owner))), asked.why_again if asked else "")))
        shown = f"{link(topic.title, web_address(topic.link))}{area}"
        return f"{shown} – {said}" if said else shown

    def wanted(self, today: date) -> Iterator[str]:
        """Yield by area what people want to learn and nobody has decided about, what was noticed most often first."""
        found = shown_by(needs(self.team, self.memory), today)
        open_needs = [one for one in found if one.state is NeedState.PROPOSED]
        known = titles(self.team, self.memory) if open_needs else []
        lines = list[str]()
        for area, group in groupby(by_area(open_needs[:MOST_WANTED]), key=lambda one: one.area):
            lines.append(f"- {markdown_text(area or 'Of no area yet')}")
            lines += [f"  - {_wanted(one, perhaps(one, known))}" for one in group]
        yield from _part("What people want to learn", [*lines, *_more(len(open_needs) - MOST_WANTED)])

    def taking_part(self) -> Iterator[str]:
        """Yield what whoever reads this can do."""
        lead = self._named(self.team.lead)
        yield from _part("How to take part", [line.format(lead=lead) for line in _TAKING_PART])

    def past(self) -> Iterator[str]:
        """Yield the sessions that were held, the latest first: those with what people took away, and the others."""
        told = [[*self._past(session)] for session in held(self.memory.sessions.values())[:MOST_PAST]]
        yield from _part("What we learned", [line for lines in told if len(lines) > 1 for line in lines])
        yield from _part("Held, and no takeaways yet", [lines[0] for lines in told if len(lines) == 1])

    def _past(self, session: Session) -> Iterator[str]:
        start, write_up = local(session.slot.starts_at, self.team), written_up(session, self.team, self.memory)
        yield f"- {link(f'{start:%Y-%m-%d} {self._about(session)}', reference(session.page))}"
        shown = (markdown_text(_shortened(takeaway)) for takeaway in write_up.takeaways[:MOST_TAKEAWAYS])
        yield from (f"  - {takeaway}" for takeaway in shown if takeaway)
        if address := shared_recording(write_up, self.team):
            yield f"  - {link('Recording', address)}"

    def _about(self, session: Session) -> str:
        return SessionWords(session, self.team, self.memory).about

    def turns(self, taken: dict[str, Turns]) -> Iterator[str]:
        """Yield who has had how many turns, and how many were due to them, as a table and as a picture."""
        if not taken:
            return
        rows = [f"| {markdown_text(self.name(e))} | {one.taken} | {one.due:.1f} |" for e, one in taken.items()]
        yield from _part("Turns taken", ["| Who | Turns taken | Fair share |", "| --- | ---: | ---: |", *rows])
        said = "; ".join(f"{markdown_text(self.name(e))} {one.taken} of {one.due:.1f}" for e, one in taken.items())
        yield from (f"![Turns taken, of a fair share: {said}]({CHART})", "")
