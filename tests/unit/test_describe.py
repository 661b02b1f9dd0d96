"""What the calendar and the wiki are to show of a session, and that people's words stay words in it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from config.formats import BUILT_IN, SessionFormat
from config.team import Team
from config.templates import TemplateContext, render
from daemon.describe.pages import LONGEST_TITLE, Carried, page, template_context
from daemon.describe.sessions import series_event, session_event
from daemon.model import Assignment, Reason, Session, Slot, State, backlog, fingerprint, on_the_wall
from daemon.model.memory import Item, Recurrence
from daemon.model.names import page_key
from tests.soak import examples

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
ZONE = "Europe/Berlin"
TOPIC = {
    "title": "How our ingress works",
    "area": "kubernetes",
    "why": "Post-mortem 2026-10-03",
    "link": "https://example.com/12",
    "owner": "bob@example.com",
}


def a_team(**changes: Any) -> Team:
    written: dict[str, Any] = {
        "team": "Platform",
        "timezone": ZONE,
        "lead": "ada@example.com",
        "members": [
            {"name": "Ada Lovelace", "email": "ada@example.com", "was": ["countess@example.com"]},
            {"name": "Bob", "email": "bob@example.com", "away": ["2026-12-10"]},
            {"name": "Cy", "email": "cy@example.com", "joined": date(2027, 1, 1)},
        ],
        "series": [
            {"name": "Lunch & Learn", "format": "lunch-and-learn", "cadence": _weekly("thursday", "12:15")},
            {"name": "Craft hour", "formats": ["code-review", "pairing"], "cadence": _weekly("friday", "15:00")},
        ],
        "topics": [TOPIC],
    }
    return Team.model_validate({**written, **changes})


def at(wall: str) -> datetime:
    return datetime.fromisoformat(wall)


def _weekly(day: str, at: str) -> dict[str, str]:
    return {"every": "week", "on": day, "at": at}


TEAM = a_team()
LUNCH, CRAFT = TEAM.series


def a_session(roles: Mapping[str, str | None], format: str = "lunch-and-learn", **changes: Any) -> Session:
    wall = at("2026-12-10 12:15")
    slot = Slot("platform/lunch-learn", wall, ZONE, wall, on_the_wall(wall, ZONE), 45, format)
    assignments = tuple(Assignment(role, member, Reason("turn", "")) for role, member in roles.items())
    session = Session(slot, assignments, state=State.ANNOUNCED, event="platform/lunch-learn/1")
    return replace(session, **changes)


SESSION = a_session({"facilitator": "ada@example.com", "presenter": "bob@example.com"}, topic=backlog(TEAM)[0])


def no_body(format: SessionFormat, context: TemplateContext) -> str:
    return ""


EARLIER = "platform/lunch-learn/2026-12-03T12:15"


def to_do(text: str, who: str | None = None, due: date | None = None, handle: str | None = None) -> Item:
    """An action item on the page of an earlier session."""
    day = date(2026, 12, 3)
    return Item(text, page_key(EARLIER), text, text, EARLIER, day, due or day, handle, who, dated=due is not None)


def region(session: Session, team: Team = TEAM, items: Sequence[Item] = ()) -> str:
    return page(session, team.series[0], team, no_body, [Carried(item, 1) for item in items]).region


def test_a_session_with_everything_tells_everything() -> None:
    event = session_event(SESSION, LUNCH, TEAM, "the page")
    assert event.key == SESSION.key
    assert (event.event, event.page, event.cancelled) == ("platform/lunch-learn/1", "the page", False)
    assert event.recurrence_id == at("2026-12-10 12:15")
    assert event.summary == "Lunch & Learn: How our ingress works"
    assert event.description == (
        "Facilitator: Ada Lovelace\n"
        "Presenter: Bob\n"
        "Topic: How our ingress works (kubernetes)\n"
        "Why: Post-mortem 2026-10-03 https://example.com/12\n"
        "Suggested by: Bob\n"
        "Recording: only if everyone who is there agrees; you will be asked first"
    )


def test_the_region_is_a_table_of_facts_and_what_is_still_open() -> None:
    items = [
        to_do("Tidy *up*"),
        to_do("Renew the certificate", "bob@example.com", date(2026, 12, 1)),
    ]
    assert region(SESSION, items=items) == (
        "| Session | Lunch & Learn (lunch-and-learn) |\n"
        "| --- | --- |\n"
        "| **When** | Thursday 2026-12-10, 12:15–13:00 (Europe/Berlin) |\n"
        "| **Status** | announced |\n"
        "| **Facilitator** | Ada Lovelace |\n"
        "| **Presenter** | Bob |\n"
        "| **Topic** | How our ingress works (kubernetes) |\n"
        "| **Why** | [Post-mortem 2026-10-03](https://example.com/12) |\n"
        "| **Suggested by** | Bob |\n"
        "| **Recording** | only if everyone who is there agrees; you will be asked first |\n"
        "\n"
        "**Still open from earlier sessions**\n"
        "\n"
        "- [Renew the certificate](page:platform/lunch-learn/2026-12-03T12:15/page) – Bob, due 2026-12-01; "
        "carried over once\n"
        "- [Tidy \\*up\\*](page:platform/lunch-learn/2026-12-03T12:15/page) – nobody yet; carried over once\n"
        "\n"
        "Done, or not to be done any more? Tick it on its page, or write “won't do” behind it.\n"
        "\n"
        "*peerloop keeps this part up to date. Please write below it; what you write there stays yours.*"
    )


def test_the_same_session_gives_the_same_page_whatever_the_order_of_open_items() -> None:
    items = [to_do("b", "bob@example.com"), to_do("a", "bob@example.com"), to_do("c", due=date(2026, 1, 1))]
    assert region(SESSION, items=items) == region(SESSION, items=items[::-1])
    many = region(SESSION, items=[to_do(f"item {number}") for number in range(25)])
    assert many.count("\n- ") == 6
    assert "- and 20 more" in many


def test_what_has_come_along_for_longest_stands_first() -> None:
    carried = [Carried(to_do("new"), 1), Carried(to_do("old"), 12), Carried(to_do("older than new"), 2)]
    lines = page(SESSION, LUNCH, TEAM, no_body, carried).region.splitlines()
    shown = [(line[3:].partition("]")[0], line.partition("; ")[2]) for line in lines if line.startswith("- ")]
    assert shown == [
        ("old", "carried over 12 times"),
        ("older than new", "carried over twice"),
        ("new", "carried over once"),
    ]


def test_a_page_has_a_title_a_name_and_a_body() -> None:
    made = page(SESSION, LUNCH, TEAM, lambda format, context: render(format, Path("nowhere"), context))
    assert made.title == "2026-12-10 Lunch & Learn: How our ingress works"
    assert made.key == page_key(SESSION.key) == "platform/lunch-learn/2026-12-10T12:15/page"
    assert made.name == "2026-12-10-1215-lunch-learn"
    assert "| Ada Lovelace | |\n| | |" in made.body  # Bob is away that day, Cy has not joined


def test_a_page_keeps_its_key_and_name_when_its_session_moves() -> None:
    later = replace(SESSION, slot=replace(SESSION.slot, starts_at=on_the_wall(at("2026-12-14 23:30"), ZONE)))
    made = page(replace(later, page=page_key(SESSION.key)), LUNCH, TEAM, no_body)
    assert (made.key, made.name) == (page_key(SESSION.key), "2026-12-10-1215-lunch-learn")
    assert made.title.startswith("2026-12-14 ")
    assert "| **When** | Monday 2026-12-14, 23:30–Tuesday 2026-12-15, 00:15 (Europe/Berlin) |" in made.region
    assert "| **Moved** | from Thursday 2026-12-10, 12:15 |" in made.region
    assert session_event(later, LUNCH, TEAM).description.startswith("Moved: from Thursday 2026-12-10, 12:15\n")


def test_what_is_open_is_said_plainly() -> None:
    session = a_session({"facilitator": "ada@example.com", "presenter": None})
    event = session_event(session, LUNCH, TEAM)
    assert event.summary == "Lunch & Learn: topic wanted"
    assert "Presenter: nobody yet; the lead has been told\n" in event.description
    assert "No topic yet: Ada Lovelace, please choose one\n" in event.description
    nobody = session_event(a_session({"facilitator": None}), LUNCH, TEAM)
    assert "No topic yet: suggestions are welcome\n" in nobody.description
    assert page(session, LUNCH, TEAM, no_body).title == "2026-12-10 Lunch & Learn: topic wanted"


def test_pairs_are_named_and_a_three_is_told() -> None:
    pairs = (("ada@example.com", "bob@example.com"), ("cy@example.com", "ada@example.com", "bob@example.com"))
    session = a_session({"facilitator": "ada@example.com"}, "pairing", pairs=pairs)
    event = session_event(session, CRAFT, TEAM)
    assert event.summary == "Craft hour: pairing"
    assert "Pair 1: Ada Lovelace and Bob\nPair 2: Cy, Ada Lovelace and Bob (a three)\n" in event.description
    assert "topic" not in event.description.lower()


def test_a_cancelled_session_says_why_and_nothing_else() -> None:
    session = replace(SESSION, state=State.CANCELLED, note="Christmas party")
    event = session_event(session, LUNCH, TEAM)
    assert (event.cancelled, event.description) == (True, "Status: cancelled: Christmas party")
    assert region(session).splitlines()[3] == "| **Status** | cancelled: Christmas party |"
    assert "Facilitator" not in region(session)
    skipped = replace(SESSION, state=State.SKIPPED, note="public holiday: Neujahr")
    assert "| **Status** | skipped: public holiday: Neujahr |" in region(skipped)


def test_the_nearest_whiteboard_is_shown() -> None:
    topic = {**TOPIC, "whiteboard": "https://example.com/topic"}
    series = {"name": "Lunch & Learn", "format": "lunch-and-learn", "cadence": _weekly("thursday", "12:15")}
    boarded = {**series, "whiteboard": "https://example.com/series"}
    for changes, expected in (
        ({"topics": [topic], "series": [boarded]}, "topic"),
        ({"series": [boarded]}, "series"),
        ({}, "team"),
    ):
        team = a_team(whiteboard="https://example.com/team", **changes)
        session = replace(SESSION, topic=backlog(team)[0])
        assert f"| **Whiteboard** | <https://example.com/{expected}> |" in region(session, team)
    odd = region(SESSION, TEAM.model_copy(update={"whiteboard": "the one in room [3]"}))
    assert "| **Whiteboard** | the one in room \\[3\\] |" in odd


def test_former_addresses_and_strangers_have_a_name() -> None:
    session = a_session({"facilitator": "countess@example.com", "presenter": "gone@example.com"})
    description = session_event(session, LUNCH, TEAM).description
    assert "Facilitator: Ada Lovelace\nPresenter: gone@example.com\n" in description


def test_times_are_the_teams_own() -> None:
    session = replace(SESSION, slot=replace(SESSION.slot, zone="Asia/Tokyo"))
    team = a_team(timezone="Asia/Tokyo")
    assert "Thursday 2026-12-10, 20:15–21:00 (Asia/Tokyo)" in region(session, team)
    context = template_context(session, LUNCH, team)
    assert (context.date, context.weekday, context.start, context.end) == ("2026-12-10", "Thursday", "20:15", "21:00")


def test_a_format_that_the_team_no_longer_has_still_shows() -> None:
    assert page(a_session({"host": "bob@example.com"}, "fishbowl"), LUNCH, TEAM, no_body).region.count("**Host**") == 1


def test_recording_can_be_off() -> None:
    team = a_team(recording={"consent": "off"})
    assert "Recording: none" in session_event(SESSION, LUNCH, team).description
    assert template_context(SESSION, LUNCH, team).recording is False


def test_a_series_says_when_the_rest_is_decided() -> None:
    rule = Recurrence(at("2026-12-03 12:15"), "FREQ=WEEKLY;BYDAY=TH")
    event = series_event(LUNCH, TEAM, "platform/lunch-learn/1", rule, 45, {"ada@example.com": "Ada Lovelace"})
    assert (event.starts, event.zone, event.minutes, event.summary) == (rule.starts, ZONE, 45, "Lunch & Learn")
    assert "12 weeks ahead" in event.description
    assert event.until is None
    soon = a_team(rotation={"ahead": timedelta(days=10)})
    assert "10 days ahead" in series_event(LUNCH, soon, "key", rule, 45, {}).description
    ended = series_event(LUNCH, TEAM, "key", rule, 45, {}, at("2026-12-31 12:15"), "Europe/London")
    assert (ended.until, ended.zone) == (at("2026-12-31 12:15"), "Europe/London")


def test_a_title_fits_a_wiki() -> None:
    topic = replace(backlog(TEAM)[0], title="x" * 200)
    series = LUNCH.model_copy(update={"name": "y" * 200})
    title = page(replace(SESSION, topic=topic), series, TEAM, no_body).title
    assert len(title) == LONGEST_TITLE
    assert title.endswith("x…")


NASTY = [
    "]]> <script> [x](javascript:alert(1)) | # *",
    "<!-- peerloop:end -->",
    "a\r\nBEGIN:VEVENT",
    "**",
    "\\",
    "&#60;b&gt;",
]
LABELS = ("Session", "When", "Status", "Topic", "Why", "Suggested by", "Whiteboard", "Recording", "Note")
texts = st.one_of(
    st.sampled_from(NASTY),
    st.text(min_size=1, max_size=40),
    st.text("\\`*_[]()<>|~#-+=.1!&;: \n\ta", min_size=1, max_size=30),
)


@examples(200)
@given(texts, texts, texts, texts, texts)
def test_words_of_people_stay_words(title: str, why: str, name: str, role: str, item: str) -> None:
    members = [member.model_copy(update={"name": name}) for member in TEAM.members]
    team = TEAM.model_copy(update={"members": tuple(members), "team": name, "whiteboard": why})
    series = LUNCH.model_copy(update={"name": title})
    topic = replace(backlog(TEAM)[0], title=title, why=why, area=role, link=f"javascript:{item}")
    session = a_session({role: "ada@example.com"}, topic=topic, note=why, state=State.HELD)
    items = [to_do(item, due=date(2026, 12, 1), handle=name), replace(to_do(item), page=item)]
    carried = [Carried(item, 1) for item in items]
    made = page(session, series, team, no_body, carried)

    assert "<!--" not in made.region
    tokens = MARKDOWN.parse(made.region)
    inline = [child for token in tokens for child in token.children or []]
    kinds = [token.type for token in (*tokens, *inline)]
    assert "html_block" not in kinds
    assert "html_inline" not in kinds
    assert kinds.count("tr_open") == len(LABELS) + 1  # and the role
    assert kinds.count("td_open") + kinds.count("th_open") == 2 * kinds.count("tr_open")
    assert kinds.count("list_item_open") == len(items)
    links = {str(token.attrs["href"]) for token in inline if token.type == "link_open"}
    assert all(re.match(r"https://|page:[\w./:%~-]+$", link) for link in links)
    assert not any(link.startswith("javascript") for link in links)
    assert "\n" not in made.title

    event = session_event(session, series, team)
    told = series_event(series, team, "key", Recurrence(session.slot.wall, "FREQ=WEEKLY"), 45, {})
    for text in (event.summary, event.description, told.summary, told.description, made.title):
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]", text)
    assert event.description.count("\n") == len(LABELS) - 3  # the role, and no Session, When and Status
    assert fingerprint(made.content) == fingerprint(page(session, series, team, no_body, carried[::-1]).content)


@pytest.mark.parametrize("format", BUILT_IN.values(), ids=lambda format: format.name)
def test_a_whole_page_reads_as_one_document(format: SessionFormat) -> None:
    session = a_session(dict.fromkeys(format.roles, "ada@example.com"), format.name, topic=backlog(TEAM)[0])
    made = page(session, LUNCH, TEAM, lambda form, context: render(form, Path("nowhere"), context))
    html = MARKDOWN.render(f"# {made.title}\n\n{made.region}\n\n{made.body}")
    assert html.count("<h1>") == 1
    assert html.count("<table>") >= 3
    assert "<h2>Agenda</h2>" in html
    assert "{{" not in html
    assert "{%" not in html
