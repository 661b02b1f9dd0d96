"""From a transcript beside a page to an action item that somebody is reminded of: what is offered, and who decides."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon.model import Kind
from daemon.model.memory import Progress
from tests.fakes.confluence import ConfluenceServer
from tests.fakes.confluence.storage import tasks
from tests.scenarios.confluence_programme import FLAVOURS, USE, ConfluenceProgramme, confluence
from tests.scenarios.programme import Programme
from tests.scenarios.test_around_a_session import FIRST, day_by_day, heard, region, writes
from tests.scenarios.test_changed_minds import TEAM, edits, passes, programme_of

ON = {"consent": "everyone", "transcripts": "on"}
TRANSCRIPT = """WEBVTT

00:00:05.000 --> 00:00:09.000
<v Ada>Okay, so it turned out that the cache was never used.</v>

00:01:00.000 --> 00:01:06.000
<v Bob (he/him)>We decided to keep the old gateway. I'll write the *runbook*, @dan, by

00:01:06.000 --> 00:01:08.000
<v Bob (he/him)>Tuesday.</v>

01:02:03.000 --> 01:02:08.000
<v Grace>And I will ask the others.</v>
"""
PROMISE = "- [ ] @bob I'll write the runbook"
HERE = Path(FIRST).with_suffix(".vtt").name


def recorded(folder: Path, *, agreed: bool = True) -> Programme:
    """Return a programme whose first lunch was held on Thursday 26 November, and left a transcript."""
    programme = programme_of(folder, recording=ON)
    passes(programme, days=4)
    assert "transcript" not in region(programme, FIRST)
    if agreed:
        agree(programme)
    (programme.wiki / HERE).write_text(TRANSCRIPT)
    passes(programme)
    return programme


def agree(programme: Programme) -> None:
    path = programme.wiki / FIRST
    answers, asked = re.subn(r"(?m)^\| (Ada|Bob|Dan) \| \|$", r"| \1 | yes |", path.read_text())
    assert asked == 3
    path.write_text(answers)


def suggested(programme: Programme) -> list[str]:
    return [line for line in region(programme, FIRST).splitlines() if line.startswith("- ")]


def test_what_announces_something_is_offered_with_its_time_and_speaker(tmp_path: Path) -> None:
    programme = recorded(tmp_path)
    assert suggested(programme) == [
        "- Decision, 1:00, Bob (he/him): “We decided to keep the old gateway.”",
        "- Surprise, 0:05, Ada: “It turned out that the cache was never used.”",
        "- [ ] @bob I'll write the runbook, dan (1:00), by 2026-12-01",
        "- [ ] I will ask the others (Grace, 1:02:03)",
    ]
    assert programme.memory().items == {}, "nobody has accepted anything"
    assert heard(programme, "runbook") == []


def test_a_ticked_promise_is_an_action_item_of_who_made_it_and_is_chased_until_it_is_done(tmp_path: Path) -> None:
    programme = recorded(tmp_path)
    writes(programme, FIRST, PROMISE, PROMISE.replace("[ ]", "[x]"))
    passes(programme)
    before, after = region(programme, FIRST).split("**Action items from the transcript**")
    assert "runbook" not in before and f"\n{PROMISE}, dan (1:00), by 2026-12-01\n" in after
    (item,) = programme.memory().items.values()
    assert (item.assignee, str(item.due), item.state) == ("bob@example.com", "2026-12-01", Progress.OPEN)
    day_by_day(programme, 3)  # Monday 30 November
    assert {who for _, who, line in heard(programme, "write the runbook") if "is due" in line or "due" in line} == {
        "bob"
    }
    writes(programme, FIRST, PROMISE, PROMISE.replace("[ ]", "[x]"))
    passes(programme)
    assert [item.state for item in programme.memory().items.values()] == [Progress.DONE]
    assert "- [x] @bob I'll write the runbook" in region(programme, FIRST).partition("**Action items")[2]
    told = len(heard(programme, "write the runbook"))
    day_by_day(programme, 2)
    assert [item.state for item in programme.memory().items.values()] == [Progress.DONE]
    assert [line for line in heard(programme, "write the runbook")[told:] if "due" in line[2]] == []


def test_a_tick_is_no_edit_and_what_a_person_writes_there_is(tmp_path: Path) -> None:
    programme = recorded(tmp_path)
    writes(programme, FIRST, PROMISE, PROMISE.replace("[ ]", "[X]"))
    outcome = passes(programme)
    assert not outcome.plan.findings
    writes(programme, FIRST, "- [ ] I will ask", "- [x] I'd rather ask")
    passes(programme)
    assert [item.text for item in programme.memory().items.values()] == ["I'll write the runbook, dan (1:00)"]
    assert "- [x] I'd rather ask" in region(programme, FIRST), "people win"


def test_without_everyones_consent_nothing_is_offered(tmp_path: Path) -> None:
    programme = recorded(tmp_path, agreed=False)
    assert suggested(programme) == []
    assert "shown once everyone has agreed" in region(programme, FIRST)
    assert all(page.suggestions == () for page in programme.memory().shown({Kind.PAGE})), "nor is it kept"
    agree(programme)
    passes(programme)
    assert len(suggested(programme)) == 4


def test_no_transcript_is_read_unless_the_lead_says_so(tmp_path: Path) -> None:
    programme = recorded(tmp_path)
    writes(programme, FIRST, PROMISE, PROMISE.replace("[ ]", "[x]"))
    passes(programme)
    edits(programme, recording={"consent": "everyone"})
    assert [line[:6] for line in suggested(programme)] == ["- [ ] "], "what was accepted stays"
    assert len(programme.memory().items) == 1


def test_a_lost_ledger_and_a_cut_off_pass_accept_once(tmp_path: Path) -> None:
    programme = recorded(tmp_path)
    writes(programme, FIRST, PROMISE, PROMISE.replace("[ ]", "[x]"))
    passes(programme)
    programme.lose_ledger()
    passes(programme)
    assert suggested(programme)[-1].startswith(PROMISE)
    assert [item.text for item in programme.memory().items.values()] == ["I'll write the runbook, dan (1:00)"]


def test_a_tick_long_after_the_session_is_seen_too(tmp_path: Path) -> None:
    programme = recorded(tmp_path)
    passes(programme, days=40)
    writes(programme, FIRST, PROMISE, PROMISE.replace("[ ]", "[x]"))
    passes(programme)
    (item,) = programme.memory().items.values()
    assert (item.assignee, item.state) == ("bob@example.com", Progress.OPEN)
    assert suggested(programme)[-1].startswith(PROMISE)


@pytest.mark.parametrize("data", [b"no transcript at all", b"WEBVTT\n\n" + b"x" * 3_000_000])
def test_who_leads_the_session_hears_of_a_transcript_that_cannot_be_read(data: bytes, tmp_path: Path) -> None:
    programme = recorded(tmp_path)
    (programme.wiki / HERE).write_bytes(data)
    passes(programme)
    day_by_day(programme, 3)
    told = heard(programme, "has a transcript that cannot be read")
    assert len(told) == 1 and HERE in told[0][2]
    assert any("its transcript cannot be read" in mail["Subject"] for mail in programme.mails())
    assert suggested(programme) == []


def test_another_transcript_in_its_place_is_read(tmp_path: Path) -> None:
    programme = recorded(tmp_path)
    (programme.wiki / HERE).write_text(TRANSCRIPT.replace("old gateway", "new gateway"))
    passes(programme)
    assert "new gateway" in suggested(programme)[0]


# On Confluence


@pytest.fixture(params=FLAVOURS)
def server(request: pytest.FixtureRequest) -> Iterator[ConfluenceServer]:
    with confluence(request.param) as started:
        yield started


class Recorded:
    """A programme on Confluence whose first lunch was held, on the page with ``page`` as its id."""

    def __init__(self, server: ConfluenceServer, folder: Path) -> None:
        self.server = server
        team = {**TEAM, "wiki": {**USE, "open": "7 days before"}, "recording": ON}
        self.programme = ConfluenceProgramme(server, folder, team)
        self.programme.run()
        self.day(4)
        (self.page,) = [page.id for page in server.pages() if page.title.startswith("2026-11-26")]

    def day(self, number: int = 1) -> None:
        self.programme.later(days=number)
        self.programme.settle()

    def attach(self, text: str = TRANSCRIPT) -> None:
        self.server.person_attaches(self.page, "GMT20261126_Recording.vtt", text.encode())

    def agree(self) -> None:
        words = "<h2>Recording</h2><ac:task-list><ac:task><ac:task-id>77</ac:task-id>"
        words += "<ac:task-status>complete</ac:task-status><ac:task-body>Everyone agrees to be recorded</ac:task-body>"
        self.server.person_edits(self.page, f"{self.text}{words}</ac:task></ac:task-list>")

    @property
    def text(self) -> str:
        return self.server.page(self.page).storage

    @property
    def boxes(self) -> dict[str, tuple[str, bool]]:
        """The boxes of our part by the beginning of their words: the task's id, and whether it is ticked."""
        found = [one for one in tasks(self.text) if "(1:00)" in one.words or "(Grace" in one.words]
        return {one.words.partition(" the ")[0]: (one.local_id, one.done) for one in found}

    def tick(self, words: str) -> None:
        self.server.person_ticks(self.page, self.boxes[words][0])


def test_on_confluence_an_attached_transcript_becomes_an_action_item_that_is_chased(
    server: ConfluenceServer, tmp_path: Path
) -> None:
    recorded = Recorded(server, tmp_path)
    programme = recorded.programme
    recorded.attach()
    recorded.agree()
    recorded.programme.settle()
    assert "“We decided to keep the old gateway.”" in recorded.text
    assert recorded.boxes.keys() == {"@bob I'll write", "I will ask"}
    first = recorded.boxes["@bob I'll write"][0]
    recorded.tick("@bob I'll write")
    programme.settle()
    assert recorded.boxes["@bob I'll write"][1] is False and recorded.boxes["@bob I'll write"][0] != first
    assert "Action items from the transcript" in recorded.text
    (item,) = [one for one in programme.memory().items.values() if "runbook" in one.text]
    assert (item.assignee, str(item.due), item.state) == ("bob@example.com", "2026-12-01", Progress.OPEN)
    recorded.day(3)
    assert {who for _, who, line in heard(programme, "write the runbook") if "due" in line} == {"bob"}
    recorded.tick("@bob I'll write")
    programme.settle()
    (item,) = [one for one in programme.memory().items.values() if "runbook" in one.text]
    assert item.state is Progress.DONE
    recorded.tick("I will ask")
    programme.settle()
    states = {one.text[:6]: one.state for one in programme.memory().items.values()}
    assert states == {"I'll w": Progress.DONE, "I will": Progress.OPEN}


def test_on_confluence_a_transcript_is_read_once_a_version(server: ConfluenceServer, tmp_path: Path) -> None:
    recorded = Recorded(server, tmp_path)
    programme = recorded.programme
    recorded.agree()
    recorded.attach()
    programme.settle()
    programme.run()
    usual = programme.asked.names
    assert not [name for name in usual if name.startswith("attachment")], "nothing to do costs nothing more"
    programme.later(minutes=16)
    programme.run()
    assert set(programme.asked.names) - set(usual) == {"attachment.list"}
    recorded.attach(TRANSCRIPT.replace("old gateway", "new gateway"))
    programme.later(minutes=16)
    programme.settle()
    assert "new gateway" in recorded.text
    programme.client.restart()
    programme.settle()
    assert "attachment.file" not in programme.asked.names and "new gateway" in recorded.text
    programme.later(days=40)
    programme.settle()
    programme.run()
    assert not [name for name in programme.asked.names if name.startswith("attachment")]


def test_on_confluence_only_a_transcript_is_asked_for_and_only_where_wanted(
    server: ConfluenceServer, tmp_path: Path
) -> None:
    recorded = Recorded(server, tmp_path)
    programme = recorded.programme
    server.person_attaches(recorded.page, "notes.txt", b"Ada: We agreed to meet.")
    programme.later(minutes=16)
    programme.settle()
    assert "attachment.file" not in programme.asked.names
    assert programme.edit({**programme.team, "recording": {"consent": "everyone"}})
    recorded.attach()
    programme.later(minutes=16)
    programme.settle()
    assert not [name for name in programme.asked.names if name.startswith("attachment")]
