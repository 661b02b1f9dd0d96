"""Markdown as storage format."""

import re
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.formats import BUILT_IN, PLAIN, SessionFormat
from config.markdown import markdown_text
from config.templates import render
from daemon.model import CHART, ActionItem, RelativeDay
from integrations.confluence.markup import fill_template, storage_of
from integrations.confluence.reading import action_items
from integrations.confluence.storage import Element, Fault, Malformed, digest, parse, region_of
from integrations.formats.markdown.action_items import action_items as local_action_items
from integrations.formats.page_words import PLACEHOLDER
from tests.soak import examples
from tests.unit.test_templates import CONTEXT

PROPERTY = examples(300)
REGION = """\
| Session | Lunch &amp; Learn (lunch-and-learn) |
| --- | --- |
| **When** | Thursday 2026-12-10, 12:15–13:00 (Europe/Berlin) |
| **Why** | [Post-mortem](https://example.com/pm?a=1&b=2) |
| **Whiteboard** | <https://whimsical.com/board> |

**Still open from earlier sessions**

- [write the runbook](https://example.com/1) – Ada, due 2026-12-01

*peerloop keeps this part up to date.*
"""
ALLOWED = {
    *("", "p", "h1", "h2", "h3", "h4", "h5", "h6", "strong", "em", "code", "br", "hr", "blockquote", "ul", "ol", "li"),
    *("table", "tbody", "tr", "th", "td", "a", "time", "ac:placeholder", "ac:plain-text-body", "ac:structured-macro"),
    *("ac:task-list", "ac:task", "ac:task-id", "ac:task-status", "ac:task-body", "ac:image"),
    "ri:attachment",
}
SCRAPS = st.sampled_from(
    [
        *("# ", "- ", "1. ", "- [ ] ", "- [x] ", "> ", "    ", "```", "\n", "\n\n", "*", "**", "_", "`", "|", "---\n"),
        *("| - | - |\n", "| **a** | b |\n", "<b>", "</p>", "<!--", "-->", "]]>", "<![CDATA[", "&nbsp;", "&#0;", "&"),
        *("<ac:structured-macro ac:name='html'>", "</ac:task-body>", '"', "'", "[x](https://e.x)", "[x]", "\\"),
        *(
            "![i](https://e.x/i)",
            "![i](turns.png)",
            "<https://e.x?a&b>",
            "[j](javascript:x)",
            "[a",
            "](",
            ")",
            "[x]: https://e.x\n",
        ),
        *("by 2026-12-01", "@ada", PLACEHOLDER, "é😀", "mailto:", "<at:var at:name='x'/>", "~", "\t", "\r", "\x00"),
        *("\x0b", "\x1b", "\x7f", "\ufffe", "\ud800"),
    ]
)
MARKDOWN = st.one_of(
    st.text(st.characters(), max_size=60),
    st.lists(st.one_of(SCRAPS, st.text(st.characters(), max_size=5)), max_size=25).map("".join),
)


def written(markdown: str) -> str:
    return storage_of(markdown, cards=True)


@pytest.mark.parametrize(
    ("markdown", "storage"),
    [
        ("## A *b* **c** `d<e`", "<h2>A <em>b</em> <strong>c</strong> <code>d&lt;e</code></h2>"),
        ("a\nb\\\nc", "<p>a b<br />c</p>"),
        ("- a\n- b\n  1. c", "<ul><li>a</li><li>b<ol><li>c</li></ol></li></ul>"),
        ("-\n", "<ul><li></li></ul>"),
        ("> a\n\n---", "<blockquote><p>a</p></blockquote><hr />"),
        ("<b onclick='x'>a</b> <!-- b -->", "<p>&lt;b onclick='x'&gt;a&lt;/b&gt; &lt;!-- b --&gt;</p>"),
        ("<div>\na\n</div>", "<p>&lt;div&gt; a &lt;/div&gt;</p>"),
        ("a & b &amp; &lt;c&gt; &copy;", "<p>a &amp; b &amp; &lt;c&gt; ©</p>"),
        ('[a](https://e.x "t")', '<p><a href="https://e.x">a</a></p>'),
        ("[a](mailto:ada@e.x)", '<p><a href="mailto:ada@e.x">a</a></p>'),
        ("[a](../other.md) [b](#c) [d](ftp://e.x)", "<p>a b d</p>"),
        ("![a](https://e.x/a.png)", '<p><a href="https://e.x/a.png">a</a></p>'),
        ("[![a](https://e.x/a.png)](https://e.x)", '<p><a href="https://e.x">a</a></p>'),
        ("a\x00b\x1b\ud800c\ufffe", "<p>abc</p>"),
        (
            "| a | b |\n| - | -: |\n| c | |",
            "<table><tbody><tr><th><p>a</p></th><th><p>b</p></th></tr>"
            "<tr><td><p>c</p></td><td><p></p></td></tr></tbody></table>",
        ),
    ],
)
def test_markdown_in_its_parts(markdown: str, storage: str) -> None:
    assert written(markdown) == storage


def test_the_chart_of_a_page_is_a_picture_attached_to_it() -> None:
    picture = '<ac:image ac:alt="Ada &quot;A&quot; 1 of 2"><ri:attachment ri:filename="turns.png" /></ac:image>'
    assert written(f'a\n\n![Ada "A" 1 of 2]({CHART})') == f"<p>a</p>{picture}"
    sized = picture.replace("<ac:image", '<ac:image ac:width="400" ac:layout="center"')
    assert digest(sized) == digest(picture) != digest(picture.replace("1 of", "2 of"))


def test_a_javascript_address_is_no_link() -> None:
    assert "<a" not in written("[a](javascript:alert(1)) <javascript:x> [b](data:text/html,x)")


def test_the_region_is_a_table_of_facts_that_page_properties_understand() -> None:
    page = parse(written(REGION))
    (table,) = page.children("table")
    cells = [[(cell.name, cell.text()) for cell in row.walk() if cell.name in ("th", "td")] for row in rows(table)]
    assert cells == [
        [("th", "Session"), ("td", "Lunch & Learn (lunch-and-learn)")],
        [("th", "When"), ("td", "Thursday 2026-12-10, 12:15–13:00 (Europe/Berlin)")],
        [("th", "Why"), ("td", "Post-mortem")],
        [("th", "Whiteboard"), ("td", "https://whimsical.com/board")],
    ]
    assert all(cell.children("p") for cell in table.walk() if cell.name in ("th", "td"))
    assert not any(element.name == "strong" for element in table.walk())
    assert [child.name for child in page.content if isinstance(child, Element)] == ["table", "p", "ul", "p"]


def rows(table: Element) -> list[Element]:
    return [element for element in table.walk() if element.name == "tr"]


def test_an_empty_line_of_headings_above_facts_is_left_out() -> None:
    assert len(rows(parse(written("| | |\n|-|-|\n| **a** | b |\n| **c** | d |")))) == 2


def test_other_tables_keep_their_headings() -> None:
    cells = [cell.name for cell in parse(written("| Who | What |\n|-|-|\n| **Ada** | a |\n| Bob | b |")).walk()]
    assert (cells.count("th"), cells.count("strong")) == (2, 1)


def test_an_address_is_a_card_only_on_cloud_and_only_where_it_shows_itself() -> None:
    markdown = "<https://e.x/?a=1&b> [https://e.x/b](https://e.x/b) [c](https://e.x/c) <ada@e.x>"
    anchors = [element.attributes for element in parse(written(markdown)).walk() if element.name == "a"]
    assert [anchor.get("data-card-appearance") for anchor in anchors] == ["inline", "inline", None, None]
    assert anchors[0]["href"] == "https://e.x/?a=1&b"
    plain = storage_of(markdown, cards=False)
    assert "data-card-appearance" not in plain and plain.count("<a ") == 4
    assert digest(plain) == digest(written(markdown))


@pytest.mark.parametrize(
    "code", ["a ]]> b", "]]>", "]]]]>>", "<ac:structured-macro>", "  if a:\n\n      b", "&amp;", "]]"]
)
def test_code_is_kept_to_the_letter(code: str) -> None:
    (macro,) = parse(written(f"````py\n{code}\n````")).children("ac:structured-macro")
    (body,) = macro.children("ac:plain-text-body")
    assert macro.attributes["ac:name"] == "code" and "".join(map(str, body.content)) == code


def test_tasks_and_other_items_do_not_share_a_list() -> None:
    page = parse(written("- [ ] a\n- [X] b\n- c\n\n1. [ ] d"))
    assert [child.name for child in page.content if isinstance(child, Element)] == [
        "ac:task-list",
        "ul",
        "ac:task-list",
    ]
    assert [element.text() for element in page.walk() if element.name == "ac:task-id"] == ["1", "2", "3"]
    assert [element.text() for element in page.walk() if element.name == "ac:task-status"].count("complete") == 1


def test_a_date_at_the_end_of_a_task_is_one_for_confluence() -> None:
    storage = written("- [ ] @ada write `it` by 2026-12-01.\n- [ ] see 2026-13-01")
    assert '<ac:task-body>@ada write <code>it</code> by <time datetime="2026-12-01" />.</ac:task-body>' in storage
    assert "<ac:task-body>see 2026-13-01</ac:task-body>" in storage


def test_the_item_of_a_template_is_a_placeholder_in_an_empty_task() -> None:
    storage = written(f"- [ ] {PLACEHOLDER}")
    assert f"<ac:task-body><ac:placeholder>{PLACEHOLDER}</ac:placeholder></ac:task-body>" in storage
    assert action_items("page", storage, {}) == ()


WORDS = ["@ada", "@bob@example.com", "write", "it", "`@code`", "**now**", "a@b.example", "é😀", "<b>", "–", "soon."]
DATES = ["", "by 2026-12-01", "(due: 2026-12-02)", "2026-12-03", "until 2026-02-30"]
SOME = st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join)
LINES = st.tuples(SOME, st.sampled_from(DATES), SOME).map(" ".join)


@given(st.lists(st.tuples(st.booleans(), LINES), max_size=4))
@PROPERTY
def test_an_item_reads_the_same_in_either_wiki(lines: list[tuple[bool, str]]) -> None:
    markdown = "\n".join(f"- [{'x' if done else ' '}] {text}" for done, text in lines)
    there, here = action_items("page", written(markdown), {}), local_action_items("page", markdown)
    assert [told(item) for item in there] == [told(item) for item in here]


def told(item: ActionItem) -> tuple[str, str | None, date | RelativeDay | None, bool]:
    return item.text.replace("**", ""), item.assignee, item.due, item.done


@given(MARKDOWN, st.booleans())
@PROPERTY
def test_no_text_makes_other_markup_than_ours(markdown: str, cards: bool) -> None:
    page = parse(storage_of(markdown, cards=cards))
    for element in page.walk():
        assert element.name in ALLOWED
        assert_harmless(element)


def assert_harmless(element: Element) -> None:
    attributes = element.attributes
    match element.name:
        case "a":
            assert set(attributes) <= {"href", "data-card-appearance"}
            assert re.match("https?://|mailto:", attributes["href"], re.I)
        case "ac:image":
            assert set(attributes) == {"ac:alt"}
        case "ri:attachment":
            assert attributes == {"ri:filename": CHART}
        case "ac:structured-macro":
            assert attributes == {"ac:name": "code", "ac:schema-version": "1"}
            assert [child.name for child in element.walk()] == ["ac:plain-text-body"]
        case "time":
            assert datetime.fromisoformat(attributes["datetime"])
        case _:
            assert not attributes


@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=30))
@PROPERTY
def test_text_from_people_is_shown_as_they_wrote_it(text: str) -> None:
    page = parse(written(f"| Session | {markdown_text(text)} |\n| --- | --- |\n| **{markdown_text('When')}** | now |"))
    assert page.text() == f"Session {text} When now"


def test_deep_nesting_is_written_and_read() -> None:
    for markdown in ("> " * 60 + "- [ ] x", "- " * 45 + "x", "*" * 400 + "x" + "*" * 400, "[" * 900 + "x"):
        assert digest(written(markdown)) and "x" in parse(written(markdown)).text()


@pytest.mark.parametrize("format", [*BUILT_IN.values(), PLAIN], ids=lambda format: format.name or "plain")
def test_the_built_in_templates_become_pages(format: SessionFormat, tmp_path: Path) -> None:
    storage = written(render(format, tmp_path, CONTEXT))
    headings = [element.text() for element in parse(storage).walk() if element.name == "h2"]
    assert headings[0] == "Why we meet" and {"Agenda", "Key takeaways", "Action items"} <= set(headings)
    assert action_items("page", storage, {}) == ()
    assert region_of(storage) is Fault.MISSING


TEMPLATE = (
    '<at:declarations><at:string at:name="topic" /><at:list at:name="x"><at:option at:value="a" />'
    "</at:list></at:declarations>"
    "<h1 >é😀 <at:var at:name='topic'/></h1>\n<p>&nbsp;<at:var at:name=\"unknown\"></at:var>"
    "<at:var at:name='topic' at:rawxhtml='true' /><![CDATA[<at:var at:name='topic'/>]]></p >"
)


def test_a_template_of_the_space_is_filled_in() -> None:
    assert fill_template(TEMPLATE, {"topic": '<a> & "b"\x00', "more": "x"}) == (
        "<h1 >é😀 &lt;a&gt; &amp; &quot;b&quot;</h1>\n<p>&nbsp;"
        "&lt;a&gt; &amp; &quot;b&quot;<![CDATA[<at:var at:name='topic'/>]]></p >"
    )


def test_a_template_that_is_malformed_says_so() -> None:
    with pytest.raises(Malformed, match="line 1"):
        fill_template("<p><at:var at:name='x'></p>", {})
