"""Who is thanked at the beginning of a quarter, for what, and with what to show for it."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from daemon.describe.home_page import home_page
from daemon.describe.pages import FOOTER
from daemon.describe.thanks import Quarter, thanks_page
from daemon.model import Assignment, Kind, Observed, Session, State, Topic
from daemon.model.links import references
from daemon.model.memory import Item, Memory, Progress, Record
from daemon.model.names import thanks_key
from daemon.tell.thanks import notes
from tests.soak import examples
from tests.unit.test_briefing import ADA, BOB, CAT, SLOT, TURN, memory, noon, session, team

HELD = replace(session(), state=State.DOCUMENTED, page="page-1")
DIVE = replace(
    HELD,
    slot=replace(
        SLOT, wall=datetime.fromisoformat("2026-11-03T14:00"), starts_at=noon("2026-11-03"), format="deep-dive"
    ),
    assignments=(Assignment("note-taker", CAT, TURN), Assignment("facilitator", BOB, TURN)),
    topic=None,
    page="page-2",
)
ITEM = Item(
    "i", "page-1", "1", "Write *it* up", HELD.key, date(2026, 12, 10), date(2026, 12, 17), assignee=CAT,
    state=Progress.DONE, ended=date(2026, 12, 15),
)  # fmt: skip
KEY = "platform/thanks/2026-Q4"
JANUARY = noon("2027-01-04")


def known(*sessions: Session, items: tuple[Item, ...] = (ITEM,), there: bool | None = None) -> Memory:
    seen = Observed(KEY, Kind.PAGE, {}, url="https://wiki/thanks", gone=there is False)
    thanks = {} if there is None else {KEY: Record(KEY, Kind.PAGE, observed=seen)}
    at = memory()
    return replace(
        at,
        sessions={one.key: one for one in sessions or (HELD, DIVE)},
        items={one.key: one for one in items},
        records={**at.records, **thanks},
    )


def test_those_who_did_something_are_thanked_by_name_with_the_pages_that_show_it() -> None:
    page = thanks_page(team(), known(), JANUARY)
    assert page is not None
    assert (page.key, page.name, page.title) == (KEY, "thanks-2026-q4", "Platform: thanks for 2026 Q4")
    assert (page.body, page.year, page.labels, page.kind) == ("", 2026, ("platform", "thanks"), Kind.PAGE)
    lunch = "[Lunch & Learn: How our ingress works on 2026-12-10](page:page-1)"
    dive = "[Lunch & Learn on 2026-11-03](page:page-2)"
    assert page.region == (
        "Thank you for 2026 Q4! In alphabetical order, with the pages that tell of it:\n\n"
        f"- **Ada Lovelace** led {lunch}; wrote up {lunch}\n"
        f"- **Bob Noyce** led {dive}; presented at {lunch}\n"
        f"- **Cat Stevens** took notes at {dive}; finished [“Write \\*it\\* up”](page:page-1)\n\n{FOOTER}"
    )


def test_it_is_the_past_quarter_and_only_in_the_first_weeks_of_the_next() -> None:
    assert thanks_page(team(), known(), noon("2026-12-31")) is None
    days = [date(2027, 1, 1) + timedelta(days=n) for n in range(120)]
    made = [day for day in days if thanks_page(team(), known(), noon(f"{day}"))]
    assert (made[0], made[-1], len(made)) == (date(2027, 1, 1), date(2027, 1, 28), 28)


def test_the_quarter_begins_in_the_teams_zone() -> None:
    midnight = datetime(2026, 12, 31, 23, 30, tzinfo=ZoneInfo("UTC"))
    assert thanks_page(team(), known(), midnight) is not None
    assert thanks_page(team(timezone="Europe/London"), known(), midnight) is None


def test_nobody_is_thanked_where_nothing_was_held() -> None:
    called_off = replace(HELD, state=State.CANCELLED)
    assert thanks_page(team(), known(called_off), JANUARY) is None
    assert thanks_page(team(), Memory("platform", "Platform"), JANUARY) is None


def test_only_what_was_finished_in_the_quarter_counts() -> None:
    others = (
        replace(ITEM, state=Progress.DROPPED),
        replace(ITEM, key="2", ended=date(2027, 1, 2)),
        replace(ITEM, key="3", ended=None),
        replace(ITEM, key="4", state=Progress.OPEN, ended=None),
        replace(ITEM, key="5", assignee=None),
        replace(ITEM, key="6", assignee="former@example.com"),
    )
    page = thanks_page(team(), known(HELD, items=others), JANUARY)
    assert page is not None and "finished" not in page.region


def test_who_opts_out_is_left_out_of_the_page_and_gets_no_note() -> None:
    quiet = team({BOB: {"mute": ["thanks"]}})
    page = thanks_page(quiet, known(), JANUARY)
    assert page is not None and "Bob" not in page.region and "Ada" in page.region
    assert [one.to for one in notes(quiet, known(there=True), JANUARY)] == [ADA, CAT]
    everybody = {email: {"mute": ["thanks"]} for email in (ADA, BOB, CAT)}
    assert thanks_page(team(everybody), known(), JANUARY) is None


def test_each_of_them_gets_a_note_once_the_page_is_there() -> None:
    assert list(notes(team(), known(), JANUARY)) == []
    assert list(notes(team(), known(there=False), JANUARY)) == []
    said = list(notes(team(), known(there=True), JANUARY))
    assert [(one.key, one.to, one.kind, one.url) for one in said] == [
        (f"{KEY}/{email}", email, "thanks", "https://wiki/thanks") for email in (ADA, BOB, CAT)
    ]
    assert said[1].text == (
        "In 2026 Q4 you led Lunch & Learn on 2026-11-03; "
        "presented at Lunch & Learn: How our ingress works on 2026-12-10"
    )
    assert list(notes(team(), known(there=True), noon("2027-02-01"))) == []


def test_a_note_stays_short_and_says_no_number() -> None:
    weeks = [replace(HELD, slot=replace(SLOT, wall=SLOT.wall - timedelta(weeks=n))) for n in range(9)]
    note = next(notes(team(), known(*weeks, there=True), JANUARY)).text
    assert note.count("Lunch & Learn") == 4 and note.count("and more") == 2


def test_the_home_page_links_the_page_from_the_pass_that_makes_it_and_for_good() -> None:
    new = home_page(team(), known(), (), JANUARY, [KEY])
    later = home_page(team(), known(there=True), (), noon("2027-06-01"))
    for page in (new, later):
        assert f"**Thank you**\n\n[2026 Q4](page:{KEY})\n" in page.region
    assert "Thank you" not in home_page(team(), known(there=False), (), JANUARY, [KEY]).region
    assert "Thank you" not in home_page(team(), known(), (), JANUARY).region


def test_a_session_that_is_about_nothing_and_a_name_with_markup_do_no_harm() -> None:
    odd = team({ADA: {"name": "**Ada** <b>](x"}})
    topic = replace(HELD, topic=Topic(title="a](https://evil.example.com) <script>"))
    page = thanks_page(odd, known(topic), JANUARY)
    assert page is not None
    tokens = [child for token in MarkdownIt("commonmark").parse(page.region) for child in token.children or [token]]
    assert not {"html_inline", "html_block"} & {token.type for token in tokens}
    assert {token.attrs["href"] for token in tokens if token.type == "link_open"} == {"page:page-1"}
    assert references(page) == {"page-1"}


@examples(100)
@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)))
def test_quarters_follow_one_another(day: date) -> None:
    quarter = Quarter.of(day)
    assert quarter.starts <= day and Quarter.of(quarter.starts) == quarter
    assert Quarter.of(quarter.starts - timedelta(days=1)) == quarter.before < quarter
    assert thanks_key("platform", quarter) == f"platform/thanks/{day.year}-Q{-(-day.month // 3)}"
