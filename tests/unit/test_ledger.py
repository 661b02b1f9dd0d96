"""The ledger keeps what happened, says each thing once, and belongs to one process at a time; on either database."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, event, inspect, text

from config.team_file import place_of
from daemon.learn.life import LATELY
from daemon.ledger import (
    Ledger,
    LedgerBusy,
    LedgerError,
    LedgerReplaced,
    Superseded,
    Unusable,
    advisory,
    database,
    open_ledger,
    server,
)
from daemon.ledger.digests import KEPT
from daemon.ledger.documents import as_document, from_document
from daemon.ledger.right import InMemory
from daemon.ledger.store import UNNAMED
from daemon.ledger.tables import metadata
from daemon.model import (
    ActionItem,
    Answer,
    Assignment,
    CalledOffBy,
    Kind,
    Mark,
    Message,
    Observed,
    Reason,
    Reminded,
    Reminder,
    Session,
    Slot,
    State,
    Topic,
    on_the_wall,
)
from daemon.model.entries import Entry
from daemon.model.memory import FreeBusy, Generation, Item, KnownSeries, Memory, Progress, Record
from daemon.model.messages import Claim, Miss, Unsent
from daemon.model.statements import Door, Statement, StatementKind
from tests.postgresql import cluster, new_database, server_is_installed

ZONE = "Europe/Berlin"
DAY = date(2026, 12, 10)
NOON = datetime(2026, 12, 10, 12, tzinfo=UTC)
SLOT = "platform/lunch-learn/2026-12-10T12:15"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL server of our own, without a database."""
    if not server_is_installed():
        pytest.skip("no PostgreSQL server (initdb) is installed here: the ledger is tested on SQLite alone")
    with cluster() as started:
        yield started.address


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """What gives the address of a database that nobody has used yet."""
    if request.param == "sqlite":
        numbers = count()
        return lambda: f"sqlite:///{tmp_path / f'ledger-{next(numbers)}.db'}"
    address = request.getfixturevalue("postgresql")
    return lambda: new_database(address)


@pytest.fixture
def url(new_url: Callable[[], str]) -> str:
    """The address of the database in which the ledger is."""
    return new_url()


@pytest.fixture
def other_url(new_url: Callable[[], str]) -> str:
    """The address of another one."""
    return new_url()


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    with closing(open_ledger(url)) as opened:
        yield opened


# What is remembered


def full_memory() -> Memory:
    """A memory in which every kind of value occurs, awkward text too."""
    wall = datetime.fromisoformat("2026-12-10T12:15")
    starts_at = on_the_wall(wall, ZONE)
    slot = Slot("platform/lunch-learn", wall, ZONE, wall, starts_at + timedelta(hours=1), 45, "lunch-and-learn")
    given = Assignment("facilitator", "ada@example.com", Reason("turn", "Ada’s turn\n✓", ("bob@example.com",)))
    nobody = Assignment("presenter", None, Reason("turn", "Nobody can."), {"bob@example.com": 0.5})
    topic = Topic(title="Ω & <b>", area="kubernetes", votes=3, added=date(2026, 10, 5), was=("Alt",))
    session = Session(
        slot,
        (given, nobody),
        (("ada@example.com", "bob@example.com"),),
        topic,
        "Most votes",
        State.CANCELLED,
        CalledOffBy.LEAD,
        "a note",
        "platform/lunch-learn/1",
        f"{SLOT}/page",
    )
    page = Observed(
        f"{SLOT}/page",
        Kind.PAGE,
        {"title": "0123456789"},
        Mark(f"{SLOT}/page", {"title": "0123456789"}, {"facilitator": "ada@example.com"}),
        url="wiki/platform/x.md",
        version="7",
        title="2026-12-10 Lunch & Learn",
        items=(ActionItem(f"{SLOT}/page", "1", "write it down", "ada", DAY, done=True),),
    )
    shown = Observed(
        SLOT,
        Kind.SESSION,
        {},
        event="platform/lunch-learn/1",
        starts_at=starts_at,
        minutes=45,
        cancelled=True,
        gone=True,
        guests=("ada@example.com",),
        answers={"ada@example.com": Answer.DECLINED},
        trouble="in two places",
    )
    records = (
        Record(page.key, Kind.PAGE, {"title": "0123456789"}, {"region": "9876543210"}, observed=page),
        Record(SLOT, Kind.SESSION, guests=("ada@example.com",), observed=shown),
    )
    generation = Generation("platform/lunch-learn/1", "platform/lunch-learn", 1, wall, ZONE, "FREQ=WEEKLY;BYDAY=TH")
    open_item = Item("1", page.key, "a", "write\nΩ", SLOT, DAY, DAY, "ada", "ada@example.com", dated=True, place=0)
    return Memory(
        "platform",
        "Platform",
        {"rule": "fair-share"},
        {"calendar": "abc"},
        {"platform/lunch-learn": KnownSeries("platform/lunch-learn", "Lunch & Learn", DAY)},
        {generation.key: generation, "old": replace(generation, key="old", number=0, until=wall)},
        {SLOT: session},
        {record.key: record for record in records},
        items={item.key: item for item in (open_item, replace(open_item, key="2", state=Progress.DONE, ended=DAY))},
    )


def test_a_memory_comes_back_as_it_was(ledger: Ledger) -> None:
    memory = full_memory()
    ledger.remember(Memory("platform", "Platform"), memory)
    assert ledger.recall("platform", "whatever it is called") == memory
    assert ledger.team_keys() == {"Platform": "platform"}


def test_a_memory_comes_back_to_another_process(ledger: Ledger, url: str) -> None:
    ledger.remember(Memory("platform", "Platform"), full_memory())
    with closing(open_ledger(url)) as again:
        assert again.recall("platform", "Platform") == full_memory()


def test_keys_of_another_release_survive_a_pass_of_this_one(ledger: Ledger) -> None:
    memory = full_memory()
    ledger.remember(Memory("platform", "Platform"), memory)
    session = memory.sessions[SLOT]
    with added_by_another_release(ledger) as document:
        document["mood"] = "good"
        document["slot"]["room"] = "Attic"
        document["assignments"][0]["since"] = "2026-12-01"
        document["topic"]["asked_by"] = ["retro"]
    assert ledger.recall("platform", "Platform") == memory
    facilitator, presenter = session.assignments
    changed = replace(session, note="moved", assignments=(facilitator, replace(presenter, member="bob@example.com")))
    ledger.remember(memory, replace(memory, sessions={SLOT: changed}))
    assert ledger.recall("platform", "Platform").sessions == {SLOT: changed}
    with added_by_another_release(ledger) as document:
        assert (document["mood"], document["slot"]["room"]) == ("good", "Attic")
        assert document["assignments"][0]["since"] == "2026-12-01"
        assert document["topic"]["asked_by"] == ["retro"] and document["note"] == "moved"


def test_keys_of_another_release_survive_in_what_is_known_of_a_team_and_in_what_waits(ledger: Ledger) -> None:
    memory, waits = full_memory(), reminder("item", "action-item")
    ledger.remember(Memory("platform", "Platform"), memory)
    ledger.leave("platform", [waits], NOON)
    for table, column in (("teams", "free_busy"), ("reminders", "document")):
        with added_by_another_release(ledger, table, column) as document:
            document["mood"] = "good"
    ledger.remember(memory, replace(memory, free_busy=FreeBusy(DAY + timedelta(days=1))))
    with statements(ledger) as said:
        ledger.leave("platform", [waits], NOON)
    assert all(one.startswith(("SELECT", "BEGIN")) for one in said)
    ledger.leave("platform", [replace(waits, text="now without a topic")], NOON)
    for table, column in (("teams", "free_busy"), ("reminders", "document")):
        with added_by_another_release(ledger, table, column) as document:
            assert document["mood"] == "good"


def test_a_value_of_another_release_is_refused_in_a_sentence(ledger: Ledger) -> None:
    ledger.remember(Memory("platform", "Platform"), full_memory())
    with added_by_another_release(ledger) as document:
        document["called_off_by"] = "weather"
    with pytest.raises(LedgerError, match="called_off_by that this peerloop does not know; use the newer peerloop"):
        ledger.recall("platform", "Platform")


@contextmanager
def added_by_another_release(
    ledger: Ledger, table: str = "sessions", column: str = "document"
) -> Iterator[dict[str, Any]]:
    """Yield the only document of a table, to be read or added to."""
    with ledger._engine.begin() as connection:
        document = json.loads(connection.execute(text(f"SELECT {column} FROM {table}")).scalar_one())
        yield document
        connection.execute(text(f"UPDATE {table} SET {column} = :text"), {"text": json.dumps(document)})


def test_of_an_unknown_team_nothing_is_known(ledger: Ledger) -> None:
    ledger.remember(Memory("platform", "Platform"), full_memory())
    assert ledger.recall("data", "Data") == Memory("data", "Data")


def test_what_has_gone_is_forgotten_and_another_team_keeps_its_own(ledger: Ledger) -> None:
    memory = full_memory()
    other = replace(memory, team="data", name="Data")
    ledger.remember(Memory("platform", "Platform"), memory)
    ledger.remember(Memory("data", "Data"), other)
    bare = replace(memory, sessions={}, records={}, generations={}, basis={}, cursors={}, items={})
    ledger.remember(memory, bare)
    assert ledger.recall("platform", "Platform") == bare
    assert ledger.recall("data", "Data") == other


def test_only_what_differs_is_written(ledger: Ledger) -> None:
    memory = full_memory()
    ledger.remember(Memory("platform", "Platform"), memory)
    with statements(ledger) as said:
        ledger.remember(memory, full_memory())
    assert said == []
    with statements(ledger) as said:
        ledger.remember(memory, replace(memory, sessions={SLOT: replace(memory.sessions[SLOT], note="moved")}))
    assert sorted(one.split(" (")[0] for one in said if one.startswith(("INSERT", "UPDATE", "DELETE"))) == [
        "INSERT INTO revisions",
        "INSERT INTO sessions",
        "INSERT INTO teams",
    ]


def test_who_writes_counts_all_that_changes_at_once_and_last_so_that_no_two_wait_for_each_other(ledger: Ledger) -> None:
    memory, plain = full_memory(), Memory("platform", "Platform")
    given = replace(memory.sessions[SLOT], state=State.ANNOUNCED)
    lost = replace(reminder("x"), key=f"platform/undelivered/ada@example.com/{DAY}")
    said = Statement(id="1", kind=StatementKind.CANNOT, about=SLOT, at=NOON, door=Door.WEB, who="ada@example.com")
    steps: list[Callable[[], object]] = [
        lambda: ledger.remember(plain, replace(memory, sessions={SLOT: given}), [reminder("moved")]),
        lambda: ledger.leave("platform", [reminder("item", "duty"), reminder("moved"), lost], NOON),
        lambda: ledger.add("platform", [reminder("late")]),
        lambda: ledger.digests.claim(
            [Claim(digest(), [reminder("moved"), reminder("item", "duty")], [reminder("late")])]
        ),
        lambda: ledger.digests.fail(digest().message_id, NOON, Miss("busy")),
        lambda: ledger.digests.settle(digest().message_id, NOON),
        lambda: ledger.say("platform", said),
        lambda: ledger.troubles.note("platform", ["wiki"], {"wiki": "down"}, NOON),
    ]
    for step in steps:
        with statements(ledger) as told:
            step()
        written = [one.startswith("INSERT INTO revisions") for one in told if one.startswith(WRITES)]
        assert written and written[-1] and sum(written) == 1, told


WRITES = ("INSERT", "UPDATE", "DELETE", "LOCK")


def test_a_memory_is_recorded_with_its_notices_or_not_at_all(ledger: Ledger) -> None:
    bad = replace(reminder("moved"), key=None)  # type: ignore[arg-type]
    with pytest.raises(Exception, match=r"(?i)null"):
        ledger.remember(Memory("platform", "Platform"), full_memory(), [reminder("cancelled"), bad])
    assert ledger.recall("platform", "Platform") == Memory("platform", "Platform")
    assert ledger.waiting() == {}


@contextmanager
def statements(ledger: Ledger) -> Iterator[list[str]]:
    """Yield what is said to the database."""
    said: list[str] = []

    def note(*told: Any) -> None:
        said.append(told[2])

    event.listen(ledger._engine, "before_cursor_execute", note)
    yield said
    event.remove(ledger._engine, "before_cursor_execute", note)


# What people hear


def reminder(part: str, kind: str = "notice", to: str = "ada@example.com") -> Reminder:
    return Reminder(f"{SLOT}/{part}", "platform", to, kind, f"{part}: Ω", "https://example.com", DAY, kind == "notice")


def digest(day: date = DAY, to: str = "ada@example.com") -> Message:
    return Message(
        f"<digest.{day}.{to}>", to, "Ada", "One thing", "Text\n", datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    )


@pytest.fixture
def team_ledger(ledger: Ledger) -> Ledger:
    ledger.remember(Memory("platform", "Platform"), full_memory())
    return ledger


def test_a_reminder_is_left_due_once_for_good(team_ledger: Ledger) -> None:
    item = reminder("item", "action-item")
    team_ledger.leave("platform", [item, item], NOON)
    team_ledger.leave("platform", [item], NOON)
    assert team_ledger.waiting() == {"ada@example.com": (item,)}
    assert team_ledger.digests.claim([Claim(digest(), [item])])
    team_ledger.leave("platform", [item], NOON)
    assert team_ledger.waiting() == {}


def test_a_reminder_that_no_longer_holds_is_withdrawn_and_a_notice_stays(team_ledger: Ledger) -> None:
    item, duty, notice = reminder("item", "action-item"), reminder("duty", "duty", "bob@example.com"), reminder("moved")
    team_ledger.remember(full_memory(), full_memory(), [notice])
    team_ledger.leave("platform", [item, duty], NOON)
    team_ledger.leave("platform", [duty], NOON)
    assert team_ledger.waiting() == {"bob@example.com": (duty,), "ada@example.com": (notice,)}


def test_more_reminders_than_a_statement_takes_are_left_and_withdrawn() -> None:
    many = [reminder(f"item-{n:05}", "action-item") for n in range(33_000)]
    with closing(open_ledger("sqlite://")) as ledger:
        ledger.remember(Memory("platform", "Platform"), full_memory())
        ledger.leave("platform", many, NOON)
        ledger.leave("platform", many[:1], NOON)
        assert ledger.waiting() == {"ada@example.com": (many[0],)}


def test_leaving_is_the_business_of_one_team(team_ledger: Ledger) -> None:
    other = replace(full_memory(), team="data", name="Data")
    team_ledger.remember(Memory("data", "Data"), other)
    theirs = replace(reminder("item", "duty"), key="data/item", team="data")
    team_ledger.leave("data", [theirs], NOON)
    team_ledger.leave("platform", [], NOON)
    assert team_ledger.waiting() == {"ada@example.com": (theirs,)}


def test_a_digest_is_claimed_once_a_person_and_day(team_ledger: Ledger) -> None:
    first, second = reminder("first"), reminder("second")
    team_ledger.leave("platform", [first, second], NOON)
    assert not had_on(team_ledger, DAY)
    assert team_ledger.digests.claim([Claim(digest(), [first])])
    assert had_on(team_ledger, DAY)
    assert not team_ledger.digests.claim([Claim(replace(digest(), message_id="<another>"), [second])])
    assert team_ledger.waiting() == {"ada@example.com": (second,)}, "what was not in the digest waits for the next"
    assert team_ledger.digests.claim([Claim(digest(DAY + timedelta(days=1)), [second])])
    assert team_ledger.digests.claim([Claim(digest(to="bob@example.com"))])


def test_a_claimed_digest_is_kept_word_for_word_until_it_is_settled(team_ledger: Ledger) -> None:
    tomorrow = DAY + timedelta(days=1)
    assert team_ledger.digests.claim([Claim(digest(tomorrow))])
    assert team_ledger.digests.claim([Claim(digest())])
    assert [one.message for one in team_ledger.digests.unsent()] == [digest(), digest(tomorrow)], "the oldest first"
    team_ledger.digests.fail(digest().message_id, NOON, Miss("mailbox full"))
    assert team_ledger.digests.unsent()[0] == Unsent(digest()), "what failed is tried again"
    team_ledger.digests.settle(digest().message_id, NOON)
    assert team_ledger.digests.unsent() == (Unsent(digest(tomorrow)),)


def test_what_was_said_is_forgotten_once_no_pass_has_named_it_for_a_quarter(team_ledger: Ledger) -> None:
    item, duty = reminder("item", "action-item"), reminder("duty", "duty")
    team_ledger.leave("platform", [item, duty], NOON)
    assert team_ledger.digests.claim([Claim(digest(), [item, duty])])
    for weeks in range(1, 20):
        team_ledger.leave("platform", [item], NOON + timedelta(weeks=weeks))
    assert said_by(team_ledger) == {item.key}
    team_ledger.leave("platform", [item, duty], NOON + timedelta(weeks=20))
    assert team_ledger.waiting() == {"ada@example.com": (duty,)}, "what holds is not said again, and old news is"


def test_only_what_really_went_out_counts_as_said_of_an_item(team_ledger: Ledger) -> None:
    days = [DAY + timedelta(days=n) for n in range(3)]
    sent, given_up, unsent = map(digest, days)
    seen, muted, lost, late = (
        replace(reminder(name, "action-item"), about="page/1") for name in ("seen", "muted", "lost", "late")
    )
    duty = reminder("duty", "duty")
    team_ledger.leave("platform", [seen, muted, lost, late, duty], NOON)
    assert team_ledger.digests.claim([Claim(sent, [seen, duty], [muted])])
    assert team_ledger.digests.claim([Claim(given_up, [lost])])
    assert team_ledger.digests.claim([Claim(unsent, [late])])
    assert team_ledger.waiting() == {}
    assert team_ledger.reminded("platform") == (), "claimed is not sent"
    team_ledger.digests.settle(sent.message_id, NOON)
    team_ledger.digests.fail(given_up.message_id, NOON, Miss("no such mailbox", for_good=True))
    team_ledger.digests.fail(unsent.message_id, NOON, Miss("mailbox full"))
    assert team_ledger.reminded("platform") == (Reminded(seen.key, "page/1", seen.to, NOON),)
    assert team_ledger.reminded("data") == ()
    for weeks in range(1, 30):  # in which the mails are forgotten, and newer stages are named
        now = NOON + timedelta(weeks=weeks)
        assert team_ledger.digests.claim([Claim(digest(DAY + timedelta(weeks=weeks)))])
        team_ledger.leave("platform", [], now, counted=[one.key for one in team_ledger.reminded("platform")])
    assert team_ledger.reminded("platform") == (Reminded(seen.key, "page/1", seen.to, None),)


def test_a_pass_that_names_the_same_writes_once_a_month(team_ledger: Ledger) -> None:
    item = reminder("item", "action-item")
    team_ledger.leave("platform", [item], NOON)
    assert team_ledger.digests.claim([Claim(digest(), [item])])
    with statements(team_ledger) as said:
        for days in range(60):
            team_ledger.leave("platform", [item], NOON + timedelta(days=days))
    assert sum(one.startswith("UPDATE reminders") for one in said) == 2


def test_what_tells_of_a_moment_waits_for_a_week_after_its_day(team_ledger: Ledger) -> None:
    notice = reminder("moved")
    team_ledger.remember(full_memory(), full_memory(), [notice])
    team_ledger.leave("platform", [], NOON + timedelta(days=6))
    assert team_ledger.waiting() == {"ada@example.com": (notice,)}
    team_ledger.leave("platform", [], NOON + timedelta(days=7))
    assert team_ledger.waiting() == {}


def test_nothing_is_forgotten_that_somebody_may_still_ask_for() -> None:
    assert KEPT > LATELY, "the lead hears that a digest did not arrive"
    assert UNNAMED > 2 * LATELY, "people are seldom away for longer"


def test_a_settled_digest_goes_when_it_can_matter_no_more(team_ledger: Ledger) -> None:
    days = [DAY + timedelta(days=n) for n in (0, 1, 2, 40)]
    sent, given_up, unsent, latest = map(digest, days)
    assert team_ledger.digests.claim([Claim(one) for one in (sent, given_up, unsent)]) == [sent, given_up, unsent]
    team_ledger.digests.settle(sent.message_id, sent.date)
    team_ledger.digests.fail(given_up.message_id, given_up.date, Miss("no such mailbox", for_good=True))
    assert [one.message for one in team_ledger.digests.undelivered()] == [given_up]
    assert team_ledger.digests.claim([Claim(latest)])
    assert team_ledger.digests.undelivered() == ()
    assert team_ledger.digests.unsent() == (Unsent(unsent), Unsent(latest))
    assert not had_on(team_ledger, DAY) and had_on(team_ledger, days[3])


def had_on(ledger: Ledger, day: date) -> bool:
    noon = datetime.combine(day, NOON.timetz())
    return ledger.digests.had(noon).any_on(["ada@example.com"], noon)


def said_by(ledger: Ledger) -> set[str]:
    with ledger._reading() as connection:
        return {*connection.execute(text("SELECT key FROM reminders WHERE digest IS NOT NULL")).scalars()}


# One at a time

HOLDER = """
import sys, time
from daemon.ledger import open_ledger
with open_ledger(sys.argv[1]).alone():
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_ledger_is_held_by_one_process_and_a_killed_one_delays_nobody(ledger: Ledger, url: str) -> None:
    command = [sys.executable, "-c", HOLDER, url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(LedgerBusy, match="another peerloop"), ledger.alone():
            raise AssertionError("two at once")
        holder.send_signal(signal.SIGKILL)
    for _ in range(50):  # PostgreSQL notices a moment later that its client has gone
        try:
            with ledger.alone():
                return
        except LedgerBusy:
            signal.sigtimedwait([], 0.1)
    raise AssertionError("a killed process still holds the ledger")


def test_a_ledger_is_free_again_after_an_error(ledger: Ledger) -> None:
    with pytest.raises(ZeroDivisionError), ledger.alone():
        raise ZeroDivisionError
    with ledger.alone():
        pass


def test_a_busy_ledger_names_the_process_at_work(tmp_path: Path) -> None:
    at_work = rf"process {os.getpid()}\b"
    with closing(open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")) as ledger, ledger.alone():  # noqa: SIM117
        with pytest.raises(LedgerBusy, match=at_work), ledger.alone():
            pass


def test_a_ledger_in_its_place_that_is_anothers_is_not_written_until_it_is_free(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with closing(open_ledger(f"sqlite:///{path}")) as ledger, ledger.alone():
        for file in tmp_path.iterdir():
            file.unlink()
        with closing(open_ledger(f"sqlite:///{path}")) as other, other.alone():
            not_gone_on_with(ledger, LedgerBusy)
            path.with_name("ledger.db.lock").unlink()
            not_gone_on_with(ledger, LedgerBusy)
            other.digests.settle("<nobody's>", NOON)
        ledger.reopen()
        ledger.digests.settle("<nobody's>", NOON)


def test_a_team_file_may_lie_ever_so_deep(ledger: Ledger) -> None:
    deep = Path("/", *(sha256(b"%d" % depth).hexdigest() for depth in range(120)))
    for name in ("team", "\udcff"):
        ledger.last_good.keep({place_of(deep / name): f"team: {ord(name[0])}"})
    for name in ("team", "\udcff"):
        assert ledger.last_good.of(place_of(deep / name)) == f"team: {ord(name[0])}"


def test_a_file_in_its_place_that_is_no_ledger_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with closing(open_ledger(f"sqlite:///{path}")) as ledger, ledger.alone():
        for file in tmp_path.iterdir():
            file.unlink()
        with closing(sqlite3.connect(path)) as foreign:
            foreign.execute("CREATE TABLE teams (name TEXT)")
        not_gone_on_with(ledger, LedgerError)


def test_an_empty_folder_in_its_place_is_left_empty(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with closing(open_ledger(f"sqlite:///{data}/ledger.db")) as ledger, ledger.alone():
        ledger.remember(Memory("platform", "Platform"), full_memory())
        data.rename(tmp_path / "away")
        data.mkdir()

        def read(_: int) -> None:
            with suppress(LedgerError):
                ledger.recall("platform", "Platform")

        with ThreadPoolExecutor(10) as threads:
            list(threads.map(read, range(100)))
        assert not [*data.iterdir()]
        with pytest.raises(LedgerError, match="is not there any more"):
            ledger.digests.settle("<nobody's>", NOON)
        data.rmdir()
        (tmp_path / "away").rename(data)
        assert ledger.recall("platform", "Platform") == full_memory()
        ledger.digests.settle("<nobody's>", NOON)


@pytest.mark.parametrize("endings", [("-wal", "-shm"), ("-wal",), ("-shm",)])
def test_nothing_is_lost_with_the_files_of_sqlite_beside_it(tmp_path: Path, endings: tuple[str, ...]) -> None:
    path = tmp_path / "ledger.db"
    with closing(open_ledger(f"sqlite:///{path}")) as ledger, ledger.alone():
        ledger.remember(Memory("platform", "Platform"), full_memory())
        for ending in endings:
            path.with_name(f"ledger.db{ending}").unlink()
        with pytest.raises(LedgerReplaced, match="what stood in it is in the ledger now"):
            ledger.digests.settle("<nobody's>", NOON)
        ledger.reopen()
        assert ledger.recall("platform", "Platform") == full_memory()
        assert ledger.digests.claim([Claim(digest())])
    with closing(open_ledger(f"sqlite:///{path}")) as again:
        assert again.recall("platform", "Platform") == full_memory()
        assert [one.message for one in again.digests.unsent()] == [digest()]


def not_gone_on_with(ledger: Ledger, why: type[LedgerError]) -> None:
    """See that it cannot be reopened, nor written, however often it is tried, and that trying leaves nothing open."""
    left_open = set[int]()
    for _ in range(3):
        with pytest.raises(LedgerReplaced, match="replaced by another file"):
            ledger.digests.settle("<nobody's>", NOON)
        with pytest.raises(why):
            ledger.reopen()
        ledger._engine.dispose()
        left_open.add(len([*Path("/proc/self/fd").iterdir()]) if sys.platform == "linux" else 0)
    assert len(left_open) == 1


@pytest.mark.skipif(not server_is_installed(), reason="no PostgreSQL server (initdb) is installed here")
def test_after_a_restart_of_postgresql_the_one_at_work_goes_on_and_no_second_is_let_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(advisory, "RENEWED_EVERY", 3600)
    with cluster() as server:
        url = new_database(server.address)
        with closing(open_ledger(url)) as ledger, closing(open_ledger(url)) as other, ledger.alone():
            server.restart()
            ledger.keep()
            with pytest.raises(LedgerBusy, match="another peerloop"), other.alone():
                raise AssertionError("two at once")
            ledger.digests.settle("<nobody's>", NOON)  # a write
            server.restart()
            with other.alone():  # it was faster
                for _ in range(2):
                    with pytest.raises(LedgerBusy, match="another peerloop"):
                        ledger.digests.settle("<nobody's>", NOON)
            written_once_the_other_has_left(ledger)


def written_once_the_other_has_left(ledger: Ledger) -> None:
    """Write as soon as the server has noticed that the other's session is at its end."""
    end = time.monotonic() + 30
    while True:
        try:
            return ledger.digests.settle("<nobody's>", NOON)
        except LedgerBusy:
            assert time.monotonic() < end
            time.sleep(0.05)


def test_who_waited_to_write_while_another_ledger_was_put_in_place_writes_nothing(tmp_path: Path) -> None:
    path, copy = tmp_path / "ledger.db", tmp_path / "copy"
    with closing(open_ledger(f"sqlite:///{path}")) as ledger, ledger.alone(), ThreadPoolExecutor(2) as pool:
        with closing(sqlite3.connect(path)) as database:
            database.execute(f"VACUUM INTO '{copy}'")

        def write() -> None:
            with ledger.in_era(ledger.era):
                begun.set()
                ledger.looks.note("doubted", datetime.now(UTC))

        begun = threading.Event()
        with ledger._writing():
            late = pool.submit(write)
            assert begun.wait(30)
            time.sleep(0.2)  # until it waits
            copy.rename(path)
            anew, end = pool.submit(ledger.reopen), time.monotonic() + 30
            while not ledger.era:
                assert time.monotonic() < end
                time.sleep(0.01)
        anew.result(30)
        with pytest.raises((Superseded, LedgerReplaced)):  # the latter where the machine was slow to let it wait
            late.result(30)
        assert not ledger.looks.doubted


def test_what_is_too_long_for_a_key_says_nothing_of_the_database(postgresql: str) -> None:
    too_long = "".join(sha256(b"%d" % number).hexdigest() for number in range(200))
    with closing(open_ledger(new_database(postgresql))) as opened:
        with pytest.raises(LedgerError, match="refused what was to be written") as refused:
            opened.last_good.keep({too_long: "team: Platform"})
        assert not isinstance(refused.value, Unusable)
        opened.try_out()


def test_a_database_that_cannot_keep_all_letters_is_none_for_a_ledger(postgresql: str) -> None:
    engine = create_engine(f"{postgresql}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"))
    engine.dispose()
    with pytest.raises(LedgerError, match=r"keeps letters as LATIN1, .*Make one with ENCODING 'UTF8'"):
        open_ledger(f"{postgresql}/latin")


def test_what_is_usual_on_a_server_is_not_what_is_spoken(postgresql: str) -> None:
    url = new_database(postgresql)
    engine = create_engine(url)
    with engine.begin() as connection:
        for setting in ("DateStyle = 'SQL, DMY'", "client_encoding = 'LATIN1'"):
            connection.execute(text(f"ALTER DATABASE {url.rpartition('/')[2]} SET {setting}"))
    engine.dispose()
    with closing(open_ledger(url)) as ledger, ledger.among_workers(), ledger.leases.over("team") as lease:
        assert abs(lease.given_at - datetime.now(UTC)) < timedelta(minutes=1)
        ledger.remember(Memory("platform", "Ωmega"), replace(full_memory(), name="Ωmega"))
        assert ledger.recall("platform", "").name == "Ωmega"


def test_who_writes_to_a_file_waits_for_the_other_thread_and_not_for_sqlite(tmp_path: Path) -> None:
    with closing(open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")) as ledger, statements(ledger) as said:
        with ledger.alone(), ThreadPoolExecutor(1) as pool:
            with ledger._writing():
                other = pool.submit(ledger.digests.settle, "<nobody's>", NOON)
                with pytest.raises(TimeoutError):
                    other.result(0.3)
                assert said.count("BEGIN IMMEDIATE") == 1, "the other one has not asked SQLite yet"
            other.result()
        assert said.count("BEGIN IMMEDIATE") == 2


def told_by(ledger: Ledger) -> str:
    with pytest.raises(LedgerError) as told:
        ledger.digests.settle("<nobody's>", NOON)
    return str(told.value)


def test_what_a_server_does_not_let_it_do_is_told_in_words_and_keeps_nobody_waiting(
    postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "BUSY_SECONDS", 1)
    url = new_database(postgresql)
    engine = create_engine(url)
    with closing(open_ledger(url)) as ledger:
        with engine.begin() as others:
            others.execute(text("LOCK TABLE digests IN ACCESS EXCLUSIVE MODE"))
            assert "cannot be used now (canceling statement due to lock timeout)" in told_by(ledger)
        ledger.digests.settle("<nobody's>", NOON)
        with engine.begin() as others:
            others.execute(text(f"ALTER DATABASE {url.rpartition('/')[2]} SET default_transaction_read_only = on"))
        ledger._engine.dispose()
        assert "cannot be used now (cannot execute UPDATE in a read-only transaction)" in told_by(ledger)
        with engine.begin() as others:
            others.execute(text("SET TRANSACTION READ WRITE"))
            others.execute(text(f"ALTER DATABASE {url.rpartition('/')[2]} RESET default_transaction_read_only"))
            others.execute(text("DROP TABLE digests CASCADE"))
        ledger._engine.dispose()
        told = told_by(ledger)
        assert 'lacks a table, or hides it (relation "digests" does not exist). Where the database is a new one' in told
    engine.dispose()


# The database


def test_the_schema_is_that_of_the_tables(ledger: Ledger, url: str) -> None:
    engine = create_engine(url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert {*inspect(connection).get_table_names()} == {*metadata.tables, "alembic_version"}
    engine.dispose()


def test_the_migrations_make_the_same_tables(ledger: Ledger, url: str, other_url: str) -> None:
    made, migrated = create_engine(url), create_engine(other_url)
    database._migrate(migrated, InMemory())
    with migrated.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    assert indexes(migrated) == indexes(made) != {}
    made.dispose()
    migrated.dispose()


def of_an_earlier_release(url: str) -> None:
    """Make a ledger as the first release had it, with a team."""
    engine, config = create_engine(url), Config()
    config.set_main_option("script_location", str(Path(database.__file__).with_name("migrations")))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("INSERT INTO teams VALUES ('a', 'A', '', '', '', 0)"))
    engine.dispose()


def revision_of(url: str) -> str:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar())
    engine.dispose()
    return found


def test_whoever_only_looks_leaves_a_ledger_to_the_earlier_release_that_may_be_at_work_on_it(url: str) -> None:
    of_an_earlier_release(url)
    if url.startswith("sqlite"):
        with closing(open_ledger(url, create=False)) as looked:
            assert looked.team_keys() == {"A": "a"}
            assert looked.log.last("a", 1) == []
    else:
        with pytest.raises(LedgerError, match="is of an earlier release, and nothing is to be written now"):
            open_ledger(url, create=False)
    assert revision_of(url) == "0001"
    with closing(open_ledger(url)) as opened:
        assert opened.team_keys() == {"A": "a"}
    assert revision_of(url) == database.HEAD


def test_several_bring_a_ledger_up_to_date_at_once(url: str) -> None:
    of_an_earlier_release(url)
    with ThreadPoolExecutor(4) as pool:
        for opened in pool.map(lambda _: open_ledger(url), range(4)):
            assert opened.team_keys() == {"A": "a"}
            opened.close()


def indexes(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    """Return the indexes of each table, with what they are limited to."""
    looked, where = inspect(engine), f"{engine.dialect.name}_where"
    return {
        table: sorted(
            (one["name"], *one["column_names"], str(one.get("dialect_options", {}).get(where)))
            for one in looked.get_indexes(table)
        )
        for table in metadata.tables
    }


def test_opening_again_changes_no_schema(ledger: Ledger, url: str) -> None:
    with closing(open_ledger(url)) as again, statements(again) as said:
        again.team_keys()
    assert all(one.startswith(("SELECT", "BEGIN")) for one in said)


def test_a_team_takes_all_that_is_its_own_with_it(team_ledger: Ledger) -> None:
    team_ledger.leave("platform", [reminder("item", "duty")], NOON)
    with team_ledger._engine.begin() as connection:
        connection.execute(text("DELETE FROM teams"))
    assert team_ledger.waiting() == {}
    assert team_ledger.recall("platform", "Platform") == Memory("platform", "Platform")


def test_sqlite_writes_ahead_waits_its_turn_and_keeps_references(tmp_path: Path) -> None:
    with closing(open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")) as ledger, ledger._reading() as connection:
        asked = {name: connection.execute(text(f"PRAGMA {name}")).scalar() for name in PRAGMAS}
    assert asked == PRAGMAS


PRAGMAS = {"journal_mode": "wal", "busy_timeout": 10_000, "foreign_keys": 1}


def test_sqlite_takes_the_write_lock_at_the_start_and_reading_takes_none(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with closing(open_ledger(f"sqlite:///{path}")) as ledger, closing(sqlite3.connect(path, timeout=0)) as other:
        other.isolation_level = None
        with ledger._reading() as reading:
            reading.execute(text("SELECT * FROM teams")).all()
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")
        with ledger._engine.begin(), pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")


def test_without_create_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "data" / "ledger.db"
    with closing(open_ledger(f"sqlite:///{path}", create=False)) as ledger:
        assert ledger.team_keys() == {}
        assert ledger.recall("platform", "Platform") == Memory("platform", "Platform")
    assert list(tmp_path.iterdir()) == []


def _not_a_database(path: Path) -> None:
    path.write_text("team: Platform\n" * 100)


def _somebody_elses(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE teams (id INTEGER PRIMARY KEY)")
        database.commit()


def _of_a_later_release(path: Path) -> None:
    open_ledger(f"sqlite:///{path}").close()
    with closing(sqlite3.connect(path)) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()


def _cut_off(path: Path) -> None:
    open_ledger(f"sqlite:///{path}").close()
    for name in ("-wal", "-shm"):
        path.with_name(path.name + name).unlink(missing_ok=True)
    path.write_bytes(path.read_bytes()[:5000])


def _a_folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("spoil", [_not_a_database, _somebody_elses, _of_a_later_release, _cut_off, _a_folder])
def test_what_is_no_ledger_is_refused_in_one_sentence_and_left_alone(
    tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    path = tmp_path / "ledger.db"
    spoil(path)
    before = _after_head(path)
    with pytest.raises(LedgerError) as told:
        open_ledger(f"sqlite:///{path}")
    assert str(path) in str(told.value)
    assert "\n" not in str(told.value)
    assert _after_head(path) == before


def _after_head(path: Path) -> bytes:
    """The bytes of a file but for the head in which SQLite counts and says how it writes."""
    return path.read_bytes()[100:] if path.is_file() else b""


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("ledger.db", "URL"),
        ("oracle://x", "oracle"),
        ("postgresql+psycopg://peerloop:s3cret@127.0.0.1:1/x", "refused"),
    ],
)
def test_an_address_that_leads_nowhere_is_told_without_its_password(address: str, told: str) -> None:
    with pytest.raises(LedgerError, match=told) as error:
        open_ledger(address)
    assert "s3cret" not in str(error.value)
    assert "\n" not in str(error.value)


def test_an_email_is_recalled_in_one_spelling_however_an_earlier_release_kept_it() -> None:
    kept = Assignment("facilitator", "Ada@Example.com", Reason("turn", ""), {"Ada@Example.com": 1.0, "BOB@x.org": 0.5})
    recalled: Assignment = from_document(Assignment, as_document(kept))
    assert recalled.member == "ada@example.com"
    assert recalled.eligible == {"ada@example.com": 1.0, "bob@x.org": 0.5}
    seen = Observed("k", Kind.SERIES, {}, guests=("Ada@Example.com",), answers={"Ada@Example.com": Answer.DECLINED})
    again: Observed = from_document(Observed, as_document(seen))
    assert (again.guests, again.answers) == (("ada@example.com",), {"ada@example.com": Answer.DECLINED})


def test_a_trouble_that_is_back_in_the_same_moment_goes_on(ledger: Ledger) -> None:
    ledger.remember(Memory("platform", "Platform"), full_memory())
    for found in ({"wiki": "down"}, {}, {"wiki": "down again"}):
        known = ledger.troubles.note("platform", ["wiki"], found, NOON)
    (trouble,) = known
    assert (trouble.text, trouble.since, trouble.ended) == ("down again", NOON, None)


def test_what_was_said_and_waits_goes_with_its_reader_to_another_address(ledger: Ledger) -> None:
    old, new = "ada@example.com", "lovelace@example.com"
    said, waits, others = reminder(f"a/{old}"), reminder(f"b/{old}"), reminder("c", to="bob@example.com")
    ledger.remember(Memory("platform", "Platform"), full_memory())
    ledger.leave("platform", [said, waits, others], NOON)
    assert ledger.digests.claim([Claim(digest(), [said])])
    due = [reminder(f"{part}/{new}", to=new) for part in "ab"]
    foreseen = ledger.foreseen({"platform": due}, {"platform": {old: new}})
    ledger.readdress("platform", {old: new})
    for waiting in (foreseen, ledger.waiting()):
        assert {to: [one.key for one in told] for to, told in waiting.items()} == {
            new: [due[1].key],
            others.to: [others.key],
        }
    ledger.leave("platform", due, NOON)
    assert [one.key for one in ledger.waiting()[new]] == [due[1].key], "what was said is not due again"


def test_a_key_is_made_once_whoever_asks_first(url: str) -> None:
    ledgers = [open_ledger(url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        keys = set(pool.map(lambda one: one.keys.of("web"), ledgers))
    (key,) = keys
    assert len(key) == 64 and ledgers[0].keys.of("web") == key != ledgers[0].keys.of("other")
    for one in ledgers:
        one.close()


def test_answers_are_counted_and_nothing_else_is_kept(ledger: Ledger) -> None:
    ledger.remember(Memory("platform", "Platform"), Memory("platform", "Platform", {"rule": "fair-share"}))
    for answer in (4, 5, 4):
        ledger.pulses.add("platform", SLOT, answer)
    assert ledger.pulses.of("platform") == {SLOT: {4: 2, 5: 1}}
    assert ledger.pulses.of("other") == {}


def entry(what: str, at: datetime = NOON) -> Entry:
    return Entry(key=what, what=what, why="it is new", asked="ada@example.com", by="platform-1", at=at)


def test_the_log_tells_what_was_written_the_latest_first_and_for_a_quarter(ledger: Ledger) -> None:
    none, known = Memory("platform", "Platform"), Memory("platform", "Platform", {"rule": "fair-share"})
    ledger.remember(none, known, begun=[entry("long ago", NOON - timedelta(weeks=14))], done=["long ago"])
    pages = [entry("a page"), entry("another")]
    ledger.remember(known, known, begun=pages)
    assert ledger.log.last("platform", 9) == []
    assert ledger.log.all_of("platform", 9) == [(pages[1], False), (pages[0], False)]
    ledger.remember(known, known, done=["a page", "another"])
    assert ledger.log.last("platform", 9) == [pages[1], pages[0]]
    assert ledger.log.last("platform", 1) == [pages[1]]


def test_what_is_begun_again_stands_in_the_log_once(ledger: Ledger) -> None:
    none, known = Memory("platform", "Platform"), Memory("platform", "Platform", {"rule": "fair-share"})
    ledger.remember(none, known, begun=[entry("a page")])
    ledger.remember(known, known, begun=[entry("a page")], done=["a page"])
    assert ledger.log.all_of("platform", 9) == [(entry("a page"), True)]


def test_what_is_said_without_a_name_stands_in_no_order(ledger: Ledger) -> None:
    def said(kind: StatementKind, number: int) -> Statement:
        who = None if kind is StatementKind.NEED else "ada@example.com"
        return Statement(id=f"{kind}-{number}", kind=kind, about="", at=NOON, door=Door.WEB, who=who, value="Why?")

    numbers = [ledger.say("platform", said(StatementKind.VOTE, 1), 0)]
    numbers += [ledger.say("platform", said(StatementKind.NEED, number), numbers[0]) for number in range(3)]
    numbers += [ledger.say("platform", said(StatementKind.NEED, 1), numbers[0])]
    numbers += [ledger.say("platform", said(StatementKind.VOTE, 2), numbers[0])]
    first, last = numbers[0], numbers[-1]
    assert first and last == first + 1 and numbers[1:-1] == [0, 0, 0, 0]
    known = ledger.recall("platform", "Platform").statements
    assert [one.number for one in known] == [0, 0, 0, first, last] and known.latest == last
