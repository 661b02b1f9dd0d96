"""Storage format: regions found and replaced by offset, and digests by meaning."""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.model import Mark
from integrations.confluence.storage import (
    Fault,
    Malformed,
    Region,
    Span,
    TooMuch,
    digest,
    escaped,
    new_region,
    parse,
    region_of,
    regions,
    spliced,
)
from tests.soak import examples
from tests.unit.confluence_documents import AROUND, LETTERS, LOOKALIKE, ODDITIES, TEXTS, TREES, Tag, plain, saved

PROPERTY = examples(60)
KEY = "platform/lunch-learn/2026-12-10T12:15/page"
MARK = Mark(
    KEY, {"title": "0a1b2c3d4e", "region": "5f6a7b8c9d"}, {"presenter": "o'brien&co@example.com", "what?": "<é>"}
)
OTHER = replace(MARK, applied={"title": "ffffffffff"}, roles={})
REGION = new_region(MARK, "<p>ours</p>")

PARTS = st.lists(st.one_of(st.sampled_from(ODDITIES), TREES.map(plain), TEXTS.map(escaped)), max_size=3).map("".join)
MARKS = st.builds(
    Mark,
    st.text(LETTERS, min_size=1, max_size=12),
    st.dictionaries(st.sampled_from(["title", "region"]), st.sampled_from(["0a", "1b"])),
    st.dictionaries(st.text(LETTERS, min_size=1, max_size=6), st.text(LETTERS, max_size=9), max_size=2),
)


@st.composite
def pages(draw: st.DrawFn) -> tuple[str, str, str]:
    """A page as what stands before a place for a region, and behind it; and the body of the region."""
    before, after = draw(PARTS), draw(PARTS)
    for opening, closing in draw(st.lists(st.sampled_from(AROUND), max_size=3)):
        before, after = draw(PARTS) + opening + before, after + closing + draw(PARTS)
    return before, after, draw(PARTS)


@given(pages(), MARKS, MARKS, PARTS)
@PROPERTY
def test_splicing_changes_nothing_outside_the_region(
    page: tuple[str, str, str], mark: Mark, new: Mark, words: str
) -> None:
    before, after, inner = page
    storage = before + new_region(mark, inner) + after
    (found,) = regions(storage)
    assert (found.whole.start, found.whole.end) == (len(before), len(storage) - len(after))
    assert found.mark == mark and found.inner and found.inner.of(storage) == inner
    changed = spliced(storage, found, mark=new, inner=words)
    assert changed == before + new_region(new, words) + after
    (again,) = regions(changed)
    assert again.mark == new and again.inner and again.inner.of(changed) == words
    assert spliced(changed, again, mark=mark, inner=inner) == storage
    assert spliced(storage, found) == spliced(storage, found, inner=inner) == storage


@given(pages(), MARKS)
@PROPERTY
def test_a_new_mark_leaves_the_body_alone(page: tuple[str, str, str], new: Mark) -> None:
    before, after, inner = page
    storage = f"{before}{saved_region(inner)}{after}"
    (found,) = regions(storage)
    changed = spliced(storage, found, mark=new)
    start, end = found.said
    assert changed.startswith(storage[:start]) and changed.endswith(storage[end:])
    (again,) = regions(changed)
    assert again.mark == new and again.inner and again.inner.of(changed) == inner


def saved_region(inner: str) -> str:
    """A region as Confluence may have saved it, with what people gave to its macro."""
    return (
        '<ac:structured-macro ac:macro-id="1" ac:name=\'details\' ac:schema-version="1" >'
        f"<ac:rich-text-body>{inner}</ac:rich-text-body><ac:parameter ac:name='hidden'>true</ac:parameter>\n"
        f"<ac:parameter ac:name='id'>{escaped(f'peerloop {MARK}').replace('p', '&#112;')} </ac:parameter>"
        "</ac:structured-macro>"
    )


@given(TREES, st.randoms(use_true_random=False))
@PROPERTY
def test_a_digest_stays_however_the_same_is_spelled(tree: list[Tag | str], random: Random) -> None:
    assert digest(saved(tree, random)) == digest(plain(tree))


@given(TREES, TREES, st.randoms(use_true_random=False))
@PROPERTY
def test_a_digest_tells_a_changed_word(before: list[Tag | str], after: list[Tag | str], random: Random) -> None:
    storage = saved([*before, Tag("p", ["one needle"]), *after], random)
    if "one needle" in storage:
        assert digest(storage) != digest(storage.replace("one needle", "one noodle"))


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("<p>a b</p>", "\n<p local-id='7'> a&nbsp;\n b </p>\n"),
        ("<p>a &amp; “b”</p>", "<p>a &#38; &ldquo;b&rdquo;</p>"),
        ("<ul><li>a</li></ul>", "<ul><li><p>a</p></li></ul>"),
        ("<td><p></p></td>", "<td colspan='1'><p /></td>"),
        (
            "<table><tbody><tr><th>a</th></tr></tbody></table>",
            "<table><colgroup><col/></colgroup><tr><th>a</th></tr></table>",
        ),
        (
            "<p>a <strong>b</strong> c</p>",
            "<p>a <strong>b</strong> <ac:inline-comment-marker ac:ref='1'>c</ac:inline-comment-marker></p>",
        ),
        ("<ri:page ri:content-title='a'/>", "<ri:page ri:version-at-save='2' ri:content-title='a'></ri:page>"),
        ("<hr /><p>a</p>", "<hr/>\n\n<p>a</p>"),
    ],
)
def test_what_confluence_changes_on_saving_does_not_count(ours: str, theirs: str) -> None:
    assert digest(ours) == digest(theirs)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<p>a b</p>", "<p>ab</p>"),
        ("<p>a</p>", "<h1>a</h1>"),
        ("<p>a</p><p>b</p>", "<p>a b</p>"),
        ("<p>a</p>", "<p><s>a</s></p>"),
        ("<a href='https://a'>x</a>", "<a href='https://b'>x</a>"),
        ("<p>&lt;b/&gt;</p>", "<p><b/></p>"),
        ("<td>a</td><td></td>", "<td></td><td>a</td>"),
        (
            "<ac:plain-text-body><![CDATA[a  b]]></ac:plain-text-body>",
            "<ac:plain-text-body><![CDATA[a b]]></ac:plain-text-body>",
        ),
    ],
)
def test_what_people_change_counts(one: str, other: str) -> None:
    assert digest(one) != digest(other)


@pytest.mark.parametrize(
    ("storage", "fault"),
    [
        ("", Fault.MISSING),
        ("<p>peerloop</p>", Fault.MISSING),
        (LOOKALIKE.replace("peerloop", "peerloops"), Fault.MISSING),
        (f"<ac:plain-text-body><![CDATA[{REGION}]]></ac:plain-text-body>", Fault.MISSING),
        (f"<ac:plain-text-body>{REGION}</ac:plain-text-body>", Fault.MISSING),
        (f"<!--{REGION.replace('--', '')}-->", Fault.MISSING),
        (new_region(replace(MARK, key="another/page"), ""), Fault.MISSING),
        (REGION + "<p/>" + REGION, Fault.TWICE),
        (new_region(MARK, REGION), Fault.TWICE),
        (REGION.replace(" title=", " really title="), Fault.DAMAGED),
        (REGION.replace(f" {MARK}", ""), Fault.DAMAGED),
        (REGION.replace("rich-text-body", "plain-text-body"), Fault.DAMAGED),
    ],
)
def test_a_region_that_cannot_be_written_says_why(storage: str, fault: Fault) -> None:
    assert region_of(storage, KEY) is fault


def test_the_region_is_found_beside_one_that_was_copied_from_another_page() -> None:
    storage = new_region(replace(MARK, key="another/page"), "x") + REGION
    found = region_of(storage, KEY)
    assert isinstance(found, Region) and found.whole == Span(len(storage) - len(REGION), len(storage))
    assert region_of(storage) is Fault.TWICE


def test_a_region_that_people_have_emptied_can_be_filled_again() -> None:
    storage = REGION.replace("<ac:rich-text-body><p>ours</p></ac:rich-text-body>", "<ac:rich-text-body />")
    found = region_of(f"é{storage}😀")
    assert isinstance(found, Region) and found.inner and found.inner.of(storage) == ""
    assert spliced(f"é{storage}😀", found, inner="<p>ours</p>") == f"é{REGION}😀"


def test_a_region_without_a_body_is_not_given_one() -> None:
    storage = REGION.replace("rich-text-body", "plain-text-body")
    (found,) = regions(storage)
    with pytest.raises(ValueError, match="no body"):
        spliced(storage, found, inner="")


@pytest.mark.parametrize(
    ("storage", "said"),
    [
        ("<p>a</p>\n é<b>x</p>", "line 2, column 9: mismatched tag"),
        ("<p>&unknown;</p>", "line 1, column 4: undefined entity"),
        ("<p title='&unknown;'/>", "undefined entity"),
        ("</page><page>", "line 1, column"),
        ("<!DOCTYPE page>", "line 1, column"),
        ("a & b", "line 1, column"),
        ("é\x01", "line 1, column 2: not well-formed"),
        ("ab\ud800", "line 1, column 3: half of a character"),
        ("<p>", "line 1, column 4: mismatched tag"),
    ],
)
def test_what_is_malformed_says_where(storage: str, said: str) -> None:
    with pytest.raises(Malformed, match=said):
        parse(storage)


def test_a_page_may_be_nested_as_deep_as_people_do() -> None:
    storage = "<div>" * 90 + REGION + "</div>" * 90
    assert isinstance(region_of(storage), Region)
    assert digest(storage) != digest(storage.replace("ours", "theirs"))


@pytest.mark.parametrize("storage", ["<div>" * 3000 + "</div>" * 3000, "<p>" + "x" * 300_000 + "</p>"])
def test_what_is_too_deep_or_too_large_is_not_read(storage: str) -> None:
    with pytest.raises(TooMuch, match=r"more than 250 elements|longer than 300,000 characters"):
        parse(storage)


@given(st.text(st.characters()))
@PROPERTY
def test_any_text_is_held_by_an_element_and_by_an_attribute(text: str) -> None:
    (element,) = parse(f'<p title="{escaped(text)}">{escaped(text)}</p>').children("p")
    assert not element.children("p") and set(element.attributes) == {"title"}
    assert element.text() == " ".join(element.attributes["title"].split())
