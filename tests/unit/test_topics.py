"""Which topic each session gets, by example and for any backlog."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from time import process_time

from hypothesis import given
from hypothesis import strategies as st

from daemon.decide.topics import Chosen, Opening, choose_topics, wanted_more
from daemon.model import Assignment, Reason, Session, Slot, State, Topic, on_the_wall
from tests.soak import examples

ZONE = "Europe/Berlin"
ADA, BOB, CAT = "ada@example.com", "bob@example.com", "cat@example.com"
FIRST = datetime.fromisoformat("2026-12-03T12:15")


def slot(week: int) -> Slot:
    wall = FIRST + timedelta(weeks=week)
    return Slot("platform/lunch-learn", wall, ZONE, wall, on_the_wall(wall, ZONE), 45, "lunch-and-learn")


def opening(week: int, announced: Session | None = None, decided: str | None = None) -> Opening:
    return Opening(slot(week), "presenter", True, decided, announced)


def session(week: int, topic: Topic | None = None, presenter: str | None = None, reason: str = "") -> Session:
    given = (Assignment("presenter", presenter, Reason("turn", "")),) if presenter else ()
    return Session(slot(week), given, topic=topic, topic_reason=reason, state=State.ANNOUNCED)


def anybody(_: str, __: Slot) -> bool:
    return True


def without(email: str, *weeks: int) -> object:
    return lambda who, where: who != email or where.key not in {slot(week).key for week in weeks}


def titles(
    openings: Sequence[Opening], backlog: Sequence[Topic], history: Sequence[Session] = (), absent: object = anybody
) -> list[str | None]:
    assert callable(absent)
    chosen = choose_topics(openings, backlog, history, absent)
    return [one.topic.title if one.topic else None for one in chosen.values()]


def reason(openings: Sequence[Opening], backlog: Sequence[Topic], history: Sequence[Session] = ()) -> str:
    return list(choose_topics(openings, backlog, history, anybody).values())[-1].reason


# By example


def test_most_votes_come_first() -> None:
    backlog = [Topic(title="One", votes=1), Topic(title="Five", votes=5), Topic(title="Three", votes=3)]
    assert titles([opening(0), opening(1), opening(2), opening(3)], backlog) == ["Five", "Three", "One", None]


def test_openings_are_served_in_the_order_of_time_however_they_are_given() -> None:
    backlog = [Topic(title="One", votes=1), Topic(title="Five", votes=5)]
    chosen = choose_topics([opening(1), opening(0)], backlog, [], anybody)
    assert list(chosen) == [slot(0).key, slot(1).key]
    assert chosen[slot(0).key].topic == backlog[1]


def test_of_as_many_votes_the_older_one_comes_first_and_votes_go_before_any_age() -> None:
    day = slot(0).day
    newer, older = (Topic(title=f"{days}", votes=3, added=day - timedelta(days=days)) for days in (1, 2))
    fewer = Topic(title="Fewer", votes=2, added=day - timedelta(days=900))
    undated = Topic(title="Undated", votes=3)
    backlog = [fewer, undated, newer, older]
    assert titles([opening(week) for week in range(4)], backlog) == ["2", "1", "Undated", "Fewer"]


def test_an_area_just_taught_gives_way_to_one_with_as_many_votes() -> None:
    backlog = [Topic(title="Ingress", votes=3, area="kubernetes"), Topic(title="Indexes", votes=3, area="postgres")]
    history = [session(-1, Topic(title="Pods", area="kubernetes"))]
    assert titles([opening(0), opening(1)], backlog, history) == ["Indexes", "Ingress"]
    assert titles([opening(0)], [replace(backlog[0], votes=4), backlog[1]], history) == ["Ingress"]


def test_what_is_planned_in_the_same_pass_counts_as_taught() -> None:
    kubernetes = [Topic(title=title, votes=3, area="kubernetes") for title in ("Ingress", "Pods")]
    postgres = [Topic(title=title, votes=3, area="postgres") for title in ("Indexes", "Vacuum")]
    chosen = choose_topics([opening(week) for week in range(4)], kubernetes + postgres, [], anybody)
    areas = [one.topic.area for one in chosen.values() if one.topic]
    assert areas in (["kubernetes", "postgres"] * 2, ["postgres", "kubernetes"] * 2)


def test_a_topic_is_taught_once_also_under_its_former_name() -> None:
    history = [session(-1, Topic(title="Old name"))]
    assert titles([opening(0)], [Topic(title="New name", was=("Old name",), votes=9)], history) == [None]


def test_a_cancelled_session_gives_its_topic_back() -> None:
    called_off = replace(session(-1, Topic(title="Ingress")), state=State.CANCELLED)
    assert titles([opening(0)], [Topic(title="Ingress")], [called_off]) == ["Ingress"]


def test_an_announced_topic_stands_though_others_now_have_more_votes_and_follows_its_new_name() -> None:
    backlog = [Topic(title="Ingress today", was=("Ingress",)), Topic(title="Indexes", votes=50)]
    announced = session(1, Topic(title="Ingress"), ADA)
    assert titles([opening(0), opening(1, announced)], backlog) == ["Indexes", "Ingress today"]


def test_an_announced_topic_that_has_left_the_backlog_makes_room() -> None:
    assert titles([opening(0, session(0, Topic(title="Gone"), ADA))], [Topic(title="Indexes")]) == ["Indexes"]


def test_the_lead_wins_over_an_announcement_and_what_was_taken_away_is_free_again() -> None:
    backlog = [Topic(title="Ingress", votes=9), Topic(title="Indexes")]
    announced = [session(0, backlog[1], ADA), session(1, backlog[0], ADA)]
    openings = [opening(0, announced[0], decided="Ingress"), opening(1, announced[1])]
    assert titles(openings, backlog) == ["Ingress", "Indexes"]


def test_the_lead_may_name_what_the_backlog_lacks_even_for_a_format_without_topics() -> None:
    pairing = Opening(slot(0), None, False, "A new library")
    chosen = choose_topics([pairing, Opening(slot(1), None, False)], [Topic(title="Ingress")], [], anybody)
    assert chosen[slot(0).key] == Chosen(Topic(title="A new library"), "Decided by the lead")
    assert chosen[slot(1).key] == Chosen(None, "This format takes no topic from the backlog")


def test_a_topic_waits_for_its_owner_while_others_are_free() -> None:
    backlog = [Topic(title="Bob's", votes=9, owner=BOB), Topic(title="Small", votes=1)]
    assert titles([opening(0), opening(1)], backlog, absent=without(BOB, 0)) == ["Small", "Bob's"]
    assert titles([opening(0)], backlog[:1], absent=without(BOB, 0)) == ["Bob's"]


def test_a_topic_does_not_wait_for_ever() -> None:
    backlog = [Topic(title="Bob's", votes=9, owner=BOB), *(Topic(title=f"Small {n}") for n in range(9))]
    chosen = choose_topics([opening(week) for week in range(6)], backlog, [], lambda who, _: who != BOB)
    assert [one.topic == backlog[0] for one in chosen.values()] == [False, False, False, True, False, False]
    assert chosen[slot(3).key].reason == (
        "9 votes; bob@example.com cannot come, as on 3 dates before, and it waits no longer; "
        "next is “Small 5” (no votes yet)"
    )


def test_a_topic_waits_as_long_as_its_owner_can_present_it_on_a_date_that_is_planned() -> None:
    backlog = [Topic(title="Bob's", votes=9, owner=BOB), *(Topic(title=f"Small {n}") for n in range(3))]
    found = titles([opening(week) for week in range(7)], backlog, absent=without(BOB, 0, 1, 2, 3, 4))
    assert found[3:] == [None, None, "Bob's", None]
    named = [{"presenter": ADA}, {"presenter": ADA}, {"facilitator": BOB}]
    openings = [replace(opening(week), fixed=fixed) for week, fixed in enumerate(named)]
    assert titles([*openings, opening(3)], backlog[:1]) == [None, None, None, "Bob's"]


def test_a_topic_goes_where_a_format_has_somebody_to_present_it() -> None:
    backlog, fishbowl = [Topic(title="Bob's", owner=BOB)], Opening(slot(0), None, True)
    assert titles([fishbowl, opening(1)], backlog) == [None, "Bob's"]
    assert titles([fishbowl], backlog) == ["Bob's"]


def test_an_announced_topic_goes_with_its_owner_who_cannot_come_any_more() -> None:
    backlog = [Topic(title="Bob's", votes=9, owner=BOB), Topic(title="Small")]
    announced = opening(0, session(0, backlog[0], BOB))
    assert titles([announced, opening(1)], backlog, absent=without(BOB, 0)) == ["Small", "Bob's"]
    assert titles([announced, opening(1)], backlog) == ["Bob's", "Small"]
    taken_over = opening(0, session(0, backlog[0], ADA))
    assert titles([taken_over, opening(1)], backlog, absent=without(BOB, 0)) == ["Bob's", "Small"]


def test_votes_that_come_after_an_announcement_are_told_once() -> None:
    backlog = [Topic(title="Ingress", votes=1), Topic(title="Pods"), Topic(title="Late", votes=5), Topic(title="Zero")]
    announced = [opening(week, session(week, backlog[week], ADA)) for week in range(2)]
    late = {slot(0).key: backlog[2]}
    assert wanted_more(announced, backlog, [], anybody) == late
    assert wanted_more([*announced, opening(2, session(2, backlog[2], ADA))], backlog, [], anybody) == late
    decided = [replace(announced[0], decided="Ingress"), announced[1]]
    assert wanted_more(decided, backlog, [], anybody) == {slot(1).key: backlog[2]}
    assert wanted_more(announced, backlog, [session(-1, backlog[2])], anybody) == {}


def test_announced_sessions_use_up_its_patience_too() -> None:
    small = [Topic(title=f"Small {n}") for n in range(9)]
    announced = [opening(n, session(n, small[n], ADA)) for n in range(3)]
    backlog = [*small, Topic(title="Bob's", votes=9, owner=BOB)]
    assert titles([*announced, opening(3)], backlog, absent=lambda who, _: who != BOB)[3] == "Bob's"


def test_an_announced_presenter_gets_a_topic_of_their_own_or_of_nobody() -> None:
    backlog = [Topic(title="Bob's", votes=9, owner=BOB), Topic(title="Ada's", owner=ADA), Topic(title="Free", votes=1)]
    assert titles([opening(0, session(0, presenter=ADA))], backlog) == ["Free"]
    assert titles([opening(0, session(0, presenter=ADA))], backlog[:2]) == ["Ada's"]
    assert titles([opening(0, session(0, presenter=ADA))], backlog[:1]) == ["Bob's"]
    fixed = replace(opening(0, session(0, presenter=ADA)), owner_may_take_over=False)
    chosen = choose_topics([fixed], backlog[:1], [], anybody)[fixed.slot.key]
    assert chosen == Chosen(None, "Every topic left waits for its owner to present it: bob@example.com")


def test_a_reason_does_not_name_all_of_a_long_backlog() -> None:
    waiting = [Topic(f"Waits {n:04}", votes=9, owner="eve@x.test") for n in range(3_000)]
    free = [Topic(f"Free {n:04}") for n in range(3_000)]
    start = process_time()
    chosen = choose_topics([opening(0), opening(1)], [*waiting, *free], [], lambda _, where: where == slot(1))
    told = chosen[slot(0).key].reason
    assert process_time() - start < 5  # comparing each with each takes a minute
    assert told.count("waits for eve@x.test") == 5
    assert "2995 more wait for who is to present them" in told


def test_reasons_are_sentences_for_people() -> None:
    ingress = Topic(title="Ingress", votes=7, added=date(2026, 9, 1), area="kubernetes")
    assert reason([opening(0)], [ingress]) == "7 votes, waiting since 2026-09-01; kubernetes has not been taught yet"
    taught = [session(-1, Topic(title="Pods", area="kubernetes"))]
    assert reason([opening(0)], [ingress], taught).endswith("; kubernetes was last taught on 2026-11-26")
    pods = Topic(title="Pods", votes=1, area="kubernetes")
    assert (
        reason([opening(0), opening(1)], [ingress, pods]) == "1 vote; the session on kubernetes before is on 2026-12-03"
    )
    assert reason([opening(0)], [Topic(title="Any")]) == "No votes yet"
    many = [Topic(title="Three", votes=3), Topic(title="Bob's", votes=9, owner=BOB), Topic(title="One", votes=1)]
    absent = without(BOB, 0)
    assert callable(absent)
    chosen = choose_topics([opening(0), opening(1)], many, [], absent)
    assert chosen[slot(0).key].reason == (
        "3 votes; “Bob's” (9 votes) waits for bob@example.com to present it; next is “One” (1 vote)"
    )


def test_without_a_topic_the_reason_says_what_is_missing() -> None:
    later = Topic(title="Later", added=date(2027, 1, 1))
    assert reason([opening(0)], []) == "The backlog is empty"
    assert (
        reason([opening(0), opening(1)], [Topic(title="Any")])
        == "Every topic of the backlog is taught or has its session"
    )
    assert reason([opening(0)], [later]) == (
        "Every topic left waits for its day, the first one for 2027-01-01; the session is on 2026-12-03"
    )


def test_the_reason_of_a_withdrawn_decision_is_not_repeated() -> None:
    announced = session(0, Topic(title="Any"), ADA, "Decided by the lead")
    assert reason([opening(0, announced)], [Topic(title="Any")]) == "Announced before"


# For any backlog

AREAS = st.sampled_from([None, "kubernetes", "postgres", "security"])
OWNERS = st.sampled_from([None, ADA, BOB, CAT])
DAYS = st.one_of(st.none(), st.dates(date(2026, 6, 1), date(2027, 1, 15)))
TOPICS = st.builds(
    lambda title, votes, area, owner, added: Topic(title=title, votes=votes, area=area, owner=owner, added=added),
    st.sampled_from([f"Topic {n}" for n in range(12)]),
    st.integers(0, 6),
    AREAS,
    OWNERS,
    DAYS,
)
BACKLOGS = st.lists(TOPICS, max_size=10, unique_by=lambda topic: topic.title)
ABSENCES = st.sets(st.tuples(st.sampled_from([ADA, BOB, CAT]), st.integers(0, 7)), max_size=12)
any_backlog = examples(120)


def present(absences: set[tuple[str, int]]) -> object:
    away = {(email, slot(week).key) for email, week in absences}
    return lambda email, where: (email, where.key) not in away


def planned(backlog: Sequence[Topic], absences: set[tuple[str, int]], weeks: int = 8) -> list[str | None]:
    return titles([opening(week) for week in range(weeks)], backlog, absent=present(absences))


@any_backlog
@given(BACKLOGS, ABSENCES)
def test_no_topic_comes_twice_and_none_before_it_was_added(
    backlog: list[Topic], absences: set[tuple[str, int]]
) -> None:
    found = [title for title in planned(backlog, absences) if title]
    assert len(found) == len(set(found))
    added = {topic.title: topic.added for topic in backlog}
    for week, title in enumerate(planned(backlog, absences)):
        assert title is None or (added[title] or date.min) <= slot(week).day


@any_backlog
@given(BACKLOGS, ABSENCES, st.randoms(use_true_random=False))
def test_the_order_of_the_file_means_nothing(
    backlog: list[Topic], absences: set[tuple[str, int]], chance: object
) -> None:
    shuffled = sorted(backlog, key=lambda _: chance.random())  # type: ignore[attr-defined]
    assert planned(backlog, absences) == planned(shuffled, absences)


@any_backlog
@given(BACKLOGS.filter(bool), ABSENCES, st.integers(1, 9), st.integers(0, 9))
def test_more_votes_never_make_a_topic_come_later(
    backlog: list[Topic], absences: set[tuple[str, int]], more: int, which: int
) -> None:
    favoured = backlog[which % len(backlog)]
    raised = [replace(one, votes=one.votes + more) if one is favoured else one for one in backlog]
    before, after = planned(backlog, absences), planned(raised, absences)
    if favoured.title in before:
        assert after.index(favoured.title) <= before.index(favoured.title)


@any_backlog
@given(BACKLOGS, ABSENCES)
def test_no_session_stays_without_a_topic_while_one_could_be_taught(
    backlog: list[Topic], absences: set[tuple[str, int]]
) -> None:
    free, is_there = {topic.title: topic for topic in backlog}, present(absences)
    assert callable(is_there)
    for week, title in enumerate(planned(backlog, absences)):
        for topic in free.values() if title is None else ():
            dates = [n for n in range(8) if topic.owner and is_there(topic.owner, slot(n))]
            assert (topic.added or date.min) > slot(week).day or (dates and week not in dates), topic
        free.pop(title or "", None)


@any_backlog
@given(BACKLOGS, BACKLOGS, ABSENCES)
def test_what_was_announced_stays_and_a_second_pass_says_the_same(
    backlog: list[Topic], newer: list[Topic], absences: set[tuple[str, int]]
) -> None:
    first = choose_topics([opening(week) for week in range(6)], backlog, [], anybody)
    announced = [opening(week, session(week, one.topic, ADA, one.reason)) for week, one in enumerate(first.values())]
    grown = backlog + [topic for topic in newer if topic.title not in {known.title for known in backlog}]
    absent = present(absences)
    assert callable(absent)
    again = choose_topics([*announced, opening(6)], grown, [], absent)
    lost = {slot(week).key for email, week in absences if email == ADA}
    for key, one in first.items():
        goes_with_its_owner = one.topic and one.topic.owner == ADA and key in lost
        assert one.topic is None or goes_with_its_owner or again[key] == one
    assert choose_topics(announced, backlog, [], anybody) == first


@any_backlog
@given(BACKLOGS, st.integers(0, 5))
def test_what_took_place_is_never_offered_again(backlog: list[Topic], held: int) -> None:
    history = [session(-1 - n, topic) for n, topic in enumerate(backlog[:held])]
    later = titles([opening(week) for week in range(8)], backlog, history)
    assert not {topic.title for topic in backlog[:held]} & set(later)
