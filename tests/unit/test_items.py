"""What became of each action item, pass by pass."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.team import Team
from daemon.learn.items import lost_items, open_items, shown_items, updated
from daemon.model import ActionItem, Kind, Observed, Session, Slot, State, on_the_wall
from daemon.model.memory import Item, Memory, Progress, Record
from tests.soak import examples
from tests.unit.test_chase import ADA, BOB, team

WALL = datetime.fromisoformat("2026-11-26T12:15")
SLOT = Slot("platform/lunch", WALL, "Europe/Berlin", WALL, on_the_wall(WALL, "Europe/Berlin"), 45, "lunch-and-learn")
PAGE = f"{SLOT.key}/page"
START = datetime(2026, 11, 26, 15, tzinfo=UTC)
Edit = Callable[[Memory, int], Memory]


def item(text: str, who: str | None = "ada", id: str = "", done: bool = False, due: date | None = None) -> ActionItem:
    """An item whose id is its words, as where the wiki has none of its own."""
    return ActionItem(PAGE, id or text.casefold(), text, who, due, done)


def showing(memory: Memory, *items: ActionItem) -> Memory:
    seen = Observed(PAGE, Kind.PAGE, {}, url="https://wiki/1", items=items)
    return memory.with_records(Record(PAGE, Kind.PAGE, observed=seen))


SESSION = Session(SLOT, state=State.HELD, page=PAGE)
EMPTY = showing(Memory("platform", "Platform", sessions={SLOT.key: SESSION}))


def after(*pages: Sequence[ActionItem], of: Team | None = None, start: Memory = EMPTY) -> Memory:
    """Return what is known after a pass a day, each of which found one of these pages."""
    memory = start
    for day, items in enumerate(pages):
        memory = updated(of or team(), showing(memory, *items), START + timedelta(days=day))
    return memory


def states(memory: Memory) -> dict[str, str]:
    return {one.text: one.state.value for one in memory.items.values()}


FIRST = date(2026, 11, 26)


def test_an_item_is_known_from_its_first_day_on() -> None:
    memory = after([item("Write it", due=date(2026, 12, 1)), item("Call them", None)])
    key = f"{PAGE}/write it"
    assert memory.items[key] == Item(
        *(key, PAGE, "write it", "Write it", SLOT.key, FIRST, date(2026, 12, 1)),
        handle="ada",
        assignee=ADA,
        dated=True,
        place=0,
    )
    other = memory.items[f"{PAGE}/call them"]
    assert (other.assignee, other.due, other.dated, other.place) == (None, date(2026, 12, 3), False, 1), (
        "due days after its session"
    )


def test_an_item_of_whatever_id_is_known_by_a_key_that_every_database_takes() -> None:
    of_long_ids = [item("Fix it", id="7" * 5000), item("Mend it", id="7" * 5001)]
    memory = after(of_long_ids, of_long_ids)
    assert len(memory.items) == 2 and max(map(len, memory.items)) < 200


def test_a_pass_that_finds_nothing_new_changes_nothing() -> None:
    memory = after([item("Write it"), item("Buy pizza", done=True), item("Call (dropped)")], [])
    assert updated(team(), memory, START + timedelta(days=9)) is memory
    assert updated(team(), EMPTY, START) is EMPTY


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (item("Write it", done=True, id="7"), Progress.DONE),
        (item("Write it (dropped)", id="7"), Progress.DROPPED),
        (item("Write it: ~~all~~. Won’t do", id="7", done=True), Progress.DROPPED),
    ],
)
def test_the_day_of_its_end_is_kept_and_forgotten_when_it_is_open_again(now: ActionItem, state: Progress) -> None:
    before = item("Write it", id="7")
    (known,) = after([before], [now], [now]).items.values()
    assert (known.state, known.since, known.ended) == (state, FIRST, FIRST + timedelta(days=1))
    (again,) = after([before], [now], [before]).items.values()
    assert (again.state, again.ended) == (Progress.OPEN, None)


def test_handed_over_and_put_off_it_is_the_same_item() -> None:
    (known,) = after([item("Write it")], [item("Write it", "bob", due=date(2027, 1, 5))]).items.values()
    assert (known.assignee, known.due, known.since) == (BOB, date(2027, 1, 5), FIRST)


def test_an_open_item_that_vanishes_is_gone_and_one_that_comes_back_is_the_same() -> None:
    memory = after([item("Write it"), item("Buy pizza", done=True)], [])
    assert states(memory) == {"Write it": "gone", "Buy pizza": "done"}
    assert {one.place for one in memory.items.values()} == {None}
    assert shown_items(memory) == []
    back = after([item("Write it")], start=memory)
    assert states(back) == {"Write it": "open", "Buy pizza": "done"}
    assert back.items.keys() == memory.items.keys()


@pytest.mark.parametrize("how", [{"gone": True}, {"blank": True}, {"trouble": "it is archived"}])
def test_an_item_whose_page_tells_nothing_is_lost_and_comes_back_with_it(how: dict[str, Any]) -> None:
    items = [item("Write it"), item("Buy pizza", done=True), item("Call them")]
    unseen = Observed(PAGE, Kind.PAGE, {}, **how)
    lost = updated(team(), after(items).with_records(Record(PAGE, Kind.PAGE, observed=unseen)), START)
    assert states(lost) == {"Write it": "lost", "Buy pizza": "done", "Call them": "lost"}
    assert shown_items(lost) == []
    assert [one.text for one in lost_items(lost)] == ["Call them", "Write it"]
    back = after([item("Write it up"), item("Buy pizza", done=True)], start=lost)
    assert states(back) == {"Write it up": "open", "Buy pizza": "done", "Call them": "gone"}
    assert back.items.keys() == lost.items.keys()


# The same item in other words


@pytest.mark.parametrize(
    "edited",
    [
        [item("Write the runbook of the ingress")],
        [item("Write the run book!"), item("Call them")],
        [item("Call them"), item("~~Write the runbook~~")],
        [item("Call them"), item("Write the runbook (dropped: nobody asks for it any longer)", "bob")],
        [item("Note down what to do on call")],
    ],
)
def test_an_edited_item_keeps_its_identity(edited: list[ActionItem]) -> None:
    memory = after([item("Write the runbook")], edited)
    key = f"{PAGE}/write the runbook"
    assert memory.items[key].text in {one.text for one in edited} - {"Call them"}
    assert len(memory.items) == len(edited)
    assert key in {one.key for one in shown_items(memory)}


def test_items_edited_at_once_are_told_apart_by_their_words() -> None:
    before = [item("Write the runbook"), item("Write the retro"), item("Tune the index")]
    memory = after(before, [item("Tune both indexes"), item("Write the retro up"), item("Write the runbooks")])
    texts = {key.rpartition("/")[2]: one.text for key, one in memory.items.items()}
    assert texts == {
        "write the runbook": "Write the runbooks",
        "write the retro": "Write the retro up",
        "tune the index": "Tune both indexes",
    }


def test_another_item_is_another() -> None:
    assert states(after([item("Write it")], [item("Rotate the keys"), item("Call them")])) == {
        "Write it": "gone",
        "Rotate the keys": "open",
        "Call them": "open",
    }
    assert states(after([item("Write it")], [item("Rotate the keys", "bob")])) == {
        "Write it": "gone",
        "Rotate the keys": "open",
    }
    assert len(after([item("Write it")], [], [item("Write it up")]).items) == 2, "long gone is gone"


def test_who_takes_the_words_that_an_edited_item_had_gets_a_key_of_its_own() -> None:
    memory = after([item("Write it")], [item("Write it up")], [item("Write it up"), item("Write it")])
    assert {key: one.text for key, one in memory.items.items()} == {
        f"{PAGE}/write it": "Write it up",
        f"{PAGE}/write it+2": "Write it",
    }
    assert {one.key for one in open_items(memory)} == memory.items.keys()


# At first sight


def test_what_is_found_over_long_after_its_session_ended_nobody_knows_when() -> None:
    found = [item("Buy pizza", done=True), item("Call (dropped)"), item("Write it")]
    memory = updated(team(), showing(EMPTY, *found), START + timedelta(days=60))
    assert {one.ended for one in memory.items.values()} == {None}
    assert states(memory) == {"Buy pizza": "done", "Call (dropped)": "dropped", "Write it": "open"}
    assert updated(team(), memory, START + timedelta(days=61)) is memory
    fresh = after(found)
    assert [one.ended for one in fresh.items.values()] == [FIRST, FIRST, None]


def test_before_its_session_begins_only_a_box_with_a_name_is_an_item() -> None:
    memory = showing(EMPTY, item("Agree on a topic", None), item("Order the books"))
    before = updated(team(), memory, START - timedelta(days=1))
    assert states(before) == {"Order the books": "open"}
    assert states(updated(team(), before, START)) == {"Order the books": "open", "Agree on a topic": "open"}


TEXTS = st.sampled_from(["Write it", "Write it up", "Write", "Call them", "Call (dropped)", "~~Call~~", "", "~~", "Ω"])
ITEMS = st.lists(
    st.builds(item, TEXTS, st.sampled_from([None, "ada", "bob", "zoe"]), st.sampled_from("12345"), st.booleans()),
    max_size=4,
    unique_by=lambda one: one.id,
)


@examples(200)
@given(st.lists(ITEMS, max_size=6))
def test_whatever_is_written_each_item_on_the_page_is_known_once(pages: list[list[ActionItem]]) -> None:
    memory = EMPTY
    for day, items in enumerate(pages):
        before, now = memory, START + timedelta(days=day)
        memory = updated(team(), showing(memory, *items), now)
        assert before.items.keys() <= memory.items.keys(), "nothing is forgotten"
        shown = [one for one in memory.items.values() if one.place is not None]
        assert sorted((one.place or 0, one.id) for one in shown) == [(n, one.id) for n, one in enumerate(items)]
        assert {key: one.key for key, one in memory.items.items()} == {key: key for key in memory.items}
        assert all((one.state is Progress.OPEN) == (one.ended is None) for one in memory.items.values())
        assert all(one.state is not Progress.OPEN or one.place is not None for one in memory.items.values())
        assert all(before.items[key].since == memory.items[key].since for key in before.items)
        assert updated(team(), replace(memory), now) == memory
