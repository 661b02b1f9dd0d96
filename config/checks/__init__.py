"""What has to be right about a team's file as a whole, beyond the form of its parts.

Each check yields what is wrong with a draft, by its path in the draft's model.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from config.checks.names import check_names
from config.checks.people import check_people
from config.checks.places import check_places
from config.checks.series import check_formats, check_series
from config.checks.sessions import check_sessions, of_the_past
from config.checks.size import check_size
from config.checks.topics import check_topics
from config.checks.warnings import warnings
from config.draft import Draft
from config.faults import Problem
from config.team import Team

CHECKS = (check_places, check_people, check_names, check_formats, check_series, check_topics)


def findings(draft: Draft[Team], today: date | None = None) -> Iterator[Problem]:
    """Yield what is wrong with what the draft has understood; without ``today`` nothing counts as past."""
    for check in CHECKS:
        yield from _in_the_file(draft, check(draft))
    yield from _in_the_file(draft, check_sessions(draft, today))
    yield from _in_the_file(draft, check_size(draft, today))


def remarks(draft: Draft[Team], today: date | None) -> Iterator[Problem]:
    """Yield what a lead should know of what the draft has understood, though nothing is wrong with it."""
    yield from _in_the_file(draft, warnings(draft))
    yield from _in_the_file(draft, of_the_past(draft, today))


def _in_the_file(draft: Draft[Team], problems: Iterable[Problem]) -> Iterator[Problem]:
    """Yield the problems of what the file really says, by the paths that it has there."""
    for problem in problems:
        if draft.shows(problem.path):
            yield replace(problem, path=draft.original(problem.path))
