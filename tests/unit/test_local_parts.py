"""Of a calendar file and of a folder of pages a look takes apart what was known, and shows what a look at all shows."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from daemon.model import Observation, Observed
from integrations.local.calendar import LocalCalendar
from integrations.local.wiki import LocalWiki
from tests import soak
from tests.contract.calendar import SERIES, ZONE, change, create, instance, session
from tests.contract.wiki import PAGE
from tests.contract.wiki import change as change_page
from tests.contract.wiki import create as create_page
from tests.unit.local_calendar_file import FOREIGN, NOW, File

WEEKS, KNOWN = 12, 4
Edit = Callable[[File], None]


@pytest.fixture
def file(tmp_path: Path) -> File:
    """Return a calendar of many weeks, one of which is called off."""
    made = File(tmp_path)
    off = replace(session(2), cancelled=True)
    made.write(create(SERIES), *(create(off if week == 2 else session(week)) for week in range(WEEKS)))
    return made


def known_of(seen: Sequence[Observed]) -> list[Observed]:
    """Return the series and the last sessions."""
    keys = {SERIES.key, *(session(week).key for week in range(WEEKS - KNOWN, WEEKS))}
    return [one for one in seen if one.key in keys]


def anew(file: File) -> LocalCalendar:
    return LocalCalendar(file.path, "platform", "Platform: peer learning", lambda: NOW)


def looked(file: File) -> tuple[str, list[Observed]]:
    """Return the cursor of a look at all, given what is known, and that."""
    known = known_of(anew(file).observe(None).seen)
    return anew(file).observe(None, known).cursor, known


def reworded(week: int) -> Edit:
    def edit(file: File) -> None:
        event = file.override(week)
        file.edit(event, event.replace("SUMMARY:", "SUMMARY:Another ", 1))

    return edit


def taken_away(week: int) -> Edit:
    return lambda file: file.edit(file.override(week), "")


def doubled(week: int) -> Edit:
    return lambda file: file.edit(file.override(week), 2 * file.override(week))


def called_off(week: int) -> Edit:
    line = f"EXDATE;TZID={ZONE}:{instance(week):%Y%m%dT%H%M%S}\r\n"
    return lambda file: file.edit("RRULE", f"{line}RRULE")


def unmarked(week: int) -> Edit:
    def edit(file: File) -> None:
        lines = file.override(week).replace("\r\n ", "").splitlines(keepends=True)
        file.edit(file.override(week), "".join(line for line in lines if "PEERLOOP-MARK" not in line))

    return edit


def elsewhere(file: File) -> None:
    """Somebody moves the whole calendar into another zone."""
    file.text = file.text.replace(f"TZID={ZONE}", "TZID=Europe/London").replace(f"TZID:{ZONE}", "TZID:Europe/London")


def small(file: File) -> None:
    """Another program writes all names in small letters, and ends lines in its own way."""
    file.text = (
        file.text.replace("\r\n", "\n").replace("BEGIN:", "begin:").replace("X-PEERLOOP-MARK", "x-peerloop-mark")
    )


OLD, NEW = 1, WEEKS - 2
OF_THE_KNOWN: Sequence[Edit] = (reworded(NEW), taken_away(NEW), called_off(NEW), doubled(NEW))
OF_ALL: Sequence[Edit] = (
    *OF_THE_KNOWN,
    *(what(OLD) for what in (reworded, taken_away, called_off, doubled, unmarked)),
    *(unmarked(NEW), called_off(2), elsewhere, small),
    lambda file: file.add(FOREIGN),
    lambda file: file.edit("RRULE:FREQ=WEEKLY", "RRULE:FREQ=DAILY"),
)


def is_what_all_shows(news: Observation, file: File, known: Sequence[Observed]) -> None:
    whole = anew(file).observe(None).seen
    if not news.of_known:
        assert news.seen == whole
    else:
        keys = {one.key for one in known}
        assert news.seen == tuple(one for one in whole if one.key in keys)
    assert news.complete


@pytest.mark.parametrize("edit", OF_THE_KNOWN)
def test_where_only_what_is_known_has_changed_in_a_calendar_nothing_else_is_shown(edit: Edit, file: File) -> None:
    cursor, known = looked(file)
    edit(file)
    news = anew(file).observe(cursor, known)
    assert news.of_known
    is_what_all_shows(news, file, known)
    again = anew(file).observe(news.cursor, known)
    assert (again.cursor, again.complete, again.seen) == (news.cursor, False, ())


@pytest.mark.parametrize("edit", OF_ALL)
def test_whatever_else_has_changed_is_heard(edit: Edit, file: File) -> None:
    cursor, known = looked(file)
    before = {one.key: one for one in anew(file).observe(None).seen}
    edit(file)
    news = anew(file).observe(cursor, known)
    is_what_all_shows(news, file, known)
    keys = {one.key for one in known}
    after = {one.key: one for one in anew(file).observe(None).seen}
    others = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)} - keys
    assert not (news.of_known and others)


@soak.soaked
def test_one_edit_after_another_is_heard(file: File) -> None:
    dice, edits = random.Random(soak.SEED), [*OF_THE_KNOWN, *(reworded(week) for week in range(WEEKS) if week != 2)]
    cursor, known = looked(file)
    for _ in range(soak.either(5, 500)):
        try:
            dice.choice(edits)(file)
        except StopIteration:
            continue  # it is there no more
        news = anew(file).observe(cursor, known)
        is_what_all_shows(news, file, known)
        cursor, known = news.cursor, known_of(anew(file).observe(None).seen)


@pytest.mark.parametrize("week", [OLD, NEW])
def test_a_session_is_changed_whether_it_was_known_or_not(week: int, file: File) -> None:
    cursor, known = looked(file)
    reworded(NEW - 1)(file)
    before = {number: file.override(number) for number in range(WEEKS) if number not in (2, week)}
    calendar = anew(file)
    assert calendar.observe(cursor, known).of_known
    wanted = replace(session(week), summary="Another topic")
    (written,) = calendar.write([change(wanted, "summary")])
    assert written.observed == next(one for one in anew(file).observe(None).seen if one.key == wanted.key)
    assert written.observed.title == "Another topic"
    assert {number: file.override(number) for number in before} == before


# pages


def page(number: int) -> str:
    return f"platform/lunch-learn/2027-0{number}-01/page"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with some pages."""
    path = tmp_path / "wiki" / "platform"
    pages = (replace(PAGE, key=page(number), name=f"page-{number}") for number in range(1, 6))
    LocalWiki(path, "platform").write([*map(create_page, pages)])
    return path


def edited(name: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        path = folder / name
        path.write_text(f"{path.read_text()}\n- [ ] @ada one thing more\n")

    return edit


EDITS: Sequence[tuple[Callable[[Path], object], bool]] = (
    (edited("page-4.md"), True),
    (lambda folder: (folder / "page-5.md").unlink(), True),
    (edited("page-1.md"), False),
    (lambda folder: (folder / "page-1.md").unlink(), False),
    (lambda folder: (folder / "page-5.md").rename(folder / "elsewhere.md"), False),
    (lambda folder: (folder / "copy.md").write_bytes((folder / "page-5.md").read_bytes()), False),
    (lambda folder: (folder / "notes.md").write_text("Notes of somebody's own"), False),
    (lambda folder: (folder / "page-5.md").write_bytes((folder / "page-1.md").read_bytes()), True),
)


@pytest.mark.parametrize(("edit", "of_known"), EDITS)
def test_of_pages_all_that_has_changed_is_heard(edit: Callable[[Path], object], of_known: bool, folder: Path) -> None:
    known = [one for one in LocalWiki(folder, "platform").observe(None).seen if one.key in (page(4), page(5))]
    cursor = LocalWiki(folder, "platform").observe(None, known).cursor
    edit(folder)
    news = LocalWiki(folder, "platform").observe(cursor, known)
    whole = {one.key: one for one in LocalWiki(folder, "platform").observe(None).seen}
    assert news.complete
    assert news.of_known == of_known
    if not of_known:
        assert {one.key: one for one in news.seen} == whole
    assert {one.key for one in news.seen if one.key in (page(4), page(5))} == whole.keys() & {page(4), page(5)}
    assert LocalWiki(folder, "platform").observe(news.cursor, known).complete is False


def test_a_copy_stays_trouble_while_another_page_changes(folder: Path) -> None:
    known = LocalWiki(folder, "platform").observe(None).seen[3:]
    (folder / "copy.md").write_bytes((folder / "page-5.md").read_bytes())
    before = LocalWiki(folder, "platform").observe(None, known)
    edited("page-4.md")(folder)
    after = LocalWiki(folder, "platform").observe(before.cursor, known)
    assert "is there twice" in next(one.trouble for one in after.seen if one.key == page(5))


def test_a_known_page_is_changed_where_it_was_and_found_where_it_is(folder: Path) -> None:
    wiki = LocalWiki(folder, "platform")
    known = wiki.observe(None).seen
    cursor = LocalWiki(folder, "platform").observe(None, known).cursor
    (folder / "page-5.md").rename(folder / "elsewhere.md")
    wiki.observe(cursor, known)
    wanted = [replace(PAGE, key=page(number), title=f"Title {number}") for number in (4, 5)]
    assert [one.error for one in wiki.write([change_page(one, "title") for one in wanted])] == ["", ""]
    assert (folder / "page-4.md").read_text().startswith("# Title 4")
    assert (folder / "elsewhere.md").read_text().startswith("# Title 5")
