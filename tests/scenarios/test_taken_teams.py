"""Which file a team belongs to: no other file takes its calendar, turns and members, whatever that calls its team."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from config.team_file import TeamFile
from daemon.cli.setting import Setting, setting_of, world_of
from daemon.model.names import former_names, team_key
from daemon.plan.guards import Allowance
from daemon.serve import away
from daemon.serve.owners import told_twice
from daemon.serve.rounds import Rounds
from daemon.serve.team_files import read_team
from daemon.serve.teams import Teams
from tests.scenarios.command_line import TEAM, peerloop
from tests.scenarios.forks import LONGEST
from tests.scenarios.test_daemon import running, until
from tests.scenarios.test_git_at_work import Clock

NOW = "2026-11-23T10:00+01:00"
NAMES = ("Att", "Quiet")


def team(words: str, of: str, topic: str = "Ingress") -> str:
    """Return what a file says: what its team is called, whose people are in it, and what they talk about first."""
    text = TEAM.replace("team: Platform", words).replace("@example.com", f"@{of}.example.com")
    return f"{text}topics: [{{title: {topic}, votes: 3}}]\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "teams").mkdir()
    (tmp_path / "peerloop.yaml").write_text("teams: teams/*.yaml\nevery: 1 hour\n")
    for name in NAMES:
        (tmp_path / "teams" / f"{name.lower()}.yaml").write_text(team(f"team: {name}", name.lower()))
    return tmp_path


def calendar(folder: Path, name: str) -> str:
    file = folder / "peerloop-data" / "calendar" / f"{name}.ics"
    return file.read_bytes().decode().replace("\r\n ", "") if file.exists() else ""


def is_at_home(folder: Path, name: str) -> bool:
    """Whether a calendar invites the people of its own team and nobody else, and shows sessions."""
    lines = calendar(folder, name).splitlines()
    guests = {line.rpartition("@")[2] for line in lines if line.startswith("ATTENDEE")}
    return guests == {f"{name}.example.com"} and any(line.startswith("RRULE") for line in lines)


class TakesPlace:
    """A daemon's rounds, without its waiting."""

    def __init__(self, folder: Path, said: Setting) -> None:
        self.told, self.world = said, world_of(said)
        self.teams = Teams(said.operator, self.world.ledger)
        self.rounds = Rounds(self.world, Allowance(), said.now)

    def round(self) -> Mapping[str, str]:
        """Make a round, and return what is wrong with the files, by their names."""
        reading = self.teams.read(self.told.paths(), self.told.now())
        assert self.rounds.begin(reading.files) and self.rounds.settle(LONGEST)
        return {Path(fault.file).name: fault.message for fault in reading.faults}


@pytest.fixture
def said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Setting:
    monkeypatch.chdir(folder)
    return setting_of([], None, None, datetime.fromisoformat(NOW))


@pytest.fixture
def made(folder: Path, said: Setting, at_rest: None) -> Iterator[TakesPlace]:
    one = TakesPlace(folder, said)
    with closing(one.world.ledger), one.world.ledger.alone():
        assert one.round() == {}
        assert all(is_at_home(folder, name) for name in ("att", "quiet"))
        yield one
        one.rounds.close()


@pytest.mark.parametrize("name", ["a.yaml", "zz.yaml"])
def test_a_new_file_takes_no_team_that_is_served(folder: Path, name: str) -> None:
    fault = f"teams/{name}:1:1: Quiet is the team of teams/quiet.yaml already; give one of them another name"
    with running(folder) as daemon:
        until(lambda: is_at_home(folder, "quiet"))
        (folder / "teams" / name).write_text(team("team: Quiet\nwas: [Zed]", "evil", "Stolen"))
        until(lambda: [one for one in daemon.about("trouble") if one["what"] == fault])
        (folder / "teams" / "quiet.yaml").write_text(team("team: Quiet", "quiet", "Edited by its lead"))
        until(lambda: "Edited by its lead" in calendar(folder, "quiet"))
        assert is_at_home(folder, "quiet") and "Stolen" not in calendar(folder, "quiet")
        checked = peerloop(folder, "check")
        assert (checked.code, checked.err) == (2, f"{fault}\n1 to mend\n"), checked
        assert f"teams/{name}: fine" not in checked.out and "teams/quiet.yaml: fine" in checked.out
        assert daemon.stop() == 0
    for command in ("plan", "apply"):
        done = peerloop(folder, command)
        assert done.code == 2 and fault in done.err
        assert is_at_home(folder, "quiet") and "evil" not in done.out + calendar(folder, "zed")


@pytest.mark.parametrize(("mine", "other"), [("att", "quiet"), ("quiet", "att")])
def test_a_team_that_takes_the_name_of_another_is_refused_it_and_both_go_on(
    folder: Path, made: TakesPlace, mine: str, other: str
) -> None:
    """Whether its file comes before or after the other one, and after a restart too."""
    before = calendar(folder, mine), calendar(folder, other)
    words = f"team: {other.capitalize()}\nwas: [{mine.capitalize()}]"
    (folder / "teams" / f"{mine}.yaml").write_text(team(words, mine))
    fault = f"{other.capitalize()} is the team of teams/{other}.yaml already; give one of them another name"
    assert made.round() == {f"{mine}.yaml": fault}
    made.teams = Teams(made.told.operator, made.world.ledger)
    assert made.round() == {f"{mine}.yaml": fault}
    assert (calendar(folder, mine), calendar(folder, other)) == before
    away = folder / "teams" / f"{other}.yaml"
    text = away.read_text()
    away.unlink()  # a checkout takes it away for a moment
    assert made.round() == {f"{mine}.yaml": f"{other.capitalize()} was the team of teams/{other}.yaml, which has gone; "
                            "once that is away for ten minutes, this file has the team"}  # fmt: skip
    away.write_text(text)
    assert made.round() == {f"{mine}.yaml": fault}
    assert (calendar(folder, mine), calendar(folder, other)) == before
    assert peerloop(folder, "check").err.endswith(f"{fault}\n1 to mend\n")


def test_a_team_is_not_taken_while_its_own_file_is_faulty_after_a_restart(folder: Path, made: TakesPlace) -> None:
    before = calendar(folder, "quiet")
    (folder / "teams" / "quiet.yaml").write_text(team("team: Quiet", "quiet").replace("series:", "seris:"))
    (folder / "teams" / "a.yaml").write_text(team("team: Quiet\nwas: [Zed]", "evil", "Stolen"))
    made.teams = Teams(made.told.operator, made.world.ledger)
    assert made.round().keys() == {"quiet.yaml", "a.yaml"}
    assert calendar(folder, "quiet") == before
    assert "teams/a.yaml:1:1: Quiet is the team of teams/quiet.yaml already" in peerloop(folder, "check").err


def test_names_are_swapped_by_way_of_a_third_one_and_not_at_once(folder: Path, made: TakesPlace) -> None:
    before = {name: calendar(folder, name) for name in ("att", "quiet")}

    def calls(file: str, words: str) -> None:
        (folder / "teams" / f"{file}.yaml").write_text(team(words, file))

    calls("att", "team: Quiet\nwas: [Att]")
    calls("quiet", "team: Att\nwas: [Quiet]")
    advice = (
        "two teams cannot swap names at once: give one of them a third name, and take out of was what is to be free"
    )
    assert made.round() == {
        "att.yaml": f"Quiet is the team of teams/quiet.yaml already; {advice}",
        "quiet.yaml": f"Att is the team of teams/att.yaml already; {advice}",
    }
    assert {name: calendar(folder, name) for name in before} == before
    assert peerloop(folder, "check").err.count(advice) == 2
    calls("quiet", "team: Quiet")
    for file, words in (
        ("att", "team: Third\nwas: [Att]"),
        ("att", "team: Third"),
        ("quiet", "team: Att\nwas: [Quiet]"),
        ("quiet", "team: Att"),
        ("att", "team: Quiet\nwas: [Third]"),
    ):
        calls(file, words)
        assert made.round() == {}, words
    assert all(is_at_home(folder, name) for name in before)
    assert {file.team.team: key for key, file in made.rounds.teams.items()} == {"Quiet": "att", "Att": "quiet"}


@pytest.mark.parametrize("was", ["", "\nwas: [Att]"])
def test_a_team_whose_file_is_away_for_a_moment_is_not_taken_by_another_that_is_served(
    folder: Path, made: TakesPlace, was: str
) -> None:
    att, quiet = folder / "teams" / "att.yaml", folder / "teams" / "quiet.yaml"
    away_for_now = quiet.rename(folder / "quiet.away")
    att.write_text(team(f"team: Quiet{was}", "att"))
    assert made.round() == {
        "att.yaml": "Quiet was the team of teams/quiet.yaml, which has gone; once that is away for ten minutes, "
        "this file has the team"
    }
    assert all(is_at_home(folder, name) for name in ("att", "quiet"))
    away_for_now.rename(quiet)
    assert "att.yaml" in made.round()
    assert all(is_at_home(folder, name) for name in ("att", "quiet"))
    att.write_text(team("team: Att", "att"))
    assert made.round() == {}


def test_a_name_that_another_team_had_is_not_taken_from_its_history(folder: Path, made: TakesPlace) -> None:
    (folder / "teams" / "quiet.yaml").write_text(team("team: Calm\nwas: [Silent, Quiet]", "quiet"))
    assert made.round() == {}, "it goes on under its newest name"
    (folder / "teams" / "att.yaml").write_text(team("team: Quiet\nwas: [Att]", "att"))
    for _ in range(2):
        assert made.round().keys() == {"att.yaml"}
        assert all(is_at_home(folder, name) for name in ("att", "quiet"))
    (folder / "teams" / "att.yaml").write_text(team("team: Atlas\nwas: [Attic, Att]", "att"))
    (folder / "teams" / "att.yaml").rename(folder / "teams" / "moved.yaml")
    assert made.round() == {}
    assert {file.team.team: key for key, file in made.rounds.teams.items()} == {"Calm": "quiet", "Atlas": "att"}


def test_two_files_that_change_places_go_on(folder: Path, made: TakesPlace) -> None:
    att, quiet = (folder / "teams" / f"{name}.yaml" for name in ("att", "quiet"))
    before = {name: calendar(folder, name) for name in ("att", "quiet")}
    texts = att.read_text(), quiet.read_text()
    att.write_text(texts[1])
    quiet.write_text(texts[0])
    assert made.round() == {}
    assert {name: calendar(folder, name) for name in before} == before
    assert {key: file.path.name for key, file in made.rounds.teams.items()} == {
        "quiet": "att.yaml",
        "att": "quiet.yaml",
    }


@pytest.mark.parametrize("name", ["a", "zz"])
def test_a_round_that_is_given_two_files_for_one_team_goes_on_with_its_own(
    folder: Path, made: TakesPlace, name: str
) -> None:
    before, other = calendar(folder, "quiet"), folder / "teams" / f"{name}.yaml"
    other.write_text(team("team: Quiet\nwas: [Zed]", "evil", "Stolen"))
    files = [*read_team(other, made.told.operator, made.told.now()).files, *made.teams.served]
    with capture_logs() as lines:
        for order in (files, files[::-1]):
            assert made.rounds.begin(order) and made.rounds.settle(LONGEST)
    (said,) = (line for line in lines if line.get("about") == "the team files" and line["event"] == "trouble")
    assert said["what"].startswith("teams/quiet.yaml and ") and said["what"].endswith("; the first one goes on with it")
    assert calendar(folder, "quiet") == before


REFUSED = "Quiet is the team of teams/moved.yaml already; give one of them another name"
ASKS = ("team: Quiet", "team: Quiet\nwas: [Att]")


@pytest.mark.parametrize("asks", ASKS)
def test_a_team_whose_file_is_renamed_is_not_taken_by_one_that_was_refused_it(folder: Path, asks: str) -> None:
    own, moved, other = (folder / "teams" / f"{name}.yaml" for name in ("quiet", "moved", "att"))

    def is_edited(topic: str) -> None:
        moved.write_text(team("team: Quiet", "quiet", topic))
        until(lambda: topic in calendar(folder, "quiet"))

    with running(folder) as daemon:
        until(lambda: all(is_at_home(folder, name) for name in ("att", "quiet")))
        other.write_text(team(asks, "att"))
        until(lambda: daemon.about("trouble"))
        own.rename(moved)
        until(lambda: REFUSED in str(daemon.about("trouble")))
        is_edited("Edited by its lead")
        is_edited("Edited once more")
        assert all(is_at_home(folder, name) for name in ("att", "quiet"))
        assert daemon.stop() == 0
        assert {line["about"] for line in daemon.about("trouble")} == {"teams/att.yaml"}


@pytest.mark.parametrize("asks", ASKS)
@pytest.mark.parametrize("topic", ["Ingress", "Edited"])
@pytest.mark.parametrize("when", ["before", "at once", "restart", "restart at once"])
def test_who_carries_a_team_on_goes_before_who_asks_for_one_more(
    folder: Path, made: TakesPlace, asks: str, topic: str, when: str
) -> None:
    """Whether its file is edited on its way or not, and the other one was refused the team before or not."""
    own, moved, other = (folder / "teams" / f"{name}.yaml" for name in ("quiet", "moved", "att"))
    before = calendar(folder, "att")
    other.write_text(team(asks, "att"))
    if "at once" not in when:
        assert made.round().keys() == {"att.yaml"}
    own.unlink()
    moved.write_text(team("team: Quiet", "quiet", topic))
    if "restart" in when:
        made.teams = Teams(made.told.operator, made.world.ledger)
    for text in (topic, "Edited again"):
        moved.write_text(team("team: Quiet", "quiet", text))
        assert made.round() == {"att.yaml": REFUSED}
        assert is_at_home(folder, "quiet") and text in calendar(folder, "quiet")
    assert calendar(folder, "att") == before
    assert peerloop(folder, "check").err == f"teams/att.yaml:1:1: {REFUSED}\n1 to mend\n"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return by which it is told how long files are away."""
    clock = Clock()
    monkeypatch.setattr(away, "time", clock)
    return clock


def test_what_a_file_asked_for_in_vain_is_forgotten_once_it_has_gone_for_good(
    folder: Path, made: TakesPlace, clock: Clock
) -> None:
    own, moved = (folder / "teams" / f"{name}.yaml" for name in ("quiet", "moved"))
    moved.write_text(team("team: Quiet", "evil", "Stolen"))
    assert made.round() == {"moved.yaml": REFUSED.replace("moved", "quiet")}
    moved.unlink()
    assert made.round() == {}
    clock.now += 601
    own.rename(moved)
    moved.write_text(team("team: Quiet", "quiet", "Edited by its lead"))
    assert made.round() == {}
    assert is_at_home(folder, "quiet") and "Edited by its lead" in calendar(folder, "quiet")


def test_a_file_that_asked_in_vain_and_comes_back_is_no_better_off_than_if_it_had_stayed(
    folder: Path, made: TakesPlace, clock: Clock
) -> None:
    before, own, other = calendar(folder, "quiet"), folder / "teams" / "quiet.yaml", folder / "teams" / "a.yaml"
    text = team("team: Quiet", "evil", "Stolen")
    other.write_text(text)
    made.round()
    other.unlink()
    assert made.round() == {}
    clock.now += 599
    own.rename(folder / "away")
    assert made.round() == {}
    other.write_text(text)
    fault = "Quiet was the team of teams/quiet.yaml, which has gone"
    for seconds in (0, 599):
        clock.now += seconds
        assert made.round()["a.yaml"].startswith(fault)
    assert calendar(folder, "quiet") == before
    clock.now += 2
    assert made.round() == {}, "as one that had stayed"


WORDS = st.lists(st.sampled_from("ABCDE"), min_size=1, max_size=3, unique=True)
FILES = st.dictionaries(st.sampled_from("pqrs"), WORDS, min_size=1)


@pytest.fixture(scope="module")
def some_file(tmp_path_factory: pytest.TempPathFactory) -> TeamFile:
    from config.operator import operator_model
    from integrations import kinds

    path = tmp_path_factory.mktemp("any") / "team.yaml"
    path.write_text(TEAM)
    (file,) = read_team(path, operator_model(kinds()).default(), datetime.fromisoformat(NOW)).files
    return file


@given(before=FILES, edits=FILES, gone=st.sets(st.sampled_from("pqrs")), known=st.sets(st.sampled_from("ABCDE")))
def test_no_two_files_in_force_are_for_one_team(
    some_file: TeamFile,
    before: Mapping[str, Sequence[str]],
    edits: Mapping[str, Sequence[str]],
    gone: set[str],
    known: set[str],
) -> None:
    """Whatever they said before, say now and a ledger knows; and nobody is refused what was theirs and still is."""

    def file_of(path: str, names: Sequence[str]) -> TeamFile:
        model = some_file.team.model_copy(update={"team": names[0], "was": tuple(names[1:])})
        return TeamFile(Path(path), model, " ".join(names))

    def in_force(files: Sequence[TeamFile], served: Mapping[Path, TeamFile]) -> dict[Path, TeamFile]:
        refused = {Path(fault.file) for fault in told_twice(files, [*served.values()], keys)}
        good = {file.path: file for file in files if file.path not in refused}
        return {**served, **good}

    keys = {name: name.lower() for name in known}
    served = in_force([file_of(path, names) for path, names in before.items()], {})
    served = {path: file for path, file in served.items() if path.name not in gone}
    now = in_force([file_of(path, names) for path, names in edits.items()], served)
    found = [
        key
        for file in now.values()
        for key in [team_key(file.team, keys), *(keys[name] for name in former_names(file.team, keys))]
    ]
    assert len(found) == len({*found})
    assert len(names := [name for file in now.values() for name in (file.team.team, *file.team.was)]) == len({*names})
    for path, file in served.items():
        asked = edits.get(path.name)
        assert not asked or not {*asked} <= {file.team.team, *file.team.was} or now[path].text == " ".join(asked)
