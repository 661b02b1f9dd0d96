"""The team files that a daemon serves: the last good reading of each is kept."""

from collections.abc import Container, Hashable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from config.faults import Fault
from config.operator import Operator
from config.team_file import TeamFile, place_of
from daemon.ledger import LedgerError
from daemon.serve.away import Away
from daemon.serve.lanes import Seconds
from daemon.serve.owners import NOBODY, Claim, asks_for_more, claims_of, of_another, successors, told_twice
from daemon.serve.questions import Questions
from daemon.serve.readings import MOMENT, Readings
from daemon.serve.settling import Settling
from daemon.serve.team_files import Reading, day_of, read_briefly, read_team, together

if TYPE_CHECKING:
    from daemon.ledger import Ledger

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
    questions: Questions = field(default_factory=Questions)
    """Who asks how files are, and their folders."""
    _good: dict[Path, TeamFile] = field(default_factory=dict)
    _gone: dict[Path, TeamFile] = field(default_factory=dict)
    """Those whose files have gone, as long as they may come back."""
    _refused: dict[Path, frozenset[Claim]] = field(default_factory=dict)
    """What files asked for in vain when they were read last, for other ones had it."""
    _former: dict[Path, tuple[str, Hashable, Reading]] = field(default_factory=dict)
    _faults: tuple[Fault, ...] = ()
    _in_part: Set[Path] = frozenset()
    """Which files were not read at length when they were read last."""
    _settling: Settling = field(default_factory=Settling)
    _away: Away = field(init=False)
    _readings: Readings[Reading] = field(init=False)

    def __post_init__(self) -> None:
        """Read nothing yet."""
        self._away = Away(self._settling, self.questions)
        reads = self._look, self._look_briefly
        self._readings = Readings(*reads, lambda reading: reading.alone, day_of, self._settling, self.questions)

    def read(self, paths: Sequence[Path], now: datetime, within: Seconds | None = None) -> Reading:
        """Return every file's last good reading, and the faults of what its files say now.

        A file that somebody is about to change is read when they are done, one that takes longer than ``within`` is
        read meanwhile, and one that has vanished with its folder, or while Git writes there, is not taken to be
        deleted. The team of one that has gone is refused for a while to another that had asked for it in vain: it may
        come back. That of one whose folder has gone as well goes on as it was, until another file carries it on, or
        asks for it after that while. One of which its file system tells nothing is as it was.
        """
        self._see_what_is_away(set(paths))
        known = self.known_keys()
        told = self._without_strangers(self._told_now(paths, now, within), known, now)
        carried_on = self._carried_on(told, known)
        free = self._free(carried_on)
        awaited = self._awaited(told, known)
        held = (file for path, file in self._good.items() if path not in free)
        before = (*held, *self._before(told, known, now), *awaited)
        gone = {file.path for file in awaited} | (self._away.gone & self._away.without_folder)
        reading = together(self._in_turn(told, before, {*carried_on.values()}), before, known, gone)
        self._note_refused(told, reading, known)
        self._serve(reading, free, known)
        for path in told:
            self._restore(path, known, now)
        self._faults = (*reading.faults, *self._faults_of({*paths} - told.keys()))
        self.served = tuple(self._good.values())
        is_complete = all(path in told or path in self._good for path in paths)
        unread = [path for path in paths if path not in told and not self.questions.silent_at(path)]
        is_settled = not (unread or self._in_part or self._away.in_between)
        return Reading(self.served, self._faults, settled=is_settled, complete=is_complete)

    @property
    def faulty(self) -> int:
        """How many files cannot be served as they are now."""
        return len({fault.file for fault in self._faults})

    def _see_what_is_away(self, there: Set[Path]) -> None:
        """Serve no more what has gone without its folder, and forget what does not come back."""
        away = self._away
        away.look((self._good.keys() | self._gone.keys() | self._refused.keys()) - there, there)
        gone = self._gone | {path: self._good[path] for path in self._good.keys() & away.gone - away.without_folder}
        self._gone = {path: file for path, file in gone.items() if path not in there | away.for_good}
        self._good = {path: file for path, file in self._good.items() if path not in gone}
        self._refused = {path: claims for path, claims in self._refused.items() if path not in away.for_good}

    def _carried_on(self, told: Mapping[Path, Reading], known: Mapping[str, str]) -> Mapping[Path, Path]:
        """Return which of those that have gone, with their folders or without, are carried on by which files."""
        gone = [*self._gone.values(), *(file for path, file in self._good.items() if path in self._away.gone)]
        files = (file for path, one in told.items() if path not in self._refused for file in one.files)
        return successors(files, gone, known) if gone else {}

    def _free(self, carried_on: Container[Path]) -> Mapping[Path, TeamFile]:
        """Return what goes on though it has gone, unless another file asks for its team: as it is carried on, or away
        for good."""
        gone = self._good.keys() & self._away.gone
        return {path: self._good[path] for path in gone if path in carried_on or path in self._away.for_good}

    def _serve(self, reading: Reading, free: Mapping[Path, TeamFile], known: Mapping[str, str]) -> None:
        """Serve what is good now, and what was before, but for what was ``free`` and another file has by now."""
        taken = {claim for file in reading.files if free for claim in claims_of(file, known)}
        lost = {path: file for path, file in free.items() if taken & claims_of(file, known)}
        self._gone |= lost
        self._good = {path: file for path, file in self._good.items() if path not in lost}
        self._good |= {file.path: file for file in reading.files}

    def _faults_of(self, untold: Set[Path]) -> Iterator[Fault]:
        """Yield what was wrong with files that are not read now, and what is missed with its folder."""
        names = {str(path) for path in untold}
        yield from (fault for fault in self._faults if fault.file in names)
        yield from (Fault(str(path), 1, 1, VANISHED) for path in self._good if path in self._away.without_folder)

    def _awaited(self, told: Mapping[Path, Reading], known: Mapping[str, str]) -> list[TeamFile]:
        """Return the files that may come back, of teams for which only such ask as had asked in vain before, or are
        served as another team."""
        files = [file for one in told.values() for file in one.files]
        others = {file.path for file in files if asks_for_more(file, self._good.get(file.path))}
        waiting = self._refused | {file.path: claims_of(file, known) for file in files if file.path in others}
        moved = {claim for file in files if file.path not in waiting for claim in claims_of(file, known)}
        asked = {claim for claims in waiting.values() for claim in claims} - moved
        return [file for file in self._gone.values() if asked & claims_of(file, known)]

    def _in_turn(
        self, told: Mapping[Path, Reading], before: Sequence[TeamFile], carry_on: Container[Path]
    ) -> list[Reading]:
        """Return what files say, those first that ``carry_on`` a team whose file has gone; then other new ones, then
        such as are served otherwise; last, such as asked in vain before.
        """
        served = {file.path: file for file in before}

        def turn(path: Path) -> tuple[bool, ...]:
            is_more = any(asks_for_more(file, served.get(path)) for file in told[path].files)
            return path in self._refused, path not in carry_on, is_more

        return [told[path] for path in sorted(told, key=turn)]

    def _note_refused(self, told: Mapping[Path, Reading], reading: Reading, known: Mapping[str, str]) -> None:
        good = {file.path for file in reading.files}
        files = [file for one in told.values() for file in one.files]
        refused = {file.path: claims_of(file, known) for file in files if file.path not in good}
        clear = {path for path, one in told.items() if one.files}
        self._refused = {path: claims for path, claims in self._refused.items() if path not in clear} | refused

    def _told_now(self, paths: Sequence[Path], now: datetime, within: Seconds | None) -> Mapping[Path, Reading]:
        """Return what files say, but for those that somebody is about to change, or that are not read yet."""
        is_written = partial(self.questions.ask, self._settling.is_being_written, otherwise=False)
        written = {path for path in paths if is_written(path)}
        busy = {folder for folder in {path.parent for path in paths} if self._git_is_at_work(folder)}
        changing = {path for path in paths if self._good and path.parent in busy} | (written & self._good.keys())
        at_rest = [path for path in paths if path not in changing]
        if within and len(at_rest) < len(paths):
            within = MOMENT  # an edit that is to be read then waits for no other file
        read = self._readings.of(at_rest, now, within, self._good)
        steady = (path for path in at_rest if path in read and (read[path].is_steady or path not in self._good))
        as_before = {path: said for path in at_rest if path not in read and (said := self._as_before(path))}
        self._in_part = {*as_before}
        silent = self._silent(path for path in at_rest if path not in read and path not in self._good)
        return {path: read[path].said for path in steady} | as_before | silent

    def _as_before(self, path: Path) -> Reading | None:
        """Return what an earlier process knew to be good of a file that is read at length, if it says that still."""
        said = None if path in self._good else self._readings.in_part.get(path)
        return said if said and said.files and said.files[0].text == self._last_text(path) else None

    def _silent(self, unread: Iterable[Path]) -> dict[Path, Reading]:
        """Return of files of which nothing is known what keeps them from being read, where nobody answers."""
        found = {path: self.questions.silent_at(path) for path in unread}
        fault = "it cannot be read, for {} has not answered for long; once that does, it is read"
        return {
            path: Reading(faults=(Fault(str(path), 1, 1, fault.format(who)),)) for path, who in found.items() if who
        }

    def _without_strangers(
        self, told: Mapping[Path, Reading], known: Mapping[str, str], now: datetime
    ) -> Mapping[Path, Reading]:
        """Refuse what files are for new teams that would have the keys of others, which may be away."""

        def fault_of(file: TeamFile) -> Fault | None:
            return of_another(file, known, partial(self._last_good, file.path, now))

        self._good = {path: file for path, file in self._good.items() if not fault_of(file)}  # no ledger told of them
        faults = {file.path: fault_of(file) for reading in told.values() for file in reading.files}
        return {**told, **{path: Reading(faults=(fault,)) for path, fault in faults.items() if fault}}

    def known_keys(self) -> Mapping[str, str]:
        """Return the keys of known teams by their names, as far as there is a ledger that tells."""
        try:
            return self.ledger.team_keys() if self.ledger else NOBODY
        except LedgerError:  # whoever goes on with it says so
            return NOBODY

    def _look(self, path: Path, now: datetime) -> Reading:
        return read_team(path, self.operator, now)

    def _look_briefly(self, path: Path, now: datetime) -> tuple[Reading, bool]:
        return read_briefly(path, self.operator, now)

    def _before(self, told: Mapping[Path, Reading], known: Mapping[str, str], now: datetime) -> Iterator[TeamFile]:
        """Yield what files that are new here said in an earlier process: those that are faulty now, or all where two
        are for one team."""
        twice = told_twice([file for reading in told.values() for file in reading.files], known=known)
        asked = (path for path in told if path not in self._good and (twice or not told[path].files))
        yield from (file for path in asked if (file := self._last_good(path, now)))

    def _restore(self, path: Path, known: Mapping[str, str], now: datetime) -> None:
        """Serve a team as its file had it before it became faulty, as far as that is known."""
        file = None if path in self._good else self._last_good(path, now)
        if file and not told_twice([*self._good.values(), file], known=known):
            self._good[path] = file

    def _last_good(self, path: Path, now: datetime) -> TeamFile | None:
        text = self._last_text(path)
        return self._as_it_was(path, text, now) if text is not None else None

    def _last_text(self, path: Path) -> str | None:
        try:
            return self.ledger.last_good.of(place_of(path)) if self.ledger else None
        except LedgerError:  # whoever goes on with it says so
            return None

    def _as_it_was(self, path: Path, text: str, now: datetime) -> TeamFile | None:
        """Return what an earlier text of a file says; it is read anew when days change alone, for all wait for that.

        One that says nothing good any more, perhaps for now, is read again after a while.
        """
        known, day, reading = self._former.get(path, (None, None, Reading()))
        if self.questions.silent_at(path):  # what it names may lie there too
            return None
        if (known, day) != (text, day_of(reading, now)):
            reading = read_team(path, self.operator, now, text)
            self._former[path] = text, day_of(reading, now), reading
        return next(iter(reading.files), None)

    def _git_is_at_work(self, folder: Path) -> bool:
        return self.questions.ask(self._settling.git_is_at_work, folder, otherwise=False)
