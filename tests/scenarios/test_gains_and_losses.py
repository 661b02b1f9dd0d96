"""Whoever gains or loses a duty, or whose topic becomes another one, hears of it once, in their next digest."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.command_line import peerloop
from tests.scenarios.programme import Programme
from tests.scenarios.test_around_a_session import heard
from tests.scenarios.test_changed_minds import LUNCH, edits, moves, passes, programme_of, sessions
from tests.scenarios.test_turns import FIRST, FOUR, SECOND, entitles, not_in, rewrites, why

DAY = {FIRST: "Thursday 2026-11-26, 12:15 (Europe/Berlin)", SECOND: "Thursday 2026-12-03, 12:15 (Europe/Berlin)"}
VOTED = [{"title": "Ingress", "votes": 9}, {"title": "Pods", "votes": 8}]


def about(title: str, day: str = FIRST) -> list[Mapping[str, Any]]:
    return [{"series": "Lunch", "on": f"2026-{day[:5]}", "topic": title}]


def name(email: str) -> str:
    return email.partition("@")[0]


def lines(programme: Programme, words: str) -> list[tuple[str, str]]:
    return [(who, line) for _, who, line in heard(programme, words)]


@pytest.mark.parametrize("by", ["lead", "page", "event"])
def test_the_presenter_hears_that_the_topic_has_become_another_one(tmp_path: Path, by: str) -> None:
    programme = programme_of(tmp_path, members=FOUR, topics=VOTED)
    presenter = sessions(programme)[FIRST].roles["presenter"]
    if by == "lead":
        edits(programme, sessions=about("Pods"))
    elif by == "page":
        rewrites(programme, r"\A# .*", "# 2026-11-26 Lunch: Pods")
    else:
        entitles(programme, FIRST, "Lunch: Pods")
    passes(programme, days=1)
    assert sessions(programme)[FIRST].roles["presenter"] == presenter
    for _ in range(2):
        first = [one for one in lines(programme, "The topic of") if DAY[FIRST] in one[1]]
        assert first == [(name(presenter), f"The topic of Lunch on {DAY[FIRST]} is now “Pods”")]
        passes(programme, days=1)
    second = [one for one in lines(programme, "The topic of") if DAY[SECOND] in one[1]]
    other = name(sessions(programme)[SECOND].roles["presenter"])
    assert second == [(other, f"The topic of Lunch on {DAY[SECOND]} is now “Ingress”")]


def test_a_topic_that_goes_is_told_to_who_presents_it(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR, topics=VOTED[:1])
    edits(programme, topics=[])
    passes(programme, days=1)
    presenter = name(sessions(programme)[FIRST].roles["presenter"])
    assert lines(programme, "The topic of") == [
        (presenter, f"The topic of Lunch on {DAY[FIRST]}: there is none any more")
    ]


def test_a_topic_that_is_only_called_otherwise_is_no_other(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR, topics=VOTED)
    edits(programme, topics=[{"title": "All of ingress", "was": ["Ingress"], "votes": 9}, VOTED[1]])
    passes(programme, days=1)
    assert not heard(programme, "The topic of")


def test_of_several_changes_before_a_digest_the_last_is_told_and_none_that_was_taken_back(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR, topics=[*VOTED, {"title": "Nodes"}, {"title": "Disks"}])
    decided = sessions(programme)[FIRST].topic
    assert decided and decided.title == "Ingress"
    edits(programme, sessions=about("Disks"))
    programme.later(hours=1)
    edits(programme, sessions=about("Nodes"))
    passes(programme, days=1)
    first = [line for _, line in lines(programme, "The topic of") if DAY[FIRST] in line]
    assert first == [f"The topic of Lunch on {DAY[FIRST]} is now “Nodes”"]
    edits(programme, sessions=about("Pods"))
    programme.later(hours=1)
    edits(programme, sessions=about("Nodes"))
    before = len(lines(programme, DAY[FIRST]))
    passes(programme, days=1)
    assert not [line for _, line in lines(programme, "The topic of")[before:] if DAY[FIRST] in line]


def test_who_owns_the_topic_but_does_not_present_it_hears_of_it_too(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR, topics=VOTED)
    first = sessions(programme)[FIRST]
    presenter, owner = first.roles["presenter"], not_in(first)[0]
    topics = [{**VOTED[0], "votes": 0}, VOTED[1], {"title": "Disks", "owner": owner}]
    named = {**about("Disks")[0], "presenter": presenter}
    edits(programme, topics=topics, sessions=[named])
    passes(programme, days=1)
    said = f"Your topic “Disks” is now that of Lunch on {DAY[FIRST]}; {name(presenter).capitalize()} presents it"
    assert (name(owner), said) in lines(programme, "Your topic")
    edits(programme, sessions=[{**named, "topic": "Ingress"}])
    passes(programme, days=1)
    assert (name(owner), f"Your topic “Disks” is no longer that of Lunch on {DAY[FIRST]}") in lines(
        programme, "Your topic"
    )


def test_who_presents_no_more_hears_to_whom_the_turn_has_gone(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR, topics=VOTED)
    second = sessions(programme)[SECOND]
    holder, owner = second.roles["presenter"], not_in(second)[0]
    edits(programme, topics=[*VOTED, {"title": "Disks", "owner": owner}], sessions=about("Disks", SECOND))
    assert sessions(programme)[SECOND].roles["presenter"] == owner
    passes(programme, days=3)
    gone = f"Your turn as presenter of Lunch on {DAY[SECOND]} has gone to {name(owner).capitalize()}"
    assert (name(holder), gone) in lines(programme, "has gone to")
    assert [who for who, line in lines(programme, "You present “Disks”")] == [name(owner)]


def test_who_loses_a_role_that_there_is_no_more_is_not_told_that_nobody_has_it(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR)
    holder = sessions(programme)[FIRST].roles["presenter"]
    edits(programme, series=[{**LUNCH, "format": "code-review"}])
    passes(programme, days=1)
    said = f"Your turn as presenter of Lunch on {DAY[FIRST]} is yours no more; there is no presenter any more"
    assert (name(holder), said) in lines(programme, "Your turn as")
    assert not heard(programme, "nobody has it yet")


# Why it was


def plan(programme: Programme) -> str:
    """Return what ``peerloop plan`` says."""
    at = f"{programme.now:%Y-%m-%dT%H:%M}"
    return peerloop(programme.path.parent, "plan", "team.yaml", "--data", "data", "--now", at).out


def test_the_plan_says_that_the_owner_of_the_topic_presents_it(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR)
    owner = not_in(sessions(programme)[SECOND])[0]
    disks = [{"title": "Disks", "owner": owner}]
    assert programme.edit({**programme.team, "topics": disks, "sessions": about("Disks", SECOND)})
    said = plan(programme)
    assert f"→ {name(owner).capitalize()} ({name(owner).capitalize()} owns the topic)" in said
    assert "fairer shares" not in said


def test_the_plan_says_that_somebody_is_excused(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR)
    holder = sessions(programme)[SECOND].roles["presenter"]
    members = [{**one, "excused": ["presenter"]} if one["email"] == holder else one for one in FOUR]
    assert programme.edit({**programme.team, "members": members})
    assert f"({name(holder).capitalize()} is excused from that)" in plan(programme)


@pytest.mark.parametrize("how", ["owner", "topic"])
def test_why_names_nobody_as_owner_of_a_topic_that_is_not_theirs_any_more(tmp_path: Path, how: str) -> None:
    programme = programme_of(tmp_path, members=FOUR, topics=[{"title": "Disks", "owner": "bob@example.com"}])
    assert "Bob owns the topic and brings it." in why(programme, "2026-11-26")
    edits(programme, topics=[{"title": "Disks"}] if how == "owner" else [{"title": "Nodes"}])
    assert sessions(programme)[FIRST].roles["presenter"] == "bob@example.com"
    said = why(programme, "2026-11-26")
    assert "owns" not in said and "Announced before, as whoever owned its topic then." in said


# When it is


def test_what_waits_to_be_said_of_a_session_names_the_time_at_which_it_is_by_then(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR)
    holder = sessions(programme)[FIRST].roles["facilitator"]
    other = not_in(sessions(programme)[FIRST])[0]
    edits(programme, sessions=[{"series": "Lunch", "on": "2026-11-26", "facilitator": other}])
    moves(programme, "11-26", "11-27 14:00")
    passes(programme)
    passes(programme, days=1)
    then = "Friday 2026-11-27, 14:00 (Europe/Berlin)"
    assert lines(programme, "Your turn as facilitator") == [
        (name(holder), f"Your turn as facilitator of Lunch on {then} has gone to {name(other).title()}")
    ]
    assert not lines(programme, f"Lunch on {DAY[FIRST]} has gone")


def test_who_lost_a_turn_that_changes_hands_twice_before_their_digest_hears_who_has_it(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR)
    held = sessions(programme)[FIRST].roles["facilitator"]
    for other in not_in(sessions(programme)[FIRST]):
        edits(programme, sessions=[{"series": "Lunch", "on": f"2026-{FIRST[:5]}", "facilitator": other}])
        programme.later(hours=1)
    passes(programme, days=1)
    turn = f"Your turn as facilitator of Lunch on {DAY[FIRST]} has gone to"
    assert lines(programme, "Your turn as facilitator") == [(name(held), f"{turn} {name(other).capitalize()}")]
