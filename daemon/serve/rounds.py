"""Rounds: a pass over every team, then what people are to hear, side by side, so that nobody waits for another."""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

import structlog

from config.team import Team
from config.team_file import TeamFile, place_of
from daemon.deliver import SIDE_BY_SIDE, Part, deliver, in_vain
from daemon.ledger import LedgerError, LedgerReplaced
from daemon.loop import World
from daemon.model.names import team_key, with_former
from daemon.plan.guards import Allowance
from daemon.plan.renames import unclaimed, with_members_of
from daemon.ports import permitted_by
from daemon.serve.clock import Clock, since_boot
from daemon.serve.dispatch import ALONE, Crew
from daemon.serve.lanes import Lanes, Seconds
from daemon.serve.passed import THE_LEDGER, Passed, mail_of
from daemon.serve.passes import Passes
from daemon.serve.said import Said
from daemon.tell.troubles import FILE

log = structlog.get_logger()
AFTER_PASSES = ""
"""The name of what waits for passes beside the mails, which have those of their connections."""
NONE: Mapping[str, Sequence[str]] = MappingProxyType({})
MOST_FAULTS = 3
"""How many faults of a file its lead is told of; `peerloop check` tells all."""
PATIENCE: Seconds = 1.5
"""How long a round's mail waits for passes, so that one digest tells of all teams of its reader."""
MOMENT: Seconds = 0.5
"""How long passes, and then mails, are waited for that are under way in a folder which was replaced."""
LONG_PATIENCE: Seconds = 300
"""How long it waits for those of all teams of its reader: there is nothing else to tell, but half of what they do."""
VERY_LONG: Seconds = 600
HELD_UP = (
    "it has not come to its end for more than ten minutes: a server that it needs is slow, or there is more in the "
    "team's file, calendar or pages than can be gone through in that time. Nothing happens for this team until then; "
    "others go on beside it"
)
"""What is said of a pass after so long."""
_Like = tuple[tuple[object, ...], tuple[str, ...]]


class Rounds:
    """The passes and the deliveries of a daemon; what goes wrong in one is said, and stops no other."""

    def __init__(
        self,
        world: World,
        caps: Allowance,
        clock: Callable[[], datetime],
        gone_by: Callable[[], Seconds] = since_boot,
        passed: Passed | None = None,
        crew: Crew = ALONE,
        look_again: Callable[[], None] = lambda: None,
    ) -> None:
        """Take what a pass needs; ``clock`` tells the time, aware, and ``gone_by`` how much of it has gone by.

        ``passed`` is told how each pass went, and the ``crew`` makes them. It is asked to ``look_again`` where a pass
        was given up because another ledger was put in place, or the ledger was connected to anew.
        """
        self.passed = Passed() if passed is None else passed
        self._world, self._clock, self._gone_by, self._look_again = world, clock, gone_by, look_again
        self._said, self._checked = Said(), Clock(clock, world.ledger.looks, gone_by=gone_by)
        self._over = Passes(world, caps, clock, self.passed, self._said, gone_by).over
        self._passes, self._mails = crew.dispatcher(self._pass, self._deliver, PATIENCE), Lanes()
        self.teams: Mapping[str, TeamFile] = {}
        """Those that are served, by their keys."""
        self._kept, self._well = dict[Path, str](), set[str]()
        self._like, self._held_up = dict[str, _Like](), set[str]()
        self._heard: int | None = None
        self._era = self._asked_in = world.ledger.era
        """Of which era all is that is known of the ledger, and in which the passes were asked for that are to be made.

        What still waits from before another folder was put in place is not begun, then, while a round looks."""
        world.ledger.when_connected_anew = look_again

    def begin(
        self,
        files: Sequence[TeamFile],
        faults: Mapping[str, Sequence[str]] = NONE,
        complete: bool = True,
        only: Set[str] | None = None,
    ) -> bool:
        """Pass over every team, and return whether the ledger and the clock allow it.

        With ``only`` some of them, by their keys, those are passed over alone, and whom what is new in files concerns.

        Whose pass goes on for long keeps nobody else's mail waiting. ``faults`` are those of the files as they are now;
        the leads of teams that are served as they were before hear of them. There are more files that nobody knows yet
        where these are not ``complete``.
        """
        with self._said.troubles_of(THE_LEDGER), self.passed.needing_ledger(THE_LEDGER):
            self._see_to_the_ledger()
            with self._in_era(self._era):  # or what is written here would be known of a ledger that never heard of it
                doubt = self._checked.doubt()
                self._said.of("the clock", [doubt] if doubt else [])
                if doubt:
                    return False
                self._see_to_the_teams(files, faults, complete)
                self._ask_for_passes(faults, only)
                self._say_what_is_held_up()
            self._mails.submit(AFTER_PASSES, (), self._deliver_after_passes)
            return True
        return False

    def _see_to_the_teams(self, files: Sequence[TeamFile], faults: Mapping[str, Sequence[str]], complete: bool) -> None:
        """Know which teams are served, and have the ledger know what their files say, and what is wrong with them."""
        known = self._world.ledger.team_keys()
        there = {*known.values()}
        asked = files if faults or not complete else self._with_unclaimed(files, known)
        self.teams = self._keyed(asked, known)
        self._keep_texts()
        for key, file in self.teams.items():
            self._note_faults(key, () if file.heir else faults.get(str(file.path), ()), key in there)

    def _ask_for_passes(self, faults: Mapping[str, Sequence[str]], only: Set[str] | None) -> None:
        likes = {key: _like(file, faults) for key, file in self.teams.items()}
        edited = {key for key in likes if likes[key] != self._like.get(key)}
        heard, spoken_in = self._world.ledger.said_since(self._heard)
        urgent = {key for key in edited & self._like.keys() if likes[key][0] != self._like[key][0]} | spoken_in
        self._asked_in = self._era
        self._passes.dispatch(self.teams, likes.keys() if only is None else edited | spoken_in | only, urgent)
        self._like, self._heard = likes, heard

    def _say_what_is_held_up(self) -> None:
        on = {f"the pass over {one.team.team}" for key, one in self.teams.items() if self._goes_on(key)}
        for subject in on | self._held_up:
            self._said.of(subject, [HELD_UP] if subject in on else [])
        self._held_up = on

    def _goes_on(self, key: str) -> bool:
        return self._passes.goes_on_for(key, VERY_LONG)

    def _with_unclaimed(self, files: Sequence[TeamFile], known: Mapping[str, str]) -> list[TeamFile]:
        teams = [file.team for file in files]
        former = with_members_of(teams, self._world.ledger.bases(unclaimed(known, teams)))
        return [replace(file, unclaimed=names) for file, names in zip(files, former, strict=True)]

    def _keyed(self, files: Sequence[TeamFile], known: Mapping[str, str]) -> Mapping[str, TeamFile]:
        """Return the files by the keys of their teams. Were two for one, whose it was would go on with it."""
        keyed, twice = dict[str, TeamFile](), list[str]()
        for file in with_former(files, known):
            key = team_key(file.team, known)
            other = keyed.setdefault(key, file)
            if other.path != file.path:
                had = self.teams.get(key)
                mine, its = (file, other) if had and had.path == file.path else (other, file)
                keyed[key] = mine
                twice.append(f"{mine.path} and {its.path} are for one team, {key}; the first one goes on with it")
        self._said.of("the team files", twice)
        return keyed

    def _keep_texts(self) -> None:
        """Have the ledger keep what files said when they were good."""
        fresh = {file.path: file.text for file in self.teams.values() if self._kept.get(file.path) != file.text}
        if fresh:
            self._world.ledger.last_good.keep({place_of(path): text for path, text in fresh.items()})
            self._kept |= fresh

    def _note_faults(self, key: str, faults: Sequence[str], is_known: bool) -> None:
        """Have the ledger know whether a team's file is wrong now; one that it does not know yet was never."""
        if faults or (is_known and key not in self._well):
            self._world.ledger.troubles.note(key, (FILE,), {FILE: _shown(faults)} if faults else {}, self._clock())
        (self._well.discard if faults else self._well.add)(key)

    def _see_to_the_ledger(self) -> None:
        """Go on with a ledger that was put in the place of ours; what is under way writes nothing any more.

        Whether it can be written to is told by what is under way; only where nothing is, that is tried here.
        """
        ledger = self._world.ledger
        try:
            ledger.try_out() if self.settle(0) else ledger.keep()
        except LedgerReplaced:
            ledger.reopen()
            log.warning("the ledger was replaced by another file; that one is used from now on")
        if ledger.era != self._era:
            self._era = ledger.era
            self._forget()

    def _forget(self) -> None:
        """Take nothing for granted of the ledger: what was written to it may be lost."""
        self._kept.clear()
        self._well.clear()
        self._like.clear()
        self._heard = None

    def begin_anew(self) -> None:
        """Let nothing that is under way write any more, after it has had a moment to come to its end."""
        self.settle(MOMENT)
        self._world.ledger.begin_anew()

    @contextmanager
    def _in_era(self, era: int) -> Iterator[None]:
        """Let the caller write in this thread, wherever that is, until all is begun anew."""
        with self._world.ledger.in_era(era) as check, permitted_by(check):
            yield

    def settle(self, within: Seconds) -> bool:
        """Wait until everything is done, but not for longer than that; return whether it is."""
        return self._passes.settle(within) and self._mails.settle(within)

    def close(self) -> None:
        """Begin nothing more, and wait for what is under way."""
        self._passes.close()
        self._mails.close()

    def _pass(self, key: str, file: TeamFile) -> None:
        """Pass over a team in its turn, unless the clock has leapt since: the next round asks for it anew."""
        if now := self._checked.moment():
            with self._in_era(self._asked_in):
                done = self._over(key, file, now)
            if not done.has_ended and self._is_replaced():
                self._look_again()

    def _is_replaced(self) -> bool:
        try:
            self._world.ledger.keep()
        except LedgerReplaced:
            return True
        except LedgerError:
            return False
        return False

    def _deliver_after_passes(self) -> None:
        """Send what is due once the passes have had their time; where they end before, that is done by then."""
        if not self._passes.settle(PATIENCE):
            self._deliver()

    def _deliver(self) -> None:
        """Send what is due, each mail connection on its own, and what was put off beside the rest."""
        for connection in sorted({file.team.mail.connection for file in self.teams.values()}):
            for part in Part:
                self._send(connection, part)

    def _send(self, connection: str, part: Part) -> None:
        self._mails.submit(_job(connection, part), [connection], self._delivery(connection, part))

    def _delivery(self, connection: str, part: Part) -> Callable[[], None]:
        others = set(Part) - {part}
        under_way = set[str]()
        """Whose pass was made when it was begun: what that leaves due may have been missed."""

        def do() -> None:
            if (now := self._checked.moment()) is None:
                return
            name = mail_of(connection)
            ledger = self._world.ledger
            with self._said.troubles_of(name) as troubles, self.passed.needing_ledger(name), self._in_era(ledger.era):
                teams = {key: file.team for key, file in self.teams.items()}
                under_way.update(key for key in teams if self._passes.busy(key))
                world = self._world
                told = (ledger, world.messenger, served, world.answer, self._gone_by)
                delivered = deliver(teams, now, *told, [part], SIDE_BY_SIDE, world.account)
                failed = in_vain(teams, ledger, now, world.account)
                vain = [why for team, why in failed if team.mail.connection == connection]
                troubles += dict.fromkeys(vain)
                is_quiet = not (vain or delivered.sent or delivered.given_up)
                if is_quiet and (
                    part is not Part.FIRST or any(self._mails.busy(_job(connection, one)) for one in others)
                ):
                    troubles += self._said.known(name)  # what has become of it those say that have something to send
                self._say_given_up(name, delivered.given_up, known=bool(vain or delivered.sent))
                self.passed.delivered(delivered.sent, len(delivered.errors))
                if delivered.sent:
                    log.info("delivered", digests=delivered.sent)
                if delivered.left and (delivered.sent or delivered.given_up or part is not Part.FIRST):
                    self._send(connection, Part.FIRST if part is Part.MUCH else part)

        def served(team: Team, keys: Sequence[str]) -> bool:
            return team.mail.connection == connection and not self._are_awaited(keys, under_way)

        return do

    def _say_given_up(self, name: str, given_up: Sequence[str], known: bool) -> None:
        """Say what is not tried again; unless it is ``known`` whether sending works now, neither is said of that."""
        for why in given_up:
            log.error("given up", about=name, what=why)
        if given_up and not known:
            self._said.forget(name)

    def _are_awaited(self, keys: Sequence[str], under_way: Container[str]) -> bool:
        """Whether a mail that tells of these teams waits for the pass of one of them."""
        busy = [key for key in keys if key in under_way or self._passes.busy(key)]
        patience = LONG_PATIENCE if len(busy) == len(keys) else PATIENCE
        return any(not self._passes.held_up(key, patience) for key in busy)


def _job(connection: str, part: Part) -> str:
    return f"{connection} {part.value}"


def _like(file: TeamFile, faults: Mapping[str, Sequence[str]]) -> _Like:
    """Return all that a team's pass goes by and files say: its own and that of its heir, and what no file says."""
    return (file.text, file.newcomers, file.heir, tuple(faults.get(str(file.path), ()))), file.unclaimed


def _shown(faults: Sequence[str]) -> str:
    more = f" (and {len(faults) - MOST_FAULTS} more)" if len(faults) > MOST_FAULTS else ""
    return "; ".join(faults[:MOST_FAULTS]) + more
