"""People say things of their turns, in any order: once and twice, at once, in the middle of a pass, while it is killed.

After each pass that went well whoever took a turn has it, nobody has two duties at once, no duty is lost, and nothing
that was said is; and nothing that a mail or a page says is untrue (``oracle.py``).
"""

import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import combinations, count
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from daemon.deliver import Delivered
from daemon.ledger import Ledger
from daemon.loop import Pass, World
from daemon.model import Session
from daemon.model.statements import Door, Statement, StatementKind
from daemon.say import Refusal, say
from tests import soak
from tests.scenarios import lead, people
from tests.scenarios.disturbances import PORT_WRITES, Between, Kill, Killed, disturbed_ledger
from tests.scenarios.oracle import Oracle
from tests.scenarios.programme import Programme, Through

One = TypeVar("One")
PICK = st.integers(0, 10_000)
SIX = [{"name": name, "email": f"{name.lower()}@example.com"} for name in ("Ada", "Bob", "Cleo", "Dan", "Eve", "Fay")]
TEAM: Mapping[str, Any] = {
    "team": "Platform",
    "timezone": "Europe/Berlin",
    "lead": "ada@example.com",
    "members": SIX,
    "series": [
        {"name": name, "format": form, "cadence": {"every": "week", "on": "thursday", "at": time}}
        for name, form, time in (("Lunch", "lunch-and-learn", "12:15"), ("Review", "code-review", "12:30"))
    ],
    "rotation": {"ahead": "5 weeks", "volunteers": "1 week"},
    "topics": [{"title": "Vacuum", "owner": "bob@example.com"}],
    "sessions": [],
}
Duty = tuple[str, str]
"""The key of a session, and a role in it."""
LEADS: tuple[lead.Edit, ...] = (lead.joins, lead.assigns, lead.cancels, lead.takes_back, lead.adds_topic)


def chosen(options: Sequence[One], pick: int) -> One | None:
    return options[pick % len(options)] if options else None


class Talk(RuleBasedStateMachine):
    """A programme in which people say things, and what follows of it, as they understand it."""

    programmes: type[Programme] = Programme

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="peerloop-"))
        self.programme = self.programmes(self.folder, TEAM)
        self.oracle = Oracle(self.programme)
        self._applies()
        self.ids = count()
        self.said: list[Statement] = []
        self.has: dict[Duty, str] = {}
        """Who must have a role, because they said that they take it and nothing was said or done since."""

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    # what is said

    @rule(kind=st.sampled_from(["cannot", "take", "swap-offer", "swap-answer", "hand-back"]), pick=PICK, more=PICK)
    def somebody_says(self, kind: str, pick: int, more: int) -> None:
        self._say(self._statement(kind, pick, more))
        if more % 2:
            self.passes()

    @rule(kind=st.sampled_from(["cannot", "take", "hand-back"]), pick=PICK, nth=st.integers(1, 6))
    def somebody_says_it_during_a_pass(self, kind: str, pick: int, nth: int) -> None:
        """Between any two writes of a pass; it is followed by the next one."""
        self._file_is_edited(pick)
        numbers = count(1)

        def around(write: Callable[[], Any]) -> Any:
            if next(numbers) == nth:
                self._say(self._statement(kind, pick, nth))
            return write()

        def disturbed(world: World) -> World:
            def port(make: Callable[..., object]) -> Callable[..., Any]:
                return lambda *told: Between(make(*told), PORT_WRITES, around)

            ledger = disturbed_ledger(world.ledger, around)
            return replace(world, ledger=ledger, calendar=port(world.calendar), wiki=port(world.wiki))

        self._applies(disturbed)
        self.passes()

    @rule(pick=PICK, more=PICK)
    def two_want_the_same(self, pick: int, more: int) -> None:
        """Both saw it free; one has it, and the other hears so."""
        free = [(one.key, given.role) for one in self.coming() for given in one.assignments if not given.member]
        duty = chosen(free, pick)
        if duty:
            with self.programme.world() as world:
                stale = world.recall(self.programme.file.team)
                whos = [chosen(self.members(), more), chosen(self.members(), more + 1 + pick % 4)]
                both = [self._made(who, "take", *duty) for who in whos]
                answers = [self._through(world, stale, one) for one in both]
            assert sum(answer is None for answer in answers) <= 1, answers
        self.passes()

    @rule(pick=PICK)
    def it_is_said_again(self, pick: int) -> None:
        """A link is followed twice, a button clicked twice."""
        again = chosen(self.said, pick)
        if again:
            with self.programme.world() as world:
                memory = world.recall(self.programme.file.team)
                assert say(world.ledger, self.programme.file.team, memory, again, self.programme.now) is None
        self.passes()

    def _statement(self, kind: str, pick: int, more: int) -> Statement | None:
        memory, coming = self.programme.memory(), self.coming()
        held = [(one.key, role, email) for one in coming for role, email in one.roles.items()]
        mine, theirs = chosen(held, pick), chosen(held, more)
        if kind == "swap-answer":
            offer = chosen(memory.statements.offers, pick)
            answer = "swap-agree" if more % 3 else "swap-refuse"
            return self._made(offer.other, answer, "", value=offer.id) if offer else None
        if kind == "take":
            roles = [(one.key, given.role) for one in coming for given in one.assignments]
            free = [(one.key, given.role) for one in coming for given in one.assignments if not given.member]
            duty = chosen(free or roles, pick)
            return self._made(chosen(self.members(), more), kind, *duty) if duty else None
        if mine is None or theirs is None:
            return None
        key, role, email = mine
        if kind == "hand-back" and self.has:
            (key, role), email = chosen(list(self.has.items()), pick) or ((key, role), email)
        if kind == "swap-offer":
            return self._made(email, kind, key, role, other=theirs[2], value=theirs[0])
        return self._made(email, kind, key, role)

    def _made(self, who: str | None, kind: str, about: str, role: str = "", **more: Any) -> Statement:
        now = self.programme.now
        fields: dict[str, Any] = {"id": str(next(self.ids)), "at": now, "door": Door.WEB, "role": role, **more}
        return Statement(kind=StatementKind(kind), who=who, about=about, **fields)

    def _say(self, statement: Statement | None) -> None:
        if statement:
            with self.programme.world() as world:
                self._through(world, world.recall(self.programme.file.team), statement)

    def _through(self, world: World, memory: Any, statement: Statement) -> Refusal | None:
        """Say it; through a process that is killed by it it is said again, as a person would."""
        team = self.programme.file.team
        if int(statement.id) % 5 == 0:
            with suppress(Killed):
                killed = Between(world.ledger, frozenset({"say"}), _killed(after=int(statement.id) % 2 == 0))
                say(cast(Ledger, killed), team, memory, statement, self.programme.now)
        refused = say(world.ledger, team, memory, statement, self.programme.now)
        if refused is None:
            self.said.append(statement)
            self._understood(world.recall(team).statements.by_id[statement.id])
        return refused

    def _understood(self, said: Statement) -> None:
        """Keep in mind who has what from now on."""
        match said.kind:
            case StatementKind.CANNOT:
                self.programme.cannot.add(said.person or "")
                self.has.pop((said.about, said.role), None)
            case StatementKind.TAKE if said.person:
                self.has[said.about, said.role] = said.person
            case StatementKind.SWAP_AGREE:
                offer = next(one for one in self.said if one.id == said.value)
                assert said.who and offer.who
                self.has[said.about, said.role] = offer.who
                self.has[offer.about, offer.role] = said.who
            case StatementKind.HAND_BACK:
                self.has = {duty: who for duty, who in self.has.items() if self._latest(duty) != said.id}

    def _latest(self, duty: Duty) -> str:
        """Return the id of what was said last of a duty; what hands back a swap is of both."""
        passings = self.programme.memory().statements.passings.get(duty[0], ())
        return next((one.statement.id for one in reversed(passings) if one.role == duty[1]), "")

    # what else happens

    @rule(hours=st.sampled_from((1, 5, 24, 48, 24 * 5)), kill=st.integers(0, 14), after=st.booleans())
    def time_passes(self, hours: int, kill: int, after: bool) -> None:
        self.programme.later(hours=hours)
        self.passes(Kill(kill, after))

    @rule(edit=st.sampled_from(LEADS), pick=PICK, kill=st.integers(0, 14))
    def lead_edits(self, edit: lead.Edit, pick: int, kill: int) -> None:
        edit(self.programme, pick)
        self._forget_what_the_file_decides()
        self.passes(Kill(kill, after=True))

    def _file_is_edited(self, pick: int) -> None:
        chosen(LEADS, pick)(self.programme, pick)  # type: ignore[misc]
        self._forget_what_the_file_decides()

    def _forget_what_the_file_decides(self) -> None:
        decided = {one["on"] for one in self.programme.team["sessions"]}
        self.has = {duty: who for duty, who in self.has.items() if duty[0].rpartition("/")[2][:10] not in decided}

    @rule(pick=PICK)
    def somebody_declines(self, pick: int) -> None:
        people.answers(self.programme, pick)
        self.has = {}  # whoever it was, for whichever dates
        self.passes()

    # what holds

    def members(self) -> list[str]:
        return [one["email"] for one in self.programme.team["members"]]

    def coming(self) -> list[Session]:
        memory = self.programme.memory()
        return [one for one in memory.by_start() if one.slot.starts_at > self.programme.now and one.takes_place]

    def passes(self, disturbed: Through | None = None) -> None:
        self.oracle.history.people_were_here()
        if disturbed:
            with suppress(Killed):
                self._applies(disturbed)
        outcome, delivered = self._applies()
        assert (outcome.errors, delivered.errors) == ((), ())
        self._whoever_took_it_has_it()
        self._nobody_has_two_duties_at_once()
        self._no_duty_is_lost()
        self._nothing_said_is_lost()
        self.oracle.judge_pages()
        again, _ = self._applies()
        assert (again.written, again.plan.changes) == (0, ())

    def _applies(self, through: Through = lambda world: world) -> tuple[Pass, Delivered]:
        """Make a pass, and let the oracle judge what people are told by it."""
        with self.oracle.passing() as here:
            outcome, delivered = self.programme.apply(through)
            here.good = not outcome.errors and not delivered.errors
            return outcome, delivered

    def _whoever_took_it_has_it(self) -> None:
        there = {one.key: one for one in self.coming()}
        for (key, role), who in self.has.items():
            if key in there:
                assert there[key].roles.get(role) == who, (key, role, who, there[key].assignments)

    def _nobody_has_two_duties_at_once(self) -> None:
        for one, other in combinations(self.coming(), 2):
            if one.slot.starts_at < other.slot.ends_at and other.slot.starts_at < one.slot.ends_at:
                twice = {*one.roles.values()} & {*other.roles.values()}
                named = {email for line in self.programme.team["sessions"] for email in line.values()}
                assert twice <= named, (twice, one.assignments, other.assignments)

    def _no_duty_is_lost(self) -> None:
        for one in self.coming():
            assert len(one.assignments) == 2, one.assignments
            assert len({*one.roles.values()}) == len(one.roles), one.assignments
            for given in one.assignments:
                assert given.member or given.waits or given.reason.text.startswith("Nobody can"), given
                assert not given.waits or (given.until and given.until > self.programme.now), given

    def _nothing_said_is_lost(self) -> None:
        known = [one.id for one in self.programme.memory().statements]
        assert len(known) == len({*known})
        assert [one.id for one in self.said] == known


def _killed(after: bool) -> Callable[[Callable[[], Any]], Any]:
    def around(write: Callable[[], Any]) -> Any:
        if after:
            write()
        raise Killed

    return around


@soak.soaked
@pytest.mark.parametrize("part", soak.parts(2))
def test_people_say_things_in_any_order(part: int) -> None:
    soak.attack(Talk, part, soak.either(2, 10), steps=10)
