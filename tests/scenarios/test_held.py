"""What counts as held when a series goes: deleted in the calendar and made anew, or taken out of the team's file."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from daemon.learn.by_hand import DELETED
from daemon.model import Observation
from daemon.ports import Unavailable
from tests.scenarios.programme import Programme, text_of
from tests.scenarios.test_action_items import EXAMPLE
from tests.scenarios.test_around_a_session import FIRST, day_by_day, heard, takes_away, writes
from tests.scenarios.test_changed_minds import LUNCH, REVIEW, deletes, edits, passes, programme_of, restores, sessions
from tests.scenarios.test_turns import state, why


def deletes_the_series(programme: Programme) -> None:
    with programme.calendar_edited() as calendar:
        lunches = [one for one in calendar.events if "lunch" in text_of(one, "UID")]
        calendar.subcomponents = [one for one in calendar.subcomponents if one not in lunches]


@pytest.mark.parametrize(("exdate", "passes_before"), [(True, (8, 3)), (False, (12,))])
def test_a_deleted_session_that_has_gone_by_stays_so_when_its_series_is_made_anew(
    tmp_path: Path, exdate: bool, passes_before: tuple[int, ...]
) -> None:
    programme = programme_of(tmp_path, series=[LUNCH, REVIEW])
    deletes(programme, "12-03", exdate)
    for days in passes_before:
        passes(programme, days=days)
    deletes_the_series(programme)
    restores(programme)
    for _ in range(2):
        assert (state(programme, "11-26")[0], state(programme, "12-03")[0]) == ("held", "cancelled")
        assert f"does not take place: {DELETED}" in why(programme, "2026-12-03")
        assert {"12-10 12:15", "12-17 12:15"} <= set(sessions(programme)), "what is to come is there again"
        passes(programme, hours=1)


def test_what_went_by_while_its_series_was_deleted_was_not_held(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, series=[LUNCH, REVIEW])
    passes(programme, days=4)
    deletes_the_series(programme)
    passes(programme)
    programme.later(days=7)
    restores(programme)
    assert (state(programme, "11-26")[0], state(programme, "12-03")[0]) == ("held", "cancelled")
    assert "12-10 12:15" in sessions(programme)


@pytest.mark.parametrize(("hours", "left"), [(2.5, [REVIEW]), (24, [REVIEW]), (24, [])])
def test_what_had_begun_before_its_series_left_the_file_was_held(tmp_path: Path, hours: float, left: list[Any]) -> None:
    programme = programme_of(tmp_path, series=[LUNCH, REVIEW])
    programme.later(days=3, hours=hours)
    edits(programme, series=left)
    passes(programme, days=1)
    assert state(programme, "11-26")[0] == "held"
    (page,) = (text for name, text in programme.pages().items() if "2026-11-26" in name)
    assert "| **Status** | held |" in page
    assert [who for _, who, line in heard(programme, "while it is fresh") if "Lunch" in line] == ["ada"]


def test_what_was_written_at_a_session_is_followed_up_though_its_series_has_left_the_file(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    programme.later(days=3, hours=4)
    writes(programme, FIRST, f"- [ ] {EXAMPLE}", "- [ ] @bob order the books by 2026-12-01")
    takes_away(programme, FIRST, "Caches lie")
    edits(programme, series=[])
    day_by_day(programme, 6)
    assert state(programme, "11-26")[0] == "documented"
    assert [(day, who) for day, who, _ in heard(programme, "order the books")][:2] == [
        ("11-27", "bob"),
        ("12-01", "bob"),
    ]
    assert {who for _, who, _ in heard(programme, "Caches lie")} >= {"bob"}


def test_what_was_deleted_before_its_series_left_the_file_was_not_held(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, series=[LUNCH, REVIEW])
    deletes(programme, "11-26")
    programme.later(days=4)
    edits(programme, series=[REVIEW])
    assert state(programme, "11-26")[0] == "cancelled"


class Away:
    """A wiki that cannot be read."""

    def observe(self, *_: object) -> Observation:
        """Fail."""
        raise Unavailable("it is away")


@pytest.mark.parametrize("wiki_is_away", [False, True])
def test_after_weeks_without_a_pass_the_pages_say_what_took_place(tmp_path: Path, wiki_is_away: bool) -> None:
    programme = programme_of(tmp_path)
    day_by_day(programme, 4)
    writes(programme, FIRST, f"- [ ] {EXAMPLE}", "- [ ] @bob order the books by 2026-12-01")
    deletes(programme, "12-10")
    programme.later(weeks=6)
    if wiki_is_away:
        away: Any = Away()
        done, _ = programme.apply(lambda world: replace(world, wiki=lambda _team, _key: away))
        assert done.errors == ("wiki: it is away",)
        programme.later(hours=1)
    passes(programme)
    status = {name[:10]: re.findall(r"\*\*Status\*\* \| (.*) \|", text) for name, text in programme.pages().items()}
    assert (status["2026-11-26"], status["2026-12-03"]) == (["held, and written up"], ["held"])
    assert [state(programme, day)[0] for day in ("12-03", "12-10", "12-17")] == ["held", "cancelled", "held"]
    day_by_day(programme, 3)
    assert {day for day, *_ in heard(programme, "while it is fresh")} == {"11-27"}, "nothing else of it is fresh"
    assert "bob" in {who for _, who, _ in heard(programme, "order the books")}
