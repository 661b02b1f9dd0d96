"""Does the programme help: what is counted, what goes with so few, and what is told to whom."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.onboarding import Newcomer, Newcomers
from config.team import Team
from daemon.describe.intervals import ratio_interval
from daemon.describe.outcome_words import TO_BE_SEEN, Figure, figures_of, figures_together
from daemon.describe.outcomes import (
    BUGS_CLAIM,
    FEWEST,
    MOST_WEEKS,
    Bugs,
    Outcomes,
    Proportion,
    bug_reports,
    last_monday,
    outcomes,
)
from daemon.model import Asked, CalledOffBy, Session, State, Topic, on_the_wall
from daemon.model.memory import Generation, Item, Memory, Progress
from daemon.model.needs import BugReports
from tests.soak import examples
from tests.unit.test_describe import ZONE, a_team, at
from tests.unit.test_home_page import session

NOW = on_the_wall(at("2026-12-16 10:00"), ZONE)
UNTIL = date(2026, 12, 14)
WEEK = timedelta(weeks=1)
PEOPLE = ("ada", "bob", "cy", "dan", "eve", "fay")
NOBODY = Newcomers()


def mail(name: str) -> str:
    return f"{name}@example.com"


def team_of(number: int = 6, knows: Mapping[str, Sequence[str]] | None = None, **changes: object) -> Team:
    known = knows or {}
    members = [{"name": one.title(), "email": mail(one), "knows": known.get(one, [])} for one in PEOPLE[:number]]
    return a_team(members=members, topics=[], outcomes={"onboarding": "first on-call"}, **changes)


def held(day: str, area: str | None = None, **changes: object) -> Session:
    return session(f"{day} 12:15", State.HELD, topic=Topic("A topic", area=area) if area else None, **changes)


def memory_of(*sessions: Session, items: Sequence[Item] = ()) -> Memory:
    known, items_known = {one.key: one for one in sessions}, {one.key: one for one in items}
    return Memory("platform", "Platform", sessions=known, items=items_known)


def found_of(
    memory: Memory, newcomers: Newcomers = NOBODY, reports: Mapping[tuple[str, date], int] | None = None, **team: object
) -> Outcomes:
    told = BugReports(reports or {}, UNTIL if reports else None)
    return outcomes(team_of(**team), memory, newcomers, told, NOW)  # type: ignore[arg-type]


def figure(name: str, found: Outcomes) -> Figure:
    return next(one for one in figures_of(team_of(), found) if one.name == name)


# Onboarding


def joined(day: str, days: int | None, leaves: str | None = None) -> Newcomer:
    since = date.fromisoformat(day)
    last = date.fromisoformat(leaves) if leaves else None
    return Newcomer(since, None if days is None else since + timedelta(days=days), last)


BEFORE = [joined(f"2026-0{month}-01", days) for month, days in enumerate((40, 44, 45, 46, 50, 60), 1)]
SINCE = [joined(f"2026-0{month}-01", days) for month, days in ((7, 30), (7, 38), (8, 39), (8, 41), (9, 48))]
BEGAN = held("2026-06-18")


def test_onboarding_is_compared_before_and_since_with_what_is_claimed() -> None:
    found = figure("onboarding", found_of(memory_of(BEGAN), Newcomers((*BEFORE, *SINCE))))
    assert found.said == (
        "7 days less. Of those who joined before 2026-06-18, 6 count, and half of them took 45.5 days or less. "
        "Of those who joined since then, 5 count, and half of them took 39 days or less. "
        "95% interval: 20 days less to 2 days more."
    )
    assert found.meaning.startswith(
        "Nothing can be concluded yet: shorter, longer and the same all go with it. What is often claimed "
        "(15% less, here 6.8 days less) is neither shown nor ruled out. "
    )
    assert (found.value, found.n) == (-7, (6, 5)) and found.claim == pytest.approx(-6.825)


def test_who_is_quick_does_not_count_before_the_slow_ones_do() -> None:
    """The slowest before took 60 days, and the week ends on 13 December."""
    late = [joined("2026-10-14", 5), joined("2026-10-15", 5), joined("2026-11-20", 5)]
    found = found_of(memory_of(BEGAN), Newcomers((*BEFORE, *SINCE, *late)))
    assert found.onboarding.after == (5, 30, 38, 39, 41, 48)


def test_who_is_not_there_in_time_is_slower_than_all_and_who_left_before_does_not_count() -> None:
    others = [joined("2026-07-02", None), joined("2026-07-03", None, "2026-08-01"), joined("2026-07-04", 170)]
    found = found_of(memory_of(BEGAN), Newcomers((*BEFORE, *SINCE, *others)))
    assert found.onboarding.after == (30, 38, 39, 41, 48, inf, inf)
    assert "to any number of days more." in figure("onboarding", found).said


def test_half_who_are_not_there_yet_are_no_number() -> None:
    late = [joined("2026-07-02", None)] * 6
    found = figure("onboarding", found_of(memory_of(BEGAN), Newcomers((*BEFORE, *SINCE, *late))))
    assert "since then, 11 count, and not half of them are there yet" in found.said


def test_of_fewer_than_five_newcomers_nothing_is_told() -> None:
    few = figure("onboarding", found_of(memory_of(BEGAN), Newcomers((*BEFORE, *SINCE[:4]))))
    assert (few.value, few.n) == (None, (6,))
    assert "Since then, fewer than 5 can be counted yet." in few.said
    fewer = figure("onboarding", found_of(memory_of(BEGAN), Newcomers((*BEFORE[:4], *SINCE))))
    assert (fewer.value, fewer.n, fewer.claim) == (None, (), None)
    assert not re.search(r"\b(40|44|45|39|30)\b", fewer.said + fewer.meaning)


def test_the_lead_may_say_since_when_it_counts() -> None:
    team = team_of().model_copy(update={"outcomes": a_team(outcomes={"since": "2026-03-15"}).outcomes})
    found = outcomes(team, memory_of(BEGAN), Newcomers((*BEFORE, *SINCE)), BugReports(), NOW)
    assert found.onboarding.since == date(2026, 3, 15)
    assert (len(found.onboarding.before), len(found.onboarding.after)) == (3, 8)


@pytest.mark.parametrize(
    ("newcomers", "sessions", "said"),
    [
        (Newcomers(unread="it cannot be read (Is a directory)"), [BEGAN], "Not known at present."),
        (Newcomers(tuple(BEFORE)), [], "Nothing to compare yet."),
        (NOBODY, [BEGAN], "Nothing to show: fewer than 5 people are known"),
    ],
)
def test_what_is_not_known_of_onboarding_is_said(newcomers: Newcomers, sessions: list[Session], said: str) -> None:
    found = figure("onboarding", found_of(memory_of(*sessions), newcomers))
    assert found.said.startswith(said) and found.value is None


# Bug reports


def weekly(area: str, first: str, *numbers: int) -> dict[tuple[str, date], int]:
    monday = date.fromisoformat(first)
    return {(area, monday + week * WEEK): number for week, number in enumerate(numbers) if number}


TAUGHT = date(2026, 8, 31)
NINE_AND_FIVE = weekly(
    "kubernetes", "2026-06-08", *(1, 1, 0, 0, 2, 0, 1, 1, 0, 1, 1, 1), 7, *(1, 0, 1, 1, 0, 1, 1), *[0] * 7
)


def test_nine_bug_reports_before_and_five_after_say_nothing_yet() -> None:
    found = found_of(
        memory_of(held("2026-09-03", "Kubernetes"), held("2026-10-01", "kubernetes")), reports=NINE_AND_FIVE
    )
    assert found.bugs == Bugs(True, (12,), 9, 5)
    told_so = figure("bug_reports", found)
    assert told_so.said == (
        "0.56 times as many: 9 in the 12 weeks before an area was first taught, 5 in as many after, in 1 area. "
        "95% interval of the ratio: 0.15 to 1.85."
    )
    assert told_so.meaning.startswith(
        "Nothing can be concluded yet: fewer, more and the same all go with it. What is often claimed "
        "(10% fewer, a ratio of 0.9) is neither shown nor ruled out. An area is often taught right after many bugs"
    )


def test_both_times_are_as_long_and_the_week_of_the_session_is_in_neither() -> None:
    reports = {
        **weekly("ci", "2026-09-07", *[1] * 14),
        **weekly("db", "2026-09-07", *[10] * 14),
        **weekly("ui", "2026-09-07", 3),
    }
    sessions = [held("2026-10-08", "ci"), held("2026-11-12", "db"), held("2026-11-19", "ui")]
    found = bug_reports(sessions, BugReports(reports, UNTIL), UNTIL)
    assert found.weeks == (4, 4)  # ci: four weeks are known before; db: four have gone by since; ui: three
    assert (found.before, found.after) == (4 + 40, 4 + 40)


@examples(100)
@given(
    st.dictionaries(
        st.tuples(
            st.sampled_from(["ci", "CI", "db"]), st.integers(0, 40).map(lambda week: date(2026, 3, 2) + week * WEEK)
        ),
        st.integers(1, 9),
    ),
    st.lists(st.tuples(st.sampled_from(["ci", "db", "ui"]), st.integers(0, 280)), max_size=5),
)
def test_no_bug_report_counts_twice(counted: dict[tuple[str, date], int], lessons: list[tuple[str, int]]) -> None:
    days = [(area, date(2026, 3, 2) + timedelta(days=number)) for area, number in lessons]
    found = bug_reports([held(str(day), area) for area, day in days], BugReports(counted, UNTIL), UNTIL)
    assert found.before + found.after <= sum(counted.values())
    assert all(4 <= weeks <= 12 for weeks in found.weeks) and len(found.weeks) <= len({area for area, _ in lessons})
    steady = {(area, date(2026, 3, 2) + week * WEEK): 1 for area in ("ci", "db", "ui") for week in range(41)}
    same = bug_reports([held(str(day), area) for area, day in days], BugReports(steady, UNTIL), UNTIL)
    assert same.before == same.after == sum(same.weeks)


@pytest.mark.parametrize(
    ("bugs", "said", "meaning"),
    [
        (Bugs(), "Not known: no source tells of bug reports.", "So nothing can be said of them."),
        (Bugs(True), "Nothing to compare yet", "A week or two"),
        (Bugs(True, (12,), 0, 0), "0 in the 12 weeks before", "Where there is none before and after"),
        (
            Bugs(True, (4, 12), 0, 3),
            "0 in the 4 to 12 weeks before an area was first taught, 3 in as many after, in 2",
            "Nothing",
        ),
        (
            Bugs(True, (12,), 40, 12),
            "0.30 times as many",
            "They have become fewer; that much is certain enough. It is at least",
        ),
        (Bugs(True, (12,), 400, 350), "0.88", "Nothing can be concluded yet"),
        (Bugs(True, (12,), 40, 80), "2.00", "They have become more, not fewer; that much is certain enough."),
        (
            Bugs(True, (12,), 9000, 8700),
            "0.97",
            "They have become fewer; that much is certain enough. As much as is often claimed (10%",
        ),
        (
            Bugs(True, (12,), 9000, 9050),
            "1.01",
            "Nothing can be concluded yet: fewer, more and the same all go with it. As much as",
        ),
    ],
)
def test_what_can_and_cannot_be_concluded(bugs: Bugs, said: str, meaning: str) -> None:
    found = figure("bug_reports", replace(found_of(memory_of(BEGAN)), bugs=bugs))
    assert found.said.startswith(said)
    assert found.meaning.startswith(meaning)


def test_how_many_reports_it_takes_to_see_what_is_claimed() -> None:
    def is_seen(reports: int) -> bool:
        before = round(reports / (2 - BUGS_CLAIM))
        return ratio_interval(before, round(before * (1 - BUGS_CLAIM))).high < 1

    assert is_seen(TO_BE_SEEN + 50) and not is_seen(TO_BE_SEEN - 50)


# Action items, sessions, people, areas


def items(*assignees: str, done: int = 0) -> list[Item]:
    since, ended = date(2026, 10, 1), date(2026, 10, 20)
    made = [
        Item(f"page#{n}", "page", str(n), "Write it", "s", since, since, assignee=who)
        for n, who in enumerate(assignees)
    ]
    return [replace(one, state=Progress.DONE, ended=ended) if n < done else one for n, one in enumerate(made)]


def test_action_items_are_judged_once_they_had_two_sprints() -> None:
    new = Item("page#new", "page", "new", "Write it", "s", date(2026, 11, 20), UNTIL, assignee="ada")
    found = found_of(memory_of(BEGAN, items=[*items(*PEOPLE, *PEOPLE[:2], done=5), new]))
    assert (found.items.some, found.items.of) == (5, 8)
    assert figure("items_in_time", found).said == "62%: 5 of 8 that had so much time. 95% interval: 24% to 91%."
    assert figure("items_in_time", found).meaning.startswith(
        "Whether more than half get done in time cannot be told yet."
    )


def test_action_items_of_fewer_than_five_people_are_not_shown() -> None:
    found = figure("items_in_time", found_of(memory_of(BEGAN, items=items(*PEOPLE[:4], *PEOPLE[:4], done=1))))
    assert (found.value, found.n, found.interval) == (None, (), None)
    assert not re.search("1|8", found.said)


def test_sessions_count_that_were_due_and_on_no_holiday() -> None:
    off = [
        replace(held("2026-11-12"), state=State.CANCELLED, called_off_by=CalledOffBy.PEOPLE),
        replace(held("2026-11-19"), state=State.SKIPPED, called_off_by=CalledOffBy.RULE),
        replace(held("2026-12-14"), state=State.CANCELLED, called_off_by=CalledOffBy.LEAD),
    ]
    found = found_of(memory_of(BEGAN, held("2026-11-05"), held("2026-12-10"), held("2026-12-15"), *off))
    assert (found.sessions.some, found.sessions.of) == (3, 4)


def test_a_session_that_its_series_ended_before_was_never_due() -> None:
    past = replace(held("2026-11-12"), state=State.CANCELLED, called_off_by=CalledOffBy.END, event="platform/lunch/1")
    ended = Generation(
        "platform/lunch/1", "platform/lunch", 1, at("2026-06-18 12:15"), ZONE, "", at("2026-11-06 12:15")
    )
    memory = replace(memory_of(BEGAN, past), generations={ended.key: ended})
    assert found_of(memory).sessions.of == 1


def test_who_has_led_is_counted_of_those_who_may() -> None:
    team = a_team(
        members=[
            *({"name": one, "email": mail(one)} for one in PEOPLE),
            {"name": "Gil", "email": "gil@example.com", "excused": ["facilitator"]},
            {"name": "Hal", "email": "hal@example.com", "joined": UNTIL},
            {"name": "Ivo", "email": "ivo@example.com", "leaves": UNTIL - timedelta(days=2)},
        ]
    )
    found = outcomes(team, memory_of(BEGAN, held("2026-12-15")), NOBODY, BugReports(), NOW)
    assert (found.led.some, found.led.of) == (1, 6)
    assert (
        figure("have_led", found).said
        == "17%: 1 of 6 people who may lead one. Everybody is counted, so there is no interval."
    )


def asked_about(day: str, on: str, yes: int, no: int) -> Session:
    people = [mail(one) for one in PEOPLE][: yes + no]
    said = dict(zip(people, [True] * yes + [False] * no, strict=True))
    return replace(held(day), asked=Asked(date.fromisoformat(on), "Ingress", tuple(said), said))


def test_who_can_do_it_now_is_told_of_five_people_who_had_the_time_to_answer() -> None:
    late = UNTIL - timedelta(days=27)
    sessions = asked_about("2026-08-06", "2026-10-01", 4, 1), asked_about("2026-10-22", str(late), 1, 1)
    said = figure("can_do_now", found_of(memory_of(*sessions)))
    assert said.said.startswith("80%: 4 of 5 answers are a yes. 95% interval: 28% to 99%.")
    few = figure("can_do_now", found_of(memory_of(asked_about("2026-08-06", "2026-10-01", 3, 1))))
    assert few.value is None and "fewer than 5 people have answered" in few.said
    assert figure("can_do_now", found_of(memory_of(sessions[1]))).said.startswith("Nobody has had the time")


KNOWN = {"ada": ["Kubernetes", "ci"], "bob": ["kubernetes"], "cy": ["postgres"]}


def test_areas_are_known_to_whom_the_file_names_and_to_whom_presented_them() -> None:
    """Of the sessions here Bob is the presenter."""
    found = found_of(
        memory_of(held("2026-11-05", "CI"), held("2026-11-12", "dns"), held("2026-12-15", "postgres")), knows=KNOWN
    )
    assert found.keepers == (("dns", mail("bob")), ("postgres", mail("cy")))
    assert (found.shared_areas.some, found.shared_areas.of) == (2, 4)


def test_who_has_left_knows_nothing_any_more() -> None:
    team = team_of(knows=KNOWN)
    members = [
        one.model_copy(update={"leaves": date(2026, 11, 1)} if one.name == "Ada" else {}) for one in team.members
    ]
    found = outcomes(team.model_copy(update={"members": tuple(members)}), memory_of(BEGAN), NOBODY, BugReports(), NOW)
    assert found.keepers == (("kubernetes", mail("bob")), ("postgres", mail("cy")))


# All of it


@examples(60)
@given(st.integers(1, FEWEST - 1), st.data())
def test_of_a_team_of_four_no_figure_comes_of_what_people_do(number: int, data: st.DataObject) -> None:
    """Whatever they do, what is told of them is the same."""
    names = st.sampled_from(PEOPLE[:number])
    boxes = items(*data.draw(st.lists(names, max_size=9)), done=data.draw(st.integers(0, 9)))
    newcomers = data.draw(st.lists(st.sampled_from([*BEFORE, *SINCE]), max_size=number))
    areas = st.sampled_from(["ci", "dns", "db"])
    taught = held("2026-11-05", data.draw(areas))
    knows = {name: data.draw(st.lists(areas, max_size=2)) for name in PEOPLE[:number]}
    found = found_of(memory_of(taught, items=boxes), Newcomers(tuple(newcomers)), number=number, knows=knows)
    shown = [one for one in figures_of(team_of(number), found) if one.value is not None]
    assert [one.name for one in shown] == ["sessions_held"]
    names_told = " ".join(one.said + one.meaning for one in figures_of(team_of(number), found))
    assert not any(name in names_told.casefold().split() for name in PEOPLE)


def test_nothing_changes_within_a_week() -> None:
    memory = memory_of(BEGAN, held("2026-12-10"), held("2026-12-15", "ci"), items=items(*PEOPLE, done=2))
    found = [
        outcomes(team_of(), memory, NOBODY, BugReports(NINE_AND_FIVE, UNTIL), NOW + timedelta(days=day))
        for day in range(-2, 5)
    ]
    assert found == [found[0]] * 7
    assert found[0].until == UNTIL == last_monday(NOW.date())


def test_teams_together_are_more_than_each() -> None:
    one = replace(
        found_of(memory_of(BEGAN)), bugs=Bugs(True, (12,), 9, 5), items=Proportion(4, 6, frozenset(PEOPLE[:3]))
    )
    other = replace(one, bugs=Bugs(True, (8,), 30, 11), items=Proportion(1, 3, frozenset(PEOPLE[3:5])))
    found = {one.name: one for one in figures_together([one, other])}
    assert "onboarding" not in found
    assert found["bug_reports"].said.startswith("0.41 times as many: 39 in the 8 to 12 weeks")
    assert found["bug_reports"].n == (39, 16)
    assert found["items_in_time"].said.startswith("56%: 5 of 9")  # of each team alone nothing is shown
    assert figure("items_in_time", one).value is None


def test_what_is_not_told_since_is_no_lack_of_bugs() -> None:
    session, weeks = held("2026-09-03", "kubernetes"), NINE_AND_FIVE
    whole = bug_reports([session], BugReports(weeks, UNTIL), UNTIL)
    (span,) = whole.weeks
    earlier = bug_reports([session], BugReports(weeks, UNTIL - timedelta(weeks=MOST_WEEKS)), UNTIL)
    assert all(weeks_of_area < span for weeks_of_area in earlier.weeks)
