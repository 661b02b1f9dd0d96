"""A ``peerloop apply`` that is killed by SIGKILL at any write, and run again, ends as if it had not been killed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from daemon.deliver import deliver
from daemon.ledger import open_ledger
from daemon.loop import run_once
from tests import soak
from tests.scenarios.disturbances import Kill, Killed
from tests.scenarios.killer import FILES, LEDGER, Kills
from tests.scenarios.programme import MONDAY, TEAM, ZONE, Programme, contents, instance_of, start_of


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


def written(data: Path) -> list[str]:
    """Return what the log says was written, and what of it is not known to have been."""
    ledger = open_ledger(f"sqlite:///{data / 'ledger.db'}", create=False)
    try:
        (team,) = ledger.team_keys().values()
        return sorted(f"{entry.key}: {entry.what} {is_done}" for entry, is_done in ledger.log.all_of(team, 999))
    finally:
        ledger.close()


@soak.soaked
@pytest.mark.parametrize("prepare", soak.either([cold, changed], [cold, changed, other_cadence]))
def test_a_killed_apply_ends_like_one_that_was_not(prepare: Callable[[Programme], None], tmp_path: Path) -> None:
    programme = Programme(tmp_path, TEAM, MONDAY)
    programme.data.mkdir()
    prepare(programme)
    told = [programme.path, "--now", programme.now.isoformat()]
    kills = Kills((*FILES, *LEDGER), told, programme.data, tmp_path / "work")
    ends, logs = dict[str, dict[str, bytes]](), dict[str, list[str]]()
    for name, data in kills:
        ends[name], logs[name] = contents(data), written(data)
    assert {"os:replace", "os:fsync", *LEDGER} <= {name.rpartition(" ")[2] for name in ends}
    reference = ends["undisturbed"]
    assert reference != contents(programme.data)
    for name, found in ends.items():
        differing = [path for path in {*reference, *found} if reference.get(path) != found.get(path)]
        assert not differing, f"{name}: {sorted(differing)} differ"
        assert logs[name] == logs["undisturbed"] != [], f"{name}: the log tells something else"


def test_mail_that_goes_out_meanwhile_says_of_a_killed_pass_all_or_nothing(tmp_path: Path) -> None:
    """As where one process gives out the passes and sends the mail, and the one that made a pass is killed."""
    whole = Programme(tmp_path / "undisturbed", TEAM, MONDAY)
    whole.apply()
    mails, killed = mails_of(whole), 0
    for nth in count(1):
        programme = Programme(tmp_path / str(nth), TEAM, MONDAY)
        with programme.world() as world, world.ledger.alone():
            try:
                run_once(programme.file, MONDAY, Kill(nth, after=True)(world))
            except Killed:
                killed += 1
            else:
                break
            deliver({"platform": programme.file.team}, MONDAY, world.ledger, world.messenger, answer=world.answer)
        sent = mails_of(programme)
        programme.apply()
        assert sent in ({}, mails), f"half of it after the {nth}th write"
        assert mails_of(programme) == mails
    assert killed > 5


def mails_of(programme: Programme) -> dict[str, bytes]:
    """Return the mails in a programme's outbox, by their names."""
    return {path.name: path.read_bytes() for path in (programme.data / "outbox").glob("*.eml")}
