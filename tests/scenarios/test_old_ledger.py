"""A copy of the ledger is put back that is older than what peerloop did since: that is no person's doing."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from daemon.model import State
from tests.scenarios.programme import Programme
from tests.scenarios.test_changed_cadence import recurs
from tests.scenarios.test_changed_minds import WEEKLY, dates, edits, programme_of, sessions


@contextmanager
def put_back(programme: Programme) -> Iterator[None]:
    """Have the ledger at the end as it was at the beginning."""
    copies = programme.data.with_name("copies")
    copies.mkdir()
    for path in programme.data.glob("ledger.db*"):
        shutil.copy(path, copies)
    yield
    programme.lose_ledger()
    for path in copies.iterdir():
        shutil.copy(path, programme.data)


def said(programme: Programme) -> list[str]:
    return [finding.text for finding in programme.plan().plan.findings]


@pytest.mark.parametrize("weeks_before", [0, 2], ids=["before the first session", "after some sessions"])
def test_a_series_that_we_moved_since_was_not_deleted_by_a_person(tmp_path: Path, weeks_before: int) -> None:
    programme = programme_of(tmp_path)
    for _ in range(weeks_before):
        programme.later(weeks=1)
        programme.settle()
    with put_back(programme):
        for at in ("14:00", "15:00"):
            recurs(programme, {**WEEKLY, "at": at})
            programme.settle()
        before = dates(programme)
    assert not [text for text in said(programme) if "by a person" in text or "by hand" in text]
    programme.settle()
    assert [when for when in dates(programme) if when in before and "15:00" in when] == [
        when for when in before if "15:00" in when
    ]
    edits(programme, topics=[{"title": "Ingress"}])
    programme.settle()
    assert not [text for text in said(programme) if "by a person" in text]
    assert "Ingress" in str(programme.contents())


def test_a_session_held_at_another_time_since_was_not_deleted_by_a_person(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    with put_back(programme):
        recurs(programme, {**WEEKLY, "at": "15:00"})
        programme.settle()
        programme.later(weeks=1)
        programme.settle()
        before = programme.contents()
    programme.settle()
    assert "deleted in the calendar" not in str(programme.contents())
    assert programme.contents() == before
    assert not programme.plan().plan.changes
    held = [one for one in programme.plan().memory.sessions.values() if one.state is State.HELD]
    assert [f"{one.slot.wall:%m-%d %H:%M}" for one in held] == ["11-26 15:00"]


@pytest.mark.parametrize("change", [{"on": "friday"}, {"on": "wednesday"}, {"at": "15:00"}], ids=str)
@pytest.mark.parametrize("weeks_before", [0, 2], ids=["before the first session", "after some sessions"])
def test_a_session_that_another_day_was_given_since_is_there_once(
    tmp_path: Path, weeks_before: int, change: dict[str, str]
) -> None:
    programme = programme_of(tmp_path)
    programme.later(weeks=weeks_before, days=1)
    programme.settle()
    with put_back(programme):
        recurs(programme, {**WEEKLY, **change})
        programme.settle()
        before, known = programme.contents(), sessions(programme)
    programme.run()
    for _ in range(2):
        programme.settle()
        assert programme.contents() == before
        assert sessions(programme).keys() == known.keys()
