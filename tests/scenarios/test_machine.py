"""The programme under attack: people, the lead, time, failing backends, a lost ledger and kills, in any order.

After each pass that went well the invariants hold, and a second pass has nothing to do; and nothing that a mail or a
page says is untrue (``oracle.py``).
"""

import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from daemon.deliver import Delivered
from daemon.loop import USUAL_CAPS, Pass
from daemon.plan.guards import Allowance, Stopped
from tests import soak
from tests.scenarios import lead, people
from tests.scenarios.disturbances import FAILURES, Kill, Killed
from tests.scenarios.invariants import Theirs, Turn, check
from tests.scenarios.oracle import Oracle
from tests.scenarios.programme import Place, Programme, Through, start_of, text_of

PICK = st.integers(0, 10_000)
FAILURE = st.sampled_from(FAILURES)


@dataclass(frozen=True)
class Next:
    """What comes after an edit: another edit, or a pass, which may go wrong before one goes well."""

    passes: bool = True
    disturbed: Through | None = None


NEXT = st.one_of(
    st.just(Next()),
    st.just(Next()),
    st.just(Next(passes=False)),
    FAILURE.map(lambda failure: Next(disturbed=failure)),
    st.builds(Kill, nth=st.integers(1, 14), after=st.booleans()).map(lambda kill: Next(disturbed=kill)),
)


class Attack(RuleBasedStateMachine):
    """A programme, everything that may happen to it, and what people are known to have changed."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="peerloop-"))
        self.programme = self.programme_in(self.folder)
        self.theirs = Theirs()
        self.lost = False
        self.caps = USUAL_CAPS
        self.oracle = Oracle(self.programme)

    def programme_in(self, folder: Path) -> Programme:
        """Return the programme to be attacked."""
        return Programme(folder)

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    @initialize()
    def begins(self) -> None:
        self.applies()
        self.known = self.programme.memory()
        self.basis = self._basis()
        self.passes(Next())

    @rule(hours=st.sampled_from((1, 5, 24, 24, 48, 24 * 5, 24 * 9, 24 * 23)), then=NEXT)
    def time_passes(self, hours: int, then: Next) -> None:
        self.programme.later(hours=hours)
        self.passes(then)

    @rule(edit=st.sampled_from(lead.EDITS), pick=PICK, then=NEXT)
    def lead_edits(self, edit: lead.Edit, pick: int, then: Next) -> None:
        edit(self.programme, pick)
        self.passes(then)

    @rule(edit=st.sampled_from(people.IN_CALENDAR), pick=PICK, then=NEXT)
    def calendar_is_edited(self, edit: people.Edit, pick: int, then: Next) -> None:
        if self.lost and edit in (people.deletes_session, people.deletes_series, people.moves_all):
            return  # with the ledger and then the mark gone, nothing is left to tell of what was announced
        place = edit(self.programme, pick)
        if isinstance(place, tuple):
            self._note_event(edit, place)
        self.passes(then)

    @rule(edit=st.sampled_from(people.ON_PAGES), pick=PICK, then=NEXT)
    def page_is_edited(self, edit: people.Edit, pick: int, then: Next) -> None:
        key = edit(self.programme, pick)
        if isinstance(key, str):
            self._note_page(edit, key, pick)
        self.passes(then)

    @rule(then=NEXT)
    def ledger_is_lost(self, then: Next) -> None:
        self.passes(Next())  # what was done since the last pass is nothing that marks could tell of
        self.programme.lose_ledger()
        self.lost = True
        self.programme.taken_off = dict.fromkeys(self.programme.taken_off)  # which no mark tells of everywhere
        self.theirs.deleted_pages.clear()  # no mark can tell of a page that is not there: it is made again
        self.passes(then)

    @rule(
        failure=st.sampled_from(FAILURES), days=st.integers(1, 3), edit=st.sampled_from(people.IN_CALENDAR), pick=PICK
    )
    def backend_is_down(self, failure: Through, days: int, edit: people.Edit, pick: int) -> None:
        """For days nothing goes through to a backend, while people go on."""
        for _ in range(days):
            self.programme.later(hours=24)
            self.applies(failure)
        self.calendar_is_edited(edit, pick, Next(disturbed=failure))

    @rule(then=NEXT)
    def what_was_deleted_is_made_again(self, then: Next) -> None:
        """The operator does what mails tell of a series or a page that a person deleted: ``--allow-create``."""
        there = {uid for uid, _ in self.programme.shown().events}
        self.theirs.forget_deletions(there)
        self.programme.forget_series_but(there)
        self.caps = Allowance(restore=True)
        self.passes(replace(then, passes=True))
        self.caps = USUAL_CAPS

    @rule(place=st.sampled_from(("calendar", "wiki")), hours=st.sampled_from((0, 3, 24)))
    def place_vanishes(self, place: str, hours: int) -> None:
        """All pages, or the whole calendar, cannot be found for some time: nobody has deleted anything."""
        self.passes(Next())
        with self.programme.out_of_sight(place):
            for _ in range(2):
                self.programme.later(hours=hours)
                with suppress(Stopped):
                    self.applies()
        self.passes(Next())

    def passes(self, then: Next) -> None:
        """Let passes run until one went well, check what must hold, and that another one has nothing to do."""
        self.oracle.history.people_were_here()
        if not then.passes:
            return
        before = self.programme.shown()
        self.goes_wrong(then)
        outcome, delivered = self.applies()
        assert (outcome.errors, delivered.errors) == ((), ())
        basis = self._basis()
        changed = self.basis != basis
        if self.lost:
            self.theirs.strangers |= self.basis.keys() - basis.keys()
        check(Turn(self.programme, before, self.known, changed, self.programme.shown(), self.theirs))
        self.oracle.judge_pages()
        self._is_quiet()
        self.known, self.basis, self.lost = self.programme.memory(), basis, False

    def goes_wrong(self, then: Next) -> None:
        """Let a pass fail, if it is to."""
        if then.disturbed:
            with suppress(Killed):
                self.applies(then.disturbed)

    def applies(self, through: Through = lambda world: world) -> tuple[Pass, Delivered]:
        """Make a pass, and let the oracle judge what people are told by it."""
        with self.oracle.passing() as here:
            outcome, delivered = self.programme.apply(through, self.caps)
            here.good = not outcome.errors and not delivered.errors
            return outcome, delivered

    def _is_quiet(self) -> None:
        contents, rows = self.programme.contents(), self.programme.rows()
        again = [(str(one.action), one.resource.key, set(one.fields)) for one in self.programme.plan().plan.changes]
        assert not again, f"a second pass would change {again}"
        outcome, delivered = self.applies()
        assert (outcome.written, delivered.sent) == (0, 0)
        assert self.programme.contents() == contents
        now = self.programme.rows()
        changed = [(table, set(now[table]) ^ set(rows[table])) for table in rows if rows[table] != now[table]]
        assert not changed, changed

    def _basis(self) -> dict[str, object]:
        """Who is in the team, and what assignments depend on."""
        members = self.programme.team["members"]
        return {one["email"].lower(): (one.get("share"), one.get("joined"), one.get("excused")) for one in members}

    def _note_event(self, edit: people.Edit, place: Place) -> None:
        if edit is people.deletes_session:
            self.theirs.forget(place)
            self.theirs.deleted.add(place)
        elif edit is people.restores_session:
            self.theirs.deleted.discard(place)
        elif edit is people.moves_all:
            self.theirs.forget_series(place[0])
        event = self.programme.shown().events.get(place)
        if event is None:
            return
        if edit is people.summarises:
            self.theirs.summaries[place] = text_of(event, "SUMMARY")
        elif edit is people.describes:
            self.theirs.descriptions[place] = text_of(event, "DESCRIPTION")
        elif edit is people.moves_session:
            self.theirs.starts[place] = start_of(event)

    def _note_page(self, edit: people.Edit, key: str, pick: int) -> None:
        if edit is people.retitles_page:
            self.theirs.titles[key] = f"Our own title {pick}"
        elif edit is people.edits_region:
            self.theirs.regions[key] = f"By hand {pick}"
        elif edit is people.deletes_page:
            self.theirs.forget(key)
            self.theirs.deleted_pages.add(key)
        elif edit is people.brings_page_back:
            self.theirs.deleted_pages.discard(key)


@soak.soaked
@pytest.mark.parametrize("part", soak.parts(4))
def test_a_programme_under_attack(part: int) -> None:
    soak.attack(Attack, part, soak.either(4, 10))
