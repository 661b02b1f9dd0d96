"""The rotation: fair turns, announced ones kept, the lead's decisions, owners, areas, and the reasons for all of it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.team import Member, Rotation
from daemon.decide.rotation import Need, rotate
from daemon.model import Assignment, Reason, Session, Slot, State, Topic
from tests.soak import examples

FIRST = datetime(2026, 1, 8, 12, 15, tzinfo=UTC)
TALK = ("facilitator", "presenter")
RULE = Rotation()
IN_ORDER = Rotation(rule="in-order")
Away = Mapping[tuple[str, int], str]


def slot(week: int, series: str = "team/talk", minutes: int = 45) -> Slot:
    start = FIRST + timedelta(weeks=week)
    wall = start.replace(tzinfo=None)
    return Slot(series, wall, "UTC", wall, start, minutes, "talk")


def team(*names: str) -> list[Member]:
    return [Member(name=name, email=f"{name.lower()}@example.com") for name in names]


def some(count: int) -> list[Member]:
    return team(*(f"P{number}" for number in range(count)))


def needs(weeks: Iterable[int], roles: tuple[str, ...] = TALK) -> list[Need]:
    return [Need(slot(week), roles, presents="presenter") for week in weeks]


def run(
    wanted: Sequence[Need],
    members: Sequence[Member],
    away: Away | None = None,
    rule: Rotation = RULE,
    history: Sequence[Session] = (),
    change_from: datetime | None = None,
) -> tuple[Session, ...]:
    def absent(member: Member, at: Slot) -> str | None:
        return (away or {}).get((member.name, (at.starts_at - FIRST) // timedelta(weeks=1)))

    return rotate(wanted, members, rule, history, absent, change_from)


def announce(wanted: Sequence[Need], sessions: Sequence[Session]) -> list[Need]:
    return [replace(need, announced=session) for need, session in zip(wanted, sessions, strict=True)]


def who(sessions: Iterable[Session], role: str = "facilitator") -> list[str]:
    """The short names of those in a role, session by session; a dash where there is nobody."""
    return [session.roles.get(role, "-").partition("@")[0].capitalize() for session in sessions]


def changed(before: Sequence[Session], after: Sequence[Session]) -> list[tuple[int, str]]:
    """Which roles of which sessions went to somebody else."""
    return [
        (number, role)
        for number, (one, other) in enumerate(zip(before, after, strict=True))
        for role in one.roles | other.roles
        if one.roles.get(role) != other.roles.get(role)
    ]


def worst_distance(sessions: Sequence[Session], role: str) -> float:
    """The greatest distance, at any moment, between anybody's count and the sum of their parts."""
    done, worst = Counter[str](), 0.0
    due: dict[str, float] = {}
    for session in sessions:
        given = next(a for a in session.assignments if a.role == role)
        total = sum(given.eligible.values())
        for email, share in given.eligible.items():
            due[email] = due.get(email, 0.0) + share / total
        done[given.member or ""] += 1
        worst = max([worst, *(abs(done[email] - part) for email, part in due.items())])
    return worst


ABSENCES = st.dictionaries(
    st.tuples(st.sampled_from([f"P{n}" for n in range(8)]), st.integers(0, 23)), st.just("is away"), max_size=20
)


# Fair shares


@examples(60)
@given(st.lists(st.floats(0.05, 1.0), min_size=2, max_size=9), st.integers(0, 3))
def test_with_everybody_there_nobody_is_ever_more_than_a_turn_from_what_is_due(shares: list[float], rest: int) -> None:
    members = [member.model_copy(update={"share": share}) for member, share in zip(some(9), shares, strict=False)]
    sessions = run(needs(range(40), ("facilitator",)), members, rule=Rotation(rest=rest))
    assert worst_distance(sessions, "facilitator") <= 1 + 1e-6


@examples(40)
@given(st.integers(6, 8), ABSENCES)
def test_two_roles_with_absences_stay_within_a_turn_too(count: int, away: Away) -> None:
    sessions = run(needs(range(24)), some(count), away)
    for role in TALK:
        assert worst_distance(sessions, role) <= 1 + 1e-6


@examples(40)
@given(st.integers(1, 8), ABSENCES)
def test_roles_go_to_different_people_who_can_come(count: int, away: Away) -> None:
    for week, session in enumerate(run(needs(range(24)), some(count), away)):
        holders = list(session.roles.values())
        present = [member for member in some(count) if (member.name, week) not in away]
        assert len(set(holders)) == len(holders) == min(2, len(present))
        assert set(holders) <= {member.email for member in present}


@examples(30)
@given(st.permutations(range(6)), ABSENCES)
def test_the_order_of_the_file_favours_nobody(order: list[int], away: Away) -> None:
    members = some(6)
    shuffled = [members[number] for number in order]
    assert [s.roles for s in run(needs(range(12)), shuffled, away)] == [
        s.roles for s in run(needs(range(12)), members, away)
    ]


def test_the_first_turns_are_not_alphabetical() -> None:
    first = Counter(
        rotate([Need(slot(0, f"team/series-{n}"), ("facilitator",))], some(5), RULE, [], lambda m, s: None)[0].roles[
            "facilitator"
        ]
        for n in range(200)
    )
    assert set(first) == {member.email for member in some(5)}
    assert max(first.values()) <= 60


def test_part_time_members_serve_their_part() -> None:
    members = some(4)
    members[0] = members[0].model_copy(update={"share": 0.5})
    counts = Counter(who(run(needs(range(70), ("facilitator",)), members)))
    assert counts == {"P0": 10, "P1": 20, "P2": 20, "P3": 20}


def test_a_joiner_starts_level_and_not_in_debt() -> None:
    away = {("P5", week): "has not joined yet" for week in range(30)}
    sessions = run(needs(range(60), ("facilitator",)), some(6), away)
    assert Counter(who(sessions[30:]))["P5"] == 5


def test_an_absence_is_not_made_up_for() -> None:
    away = {("P0", week): "is away" for week in range(10, 20)}
    counts = Counter(who(run(needs(range(40), ("facilitator",)), some(5), away)))
    assert counts["P0"] == 6
    assert min(counts.values()) == 6


def test_who_leaves_frees_their_turns() -> None:
    history = run(needs(range(10), ("facilitator",)), some(5))
    sessions = run(needs(range(10, 18), ("facilitator",)), some(4), history=history)
    assert Counter(who(sessions)) == {"P0": 2, "P1": 2, "P2": 2, "P3": 2}


def test_the_load_over_all_series_is_balanced_by_minutes() -> None:
    wanted = []
    for week in range(40):
        wanted += [Need(slot(week), ("facilitator",)), Need(slot(week, "team/dive", 120), ("facilitator",))]
    minutes = Counter[str]()
    for session in run(wanted, some(6)):
        minutes[session.roles["facilitator"]] += session.slot.minutes
    assert max(minutes.values()) - min(minutes.values()) <= 120


def test_nobody_serves_twice_within_the_rest() -> None:
    sessions = run(needs(range(40)), some(8), rule=Rotation(rest=2))
    for number, session in enumerate(sessions):
        near = {email for other in sessions[number + 1 : number + 3] for email in other.roles.values()}
        assert not near & set(session.roles.values())


def test_rest_gives_way_before_a_role_stays_empty() -> None:
    assert Counter(who(run(needs(range(6), ("facilitator",)), some(2), rule=Rotation(rest=5)))) == {"P0": 3, "P1": 3}


def test_excused_roles_are_never_given() -> None:
    members = some(4)
    members[0] = members[0].model_copy(update={"excused": ("presenter",)})
    sessions = run(needs(range(24)), members)
    assert "P0" not in who(sessions, "presenter")
    assert Counter(who(sessions))["P0"] >= 6, "others present more, so they facilitate somewhat more"


def test_a_role_that_only_one_can_take_is_left_to_them() -> None:
    members = [m.model_copy(update={"excused": ("presenter",)} if m.name != "P1" else {}) for m in some(3)]
    sessions = run(needs(range(6)), members)
    assert who(sessions, "presenter") == ["P1"] * 6
    assert "P1" not in who(sessions)


# What was announced


@examples(40)
@given(st.integers(1, 8), ABSENCES)
def test_planning_again_changes_nothing(count: int, away: Away) -> None:
    wanted, members = needs(range(12)), some(count)
    sessions = run(wanted, members, away)
    assert run(announce(wanted, sessions), members, away) == sessions


@examples(40)
@given(st.integers(4, 8), st.integers(0, 11), st.sampled_from(TALK), ABSENCES)
def test_an_absence_changes_only_its_own_role(
    count: int, week: int, role: str, away: dict[tuple[str, int], str]
) -> None:
    wanted, members = needs(range(12)), some(count)
    before = run(wanted, members, away)
    if role not in before[week].roles:
        return
    gone = next(member.name for member in members if member.email == before[week].roles[role])
    after = run(announce(wanted, before), members, {**away, (gone, week): "has declined"})
    assert changed(before, after) == [(week, role)]


def test_a_replacement_is_not_somebody_with_a_duty_next_to_it() -> None:
    wanted, members = needs(range(12), ("facilitator",)), some(6)
    before = run(wanted, members)
    gone = who(before)[5]
    after = run(announce(wanted, before), members, {(gone, 5): "has declined"})
    assert who(after)[5] not in (gone, who(before)[4], who(before)[6])


def test_who_declines_keeps_their_claim_and_who_is_away_does_not() -> None:
    wanted, members = needs(range(3), ("facilitator",)), some(3)
    before = run(wanted, members)
    gone = before[0].roles["facilitator"]
    away = {(who(before)[0], 0): "has declined"}
    declined = announce(wanted, before)
    declined[0] = replace(declined[0], declined=frozenset({gone}))
    assert gone in run(declined, members, away)[0].assignments[0].eligible
    assert gone not in run(announce(wanted, before), members, away)[0].assignments[0].eligible


def test_the_rest_of_an_announced_session_is_preserved() -> None:
    need = needs([0])[0]
    announced = replace(run([need], some(3))[0], state=State.ANNOUNCED, topic_reason="by votes")
    assert run([replace(need, announced=announced)], some(3))[0] == announced


def test_an_announced_gap_is_filled_as_soon_as_somebody_can() -> None:
    wanted = needs([0], ("facilitator",))
    empty = run(wanted, some(1), {("P0", 0): "is away"})
    assert empty[0].unfilled == ("facilitator",)
    assert who(run(announce(wanted, empty), some(1))) == ["P0"]


def test_an_assignment_without_a_reason_says_that_it_was_announced() -> None:
    bare = Session(slot(0), (Assignment("facilitator", "p0@example.com", Reason("", "")),))
    kept = run([Need(slot(0), ("facilitator",), announced=bare)], some(2))[0].assignments[0]
    assert (kept.member, kept.reason.kind) == ("p0@example.com", "kept")


def joined(before: Sequence[Session], count: int, change_from: datetime | None) -> tuple[Session, ...]:
    return run(announce(needs(range(12)), before), some(count), change_from=change_from)


def test_somebody_joins_with_few_changes_and_none_within_keep() -> None:
    before = run(needs(range(12)), some(7))
    after = joined(before, 8, FIRST + timedelta(weeks=2))
    moved = changed(before, after)
    assert all(week >= 2 for week, _ in moved)
    assert 1 <= len(moved) <= 4
    assert {after[week].roles[role] for week, role in moved} == {"p7@example.com"}


def test_somebody_joins_and_nothing_changes_unless_it_may() -> None:
    before = run(needs(range(12)), some(7))
    assert not changed(before, joined(before, 8, None))


@examples(20)
@given(st.integers(3, 8), ABSENCES)
def test_a_change_that_is_allowed_but_not_needed_is_not_made(count: int, away: Away) -> None:
    before = run(needs(range(12)), some(count), away)
    after = run(announce(needs(range(12)), before), some(count), away, change_from=FIRST)
    assert len(changed(before, after)) <= 1


# The lead, owners and areas


def test_the_leads_decision_wins_and_counts() -> None:
    wanted = needs(range(12), ("facilitator",))
    wanted[:3] = [replace(need, decided={"facilitator": "p2@example.com"}) for need in wanted[:3]]
    sessions = run(wanted, some(4))
    assert who(sessions)[:3] == ["P2"] * 3
    assert sessions[0].assignments[0].reason.kind == "lead"
    assert sessions[0].assignments[0].reason.ranked
    assert Counter(who(sessions)) == {"P0": 3, "P1": 3, "P2": 3, "P3": 3}


def test_a_decision_ahead_is_known_when_the_turns_before_it_are_given() -> None:
    wanted = needs(range(12), ("facilitator",))
    wanted[8] = replace(wanted[8], decided={"facilitator": "p2@example.com"})
    sessions = run(wanted, some(4))
    assert worst_distance(sessions, "facilitator") <= 1


def test_a_decision_moves_only_who_is_in_its_way() -> None:
    wanted, members = needs(range(8)), some(6)
    before = run(wanted, members)
    ahead = announce(wanted, before)
    ahead[3] = replace(ahead[3], decided={"facilitator": before[3].roles["presenter"]})
    after = run(ahead, members)
    assert changed(before, after) == [(3, "facilitator"), (3, "presenter")]
    assert after[3].assignments[1].reason.kind == "replacement"
    assert "has another role here" in after[3].assignments[1].reason.text


def test_a_decision_for_somebody_away_stands_and_says_so() -> None:
    need = Need(slot(0), ("facilitator",), decided={"facilitator": "p1@example.com"})
    given_ = run([need], some(3), {("P1", 0): "on holiday"})[0].assignments[0]
    assert given_.member == "p1@example.com"
    assert given_.reason.text == "The lead has decided on P1, although P1 cannot come (on holiday)."


def test_decisions_that_nobody_can_make_up_for_cost_no_more_than_none() -> None:
    members, found = some(100), list[float]()
    for decided in ({}, {"facilitator": members[0].email}):
        wanted = [Need(slot(week), ("facilitator",), decided=decided if week % 100 > 90 else {}) for week in range(500)]
        start = process_time()
        sessions = run(wanted, members)
        found.append(process_time() - start)
        assert all(session.roles for session in sessions)
    assert found[1] < 4 * found[0]  # looking ahead for each member alone takes ten times as long


def lesson(week: int, owner: str | None = None, **more: object) -> Need:
    topic = Topic(title=f"T{week}", area="kubernetes", owner=owner)
    return replace(Need(slot(week), TALK, presents="presenter", topic=topic), **more)  # type: ignore[arg-type]


def test_the_owner_of_a_topic_presents_it_if_they_can() -> None:
    sessions = run([lesson(0, "p2@example.com"), lesson(1, "p3@example.com")], some(4), {("P3", 1): "is away"})
    assert who(sessions, "presenter")[0] == "P2"
    assert sessions[0].assignments[1].reason.kind == "owner"
    assert who(sessions, "presenter")[1] != "P3"


def test_nobody_teaches_the_same_area_three_times_in_a_row() -> None:
    sessions = run([lesson(week, "p2@example.com") for week in range(6)], some(4))
    presenters = who(sessions, "presenter")
    assert presenters[:2] == ["P2", "P2"]
    assert presenters[2] != "P2"
    assert presenters[3:5] == ["P2", "P2"]


def test_the_area_of_past_sessions_counts() -> None:
    history = run([lesson(0, "p2@example.com"), lesson(1, "p2@example.com")], some(4))
    assert who(run([lesson(2, "p2@example.com")], some(4), history=history), "presenter") != ["P2"]


def test_a_third_lesson_is_given_where_nobody_else_can_or_the_lead_says_so() -> None:
    history = run([lesson(0, "p0@example.com"), lesson(1, "p0@example.com")], some(2))
    away = {("P1", 2): "is away"}
    assert who(run([lesson(2)], some(1), away, history=history), "presenter") == ["-"]
    single = replace(lesson(2), roles=("presenter",))
    assert who(run([single], some(2), away, history=history), "presenter") == ["P0"]
    decided = lesson(2, decided={"presenter": "p0@example.com"})
    assert who(run([decided], some(2), history=history), "presenter") == ["P0"]


# In order


def in_order(weeks: int, names: str = "ABCD", away: Away | None = None, **more: object) -> list[str]:
    return who(run(needs(range(weeks), ("facilitator",)), team(*names), away, IN_ORDER, **more))  # type: ignore[arg-type]


def test_in_order_follows_the_file() -> None:
    assert "".join(in_order(6)) == "ABCDAB"


def test_in_order_goes_on_after_who_served_last() -> None:
    served = Assignment("facilitator", "c@example.com", Reason("kept", ""), {f"{n}@example.com": 1.0 for n in "abcd"})
    history = [Session(slot(-1), (served,))]
    assert "".join(in_order(3, history=history)) == "DAB"


def test_in_order_who_is_skipped_is_next_and_the_order_stays() -> None:
    assert "".join(in_order(9, away={("B", 1): "is away"})) == "ACBDABCDA"
    assert "".join(in_order(6, away={("A", 0): "is away", ("A", 1): "is away"})) == "BCADAB"


def test_in_order_a_joiner_waits_for_their_place() -> None:
    members = team(*"ABCD")
    members[1] = members[1].model_copy(update={"joined": date(2026, 2, 1)})
    away = {("B", week): "has not joined yet" for week in range(4)}
    assert "".join(who(run(needs(range(8), ("facilitator",)), members, away, IN_ORDER))) == "ACDABCDA"


def test_in_order_a_swap_by_the_lead_does_not_disturb_the_line() -> None:
    wanted = needs(range(5), ("facilitator",))
    for week, email in ((0, "b@example.com"), (1, "a@example.com")):
        wanted[week] = replace(wanted[week], decided={"facilitator": email})
    assert "".join(who(run(wanted, team(*"ABCD"), rule=IN_ORDER))) == "BACDA"


def test_in_order_goes_on_from_what_was_announced() -> None:
    wanted = needs(range(8), ("facilitator",))
    before = run(wanted[:6], team(*"ABCD"), rule=IN_ORDER)
    after = run(announce(wanted[:6], before) + wanted[6:], team(*"ABCD"), rule=IN_ORDER)
    assert "".join(who(after)) == "ABCDABCD"


def test_in_order_fills_two_roles_each_in_its_own_line() -> None:
    sessions = run(needs(range(4)), team(*"ABCD"), rule=IN_ORDER)
    assert "".join(who(sessions)) == "ABCD"
    assert "".join(who(sessions, "presenter")) == "BCDA"


# The reasons


def test_a_turn_is_explained_by_counts_and_who_is_next() -> None:
    history = run(needs(range(4), ("facilitator",)), team("Ada", "Bob", "Cy"))
    given_ = run(needs([4], ("facilitator",)), team("Ada", "Bob", "Cy"), history=history)[0].assignments[0]
    name = who([Session(slot(4), (given_,))])[0]
    assert given_.reason.text.startswith(f"{name} has been facilitator 1 time where 1.7 were due; next is ")
    assert given_.reason.kind == "turn"
    assert len(given_.reason.ranked) == 2
    assert given_.member not in given_.reason.ranked


def test_a_replacement_says_who_cannot_come_and_why() -> None:
    wanted, members = needs(range(4), ("facilitator",)), team("Ada", "Bob", "Cy")
    before = run(wanted, members)
    gone = who(before)[1]
    reason = run(announce(wanted, before), members, {(gone, 1): "has declined"})[1].assignments[0].reason
    assert reason.kind == "replacement"
    assert reason.text.startswith(f"{gone} cannot come (has declined), so somebody else takes over: ")


def test_somebody_gone_from_the_file_is_replaced() -> None:
    wanted = needs(range(4), ("facilitator",))
    before = run(wanted, team("Ada", "Bob", "Cy"))
    after = run(announce(wanted, before), team("Ada", "Bob"))
    assert "Cy" not in who(after)
    assert "cy@example.com is no longer in the team" in after[who(before).index("Cy")].assignments[0].reason.text


def test_a_turn_that_overlaps_another_moves_though_who_was_next_for_it_cannot_come_any_more() -> None:
    members = team(*"ABCDE")
    there, other = needs([1]), Need(slot(1, "team/other"), TALK, presents="presenter")
    (before,) = run([replace(there[0])], members)
    busy, ranked = before.assignments[0].member or "", before.assignments[0].reason.ranked
    moved_here = replace(before, slot=replace(before.slot, starts_at=FIRST))
    both = [replace(other, decided={"presenter": busy}), replace(there[0], announced=moved_here)]
    away = {(ranked[0][0].upper(), 1): "is away"}
    _, after = run(both, members, away)
    assert busy not in after.roles.values() and ranked[0] not in after.roles.values()
    assert "has another duty at that time, so somebody else takes over" in after.assignments[0].reason.text


def test_a_gap_says_who_is_missing_and_whom_to_ask() -> None:
    members = team("Ada", "Bob", "Cy")
    members[2] = members[2].model_copy(update={"excused": ("facilitator",)})
    away = {("Ada", 0): "away until 4 January", ("Bob", 0): "has declined"}
    gap = run(needs([0], ("facilitator",)), members, away)[0].assignments[0]
    assert gap.member is None
    assert gap.eligible == {}
    assert "Ada cannot come (away until 4 January)" in gap.reason.text
    assert "Bob cannot come (has declined)" in gap.reason.text
    assert "Cy is excused from being facilitator" in gap.reason.text
    assert set(gap.reason.ranked) == {"ada@example.com", "bob@example.com"}


# History, pairs and speed


def test_sessions_that_did_not_take_place_do_not_count() -> None:
    history = run(needs(range(3), ("facilitator",)), some(3))
    cancelled = [replace(session, state=State.CANCELLED) for session in history]
    assert who(run(needs([3]), some(3), history=cancelled)) == who(run(needs([3]), some(3)))


def test_history_without_shares_is_read_as_if_those_there_could_have_served() -> None:
    history = run(needs(range(5), ("facilitator",)), some(3))
    bare = [replace(s, assignments=tuple(replace(a, eligible={}) for a in s.assignments)) for s in history]
    assert who(run(needs(range(5, 9)), some(3), history=bare)) == who(run(needs(range(5, 9)), some(3), history=history))


def test_everybody_present_is_in_a_pair_and_a_three_is_told() -> None:
    wanted = [Need(slot(week), ("facilitator",), pairs=True) for week in range(3)]
    sessions = run(wanted, some(5), {("P4", 1): "is away"})
    assert sorted(map(len, sessions[0].pairs)) == [2, 3]
    assert sessions[0].note.startswith("Three together: ")
    assert sorted(map(len, sessions[1].pairs)) == [2, 2]
    assert sessions[1].note == ""
    assert run(announce(wanted, sessions), some(5), {("P4", 1): "is away"}) == sessions


def test_no_needs_no_sessions() -> None:
    assert run([], some(3)) == ()


@pytest.mark.parametrize("count", [0, 1, 2])
def test_tiny_teams_are_staffed_as_far_as_they_go(count: int) -> None:
    assert [len(session.roles) for session in run(needs(range(3)), some(count))] == [count] * 3
