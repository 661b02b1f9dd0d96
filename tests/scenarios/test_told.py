"""What mails say, in the words that a person reads: one thing once, by its right name, and no more than is so."""

from pathlib import Path
from typing import Any

import icalendar
import pytest

from tests.scenarios.programme import Programme, heard_of, text_of
from tests.scenarios.test_around_a_session import FIRST, day_by_day, heard, takes_away, writes
from tests.scenarios.test_changed_minds import (
    LUNCH,
    deletes,
    edits,
    master,
    moves,
    override,
    passes,
    programme_of,
)

LEAD = "grace@example.com"
"""Who is no member, and so no guest of any session."""
MONDAYS: dict[str, Any] = {**LUNCH, "name": "Talks", "cadence": {"every": "week", "on": "monday", "at": "09:00"}}


def readers(programme: Programme, words: str) -> list[str]:
    """Return who was told of something in which words."""
    return sorted(to for _, to, _ in heard(programme, words))


def subjects(programme: Programme, to: str) -> list[str]:
    return [mail["Subject"] for mail in programme.mails() if mail["To"].addresses[0].username == to]


# What changed


def test_a_lead_who_is_no_guest_hears_what_becomes_of_a_session(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, lead=LEAD)
    deletes(programme, "12-03")
    passes(programme, days=1)
    assert readers(programme, "Called off: Lunch on Thursday 2026-12-03") == ["ada", "bob", "dan", "grace"]
    moves(programme, "12-10", "12-11 16:00")
    passes(programme, days=1)
    assert "grace" in readers(programme, "Moved: Lunch of Thursday 2026-12-10, 12:15 (Europe/Berlin) is now on Friday")
    with programme.calendar_edited() as calendar:
        del master(calendar)["EXDATE"]
    passes(programme, days=1)
    assert "grace" in readers(programme, "Takes place after all: Lunch on Thursday 2026-12-03")


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_series_that_ends_is_one_line_and_so_is_one_that_goes_on(tmp_path: Path, by_hand: bool) -> None:
    programme = programme_of(tmp_path, series=[LUNCH, MONDAYS])
    passes(programme, days=1)
    ended = "Talks was deleted in the calendar" if by_hand else "Talks has ended"
    before = programme.calendar_path.read_bytes()
    if by_hand:
        with programme.calendar_edited() as calendar:
            theirs = [one for one in calendar.events if "talks" in text_of(one, "UID")]
            calendar.subcomponents = [one for one in calendar.subcomponents if one not in theirs]
        passes(programme, days=1)
    else:
        edits(programme, series=[LUNCH])
        passes(programme, days=1)
    line = f"{ended}: its 5 sessions from Monday 2026-11-30 on are called off"
    assert heard_of(programme, ended, "Called off: Talks") == [line] * 3
    assert f"{ended}: 5 sessions are called off" in " ".join(subjects(programme, "dan"))
    if by_hand:
        programme.calendar_path.write_bytes(before)
        passes(programme, days=1)
    else:
        edits(programme, series=[LUNCH, MONDAYS])
        passes(programme, days=1)
    line = "Talks goes on: its 5 sessions from Monday 2026-11-30 on take place after all"
    assert heard_of(programme, "Talks goes on", "Takes place after all") == [line] * 3


def test_a_series_that_was_ended_and_goes_on_before_anybody_heard_of_it_is_no_news(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, series=[LUNCH, MONDAYS])
    edits(programme, series=[LUNCH])
    edits(programme, series=[LUNCH, MONDAYS])
    passes(programme, days=1)
    assert heard_of(programme, "Talks has ended", "Talks goes on", "Called off", "Takes place") == []


def test_of_a_session_that_was_moved_and_then_called_off_only_that_is_said(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    moves(programme, "12-03", "12-04 16:00")
    passes(programme)
    deletes(programme, "12-03")
    passes(programme, days=1)
    assert heard_of(programme, "Moved: Lunch") == []
    assert len(heard_of(programme, "Called off: Lunch on Friday 2026-12-04, 16:00")) == 3


def test_of_a_session_that_was_moved_twice_before_anybody_heard_of_it_only_where_it_is_now_is_said(
    tmp_path: Path,
) -> None:
    programme = programme_of(tmp_path)
    for there in ("12-04 16:00", "12-07 09:00"):
        moves(programme, "12-03", there)
        passes(programme)
    passes(programme, days=1)
    line = "Moved: Lunch of Thursday 2026-12-03, 12:15 (Europe/Berlin) is now on Monday 2026-12-07, 09:00"
    assert heard_of(programme, "Moved: Lunch") == [f"{line} (Europe/Berlin)"] * 3


@pytest.mark.parametrize("elsewhere", [["12-04 16:00"], ["12-04 16:00", "12-07 09:00"]])
def test_a_session_that_is_back_where_people_know_it_to_be_is_no_news(tmp_path: Path, elsewhere: list[str]) -> None:
    programme = programme_of(tmp_path)
    for there in (*elsewhere, "12-03 12:15"):
        moves(programme, "12-03", there)
        passes(programme)
    passes(programme, days=1)
    assert heard_of(programme, "Moved: Lunch") == []


@pytest.mark.parametrize("at", ["12:15", "14:00"])
def test_of_a_series_that_was_changed_twice_before_anybody_heard_of_it_only_how_it_is_now_is_said(
    tmp_path: Path, at: str
) -> None:
    programme = programme_of(tmp_path)
    for time in ("13:00", at):
        edits(programme, series=[{**LUNCH, "cadence": {**LUNCH["cadence"], "at": time}}])
    passes(programme, days=1)
    line = "Moved: Lunch, until now on Thursdays, 12:15, is now on Thursdays, 14:00 (Europe/Berlin), from 2026-11-26 on"
    assert heard_of(programme, "Moved: Lunch", "Changed: Lunch") == ([line] * 3 if at == "14:00" else [])


# Topics and titles that people write


def titled(programme: Programme, day: str, title: str) -> None:
    """Let somebody give one session another title in the calendar."""
    with programme.calendar_edited() as calendar:
        override(calendar, day)["SUMMARY"] = icalendar.vText(title)


def found(programme: Programme) -> list[str]:
    return [one.text for one in programme.plan().plan.findings]


def topic_of(programme: Programme, day: str) -> str | None:
    topic = programme.memory().sessions[f"platform/lunch/{day}T12:15"].topic
    return topic.title if topic else None


def test_a_topic_in_an_event_s_title_is_told_once_and_no_other_thing(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    titled(programme, "12-03", "How eBPF works")
    passes(programme)
    (said,) = found(programme)
    assert said.startswith("somebody wrote “How eBPF works” in the title of its event as the topic of “Lunch”")
    passes(programme, days=1)
    assert "Lunch on 2026-12-03 is about “How eBPF works”" in " ".join(subjects(programme, "ada"))


def test_a_title_that_is_no_topic_is_told_once_in_people_s_words(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, topics=[{"title": "Vacuum"}])
    titled(programme, "11-26", "Pizza with the data team")
    passes(programme)
    edits(programme, series=[{**LUNCH, "name": "Brown bag", "was": "Lunch"}])
    assert found(programme) == [
        "“Brown bag: Vacuum” on 2026-11-26: a person changed its title, which stays; peerloop's news is not shown"
    ]
    passes(programme, days=1)
    assert subjects(programme, "ada")[-1].startswith("“Brown bag: Vacuum” on 2026-11-26: a person changed its title")


@pytest.mark.parametrize("place", ["heading", "event"])
def test_a_topic_written_by_hand_is_no_alarm_when_its_series_is_renamed(tmp_path: Path, place: str) -> None:
    programme = programme_of(tmp_path)
    if place == "heading":
        writes(programme, FIRST, "# 2026-11-26 Lunch: topic wanted\n", "# 2026-11-26 Lunch: How eBPF works\n")
    else:
        titled(programme, "11-26", "Lunch: How eBPF works")
    passes(programme)
    (before,) = found(programme)
    edits(programme, series=[{**LUNCH, "name": "Brown bag", "was": "Lunch"}])
    assert topic_of(programme, "2026-11-26") == "How eBPF works"
    assert found(programme) == [before.replace("“Lunch”", "“Brown bag”")]


def test_a_session_that_somebody_calls_off_in_its_title_is_not_about_that(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    titled(programme, "11-26", "Lunch: cancelled")
    passes(programme)
    assert topic_of(programme, "2026-11-26") is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# 2026-11-26 Lunch\n", "# 2026-11-26 Lunch: How eBPF works\n"),
        ("| **Topic** | none was written down |", "| **Topic** | How eBPF works |"),
    ],
)
def test_a_topic_that_is_written_after_a_session_is_what_it_was_about(tmp_path: Path, old: str, new: str) -> None:
    programme = programme_of(tmp_path, topics=[{"title": "How eBPF works", "added": "2026-12-02"}])
    day_by_day(programme, 4)
    assert "please choose" not in programme.pages()[FIRST]
    assert topic_of(programme, "2026-12-03") == "How eBPF works"
    writes(programme, FIRST, old, new)
    takes_away(programme, FIRST, "Maps are shared")
    day_by_day(programme, 5)
    assert topic_of(programme, "2026-11-26") == "How eBPF works"
    assert topic_of(programme, "2026-12-03") is None, "it was taught"
    said = "as the topic of “Lunch” on 2026-11-26, so that is what it was about. To have another, write a topic for"
    assert [to for _, to, _ in heard(programme, said)] == ["ada"]
    assert readers(programme, "Lunch “How eBPF works” of Thursday 2026-11-26: “Maps are shared”")
    assert "| **Topic** | How eBPF works |" in programme.pages()[FIRST]


# Action items


def with_item(folder: Path, *lines: str, **parts: Any) -> Programme:
    """Return a programme whose first session, on Thursday 26 November, is over, and left these lines on its page."""
    programme = programme_of(folder, **parts)
    day_by_day(programme, 4)
    writes(programme, FIRST, "- [ ] @name what by YYYY-MM-DD", "\n".join(lines))
    return programme


@pytest.mark.parametrize("names", ["@bob @dan", "@bob, @dan:", "@bob and @dan", "**@bob** & **@dan**"])
def test_an_item_that_names_several_in_a_row_is_everybody_s_of_them(tmp_path: Path, names: str) -> None:
    programme = with_item(tmp_path, f"- [ ] {names} draw the map by 2026-12-01")
    day_by_day(programme, 4)
    assert readers(programme, "“draw the map”, due Tuesday 2026-12-01") == ["bob", "bob", "dan", "dan"]
    (line, *_) = [line for _, to, line in heard(programme, "draw the map") if to == "bob"]
    assert line == "“draw the map”, due Tuesday 2026-12-01, from Lunch on 2026-11-26; together with Dan"
    assert "draw the map](2026-11-26-1215-lunch.md) – Bob and Dan, due 2026-12-01" in programme.pages()["home.md"]


def test_who_is_only_mentioned_in_an_item_is_not_reminded_of_it(tmp_path: Path) -> None:
    programme = with_item(tmp_path, "- [ ] @bob draw the map with @dan by 2026-12-01", "- [ ] @bob @override it")
    day_by_day(programme, 4)
    assert set(readers(programme, "draw the map with @dan")) == {"bob"}
    assert {(item.assignee, item.together) for item in programme.memory().items.values()} == {("bob@example.com", ())}


def test_a_first_name_and_a_colon_say_whose_it_is(tmp_path: Path) -> None:
    programme = with_item(tmp_path, "- [ ] Dan: draw the map by 2026-12-01", "- [ ] Note: read the map by 2026-12-01")
    day_by_day(programme, 3)
    assert set(readers(programme, "“draw the map”")) == {"dan"}
    assert readers(programme, "“Note: read the map” has nobody yet")


def test_a_box_right_below_an_item_of_a_list_is_an_action_item(tmp_path: Path) -> None:
    lines = ("- Maps were shown", "[ ] @bob draw the map by 2026-12-01", "  [ ] @dan print the map by 2026-12-01")
    programme = with_item(tmp_path, *lines)
    day_by_day(programme, 3)
    assert set(readers(programme, "draw the map")) == {"bob"}
    assert set(readers(programme, "print the map")) == {"dan"}


def test_a_day_and_a_month_are_the_nearest_such_date(tmp_path: Path) -> None:
    programme = with_item(tmp_path, "- [ ] @bob draw the map by 1.12.", "- [ ] @dan print the map 03.12.")
    day_by_day(programme, 3)
    assert readers(programme, "“draw the map”, due Tuesday 2026-12-01 (written as “1.12.”)") == ["bob"]
    day_by_day(programme, 2)
    assert "dan" in readers(programme, "“print the map”, due Thursday 2026-12-03 (written as “03.12.”)")


def test_what_is_due_on_a_day_off_says_which_day_is_the_last_to_do_it(tmp_path: Path) -> None:
    programme = with_item(tmp_path, "- [ ] @bob draw the map by 2026-12-05")
    day_by_day(programme, 8)
    said = [(day, line) for day, _, line in heard(programme, "draw the map") if day < "12-05"]
    due = "“draw the map”, due Saturday 2026-12-05, from Lunch on 2026-11-26"
    assert said == [("12-03", due), ("12-04", f"{due}; today is your last working day until then")]


def test_words_that_are_struck_through_are_not_said(tmp_path: Path) -> None:
    programme = with_item(
        tmp_path, "- [ ] @bob ~~print~~ **draw** the `~~` map by 2026-12-01", "- [ ] ~~@dan buy one~~"
    )
    day_by_day(programme, 3)
    assert set(readers(programme, "“draw the `~~` map”, due")) == {"bob"}
    day_by_day(programme, 4)
    assert {line.split(",")[0] for _, _, line in heard(programme, "thank you for saying so")} == {"“buy one”"}


# What lists leave out, and what not


def test_the_overview_has_every_session_of_its_seven_days_and_none_of_an_eighth(tmp_path: Path) -> None:
    mondays = [{**MONDAYS, "name": at, "cadence": {**MONDAYS["cadence"], "at": at}} for at in ("09:00", "15:00")]
    programme = programme_of(tmp_path, series=[LUNCH, *mondays])
    day_by_day(programme, 7)  # Monday at ten: of the next one's two only the first is less than a week away
    said = [line.partition(",")[0] for _, to, line in heard(programme, "leads it") if to == "ada"]
    assert sorted(said) == ["15:00 on Monday 2026-11-30", "Lunch on Thursday 2026-12-03"]


def test_a_date_that_is_called_off_says_nothing_of_the_topic_that_has_moved_on(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, topics=[{"title": "Vacuum", "votes": 3}])
    assert topic_of(programme, "2026-11-26") == "Vacuum"
    deletes(programme, "11-26")
    passes(programme, days=1)
    home = programme.pages()["home.md"]
    assert "Thursday 2026-11-26, 12:15: Lunch – called off: deleted in the calendar" in home
    assert "Thursday 2026-12-03, 12:15: Lunch: Vacuum" in home
