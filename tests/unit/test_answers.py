"""What becomes of a topic by what people answer, for every number of them; and one answer at a time."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest

from daemon.learn.answers import ENOUGH, TO_ANSWER, answered, brought_back, last_taught, verdict_of
from daemon.model import Asked, Session, Slot, State, Topic, Verdict

ON = date(2027, 2, 1)
STARTS = datetime(2026, 12, 3, 12, tzinfo=UTC)
WALL = STARTS.replace(tzinfo=None)
SLOT = Slot("p/lunch", WALL, "UTC", WALL, STARTS, 45, "lunch-and-learn")
TOPIC = Topic("How ingress works", was=("Ingress",))


def asked(people: int, can: int = 0, not_yet: int = 0) -> Asked:
    names = tuple(f"p{number}@example.com" for number in range(people))
    said = [True] * can + [False] * not_yet
    return Asked(ON, "Ingress", names, dict(zip(names, said, strict=False)))


def about(asked: Asked | None, weeks: int = 0, state: State = State.HELD) -> Session:
    slot = replace(SLOT, wall=WALL + timedelta(weeks=weeks), starts_at=STARTS + timedelta(weeks=weeks))
    return Session(slot, topic=Topic("Ingress"), state=state, asked=asked)


@pytest.mark.parametrize(
    ("people", "can", "not_yet", "soon", "late"),
    [
        (4, 3, 1, Verdict.CLOSED, Verdict.CLOSED),
        (4, 2, 2, Verdict.STILL_OPEN, Verdict.STILL_OPEN),
        (3, 2, 1, Verdict.STILL_OPEN, Verdict.STILL_OPEN),
        (4, 3, 0, Verdict.CLOSED, Verdict.CLOSED),
        (4, 2, 0, None, Verdict.CLOSED),
        (8, 1, 1, None, Verdict.STILL_OPEN),
        (8, 0, 1, None, None),
        (8, 1, 0, None, None),
        (2, 0, 1, None, None),
        (1, 0, 1, Verdict.STILL_OPEN, Verdict.STILL_OPEN),
        (1, 1, 0, Verdict.CLOSED, Verdict.CLOSED),
        (8, 0, 0, None, None),
    ],
)
def test_what_answers_come_to(people: int, can: int, not_yet: int, soon: Verdict | None, late: Verdict | None) -> None:
    one = asked(people, can, not_yet)
    assert verdict_of(one, ON + TO_ANSWER - timedelta(days=1)) is soon
    assert verdict_of(one, ON + TO_ANSWER) is late


def test_what_is_settled_early_stays_so_whatever_the_others_answer() -> None:
    for people, can, not_yet in product(range(1, 9), repeat=3):
        early = verdict_of(asked(people, can, not_yet), ON) if can + not_yet <= people else None
        for more in range(people - can - not_yet + 1) if early else ():
            rest = people - can - not_yet - more
            assert verdict_of(asked(people, can + more, not_yet + rest), ON + TO_ANSWER) is early
    assert ENOUGH == 2


def test_the_latest_word_of_those_who_are_asked_counts() -> None:
    session = about(asked(2))
    session = answered(answered(session, "p0@example.com", False), "p1@example.com", True)
    session = answered(session, "p0@example.com", True)
    assert session.asked and session.asked.answers == {"p0@example.com": True, "p1@example.com": True}
    session = answered(session, "p1@example.com", None)
    assert session.asked and session.asked.in_words == "1 of 1 who answered can do it now"
    assert answered(session, "zoe@example.com", False) == session, "who was not there is not asked"
    judged = about(replace(asked(2, 1, 1), verdict=Verdict.STILL_OPEN))
    assert answered(judged, "p0@example.com", True) is judged
    changed = answered(judged, "p0@example.com", False).asked
    assert changed and changed.verdict is None, "which the next pass judges, and writes on the page"
    assert answered(about(None), "p0@example.com", True) == about(None)


def test_a_topic_comes_back_by_what_was_answered_after_the_last_time() -> None:
    still_open = replace(asked(3, 1, 2), verdict=Verdict.STILL_OPEN)
    assert brought_back([TOPIC], [about(still_open)]) == {"How ingress works": still_open}
    assert brought_back([TOPIC], [about(still_open), about(None, weeks=9)]) == {}
    assert brought_back([TOPIC], [about(None, weeks=9), about(still_open)]) == {}
    assert brought_back([TOPIC], [about(still_open, state=State.CANCELLED)]) == {}
    assert brought_back([TOPIC], [about(replace(still_open, topic="Another title of then"))]) == {}
    assert last_taught([TOPIC], [about(None, weeks=9), about(still_open)])[TOPIC.title] == about(None, weeks=9)
