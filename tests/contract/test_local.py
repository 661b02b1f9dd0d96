"""The local backends keep to the contracts. A person works in the files with another program: icalendar, an editor."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import icalendar
import pytest

from daemon.model import Answer
from daemon.ports import Calendar, Messenger, Wiki
from integrations.local.calendar import LocalCalendar
from integrations.local.outbox import Outbox
from integrations.local.wiki import LocalWiki
from tests.contract.calendar import ZONE, CalendarContract
from tests.contract.messenger import MessengerContract
from tests.contract.wiki import WikiContract


class TestLocalCalendar(CalendarContract):
    @pytest.fixture(autouse=True)
    def _empty(self, tmp_path: Path) -> None:
        self.path = tmp_path / "calendar" / "platform.ics"

    def calendar(self) -> Calendar:
        return LocalCalendar(self.path, "platform", "Platform", lambda: datetime(2027, 3, 1, 9, tzinfo=UTC))

    def person_moves(self, series: str, instance: datetime, to: datetime) -> None:
        with self._open() as calendar:
            event = _override(calendar, series, instance)
            event.end = to + (event.end - event.start)
            event.start = to

    def person_deletes(self, series: str, instance: datetime) -> None:
        with self._open() as calendar:
            moment = instance.replace(tzinfo=ZoneInfo(ZONE))
            gone = [event for event in calendar.events if _instance_of(event) == moment]
            calendar.subcomponents = [part for part in calendar.subcomponents if part not in gone]
            _master(calendar, series).add("EXDATE", moment)

    def person_deletes_series(self, series: str) -> None:
        with self._open() as calendar:
            uid = _master(calendar, series)["UID"]
            calendar.subcomponents = [part for part in calendar.subcomponents if part.get("UID") != uid]

    def person_retitles(self, series: str, instance: datetime | None, title: str) -> None:
        with self._open() as calendar:
            event = _override(calendar, series, instance) if instance else _master(calendar, series)
            event["SUMMARY"] = icalendar.vText(title)

    def person_answers(self, series: str, instance: datetime | None, guest: str, answer: Answer) -> None:
        with self._open() as calendar:
            event = _override(calendar, series, instance) if instance else _master(calendar, series)
            for attendee in event.attendees:
                if attendee.email == guest:
                    attendee.params["PARTSTAT"] = answer.upper()

    def person_invites(self, series: str, guest: str) -> None:
        with self._open() as calendar:
            _master(calendar, series).add("ATTENDEE", icalendar.vCalAddress.new(guest, cn="A guest"))

    def person_adds(self, title: str) -> None:
        with self._open() as calendar:
            start = datetime(2027, 3, 4, 8, tzinfo=UTC)
            own = icalendar.Event.new(
                uid="own", summary=title, start=start, end=start + timedelta(hours=1), stamp=start
            )
            calendar.add_component(own)

    def titles(self) -> list[str]:
        calendar = icalendar.Calendar.from_ical(self.path.read_bytes())
        assert isinstance(calendar, icalendar.Calendar)
        return [str(event["SUMMARY"]) for event in calendar.events]

    @contextmanager
    def _open(self) -> Iterator[icalendar.Calendar]:
        calendar = icalendar.Calendar.from_ical(self.path.read_bytes())
        assert isinstance(calendar, icalendar.Calendar)
        yield calendar
        self.path.write_bytes(calendar.to_ical())


def _instance_of(event: icalendar.Event) -> object:
    found = event.get("RECURRENCE-ID")
    return found.dt if found else None


def _master(calendar: icalendar.Calendar, series: str) -> icalendar.Event:
    masters = [event for event in calendar.events if "RECURRENCE-ID" not in event]
    return next(event for event in masters if str(event.get("X-PEERLOOP-MARK", "")).startswith(f"{series} "))


def _override(calendar: icalendar.Calendar, series: str, instance: datetime) -> icalendar.Event:
    """Return the event of an instance, made as programs make it: of all that its series says."""
    moment = instance.replace(tzinfo=ZoneInfo(ZONE))
    for event in calendar.events:
        if _instance_of(event) == moment:
            return event
    master = _master(calendar, series)
    override = master.copy(recursive=True)
    for name in ("RRULE", "EXDATE"):
        override.pop(name, None)
    override.add("RECURRENCE-ID", moment)
    override.start, override.end = moment, moment + (master.end - master.start)
    calendar.add_component(override)
    return override


class TestLocalWiki(WikiContract):
    @pytest.fixture(autouse=True)
    def _empty(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "wiki" / "platform"

    def wiki(self) -> Wiki:
        return LocalWiki(self.folder, "platform")

    def person_retitles(self, key: str, title: str) -> None:
        _, _, rest = self._text(key).partition("\n")
        self._path(key).write_text(f"# {title}\n{rest}")

    def person_edits_region(self, key: str) -> None:
        self._path(key).write_text(self._text(key).replace("new", "edited"))

    def person_writes(self, key: str, text: str) -> None:
        self._path(key).write_text(f"{self._text(key)}\n{text}\n\n")

    def person_adds_item(self, key: str, text: str, done: bool = False) -> None:
        self._path(key).write_text(f"{self._text(key)}- [{'x' if done else ' '}] {text}\n")

    def person_ticks(self, key: str, words: str) -> None:
        self._path(key).write_text(self._text(key).replace(f"- [ ] {words}\n", f"- [x] {words}\n"))

    def person_lists(self, key: str, heading: str, *lines: str) -> None:
        items = "".join(f"- {line}\n" for line in lines)
        self._path(key).write_text(f"{self._text(key)}\n## {heading}\n\n{items}\n")

    def person_deletes(self, key: str) -> None:
        self._path(key).unlink()

    def person_adds_page(self, name: str, title: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / f"{name}.md").write_text(f"# {title}\n")

    def titles(self) -> list[str]:
        return [path.read_text().partition("\n")[0].removeprefix("# ") for path in self.folder.glob("*.md")]

    def theirs(self, key: str) -> str:
        return self._text(key).partition("<!-- peerloop:end")[2].partition("-->")[2]

    def _path(self, key: str) -> Path:
        return next(path for path in self.folder.glob("*.md") if f"peerloop:begin {key} " in path.read_text())

    def _text(self, key: str) -> str:
        return self._path(key).read_text()


class TestOutbox(MessengerContract):
    @pytest.fixture(autouse=True)
    def _empty(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "outbox"

    def messenger(self) -> Messenger:
        return Outbox(self.folder, "Peer learning <peers@example.com>")

    def mailbox(self) -> list[EmailMessage]:
        return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in self.folder.glob("*.eml")]
