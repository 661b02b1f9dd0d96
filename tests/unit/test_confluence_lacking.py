"""What people want to know by a page in storage format, as people and editors write it."""

import pytest

from integrations.confluence.lacking import lacking

ADA = '<ac:link><ri:user ri:account-id="5b10ac8d"/></ac:link>'
NAMED = '<ac:link><ri:user ri:account-id="5b10ac8d"/><ac:link-body>Ada Lovelace</ac:link-body></ac:link>'
CODE = (
    '<ac:structured-macro ac:name="code"><ac:plain-text-body><![CDATA[# a #learn]]></ac:plain-text-body>'
    "</ac:structured-macro>"
)
TASK = (
    "<ac:task-list><ac:task><ac:task-id>1</ac:task-id><ac:task-status>incomplete</ac:task-status>"
    "<ac:task-body>{}</ac:task-body></ac:task></ac:task-list>"
)


@pytest.mark.parametrize(
    ("storage", "asked"),
    [
        ("<h2>Questions</h2><ul><li>How?</li><li><p>Why not</p></li></ul>", ["How?", "Why not"]),
        ("<h2>Questions</h2><ul><li>How<ul><li>and why</li></ul></li></ul>", ["How", "and why"]),
        ("<h1><ac:emoticon ac:name='x'/> What we did not know</h1><ol><li>eBPF</li></ol>", ["eBPF"]),
        ("<h2>Questions</h2><p>How does it end?</p><p>We talked.</p>", ["How does it end?"]),
        ("<h2>Questions</h2><h3>of the day</h3><p>How?</p><h2>Links</h2><p>Why?</p>", ["How?"]),
        ("<h2>What is next</h2><p><s>gone?</s></p><ul><li><del>gone</del></li><li>a <s>b</s></li></ul>", ["a ~~b~~"]),
        ("<h2>Questions</h2><ul><li><ac:placeholder>what?</ac:placeholder></li><li>…</li></ul>", []),
        (f"<h2>Questions</h2>{TASK.format('How?')}", []),
        (f"<h2>Questions</h2>{CODE}<p>How?</p>", ["How?"]),
        ("<table><tbody><tr><th>Open questions</th><td><p>How?</p></td></tr></tbody></table>", ["How?"]),
        (
            "<ac:layout><ac:layout-section><ac:layout-cell><h2>Questions</h2></ac:layout-cell><ac:layout-cell>"
            "<ul><li>How</li></ul></ac:layout-cell></ac:layout-section></ac:layout>",
            ["How"],
        ),
        ("<h2>Decisions</h2><ul><li>How?</li></ul>", []),
    ],
)
def test_what_stands_below_headings_that_ask_for_it(storage: str, asked: list[str]) -> None:
    assert [*lacking(storage)[0]] == asked


@pytest.mark.parametrize(
    "person",
    [
        ADA,
        NAMED,
        '<a href="mailto:ada@example.com">Ada Lovelace</a>',
        '<a href="https://x.atlassian.net/wiki/people/5b10ac8d">Ada Lovelace</a>',
        '<a href="/display/~ada">Ada Lovelace</a>',
        "@ada",
        "ada@example.com",
    ],
)
def test_it_names_nobody(person: str) -> None:
    line = f"ask {person} how it works #learn"
    said = lacking(f"<h2>Questions</h2><ul><li>{line}</li></ul><p>{line}</p>")
    assert said == (("ask somebody how it works",), (("ask somebody how it works", "#learn"),))


@pytest.mark.parametrize(
    ("storage", "marked"),
    [
        ("<p>rolling back #learn</p>", ["rolling back"]),
        ("<h2>Rolling back #learn</h2>", ["Rolling back"]),
        ("<ul><li>one #learn<ul><li>two #learn</li></ul></li></ul>", ["one", "two"]),
        ("<table><tbody><tr><td>cell #learn</td><td><p>words #learn</p></td></tr></tbody></table>", ["cell", "words"]),
        (TASK.format("read about it #learn"), ["read about it"]),
        ("<p><code>#learn</code> is the mark</p>", []),
        (CODE, []),
        ("<p>see <a href='https://example.com/#learn'>there</a></p>", []),
        ("<p>issue #42, color &#35;fff</p>", []),
    ],
)
def test_lines_with_a_mark(storage: str, marked: list[str]) -> None:
    assert [text for text, mark in lacking(storage)[1] if mark == "#learn"] == marked


def test_our_own_part_asks_for_nothing() -> None:
    ours = (
        '<ac:structured-macro ac:name="details"><ac:parameter ac:name="id">peerloop p/home a=1 -</ac:parameter>'
        "<ac:rich-text-body><h2>Questions</h2><ul><li>How? #learn</li></ul></ac:rich-text-body></ac:structured-macro>"
    )
    assert lacking(ours) == ((), ())
