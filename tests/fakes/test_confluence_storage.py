"""Storage format as it is kept: what is added, what is refused, and that people's words stay."""

from collections.abc import Callable
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.confluence import storage
from tests.fakes.confluence.storage import Malformed
from tests.soak import examples


def ids() -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"id-{next(numbers)}"


def kept(text: str, cloud: bool = True) -> str:
    return storage.normalised(text, ids(), cloud=cloud)


MACRO = (
    '<ac:structured-macro ac:schema-version="1" ac:name="details"><ac:rich-text-body><p>x</p></ac:rich-text-body>'
    '<ac:parameter ac:name="id">ours</ac:parameter><ac:parameter ac:name="hidden">true</ac:parameter>'
    "</ac:structured-macro>"
)


def test_a_macro_gets_ids_and_its_parameters_in_order() -> None:
    body = (
        '<ac:parameter ac:name="hidden">true</ac:parameter><ac:parameter ac:name="id">ours</ac:parameter>'
        "<ac:rich-text-body><p>x</p></ac:rich-text-body></ac:structured-macro>"
    )
    head = '<ac:structured-macro ac:name="details" ac:schema-version="1"'
    assert kept(MACRO) == f'{head} ac:local-id="id-2" ac:macro-id="id-1">{body}'
    assert kept(MACRO, cloud=False) == f'{head} ac:macro-id="id-1">{body}'
    assert storage.settled(kept(MACRO)) == f"{head}>{body}"


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("<p>&uuml;&nbsp;&amp;&lt;&quot;&#8211;</p>", '<p>ü\u00a0&amp;&lt;"–</p>'),
        ("<p>a<br/>b<br></br></p><p></p>", "<p>a<br />b<br /></p><p />"),
        ("a<!-- ours -->b", "ab"),
        ("<a href='x?a=1&amp;b=\"2\"'>>]</a>", '<a href="x?a=1&amp;b=&quot;2&quot;">&gt;]</a>'),
        (
            "<ac:plain-text-body><![CDATA[a < &uuml; ]]]]><![CDATA[>]]></ac:plain-text-body>",
            "<ac:plain-text-body><![CDATA[a < &uuml; ]]]]><![CDATA[>]]></ac:plain-text-body>",
        ),
        ('<ri:attachment ri:filename="x.png"/>', '<ri:attachment ri:filename="x.png" ri:version-at-save="1" />'),
        ("<table><tr><td>1</td></tr></table>", '<table ac:local-id="id-1"><tr><td>1</td></tr></table>'),
        ("🎉 👩‍💻", "🎉 👩‍💻"),
    ],
)  # fmt: skip
def test_what_is_kept(written: str, stored: str) -> None:
    assert kept(written) == stored


def test_tasks_get_ids_of_their_own_and_a_uuid() -> None:
    task = "<ac:task><ac:task-body>one</ac:task-body></ac:task>"
    parts = "<ac:task-status>complete</ac:task-status><ac:task-id>1</ac:task-id><ac:task-body>two</ac:task-body>"
    other = f"<ac:task>{parts}</ac:task>"
    text = kept(f"<ac:task-list>{task}{other}{other}</ac:task-list>")
    assert [(one.local_id, one.done, one.words) for one in storage.tasks(text)] == [
        ("2", False, "one"),
        ("1", True, "two"),
        ("3", True, "two"),
    ]
    assert text.count("<ac:task-uuid>id-") == 3
    again = storage.ticked(text, "2", True)
    assert [one.done for one in storage.tasks(again)] == [True, True, True]
    assert storage.ticked(again, "2", False) == text


def test_who_and_when_of_a_task() -> None:
    body = (
        '<ac:link><ri:user ri:account-id="5b10" /></ac:link> write it <time datetime="2026-12-01" />'
        "<ac:task-list><ac:task><ac:task-id>8</ac:task-id><ac:task-body>inner</ac:task-body></ac:task></ac:task-list>"
    )
    head = "<ac:task-list><ac:task><ac:task-id>7</ac:task-id><ac:task-body>"
    outer, inner = storage.tasks(kept(f"{head}{body}</ac:task-body></ac:task></ac:task-list>"))
    assert (outer.local_id, outer.assignee, outer.due) == ("7", "5b10", "2026-12-01")
    assert (inner.local_id, inner.words, inner.assignee) == ("8", "inner", None)


@pytest.mark.parametrize(
    "text",
    [
        *("<p>", "<p></b>", "&nothing;", "<x:y />", "<p x:y='1' />", "a\x01", "\ud800", "]]>", "a & b"),
        *("<a b='1' b='2' />", "</storage><storage>", "<!DOCTYPE x>"),
    ],
)
def test_what_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="Error parsing xhtml"):
        kept(text)


def test_an_inline_comment_goes_around_words() -> None:
    text = kept("<p>say <b>hello</b> to all</p>")
    marked = storage.commented(text, "to", "r1")
    marker = '<ac:inline-comment-marker ac:ref="r1">to</ac:inline-comment-marker>'
    assert marked == f"<p>say <b>hello</b> {marker} all</p>"
    with pytest.raises(ValueError, match="nobody"):
        storage.commented(text, "nobody", "r2")


WORDS = st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufffe\uffff"), max_size=12)


def _element(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    names = st.sampled_from(["p", "b", "ac:structured-macro", "ac:task", "ac:parameter", "ri:user", "ac:layout"])
    return st.builds(lambda name, parts: f"<{name}>{''.join(parts)}</{name}>", names, st.lists(inner, max_size=3))


ESCAPED = WORDS.map(lambda text: text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
DOCUMENTS = st.lists(st.recursive(ESCAPED, _element, max_leaves=12), max_size=4).map("".join)


@examples(80)
@given(DOCUMENTS, st.booleans())
def test_what_is_kept_is_kept_as_it_is(text: str, cloud: bool) -> None:
    once = kept(text, cloud)
    assert kept(once, cloud) == once


@examples(80)
@given(ESCAPED, WORDS)
def test_words_stay(text: str, code: str) -> None:
    cdata = code.replace("]]>", "")
    root = storage.parse(kept(f"<p>{text}<code><![CDATA[{cdata}]]></code></p>"))
    assert root.text() == storage.parse(f"<p>{text}</p>").text() + cdata
