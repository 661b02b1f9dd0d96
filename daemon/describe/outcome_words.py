"""What the figures of a programme say to people: each with what goes with it, of how many, and what follows. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from math import inf
from operator import add
from statistics import median

from config.team import Team
from daemon.describe.intervals import Interval
from daemon.describe.outcomes import (
    BUGS_CLAIM,
    FEWEST,
    LEAST_WEEKS,
    ONBOARDING_CLAIM,
    Bugs,
    Onboarding,
    Outcomes,
    Proportion,
)
from daemon.model.words import quoted

TOO_FEW = f"Nothing is shown of fewer than {FEWEST} people, for it could be traced to one"
TO_BE_SEEN = 1400
"""Among so many bug reports, before and after together, as many fewer as are claimed would just stand out."""
_NOT_WHY = "That the sessions did it does not follow from it"


@dataclass(frozen=True)
class Figure:
    """One figure: what it is of, what was counted, and what can and cannot be concluded from it, in words for people.

    ``unit`` is days, ratio or proportion. ``n`` is of how many it is: where two groups are compared, before and since.
    ``claim`` is what would be seen if it were as is claimed of such programmes. What is missing may not, or cannot,
    be told.
    """

    name: str
    heading: str
    unit: str
    said: str
    meaning: str
    value: float | None = None
    interval: Interval | None = None
    n: tuple[int, ...] = ()
    claim: float | None = None


def figures_of(team: Team, found: Outcomes) -> Iterator[Figure]:
    """Yield the figures of a team, in the order in which they are told."""
    yield _onboarding(found.onboarding, team.outcomes.onboarding if team.outcomes else "onboarded")
    yield from (_bugs(found.bugs), _items(found.items), _sessions(found.sessions))
    yield from (_can_now(found.can_now), _led(found.led), _areas(found.shared_areas))


def figures_together(several: Sequence[Outcomes]) -> Iterator[Figure]:
    """Yield the figures of several teams together.

    Onboarding is not among them: each team takes its own time for it, so who joins which team would tell.
    """
    yield _bugs(reduce(add, (one.bugs for one in several)))
    yield _items(reduce(add, (one.items for one in several)))
    yield _sessions(reduce(add, (one.sessions for one in several)))
    yield _can_now(reduce(add, (one.can_now for one in several)))
    yield _led(reduce(add, (one.led for one in several)))
    yield _areas(reduce(add, (one.shared_areas for one in several)))


def _onboarding(found: Onboarding, reached: str) -> Figure:
    figure = partial(Figure, "onboarding", f"Onboarding: days from joining to {quoted(reached)}", "days")
    before, _ = found.medians
    if found.unread:
        return figure("Not known at present.", f"The file with the dates is not used: {found.unread}.")
    if found.since is None:
        return figure("Nothing to compare yet.", "It is compared who joined before and since the first session.")
    if before is None:
        missing = f"fewer than {FEWEST} people are known to have joined before {found.since} and got there"
        return figure(f"Nothing to show: {missing}.", f"{TOO_FEW}.")
    first = _group(f"before {found.since}", found.before)
    if found.change is None:
        said = f"{first}. Since then, fewer than {FEWEST} can be counted yet."
        claimed = f"What is often claimed, {ONBOARDING_CLAIM:.0%} less, would be {_days(found.claim or 0.0)}."
        return figure(said, f"{claimed} {TOO_FEW}. {_WHO_COUNTS}", n=(len(found.before),), claim=found.claim)
    value, interval = found.change
    both = f"{first}. {_group('since then', found.after)}"
    said = f"{_days(value)[:1].upper()}{_days(value)[1:]}. {both}. 95% interval: {_span(interval, _days)}."
    claim = found.claim or 0.0
    meaning = _concluded(
        interval,
        0.0,
        claim,
        ("Onboarding has become", "shorter", "longer"),
        f"{ONBOARDING_CLAIM:.0%} less, here {_days(claim)}",
    )
    n = (len(found.before), len(found.after))
    return figure(said, f"{meaning} {_WHO_COUNTS}", value, interval, n, claim)


_WHO_COUNTS = (
    "Newcomers count once as much time has gone by as the slowest took before, and as slower than all if they are not "
    "there by then."
)


def _group(when: str, days: Sequence[float]) -> str:
    took = (
        f"half of them took {median(days):g} days or less" if median(days) < inf else "not half of them are there yet"
    )
    return f"Of those who joined {when}, {len(days)} count, and {took}"


def _bugs(found: Bugs) -> Figure:
    figure = partial(Figure, "bug_reports", "Bug reports in areas that were taught", "ratio")
    if not found.known:
        return figure("Not known: no source tells of bug reports.", "So nothing can be said of them.")
    if not found.weeks:
        said = f"Nothing to compare yet: no area was taught that has {LEAST_WEEKS} weeks of reports before and after."
        return figure(said, "A week or two of bug reports say nothing.")
    least, most = min(found.weeks), max(found.weeks)
    long = f"{most} weeks" if least == most else f"{least} to {most} weeks"
    areas = "1 area" if len(found.weeks) == 1 else f"{len(found.weeks)} areas"
    said = f"{found.before} in the {long} before an area was first taught, {found.after} in as many after, in {areas}"
    n = (found.before, found.after)
    if found.ratio is None:
        return figure(f"{said}.", "Where there is none before and after, nothing can become less.", n=n)
    value, interval = found.ratio
    times = f"{value:.2f} times as many: " if value < inf else ""
    said = f"{times}{said}. 95% interval of the ratio: {_span(interval, _ratio)}."
    claim = 1 - BUGS_CLAIM
    meaning = _concluded(
        interval, 1.0, claim, ("They have become", "fewer", "more"), f"{BUGS_CLAIM:.0%} fewer, a ratio of {claim:g}"
    )
    return figure(said, f"{meaning} {_BUGS_WHY}", value if value < inf else None, interval, n, claim)


_BUGS_WHY = (
    "An area is often taught right after many bugs, when fewer would come anyway; and where they come in bunches, "
    f"chance does even more. As little as {BUGS_CLAIM:.0%} would stand out only among some {TO_BE_SEEN:,} reports."
)


def _concluded(interval: Interval, nothing: float, claim: float, words: tuple[str, str, str], claimed: str) -> str:
    """Return what can be concluded of a change for which less is better, and what of the claim."""
    become, less, more = words
    if interval.low > nothing:
        return f"{become} {more}, not {less}; that much is certain enough. {_NOT_WHY}."
    if claim < interval.low:
        of_claim = f"As much as is often claimed ({claimed}) can be ruled out"
    elif interval.high <= claim:
        of_claim = f"It is at least what is often claimed ({claimed})"
    else:
        of_claim = f"What is often claimed ({claimed}) is neither shown nor ruled out"
    if interval.high < nothing:
        return f"{become} {less}; that much is certain enough. {of_claim}. {_NOT_WHY}."
    return f"Nothing can be concluded yet: {less}, {more} and the same all go with it. {of_claim}."


def _items(found: Proportion) -> Figure:
    figure = partial(Figure, "items_in_time", "Action items done within two sprints", "proportion")
    if not found.of:
        return figure("None had so much time yet.", "There is nothing to judge.")
    if not found.is_shown:
        return figure(f"Nothing to show: they are assigned to fewer than {FEWEST} people.", f"{TOO_FEW}.")
    said = f"{_part(found)} that had so much time. {_interval(found)}"
    half = "More than half" if found.some > found.of / 2 else "Less than half"
    known = f"{half} get done in time; that much is certain enough."
    if found.interval and 0.5 in found.interval:
        known = "Whether more than half get done in time cannot be told yet."
    limits = "It tells whether what was agreed gets done, not whether that helps."
    return figure(said, f"{known} {limits}", found.value, found.interval, (found.of,))


def _sessions(found: Proportion) -> Figure:
    figure = partial(Figure, "sessions_held", "Sessions held", "proportion")
    if not found.of:
        return figure("None was due yet.", "There is nothing to judge.")
    said = f"{_part(found)} that were due and on no holiday or blackout. {_interval(found)}"
    least = found.interval.low if found.interval else 0.0
    certain = f"Over time at least {least:.0%} take place; that much is certain enough."
    limits = "It tells how steady the habit is, not what people learn."
    return figure(said, f"{certain} {limits}", found.value, found.interval, (found.of,))


def _can_now(found: Proportion) -> Figure:
    figure = partial(Figure, "can_do_now", "Can do it now, weeks after it was taught", "proportion")
    if not found.of:
        return figure("Nobody has had the time to answer that yet.", "People are asked eight weeks after a session.")
    if not found.is_shown:
        return figure(f"Nothing to show: fewer than {FEWEST} people have answered.", f"{TOO_FEW}.")
    said = f"{_part(found)} answers are a yes. {_interval(found)}"
    limits = (
        "It is what people say of themselves, and those who did not answer may be others. Answers of one person, or "
        "about one session, go together, so less is certain than the interval says."
    )
    return figure(said, limits, found.value, found.interval, (found.of,))


def _led(found: Proportion) -> Figure:
    figure = partial(Figure, "have_led", "Who has led a session", "proportion")
    if not found.is_shown:
        return figure(f"Nothing to show: the team has fewer than {FEWEST} people who may lead one.", f"{TOO_FEW}.")
    said = f"{_part(found)} people who may lead one. Everybody is counted, so there is no interval."
    return figure(said, "It tells how far the work is shared, not how well it is done.", found.value, n=(found.of,))


def _areas(found: Proportion) -> Figure:
    figure = partial(Figure, "shared_areas", "Areas that two people know or more", "proportion")
    if not found.of:
        return figure("No area is named yet.", "There is nothing to judge.")
    if not found.is_shown:
        return figure(f"Nothing to show: the team has fewer than {FEWEST} people.", f"{TOO_FEW}.")
    said = f"{_part(found)} areas. Every area is counted, so there is no interval."
    limits = "Who knows an area is what the team's file says, and who has presented it; it was never tested."
    return figure(said, limits, found.value, n=(found.of,))


def _part(found: Proportion) -> str:
    return f"{found.value or 0:.0%}: {found.some} of {found.of}"


def _interval(found: Proportion) -> str:
    interval = found.interval
    return f"95% interval: {interval.low:.0%} to {interval.high:.0%}." if interval else ""


def _span(interval: Interval, words: Callable[[float], str]) -> str:
    return f"{words(interval.low)} to {words(interval.high)}"


def _ratio(value: float) -> str:
    return f"{value:.2f}" if value < inf else "any number"


def _days(value: float) -> str:
    """Return by how many days something takes longer."""
    if abs(value) == inf:
        return "any number of days more"
    number = f"{abs(value):.1f}".removesuffix(".0")
    days = "1 day" if number == "1" else f"{number} days"
    return "no difference" if number == "0" else f"{days} {'less' if value < 0 else 'more'}"
