"""What counts as held when a series goes: deleted in the calendar and made anew, or taken out of the team's file."""

from pathlib import Path

import pytest

from daemon.learn.by_hand import DELETED
from tests.scenarios.programme import Programme, text_of
from tests.scenarios.test_changed_minds import LUNCH, REVIEW, deletes, passes, programme_of, restores, sessions
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
