"""References to pages become links once the pages are there, whatever their words are."""

from dataclasses import replace

from hypothesis import given
from markdown_it import MarkdownIt

from config.markdown import one_line
from daemon.describe.sessions import session_event
from daemon.describe.words import link as as_link
from daemon.model import Kind, Observed, Page, SessionEvent
from daemon.model.links import reference, references, resolved, whereabouts
from daemon.model.memory import Memory, Record
from tests.soak import examples
from tests.unit.test_describe import LUNCH, SESSION, TEAM, texts

MARKDOWN = MarkdownIt("commonmark")
HOME = Page("platform/home", "home", "Platform", "", "")
ONE, TWO = "platform/lunch/2026-12-03T12:15/page", "platform/lunch/2026-12-10T12:15/page"


def memory(**urls: str) -> Memory:
    """Return what is known of the pages ``home``, ``one`` and ``two``; one whose address is empty has gone."""
    keys = {"home": HOME.key, "one": ONE, "two": TWO}
    seen = {keys[name]: Observed(keys[name], Kind.PAGE, {}, url=url, gone=not url) for name, url in urls.items()}
    return Memory("platform", "Platform", records={k: Record(k, Kind.PAGE, observed=one) for k, one in seen.items()})


def region_of(region: str, known: Memory) -> str:
    page = resolved(replace(HOME, region=region), known)
    assert isinstance(page, Page)
    return page.region


def test_a_page_links_only_pages_that_exist() -> None:
    region = f"- [One]({reference(ONE)}) and [Two]({reference(TWO)})\n- [Three](page:platform/three) [x](page.md)"
    assert references(replace(HOME, region=region)) == {ONE, TWO, "platform/three"}
    known = memory(one="wiki/platform/1.md", two="")
    assert region_of(region, known) == "- [One](1.md) and Two\n- Three [x](page.md)"
    assert region_of(region, memory()) == "- One and Two\n- Three [x](page.md)"


def test_a_file_is_linked_from_where_the_page_is_and_a_web_address_as_it_is() -> None:
    region = f"[One]({reference(ONE)})"
    assert region_of(region, memory(home="wiki/platform/home.md", one="wiki/platform/2026/1 (a).md")) == (
        "[One](2026/1%20%28a%29.md)"
    )
    assert region_of(region, memory(home="wiki/platform/a/home.md", one="wiki/platform/1.md")) == "[One](../1.md)"
    assert region_of(region, memory(one="https://wiki.example.com/1?x=y")) == "[One](https://wiki.example.com/1?x=y)"


def test_what_lies_beside_the_pages_is_linked_from_where_the_page_is_made_and_from_where_it_is() -> None:
    region = f"[Retro]({whereabouts('wiki/platform/retros/1 (a).md')}) [One]({whereabouts('https://example.com/1')})"
    assert references(replace(HOME, region=region)) == frozenset()
    beside = "[Retro](retros/1%20%28a%29.md) [One](https://example.com/1)"
    assert region_of(region, memory()) == region_of(region, memory(home="wiki/platform/home.md")) == beside
    assert region_of(region, memory(home="wiki/platform/a/home.md")) == beside.replace("(retros", "(../retros")


def test_an_event_tells_the_address_of_its_page_once_it_is_known() -> None:
    event = session_event(SESSION, LUNCH, TEAM, ONE)
    assert references(event) == {ONE} and resolved(event, memory(one="")) == event
    told = resolved(event, memory(one="https://wiki.example.com/1"))
    assert isinstance(told, SessionEvent)
    assert (told.page, told.description) == (None, f"{event.description}\n\nPage: https://wiki.example.com/1")
    assert resolved(told, memory(one="https://wiki.example.com/1")) == told
    assert references(session_event(SESSION, LUNCH, TEAM)) == frozenset()


@examples(200)
@given(texts, texts, texts)
def test_a_reference_survives_any_words(before: str, title: str, after: str) -> None:
    title = f"{title}."
    plain = [as_link(text, None) for text in (before, after)]
    region = f"- {plain[0]}\n- {as_link(title, reference(ONE))}\n- {as_link(title, reference(TWO))}\n- {plain[1]}"
    assert references(replace(HOME, region=region)) == {ONE, TWO}

    shown = [token for token in MARKDOWN.parse(region_of(region, memory(one="wiki/1.md"))) if token.type == "inline"]
    lines = [token.children or [] for token in shown]
    (line,) = (line for line in lines if line and line[0].type == "link_open")
    assert line[0].attrs["href"] == "1.md" and line[-1].type == "link_close"
    words = ["".join(token.content for token in line) for line in lines]
    assert words == [text for text in map(one_line, (before, title, title, after)) if text]


@examples(200)
@given(texts)
def test_words_cannot_make_a_reference(text: str) -> None:
    for words in (text, f"[{text}](page:{ONE})", f"x](page:{ONE}) [{text}"):
        page = replace(HOME, region=f"- {as_link(words, None)}\n- {as_link(words, reference(TWO))}")
        assert references(page) == ({TWO} if one_line(words) else frozenset())
