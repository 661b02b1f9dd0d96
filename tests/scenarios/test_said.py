"""What people say of their turns, as they meet it: who has what by it, what they are told, and what ``why`` says."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from daemon.model import Session
from daemon.model.statements import Door, Statement, StatementKind
from daemon.say import say
from tests.scenarios.command_line import peerloop
from tests.scenarios.programme import ZONE, Programme, heard_of, text_of
from tests.scenarios.site import served
from tests.scenarios.test_changed_minds import LUNCH, REVIEW, edits, override, passes, programme_of, sessions
from tests.scenarios.test_turns import declines

FOUR = [{"name": name, "email": f"{name.lower()}@example.com"} for name in ("Ada", "Bob", "Dan", "Eve")]
NEXT, THEN, LATER = "11-26 12:15", "12-03 12:15", "12-10 12:15"
TUESDAY_NOON = datetime(2026, 11, 25, 12, 30, tzinfo=ZONE)
"""Within the last day before the first session."""


def statement(programme: Programme, who: str | None, kind: str, about: str, **more: Any) -> Statement:
    identity = f"{kind} {who} {about} {programme.now} {sorted(more.items())}"
    return Statement(
        **{"id": identity, "at": programme.now, "door": Door.WEB, "kind": StatementKind(kind), "who": who, **more},
        about=about,
    )


def says(programme: Programme, who: str | None, kind: str, about: str, **more: Any) -> str | None:
    """Let somebody say something on the web page, and return what spoke against it."""
    with programme.world() as world:
        memory, said = world.recall(programme.file.team), statement(programme, who, kind, about, **more)
        refused = say(world.ledger, programme.file.team, memory, said, programme.now)
        return refused.text if refused else None


def at(programme: Programme, day: str) -> Session:
    return sessions(programme)[day]


def free(session: Session) -> list[str]:
    return [one["email"] for one in FOUR if one["email"] not in session.roles.values()]


def why(programme: Programme, day: str) -> str:
    arguments = ("team.yaml", f"2026-{day[:5]}", "--data", "data", "--now", f"{programme.now:%Y-%m-%dT%H:%M}")
    return peerloop(programme.path.parent, "why", *arguments).out


def called(email: str | None) -> str:
    return (email or "").partition("@")[0].capitalize()


def described(programme: Programme, day: str) -> list[str]:
    return text_of(override(programme.shown().calendar, day[:5]), "DESCRIPTION").splitlines()


def heard_by(programme: Programme, words: str) -> list[tuple[str, str]]:
    """Return who heard what of a kind in a mail, in words."""
    return [*_heard(programme, words)]


def _heard(programme: Programme, words: str) -> Iterator[tuple[str, str]]:
    for mail in programme.mails():
        body = mail.get_body(("plain",))
        lines = body.get_content().splitlines() if body else []
        yield from ((str(mail["To"]).partition("@")[0][-3:], line.strip(" -")) for line in lines if words in line)


# Somebody cannot make it


def test_who_cannot_make_it_says_so_and_who_wants_it_has_it(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR)
    before = at(programme, LATER)
    holder, others = before.roles["presenter"], free(before)
    assert says(programme, holder, "cannot", before.key) is None
    passes(programme)
    assert at(programme, LATER).unfilled == ("presenter",)
    assert "Presenter: nobody yet; open to whoever wants it until Wednesday 2026-11-25, 10:00" in described(
        programme, LATER
    )
    assert f"{called(holder)} cannot make it, as was said on Monday 2026-11-23, on the web page." in why(
        programme, LATER
    )
    passes(programme, hours=24)
    asked = heard_by(programme, "looks for somebody as presenter")
    assert sorted(who for who, _ in asked) == sorted(called(one).lower() for one in others)
    assert asked[0][1] == (
        f"Lunch on Thursday 2026-12-10, 12:15 (Europe/Berlin) looks for somebody as presenter, for {called(holder)} "
        "cannot make it: whoever says yes first has it, until Wednesday 2026-11-25, 10:00; then it goes by turns"
    )
    assert says(programme, others[0], "take", before.key, role="presenter") is None
    assert says(programme, others[1], "take", before.key, role="presenter") == f"{called(others[0])} has it already."
    passes(programme)
    assert at(programme, LATER).roles == {**before.roles, "presenter": others[0]}
    line = f"{called(others[0])} took it over from {called(holder)} on Tuesday 2026-11-24, on the web page."
    assert line in why(programme, LATER)
    edits(programme, members=[*FOUR, {"name": "Fay", "email": "fay@example.com"}])
    assert at(programme, LATER).roles["presenter"] == others[0]


def test_what_nobody_wants_goes_by_turns_after_two_working_days_and_not_to_who_cannot(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR)
    before = at(programme, LATER)
    holder = before.roles["presenter"]
    assert says(programme, holder, "cannot", before.key) is None
    passes(programme, hours=47)
    assert at(programme, LATER).unfilled == ("presenter",)
    passes(programme, hours=2)
    after = at(programme, LATER)
    assert after.roles["presenter"] in free(before)
    assert f"{called(holder)} cannot come (has declined), so somebody else takes over" in why(programme, LATER)
    passes(programme, hours=24 * 8)
    ((who, line),) = heard_by(programme, "Your turn as presenter of Lunch on Thursday 2026-12-10")
    assert (who, line.endswith(f"has gone to {called(after.roles['presenter'])}")) == (called(holder).lower(), True)


def test_near_a_session_others_are_asked_for_half_of_the_time_that_is_left(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR)
    soon = at(programme, NEXT)
    assert says(programme, soon.roles["presenter"], "cannot", soon.key) is None
    passes(programme)
    (waiting,) = (one for one in at(programme, NEXT).assignments if one.waits)
    assert waiting.until == datetime(2026, 11, 24, 11, 7, tzinfo=ZONE)
    passes(programme, hours=26)
    assert at(programme, NEXT).roles["presenter"] in free(soon)


def test_on_the_last_day_the_lead_hears_and_whoever_steps_in_has_it(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR)
    soon = at(programme, NEXT)
    holder, stand_in = soon.roles["presenter"], free(soon)[0]
    programme.now = TUESDAY_NOON
    assert says(programme, holder, "cannot", soon.key) is None
    passes(programme)
    assert at(programme, NEXT).roles == soon.roles
    ((who, _),) = heard_by(programme, "has declined Lunch")
    assert who == "ada"
    assert says(programme, stand_in, "take", soon.key, role="presenter") is None
    programme.now = datetime(2026, 11, 26, 12, 30, tzinfo=ZONE)
    passes(programme)
    passes(programme, hours=1)
    (held,) = (one for one in programme.memory().sessions.values() if one.key == soon.key)
    assert (held.state.value, held.roles["presenter"]) == ("held", stand_in)


def test_who_can_make_it_after_all_has_it_again(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR)
    before = at(programme, LATER)
    holder = before.roles["presenter"]
    assert says(programme, holder, "cannot", before.key) is None
    passes(programme, hours=1)
    assert says(programme, holder, "take", before.key, role="presenter") is None
    passes(programme, hours=1)
    assert at(programme, LATER).roles == before.roles
    assert f"{called(holder)} can make it after all" in why(programme, LATER)
    passes(programme, hours=72)
    assert at(programme, LATER).roles == before.roles


def test_the_newer_counts_of_what_is_said_and_what_is_answered_in_the_calendar(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR)
    before = at(programme, LATER)
    holder, taker = before.roles["presenter"], free(before)[0]
    declines(programme, LATER, taker)
    passes(programme)
    assert says(programme, holder, "cannot", before.key) is None
    programme.later(hours=1)
    assert says(programme, taker, "take", before.key, role="presenter") is None
    passes(programme)
    assert at(programme, LATER).roles["presenter"] == taker
    with programme.calendar_edited() as calendar:  # the answer of before is another one now, and then that again
        for guest in override(calendar, LATER[:5]).attendees:
            if guest.email == taker:
                guest.params["PARTSTAT"] = "ACCEPTED"
    passes(programme, hours=1)
    declines(programme, LATER, taker)
    passes(programme, hours=1)
    assert at(programme, LATER).roles["presenter"] != taker


# Swaps


def swapped(programme: Programme) -> tuple[Session, Session, str, str]:
    """Let the presenter of one session swap with that of the next, and return both as they were."""
    one, other = at(programme, THEN), at(programme, LATER)
    mine, theirs = one.roles["presenter"], other.roles["presenter"]
    assert says(programme, mine, "swap-offer", one.key, other=theirs, value=other.key, id="offer") is None
    return one, other, mine, theirs


def test_two_swap_and_both_hear_and_hand_back(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR)
    one, other, mine, theirs = swapped(programme)
    passes(programme, hours=24)
    assert (at(programme, THEN).roles, at(programme, LATER).roles) == (one.roles, other.roles)
    ((who, line),) = heard_by(programme, "would like to swap")
    assert (who, line.startswith(f"{called(mine)} would like to swap: Lunch on Thursday 2026-12-03")) == (
        called(theirs).lower(),
        True,
    )
    assert says(programme, mine, "swap-agree", one.key, value="offer") == f"This offer is for {called(theirs)}."
    assert says(programme, theirs, "swap-agree", "", value="offer") is None
    passes(programme)
    assert at(programme, THEN).roles["presenter"] == theirs
    assert at(programme, LATER).roles["presenter"] == mine
    assert f"{called(mine)} swapped turns with {called(theirs)} on Tuesday 2026-11-24" in why(programme, LATER)
    assert says(programme, mine, "hand-back", other.key) is None
    passes(programme)
    assert (at(programme, THEN).roles, at(programme, LATER).roles) == (one.roles, other.roles)
    assert f"handed it back to {called(theirs)}" in why(programme, LATER)


def test_a_swap_that_is_refused_changes_nothing_and_is_told(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR)
    one, other, mine, theirs = swapped(programme)
    assert says(programme, theirs, "swap-refuse", "", value="offer") is None
    passes(programme, hours=24)
    assert (at(programme, THEN).roles, at(programme, LATER).roles) == (one.roles, other.roles)
    ((who, line),) = heard_by(programme, "would rather not swap")
    assert who == called(mine).lower()
    assert line.endswith("Lunch on Thursday 2026-12-03, 12:15 (Europe/Berlin) (presenter) stays yours")
    assert says(programme, theirs, "swap-agree", "", value="offer") == (
        "This offer is answered already, or was taken back."
    )


def test_an_offer_means_nothing_once_one_of_the_turns_is_somebody_elses(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR)
    one, other, mine, theirs = swapped(programme)
    assert says(programme, mine, "swap-offer", one.key, other=theirs, value=other.key) == (
        "A swap of this turn is offered already, and not answered yet."
    )
    assert says(programme, theirs, "cannot", other.key) is None
    passes(programme, hours=24)
    assert heard_by(programme, "would like to swap") == []
    assert says(programme, theirs, "swap-agree", "", value="offer") == (
        "One of the two turns is somebody else's by now."
    )
    apart = (each for each in sessions(programme).values() if mine not in each.roles.values())
    pairs = [(each.key, who) for each in apart for who in each.roles.values() if who not in one.roles.values()]
    key, another = next(pair for pair in pairs if pair[0] > other.key)
    assert says(programme, mine, "swap-offer", one.key, other=another, value=key) is None


def test_what_was_taken_over_can_be_handed_back_once(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR)
    before = at(programme, LATER)
    holder, taker = before.roles["presenter"], free(before)[0]
    assert says(programme, holder, "hand-back", before.key) == (
        "Only what was taken over or swapped can be handed back."
    )
    assert says(programme, holder, "cannot", before.key) is None
    assert says(programme, taker, "take", before.key, role="presenter") is None
    passes(programme)
    assert says(programme, taker, "hand-back", before.key) is None
    passes(programme)
    assert at(programme, LATER).roles == before.roles
    assert f"{called(taker)} handed it back to {called(holder)}" in why(programme, LATER)
    passes(programme, hours=24)
    lost = heard_of(programme, "Your turn as presenter")
    assert lost == []  # all of it within a day: nobody is told of what was undone


# The lead


def test_the_file_of_the_lead_wins_and_whom_it_concerns_is_told(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR)
    before = at(programme, LATER)
    holder, (taker, third) = before.roles["presenter"], free(before)
    assert says(programme, holder, "cannot", before.key) is None
    assert says(programme, taker, "take", before.key, role="presenter") is None
    passes(programme, hours=24)
    edits(programme, sessions=[{"series": "Lunch", "on": "2026-12-10", "presenter": third}])
    assert at(programme, LATER).roles["presenter"] == third
    passes(programme, hours=24 * 7)
    assert heard_by(programme, f"has gone to {called(third)}")
    refused = says(programme, taker, "take", before.key, role="presenter")
    assert refused == f"{called(third)} has it already."
    assert says(programme, third, "cannot", before.key) is None
    refused = says(programme, taker, "take", before.key, role="presenter")
    assert refused == f"The team's file names {called(third)} for it: please ask Ada."


def test_the_lead_says_it_for_somebody_and_nobody_else_does(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR)
    before = next(one for one in sessions(programme).values() if "ada@example.com" not in one.roles.values())
    day = next(day for day, one in sessions(programme).items() if one.key == before.key)
    holder, stand_in = before.roles["presenter"], next(one for one in free(before) if one != "ada@example.com")
    only = "Only the lead can say this for somebody else."
    assert says(programme, stand_in, "cannot", before.key, other=holder) == only
    assert says(programme, "ada@example.com", "take", before.key, role="presenter", other=stand_in) is None
    passes(programme)
    assert at(programme, day).roles["presenter"] == stand_in
    assert f"Ada put {called(stand_in)} down for it on Monday 2026-11-23" in why(programme, day)


# Twice, at once, elsewhere


def test_what_is_said_twice_is_said_once_and_of_two_at_once_one_has_it(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR)
    before = at(programme, LATER)
    holder, (one, other) = before.roles["presenter"], free(before)
    assert says(programme, holder, "cannot", before.key) is None
    with programme.world() as world:
        team, stale = programme.file.team, world.recall(programme.file.team)
        first, second = (statement(programme, who, "take", before.key, role="presenter") for who in (one, other))
        assert say(world.ledger, team, stale, first, programme.now) is None
        refused = say(world.ledger, team, stale, second, programme.now)
        assert refused and refused.text == f"{called(one)} has it already."
        assert say(world.ledger, team, stale, first, programme.now) is None
        again = replace(first, at=programme.now)
        assert say(world.ledger, team, world.recall(team), again, programme.now) is None
        assert [said.kind.value for said in world.recall(team).statements] == ["cannot", "take"]


def test_nobody_takes_a_second_duty_at_the_same_time(tmp_path: Path) -> None:
    at_lunch = {**REVIEW, "cadence": {"every": "week", "on": "thursday", "at": "12:30"}}
    six = [*FOUR, *({"name": name, "email": f"{name.lower()}@example.com"} for name in ("Fay", "Gil"))]
    programme = programme_of(tmp_path, members=six, series=[LUNCH, at_lunch])
    lunch, review = at(programme, LATER), sessions(programme, "review")["12-10 12:30"]
    (busy, *_) = review.roles.values()
    assert says(programme, lunch.roles["presenter"], "cannot", lunch.key) is None
    refused = says(programme, busy, "take", lunch.key, role="presenter")
    assert refused == f"{called(busy)} has Review at that time."


def test_what_people_said_outlives_a_new_address_and_a_lost_ledger_keeps_who_has_what(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR)
    before = at(programme, LATER)
    holder, taker = before.roles["presenter"], free(before)[0]
    assert says(programme, holder, "cannot", before.key) is None
    assert says(programme, taker, "take", before.key, role="presenter") is None
    renamed = [{**one, "email": f"new-{one['email']}", "was": [one["email"]]} for one in FOUR]
    edits(programme, members=renamed, lead="new-ada@example.com")
    assert at(programme, LATER).roles["presenter"] == f"new-{taker}"
    assert says(programme, f"new-{taker}", "hand-back", before.key) is None
    passes(programme)
    assert at(programme, LATER).roles["presenter"] == f"new-{holder}"
    programme.lose_ledger()
    passes(programme)
    assert at(programme, LATER).roles["presenter"] == f"new-{holder}"
    assert programme.memory().statements == ()


# Volunteers


def test_new_turns_wait_for_volunteers_and_what_nobody_wants_goes_by_turns(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR, rotation={"ahead": "5 weeks", "volunteers": "1 week"})
    assert [len(one.unfilled) for one in sessions(programme).values()] == [0, 0, 2, 2, 2]
    assert "Presenter: nobody yet; open to whoever wants it until Monday 2026-11-30, 10:00" in described(
        programme, "12-17 12:15"
    )
    wanted = at(programme, "12-17 12:15")
    assert says(programme, "dan@example.com", "take", wanted.key, role="presenter") is None
    passes(programme, hours=24)
    assert "Dan wanted it, and said so on Monday 2026-11-23, on the web page." in why(programme, "12-17 12:15")
    passes(programme, hours=24 * 5)
    assert at(programme, "12-17 12:15").unfilled == ("facilitator",)
    told = heard_by(programme, "Who wants Lunch on Thursday 2026-12-17")
    assert sorted({who for who, _ in told}) == ["ada", "bob", "dan", "eve"]
    assert len(told) == 4  # of this week, all in the mail that welcomed them
    assert told[0][1] == (
        "Who wants Lunch on Thursday 2026-12-17, 12:15 (Europe/Berlin)? Open until Monday 2026-11-30, 10:00: "
        "facilitator, presenter"
    )
    passes(programme, hours=24 * 2)
    after = at(programme, "12-17 12:15")
    assert after.roles["presenter"] == "dan@example.com"
    assert [one.unfilled for one in sessions(programme).values() if one.slot.wall.day in (10, 17, 24)] == [()] * 3
    edits(programme, rotation={"ahead": "6 weeks"})
    assert {one.unfilled for one in sessions(programme).values()} == {()}


def test_without_the_rule_nothing_waits(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR)
    assert [one.unfilled for one in sessions(programme).values()] == [()] * 5


def test_who_volunteers_has_had_a_turn(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR, rotation={"ahead": "9 weeks", "volunteers": "1 week"})
    for day in ("12-17 12:15", "12-24 12:15", "12-31 12:15"):
        assert says(programme, "dan@example.com", "take", at(programme, day).key, role="presenter") is None
    passes(programme, hours=24 * 8)
    presenters = [one.roles["presenter"] for one in sessions(programme).values() if not one.unfilled]
    assert presenters.count("dan@example.com") == 3
    assert all(presenters.count(one["email"]) in (2, 3) for one in FOUR if one["email"] != "dan@example.com")


# Topics and needs

TOPICS = [{"title": "Vacuum", "votes": 1}, {"title": "Ingress", "votes": 2}]


def test_votes_of_members_count_once_each_beside_those_of_the_file(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR, topics=TOPICS, series=[LUNCH], rotation={"ahead": "1 week"})
    for who in ("bob@example.com", "dan@example.com"):
        assert says(programme, who, "vote", "Vacuum") is None
    programme.later(hours=1)
    assert says(programme, "dan@example.com", "vote", "Vacuum") == "This vote counts already."
    passes(programme, hours=24 * 7)
    assert at(programme, THEN).topic.title == "Vacuum"  # type: ignore[union-attr]
    assert "3 votes (1 in the file, 2 by members)" in why(programme, THEN)
    assert says(programme, "dan@example.com", "vote", "Vacuum", value="no") is None
    assert says(programme, "eve@example.com", "vote", "Rust") == "There is no such topic in the team's list."


def needs(programme: Programme) -> str:
    arguments = ("team.yaml", "--data", "data", "--now", f"{programme.now:%Y-%m-%dT%H:%M}")
    return peerloop(programme.path.parent, "needs", *arguments).out


def test_suggestions_and_needs_become_needs_without_a_name(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR, topics=TOPICS)
    programme.later(hours=50)
    assert says(programme, "bob@example.com", "suggest", "", value="What Eve does with eBPF", role="kernel") is None
    assert says(programme, "bob@example.com", "need", "", value="Why does Dan's build take so long?") is None
    (needed,) = programme.memory().statements.of(StatementKind.NEED)
    assert needed.number == 0  # a number between those of others would tell when it was said
    assert (needed.who, f"{needed.at:%a %H:%M}") == (None, "Mon 00:00")
    passes(programme)
    assert "eBPF" not in needs(programme)  # else who looks often would know when it was said
    assert "Dan's" not in str(programme.rows())
    home = (programme.wiki / "home.md").read_text
    assert "eBPF" not in home()
    passes(programme, hours=24 * 7)
    assert "What somebody does with eBPF" in home()
    assert "What somebody does with eBPF" in needs(programme)
    assert "Why does somebody's build take so long?" in needs(programme)
    assert "the web page, in the week of 2026-11-23" in needs(programme)
    assert says(programme, "bob@example.com", "suggest", "", value="Vacuum") == (
        "“Vacuum” is in the team's list already: vote for it there."
    )


def test_a_question_without_a_name_stands_on_the_page_of_its_session(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR)
    soon = at(programme, NEXT)
    assert says(programme, "bob@example.com", "question", soon.key, value="Who | pays *for* it, Eve?") is None
    passes(programme)
    text = programme.wiki / "2026-11-26-1215-lunch.md"
    assert "Who \\|" not in text.read_text()  # its history would tell when it was asked
    passes(programme, hours=24 * 2)
    page = text.read_text()
    assert "**Questions for this session**\n\n- Who \\| pays \\*for\\* it, somebody?" in page
    assert programme.memory().statements[0].who is None


# Sessions gone by, and their items


def held(folder: Path, **parts: Any) -> Programme:
    """Return a programme on the day after its first session."""
    programme = programme_of(folder, members=FOUR, **parts)
    programme.now = datetime(2026, 11, 27, 10, tzinfo=ZONE)
    passes(programme)
    return programme


def first(programme: Programme) -> Session:
    return next(one for key, one in sorted(programme.memory().sessions.items()) if "2026-11-26" in key)


def test_a_correction_of_the_books_is_seen_with_its_reason(tmp_path: Path) -> None:
    programme = held(tmp_path)
    before = first(programme)
    holder, other = before.roles["facilitator"], free(before)[0]
    more = {"role": "facilitator", "other": other, "value": "Fell ill that morning"}
    assert says(programme, other, "correction", before.key, **{**more, "value": ""}) == "Please say it in words."
    assert says(programme, other, "correction", before.key, **more) is None
    passes(programme)
    assert first(programme).roles["facilitator"] == other
    line = (
        f"{called(other)} was facilitator, not {called(holder)}, as {called(other)} said on Friday 2026-11-27, "
        "on the web page: “Fell ill that morning”"
    )
    assert line in why(programme, NEXT)
    assert line in (programme.wiki / "2026-11-26-1215-lunch.md").read_text()
    edits(programme, sessions=[{"series": "Lunch", "on": "2026-11-26", "facilitator": holder}])
    assert first(programme).roles["facilitator"] == holder


def writes(programme: Programme, text: str) -> None:
    path = programme.wiki / "2026-11-26-1215-lunch.md"
    path.write_text(path.read_text() + text)


def items(programme: Programme) -> dict[str, tuple[str, str]]:
    return {one.text: (one.state.value, str(one.due)) for one in programme.memory().items.values()}


def test_what_is_said_of_an_item_counts_until_its_page_says_otherwise(tmp_path: Path) -> None:
    programme = held(tmp_path)
    writes(programme, "\n- [ ] @bob order the books by 2026-11-30\n- [ ] @dan call them\n- [ ] @eve sweep\n")
    passes(programme)
    keys = {one.text: key for key, one in programme.memory().items.items()}
    assert says(programme, "dan@example.com", "done", keys["order the books"]) == "This action item is Bob's."
    assert says(programme, "bob@example.com", "later", keys["order the books"], value="2026-12-20") is None
    assert says(programme, "dan@example.com", "done", keys["call them"]) is None
    assert says(programme, "eve@example.com", "wont-do", keys["sweep"]) is None
    passes(programme)
    assert items(programme) == {
        "order the books": ("open", "2026-12-20"),
        "call them": ("done", "2026-12-03"),
        "sweep": ("dropped", "2026-12-03"),
    }
    before = heard_by(programme, "order the books")
    passes(programme, hours=24 * 14)
    assert heard_by(programme, "order the books") == before
    assert heard_by(programme, "call them") == []
    page = programme.wiki / "2026-11-26-1215-lunch.md"
    page.write_text(page.read_text().replace("2026-11-30", "2026-12-15").replace("[ ] @dan", "[x] @dan"))
    passes(programme)
    page.write_text(page.read_text().replace("[x] @dan", "[ ] @dan"))
    passes(programme)
    assert items(programme)["order the books"] == ("open", "2026-12-15")
    assert items(programme)["call them"] == ("open", "2026-12-03")
    assert says(programme, "eve@example.com", "later", keys["sweep"], value="2026-12-24") is None
    passes(programme)
    assert items(programme)["sweep"] == ("open", "2026-12-24")


def test_a_recording_needs_the_yes_of_everybody_wherever_it_is_said(tmp_path: Path) -> None:
    programme = held(tmp_path, recording={"consent": "everyone"})
    session = first(programme)
    writes(programme, "\n## Takeaways\n\n- It works\n\n## Recording\n\n<https://example.com/recording>\n")
    assert says(programme, "dan@example.com", "attended", session.key, value="no") is None
    for who in ("ada", "bob"):
        assert says(programme, f"{who}@example.com", "consent", session.key, value="yes") is None
    passes(programme)
    page = programme.wiki / "2026-11-26-1215-lunch.md"
    assert "[everyone agreed](" not in page.read_text()
    assert says(programme, "eve@example.com", "consent", session.key, value="yes") is None
    passes(programme)
    assert "[everyone agreed](" in page.read_text()
    assert is_linked_on_the_web(programme)
    assert says(programme, "bob@example.com", "consent", session.key, value="no") is None
    passes(programme)
    assert "not shared: not everyone agreed" in page.read_text()
    assert not is_linked_on_the_web(programme)


def is_linked_on_the_web(programme: Programme) -> bool:
    """Whether the web page leads to the recording of a session."""
    with served(programme) as web:
        return b"https://example.com/recording" in web.visitor("ada@example.com").get("/t/platform/past").body
