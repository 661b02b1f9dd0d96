"""A daemon holds nothing of a team between its passes but what its file says, and some of the pages that were parsed.

Nor does anything stay until Python looks for what nobody needs, which may be many passes later.
"""

import gc
from collections import Counter
from pathlib import Path

from daemon.loop import Pass
from daemon.model import Session
from daemon.model.memory import Item, Memory
from daemon.plan.guards import Allowance
from daemon.plan.plan import Plan
from daemon.serve.rounds import Rounds
from tests.scenarios.programme import MONDAY, TEAM, Programme

OF_A_PASS = (Memory, Session, Item, Plan, Pass)


def alive() -> Counter[str]:
    """Return how many values there are of each kind that a pass is about."""
    return Counter(type(one).__name__ for one in gc.get_objects() if isinstance(one, OF_A_PASS))


def test_after_passes_with_something_to_do_and_without_nothing_of_their_teams_is_left(tmp_path: Path) -> None:
    team, other = Programme(tmp_path), Programme(tmp_path / "other", {**TEAM, "team": "Other"})
    with team.world() as world:
        rounds = Rounds(world, Allowance(), lambda: team.now, lambda: (team.now - MONDAY).total_seconds())
        files = [one.file for one in (team, other)]
        gc.collect()
        before = alive()
        gc.disable()
        try:
            for hours in (0, 1, 3 * 24, 1):
                team.later(hours=hours)
                assert rounds.begin(files)
                assert rounds.settle(60)
                assert alive() == before
        finally:
            gc.enable()
            rounds.close()
    assert len(team.memory().sessions) > 4
