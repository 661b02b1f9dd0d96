"""Checks of formats and series: what they name has to exist and to fit."""

from collections.abc import Iterator

from config.checks.cadence import cadence_problems
from config.checks.names import item
from config.draft import Draft
from config.faults import Problem, listing, suggestion
from config.formats import BUILT_IN, formats_of
from config.team import Series, Team
from config.values import shown
from config.yaml12 import Path


def check_formats(draft: Draft[Team]) -> Iterator[Problem]:
    """Yield formats with a role twice."""
    for number, each in enumerate(draft.model.formats):
        roles = each.roles or ()
        for index, role in enumerate(roles):
            if role in roles[:index]:
                path = item(draft, ("formats", number, "roles"), index)
                yield Problem(path, f"the role {shown(role)} is in the list twice; delete one")


def check_series(draft: Draft[Team]) -> Iterator[Problem]:
    """Yield series whose formats, minutes or cadence cannot be."""
    for number, series in enumerate(draft.model.series):
        yield from _formats(draft, number, series)
        path: Path = ("series", number, "cadence")
        for key, problem in cadence_problems(series.cadence, draft, draft.is_whole(*path, "starts")):
            yield Problem((*path, key), problem)


def _formats(draft: Draft[Team], number: int, series: Series) -> Iterator[Problem]:
    path: Path = ("series", number)
    if series.format and series.formats:
        problem = "format and formats exclude each other; write format for one, formats for several that take turns"
        yield Problem((*path, "formats"), problem)
    elif not series.turns and draft.left_out_of(path) <= Series.model_fields.keys() - {"format", "formats"}:
        advice = f"; add one, as in format: lunch-and-learn (there are {listing(formats_of(draft.model))})"
        yield Problem(path, f"the series {shown(series.name)} has no format{advice}")
    known = list(dict.fromkeys([*BUILT_IN, *draft.declared("formats", "name")]))
    for key, names in (("format", (series.format,) if series.format else ()), ("formats", series.formats or ())):
        for index, name in enumerate(names):
            if name not in known:
                advice = suggestion(name, known) or f"; there are {listing(known)}"
                yield Problem(item(draft, (*path, key), index), f"there is no format {shown(name)}{advice}")
    yield from _minutes(draft, number, series)


def _minutes(draft: Draft[Team], number: int, series: Series) -> Iterator[Problem]:
    formats = formats_of(draft.model) if series.minutes else {}
    for name in dict.fromkeys(series.turns):
        known = name in formats and is_certain(draft, name)
        if series.minutes and known and series.minutes not in formats[name].minutes:
            lasts = f"a session of {name} lasts {formats[name].minutes} minutes, not {series.minutes}"
            yield Problem(("series", number, "minutes"), f"{lasts}; change that, or the format's range under formats")


def is_certain(draft: Draft[Team], name: str) -> bool:
    """Return whether all that the file says of a format has been understood."""
    entries = [number for number, each in enumerate(draft.model.formats) if each.name == name]
    written = draft.declared("formats", "name")[name]
    return written == len(entries) and all(draft.is_whole("formats", number) for number in entries)
