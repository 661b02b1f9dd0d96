"""What people wrote on a page of Confluence."""

from datetime import date
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.formats import BUILT_IN, SessionFormat
from config.templates import render
from daemon.model import ActionItem, Mark, WriteUp
from integrations.confluence.api import PageState
from integrations.confluence.markup import storage_of
from integrations.confluence.reading import action_items, unread, write_up
from integrations.confluence.seen import observed
from integrations.confluence.storage import Malformed, new_region
from integrations.formats.page_words import PLACEHOLDER
from tests.soak import examples
from tests.unit.confluence_documents import ODDITIES, TREES, Tag, saved
from tests.unit.test_templates import CONTEXT

DUE = date(2026, 12, 1)
ADA = '<ac:link><ri:user ri:account-id="5b10ac8d" /></ac:link>'
BOB = "<ac:link><ri:user ri:userkey='ff8080'/><ac:link-body>Bob Noyce</ac:link-body></ac:link>"
PEOPLE = {"5b10ac8d": "ada@example.com", "cleo": "cleo@example.com"}
JIRA = (
    "<ac:structured-macro ac:name='jira'><ac:parameter ac:name='server'>Jira</ac:parameter>"
    "<ac:parameter ac:name='key'>PLAT-7</ac:parameter></ac:structured-macro>"
)
LINKED = ("https://e.x/browse/PLAT-7", "ada@example.com", None)
PICTURED = ("The new map map.png", None, None)
WHEN = '<time datetime="2026-12-01" />'


def task(body: str, number: int | str = 1, status: str = "incomplete") -> str:
    return (
        f"<ac:task><ac:task-id>{number}</ac:task-id><ac:task-uuid>7f-{number}</ac:task-uuid>"
        f"<ac:task-status>{status}</ac:task-status><ac:task-body>{body}</ac:task-body></ac:task>"
    )


def tasks(*written: str) -> str:
    return f"<ac:task-list>{''.join(written)}</ac:task-list>"


def items(storage: str) -> tuple[ActionItem, ...]:
    return action_items("page", storage, PEOPLE)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (f"{ADA} write it by {WHEN}", ("write it", "ada@example.com", DUE)),
        (
            f"<span class='placeholder-inline-tasks'>{ADA}&nbsp;write it {WHEN}&nbsp;</span>",
            ("write it", "ada@example.com", DUE),
        ),
        (f"<p>{WHEN} {ADA}</p><p>write<br/>it</p>", ("write it", "ada@example.com", DUE)),
        (f"write it ({ADA}), until: {WHEN}.", ("write it.", "ada@example.com", DUE)),
        (f"write it (due {WHEN})", ("write it", None, DUE)),
        (f"meet {WHEN} with {ADA} and {BOB}", ("meet with and @Bob Noyce", "ada@example.com", DUE)),
        (f"{BOB} write it", ("write it", "Bob Noyce", None)),
        ("<ac:link><ri:user ri:username='cleo'/></ac:link> write it", ("write it", "cleo@example.com", None)),
        ("<ac:link><ri:user ri:account-id='9'/></ac:link> write it", ("write it", "9", None)),
        ("@ada write it by 2026-12-01", ("write it", "ada", DUE)),
        ("<strong>@ada</strong> write it, due 2026-12-01.", ("write it.", "ada", DUE)),
        (f"write it by {WHEN}, not <time datetime='2027-01-05'/>", ("write it, not 2027-01-05", None, DUE)),
        ("write it by <time datetime='soon'/>", ("write it by soon", None, None)),
        ("use <code>@cache by 2027-01-01</code> more", ("use `@cache by 2027-01-01` more", None, None)),
        ("a &amp; b <ac:emoticon ac:name='blue-star' ac:emoji-fallback='🎉'/>", ("a & b 🎉", None, None)),
        (
            "see <ac:link><ri:page ri:content-title='Runbook' ri:version-at-save='3'/></ac:link>",
            ("see Runbook", None, None),
        ),
        ("<ac:inline-comment-marker ac:ref='1'>wri</ac:inline-comment-marker>te it", ("write it", None, None)),
        (f"<del>{ADA} write <em>it</em> by {WHEN}</del>", ("~~write it~~", "ada@example.com", DUE)),
        (
            "<p><span style='text-decoration: line-through;'>write it</span> <s>up</s></p>",
            ("~~write it~~ ~~up~~", None, None),
        ),
        ("read <del>it</del>", ("read ~~it~~", None, None)),
        (f"{JIRA} by {WHEN}", ("PLAT-7", None, DUE)),
        (f"{ADA} fix {JIRA}", ("fix PLAT-7", "ada@example.com", None)),
        (f"{ADA} <a href='https://e.x/browse/PLAT-7' data-card-appearance='inline'></a>", LINKED),
        ("<ac:image ac:alt='The new map'><ri:attachment ri:filename='map.png'/></ac:image>", PICTURED),
        ("<ac:image><ri:url ri:value='https://e.x/map.png'/></ac:image>", ("https://e.x/map.png", None, None)),
        (f"write it {ADA}<ac:placeholder>{PLACEHOLDER}</ac:placeholder>", ("write it", "ada@example.com", None)),
    ],
)
def test_an_item_as_it_is_written(body: str, expected: tuple[str, str | None, date | None]) -> None:
    text, assignee, due = expected
    assert items(tasks(task(body, 4, "complete"))) == (ActionItem("page", "4", text, assignee, due, True),)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "&nbsp;<br/>",
        f"<ac:placeholder>{PLACEHOLDER}</ac:placeholder>",
        f"<p>{PLACEHOLDER}</p>",
        ADA,
        f"{ADA} by {WHEN}",
        "@ada",
    ],
)
def test_a_task_without_words_is_no_item(body: str) -> None:
    assert items(tasks(task(body))) == ()


MACRO = "<ac:structured-macro ac:name='{}'>{}</ac:structured-macro>"
PARAMETER = "<ac:parameter ac:name='{}'>{}</ac:parameter>"
DECIDED = (
    '<ac:adf-extension><ac:adf-node type="decision-list"><ac:adf-attribute key="local-id">1</ac:adf-attribute>'
    '<ac:adf-node type="decision-item"><ac:adf-attribute key="state">DECIDED</ac:adf-attribute>'
    "<ac:adf-content>We cache <em>less</em></ac:adf-content></ac:adf-node></ac:adf-node>"
    "<ac:adf-fallback><ul><li>We cache less</li></ul></ac:adf-fallback></ac:adf-extension>"
)
THINGS = {
    "an issue": (MACRO.format("jira", PARAMETER.format("server", "Jira") + PARAMETER.format("key", "P-7")), "P-7"),
    "a list of issues": (MACRO.format("jira", PARAMETER.format("jqlQuery", "project = P")), "project = P"),
    "a file": ("<ac:link><ri:attachment ri:filename='map.png'/></ac:link>", "map.png"),
    "a file of some day": (
        "<ac:link><ri:attachment ri:filename='notes 2026-12-24.pdf'/></ac:link>",
        "notes 2026-12-24.pdf",
    ),
    "a file of a day that is shown": (
        MACRO.format("view-file", PARAMETER.format("name", "<ri:attachment ri:filename='2026-12-24.pdf'/>")),
        "2026-12-24.pdf",
    ),
    "a file that is shown": (
        MACRO.format("view-file", PARAMETER.format("name", "<ri:attachment ri:filename='plan.pdf'/>")),
        "plan.pdf",
    ),
    "a blog post": (
        "<ac:link><ri:blog-post ri:content-title='We moved' ri:posting-day='2026/11/02'/></ac:link>",
        "We moved",
    ),
    "a space": ("<ac:link><ri:space ri:space-key='OPS'/></ac:link>", "OPS"),
    "somebody's profile": (
        MACRO.format("profile", PARAMETER.format("user", "<ri:user ri:account-id='5b10ac8d'/>")),
        "ada@example.com",
    ),
    "a video": (MACRO.format("widget", PARAMETER.format("url", "<ri:url ri:value='https://v.x/1'/>")), "https://v.x/1"),
    "any macro": (MACRO.format("roadmap", PARAMETER.format("source", "%7B%7D")), "roadmap"),
    "a decision": (DECIDED, "We cache less"),
    "a card": ("<a href='https://e.x/7' data-card-appearance='inline'>https://e.x/7</a>", "https://e.x/7"),
}


@pytest.mark.parametrize("thing", THINGS)
def test_a_task_of_one_thing_is_an_item_in_the_words_that_people_see(thing: str) -> None:
    body, text = THINGS[thing]
    for around in (body, f"<p>{body}</p>", f"{ADA} {body} {WHEN}"):
        (item,) = items(tasks(task(around)))
        assert (item.text, item.due) == (text, DUE if WHEN in around else None)
        assert unread(tasks(task(around)), PEOPLE) == ()
    assert item.assignee == "ada@example.com"


def test_whom_a_task_names_in_one_row() -> None:
    cleo = "<ac:link><ri:user ri:username='cleo'/></ac:link>"
    for body in (f"{ADA} and {cleo} fix it", f"fix it {ADA}{cleo} by 2026-12-01", f"{ADA}, @cleo@example.com fix it"):
        (item,) = items(tasks(task(body)))
        assert (item.assignee, item.together, item.besides) == ("ada@example.com", ("cleo@example.com",), "fix it")
    assert items(tasks(task(f"{ADA} fix it with {cleo}")))[0].together == ()
    assert items(tasks(task("@bob @cleo fix it")))[0].together == ("cleo",)


def test_takeaways_that_are_decisions_are_read() -> None:
    assert write_up(f"<h2>Takeaways</h2>{DECIDED}<ul><li>Measure</li></ul><h2>Next</h2>{DECIDED}").takeaways == (
        "We cache less",
        "Measure",
    )


CELLS = "<ac:layout-cell>{}</ac:layout-cell><ac:layout-cell>{}</ac:layout-cell>"
LAYOUT = f"<ac:layout><ac:layout-section>{CELLS}</ac:layout-section></ac:layout>"
ROW = "<table><tbody><tr>{}{}</tr></tbody></table>"


@pytest.mark.parametrize(
    "page",
    [
        LAYOUT.format("<h2>👥 Participants</h2>", f"<ul><li>{ADA}</li><li>Cleo</li></ul>"),
        LAYOUT.format(
            "<h2>Attendees</h2>", tasks(task(str(ADA), 1, "complete"), task("Bob", 2), task("Cleo", 3, "complete"))
        ),
        ROW.format("<th><p>Participants:</p></th>", f"<td>{ADA}<ul><li>Cleo</li></ul></td>"),
        ROW.format("<td><h3>Participants</h3></td>", f"<td>{ADA}<ul><li>Cleo</li></ul></td>"),
    ],
)
def test_who_was_there_may_stand_in_the_next_cell(page: str) -> None:
    assert write_up(page, PEOPLE).attended == ("ada@example.com", "Cleo")
    assert items(page) == ()


def test_what_stands_beside_another_heading_or_in_a_row_of_headings_is_not_taken() -> None:
    beside = LAYOUT.format("<h2>Participants</h2><p>all</p>", f"<ul><li>{ADA}</li></ul>")
    headings = ROW.format("<th><p>Takeaways</p></th>", "<th><p>Owner</p></th>")
    other = ROW.format("<th>Participants wanted</th>", f"<td>{ADA}</td>")
    for page in (beside, headings, other):
        assert write_up(page, PEOPLE) == WriteUp()


def test_a_task_that_says_who_but_not_what_cannot_be_read() -> None:
    page = tasks(task(f"{ADA} by {WHEN}", 1), task("write it", 2), task("", 3), task(PLACEHOLDER, 4), task("@ada", 5))
    assert unread(page, PEOPLE) == ("@ada@example.com by 2026-12-01", "@ada")
    assert unread(f"<h2>Who was there?</h2>{tasks(task(ADA))}", PEOPLE) == ()


def test_items_are_found_at_any_depth_and_keep_their_ids() -> None:
    inner = tasks(task("three", 3, "complete"))
    page = (
        tasks(task("one"), tasks(task("two" + inner, 2))) + f"<table><tr><td>{tasks(task('four', 4))}</td></tr></table>"
    )
    found = [(item.id, item.text, item.done) for item in items(f"<ac:layout>{page}</ac:layout>")]
    assert found == [("1", "one", False), ("2", "two", False), ("3", "three", True), ("4", "four", False)]


def test_tasks_without_an_id_of_their_own_are_told_apart() -> None:
    ids = [
        item.id
        for item in items(
            tasks(task("a"), task("b"), task("c", ""), "<ac:task><ac:task-body>d</ac:task-body></ac:task>")
        )
    ]
    assert len(set(ids)) == 4 and ids[0] == "1"


def test_what_is_ours_or_code_or_a_copy_is_not_read() -> None:
    written = tasks(task("write it")) + "<h2>Key takeaways</h2><ul><li>x</li></ul><h2>Recording</h2><p>https://e.x</p>"
    page = (
        new_region(Mark("k", {}), written)
        + f"<ac:plain-text-body><![CDATA[{written}]]></ac:plain-text-body>"
        + f"<ac:plain-text-body>{written}</ac:plain-text-body>"
        + f"<ac:adf-extension><ac:adf-fallback>{written}</ac:adf-fallback></ac:adf-extension>"
    )
    assert items(page) == () and write_up(page) == WriteUp()


def test_takeaways_are_the_items_of_the_list() -> None:
    page = (
        "<h1>Notes</h1><ul><li>no</li></ul><ac:layout-cell><h2>🎓 Key <em>takeaways</em></h2><p>What now?</p>"
        f"<ul><li>Caches <code>lie</code><ul><li><p>so measure, {ADA}</p></li></ul></li><li></li></ul><h3>For ops</h3>"
        "<ol><li>Alert</li></ol><h2>Questions</h2><ul><li>no</li></ul></ac:layout-cell><ul><li>no</li></ul>"
    )
    assert write_up(page, PEOPLE).takeaways == ("Caches `lie`", "so measure, @ada@example.com", "Alert")


def test_takeaways_are_paragraphs_where_the_list_is_empty() -> None:
    page = "<h2>Takeaways</h2><p>What should all of us know now?</p><ul><li><p /></li></ul><p>Caches lie.</p><p> </p>"
    assert write_up(page).takeaways == ("Caches lie.",)


LINK = '<a href="https://e.x/rec?a=1&amp;b=2">watch</a>'
URL = "https://e.x/rec?a=1&b=2"


@pytest.mark.parametrize(
    "page",
    [
        f"<h2>Recording</h2><p><a href='mailto:a@e.x'>Ada</a></p><p>{LINK}</p>",
        "<h3>🎥 Recordings</h3><p>It is here: https://e.x/rec?a=1&amp;b=2.</p>",
        f"<table><tr><th>Recording</th><td><p>{LINK}</p></td></tr></table>",
        f"<h2>Links</h2><ul><li><a href='https://e.x'>slides</a></li><li>Recording: {LINK}</li></ul>",
        "<p>See the <a href='https://e.x/rec?a=1&amp;b=2'>session recording</a>.</p>",
        "<h2>Recording</h2><ac:structured-macro ac:name='widget'><ac:parameter ac:name='url'>"
        "<ri:url ri:value='https://e.x/rec?a=1&amp;b=2'/></ac:parameter></ac:structured-macro>",
    ],
)
def test_the_recording_is_found(page: str) -> None:
    assert write_up(page).recording == URL


@pytest.mark.parametrize(
    "page",
    [
        "<h2>Recording</h2><p>soon</p>",
        f"<h2>Recording</h2><h2>Links</h2><p>{LINK}</p>",
        "<p>Recording: <a href='javascript:x'>x</a></p>",
    ],
)
def test_what_is_no_recording(page: str) -> None:
    assert write_up(page).recording is None


def consent_table(*rows: tuple[str, str]) -> str:
    header = "<tr><th><p>Name</p></th><th><p>May we record?</p></th></tr>"
    return (
        f"<table><tbody>{header}{''.join(f'<tr><td><p>{a}</p></td><td>{b}</td></tr>' for a, b in rows)}</tbody></table>"
    )


@pytest.mark.parametrize(
    ("page", "consent"),
    [
        ("", None),
        (consent_table(("Ada", ""), ("", "<p />")), None),
        (consent_table(("Ada", "yes"), ("Bob", "<p>Yes, please!</p>"), ("", "")), True),
        (consent_table(("Ada", "✅"), ("Bob", "<ac:emoticon ac:name='tick'/>"), (ADA, "👍🏽")), True),
        (consent_table(("Ada", "yes"), ("Bob", "")), False),
        (consent_table(("Ada", "yes"), ("Bob", "no")), False),
        (consent_table(("Ada", "yes"), ("", "x")), False),
        (consent_table(("Ada", "yes"), ("Bob", "yes, but not my face")), False),
        (consent_table(("Ada", tasks(task("", 1, "complete")))), True),
        (consent_table(("Ada", tasks(task("", 1)))), False),
        (tasks(task("Everyone agreed to the recording", 1, "complete")), True),
        (f"<h2>Recording</h2>{tasks(task('All of us agree'))}", False),
        (tasks(task("Everybody agrees on naming", 1, "complete")), None),
    ],
)
def test_everybody_agrees_or_not(page: str, consent: bool | None) -> None:
    assert write_up(page).consent is consent


def test_who_was_there() -> None:
    ticks = tasks(task(ADA, 1, "complete"), task(BOB, 2), task("Cleo P", 3, "complete"))
    named = f"<ul><li>{ADA}</li><li><p>Dan D</p></li><li></li></ul>"
    mentioned = "<p>and <ac:link><ri:user ri:username='cleo'/></ac:link></p>"
    page = f"<h2>👥 Attendees</h2><p>Please tick:</p>{ticks}{named}{mentioned}<h2>Notes</h2><p>{BOB}</p>"
    assert write_up(page, PEOPLE).attended == ("ada@example.com", "Cleo P", "Dan D", "cleo@example.com")


def test_boxes_that_are_answers_are_no_action_items() -> None:
    page = (
        f"<h2>Who was there?</h2>{tasks(task('Ada', 1), task('Bob', 2, 'complete'))}"
        f"<h2>Recording</h2>{tasks(task('Everybody agrees', 3))}"
        f"<h2>Action items</h2>{tasks(task('All agree on names', 4))}"
    )
    assert [item.id for item in items(page)] == ["4"]


@pytest.mark.parametrize("format", BUILT_IN.values(), ids=lambda format: format.name)
def test_the_built_in_templates_tell_nothing_until_people_have_written(format: SessionFormat, tmp_path: Path) -> None:
    page = storage_of(render(format, tmp_path, CONTEXT), cards=True)
    assert write_up(page) == WriteUp() and items(page) == ()
    filled = page.replace("<h2>Action items</h2>", "<p>Caches lie.</p><h2>Action items</h2>").replace(
        "<p></p>", "<p>yes</p>"
    )
    assert write_up(filled).takeaways == ("Caches lie.",) and write_up(filled).consent is True


@given(TREES, TREES, st.lists(st.sampled_from(ODDITIES), max_size=3), st.randoms(use_true_random=False))
@examples(60)
def test_any_page_is_read(before: list[Tag | str], after: list[Tag | str], oddities: list[str], random: Random) -> None:
    page = saved(before, random) + "".join(oddities) + tasks(task(f"{ADA} zz write it", "zz")) + saved(after, random)
    found = items(page)
    assert ("zz write it", "ada@example.com") in [(item.text, item.assignee) for item in found]
    assert all(item.text and item.id for item in found) and len({item.id for item in found}) == len(found)
    assert isinstance(write_up(page), WriteUp)


OURS = new_region(Mark("page", {}), "<p>ours</p>")


@pytest.mark.parametrize(
    ("status", "storage", "tells_nothing"),
    [
        ("current", f"<h1>Notes</h1>{OURS}{tasks(task('write it'))}", False),
        ("current", f"{OURS}<h2>Agenda</h2>", False),
        ("current", f"{OURS}<ac:image><ri:attachment ri:filename='map.png'/></ac:image>", False),
        ("current", f"<p></p>{OURS}<p>&nbsp;<br/></p>", True),
        ("current", "<p></p>", True),
        ("current", tasks(task("write it")), False),
        ("trashed", f"{OURS}{tasks(task('write it'))}", True),
        ("archived", f"{OURS}{tasks(task('write it'))}", True),
        ("current", f"{OURS}{tasks(task('write it'))}<p>", True),
    ],
)
def test_a_page_that_is_emptied_trashed_archived_or_broken_tells_nothing(
    status: str, storage: str, tells_nothing: bool
) -> None:
    state = PageState("7", "Lunch", 3, status, storage, "https://e.x/7")
    assert observed(state, "page", PEOPLE, {}).tells_nothing is tells_nothing


def test_a_malformed_page_says_so() -> None:
    for read in (items, write_up):
        with pytest.raises(Malformed):
            read("<p>")
