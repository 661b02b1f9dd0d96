"""What holds of the digests of action items, whatever people write on their pages from one hour to the next."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from config.team import Team
from config.values import EveryWorkingDays
from daemon.deliver import deliver
from daemon.learn.items import shown_items, updated
from daemon.ledger import Ledger, open_ledger
from daemon.model import ActionItem, Assignment, Check, Message, Reason, Session
from daemon.model.memory import Memory, Progress
from daemon.tell.chase import WIDEST, reminders
from daemon.tell.kinds import THANKS
from daemon.tell.people import Addressee, addressee
from tests.soak import examples
from tests.unit.test_chase import ADA, BOB, CAT, LEAD, ZONE, team
from tests.unit.test_items import PAGE, SLOT, showing

START = datetime(2026, 11, 30, tzinfo=ZONE)
DAYS, HOURS = 24, (0, 7, 9, 13, 16, 19)
TASKS = ("Alpha", "Bravo", "Charlie")
LED = Session(SLOT, (Assignment("facilitator", BOB, Reason("turn", "")),), page=PAGE)
WORDS = {
    "as it was": "{}",
    "edited": "please do {} well",
    "dropped": "{} (dropped)",
    "will not": "{}: won't do. Dropped",
}


@dataclass
class Outbox:
    """A messenger that delivers at once, in memory."""

    messages: list[Message] = field(default_factory=list)
    domain: str = "example.com"
    is_private: bool = True

    def send(self, message: Message) -> None:
        self.messages.append(message)

    def sent(self, message_id: str) -> bool:
        return any(message.message_id == message_id for message in self.messages)

    def check_up(self) -> Iterator[Check]:
        yield Check("memory", well=True)


# What people write

Edit = tuple[int, int, str, tuple[str, object]]
"""On which day, at which pass of it, of which item, what changes to what."""
CHANGES = st.one_of(
    st.tuples(st.just("text"), st.sampled_from(list(WORDS.values()))),
    st.tuples(st.just("done"), st.booleans()),
    st.tuples(st.just("assignee"), st.sampled_from([None, "ada", "bob", "cat", "zoe"])),
    st.tuples(st.just("due"), st.none() | st.dates(date(2026, 11, 20), date(2026, 12, 20))),
    st.tuples(st.just("there"), st.booleans()),
)
EDITS = st.lists(
    st.tuples(st.integers(0, DAYS - 1), st.integers(0, len(HOURS) - 1), st.sampled_from(TASKS), CHANGES), max_size=12
)
POLICIES = st.sampled_from(
    [["2 days before", "on the day", "every 2 working days"], ["every working day"], ["every 3 working days"]]
)
AWAY = st.sampled_from([[], ["2026-12-03"], ["2026-12-04..2026-12-10", "2026-12-09..2026-12-15"]])


@st.composite
def two_teams(draw: st.DrawFn) -> dict[str, Team]:
    people: dict[str, dict[str, object]] = {
        ADA: {"away": draw(AWAY), "timezone": draw(st.sampled_from([None, "Europe/London", "Europe/Athens"]))},
        CAT: {"leaves": draw(st.sampled_from([None, "2026-12-08"]))},
    }
    chase, holidays = {"remind": draw(POLICIES)}, draw(st.sampled_from([None, {"country": "ES"}]))
    both = {"platform": team(people, chase=chase, holidays=holidays)}
    return both | {"data": both["platform"].model_copy(update={"team": "Data"})}


@dataclass
class Page:
    """What stands on one team's page: each item's text, assignee and date, and whether it is ticked, and there."""

    items: dict[str, dict[str, object]]

    @classmethod
    def fresh(cls) -> "Page":
        return cls(
            {task: {"text": "{}", "assignee": "ada", "due": None, "done": False, "there": True} for task in TASKS}
        )

    def shown(self) -> list[ActionItem]:
        return [self._item(task, told) for task, told in self.items.items() if told["there"]]

    def _item(self, task: str, told: Mapping[str, object]) -> ActionItem:
        text = str(told["text"]).format(task)
        return ActionItem(PAGE, text, text, told["assignee"], told["due"], bool(told["done"]))  # type: ignore[arg-type]


# What comes of it


@dataclass
class World:
    """Two teams that share their people, passed over in turn, with one ledger and one outbox."""

    teams: dict[str, Team]
    ledger: Ledger
    outbox: Outbox = field(default_factory=Outbox)
    pages: dict[str, Page] = field(default_factory=dict)
    memories: dict[str, Memory] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key, one in self.teams.items():
            self.pages[key] = Page.fresh()
            self.memories[key] = Memory(key, one.team, sessions={SLOT.key: LED})
            self.ledger.remember(replace(self.memories[key], sessions={}), self.memories[key])

    def passes(self, now: datetime) -> list[Message]:
        """Pass over both teams, and return what is sent."""
        for key, one in self.teams.items():
            before = self.ledger.recall(key, one.team)
            after = updated(one, showing(before, *self.pages[key].shown()), now)
            self.ledger.remember(before, after)
            self.ledger.leave(key, reminders(one, after, self.ledger.reminded(key), now), now)
            self.memories[key] = after
        known = len(self.outbox.messages)
        assert deliver(self.teams, now, self.ledger, lambda *_: self.outbox).errors == ()
        return self.outbox.messages[known:]

    def in_state(self, *states: Progress) -> set[str]:
        """Return the tasks that are in one of these states in every team, by what their pages show."""
        shown = [
            {task for task in TASKS if any(task in one.text and one.state in states for one in items)}
            for items in map(shown_items, self.memories.values())
        ]
        return set.intersection(*shown)


def moments() -> Iterator[tuple[int, int, datetime]]:
    for day in range(DAYS):
        for number, hour in enumerate(HOURS):
            yield day, number, (START + timedelta(days=day)).replace(hour=hour).astimezone(UTC)


def person(email: str, teams: Mapping[str, Team]) -> Addressee:
    found = addressee(email, next(iter(teams.values())))
    assert found is not None
    return found


def said_of_tasks(message: Message) -> str:
    """Return a digest without its thanks."""
    return message.text.partition(f"\n{THANKS.section.heading}\n")[0]


@examples(3, 8)
@given(two_teams(), EDITS, EDITS)
def test_no_history_floods_anybody_or_speaks_of_what_is_over(
    teams: dict[str, Team], of_platform: Sequence[Edit], of_data: Sequence[Edit]
) -> None:
    edits = {"platform": of_platform, "data": of_data}
    with closing(open_ledger("sqlite://")) as ledger:
        world, days = World(teams, ledger), set[tuple[str, date]]()
        for day, number, now in moments():
            for key, several in edits.items():
                for on, at, task, (what, value) in several:
                    if (on, at) == (day, number):
                        world.pages[key].items[task][what] = value
            for message in world.passes(now):
                who = person(message.to, teams)
                there = now.astimezone(who.zone)
                assert (message.to, there.date()) not in days, "one digest a person a day"
                days.add((message.to, there.date()))
                assert 9 <= there.hour < 17 and there.weekday() < 5 and who.works(there.date())
                over = world.in_state(Progress.DONE, Progress.DROPPED)
                assert not [task for task in over if task in said_of_tasks(message)]
                assert said_of_tasks(message) == message.text or "\n  - " in said_of_tasks(message)


@examples(3, 8)
@given(two_teams(), EDITS)
def test_an_open_overdue_item_is_mentioned_within_its_interval(teams: dict[str, Team], edits: Sequence[Edit]) -> None:
    """A day on which its page was edited begins the count anew."""
    (only,) = [{key: one} for key, one in teams.items() if key == "platform"]
    policy = only["platform"].chase
    longest = WIDEST * min(remind.working_days for remind in policy.remind if isinstance(remind, EveryWorkingDays))
    with closing(open_ledger("sqlite://")) as ledger:
        world, silent = World(only, ledger), dict.fromkeys(TASKS, 0)
        for day in range(DAYS):
            told: list[Message] = []
            for _, number, now in (one for one in moments() if one[0] == day):
                for on, at, task, (what, value) in edits:
                    if (on, at) == (day, number):
                        world.pages["platform"].items[task][what] = value
                        silent = dict.fromkeys(TASKS, -1)
                told += world.passes(now)
            for one in shown_items(world.memories["platform"]):
                task = next(task for task in TASKS if task in one.text)
                who = asked(one.handle, only)
                overdue = one.state is Progress.OPEN and one.due < now.astimezone(who.zone).date()
                named = any(message.to == who.email and task in message.text for message in told)
                waited = silent[task] + who.works(now.astimezone(who.zone).date())
                silent[task] = waited if overdue and not named else 0
                assert silent[task] < longest


def asked(assignee: str | None, teams: Mapping[str, Team]) -> Addressee:
    """Return who is asked: the assignee, or where they have left or are not known, the facilitator."""
    who = addressee(f"{assignee}@example.com", next(iter(teams.values())))
    return who if who and who.leaves is None else person(BOB, teams)


def test_an_item_in_other_words_is_not_said_again_and_one_that_is_handed_over_is() -> None:
    of, now = team(), START.replace(hour=12) + timedelta(days=7)
    page = Page.fresh()

    def keys(memory: Memory) -> list[str]:
        return [one.key for one in reminders(of, memory, (), now)]

    memory = updated(of, showing(Memory("platform", "Platform", sessions={SLOT.key: LED}), *page.shown()), now)
    page.items["Alpha"]["text"] = WORDS["edited"]
    edited = updated(of, showing(memory, *page.shown()), now)
    assert keys(edited) == keys(memory) and len(keys(memory)) == len(TASKS)
    page.items["Alpha"]["assignee"] = "lead"
    handed_over = updated(of, showing(edited, *page.shown()), now)
    assert [key.rpartition("/")[2] for key in {*keys(handed_over)} - {*keys(memory)}] == [LEAD]
