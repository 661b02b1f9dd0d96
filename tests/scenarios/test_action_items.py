"""Action items as people keep them on their pages: who is reminded, and what others hear of what is stuck."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from daemon.model.memory import Progress
from integrations.local.page_text import PageText
from tests.scenarios.programme import Programme
from tests.scenarios.test_around_a_session import FIRST, day_by_day, heard, writes
from tests.scenarios.test_changed_minds import TEAM, passes

LEAD = "grace@example.com"
"""Who is no member, and has no part in any session."""
EXAMPLE = "@name what by YYYY-MM-DD"


def programme_with(folder: Path, item: str, **parts: Any) -> Programme:
    """Return a programme whose first session, on Thursday 26 November, was held, and left this item."""
    programme = Programme(folder, {**TEAM, "lead": LEAD, **parts})
    passes(programme)
    day_by_day(programme, 4)
    writes(programme, FIRST, f"- [ ] {EXAMPLE}", f"- [ ] {item}")
    return programme


def reminded(programme: Programme, words: str, who: str) -> list[str]:
    """Return the days on which somebody was reminded of an item in which words."""
    own = [(day, line) for day, to, line in heard(programme, words) if to == who]
    return [day for day, line in own if "ask what would help" not in line]


def stuck(programme: Programme, words: str) -> list[tuple[str, str]]:
    """Return when the lead heard that an item is stuck, and why."""
    told = [(day, line) for day, to, line in heard(programme, "ask what would help") if to == "grace" and words in line]
    return [(day, line.partition("2026-11-26: ")[2].partition(";")[0]) for day, line in told]


# Reminded, and escalated


def test_the_lead_hears_of_who_was_really_reminded_a_day_after_the_last_time(tmp_path: Path) -> None:
    programme = programme_with(tmp_path, "@bob draw the map by 2026-12-01")
    day_by_day(programme, 27)
    assert reminded(programme, "draw the map", "bob") == ["11-30", "12-01", "12-03", "12-09", "12-21"]
    assert stuck(programme, "draw the map") == [
        ("12-22", "Bob has been reminded 5 times, 3 of them since it was due"),
    ]


def test_a_new_owner_is_not_said_to_have_been_reminded_before_they_were(tmp_path: Path) -> None:
    programme = programme_with(tmp_path, "@bob draw the map by 2026-12-01")
    day_by_day(programme, 24)  # up to Monday 21 December, when Bob hears of it for the third time since it was due
    writes(programme, FIRST, "@bob draw", "@dan draw")
    day_by_day(programme, 1)
    assert (reminded(programme, "draw the map", "dan"), stuck(programme, "draw the map")) == (["12-22"], [])
    day_by_day(programme, 30)
    assert stuck(programme, "draw the map") == [("01-13", "Dan has been reminded 3 times")]
    assert reminded(programme, "draw the map", "dan") == ["01-12", "12-22", "12-31"]


def test_an_item_found_late_or_after_an_absence_or_an_outage_is_first_said_to_its_owner(tmp_path: Path) -> None:
    members = [{**one, "away": ["2026-11-27..2026-12-27"]} if one["name"] == "Dan" else one for one in TEAM["members"]]
    programme = programme_with(tmp_path, "@dan draw the map by 2026-12-01", members=members)
    passes(programme, days=31)  # nothing ran for four weeks, and Dan was away; Monday 28 December
    writes(programme, FIRST, "- [ ] @dan", "- [ ] @bob call them by 2026-12-01\n- [ ] @dan")
    day_by_day(programme, 1)
    assert stuck(programme, "") == []
    assert reminded(programme, "draw the map", "dan") == ["12-28", "12-29"]
    assert reminded(programme, "call them", "bob") == ["12-29"]


def test_who_has_muted_reminders_was_sent_none(tmp_path: Path) -> None:
    members = [{**one, "mute": ["action-item"]} if one["name"] == "Bob" else one for one in TEAM["members"]]
    programme = programme_with(tmp_path, "@bob draw the map by 2026-12-01", members=members)
    day_by_day(programme, 27)
    assert reminded(programme, "draw the map", "bob") == []
    assert stuck(programme, "draw the map") == [("12-21", "Bob has muted reminders, and so was sent none")]


# A page that vanishes


@pytest.mark.parametrize("how", ["deleted", "emptied", "cleared", "moved"])
def test_the_lead_is_told_once_of_a_page_that_vanishes_with_its_items_which_come_back_with_it(
    how: str, tmp_path: Path
) -> None:
    programme = programme_with(tmp_path, "@bob draw the map by 2026-12-03")
    passes(programme, days=60)  # long after anything else of that page is kept up to date
    page = programme.wiki / FIRST
    text = page.read_text()
    hands: dict[str, Callable[[], object]] = {
        "deleted": page.unlink,
        "emptied": lambda: page.write_text(""),
        "cleared": lambda: page.write_text(text[: text.index("peerloop:end")] + "peerloop:end -->\n"),
        "moved": lambda: page.rename(tmp_path / "elsewhere.md"),
    }
    hands[how]()
    before = len(reminded(programme, "draw the map", "bob"))
    day_by_day(programme, 12)
    told = [(day, who) for day, who, line in heard(programme, "cannot be read any more") if "draw the map" in line]
    assert told == [("01-27", "grace")]
    assert len(reminded(programme, "draw the map", "bob")) == before, "nobody is asked for what they cannot tick"
    page.write_text(text)
    day_by_day(programme, 14)
    (item,) = programme.memory().items.values()
    assert (item.state, item.since) == (Progress.OPEN, date(2027, 1, 26))
    assert len(reminded(programme, "draw the map", "bob")) > before


# Before its session


def test_an_item_with_a_name_is_chased_before_its_session_takes_place(tmp_path: Path) -> None:
    programme = Programme(tmp_path, {**TEAM, "lead": LEAD})
    passes(programme)  # Monday 23 November
    writes(programme, FIRST, f"- [ ] {EXAMPLE}", "- [ ] @Bob order the books by 2026-11-24\n- [ ] bring cake")
    day_by_day(programme, 2)
    assert reminded(programme, "order the books", "bob") == ["11-24"]
    assert heard(programme, "bring cake") == []
    (item,) = programme.memory().items.values()
    assert (item.text, item.assignee) == ("order the books", "bob@example.com")


# Days as people write them


def test_a_day_counts_from_when_it_was_written_and_stays(tmp_path: Path) -> None:
    programme = programme_with(tmp_path, "@bob draw the map by Fri\n- [ ] @dan call them tomorrow")
    day_by_day(programme, 1)  # Friday 27 November is over; what is written is seen on the next day
    first = programme.memory().items
    day_by_day(programme, 9)
    assert {item.text: item.due for item in first.values()} == {
        item.text: item.due for item in programme.memory().items.values()
    }
    seen = {item.since for item in first.values()}
    assert seen == {date(2026, 11, 28)}
    assert {item.text: str(item.due) for item in first.values()} == {
        "draw the map": "2026-12-04",
        "call them": "2026-11-29",
    }
    due = {line.partition(", from")[0] for _, to, line in heard(programme, "draw the map") if to == "bob"}
    assert due == {"“draw the map”, due Friday 2026-12-04 (written as “Fri”)"}
    writes(programme, FIRST, "by Fri", "by Monday")
    day_by_day(programme, 1)
    (moved,) = [item for item in programme.memory().items.values() if item.text == "draw the map"]
    assert (moved.due, moved.since) == (date(2026, 12, 14), date(2026, 11, 28)), "first seen on Tuesday 8 December"


def test_which_day_is_meant_is_asked_once(tmp_path: Path) -> None:
    programme = programme_with(tmp_path, "@bob draw the map by 01/02\n- [ ] @dan see [due 01/02](https://e.x)")
    day_by_day(programme, 7)
    (asked,) = [one for one in heard(programme, "which day") if "draw the map" in one[2]]
    assert asked == (
        "11-30",
        "bob",
        "“draw the map by 01/02”, from Lunch on 2026-11-26: which day is “01/02”? Please write it as YYYY-MM-DD. "
        "Until then the item counts as due Thursday 2026-12-03",
    )
    assert len(heard(programme, "which day")) == 1
    writes(programme, FIRST, "by 01/02", "by 2 Jan 2027")
    day_by_day(programme, 1)
    (item,) = [item for item in programme.memory().items.values() if "map" in item.text]
    assert (item.text, item.due, item.unclear) == ("draw the map", date(2027, 1, 2), "")


# Boxes as people make them


def test_dozens_of_items_make_one_mail_of_ten_and_the_others_count_as_not_reminded(tmp_path: Path) -> None:
    many = "\n".join(
        f"- [ ] @bob draw map {number:03} of the {'very ' * 30}old town by 2026-12-01" for number in range(40)
    )
    programme = programme_with(tmp_path, many.removeprefix("- [ ] "))
    day_by_day(programme, 5)
    told = heard(programme, "more: see")
    assert ("12-01", "bob", "and 30 more: see") in told
    assert len(reminded(programme, "draw map", "bob")) == 20  # on 30 November, and on the day
    assert max(file.stat().st_size for file in tmp_path.rglob("*.eml")) < 16_000
    with programme.world() as world:
        assert len(world.ledger.reminded("platform")) == 20


def test_what_will_not_be_done_is_over_and_what_cannot_be_read_is_told_once(tmp_path: Path) -> None:
    programme = programme_with(tmp_path, "@bob draw the map\n- [-] @dan buy a printer\n- [?] @dan call them")
    day_by_day(programme, 14)
    leads = programme.memory().sessions["platform/lunch/2026-11-26T12:15"].roles["facilitator"].partition("@")[0]
    assert reminded(programme, "draw the map", "bob") != []
    assert [line for _, _, line in heard(programme, "buy a printer") if "thank you" not in line] == []
    ((_, who, line),) = heard(programme, "call them")
    assert who == leads
    assert line == (
        "“@dan call them”, on the page of Lunch on 2026-11-26, looks like an action item but cannot be read as one"
    )


# Git, and formatters


def test_a_conflict_that_git_left_is_told_and_nothing_in_it_is_read_twice(tmp_path: Path) -> None:
    programme = programme_with(tmp_path, "@bob draw the map by 2026-12-01")
    passes(programme)
    conflict = (
        "<<<<<<< HEAD\n- [ ] @bob draw the map by 2026-12-01\n- [ ] @dan call them by 2026-12-01\n"
        "=======\n- [x] @bob draw the map by 2026-12-01\n- [ ] @dan buy tea by 2026-12-01\n>>>>>>> main\n"
    )
    writes(programme, FIRST, "- [ ] @bob draw the map by 2026-12-01\n", conflict)
    day_by_day(programme, 4)
    items = {item.text: item.state for item in programme.memory().items.values()}
    assert items == {"draw the map": Progress.DONE, "call them": Progress.OPEN, "buy tea": Progress.OPEN}
    told = heard(programme, "Git has left its conflict markers")
    assert [who for _, who, _ in told] == ["grace"]
    assert conflict in programme.pages()[FIRST]


def test_a_table_that_a_formatter_has_aligned_is_no_edit(tmp_path: Path) -> None:
    programme = Programme(tmp_path, {**TEAM, "lead": LEAD})
    passes(programme)
    page = programme.wiki / FIRST
    text = page.read_text()
    rows = [line for line in PageText(text).region.splitlines() if line.startswith("|")]
    width = max(map(len, rows))
    for row in rows:
        cells = [cell.strip() for cell in row.strip("|").split(" | ")]
        fill = "-" if set(row) <= set("|- ") else " "
        aligned = " | ".join(cell.ljust(width, fill) for cell in cells)
        text = text.replace(row, f"| {aligned} |")
    page.write_text(text)
    passes(programme)
    topic = {"title": "How caches lie", "votes": 9}
    assert programme.edit(
        {
            **programme.team,
            "sessions": [{"series": "Lunch", "on": "2026-11-26", "topic": topic["title"]}],
            "topics": [topic],
        }
    ), programme.faults
    passes(programme, days=1)
    assert "How caches lie" in PageText(page.read_text()).region
    assert heard(programme, "a person changed") == []
