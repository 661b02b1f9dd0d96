"""What a lead should know of a file that is right: it can be served, but perhaps it does not say what is meant."""

from collections.abc import Iterator

from config.checks.spelling import odd_addresses
from config.draft import Draft
from config.faults import Problem, listing, suggestion
from config.formats import formats_of
from config.team import Team
from config.values import shown


def warnings(draft: Draft[Team]) -> Iterator[Problem]:
    """Yield what a lead may not have meant: an area that nobody knows, a role for nobody, namesakes, odd addresses."""
    yield from _unknown_areas(draft.model)
    yield from _roles_of_nobody(draft.model)
    yield from _namesakes(draft.model)
    yield from odd_addresses(draft.model)
    yield from _unsaid_cancellations(draft)


def _unknown_areas(team: Team) -> Iterator[Problem]:
    """Yield topics of an area that nobody knows, where members say what they know at all."""
    known = list(dict.fromkeys(area for member in team.members for area in member.knows))
    for number, topic in enumerate(team.topics):
        if known and topic.area and topic.area not in known:
            advice = suggestion(topic.area, known) or f"; the areas that somebody knows are {listing(known)}"
            yield Problem(("topics", number, "area"), f"nobody knows the area {shown(topic.area)}{advice}")


def _roles_of_nobody(team: Team) -> Iterator[Problem]:
    formats, said = formats_of(team), set[str]()
    excused_by_all = set.intersection(*(set(member.excused) for member in team.members))
    for number, series in enumerate(team.series):
        for name in series.turns:
            for role in formats[name].roles if name in formats else ():
                if role in excused_by_all and role not in said:
                    said.add(role)
                    text = f"everybody is excused from the role {shown(role)} of {name}, so nobody will have it"
                    yield Problem(("series", number), f"{text}; excuse one member less, or change the format's roles")


def _namesakes(team: Team) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for number, member in enumerate(team.members):
        other = first.setdefault(" ".join(member.name.casefold().split()), member.email)
        if other != member.email:
            text = f"{other} is called {shown(member.name)} too, so both are shown with their e-mail"
            yield Problem(("members", number, "name"), f"{text}; give one of them a longer name")


def _unsaid_cancellations(draft: Draft[Team]) -> Iterator[Problem]:
    """Yield decisions with ``cancel`` and nothing behind it, which counts as not written."""
    for number in range(len(draft.model.sessions)):
        written = draft.written(("sessions", number))
        if isinstance(written, dict) and "cancel" in written and written["cancel"] is None:
            text = "cancel has no value, so the session takes place; to cancel it, write why: cancel: Christmas party"
            yield Problem(("sessions", number, "cancel"), text, at_key=True)
