"""Whose turn it is, and what about, as people meet it: who declined, whose topic it is, what has more votes."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from daemon.model import Session
from tests.scenarios.command_line import peerloop
from tests.scenarios.programme import ZONE, Programme
from tests.scenarios.test_around_a_session import heard
from tests.scenarios.test_changed_minds import edits, override, passes, programme_of, sessions

FIRST, SECOND = "11-26 12:15", "12-03 12:15"
FOUR = [{"name": name, "email": f"{name.lower()}@example.com"} for name in ("Ada", "Bob", "Dan", "Eve")]
TUESDAY_NOON = datetime(2026, 11, 25, 12, 30, tzinfo=ZONE)
"""Within the last day before the first session."""


def declines(programme: Programme, day: str, *emails: str) -> None:
    """Let guests say no to one session in the calendar."""
    with programme.calendar_edited() as calendar:
        for guest in override(calendar, day[:5]).attendees:
            if guest.email in emails:
                guest.params["PARTSTAT"] = "DECLINED"


def not_in(session: Session) -> list[str]:
    return [member["email"] for member in FOUR if member["email"] not in session.roles.values()]


def topics(programme: Programme) -> list[str | None]:
    return [one.topic.title if one.topic else None for _, one in sorted(sessions(programme).items())]


def why(programme: Programme, day: str) -> str:
    arguments = ("team.yaml", day, "--data", "data", "--now", f"{programme.now:%Y-%m-%dT%H:%M}")
    return peerloop(programme.path.parent, "why", *arguments).out


# Who declined


def test_on_the_last_day_only_the_holder_who_declines_keeps_the_turn_and_nobody_is_offered_what_they_declined(
    tmp_path: Path,
) -> None:
    programme = programme_of(tmp_path, members=FOUR)
    first = sessions(programme)[FIRST]
    holder, (no, yes) = first.roles["presenter"], not_in(first)
    declines(programme, FIRST, no)
    passes(programme)
    programme.now = TUESDAY_NOON
    declines(programme, FIRST, holder)
    passes(programme)
    now = sessions(programme)[FIRST]
    assert now.roles == first.roles
    assert [one.reason.ranked for one in now.assignments] == [(yes,), (yes,)]
    assert no not in why(programme, "2026-11-26").casefold()
    ((_, who, line),) = heard(programme, "has declined")
    assert (who, line.rpartition(": ")[2]) == ("ada", yes.partition("@")[0].capitalize())


def test_on_the_last_day_a_turn_that_has_to_move_goes_to_nobody_who_declined(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR)
    first = sessions(programme)[FIRST]
    holder, (no, yes) = first.roles["presenter"], not_in(first)
    programme.now = TUESDAY_NOON
    declines(programme, FIRST, no)
    members = [{**one, "away": ["2026-11-26"]} if one["email"] == holder else one for one in FOUR]
    edits(programme, members=members)
    assert sessions(programme)[FIRST].roles == {**first.roles, "presenter": yes}


def test_who_declined_is_not_named_to_the_lead_as_somebody_to_ask(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    declines(programme, SECOND, "ada@example.com", "bob@example.com", "dan@example.com")
    passes(programme, days=1)
    ((_, _, line), _) = heard(programme, "Nobody can be the")
    assert "You could ask" not in line


# Whose topic it is


def owned(owner: str | None, **more: Any) -> list[Mapping[str, Any]]:
    return [{"title": "Ingress", **({"owner": owner} if owner else {}), **more}]


@pytest.mark.parametrize(("day", "taken_over"), [(FIRST, False), ("12-17 12:15", True)])
def test_who_comes_to_own_an_announced_topic_presents_it_unless_it_is_too_near(
    tmp_path: Path, day: str, taken_over: bool
) -> None:
    decided = [{"series": "Lunch", "on": f"2026-{day[:5]}", "topic": "Ingress"}]
    programme = programme_of(tmp_path, members=FOUR, topics=owned(None), sessions=decided)
    edits(programme, sessions=[])
    before = sessions(programme)[day]
    owner = next(email for email in not_in(before))
    edits(programme, topics=owned(owner))
    after = sessions(programme)[day]
    assert after.topic and after.topic.title == "Ingress"
    assert after.roles == ({**before.roles, "presenter": owner} if taken_over else before.roles)
    passes(programme, days=17)
    assert sessions(programme)[day].roles == after.roles
    asked = {who for when, who, _ in heard(programme, "what would you like to know?") if when > "11-23"}
    assert len(asked) == (2 if taken_over else 0) and owner.partition("@")[0] not in asked


def test_the_lead_names_a_topic_and_its_owner_presents_it(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR)
    owner = not_in(sessions(programme)[SECOND])[0]
    decided = [{"series": "Lunch", "on": "2026-12-03", "topic": "Ingress"}]
    edits(programme, topics=owned(owner), sessions=decided)
    assert sessions(programme)[SECOND].roles["presenter"] == owner


def test_a_topic_goes_with_its_owner_to_a_session_to_which_they_can_come(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR, topics=owned("bob@example.com"))
    assert topics(programme) == ["Ingress", None, None, None, None]
    declines(programme, FIRST, "bob@example.com")
    passes(programme)
    named = topics(programme)
    assert named[0] is None and named.count("Ingress") == 1
    assert next(one for one in sessions(programme).values() if one.topic).roles["presenter"] == "bob@example.com"
    for _ in range(3):
        passes(programme, hours=1)
        assert topics(programme) == named


# Votes


VOTED = [
    {"title": "Two", "votes": 2, "added": "2026-11-01"},
    {"title": "Old two", "votes": 2, "added": "2026-10-31"},
    {"title": "Ancient", "votes": 1, "added": "2020-01-01"},
    {"title": "Three", "votes": 3, "added": "2026-11-20"},
]


def test_votes_go_first_and_age_second_and_why_shows_the_figures(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, topics=VOTED)
    assert topics(programme) == ["Three", "Old two", "Two", "Ancient", None]
    assert "3 votes, waiting since 2026-11-20; next is “Old two” (2 votes, waiting since 2026-10-31)" in why(
        programme, "2026-11-26"
    )


def test_votes_move_what_is_not_announced_and_say_how_to_move_what_is(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, topics=VOTED)
    before = topics(programme)
    more = [*VOTED[:2], {**VOTED[2], "votes": 9}, VOTED[3], {"title": "New", "votes": 8, "owner": "bob@example.com"}]
    edits(programme, topics=more)
    assert topics(programme) == [*before[:4], "New"]
    line = 'sessions: {series: "Lunch", on: 2026-11-26, topic: "Ancient"}'
    said = (
        f"“Ancient” has 9 votes by now, “Three” 3 votes; but that is announced and stays, unless you write under {line}"
    )
    assert said in why(programme, "2026-11-26")
    plan = peerloop(tmp_path, "plan", "team.yaml", "--data", "data", "--now", "2026-11-23T10:00").out
    assert f"! Thu 2026-11-26 12:15 {said}" in plan
    assert not heard(programme, "by now")
    edits(programme, sessions=[{"series": "Lunch", "on": "2026-11-26", "topic": "Ancient"}])
    assert topics(programme)[0] == "Ancient"
    assert "by now" not in why(programme, "2026-11-26")
