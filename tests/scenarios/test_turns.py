"""Whose turn it is, and what about, as people meet it: who declined, whose topic it is, what has more votes."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest
import recurring_ical_events

from daemon.describe.figures import turns
from daemon.learn.by_hand import DELETED
from daemon.model import Session
from daemon.plan.plan import Plan
from tests.scenarios.command_line import peerloop
from tests.scenarios.programme import ZONE, Programme, is_ours, start_of
from tests.scenarios.test_around_a_session import heard
from tests.scenarios.test_changed_minds import (
    LUNCH,
    REVIEW,
    deletes,
    edits,
    moves,
    override,
    passes,
    programme_of,
    sessions,
)

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


def late_decline(folder: Path, **parts: Any) -> tuple[Programme, str, dict[str, float]]:
    """Let the facilitator of the first session decline within its last day; return what was due to all after it."""
    programme = programme_of(folder, members=FOUR, **parts)
    holder = sessions(programme)[FIRST].roles["facilitator"]
    programme.now = TUESDAY_NOON
    declines(programme, FIRST, holder)
    passes(programme)
    assert sessions(programme)[FIRST].roles["facilitator"] == holder
    passes(programme, days=1, hours=2)
    (first,) = [one for one in programme.memory().sessions.values() if one.key.endswith("2026-11-26T12:15")]
    assert first.state.value == "held"
    return programme, holder, {email: turn.taken for email, turn in turns([first]).items()}


def test_who_declined_late_did_not_serve_and_nobody_is_said_to_have(tmp_path: Path) -> None:
    programme, holder, taken = late_decline(tmp_path)
    name = holder.partition("@")[0].capitalize()
    assert taken[holder] == 0 and sum(taken.values()) == 1, "the presenter alone has had a turn"
    said = why(programme, "2026-11-26")
    assert "facilitator: nobody that is known of\n" in said
    assert f"{name} had declined, too late for somebody else to be found, so this is no turn of theirs" in said
    page = page_of(programme).read_text().partition("peerloop:end")[0]
    assert "| **Facilitator** | nobody that is known of |" in page and name not in page
    for _ in range(6):
        passes(programme, days=7)
    assert not [line for _, who, line in heard(programme, "You facilitated") if who == holder.partition("@")[0]]
    assert "led Lunch on 2026-11-26" not in "".join(programme.pages().values())


def test_who_stepped_in_for_a_late_decline_has_had_the_turn_once_the_lead_says_so(tmp_path: Path) -> None:
    programme, holder, _ = late_decline(tmp_path)
    first = sessions(programme)[FIRST]
    other = next(email for email in not_in(first) if email != holder)
    edits(programme, sessions=[{"series": "Lunch", "on": "2026-11-26", "facilitator": other}])
    assert sessions(programme)[FIRST].roles["facilitator"] == other
    assert "As the lead told afterwards" in why(programme, "2026-11-26")
    edits(programme, sessions=[{"series": "Lunch", "on": "2026-11-26", "facilitator": holder}])
    assert sessions(programme)[FIRST].roles["facilitator"] == holder, "they came after all"


def test_who_declines_afterwards_has_served(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR)
    first = sessions(programme)[FIRST]
    passes(programme, days=4)
    declines(programme, FIRST, *first.roles.values())
    passes(programme, hours=1)
    assert sessions(programme)[FIRST].roles == first.roles


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


# The past


def state(programme: Programme, day: str) -> tuple[str, str]:
    session = programme.memory().sessions[f"platform/lunch/2026-{day}T12:15"]
    return session.state.value, f"{session.slot.starts_at.astimezone(ZONE):%m-%d %H:%M}"


def shown_on(programme: Programme, day: str) -> list[str]:
    """Return the times of day at which the calendar shows a session of ours on a day."""
    first = datetime.fromisoformat(f"2026-{day}").replace(tzinfo=ZONE)
    found = recurring_ical_events.of(programme.shown().calendar).between(first, timedelta(days=1))
    return [f"{start_of(event).astimezone(ZONE):%H:%M}" for event in found if is_ours(event)]


@pytest.mark.parametrize("gone", [False, True])
def test_what_was_held_on_an_earlier_day_keeps_its_event_when_the_cadence_changes_or_the_series_goes(
    tmp_path: Path, gone: bool
) -> None:
    programme = programme_of(tmp_path, series=[LUNCH, REVIEW])
    moves(programme, "12-10", "12-08 10:00")
    passes(programme)
    passes(programme, days=15, hours=3)
    assert state(programme, "12-10") == ("held", "12-08 10:00")
    rest = [REVIEW] if gone else [{**LUNCH, "cadence": {"every": "week", "on": "monday", "at": "09:00"}}, REVIEW]
    edits(programme, series=rest)
    assert shown_on(programme, "12-08") == ["10:00", "10:00"], "the review, and the lunch that was held"
    assert shown_on(programme, "12-10") == shown_on(programme, "12-17") == []
    assert shown_on(programme, "12-14") == ([] if gone else ["09:00"])
    assert state(programme, "12-10")[0] == "held"


def test_a_move_that_is_first_read_when_it_has_gone_by_is_history(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    programme.later(days=9)
    edits(programme, sessions=[{"series": "Lunch", "on": "2026-12-03", "move_to": "2026-12-01 12:00"}])
    assert state(programme, "12-03") == ("held", "12-01 12:00")
    assert (shown_on(programme, "12-01"), shown_on(programme, "12-03")) == (["12:00"], [])
    assert not heard(programme, "Moved: ")
    passes(programme, days=1)
    assert state(programme, "12-03") == ("held", "12-01 12:00")
    assert not heard(programme, "Moved: ")


def test_what_the_lead_tells_of_the_past_is_taken_as_it_was(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, topics=[{"title": "Ingress"}, {"title": "Pods"}])
    passes(programme, days=7)
    before = topics(programme)[0]
    told = {"series": "Lunch", "on": "2026-11-26", "topic": "Taught and taken off", "presenter": "gone@example.com"}
    edits(programme, sessions=[{**told, "move_to": "2026-11-26 16:00"}])
    session = programme.memory().sessions["platform/lunch/2026-11-26T12:15"]
    assert session.roles["presenter"] == "gone@example.com"
    assert session.topic and session.topic.title == "Taught and taken off"
    assert state(programme, "11-26") == ("held", "11-26 16:00")
    assert before in topics(programme)[1:], "it was not taught after all"
    checked = peerloop(tmp_path, "check", "team.yaml", "--now", "2026-11-30T10:00")
    assert checked.code == 0 and "warning: 'gone@example.com' is not a member" in checked.err
    assert peerloop(tmp_path, "check", "team.yaml", "--now", "2026-11-25T10:00").code == 2


def test_what_the_lead_puts_off_afterwards_was_not_held(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    passes(programme, days=4)
    assert state(programme, "11-26") == ("held", "11-26 12:15")
    edits(programme, sessions=[{"series": "Lunch", "on": "2026-11-26", "move_to": "2026-12-01 12:00"}])
    assert state(programme, "11-26") == ("announced", "12-01 12:00")
    assert shown_on(programme, "12-01") == ["12:00"]


def test_nothing_counts_as_held_that_did_not_take_place(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, series=[LUNCH, REVIEW])
    with programme.calendar_edited() as calendar:
        reviews = [one for one in calendar.events if "review" in str(one["UID"])]
        calendar.subcomponents = [one for one in calendar.subcomponents if one not in reviews]
    blackouts = [{"dates": "2026-11-26", "reason": "Flood"}]
    programme.later(days=4)
    edits(programme, blackouts=blackouts)
    assert state(programme, "11-26")[0] == "skipped"
    review = programme.memory().sessions["platform/review/2026-11-24T10:00"]
    assert (review.state.value, review.note) == ("cancelled", DELETED)
    assert not heard(programme, "write down")


def test_while_the_calendar_cannot_be_read_nothing_counts_as_held(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    deletes(programme, "11-26")
    whole = programme.calendar_path.read_bytes()
    programme.calendar_path.write_bytes(b"BEGIN:VCALENDAR\r\n")
    programme.later(days=4)
    assert programme.run().errors
    assert state(programme, "11-26")[0] == "announced"
    programme.calendar_path.write_bytes(whole)
    passes(programme)
    assert state(programme, "11-26")[0] == "cancelled"


# A topic that people write where they see it


def page_of(programme: Programme, day: str = FIRST) -> Path:
    """Return the file of a session's page."""
    return programme.wiki / programme.shown().pages_of[sessions(programme)[day].page]


def entitles(programme: Programme, day: str, title: str) -> None:
    """Let somebody give a session another title in the calendar."""
    with programme.calendar_edited() as calendar:
        override(calendar, day[:5])["SUMMARY"] = icalendar.vText(title)


def title_on(programme: Programme, day: str) -> str:
    return str(override(programme.shown().calendar, day[:5])["SUMMARY"])


def kept(plan: Plan) -> list[str]:
    """Return what the lead reads of parts of pages that are kept up to date no more."""
    return [one.text for one in plan.findings if "its part kept by peerloop" in one.text]


def heading(programme: Programme) -> str:
    return page_of(programme).read_text().partition("\n")[0]


def rewrites(programme: Programme, pattern: str, text: str, day: str = FIRST) -> None:
    path = page_of(programme, day)
    new, times = re.subn(pattern, text, path.read_text(), count=1, flags=re.M)
    assert times == 1
    path.write_text(new)


@pytest.mark.parametrize("title", ["2026-11-26 Lunch: How eBPF works", "How eBPF works", "2026-11-26 How eBPF works"])
def test_a_topic_in_the_heading_of_its_page_is_the_session_s(tmp_path: Path, title: str) -> None:
    programme = programme_of(tmp_path)
    rewrites(programme, r"\A# .*", f"# {title}")
    plan = passes(programme, days=1).plan
    assert topics(programme)[0] == "How eBPF works"
    assert title_on(programme, FIRST) == "Lunch: How eBPF works"
    assert heading(programme) == f"# {title}"
    assert [finding.text for finding in plan.findings if "as the topic of" in finding.text] == [
        "somebody wrote “How eBPF works” in the heading of its page as the topic of “Lunch” on 2026-11-26, so it is "
        "that. To have another, write a topic for 2026-11-26 under sessions:"
    ]
    assert [who for _, who, _ in heard(programme, "How eBPF works") if who == "ada"]
    rewrites(programme, r"\A# .*", "# 2026-11-26 Lunch: topic wanted")
    passes(programme)
    assert topics(programme)[0] is None and title_on(programme, FIRST) == "Lunch: topic wanted"


def test_a_topic_in_the_table_of_its_page_is_the_session_s(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    rewrites(programme, r"^\| \*\*No topic yet\*\* \|.*$", "| **Topic** | How eBPF works |")
    passes(programme)
    assert topics(programme)[0] == "How eBPF works"
    assert heading(programme) == "# 2026-11-26 Lunch: How eBPF works"
    assert title_on(programme, FIRST) == "Lunch: How eBPF works"


def test_a_page_in_whose_table_somebody_wrote_the_topic_goes_on_being_brought_up_to_date(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, members=FOUR, topics=[{"title": "Spark", "votes": 9}])
    rewrites(programme, r"^\| \*\*Topic\*\* \| Spark \|$", "| **Topic** | Flink & co |")
    passes(programme)
    assert topics(programme)[0] == "Flink & co" and heading(programme) == "# 2026-11-26 Lunch: Flink & co"
    holder = sessions(programme)[FIRST].roles["facilitator"]
    declines(programme, FIRST, holder)
    plan = passes(programme).plan
    after = sessions(programme)[FIRST].roles["facilitator"]
    assert after != holder
    page = page_of(programme).read_text()
    assert re.search(rf"\| \*\*Facilitator\*\* \| {after.partition('@')[0].capitalize()} \|", page), page
    assert page.count("**Topic**") == page.count("peerloop:begin") == 1 and not kept(plan)
    assert [one for one in plan.findings if "in the table of its page" in one.text]
    programme.now = datetime(2026, 11, 27, 9, 0, tzinfo=ZONE)
    assert not kept(passes(programme).plan)
    assert "announced" not in page_of(programme).read_text() and topics(programme)[0] == "Flink & co"


def test_a_topic_in_the_table_that_is_taken_back_is_taken_back(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    before = page_of(programme).read_text()
    (row,) = re.findall(r"^\| \*\*No topic yet\*\* \|.*$", before, re.M)
    rewrites(programme, re.escape(row), "| **Topic** | Flink |")
    passes(programme)
    rewrites(programme, r"^\| \*\*Topic\*\* \| Flink \|$", row)
    assert not kept(passes(programme).plan)
    assert topics(programme)[0] is None and page_of(programme).read_text() == before


def test_a_topic_of_the_backlog_that_was_written_over_comes_back_where_it_is_written_again(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, topics=[{"title": "Backups", "area": "storage", "votes": 9}])
    for title in ("Restores", "Backups", "Restores", "Backups (storage)"):
        rewrites(programme, r"^\| \*\*Topic\*\* \| .* \|$", f"| **Topic** | {title} |")
        assert not kept(passes(programme).plan)
        assert topics(programme)[0] == title.partition(" (")[0] and topics(programme).count("Backups") == 1
    assert "| **Topic** | Backups (storage) |" in page_of(programme).read_text()


def test_the_lead_s_topic_goes_before_one_in_the_table(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, topics=[{"title": "Spark", "votes": 9}])
    rewrites(programme, r"^\| \*\*Topic\*\* \| Spark \|$", "| **Topic** | Flink |")
    passes(programme)
    decided = [{"series": "Lunch", "on": "2026-11-26", "topic": "Ingress"}]
    edits(programme, topics=[{"title": "Spark", "votes": 9}, {"title": "Ingress"}], sessions=decided)
    assert topics(programme)[0] == "Ingress" and "| **Topic** | Ingress |" in page_of(programme).read_text()


@pytest.mark.parametrize("more", ["\n| **Bring** | cake |", " [slides](slides.pdf) |", "\n| **Topic** | Kafka |"])
def test_whatever_else_somebody_writes_into_the_table_stays(tmp_path: Path, more: str) -> None:
    programme = programme_of(tmp_path, members=FOUR, topics=[{"title": "Spark", "votes": 9}])
    rewrites(programme, r"^\| \*\*Topic\*\* \| Spark \|$", f"| **Topic** | Flink |{more}")
    written = page_of(programme).read_text().partition("| **Topic**")[2]
    declines(programme, FIRST, sessions(programme)[FIRST].roles["facilitator"])
    assert kept(passes(programme).plan)
    assert topics(programme)[0] == "Flink" and page_of(programme).read_text().partition("| **Topic**")[2] == written


def test_a_topic_in_the_title_of_its_event_is_the_session_s_and_the_lead_s_word_goes_before_it(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, topics=[{"title": "Ingress"}, {"title": "Pods"}])
    assert topics(programme)[:2] in (["Ingress", "Pods"], ["Pods", "Ingress"])
    entitles(programme, FIRST, "Lunch: how eBPF works")
    passes(programme)
    assert topics(programme)[0] == "how eBPF works" and heading(programme) == "# 2026-11-26 Lunch: how eBPF works"
    assert topics(programme).count("Ingress") == topics(programme).count("Pods") == 1
    entitles(programme, FIRST, "Lunch – PODS")
    passes(programme)
    assert topics(programme)[0] == "Pods" and topics(programme).count("Pods") == 1
    edits(programme, sessions=[{"series": "Lunch", "on": "2026-11-26", "topic": "Ingress"}])
    assert topics(programme)[0] == "Ingress" and title_on(programme, FIRST) == "Lunch – PODS"


@pytest.mark.parametrize(
    "title",
    ["LUNCH: INGRESS", "lunch - ingress", "Lunch", "Lunch (room 4)", "Our lunch: cake", "Lunch: tbd", "Ours, now"],
)
def test_a_title_that_names_no_other_topic_changes_none(tmp_path: Path, title: str) -> None:
    programme = programme_of(tmp_path, topics=[{"title": "Ingress", "votes": 1}, {"title": "Pods"}])
    entitles(programme, FIRST, title)
    rewrites(programme, r"\A# .*", f"# {title}")
    plan = passes(programme).plan
    assert topics(programme)[:2] == ["Ingress", "Pods"]
    assert not [finding for finding in plan.findings if "as the topic of" in finding.text]


@pytest.mark.parametrize("title", ["Lunch: topic wanted!", "Lunch: TBD", "Cancelled: Bob is ill", "No session today"])
def test_a_title_without_a_topic_gives_none(tmp_path: Path, title: str) -> None:
    programme = programme_of(tmp_path)
    entitles(programme, FIRST, title)
    passes(programme)
    assert topics(programme)[0] is None


def test_who_is_asked_for_a_topic_hears_where_to_write_it(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    ((_, _, line), *_) = heard(programme, "please agree on one with the team")
    assert line.endswith(
        "write it in the heading of its page, or in the title of its event in the calendar, as “Lunch: …”"
    )
