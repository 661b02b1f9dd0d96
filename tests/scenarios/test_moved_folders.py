"""Each team in a folder of its own, which is renamed, deleted, or away for a while: whose the team is then."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from daemon.cli.setting import Setting, setting_of
from daemon.serve import away
from tests.scenarios.command_line import edited
from tests.scenarios.forks import LONGEST
from tests.scenarios.test_daemon import Running, running, until
from tests.scenarios.test_git_at_work import Clock, git
from tests.scenarios.test_taken_teams import NAMES, NOW, TakesPlace, calendar, is_at_home, team

MISSED = "its folder is not there, or another one is in its place; bring it back, or restart without it"
RENAMED = "team: Calm\nwas: [Quiet]"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "peerloop.yaml").write_text("teams: [teams/**/team.yaml, teams/all/*/team.yaml]\nevery: 1 hour\n")
    for name in NAMES:
        (tmp_path / "teams" / "all" / name.lower()).mkdir(parents=True)
        (tmp_path / "teams" / "all" / name.lower() / "team.yaml").write_text(team(f"team: {name}", name.lower()))
    return tmp_path


@pytest.fixture
def said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Setting:
    monkeypatch.chdir(folder)
    return setting_of([], None, None, datetime.fromisoformat(NOW))


@pytest.fixture
def made(folder: Path, said: Setting, at_rest: None) -> Iterator["Rounds"]:
    one = Rounds(folder, said)
    with closing(one.world.ledger), one.world.ledger.alone():
        assert one.round() == {}
        yield one
        one.rounds.close()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return by which it is told how long files are away."""
    clock = Clock()
    monkeypatch.setattr(away, "time", clock)
    return clock


class Rounds(TakesPlace):
    """A daemon's rounds over teams that have folders of their own."""

    def round(self) -> Mapping[str, str]:
        """Make a round, and return what is wrong with the teams' files, by the names of their folders."""
        reading = self.teams.read(self.told.paths(), self.told.now())
        assert self.rounds.begin(reading.files) and self.rounds.settle(LONGEST)
        return {Path(fault.file).parent.name: fault.message for fault in reading.faults}

    def served(self) -> Mapping[str, str]:
        """Return in whose folder the file of each team is, by its key."""
        return {key: file.path.parent.name for key, file in self.rounds.teams.items()}


# It goes on where its folder is


def goes_on(folder: Path, daemon: Running, file: Path) -> None:
    """See a team that has another name by now go on under that of its folder, and with what its lead edits there."""
    until(lambda: [name for name in daemon.about("serving")[-1]["teams"] if name != "Att"] == ["Calm"])
    edited(file, "title: Ingress", "title: Edited by its lead")
    until(lambda: "Edited by its lead" in calendar(folder, "quiet"))
    assert all(is_at_home(folder, name) for name in ("att", "quiet"))


@pytest.mark.parametrize(("old", "new"), [("all/quiet", "all/calm"), ("all", "many"), ("all/quiet", "calm")])
def test_a_team_whose_folder_is_renamed_goes_on(folder: Path, old: str, new: str) -> None:
    """So it does with one in which it was, or out of that; and where the team is renamed as well."""
    with running(folder) as daemon:
        until(lambda: all(is_at_home(folder, name) for name in ("att", "quiet")))
        (folder / "teams" / old).rename(folder / "teams" / new)
        file = next(one for one in (folder / "teams" / new).glob("**/team.yaml") if "Quiet" in one.read_text())
        edited(file, "team: Quiet", RENAMED)
        goes_on(folder, daemon, file)
        assert daemon.stop() == 0
        assert not [line for line in daemon.about("trouble") if "give one of them another name" in line["what"]]


def test_a_team_goes_on_whichever_commit_with_another_folder_for_it_is_checked_out(folder: Path) -> None:
    checkout = folder / "teams"
    git(checkout, "init", "-q", "-b", "main")
    git(checkout, "add", ".")
    git(checkout, "commit", "-q", "-m", "two teams")
    git(checkout, "checkout", "-q", "-b", "renamed")
    git(checkout, "mv", "all/quiet", "all/calm")
    edited(checkout / "all" / "calm" / "team.yaml", "team: Quiet", RENAMED)
    git(checkout, "commit", "-q", "-a", "-m", "another name for a team and its folder")
    git(checkout, "checkout", "-q", "main")
    with running(folder) as daemon:
        until(lambda: all(is_at_home(folder, name) for name in ("att", "quiet")))
        for branch, name in (("renamed", "Calm"), ("main", "Quiet"), ("renamed", "Calm")):
            git(checkout, "checkout", "-q", branch)
            until(lambda name=name: name in daemon.about("serving")[-1]["teams"])  # type: ignore[misc]
        goes_on(folder, daemon, checkout / "all" / "calm" / "team.yaml")
        assert daemon.stop() == 0


# Nobody else has it meanwhile


def asks(folder: Path, words: str = "team: Quiet") -> Path:
    """Have somebody else ask for the team, for people of their own."""
    place = folder / "teams" / "all" / "a"
    place.mkdir(exist_ok=True)
    (place / "team.yaml").write_text(team(words, "evil", "Stolen"))
    return place


TAKES_LONG = (
    "Quiet was the team of teams/all/quiet/team.yaml, which has gone; "
    "once that is away for ten minutes, this file has the team"
)


@pytest.mark.parametrize("words", ["team: Quiet", "team: Zed\nwas: [Quiet]"])
@pytest.mark.parametrize("when", ["before", "at once", "later"])
def test_a_team_whose_folder_is_away_for_a_moment_is_nobody_elses(
    folder: Path, made: Rounds, words: str, when: str
) -> None:
    before, own = calendar(folder, "quiet"), folder / "teams" / "all" / "quiet"
    if when == "before":
        asks(folder, words)
        made.round()
    own.rename(folder / "away")
    if when == "later":
        assert made.round() == {"quiet": MISSED}
    asks(folder, words)
    for _ in range(2):
        assert made.round() == {"quiet": MISSED, "a": TAKES_LONG}
        assert made.served() == {"att": "att", "quiet": "quiet"}
    (folder / "away").rename(own)
    edited(own / "team.yaml", "Ingress", "Edited by its lead")
    refused = "Quiet is the team of teams/all/quiet/team.yaml already; give one of them another name"
    assert made.round() == {"a": refused}
    assert is_at_home(folder, "quiet") and calendar(folder, "quiet") != before


def test_a_copy_that_was_refused_has_the_team_once_its_folder_is_away_for_long(
    folder: Path, made: Rounds, clock: Clock
) -> None:
    own, copy = folder / "teams" / "all" / "quiet", folder / "teams" / "copy"
    shutil.copytree(own, copy)
    assert made.round().keys() == {"copy"}
    shutil.rmtree(own)
    for seconds in (0, 599):
        clock.now += seconds
        assert made.round() == {"quiet": MISSED, "copy": TAKES_LONG}
        assert made.served() == {"att": "att", "quiet": "quiet"}
    clock.now += 2
    for _ in range(2):
        assert made.round() == {}
        assert made.served() == {"att": "att", "quiet": "copy"}
    assert is_at_home(folder, "quiet")


def test_a_team_that_nobody_asks_for_goes_on_however_long_its_folder_is_away(
    folder: Path, made: Rounds, clock: Clock
) -> None:
    own = folder / "teams" / "all" / "quiet"
    own.rename(folder / "away")
    for seconds in (0, 601, 10**6):
        clock.now += seconds
        assert made.round() == {"quiet": MISSED}
        assert made.served() == {"att": "att", "quiet": "quiet"}
    asks(folder, "team: Att\nwas: [Quiet]")
    assert made.round().keys() == {"quiet", "a"}, "who asks for it has it as little, where they ask for others too"
    assert made.served() == {"att": "att", "quiet": "quiet"}


@pytest.fixture
def elsewhere(folder: Path) -> Iterator[Path]:
    """Return a folder on another file system."""
    places = (Path("/dev/shm"), Path("/var/tmp"), Path.home())
    others = (one for one in places if one.is_dir() and one.stat().st_dev != folder.stat().st_dev)
    if not (place := next(others, None)):
        pytest.skip("there is no other file system to write to")
    with TemporaryDirectory(dir=place) as other:
        yield Path(other)


def test_a_folder_on_another_file_system_may_come_back_however_long_it_is_away(
    folder: Path, elsewhere: Path, said: Setting, at_rest: None, clock: Clock
) -> None:
    own = folder / "teams" / "all" / "quiet"
    shutil.copytree(own, elsewhere / "quiet")
    shutil.rmtree(own)
    own.symlink_to(elsewhere / "quiet")
    is_missed(folder, said, own.unlink, clock)


@pytest.mark.parametrize("around", [True, False])
def test_a_folder_in_whose_place_is_another_one_may_come_back_however_long_it_is_away(
    folder: Path, said: Setting, at_rest: None, clock: Clock, around: bool
) -> None:
    """Or in the place of that in which it was, as where that is not mounted."""
    place = folder / "teams" / "all"

    def is_replaced() -> None:
        (place if around else place / "quiet").rename(folder / "away")
        if around:
            shutil.copytree(folder / "away" / "att", place / "att")
        else:
            (place / "quiet").mkdir()

    is_missed(folder, said, is_replaced, clock)


def is_missed(folder: Path, said: Setting, goes: Callable[[], object], clock: Clock) -> None:
    """See that a team goes on as it was when its folder is away, whatever else says the same as its file did."""
    shutil.copytree(folder / "teams" / "all" / "quiet", folder / "copy")
    made = Rounds(folder, said)
    with closing(made.world.ledger), made.world.ledger.alone():
        assert made.round() == {}
        goes()
        shutil.copytree(folder / "copy", folder / "teams" / "copy")
        for seconds in (0, 601, 10**6):
            clock.now += seconds
            refused = "Quiet is the team of teams/all/quiet/team.yaml already; give one of them another name"
            assert made.round() == {"quiet": MISSED, "copy": refused}
            assert made.served() == {"att": "att", "quiet": "quiet"}
        made.rounds.close()
