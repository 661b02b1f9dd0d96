"""Reads team files and checks them in full, with all that they name, and all of them together."""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from config.faults import MOST_FAULTS, Fault
from config.load import LoadedTeam, load_team
from config.operator import Operator, connection_faults, connection_remarks
from config.team_file import TeamFile
from daemon.serve.owners import NOBODY, told_twice

QUARTER = timedelta(minutes=15)
"""After so long a file is read anew of which nobody knows on which day what it says ends."""
HALF_A_DAY = timedelta(hours=12)
"""So long after a date has ended in UTC it has ended in every time zone."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading team files gave: the good ones, the faults of the others, and what leads should know of any."""

    files: tuple[TeamFile, ...] = ()
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()
    settled: bool = True
    """Whether nobody was about to change them, and all were read."""
    alone: bool = False
    """Whether they name no other files, so that nothing else can change what they mean."""
    complete: bool = True
    """Whether something is known of each."""


def read_team(path: Path, operator: Operator, now: datetime, earlier: str | None = None) -> Reading:
    """Return the team of a file, or every fault of it; ``earlier`` is what it said before, to be read in its place.

    Whatever goes wrong with it is a fault of this file alone.
    """
    return _contained(path, lambda: _reading(load_team(path, _mutable, earlier, _last_day(now)), operator, now))


def read_briefly(path: Path, operator: Operator, now: datetime) -> tuple[Reading, bool]:
    """Return the same without what may take long, as templates do, and whether there was nothing of that."""
    has_all = list[bool]()

    def read() -> Reading:
        loaded = load_team(path, _mutable, today=_last_day(now), briefly=True)
        has_all.append(loaded.is_whole)
        return _reading(loaded, operator, now)

    return _contained(path, read), has_all != [False]


def _contained(path: Path, read: Callable[[], Reading]) -> Reading:
    try:
        return read()
    except Exception as error:
        from daemon.serve.in_words import in_words  # which nearly nobody needs who only checks

        return Reading(faults=(Fault(str(path), 1, 1, in_words(error)),))


def _reading(loaded: LoadedTeam, operator: Operator, now: datetime) -> Reading:
    faults = [*loaded.faults]
    faults += [*connection_faults(loaded, operator), *_decision_faults(loaded, now)]
    warnings = (*loaded.warnings, *connection_remarks(loaded, operator))
    if faults or loaded.team is None:
        return Reading((), tuple(sorted(set(faults))), warnings, alone=_is_alone(loaded))
    file = TeamFile(loaded.path, loaded.team, loaded.document.text, newcomers=loaded.newcomers)
    return Reading((file,), (), warnings, alone=_is_alone(loaded))


def _mutable() -> Sequence[str]:
    from daemon.tell.kinds import MUTABLE

    return MUTABLE


def day_of(reading: Reading, now: datetime) -> Hashable:
    """Return what of a moment counts for what a file says: two days, where its team is, and where a day ends last.

    Of a faulty file nobody knows where its team is, so there each quarter of an hour counts.
    """
    if not reading.files:
        return int(now.timestamp() // QUARTER.total_seconds())
    return tuple(now.astimezone(ZoneInfo(file.team.timezone)).date() for file in reading.files), _last_day(now)


def _last_day(now: datetime) -> date:
    return (now - HALF_A_DAY).astimezone(UTC).date()


def _is_alone(loaded: LoadedTeam) -> bool:
    team = loaded.draft.model if loaded.draft else None
    if team is None:
        return bool(loaded.document.text)
    return not (team.needs or (team.outcomes and team.outcomes.file) or any(one.template for one in team.formats))


def read_teams(paths: Iterable[Path], operator: Operator, now: datetime) -> Reading:
    """Return the teams of several files, and every fault of all of them."""
    return together([read_team(path, operator, now) for path in paths])


def together(
    readings: Sequence[Reading],
    served: Sequence[TeamFile] = (),
    known: Mapping[str, str] = NOBODY,
    gone: Collection[Path] = (),
) -> Reading:
    """Return what several files say, without those of a team that another one of them is for, or one that is ``gone``
    but may come back: of two, that goes on by which the team is ``served``, as it was where that file is faulty now;
    else the first.
    """
    files = [file for reading in readings for file in reading.files]
    twice = told_twice(files, served, known, gone)
    taken = {fault.file for fault in twice}
    good = tuple(file for file in files if str(file.path) not in taken)
    faults = (*(fault for reading in readings for fault in reading.faults), *twice)
    return Reading(good, faults, tuple(warning for reading in readings for warning in reading.warnings))


def _decision_faults(loaded: LoadedTeam, now: datetime) -> list[Fault]:
    """Return the decisions on dates to come on which nothing takes place, where the rest of the file can tell."""
    draft = loaded.draft
    is_cut = len(loaded.faults) >= MOST_FAULTS  # there may be more, anywhere
    if draft is None or not draft.model.sessions or is_cut or _faulty_sections(loaded) & CALENDARIAL:
        return []
    from daemon.decide.cadence import decision_faults, starts_of

    team = draft.model
    today = now.astimezone(ZoneInfo(team.timezone)).date()
    found = decision_faults(team, now, lambda series: starts_of(series, today))
    # Which format's turn a session is depends on when its series was pinned, so roles are not judged here.
    faults = (
        loaded.fault_at(draft.original(path), message)
        for path, message in found
        if path[-1] == "on" and draft.shows(path)
    )
    return list(islice(faults, MOST_FAULTS))


CALENDARIAL = {"timezone", "holidays", "blackouts", "sprint", "series", "formats"}
"""The parts of a file that say on which days sessions take place."""


def _faulty_sections(loaded: LoadedTeam) -> set[str]:
    root = loaded.document.root
    starts = [(loaded.document.key_place((key,)), key) for key in root] if isinstance(root, dict) else []
    places = {(fault.line, fault.column) for fault in loaded.faults}
    return {max(((start, key) for start, key in starts if start <= place), default=("", ""))[1] for place in places}
