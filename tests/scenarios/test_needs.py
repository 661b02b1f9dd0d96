"""What a team lacks, from where it was noticed to what became of it, as the team's file and pages have it."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from config.needs import NeedSource
from config.operator import operator_model
from daemon.cli.setting import Setting, world_of
from daemon.deliver import deliver
from daemon.learn.needs import needs
from daemon.loop import Pass, run_once
from daemon.model.needs import Need, NeedState, need_id
from daemon.ports import Refused
from daemon.serve.team_files import read_team
from integrations import kinds
from integrations.local.sources import LocalPages

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
TEAM = """
team: Platform
timezone: UTC
lead: ada@example.com
members:
  - {name: Ada Lovelace, email: ada@example.com}
  - {name: Bob Kahn, email: bob@example.com}
series:
  - {name: Talks, format: lunch-and-learn, cadence: {every: week, on: thursday, at: "12:00", starts: 2026-12-03}}
topics: [%s]
declined: [%s]
needs:
  - {connection: local, under: retros}
  - {file: incidents.csv, area: kubernetes}
  - {file: bugs.csv, many: 2 in 4 weeks}
"""
RETRO = """# Post-mortem 2026-10-03

The ingress cut connections. Nobody knew how to drain it #learn

## What we did not know

- how DNS caches
"""
INCIDENTS = "title,status,incident,url\nHow DNS caches,outstanding,INC-12,https://incidents.example.com/12\n"
BUGS = "component,date,title\ningress,2026-11-10,502\ningress,2026-11-20,503\ndb,2026-11-20,slow\n"


class Folder:
    """A team's folder, in which people write and passes are made."""

    def __init__(self, place: Path) -> None:
        self.place, self.now = place, NOW
        self.wiki = place / "data" / "wiki" / "platform"
        self.write()
        _write(place / "incidents.csv", INCIDENTS)
        (place / "bugs.csv").write_text(BUGS)
        (self.wiki / "retros").mkdir(parents=True)
        (self.wiki / "retros" / "drain.md").write_text(RETRO)

    def write(self, topics: str = "", declined: str = "") -> None:
        """Write the team's file."""
        (self.place / "team.yaml").write_text(TEAM % (topics, declined))

    def apply(self) -> tuple[Pass, list[Need]]:
        """Make a pass; return it, and what the team lacks after it."""
        operator = operator_model(kinds()).default(str(self.place / "data"))
        reading = read_team(self.place / "team.yaml", operator, self.now)
        assert not reading.faults
        (file,) = reading.files
        with closing((world := world_of(Setting(operator, (), self.now))).ledger):
            done = run_once(file, self.now, world)
            deliver({"platform": file.team}, self.now, world.ledger, world.messenger)
            return done, needs(file.team, done.memory)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    yield Folder(tmp_path)


def test_what_was_noticed_where_and_how_often(folder: Folder) -> None:
    done, found = folder.apply()
    assert done.errors == ()
    told = [(one.text, one.area, one.times, [seen.where for seen in one.sightings]) for one in found]
    assert told == [
        ("how DNS caches", "kubernetes", 2, ["Post-mortem 2026-10-03", "incidents.csv: INC-12"]),
        ("Bugs in ingress that come again", "ingress", 2, ["bugs.csv"]),
        ("The ingress cut connections. Nobody knew how to drain it", None, 1, ["Post-mortem 2026-10-03"]),
    ]
    links = {seen.link for one in found for seen in one.sightings}
    assert links == {"https://incidents.example.com/12", "wiki/platform/retros/drain.md", None}
    assert {one.state for one in found} == {NeedState.PROPOSED}
    again, still = folder.apply()
    assert (again.written, again.errors, still) == (0, (), found)


def test_a_need_is_taken_up_planned_and_taught(folder: Folder) -> None:
    dns = need_id("How DNS caches")

    def state() -> tuple[NeedState, str | None]:
        folder.write(f"{{title: DNS from inside, answers: {dns}}}")
        (need,) = (one for one in folder.apply()[1] if one.id == dns)
        return need.state, need.topic

    assert state() == (NeedState.PLANNED, "DNS from inside")
    folder.now += timedelta(days=7)
    assert state() == (NeedState.TAUGHT, "DNS from inside")


def test_a_need_that_the_lead_declines(folder: Folder) -> None:
    folder.write(declined=need_id("How DNS caches"))
    states = {one.text: one.state for one in folder.apply()[1]}
    assert states["how DNS caches"] is NeedState.DECLINED
    assert states["Bugs in ingress that come again"] is NeedState.PROPOSED


def test_what_nobody_says_any_more_is_gone(folder: Folder) -> None:
    folder.apply()
    (folder.wiki / "retros" / "drain.md").write_text("# Post-mortem 2026-10-03\n")
    (folder.place / "bugs.csv").write_text("component,date,title\n")
    assert [(one.text, one.times) for one in folder.apply()[1]] == [("How DNS caches", 1)]


def test_what_is_asked_on_the_page_of_a_session_counts_once_it_was_held(folder: Folder) -> None:
    folder.apply()
    (page,) = folder.wiki.glob("2026-12-03*.md")
    page.write_text(page.read_text() + "\n## What next?\n\n- sagas\n- outboxes #learn\n")
    assert "sagas" not in [one.text for one in folder.apply()[1]], "it may be answered there"
    folder.now = datetime(2026, 12, 3, 12, 30, tzinfo=UTC)
    assert "sagas" not in [one.text for one in folder.apply()[1]], "and still may"
    folder.now = datetime(2026, 12, 3, 13, tzinfo=UTC)
    (sagas,) = (one for one in folder.apply()[1] if one.text == "sagas")
    assert [(seen.where, seen.seen) for seen in sagas.sightings] == [("Talks on 2026-12-03", date(2026, 12, 3))]


def test_what_is_said_on_the_home_page_has_no_day(folder: Folder) -> None:
    folder.apply()
    home = folder.wiki / "home.md"
    home.write_text(home.read_text() + "\n## What I would like to learn\n\n- what a saga is\n")
    folder.now += timedelta(days=1)

    def seen() -> list[date]:
        return [one.seen for need in folder.apply()[1] if need.text == "what a saga is" for one in need.sightings]

    assert seen() == [date(2026, 11, 23)]
    folder.now += timedelta(days=10)
    home.write_text(home.read_text() + "- what a queue is\n")
    assert seen() == [date(2026, 11, 23)]


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (lambda folder: (folder.place / "incidents.csv").unlink(), "put it there, or mend file in the team's needs"),
        (lambda folder: _write(folder.place / "incidents.csv", "a,b\n"), "has no column of needs"),
        (lambda folder: _put_a_pipe(folder.place / "incidents.csv"), "no ordinary file"),
    ],
    ids=["is gone", "is another table", "is a pipe"],
)
def test_a_source_that_fails_stops_nothing_and_what_it_said_still_counts(
    folder: Folder, break_it: Callable[[Folder], None], said: str
) -> None:
    _, before = folder.apply()
    break_it(folder)
    done, after = folder.apply()
    assert after == before
    (error,) = done.errors
    assert error.startswith("needs: ")
    assert said in error
    (folder.place / "incidents.csv").unlink(missing_ok=True)
    (folder.place / "incidents.csv").write_text(INCIDENTS)
    assert folder.apply()[0].errors == ()


def _write(path: Path, text: str) -> None:
    path.write_text(text)
    os.utime(path, (NOW.timestamp(), NOW.timestamp()))


def _put_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def test_a_folder_that_is_not_there_yet_is_said(folder: Folder) -> None:
    (folder.wiki / "retros" / "drain.md").unlink()
    (folder.wiki / "retros").rmdir()
    (error,) = folder.apply()[0].errors
    assert "There is no folder" in error
    assert "make it, or mend under in the team's needs" in error


def test_a_folder_that_may_not_be_looked_into_is_no_folder_without_pages() -> None:
    with TemporaryDirectory() as place, as_anybody(Path(place)):
        shut = Path(place) / "retros" / "old"
        shut.mkdir(parents=True)
        (shut / "drain.md").write_text(RETRO)
        source = LocalPages(Path(place) / "retros", "retros", NeedSource(under="retros"), lambda: NOW)
        there = source.gather(None)
        assert there is not None
        assert len(there.sightings) == 2
        shut.chmod(0)
        with pytest.raises(Refused, match="old: Permission denied"):
            source.gather(there.cursor)
        shut.chmod(0o700)
        assert source.gather(None) == there


@contextmanager
def as_anybody(place: Path) -> Iterator[None]:
    """Be an ordinary user whose folder that is: root may look anywhere."""
    if os.geteuid() != 0:
        yield
        return
    os.chown(place, 65534, 65534)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{connection: local}", "name either a folder of the team's pages as under, or a file"),
        ("{under: retros, file: a.csv}", "name either a folder of the team's pages as under, or a file"),
        ("{under: ../other}", "lies elsewhere; write a path within the folder"),
        ("{file: /etc/passwd}", "lies elsewhere; write a path within the folder"),
        ("{file: notes.md}", "is neither CSV nor JSON; save it as one of them"),
        ("{under: retros, many: 3 in 4 weeks}", "pages are not counted"),
        ("{file: a.csv, many: often}", "does not say how often; write it as 3 in 4 weeks"),
        ("{under: retros, label: x}", "local files have no label"),
        ("{under: retros, mark: learn}", "'learn' is no mark; write it as #learn, in quotation marks"),
        ("{connection: jira, query: x}", "peerloop.yaml has no connection"),
    ],
)
def test_a_wrong_entry_is_said_where_it_stands(tmp_path: Path, entry: str, said: str) -> None:
    text = TEAM % ("", "")
    (tmp_path / "team.yaml").write_text(text[: text.index("needs:")] + f"needs:\n  - {entry}\n")
    reading = read_team(tmp_path / "team.yaml", operator_model(kinds()).default(str(tmp_path)), NOW)
    faults = [str(fault) for fault in reading.faults]
    assert any(said in fault and "team.yaml:13:" in fault for fault in faults), faults


def test_characters_that_cannot_be_kept_stop_no_pass(folder: Folder) -> None:
    folder.write()
    path = folder.place / "team.yaml"
    path.write_text(path.read_text().replace("incidents.csv", "incidents.json"))
    rows = r'[{"title": "\ud800 how DNS caches", "area": "a\udfff", "where": "\ud800"}]'
    (folder.place / "incidents.json").write_text(rows)
    done, found = folder.apply()
    assert done.errors == ()
    assert "how DNS caches" in [one.text for one in found]
    assert folder.apply()[0].written == 0


def test_of_far_too_much_that_is_said_the_latest_counts_and_the_lead_hears(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daemon.learn.needs.MOST", 30)
    for day in range(1, 21):
        text = f"## Questions\n\n- how {day} works\n"
        (folder.wiki / "retros" / f"2026-11-{day:02}.md").write_text(text)
    done, found = folder.apply()
    said = {one.text for one in found}
    assert "how 20 works" in said
    assert "how 5 works" not in said
    (finding,) = (one.text for one in done.plan.findings if "not read whole" in one.text)
    assert finding == (
        "what the team needs to learn is not read whole: So much is said in retros that only the latest 10 of 22 "
        "needs count"
    )
    assert folder.apply()[0].written == 0
