"""What the readers of people's words cost as these grow: once, twice and four times as much of the worst there is."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, timedelta
from itertools import count, takewhile
from pathlib import Path
from smtplib import SMTPResponseException
from tempfile import TemporaryDirectory
from time import process_time
from typing import NamedTuple

from config import yaml12
from config.load import load_team
from config.markdown import markdown_text, one_line
from daemon.learn.items import is_dropped
from daemon.tell.kinds import MUTABLE
from integrations.confluence import reading, storage
from integrations.confluence.markup import storage_of
from integrations.formats import page_words
from integrations.formats.due_dates import find_due
from integrations.formats.ics.content_lines import Malformed
from integrations.formats.markdown.action_items import action_items, unread
from integrations.formats.markdown.write_up import write_up
from integrations.formats.things import Unreadable, table
from integrations.formats.transcript.cues import NoTranscript
from integrations.formats.transcript.suggested import suggestions
from integrations.formats.web_page import said_in
from integrations.google_calendar.description import plain
from integrations.local.calendar_file import CalendarFile
from integrations.local.page_text import PageText
from integrations.mail.replies import whose

Reader = Callable[[str], object]
Shape = Callable[[int], str]

SIZES = (1, 2, 4)
REFUSALS = (Malformed, Unreadable, storage.Malformed)
"""What a reader may answer as well."""


class Growth(NamedTuple):
    """Seconds that a reader takes for so many characters, twice and four times as many, of the shape that is worst."""

    reader: str
    shape: str
    seconds: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """How many times as long four times as much takes: 4 where it grows with the length, 16 with its square."""
        return self.seconds[-1] / max(self.seconds[0], 1e-4)


def page_text(text: str) -> None:
    """Read a page of Markdown as the local wiki does, up to what people wrote on it."""
    page = PageText(text)
    for told in (page.key, page.trouble, page.conflict, page.shown, page.is_blank, page.ours, page.sides):
        assert told is not NotImplemented


def what_people_wrote(text: str) -> None:
    """Read people's part of a page of Markdown."""
    action_items("page", text), unread("page", text), write_up(text)


def words_of_an_item(text: str) -> None:
    """Read what stands behind a box."""
    page_words.box(f"[ ] {text}"), page_words.other_mentions(text), page_words.mentioned(text)
    page_words.tidy(text), page_words.only_says_who_or_when(text), find_due(text), is_dropped(text)


def storage_format(text: str) -> None:
    """Read a page of Confluence with these words in every place that is read."""
    words = storage.escaped(text)
    task = f"<ac:task><ac:task-status>incomplete</ac:task-status><ac:task-body>{words}</ac:task-body></ac:task>"
    below = "".join(f"<h2>{title}</h2><p>{words}</p>" for title in ("Takeaways", "Attendees", "Recording"))
    page = f"<ac:task-list>{task}</ac:task-list>{below}"
    reading.action_items("page", page, {}), reading.unread(page, {}), reading.write_up(page), storage.digest(page)


def elements(text: str) -> None:
    """Read a page of Confluence that is made of these elements."""
    reading.action_items("page", text, {}), reading.unread(text, {}), reading.write_up(text), storage.digest(text)


def markup(text: str) -> None:
    """Write Markdown as storage format."""
    storage_of(text, cards=True)


def calendar(text: str) -> None:
    """Read a calendar file with these lines in an event of ours."""
    start = "DTSTART;TZID=Europe/Berlin:20261203T121500\nDURATION:PT45M\n"
    event = f"BEGIN:VEVENT\nUID:platform.lunch-learn.1@peerloop\n{start}{text}END:VEVENT\n"
    CalendarFile(f"BEGIN:VCALENDAR\nVERSION:2.0\n{event}END:VCALENDAR\n", "here").observed()


def transcript(text: str) -> None:
    """Read a transcript in which this is said, and one that is this."""
    for name, told in (("a.vtt", f"WEBVTT\n\n00:01.000 --> 00:02.000\n{text}"), ("a.vtt", text), ("a.txt", text)):
        with suppress(NoTranscript):  # which is an answer, too
            suggestions(name, told.encode("utf-8", "replace"))


def repeated(words: str) -> Shape:
    """Return a shape that repeats words."""
    return lambda size: words * (size // len(words))


def growing(sign: str) -> Shape:
    """Return runs of a sign, each one longer than the one before."""
    return lambda size: " ".join(sign * n for n in takewhile(lambda n: n * n < 2 * size, count(1)))


def within(before: str, after: str) -> Shape:
    """Return what stands within one another, as deep as it goes."""
    return lambda size: before * (size // len(before + after)) + after * (size // len(before + after))


def _dates(size: int) -> str:
    return "EXDATE:" + ",".join(f"{date(2000, 1, 1) + timedelta(days=n):%Y%m%d}" for n in range(size // 9)) + "\n"


def _called_off(size: int) -> str:
    days = (date(2026, 12, 3) + timedelta(days=n) for n in range(size // 60))
    marks = "".join(f"X-PEERLOOP-CANCELLED:{day}T12:15 a/b/{day}T12:15 - -\n" for day in days)
    return f"RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30\nEXDATE:20350101T121500\n{marks}"


WORDS: dict[str, Shape] = {
    **{
        f"{words!r} again and again": repeated(words) for words in (",", ", ", "`` a", "@a ", "@a.b@c.d ", "by on the ")
    },
    **{f"{words!r} again and again": repeated(words) for words in ("<!-- ", "<del>", "~~a ", "(dropped: ", "**a _b ")},
    **{f"{words!r} again and again": repeated(words) for words in ("[", "![", "[a](", "all agree ", "_", "- ", "> ")},
    "growing runs of `": growing("`"),
    "blanks": lambda size: f"A{' ' * size}x",
    "blanks before a clock": lambda size: f"[00:01] A{' ' * size}00:0",
    "tabs and colons": lambda size: "A\t: " * (size // 4),
    "brackets": within("(", ")"),
}
LINES: dict[str, Shape] = {
    **WORDS,
    "marks": repeated("<!-- peerloop:begin "),
    "many marks": repeated("<!-- peerloop:begin a b c -->\n"),
    "a blank title": lambda size: f"# a{' ' * size}b",
    "titles": repeated("# Takeaways\n\n- a\n\n"),
    "titles within titles": lambda size: "".join(f"{'#' * (n % 6 + 1)} Takeaways\n- a\n" for n in range(size // 20)),
    "fences": lambda size: "<<<<<<< a\n" + "```a\n" * (size // 5),
    "conflicts": repeated("<<<<<<< a\nb\n=======\n"),
    "items": repeated("- [ ] @ada do it by 2026-12-01\n"),
    "a wide table": lambda size: "a|" * (size // 20) + "\n" + "-|" * (size // 20) + "\n" + "x|\n" * (size // 20),
    "links in brackets": repeated("[[[[\n\n"),
    "lists in lists": repeated("- - - - a\n"),
    "bars": lambda size: f"| a{' ' * size}|",
    "front matter": lambda size: "---\n" + "a\n---x\n" * (size // 7),
}
ELEMENTS: dict[str, Shape] = {
    "titles": repeated("<h2>Takeaways</h2><p>a</p>"),
    "lines": repeated("<br/>"),
    "answers": lambda size: f"<table>{'<tr><td>record?</td><td>yes</td></tr>' * (size // 36)}</table>",
    "people": repeated('<ac:link><ri:user ri:account-id="a"/></ac:link>'),
}
CALENDARS: dict[str, Shape] = {
    "dates taken out": _dates,
    "called off of a rule without dates": _called_off,
    "guests": lambda size: "".join(f"ATTENDEE:mailto:{n}@example.com\n" for n in range(size // 30)),
    "one line": lambda size: "DESCRIPTION:" + "\\n" * (size // 2) + "\n",
    "a folded line": lambda size: "DESCRIPTION:a\n" + " b\n" * (size // 3),
    "parameters": lambda size: f"ATTENDEE{';A=b' * (size // 4)}:mailto:a@example.com\n",
}
FILES: dict[str, Shape] = {
    "lists in lists": within("[", "]"),
    "values": lambda size: f"a: [{'{a},' * (size // 4)}]",
    "keys": lambda size: "".join(f"k{n}: 1\n" for n in range(size // 8)),
    "anchors": lambda size: "".join(f"a{n}: &a{n} [1, 2]\n" for n in range(size // 18)),
    "a long text": repeated("a: b "),
}
TALK: dict[str, Shape] = {
    **WORDS,
    "promises": repeated("I'll write it.\n"),
    "no stop": lambda size: "".join(f"Ada: I will {'also ' * 20}\n" for _ in range(size // 116)),
    "cues": repeated("00:00:01.000 --> 00:00:02.000\n<v Ada>we agreed\n\n"),
    "tags": repeated("<c.a><00:01.000>"),
    "names": lambda size: "".join(f"Ada {n}: ich habe das\n" for n in range(size // 22)),
}
DESCRIPTIONS: dict[str, Shape] = {
    f"{words!r} again and again": repeated(words)
    for words in ("<a ", "<a b=c ", "<a b='", "<!-- ", "&amp", "<br", "</p>")
}
ANSWERS: dict[str, Shape] = {
    **{
        f"{words!r} again and again": repeated(words)
        for words in ("<title>", "<title ", "<message>a", "a", "<a>", ">", "@")
    },
    "long lines": repeated("a" * 7_900 + "\n"),
    "quoted": repeated("said: <a@b> "),
}
TABLES: dict[str, Shape] = {
    "quotes and blanks": lambda size: 'need,"a",' + '"' * (size // 2) + " " * (size // 2) + "x",
    **{f"{words!r} again and again": repeated(words) for words in ('"', '",', ",;", "a;")},
}
READERS: dict[str, tuple[Reader, dict[str, Shape], int]] = {
    "a page of Markdown: title, mark and region": (page_text, LINES, 20_000),
    "a page of Markdown: what people wrote": (what_people_wrote, LINES, 10_000),
    "an action item": (words_of_an_item, WORDS, 10_000),
    "a page of Confluence: words": (storage_format, WORDS, 5_000),
    "a page of Confluence: elements": (elements, ELEMENTS, 25_000),
    "a region for Confluence": (markup, LINES, 10_000),
    "text in a template": (lambda text: (markdown_text(text), one_line(text)), WORDS, 20_000),
    "a transcript": (transcript, TALK, 10_000),
    "a calendar file": (calendar, CALENDARS, 10_000),
    "a description in Google Calendar": (plain, DESCRIPTIONS, 100_000),
    "the columns of an export": (lambda text: next(table(text.encode())), TABLES, 1_000),
    "a page in the place of an answer": (lambda text: said_in(text, "title", "message"), ANSWERS, 5_000),
    "a mail server's reply": (lambda text: whose(SMTPResponseException(550, text)), ANSWERS, 1_000),
    "a team's file: YAML": (lambda text: yaml12.read(text.encode()), FILES, 20_000),
}


TEAM = "team: A\ntimezone: UTC\nlead: m0@example.com\n"
SERIES = '  - {name: S, format: lunch-and-learn, cadence: {every: week, on: thursday, at: "12:15"}}\n'


def _entries(section: str, entry: str) -> Shape:
    """Return a team's file in which a section has many entries."""

    def shape(size: int) -> str:
        parts = {"series": SERIES, "members": "  - {name: M0, email: m0@example.com}\n", section: ""}
        parts[section] = "".join(entry.format(n) for n in range(size // len(entry)))
        return TEAM + "".join(f"{name}:\n{entries}" for name, entries in parts.items())

    return shape


def _notation(where: str) -> Shape:
    """Return a team's file that says something in a way of its own, with many blanks."""
    return lambda size: f"{TEAM}series:\n{SERIES}{where % ('a' + ' ' * size + 'b')}\n"


TEAMS: dict[str, Shape] = {
    **{
        where: _notation(where)
        for where in (
            'chase: {working_hours: "%s"}',
            'chase: {remind: ["%s"]}',
            'rotation: {rule: "%s"}',
            'working_days: ["%s"]',
            'sessions: [{series: S, on: 2026-12-10, move_to: "%s"}]',
            'wiki: {open: "%s"}',
        )
    },
    "members": _entries("members", "  - {{name: M{0}, email: m{0}@example.com}}\n"),
    "topics": _entries("topics", "  - {{title: Topic {0}, votes: 1}}\n"),
    "topics of nobody": _entries("topics", "  - {{title: Topic {0}, owner: nobody{0}@example.com}}\n"),
    "decisions": _entries("sessions", "  - {{series: S, on: 2026-12-10, cancel: x{0}}}\n"),
    "formats": _entries("formats", "  - {{name: f{0}, roles: [facilitator]}}\n"),
    "series": _entries("series", SERIES.replace("{", "{{").replace("}", "}}").replace("S,", "S{0},")),
    "empty topics": _entries("topics", "  - {{}}\n"),
    "unknown keys": _entries("topics", "  - {{title: T{0}, a: 1, b: 1, c: 1, d: 1, e: 1}}\n"),
    "names that are alike": lambda size: (
        _entries("topics", f"  - {{{{title: '{{0}} {'x' * 150}'}}}}\n")(size // 2)
        + "sessions:\n"
        + "".join(f"  - {{series: S, on: 2026-12-10, topic: '{'x' * 150}{n}'}}\n" for n in range(size // 400))
    ),
    "roles": lambda size: (
        _entries("members", "  - {{name: M{0}, email: m{0}@example.com}}\n")(40)
        + f"formats:\n  - {{name: f, roles: [{','.join(f'r{n}' for n in range(size // 8))}]}}\n"
    ),
}


def team_file(text: str) -> None:
    """Check a team's file as every command does."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "team.yaml")
        path.write_text(text)
        load_team(path, lambda: MUTABLE)


READERS["a team's file: what it says"] = (team_file, TEAMS, 50_000)


def growths() -> Iterator[Growth]:
    """Yield for each reader how it grows with the shape that takes it longest."""
    for name, (read, shapes, size) in READERS.items():
        worst = max(shapes, key=lambda shape: _seconds(read, shapes[shape](size * SIZES[-1])))
        taken = tuple(min(_seconds(read, shapes[worst](size * times)) for _ in range(2)) for times in SIZES)
        yield Growth(name, worst, taken)


def _seconds(read: Reader, text: str) -> float:
    start = process_time()
    with suppress(*REFUSALS):
        read(text)
    return process_time() - start
