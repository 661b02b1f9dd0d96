"""A pass over an idle team is a look and nothing more, and nobody can tell: two teams go through the days side by side,
once with a whole pass every time and once without.

Whatever people do, say, edit or take away, and whatever fails meanwhile, the same is written and left due at the same
passes.
"""

import random
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from config.team_file import TeamFile
from config.templates import render
from daemon.deliver import deliver
from daemon.idle import pass_over
from daemon.ledger import Ledger, open_ledger
from daemon.loop import Pass, World, run_once
from daemon.model import State
from daemon.model.names import team_key
from daemon.model.statements import Door, Statement, StatementKind
from daemon.say import say
from integrations import calendar, messenger, sources, wiki
from tests import soak
from tests.scenarios.disturbances import FAILURES
from tests.scenarios.programme import Through
from tests.scenarios.traced import Traced
from tests.scenarios.year import SIZE, OneOfSeveral, people_act, team

BEGIN = datetime(2027, 1, 6, 6, tzinfo=UTC)
DAYS = soak.either(2, 366)
MEMBERS = soak.either(2, SIZE)
"""How many a team has beside who is in both, or in another one."""
FURTHEST = 240
"""How many minutes after one pass the next one may be."""
FAILING = tuple(failure for failure in FAILURES if failure.port != "messenger")
Passing = Callable[[TeamFile, datetime, World], Pass | None]


def undisturbed(world: World) -> World:
    return world


def one_of_two(number: int) -> dict[str, Any]:
    """Return a team that shares somebody with another one."""
    whole = team(number)
    return {**whole, "members": [*whole["members"][:MEMBERS], whole["members"][-1]]}


class Side:
    """Two teams that share some people, and how they are passed over."""

    def __init__(self, folder: Path, passing: Passing) -> None:
        self.teams = [OneOfSeveral(folder, one_of_two(number), BEGIN) for number in range(2)]
        self.idle = self.whole = 0
        self._passing = passing
        operator = self.teams[0].operator
        self.ledger: Ledger = open_ledger(operator.ledger_url())
        known = (operator, lambda _: self.now)
        ports = (partial(calendar, *known), partial(wiki, *known), partial(messenger, *known), partial(sources, *known))
        self.world = World(self.ledger, *ports, render)

    @property
    def now(self) -> datetime:
        return self.teams[0].now

    def passes(self, now: datetime, through: Through = undisturbed) -> None:
        world = through(self.world)
        for one in self.teams:
            one.now = now
            done = self._passing(one.file, now, world)
            self.idle += done is None
            self.whole += done is not None
        keyed = {team_key(one.file.team, self.ledger.team_keys()): one.file.team for one in self.teams}
        deliver(keyed, now, self.ledger, world.messenger)

    def says(self, pick: int) -> None:
        """Somebody says on the web page that they cannot make it."""
        file = self.teams[pick % 2].file
        memory = self.world.recall(file.team)
        coming = [one for one in memory.by_start() if one.state is State.ANNOUNCED and one.slot.starts_at > self.now]
        for one in coming[pick % 5 :][:1]:
            for role, who in [*one.roles.items()][:1]:
                told: dict[str, Any] = {"who": who, "role": role, "at": self.now, "door": Door.WEB}
                said = Statement(id=f"{pick}", kind=StatementKind.CANNOT, about=one.key, **told)
                say(self.ledger, file.team, memory, said, self.now)

    def overlooks_nothing(self) -> int:
        """Check that no idle team is left alone for longer than passes would find the same; return how many are idle.

        Whatever such a pass compares with the time tells from when on it would find something else.
        """
        found = 0
        for one in self.teams:
            key, flips = team_key(one.file.team, self.ledger.team_keys()), list[datetime]()
            idle, _ = self.ledger.idle.look(key, ())
            if idle and idle.since == self.now:
                run_once(one.file, Traced.of(self.now, flips), self.world, dry_run=True)
                assert idle.until <= min(flip for flip in flips if flip > self.now)
                found += 1
        return found

    def shown(self) -> dict[str, object]:
        """Return all that people see, and all that the ledger knows but for what tells which teams are idle."""
        one = self.teams[0]
        rows = {name: rows for name, rows in one.rows().items() if name not in ("idle", "revisions")}
        files = {name: content for name, content in one.contents().items() if not name.startswith("ledger")}
        return {**rows, **files}


@soak.soaked
@pytest.mark.parametrize("disturbed", [False, True], ids=["undisturbed", "disturbed"])
def test_nobody_can_tell_that_idle_teams_are_left_alone(disturbed: bool, tmp_path: Path) -> None:
    dice, judged = random.Random(soak.SEED), 0
    whole, sparing = Side(tmp_path / "whole", run_once), Side(tmp_path / "sparing", pass_over)
    now, day = BEGIN, 0
    with closing(whole.ledger), closing(sparing.ledger):
        while now < BEGIN + timedelta(days=DAYS):
            through = dice.choice(FAILING) if disturbed and dice.random() < 0.1 else undisturbed
            for side in (whole, sparing):
                side.passes(now, through)
            assert sparing.shown() == whole.shown(), now
            judged += sparing.overlooks_nothing()
            while disturbed and day < (now - BEGIN).days:
                day += 1
                for side in (whole, sparing):
                    people_act(side.teams, day, soak.SEED)
                    side.says(day)
            now += timedelta(minutes=dice.randint(5, FURTHEST))
    assert whole.idle == 0 < judged
    assert sparing.idle > DAYS * soak.either(1, 4)


def test_the_lead_hears_of_whatever_keeps_an_idle_team_from_being_looked_at(tmp_path: Path) -> None:
    side = Side(tmp_path, pass_over)
    with closing(side.ledger):
        for minutes in range(0, 60, 5):
            side.passes(BEGIN + timedelta(minutes=minutes))
        assert side.idle > 0

        def fails(*_: object) -> Any:
            raise RuntimeError("a fault of ours")

        for minutes in (60, 130):
            with pytest.raises(RuntimeError):
                side.passes(BEGIN + timedelta(minutes=minutes), lambda world: replace(world, wiki=fails))
        one = side.teams[0].file.team
        known = side.ledger.troubles.of(team_key(one, side.ledger.team_keys()))
        assert [(each.subject, each.since) for each in known] == [("pass", BEGIN + timedelta(minutes=60))]
        assert any("Nothing is brought up to date" in said.text for said in side.ledger.waiting()[one.lead])
