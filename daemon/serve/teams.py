"""The team files: read, checked in full, and the last good reading of each kept."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from config.faults import MOST_FAULTS, Fault
from config.load import LoadedTeam, load_team
from config.operator import Operator, connection_faults, connection_remarks
from config.values import slug
from daemon.ledger import Ledger, LedgerError
from daemon.model.team_file import TeamFile, place_of
from daemon.serve.settling import Identity, identity_of, is_being_changed, state_of
from daemon.tell.kinds import MUTABLE

QUARTER = timedelta(minutes=15)
"""After so long a file is read anew that was not touched: it may be another day for its team."""
HALF_A_DAY = timedelta(hours=12)
"""So long after a date has ended in UTC it has ended in every time zone."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading team files gave: the good ones, the faults of the others, and what leads should know of any."""

    files: tuple[TeamFile, ...] = ()
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()
    settled: bool = True
    """Whether nobody was about to change them."""
    alone: bool = False
    """Whether they name no other files, so that nothing else can change what they mean."""


def read_team(path: Path, operator: Operator, now: datetime, earlier: str | None = None) -> Reading:
    """Return the team of a file, or every fault of it; ``earlier`` is what it said before, to be read in its place."""
    loaded = load_team(path, MUTABLE, earlier, (now - HALF_A_DAY).astimezone(UTC).date())
    faults = [*loaded.faults]
    faults += [*connection_faults(loaded, operator), *_decision_faults(loaded, now)]
    warnings = (*loaded.warnings, *connection_remarks(loaded, operator))
    if faults or loaded.team is None:
        return Reading((), tuple(sorted(set(faults))), warnings, alone=_is_alone(loaded))
    file = TeamFile(path, loaded.team, loaded.document.text, newcomers=loaded.newcomers)
    return Reading((file,), (), warnings, alone=_is_alone(loaded))


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


def _was_changed(path: Path, before: tuple[int, ...]) -> bool:
    """Return whether a file was written while it was read: an editor may have emptied it in that very moment."""
    return state_of(path) != before or is_being_changed(path)


VANISHED = "its folder is not there, or another one is in its place; bring it back, or restart without it"


@dataclass(slots=True)
class Teams:
    """The teams that a daemon serves: a broken edit leaves the last good reading of its file in force.

    That outlasts a restart where a ``ledger`` keeps the last good text of each file.
    """

    operator: Operator
    ledger: Ledger | None = None
    served: tuple[TeamFile, ...] = ()
    """What was read last, and is in force."""
    _good: dict[Path, TeamFile] = field(default_factory=dict)
    _folders: dict[Path, Identity] = field(default_factory=dict)
    _readings: dict[Path, tuple[object, Reading]] = field(default_factory=dict)
    _faults: tuple[Fault, ...] = ()

    def read(self, paths: Sequence[Path], now: datetime) -> Reading:
        """Return every file's last good reading, and the faults of what its files say now.

        A file that somebody is about to change is read when they are done, and one that has vanished with its folder is
        taken to be out of reach, not to be deleted.
        """
        changing = {path for path in paths if path in self._good and is_being_changed(path)}
        vanished = [path for path in self._good if path not in paths and self._is_out_of_reach(path.parent)]
        self._good = {path: file for path, file in self._good.items() if path in paths or path in vanished}
        served = tuple(self._good.values())
        states = {path: state_of(path) for path in paths if path not in changing}
        readings = {path: self._reading(path, now) for path in states}
        changing |= {path for path in states if path in self._good and _was_changed(path, states[path])}
        reading = _together([one for path, one in readings.items() if path not in changing], served)
        self._good |= {file.path: file for file in reading.files}
        for path in paths:
            self._restore(path, now)
        as_before = [fault for fault in self._faults if fault.file in map(str, changing)]
        self._faults = (*reading.faults, *as_before, *(Fault(str(path), 1, 1, VANISHED) for path in vanished))
        self._folders |= {path.parent: identity_of(path.parent) for path in paths}
        self.served = tuple(self._good.values())
        return Reading(self.served, self._faults, settled=not changing)

    @property
    def faulty(self) -> int:
        """How many files cannot be served as they are now."""
        return len({fault.file for fault in self._faults})

    def _reading(self, path: Path, now: datetime) -> Reading:
        """Return what a file says; one that was not touched is not read anew: it may be long, and all wait for it.

        What names other files is, for these may have changed, and each is every quarter of an hour, for its dates.
        """
        seen = (state_of(path), now.timestamp() // QUARTER.total_seconds())
        before, reading = self._readings.get(path, (None, Reading()))
        if before == seen:
            return reading
        reading = read_team(path, self.operator, now)
        self._readings.pop(path, None)
        if seen[0] and not is_being_changed(path) and reading.alone:
            self._readings[path] = seen, reading
        return reading

    def _is_out_of_reach(self, folder: Path) -> bool:
        """Whether a folder is not there, cannot be looked into, or is another one without any team file."""
        is_read = os.access(folder, os.R_OK | os.X_OK)
        return not is_read or identity_of(folder) != self._folders.get(folder, identity_of(folder))

    def _restore(self, path: Path, now: datetime) -> None:
        """Serve a team as its file had it before it became faulty, as far as that is known."""
        if path in self._good or self.ledger is None:
            return
        try:
            text = self.ledger.last_good.of(place_of(path))
        except LedgerError:  # whoever goes on with it says so
            return
        for file in read_team(path, self.operator, now, text).files if text is not None else ():
            if not _told_twice([*self._good.values(), file]):
                self._good[path] = file
