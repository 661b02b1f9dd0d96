"""Marks that a person wrote or spoiled, in a calendar or on a page: whatever they say, their team goes on."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from daemon.model.names import numbered, session_mark, split_off, wall_of
from integrations.google_calendar.marks import MARK, OFF, Frame, off_marks
from integrations.google_calendar.marks import session_mark as of_google
from tests.scenarios.programme import MONDAY, Programme
from tests.scenarios.test_changed_minds import TEAM

SERIES = "platform/lunch"
WALL = "2026-12-10T12:15"
ENDS = [
    "x0",
    "1",
    "²",
    "9" * 5000,
    WALL,
    f"{WALL}+02:00",
    "2026-12-10",
    "0001-01-01T00:00",
    "9999-12-31T23:59",
    f"1@{WALL}",
]
TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
TEAMS = st.sampled_from([SERIES, "platform", "", "other/lunch"])
KEYS = TEXT | st.builds(
    "{}/{}{}".format, TEAMS, TEXT | st.sampled_from(ENDS), st.sampled_from(["", "/page", "@", "@x"])
)
ROLES = st.sampled_from(
    ["presenter", "topic", "format", "pairs", "page", "deleted", "declined", "written-for", "by-hand"]
)
SAID = st.dictionaries(
    ROLES | TEXT,
    TEXT | KEYS | st.sampled_from(["ada@example.com", "ADA@EXAMPLE.COM ", "/ /", "2026-12-32"]),
    max_size=4,
)
PLACES = st.sampled_from(["called off", "moved", "series", "page"])


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a team that was passed over once."""
    programme = Programme(tmp_path_factory.mktemp("begun"), TEAM, MONDAY)
    programme.settle()
    return programme.path.parent


def told(key: str, said: dict[str, str]) -> str:
    roles = ",".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in said.items())
    return f"{quote(key, safe='/:@+')} - {roles or '-'}"


def write(programme: Programme, place: str, mark: str) -> None:
    """Put a mark where one can stand."""
    if place == "page":
        page = next(programme.wiki.glob("2*.md"))
        first, _, rest = page.read_text().partition("<!-- peerloop:begin ")
        page.write_text(f"{first}<!-- peerloop:begin {mark} -->{rest.partition('-->')[2]}")
        return
    path = programme.calendar_path
    text = path.read_bytes().decode().replace("\r\n ", "")
    first, begin, rest = text.rpartition("RRULE:")  # the one before is that of the time zone
    uid = text.partition("UID:")[2].partition("\r\n")[0]
    off = f"EXDATE;TZID=Europe/Berlin:20261210T121500\r\nX-PEERLOOP-CANCELLED:{WALL} {mark}\r\n"
    if place == "called off":
        text = f"{first}{off}{begin}{rest}"
    elif place == "moved":
        times = "".join(f"{name};TZID=Europe/Berlin:20261210T{at}\r\n" for name, at in
                        (("RECURRENCE-ID", "121500"), ("DTSTART", "140000"), ("DTEND", "150000")))  # fmt: skip
        event = f"BEGIN:VEVENT\r\nUID:{uid}\r\nSUMMARY:Moved\r\n{times}X-PEERLOOP-MARK:{mark}\r\nEND:VEVENT\r\n"
        text = text.replace("END:VCALENDAR", f"{event}END:VCALENDAR")
    else:
        before, _, after = text.partition("X-PEERLOOP-MARK:")
        text = f"{before}X-PEERLOOP-MARK:{mark}{after[after.index(chr(13)) :]}"
    path.write_bytes(text.encode())


@settings(max_examples=25, deadline=None)
@given(place=PLACES, key=KEYS, said=SAID, is_lost=st.booleans())
@example("called off", f"{SERIES}/x0", {}, False)
@example("moved", f"{SERIES}/x0", {}, True)
@example("moved", f"{SERIES}/2100-12-09T12:15", {}, False)
@example("moved", f"{SERIES}/2199-12-10T12:15", {}, True)
@example("called off", f"{SERIES}/{WALL}", {"written-for": "soon", "page": "../x", "topic": "a\nb"}, True)
def test_a_mark_of_a_persons_making_keeps_no_team_from_its_pass(
    begun: Path, place: str, key: str, said: dict[str, str], is_lost: bool
) -> None:
    with TemporaryDirectory() as folder:
        shutil.copytree(begun, Path(folder) / "team")
        programme = Programme(Path(folder) / "team", TEAM, MONDAY)
        write(programme, place, told(key, said))
        if is_lost:
            programme.lose_ledger()
        for hours in (1, 24):
            programme.later(hours=hours)
            programme.run()
        assert programme.edit({**TEAM, "series": [{**TEAM["series"][0], "minutes": 35}]})
        programme.run()
        assert 0 < len(programme.memory().sessions) < 30, "a year of a person's making has nothing planned until then"


@given(KEYS)
def test_what_a_key_tells_is_told_of_any_text(key: str) -> None:
    assert wall_of(key) is None or key.endswith(WALL)
    assert split_off(key) is None and (numbered(key)[1] or 0) < 10**9
    text = f"{quote(key)} - -"
    mark = session_mark(text)
    assert mark is None or mark.key == key
    raw = {"extendedProperties": {"private": {MARK: text, f"{OFF}20261210T111500Z": text}}}
    assert of_google(raw, Frame(f"{SERIES}/1", "Europe/Berlin")) == mark
    assert [*off_marks(raw).values()] == [mark] * bool(mark)
