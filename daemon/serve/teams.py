"""The team files: read, checked in full, and the last good reading of each kept."""

import os
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from config.faults import MOST_FAULTS, Fault
from config.load import LoadedTeam, load_team
from config.operator import Operator, connection_faults, connection_remarks
from config.values import slug
from daemon.ledger import LedgerError
from daemon.model.team_file import TeamFile, place_of
from daemon.serve.in_words import in_words
from daemon.serve.lanes import Seconds
from daemon.serve.readings import QUARTER, Readings
from daemon.serve.settling import Identity, identity_of, is_being_changed
from daemon.tell.kinds import MUTABLE

if TYPE_CHECKING:
    from daemon.ledger import Ledger

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
    """Return the team of a file, or every fault of it; ``earlier`` is what it said before, to be read in its place."""
    loaded = load_team(path, MUTABLE, earlier, _last_day(now))
    faults = [*loaded.faults]
    faults += [*connection_faults(loaded, operator), *_decision_faults(loaded, now)]
    warnings = (*loaded.warnings, *connection_remarks(loaded, operator))
    if faults or loaded.team is None:
        return Reading((), tuple(sorted(set(faults))), warnings, alone=_is_alone(loaded))
    file = TeamFile(path, loaded.team, loaded.document.text, newcomers=loaded.newcomers)
    return Reading((file,), (), warnings, alone=_is_alone(loaded))


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


def read_teams(paths: Iterable[Path], operator: Operator, now: datetime, served: Sequence[TeamFile] = ()) -> Reading:
    """Return the teams of several files, and every fault of all of them.

    Of two files for one team, that which is ``served`` goes on, by its last good reading where it is faulty now.
    """
    return _together([read_team(path, operator, now) for path in paths], served)


def _together(readings: Sequence[Reading], served: Sequence[TeamFile]) -> Reading:
    files, known = [file for reading in readings for file in reading.files], {file.path for file in served}
    read = {file.path for file in files}
    first = (file for file in served if file.path not in read)
    twice = _told_twice([*first, *sorted(files, key=lambda file: file.path not in known)])
    good = tuple(file for file in files if str(file.path) not in {fault.file for fault in twice})
    faults = (*(fault for reading in readings for fault in reading.faults), *twice)
    return Reading(good, faults, tuple(warning for reading in readings for warning in reading.warnings))


def _decision_faults(loaded: LoadedTeam, now: datetime) -> list[Fault]:
    """Return the decisions on dates to come on which nothing takes place, where the rest of the file can tell."""
    draft = loaded.draft
    if draft is None or not draft.model.sessions or _faulty_sections(loaded) & CALENDARIAL:
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
    starts = [(loaded.document.key_place((key,)).line, key) for key in root] if isinstance(root, dict) else []
    return {max([start for start in starts if start[0] <= fault.line], default=(0, ""))[1] for fault in loaded.faults}


def _told_twice(files: Sequence[TeamFile]) -> list[Fault]:
    """Two files for one team would undo each other's work."""
    first: dict[str, Path] = {}
    faults = []
    for file in files:
        key = slug((file.team.team, *file.team.was)[-1])
        other = first.setdefault(key, file.path)
        if other != file.path:
            text = f"{file.team.team} is the team of {other} already; give one of them another name"
            faults.append(Fault(str(file.path), 1, 1, text))
    return faults


VANISHED = "its folder is not there, or another one is in its place; bring it back, or restart without it"


@dataclass(slots=True)
class Teams:
    """The teams that a daemon serves: a broken edit leaves the last good reading of its file in force.

    That outlasts a restart where a ``ledger`` keeps the last good text of each file.
    """

    operator: Operator
    ledger: "Ledger | None" = None
    served: tuple[TeamFile, ...] = ()
    """What was read last, and is in force."""
    _good: dict[Path, TeamFile] = field(default_factory=dict)
    _folders: dict[Path, Identity] = field(default_factory=dict)
    _former: dict[Path, tuple[object, TeamFile | None]] = field(default_factory=dict)
    _faults: tuple[Fault, ...] = ()
    _readings: Readings[Reading] = field(init=False)

    def __post_init__(self) -> None:
        """Read nothing yet."""
        self._readings = Readings(self._look, lambda reading: reading.alone, day_of)

    def read(self, paths: Sequence[Path], now: datetime, within: Seconds | None = None) -> Reading:
        """Return every file's last good reading, and the faults of what its files say now.

        A file that somebody is about to change is read when they are done, one that takes longer than ``within`` is
        read meanwhile, and one that has vanished with its folder is taken to be out of reach, not to be deleted.
        """
        vanished = [path for path in self._good if path not in paths and self._is_out_of_reach(path.parent)]
        self._good = {path: file for path, file in self._good.items() if path in paths or path in vanished}
        told = self._told_now(paths, now, within)
        reading = _together([*told.values()], tuple(self._good.values()))
        self._good |= {file.path: file for file in reading.files}
        for path in told:
            self._restore(path, now)
        as_before = [fault for fault in self._faults if fault.file in {str(path) for path in paths if path not in told}]
        self._faults = (*reading.faults, *as_before, *(Fault(str(path), 1, 1, VANISHED) for path in vanished))
        self._folders |= {path.parent: identity_of(path.parent) for path in paths}
        self.served = tuple(self._good.values())
        is_complete = all(path in told or path in self._good for path in paths)
        return Reading(self.served, self._faults, settled=len(told) == len(paths), complete=is_complete)

    @property
    def faulty(self) -> int:
        """How many files cannot be served as they are now."""
        return len({fault.file for fault in self._faults})

    def _told_now(self, paths: Sequence[Path], now: datetime, within: Seconds | None) -> Mapping[Path, Reading]:
        """Return what files say, but for those that somebody is about to change, or that are not read yet."""
        at_rest = [path for path in paths if path not in self._good or not is_being_changed(path)]
        read = self._readings.of(at_rest, now, within)
        steady = (path for path in at_rest if path in read and (read[path].is_steady or path not in self._good))
        return {path: read[path].said for path in steady}

    def _look(self, path: Path, now: datetime) -> Reading:
        try:
            return read_team(path, self.operator, now)
        except Exception as error:  # one bad file never stops the others
            return Reading(faults=(Fault(str(path), 1, 1, in_words(error)),))

    def _restore(self, path: Path, now: datetime) -> None:
        """Serve a team as its file had it before it became faulty, as far as that is known."""
        if path in self._good or self.ledger is None:
            return
        try:
            text = self.ledger.last_good.of(place_of(path))
        except LedgerError:  # whoever goes on with it says so
            return
        file = self._as_it_was(path, text, now) if text is not None else None
        if file and not _told_twice([*self._good.values(), file]):
            self._good[path] = file

    def _as_it_was(self, path: Path, text: str, now: datetime) -> TeamFile | None:
        """Return what an earlier text of a file says; it is read but once a day, for all wait for that."""
        known, file = self._former.get(path, (None, None))
        if known != (text, now.date()):
            file = next(iter(read_team(path, self.operator, now, text).files), None)
            self._former[path] = (text, now.date()), file
        return file

    def _is_out_of_reach(self, folder: Path) -> bool:
        """Whether a folder is not there, cannot be looked into, or is another one without any team file."""
        is_read = os.access(folder, os.R_OK | os.X_OK)
        return not is_read or identity_of(folder) != self._folders.get(folder, identity_of(folder))
