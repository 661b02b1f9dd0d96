"""An edit of one team's file starts a pass over that team, and over those that it concerns; the others have theirs."""

import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from config.operator import operator_model
from config.team import Team
from daemon.cli.setting import Setting, world_of
from daemon.plan.guards import Allowance
from daemon.ports import Calendar
from daemon.serve.forever import Daemon, run_forever
from daemon.serve.passed import Passed, Passing
from daemon.serve.rounds import PATIENCE, Rounds
from daemon.serve.team_files import read_teams
from daemon.serve.teams import Teams
from daemon.serve.watch import Watcher
from integrations import kinds
from tests.scenarios.command_line import TEAM, edited
from tests.scenarios.forks import LONGEST
from tests.scenarios.test_daemon import until

NAMES = ("Platform", "Data", "Mobile")


class Passes:
    """How often each team was passed over."""

    def __init__(self) -> None:
        self.made, self._lock = Counter[str](), threading.Lock()

    def passed(self, ended: Passing) -> None:
        with self._lock:
            self.made[ended.team.team] += 1

    def delivered(self, _sent: int, _failed: int) -> None:
        """Hear of mails, which are no matter here."""


class Served:
    """A daemon in a thread of this process, and how often it has passed over each team."""

    def __init__(self, folder: Path, every: timedelta) -> None:
        self.hangs = dict[str, threading.Event]()
        """Whose calendar does not answer until that is set."""
        local = operator_model(kinds()).default(str(folder / "peerloop-data"))
        operator = local.model_copy(update={"teams": (str(folder / "*.yaml"),)})
        self._told = Setting(operator, ())
        self._world, self.watcher, passes = world_of(self._told), Watcher(), Passes()
        self._ours = replace(self._world, calendar=self._calendar)
        self.passes = passes.made
        teams = Teams(operator, self._world.ledger)
        more = (
            self._told.watched,
            self._told.whose,
            every,
            Allowance(),
            self._told.now,
            self.watcher,
            Passed([passes]),
        )
        self._daemon = Daemon(self._told.paths, teams, *more)

    def _calendar(self, team: Team, key: str) -> Calendar:
        assert team.team not in self.hangs or self.hangs[team.team].wait(LONGEST)
        return self._world.calendar(team, key)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        thread = threading.Thread(target=run_forever, args=(self._daemon, self._ours))
        thread.start()
        try:
            until(lambda: all(self.passes[name] >= 2 for name in NAMES))  # once it watches it looks once more,
            until(self.is_at_rest)  # and once more at what the first passes wrote
            yield
        finally:
            for hangs in self.hangs.values():
                hangs.set()
            self.watcher.stop()
            thread.join(LONGEST)
            self._world.ledger.close()

    def is_at_rest(self) -> bool:
        before = dict(self.passes)
        time.sleep(2)
        return before == self.passes

    def others_than(self, name: str) -> dict[str, int]:
        return {one: self.passes[one] for one in NAMES if one != name}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    for number, name in enumerate(NAMES):
        file = tmp_path / f"{name.lower()}.yaml"
        file.write_text(TEAM.replace("team: Platform", f"team: {name}").replace("@example", f"@{number}.example"))
        os.utime(file, (0, 0))  # nobody is about to change it
    one = Served(tmp_path, timedelta(hours=1))
    with one.at_work():
        yield one


def test_an_edit_of_a_file_passes_over_its_team_alone(served: Served, tmp_path: Path) -> None:
    others, before = served.others_than("Data"), served.passes["Data"]
    edited(tmp_path / "data.yaml", "name: Lunch & Learn", "was: Lunch & Learn, name: Brown bag")
    until(lambda: served.passes["Data"] > before)
    calendar = tmp_path / "peerloop-data" / "calendar"
    until(lambda: "SUMMARY:Brown bag" in (calendar / "data.ics").read_text())
    until(served.is_at_rest)  # and what that pass wrote has been looked at
    assert served.others_than("Data") == others


@pytest.mark.parametrize("path", ["wiki/mobile/2*.md", "wiki/mobile/home.md", "calendar/mobile.ics"])
def test_an_edit_of_its_page_or_calendar_passes_over_its_team_alone(served: Served, tmp_path: Path, path: str) -> None:
    others, before = served.others_than("Mobile"), served.passes["Mobile"]
    file = next((tmp_path / "peerloop-data").glob(path))
    file.write_text(file.read_text() + "\n")
    until(lambda: served.passes["Mobile"] > before)
    until(served.is_at_rest)
    assert served.others_than("Mobile") == others


def test_a_folder_that_is_made_below_its_pages_concerns_its_team_alone(served: Served, tmp_path: Path) -> None:
    others, before, pages = (
        served.others_than("Mobile"),
        served.passes["Mobile"],
        tmp_path / "peerloop-data/wiki/mobile",
    )
    (pages / "retros").mkdir()
    page = next(pages.glob("2*.md")).rename(pages / "retros" / "page.md")
    until(lambda: served.passes["Mobile"] > before)
    until(served.is_at_rest)
    before = served.passes["Mobile"]
    page.write_text(page.read_text() + "\n")
    until(lambda: served.passes["Mobile"] > before)
    until(served.is_at_rest)
    assert served.others_than("Mobile") == others


def test_an_edit_of_what_may_be_anybodys_passes_over_all(served: Served, tmp_path: Path) -> None:
    before = served.passes.copy()
    (tmp_path / "template.md").write_text("# A template")
    until(lambda: all(served.passes[name] > before[name] for name in NAMES))


def test_a_file_that_is_deleted_concerns_whoever_may_be_that_team_now(served: Served, tmp_path: Path) -> None:
    before = served.passes.copy()
    for number, name in ((0, "platform"), (2, "mobile")):
        edited(tmp_path / f"{name}.yaml", f"@{number}.example", "@1.example")
    until(lambda: served.passes["Platform"] > before["Platform"] and served.passes["Mobile"] > before["Mobile"])
    before = served.passes.copy()
    (tmp_path / "data.yaml").unlink()
    until(lambda: served.passes["Platform"] > before["Platform"] and served.passes["Mobile"] > before["Mobile"])


def test_a_file_that_is_gone_concerns_only_teams_with_half_of_its_members(tmp_path: Path) -> None:
    paths = {name: tmp_path / f"{name.lower()}.yaml" for name in NAMES}
    for name, host in zip(NAMES, ("0", "1", "1"), strict=True):
        paths[name].write_text(TEAM.replace("team: Platform", f"team: {name}").replace("@example", f"@{host}.example"))
    told = Setting(operator_model(kinds()).default(str(tmp_path / "peerloop-data")), (*paths.values(),))
    world, passes = world_of(told), Passes()
    rounds = Rounds(world, Allowance(), told.now, passed=Passed([passes]))
    for served in (("Platform", "Data", "Mobile"), ("Platform", "Mobile")):
        files = read_teams([paths[name] for name in served], told.operator, told.now()).files
        assert rounds.begin(files, only=set()) and rounds.settle(LONGEST)
    rounds.close()
    world.ledger.close()
    assert passes.made == {"Platform": 1, "Data": 1, "Mobile": 2}


def test_what_many_new_files_say_is_kept_in_a_few_transactions(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.yaml" for number in range(60)]
    for number, path in enumerate(paths):
        path.write_text(TEAM.replace("team: Platform", f"team: T{number}").replace("@example", f"@{number}.example"))
    told = Setting(operator_model(kinds()).default(str(tmp_path / "peerloop-data")), (*paths,))
    world, by = world_of(told), Counter[int]()
    event.listen(world.ledger._engine, "commit", lambda _connection: by.update([threading.get_ident()]))
    rounds = Rounds(world, Allowance(), told.now)
    assert rounds.begin(read_teams(paths, told.operator, told.now()).files, only=set())
    assert 0 < by[threading.get_ident()] < 10, "each one is waited for by all teams"
    rounds.close()
    for path in paths:
        assert world.ledger.last_good.of(str(path)) == path.read_text()
    world.ledger.close()


def test_while_a_pass_goes_on_all_are_asked_for_but_now_and_then(served: Served, tmp_path: Path) -> None:
    served.hangs["Data"] = threading.Event()
    begun, before = time.monotonic(), served.passes.copy()
    for number in range(20):
        (tmp_path / "template.md").write_text(f"# A template {number}")
        time.sleep(0.3)
    made = served.passes["Platform"] - before["Platform"]
    assert 1 <= made <= 2 + (time.monotonic() - begun) / PATIENCE


def test_all_of_them_are_passed_over_when_it_is_asked_for(served: Served) -> None:
    before = served.passes.copy()
    served.watcher.hurry()
    until(lambda: all(served.passes[name] > before[name] for name in NAMES))
