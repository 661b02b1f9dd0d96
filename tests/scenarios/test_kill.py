"""A ``peerloop apply`` that is killed by SIGKILL at any write, and run again, ends as if it had not been killed."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.scenarios.programme import MONDAY, TEAM, ZONE, Programme, instance_of, start_of

ROOT = Path(__file__).parents[2]


def cold(programme: Programme) -> None:
    """The very first apply."""


def changed(programme: Programme) -> None:
    """The backlog, somebody's absence, and the times of two sessions: one by the lead, one by a person."""
    programme.apply()
    programme.later(days=1)
    with programme.calendar_edited() as calendar:
        instance = datetime(2026, 11, 26, 12, 15, tzinfo=ZONE)
        event = next(event for event in calendar.events if instance_of(event) == instance)
        length, to = event.duration, start_of(event) + timedelta(hours=3)
        event.end = to + length
        event.start = to
    for path in programme.wiki.glob("*.md"):
        path.write_text(f"{path.read_text()}\n- [ ] @bob tell the others by 2026-11-25\n")
    team = programme.team
    assert programme.edit(
        {
            **team,
            "topics": [{"title": "On call", "votes": 9, "owner": "eve@example.com"}, *team["topics"][1:]],
            "members": [
                {**one, "away": ["2026-11-25..2026-12-04"]} if i == 1 else one for i, one in enumerate(team["members"])
            ],
            "sessions": [{"series": "Deep dive", "on": "2026-12-01", "move_to": "2026-12-02 10:00"}],
        }
    ), programme.faults


def other_cadence(programme: Programme) -> None:
    """Two series in other cadences, when they have been going on for some weeks."""
    programme.apply()
    programme.later(days=15)
    programme.apply()
    programme.later(hours=5)
    lunch, craft, dive = programme.team["series"]
    lunch = {**lunch, "cadence": {"every": "week", "on": "tuesday", "at": "11:00"}}
    craft = {**craft, "cadence": {"every": "2 weeks", "on": "friday", "at": "09:00", "starts": "2026-12-11"}}
    assert programme.edit({**programme.team, "series": [lunch, craft, dive]}), programme.faults


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("prepare", [cold, changed, other_cadence])
def test_a_killed_apply_ends_like_one_that_was_not(
    prepare: Callable[[Programme], None], moment: str, tmp_path: Path
) -> None:
    programme = Programme(tmp_path, TEAM, MONDAY)
    programme.data.mkdir()
    prepare(programme)
    work = tmp_path / "work"
    told = [programme.path, programme.now.isoformat(), programme.data, work, moment]
    command = [sys.executable, "-m", "tests.scenarios.killer", *map(str, told)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110)
    assert ended.returncode == 0, ended.stderr
    effects = json.loads(ended.stdout)
    assert {"replace", "fsync", "do_commit"} <= {*effects}
    reference = _contents(work / "reference")
    assert reference != _contents(programme.data)
    for nth, effect in enumerate(effects, 1):
        found = _contents(work / str(nth))
        differing = [name for name in {*reference, *found} if reference.get(name) != found.get(name)]
        assert not differing, f"killed {moment} write {nth} of {len(effects)}, {effect}: {sorted(differing)} differ"


def _contents(data: Path) -> dict[str, bytes]:
    """Everything in the calendar's, the pages' and the mails' folders, hidden files too, byte for byte."""
    paths = (path for name in ("calendar", "wiki", "outbox") for path in (data / name).rglob("*") if path.is_file())
    return {path.relative_to(data).as_posix(): path.read_bytes() for path in paths}
