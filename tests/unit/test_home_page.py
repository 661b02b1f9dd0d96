"""What a newcomer reads first: what comes, what was learned, what is open, and whose turns it was."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from config.markdown import markdown_text
from daemon.describe.home_page import (
    LONGEST_TAKEAWAY,
    MOST_COMING,
    MOST_OPEN,
    MOST_PAST,
    MOST_TAKEAWAYS,
    MOST_WAITING,
    MOST_WANTED,
    home_page,
)
from daemon.describe.pages import FOOTER, LONGEST_TITLE
from daemon.model import (
    CHART,
    Assignment,
    Bar,
    CalledOffBy,
    Kind,
    Observed,
    Page,
    Reason,
    Session,
    Slot,
    State,
    WriteUp,
    backlog,
    on_the_wall,
)
from daemon.model.links import references
from daemon.model.memory import Item, KnownSeries, Memory, Record
from daemon.model.names import page_key
from daemon.model.needs import Gathered, Sighting, need_id
from integrations.formats.markdown.write_up import lacking
from tests.soak import examples
from tests.unit.test_describe import EARLIER, SESSION, TEAM, TOPIC, ZONE, a_team, at, texts, to_do

MARKDOWN = MarkdownIt("commonmark").enable("table")
LUNCH = KnownSeries("platform/lunch-learn", "Lunch & Learn", date(2026, 12, 3))
ADA, BOB = "ada@example.com", "bob@example.com"
NOW = on_the_wall(at("2026-12-14 10:00"), ZONE)


def session(wall: str, state: State = State.ANNOUNCED, **changes: object) -> Session:
    start = at(wall)
    slot = Slot(LUNCH.key, start, ZONE, start, on_the_wall(start, ZONE), 45, "lunch-and-learn")
    turns = tuple(
        Assignment(role, email, Reason("turn", ""), {ADA: 1.0, BOB: 0.5})
        for role, email in {"facilitator": ADA, "presenter": BOB}.items()
    )
    made = replace(SESSION, slot=slot, assignments=turns, state=state, topic=None, page=f"{slot.key}/page")
    return replace(made, **changes)  # type: ignore[arg-type]


def memory(*sessions: Session, told: WriteUp | None = None, name: str = "Lunch & Learn") -> Memory:
    known = {one.key: one for one in sessions}
    seen = (
        Observed(one.page, Kind.PAGE, {}, url=f"wiki/{one.page}.md", write_up=told or WriteUp()) for one in sessions
    )
    records = {one.key: Record(one.key, Kind.PAGE, observed=one) for one in seen}
    return Memory(
        "platform", "Platform", series={LUNCH.key: replace(LUNCH, name=name)}, sessions=known, records=records
    )


def home(known: Memory, items: Sequence[Item] = (), now: datetime = NOW) -> Page:
    return home_page(TEAM, known, items, now)


NEXT, PAST = session("2026-12-17 12:15"), session("2026-12-10 12:15", State.HELD)
NEXT = replace(NEXT, assignments=(*NEXT.assignments, Assignment("note-taker", None, Reason("turn", ""))))
WAITING = "**Topics that wait**\n\n- [How our ingress works](https://example.com/12) (kubernetes) – suggested by Bob"
TAKING_PART = (
    "**How to take part**\n\n"
    "- There is something that you want to know? Write it on this page below the heading “What I want to learn”, as an "
    "item of a list; add the heading where it is missing. peerloop keeps the words and the week, not who wrote them, "
    "takes out the names of the team, and shows it here from the next Monday on. The wiki's own history, if it has "
    "one, still shows who edited this page.\n"
    "- There is something that you want to show, or a topic to vote for? Tell Ada Lovelace, who keeps the list.\n"
    "- You cannot come when it is your turn? Decline that date in the calendar, the earlier the better: the turn goes "
    "to somebody else where that can be.\n"
    "- You were there? Write on the session's page: below “Takeaways” what you learned, and what is to be done as a "
    "box to tick, with a name and a date. It stands here until it is ticked."
)


def test_a_newcomer_reads_all_of_it() -> None:
    told = WriteUp(("Caches *lie*", "Measure"), "https://video.example.com", True, ("Ada",))
    party = session("2026-12-15 12:15", State.CANCELLED, called_off_by=CalledOffBy.LEAD, note="*Party*")
    ended = session("2026-12-16 12:15", State.CANCELLED, called_off_by=CalledOffBy.CADENCE, note="no date any more")
    items = [to_do("Tidy up"), to_do("Write it up", "bob@example.com", date(2026, 12, 20))]
    items.append(to_do("Order the books", "bob@example.com", date(2026, 12, 13)))
    page = home(memory(NEXT, PAST, party, ended, told=told), [replace(item, page=PAST.page) for item in items])
    assert (page.key, page.name, page.title) == ("platform/home", "home", "Platform: peer learning")
    assert (page.year, page.labels) == (None, ("platform",))
    assert page.chart == (Bar("Ada Lovelace", 1.0, 1.33), Bar("Bob", 1.0, 0.67))
    assert page.region == (
        "**Coming up (Europe/Berlin)**\n\n"
        "- Tuesday 2026-12-15, 12:15: Lunch & Learn – called off: \\*Party\\*\n"
        "- [Thursday 2026-12-17, 12:15: Lunch & Learn](page:platform/lunch-learn/2026-12-17T12:15/page)"
        " – Ada Lovelace (facilitator), Bob (presenter), nobody yet (note-taker); topic wanted\n\n"
        "**Still to be done**\n\n"
        "- [Order the books](page:platform/lunch-learn/2026-12-10T12:15/page) – Bob, overdue: was due 2026-12-13\n"
        "- [Write it up](page:platform/lunch-learn/2026-12-10T12:15/page) – Bob, due 2026-12-20\n"
        "- [Tidy up](page:platform/lunch-learn/2026-12-10T12:15/page) – nobody yet\n\n"
        f"{WAITING}\n\n"
        f"{TAKING_PART}\n\n"
        "**What we learned**\n\n"
        "- [2026-12-10 Lunch & Learn](page:platform/lunch-learn/2026-12-10T12:15/page)\n"
        "  - Caches \\*lie\\*\n"
        "  - Measure\n"
        "  - [Recording](https://video.example.com)\n\n"
        "**Turns taken**\n\n"
        "| Who | Turns taken | Fair share |\n"
        "| --- | ---: | ---: |\n"
        "| Ada Lovelace | 1 | 1.3 |\n"
        "| Bob | 1 | 0.7 |\n\n"
        f"![Turns taken, of a fair share: Ada Lovelace 1 of 1.3; Bob 1 of 0.7]({CHART})\n\n{FOOTER}"
    )


def test_what_there_is_nothing_of_is_not_there() -> None:
    page = home_page(TEAM.model_copy(update={"topics": []}), memory(), (), NOW)
    assert page.region == f"**Coming up (Europe/Berlin)**\n\nNothing is planned yet.\n\n{TAKING_PART}\n\n{FOOTER}"
    assert page.chart == ()


def test_a_session_stays_while_it_is_in_progress_and_is_never_there_twice() -> None:
    start = NEXT.slot.starts_at
    for minutes in (-1, 0, 44):
        assert home(memory(NEXT), now=start + timedelta(minutes=minutes)) == home(memory(NEXT))
    over = home(memory(replace(NEXT, state=State.HELD)), now=NEXT.slot.ends_at)
    assert (
        "Nothing is planned yet." in over.region and over.region.count("2026-12-17") == 2
    )  # in its words, and in its link


def test_a_session_says_what_it_is_about_or_else_its_format_where_that_has_no_topics() -> None:
    about = session("2026-12-18 12:15", topic=backlog(TEAM)[0])
    pairing = replace(PAST, slot=replace(PAST.slot, format="pairing"))
    page = home(memory(about, pairing))
    assert f"12:15: Lunch & Learn: {TOPIC['title']}](" in page.region
    assert "[2026-12-10 Lunch & Learn: pairing](" in page.region


def test_it_stays_readable_however_long_the_programme_goes_on() -> None:
    weeks = [NOW + timedelta(weeks=number) for number in range(-80, 20)]
    states = {True: State.HELD, False: State.ANNOUNCED}
    sessions = [session(f"{week:%Y-%m-%d} 12:15", states[week < NOW]) for week in weeks]
    told = WriteUp(tuple(f"{number} {'x' * 1000}" for number in range(50)))
    wishes = [{"title": f"wish {number}", "votes": number, "link": "https://example.com"} for number in range(1, 71)]
    items = [to_do(f"item {number}") for number in range(70)]
    lines = home_page(a_team(topics=wishes), memory(*sessions, told=told), items, NOW).region.split("\n")
    assert sum(" (facilitator)" in line for line in lines) == MOST_COMING
    assert sum(line.startswith("- [20") for line in lines) == MOST_PAST
    assert sum(line.startswith("- [item") for line in lines) == MOST_OPEN
    assert f"And {70 - MOST_OPEN} more." in lines
    assert [line.rpartition(" – ")[2] for line in lines if line.startswith("- [wish")] == [
        f"{votes} votes" for votes in range(70, 70 - MOST_WAITING, -1)
    ]
    assert f"And {70 - MOST_WAITING} more." in lines
    takeaways = [line for line in lines if line.startswith("  - ")]
    assert len(takeaways) == MOST_PAST * MOST_TAKEAWAYS
    assert {len(line) for line in takeaways} == {len("  - ") + LONGEST_TAKEAWAY}


@examples(100)
@given(texts, texts, texts, texts, texts)
def test_words_of_people_stay_words(name: str, title: str, takeaway: str, item: str, member: str) -> None:
    members = tuple(one.model_copy(update={"name": member}) for one in TEAM.members)
    wish = TEAM.topics[0].model_copy(update={"title": f"{title}.", "area": title})
    team = TEAM.model_copy(update={"members": members, "team": name, "topics": [wish]})
    topic = replace(backlog(TEAM)[0], title=title)
    sessions = [replace(one, topic=topic) for one in (NEXT, PAST)]
    known = memory(*sessions, told=WriteUp((takeaway, f"{takeaway}.")), name=name)
    shown = [one for one in (takeaway, f"{takeaway}.") if markdown_text(one)]
    items = [to_do(item, due=date(2026, 12, 1), handle=member), to_do(item)]
    page = home_page(team, known, items, NOW)

    assert page == home_page(team, known, items, NOW)
    assert "\n" not in page.title and len(page.title) <= LONGEST_TITLE
    assert references(page) == {NEXT.page, PAST.page, page_key(EARLIER)}
    tokens = MARKDOWN.parse(page.region)
    inline = [child for token in tokens for child in token.children or []]
    kinds = [token.type for token in (*tokens, *inline)]
    assert not {"html_block", "html_inline", "heading_open", "code_inline", "fence"} & set(kinds)
    assert kinds.count("list_item_open") == 1 + len(items) + 1 + 4 + 1 + len(shown)
    assert (kinds.count("tr_open"), kinds.count("td_open"), kinds.count("th_open")) == (3, 6, 3)
    links = [str(token.attrs["href"]) for token in inline if token.type == "link_open"]
    waiting = "https://example.com/12"
    assert [link.removeprefix("page:") for link in links] == [NEXT.page, *[page_key(EARLIER)] * 2, waiting, PAST.page]
    assert [token.attrs["src"] for token in inline if token.type == "image"] == [CHART]


@examples(50)
@given(st.permutations([NEXT, PAST, session("2026-12-03 12:15", State.CLOSED), session("2026-12-24 12:15")]))
def test_the_same_sessions_give_the_same_page(sessions: list[Session]) -> None:
    assert home(memory(*sessions)) == home(memory(*sorted(sessions, key=lambda one: one.key)))


def test_a_topic_waits_until_a_session_has_it() -> None:
    topic = backlog(TEAM)[0]
    assert WAITING in home(memory(NEXT)).region
    assert WAITING not in home(memory(replace(NEXT, topic=topic))).region
    assert WAITING not in home(memory(replace(PAST, topic=topic))).region
    off = replace(NEXT, topic=topic, state=State.CANCELLED, called_off_by=CalledOffBy.PEOPLE)
    assert WAITING in home(memory(off)).region
    renamed = a_team(topics=[{"title": "Ingress anew", "was": [topic.title]}])
    assert "Ingress anew" not in home_page(renamed, memory(replace(PAST, topic=topic)), (), NOW).region


def test_what_was_called_off_after_all_that_is_shown_is_left_out() -> None:
    off = session("2026-12-24 12:15", State.SKIPPED, called_off_by=CalledOffBy.RULE, note="Christmas Eve")
    assert "Christmas Eve" not in home(memory(NEXT, off)).region
    assert "called off: Christmas Eve" in home(memory(NEXT, off, session("2026-12-31 12:15"))).region
    assert "called off: Christmas Eve" in home(memory(off)).region
    assert "Christmas Eve" not in home(memory(off), now=off.slot.ends_at).region


def wanted(*sightings: Sighting, **changes: object) -> str:
    """Return what a home page says of what people want to learn."""
    known = replace(memory(), sources={"retros": Gathered("", sightings[:1]), "home": Gathered("", sightings[1:])})
    region = home_page(TEAM.model_copy(update=changes), known, (), NOW).region
    turned = replace(known, sources=dict(reversed([*known.sources.items()])))
    assert region == home_page(TEAM.model_copy(update=changes), turned, (), NOW).region
    return region.partition("**What people want to learn**\n\n")[2].partition("\n\n**How")[0]


def test_what_people_want_to_learn_is_there_by_area_until_the_lead_decides() -> None:
    day = date(2026, 12, 7)
    retro = Sighting("How does the ingress *drain*?", "Retro", day, "wiki/platform/retros/1.md", "kubernetes", 2)
    web = Sighting("how DNS caches", "INC-12", day, "https://example.com/12")
    said = Sighting("how does the ingress drain", "the home page", day, "wiki/platform/home.md")
    assert wanted(retro, web, said) == (
        "- kubernetes\n"
        "  - How does the ingress \\*drain\\*? – noticed 3 times: the home page, in the week of 2026-12-07; "
        "[Retro, 2026-12-07](at:wiki/platform/retros/1.md); perhaps the same as “How our ingress works”\n"
        "- Of no area yet\n"
        "  - how DNS caches – noticed once: [INC-12, 2026-12-07](https://example.com/12)"
    )
    this_week = replace(said, seen=NOW.date())
    assert "noticed twice: [Retro" in wanted(retro, web, this_week)
    taken_up = [TEAM.topics[0].model_copy(update={"answers": (need_id(said.text),)})]
    assert "ingress" not in wanted(retro, web, said, topics=taken_up)
    assert wanted(retro, web, said, topics=taken_up, declined=(need_id(web.text),)) == ""
    many = wanted(*(replace(web, text=f"question {number}") for number in range(MOST_WANTED + 5)))
    assert many.count("question") == MOST_WANTED and many.endswith("And 5 more.")


def test_a_new_home_page_has_a_place_for_wishes_that_asks_for_no_name() -> None:
    page = home(memory())
    heading = page.region.partition("below the heading “")[2].partition("”")[0]
    assert page.body.startswith(f"## {heading}\n") and lacking(page.body) == ((), ())
    assert lacking(page.body.replace("\n-\n", "\n- sagas\n- why is it slow?\n")) == (("sagas", "why is it slow?"), ())
