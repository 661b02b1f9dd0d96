"""Events of others in a calendar file are not taken apart, and none of ours is taken for one of theirs."""

from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from integrations.formats.ics.content_lines import Component, Malformed, parse
from integrations.formats.ics.others import events_of
from integrations.formats.kept import Kept
from tests.soak import examples

HEAD, END = "BEGIN:VCALENDAR\r\n", "END:VCALENDAR\r\n"
LINES = [
    "UID:a@example.com\r\n",
    "UID:b@example.com\r\n",
    "UID:a.b@Peer\r\n loop\r\n",
    "uid;X=1:a@example.com\r\n",
    "UID:a\\,b\r\n",
    "X-PEERLOOP-MARK:a/b\r\n",
    "SUMMARY:Dent\r\n ist\r\n",
    "DESCRIPTION:the end\n",
    " BEGIN:VEVENT\r\n",
    "BEG\r\n IN:VALARM\r\n",
    "\r\n BEGIN:VALARM\r\n",
    "U\r\n ID:a@example.com\r\n",
    "UID:a@exam\r\n ple.com\r\n",
    "\r\n",
    "BEGIN:VALARM\r\n",
    "END:VALARM\r\n",
    "END:VE\r\n VENT\r\n",
    "\ufeffEND:VEVENT\r\n",
    "BEGIN:VEVENT\r\n",
    "END:VEVENT\r\n",
]
EVENTS = st.lists(
    st.lists(st.sampled_from(LINES), max_size=6).map(
        lambda lines: "".join(["BEGIN:VEVENT\r\n", *lines, "END:VEVENT\r\n"])
    ),
    max_size=5,
)


def others(text: str) -> list[tuple[int, int]]:
    """Return where the events stand that have nothing to do with us."""
    return [(start, end) for start, end, is_ours in events_of(text, "peerloop") if not is_ours]


def event(*lines: str) -> str:
    return "".join(f"{line}\r\n" for line in ("BEGIN:VEVENT", *lines, "END:VEVENT"))


def read(text: str, word: str) -> "Component | str":
    try:
        return parse(text, word)
    except Malformed as fault:
        return str(fault)


def taken_apart(root: Component) -> list[str]:
    return [one.text for calendar in root.components("VCALENDAR") for one in calendar.components("VEVENT")]


@examples(200)
@given(EVENTS)
def test_nothing_is_lost_and_what_has_the_word_is_always_taken_apart(events: list[str]) -> None:
    text = "".join([HEAD, *events, END])
    quick, whole = read(text, "peerloop"), read(text, "")
    if isinstance(whole, str) or isinstance(quick, str):
        assert quick == whole
        return
    assert quick.text == text
    left = [one for one in taken_apart(whole) if one not in taken_apart(quick)]
    assert not [one for one in left if "peerloop" in one.replace("\r\n ", "").lower()]


def test_an_event_without_the_word_is_left_whole_unless_it_shares_a_uid_with_one_that_has() -> None:
    ours, override, theirs = (
        event("UID:a@example.com", "X-PEERLOOP-MARK:a/b"),
        event("UID:a@example.com", "RECURRENCE-ID:20270304T080000Z"),
        event("UID:b@example.com", "SUMMARY:Dentist"),
    )
    text = "".join([HEAD, theirs, ours, override, END])
    assert [text[start:end] for start, end in others(text)] == [theirs]
    assert taken_apart(parse(text, "peerloop")) == [ours, override]


def test_where_the_uid_of_one_of_ours_is_written_in_an_unusual_way_all_are_taken_apart() -> None:
    text = "".join([HEAD, event("UID;X=1:a", "X-PEERLOOP-MARK:a/b"), event("UID:b"), END])
    assert not others(text)


def test_what_was_made_of_the_same_bytes_is_made_once_for_as_long_as_there_is_room() -> None:
    made: list[bytes] = []

    def length(data: bytes) -> int:
        made.append(data)
        return len(data)

    kept = Kept[int](most=2)
    asked = (b"1", b"22", b"1", b"333", b"1", b"22")
    assert [kept.of(data, partial(length, data)) for data in asked] == [1, 2, 1, 3, 1, 2]
    assert made == [b"1", b"22", b"333", b"22"]
