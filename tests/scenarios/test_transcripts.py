"""From a transcript beside a page to an action item that somebody is reminded of: what is offered, and who decides."""

import re
from pathlib import Path

import pytest

from daemon.model.memory import Progress
from tests.scenarios.programme import Programme
from tests.scenarios.test_around_a_session import FIRST, day_by_day, heard, region, writes
from tests.scenarios.test_changed_minds import edits, passes, programme_of

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
    day_by_day(programme, 4)
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
    day_by_day(programme, 5)
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
    assert suggested(programme) == []


def test_another_transcript_in_its_place_is_read(tmp_path: Path) -> None:
    programme = recorded(tmp_path)
    (programme.wiki / HERE).write_text(TRANSCRIPT.replace("old gateway", "new gateway"))
    passes(programme)
    assert "new gateway" in suggested(programme)[0]
