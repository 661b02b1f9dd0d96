"""What the lead should know of after a look: where people's words or deeds stand, and what was left out. Pure."""

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from config.formats import formats_of
from config.team import Series, Team
from daemon.decide.decisions import decisions_of
from daemon.decide.whole_series import in_yaml, when
from daemon.learn.by_hand import is_gone
from daemon.learn.life import LATELY
from daemon.learn.needs import source_key
from daemon.learn.written_topics import WROTE, written_topic
from daemon.model import fingerprint, on_the_wall
from daemon.model.memory import Generation, Memory
from daemon.model.names import keyed_series, series_name, split_off
from daemon.model.sessions import is_moment
from daemon.model.words import quoted, shortened
from daemon.plan.plan import Finding

MOST = 10
"""Of how much that was left out of one place of needs the lead hears."""
_NUMBER = re.compile(r"\d[\d,.]*")


def findings(team: Team, memory: Memory, now: datetime) -> Iterator[Finding]:
    """Yield what people did that the file does not say, what the calendar allows not, and what was not read whole."""
    yield from _overruled(team, memory, now)
    yield from _moved_series(team, memory, now)
    yield from _without_link(team, memory)
    yield from _written_topics(team, memory, now)
    yield from _left_out(team, memory)


def _written_topics(team: Team, memory: Memory, now: datetime) -> Iterator[Finding]:
    """Yield the topics that sessions to come, or held lately, have because people wrote them."""
    keyed = keyed_series(team, memory)
    for session in memory.by_start():
        series, slot = keyed.get(session.slot.series), session.slot
        is_theirs = session.topic and session.topic_reason.startswith(WROTE)
        if series and session.topic and is_theirs and session.takes_place and now - slot.ends_at <= LATELY:
            written = written_topic(session, series, memory)
            if written and written.title == session.topic.title:
                so = "that is what it was about" if slot.ends_at <= now else "it is that"
                text = (
                    f"somebody wrote {quoted(written.title)} {written.where} as the topic of {quoted(series.name)} on "
                    f"{slot.day}, so {so}. To have another, write a topic for {slot.wall.date()} under sessions:"
                )
                subject = f"{series.name} on {slot.day} is about {quoted(shortened(written.title, 50))}"
                yield Finding(f"{session.key}/topic/{fingerprint({'topic': written.title})['topic']}", text, subject)


def _without_link(team: Team, memory: Memory) -> Iterator[Finding]:
    """Yield the series that had to be made without the video link that the file asks for."""
    for generation in memory.generations.values():
        observed = memory.observed(generation.key)
        if team.calendar.meet and observed and observed.no_link and not observed.gone and generation.until is None:
            text = (
                f"the series {quoted(observed.title)} has no Meet link, for its calendar allows none. Take meet: true "
                "out of the team's file, or let an administrator allow Meet there and add the link to the series by "
                "hand"
            )
            yield Finding(f"{generation.key}/no-link", text, f"the series {quoted(observed.title)} has no Meet link")


def _moved_series(team: Team, memory: Memory, now: datetime) -> Iterator[Finding]:
    """Yield what a person changed of a series for all its dates, or for all from one on."""
    keyed = keyed_series(team, memory)
    for generation in memory.generations.values():
        if generation.until is None and generation.series in keyed and not _is_over(generation, memory, now):
            series = keyed[generation.series]
            if generation.length:
                yield _longer_finding(team, series, generation)
            if generation.written:
                yield _moved_finding(series, generation)
            elif not generation.length and _only_goes_on(generation, memory, now):
                subject = f"somebody changed {_since(series, generation)} in the calendar"
                yield Finding(f"{generation.key}/split", f"{subject}; it goes on there as it was planned", subject)


def _moved_finding(series: Series, generation: Generation) -> Finding:
    """Tell of a series at another time, with the line of the file that says the same: unless it is but for a while."""
    subject = f"somebody moved {_since(series, generation)} in the calendar"
    text = f"{subject}, which stays"
    if not generation.followed:
        text += f". To say the same in the team's file, write {in_yaml(series, generation)}"
    return Finding(f"{generation.key}/when/{when(generation, generation.zone)}", text, subject)


def _longer_finding(team: Team, series: Series, generation: Generation) -> Finding:
    """Tell of a series of another length, with the line of the file that says the same of all, if that may be."""
    minutes, allowed = generation.length or 0, [formats_of(team)[name].minutes for name in series.turns]
    subject = f"somebody made the sessions of {_since(series, generation)} last {minutes} minutes in the calendar"
    text = f"{subject}, which stays"
    if all(minutes in one for one in allowed):
        text += f". To say so of all its sessions in the team's file, write minutes: {minutes}"
    return Finding(f"{generation.key}/minutes/{minutes}", text, subject)


def _since(series: Series, generation: Generation) -> str:
    to = f"to {generation.followed:%Y-%m-%d}" if generation.followed else "on"
    part = split_off(generation.key) or generation.followed
    name = f"series “{series.name}”"
    return f"the {name} from {generation.starts:%Y-%m-%d} {to}" if part else f"the whole {name}"


def _only_goes_on(generation: Generation, memory: Memory, now: datetime) -> bool:
    """Whether a person changed another thing than the time of what follows a date that is still to come."""
    own = (one for one in memory.generations_of(generation.series) if one.number == generation.number - 1)
    same = (one.rrule == generation.rrule and one.starts.time() == generation.starts.time() for one in own)
    is_to_come = on_the_wall(generation.starts, generation.zone) > now
    return is_to_come and split_off(generation.key) is not None and any(same)


def _is_over(generation: Generation, memory: Memory, now: datetime) -> bool:
    ends = generation.followed
    return is_gone(memory.records.get(generation.key)) or (
        ends is not None and on_the_wall(ends, generation.zone) <= now
    )


def _overruled(team: Team, memory: Memory, now: datetime) -> Iterator[Finding]:
    """Yield the lead's moves that give way to a person's own in the calendar."""
    decided = {key: decisions_of(series, team) for key, series in keyed_series(team, memory).items()}
    for session in memory.sessions.values():
        slot, decision = session.slot, decided.get(session.slot.series, {}).get(session.slot.wall.date())
        asked = decision.move_to if decision else None
        is_ahead = session.takes_place and slot.starts_at > now
        if asked and is_ahead and not is_moment(slot.starts_at, on_the_wall(asked, slot.zone)):
            text = (
                f"“{series_name(session, memory)}” of {slot.wall:%Y-%m-%d} is to be moved to {asked:%Y-%m-%d %H:%M}, "
                f"says the file; but somebody moved it to {slot.starts_at:%Y-%m-%d %H:%M} in the calendar, which stays"
            )
            subject = f"{series_name(session, memory)} of {slot.wall:%Y-%m-%d} stays where somebody moved it"
            yield Finding(f"{session.key}/move_to/{asked.isoformat()}", text, subject)


def _left_out(team: Team, memory: Memory) -> Iterator[Finding]:
    """Yield what was left out of needs, each once, however its numbers change."""
    for source in team.needs:
        shown = memory.sources.get(source_key(source))
        for said in islice(shown.unread, MOST) if shown else ():
            key = fingerprint({"said": _NUMBER.sub("", said)})["said"]
            yield Finding(f"needs/{key}", f"what the team needs to learn is not read whole: {said.rstrip('.')}")
