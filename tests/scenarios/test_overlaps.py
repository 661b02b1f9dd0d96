"""Nobody has two duties at once, in one team or in two, or outside their hours elsewhere, where others are free."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.formats import SessionFormat
from config.templates import TemplateContext
from daemon.cli.setting import Setting, world_of
from daemon.decide.overlaps import double_duties
from daemon.loop import World, run_once
from daemon.model import Session
from daemon.serve.team_files import read_team
from tests.scenarios.command_line import peerloop
from tests.scenarios.programme import MONDAY, Programme
from tests.scenarios.test_changed_minds import LUNCH, TEAM, edits, moves, passes, programme_of, sessions
from tests.scenarios.test_turns import why

NAMES = ("Ada", "Bob", "Dan", "Eve", "Fay")
FIVE = [{"name": name, "email": f"{name.lower()}@example.com"} for name in NAMES]
TALK: Mapping[str, Any] = {**LUNCH, "name": "Talk", "cadence": {"every": "week", "on": "thursday", "at": "12:30"}}
LATER: Mapping[str, Any] = {**LUNCH, "name": "Talk", "cadence": {"every": "week", "on": "thursday", "at": "13:00"}}


def doubles(*known: Session) -> list[tuple[str, str]]:
    return [(one.session.key, one.email) for one in double_duties(known, (), {})]


def all_of(programme: Programme) -> list[Session]:
    return [one for one in programme.memory().sessions.values() if one.takes_place]


def test_nobody_has_two_duties_at_once_where_others_are_free(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FIVE, series=[LUNCH, TALK])
    assert doubles(*all_of(programme)) == []
    turns = [email for one in all_of(programme) for email in one.roles.values()]
    assert all(3 <= turns.count(member["email"]) <= 5 for member in FIVE)


def test_nor_two_right_after_each_other(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FIVE, series=[LUNCH, LATER])
    for one, other in zip(sessions(programme).values(), sessions(programme, "talk").values(), strict=True):
        assert not set(one.roles.values()) & set(other.roles.values())


@pytest.mark.parametrize("applied", [True, False])
def test_where_it_cannot_be_check_plan_and_why_say_so(tmp_path: Path, applied: bool) -> None:
    programme = Programme(tmp_path, {**TEAM, "series": [LUNCH, TALK]})
    if applied:
        passes(programme)
    at = ("--data", "data", "--now", "2026-11-23T10:00")
    checked, planned = (peerloop(tmp_path, command, "team.yaml", *at) for command in ("check", "plan"))
    assert checked.code == 0
    for said in (checked.err, planned.out):
        (line,) = [line for line in said.splitlines() if "overlap" in line]
        assert "Lunch and Talk overlap on Thu 2026-11-26, Thu 2026-12-03, Thu 2026-12-10 and 2 more dates: " in line
        assert "Ada, Bob and Dan have a duty in both, as peerloop why says of each" in line
    assert "      has Talk at that time, too\n" in why(programme, "2026-11-26")


def test_a_session_that_is_moved_onto_another_gives_way(tmp_path: Path) -> None:
    tuesdays = {**TALK, "cadence": {"every": "week", "on": "tuesday", "at": "12:30"}}
    programme = programme_of(tmp_path, members=FIVE, series=[tuesdays, LUNCH])
    before = {**sessions(programme), **{f"talk {day}": one for day, one in sessions(programme, "talk").items()}}
    day = next(
        day
        for day, one in sessions(programme).items()
        if set(one.roles.values()) & set(before[f"talk {_tuesday(day)}"].roles.values())
    )
    moves(programme, day[:5], f"{_tuesday(day)[:5]} 12:15")
    passes(programme)
    moved, stays = sessions(programme)[f"{_tuesday(day)[:5]} 12:15"], sessions(programme, "talk")[_tuesday(day)]
    assert stays.roles == before[f"talk {_tuesday(day)}"].roles
    assert not set(moved.roles.values()) & set(stays.roles.values())
    kept = [role for role, email in before[day].roles.items() if email not in stays.roles.values()]
    assert all(moved.roles[role] == before[day].roles[role] for role in kept)
    assert "has another duty at that time, so somebody else takes over" in str(moved.assignments)
    passes(programme, hours=1)
    assert sessions(programme)[f"{_tuesday(day)[:5]} 12:15"].roles == moved.roles


def _tuesday(thursday: str) -> str:
    return f"{thursday[:3]}{int(thursday[3:5]) - 2:02} 12:30"


def test_the_owner_of_a_topic_does_not_take_it_over_at_the_time_of_another_duty(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FIVE, series=[LUNCH, TALK])
    busy = sessions(programme, "talk")["12-17 12:30"].roles["presenter"]
    decided = [{"series": "Lunch", "on": "2026-12-17", "topic": "Ingress"}]
    edits(programme, topics=[{"title": "Ingress", "owner": busy}], sessions=decided)
    first = [one.roles for one in all_of(programme)]
    assert doubles(*all_of(programme)) == []
    passes(programme, hours=1)
    assert [one.roles for one in all_of(programme)] == first


def test_nobody_elsewhere_is_led_out_of_their_hours_where_others_are_free(tmp_path: Path) -> None:
    early = {**LUNCH, "cadence": {"every": "week", "on": "thursday", "at": "09:00"}}
    far = {**FIVE[4], "timezone": "America/New_York"}
    programme = programme_of(tmp_path, members=[*FIVE[:4], far], series=[early])
    assert all(far["email"] not in one.roles.values() for one in all_of(programme))
    passes(programme, hours=1)
    assert all(far["email"] not in part.eligible for one in all_of(programme) for part in one.assignments)
    edits(programme, members=[FIVE[0], far])
    assert any(far["email"] in one.roles.values() for one in all_of(programme))
    assert all(one.unfilled == () for one in all_of(programme))


# Pairs

PAIRING: Mapping[str, Any] = {
    "name": "Pairing",
    "format": "pairing",
    "cadence": {"every": "week", "on": "thursday", "at": "12:30"},
}


def in_pairs(session: Session) -> set[str]:
    return {email for pair in session.pairs for email in pair}


def test_nobody_is_in_a_pair_at_the_time_of_a_duty_where_others_are_free(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FIVE, series=[LUNCH, PAIRING])
    for lunch, pairing in zip(sessions(programme).values(), sessions(programme, "pairing").values(), strict=True):
        busy = set(lunch.roles.values())
        assert in_pairs(pairing) == {member["email"] for member in FIVE} - busy
        assert "In another session then: " in pairing.note and not set(pairing.roles.values()) & busy
    before = {key: one.pairs for key, one in sessions(programme, "pairing").items()}
    passes(programme, hours=1)
    assert {key: one.pairs for key, one in sessions(programme, "pairing").items()} == before
    page = next(text for path, text in programme.pages().items() if "pairing" in path)
    assert "In another session then: " in page


def test_a_pair_gives_way_to_a_duty_that_comes_to_be_at_its_time(tmp_path: Path) -> None:
    tuesdays = {**PAIRING, "cadence": {"every": "week", "on": "tuesday", "at": "12:30"}}
    programme = programme_of(tmp_path, members=FIVE, series=[tuesdays, LUNCH])
    lunch = sessions(programme)["12-10 12:15"]
    moves(programme, "12-10", "12-08 12:15")
    passes(programme)
    pairing = sessions(programme, "pairing")["12-08 12:30"]
    assert sessions(programme)["12-08 12:15"].roles.keys() == lunch.roles.keys()
    assert not in_pairs(pairing) & set(sessions(programme)["12-08 12:15"].roles.values())


def test_two_sessions_of_pairs_at_once_put_nobody_into_two_where_that_can_be_and_say_where_not(tmp_path: Path) -> None:
    twice = {**PAIRING, "name": "Mobbing"}
    programme = programme_of(tmp_path, members=FIVE, series=[PAIRING, twice])
    at = ("--data", "data", "--now", "2026-11-23T10:00")
    checked = peerloop(tmp_path, "check", "team.yaml", *at).err
    assert "a duty in both, as peerloop why says of each; to change it name the pairs under sessions:" in checked
    assert " has Mobbing at that time, too\n" in why(programme, "2026-11-26")


def test_where_too_few_others_are_free_a_pair_is_told_of(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, series=[LUNCH, PAIRING])
    assert all(len(in_pairs(one)) == 3 for one in sessions(programme, "pairing").values())
    at = ("--data", "data", "--now", "2026-11-23T10:00")
    warned = peerloop(tmp_path, "check", "team.yaml", *at).err
    assert "Lunch and Pairing overlap on" in warned
    assert "to change it name the pairs under sessions:" in warned


def test_a_duty_in_another_team_keeps_somebody_from_a_pair(tmp_path: Path) -> None:
    teams = TwoTeams(tmp_path)
    teams.edit("Product", series=[PAIRING])
    teams.passes("Platform", "Product")
    by_day = {key.rpartition("/")[2][:10]: one for key, one in teams.sessions().items() if "platform/" in key}
    pairings = {key.rpartition("/")[2][:10]: one for key, one in teams.sessions().items() if "product/" in key}
    assert pairings.keys() == by_day.keys()
    assert all(not in_pairs(one) & set(by_day[day].roles.values()) for day, one in pairings.items())


# Several teams of one ledger


class TwoTeams:
    """Two teams with the same people, whose passes a test makes one by one, on one ledger."""

    def __init__(self, folder: Path) -> None:
        self.programme = Programme(folder, {**TEAM, "members": FIVE})
        self.paths = {"Platform": self.programme.path, "Product": folder / "product.yaml"}
        self.edit("Product", series=[TALK])

    def edit(self, name: str, **parts: Any) -> None:
        text = yaml.safe_dump({**TEAM, "team": name, "members": FIVE, **parts}, allow_unicode=True)
        self.paths[name].write_text(text)

    @contextmanager
    def world(self) -> Iterator[World]:
        world = world_of(Setting(self.programme.operator, tuple(self.paths.values()), MONDAY))
        try:
            yield world
        finally:
            world.ledger.close()

    def passes(self, *names: str) -> None:
        for name in names:
            (file,) = read_team(self.paths[name], self.programme.operator, MONDAY).files
            with self.world() as world:
                assert run_once(file, MONDAY, world).errors == ()

    def passes_within(self, outer: str, inner: str) -> None:
        """Make a pass of one team that has decided, and has not recorded it, when another makes a whole one."""
        (file,) = read_team(self.paths[outer], self.programme.operator, MONDAY).files
        with self.world() as world:
            left = [inner]

            def body(form: SessionFormat, folder: Path, context: TemplateContext) -> str:
                self.passes(*(left.pop() for _ in left[:]))
                return world.body(form, folder, context)

            assert run_once(file, MONDAY, replace(world, body=body)).errors == ()

    def sessions(self) -> dict[str, Session]:
        with self.world() as world:
            keys = world.ledger.team_keys()
            known = [world.ledger.recall(keys[name], name).sessions for name in self.paths if name in keys]
        return {key: one for sessions in known for key, one in sessions.items() if one.takes_place}

    def roles(self) -> dict[str, dict[str, str]]:
        return {key: one.roles for key, one in self.sessions().items()}


def test_nobody_has_duties_in_two_teams_at_once_and_nothing_changes_hands_for_it(tmp_path: Path) -> None:
    teams = TwoTeams(tmp_path)
    teams.passes("Platform")
    first = teams.roles()
    teams.passes("Product")
    assert doubles(*teams.sessions().values()) == []
    both = teams.roles()
    assert {key: both[key] for key in first} == first
    teams.passes("Platform", "Product", "Product", "Platform")
    assert teams.roles() == both


def test_of_two_teams_that_planned_at_the_same_moment_the_second_gives_way_and_only_it(tmp_path: Path) -> None:
    teams = TwoTeams(tmp_path)
    teams.passes_within("Product", "Platform")
    at_once, first = doubles(*teams.sessions().values()), teams.roles()
    assert at_once, "the same people were given both"
    teams.passes("Platform")
    assert teams.roles() == first
    teams.passes("Product")
    assert doubles(*teams.sessions().values()) == []
    settled = teams.roles()
    assert all(settled[key] == first[key] for key in first if key.startswith("platform/"))
    teams.passes("Platform", "Product", "Platform", "Product")
    assert teams.roles() == settled


def test_the_other_team_s_duty_is_named_by_check_and_why(tmp_path: Path) -> None:
    teams = TwoTeams(tmp_path)
    teams.edit("Product", series=[TALK], members=FIVE[:2], lead=FIVE[0]["email"])
    teams.passes("Platform", "Product")
    busy = doubles(*teams.sessions().values())
    assert busy
    at = ("--data", "data", "--now", "2026-11-23T10:00")
    assert "Lunch of Platform and Talk overlap on " in peerloop(tmp_path, "check", "product.yaml", *at).err
    day = busy[0][0].rpartition("/")[2][:10]
    assert "has Lunch of Platform at that time, too" in peerloop(tmp_path, "why", "product.yaml", day, *at).out
