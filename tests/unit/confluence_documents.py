"""Pages in storage format as people and Confluence write them, made up: any shape, any spelling."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from random import Random

from hypothesis import strategies as st

LETTERS = st.characters(
    codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff\x85\u2028\u2029"
)
TEXTS = st.one_of(
    st.text(LETTERS, max_size=20), st.sampled_from(["a & b <c>", "é 😀 \xa0", "]]>", "peerloop", " \n\t "])
)
VOLATILE = {
    "ac:structured-macro": {"ac:macro-id": "1f3a", "ac:local-id": "2b", "ac:schema-version": "7"},
    "ac:task-list": {"ac:task-list-id": "9"},
    "table": {"data-layout": "default", "ac:local-id": "3c", "class": "wrapped"},
    "ri:page": {"ri:version-at-save": "4"},
    "a": {"data-card-appearance": "inline"},
}
NAMED = {"é": "eacute", "\xa0": "nbsp", "–": "ndash", "ä": "auml"}
LOOKALIKE = (
    '<ac:structured-macro ac:name="details"><ac:parameter ac:name="id">peerloop a b=c -</ac:parameter>'
    "<ac:rich-text-body><p>not ours</p></ac:rich-text-body></ac:structured-macro>"
)
ODDITIES = (
    "<!-- <ac:structured-macro> -->",
    "<?target data?>",
    "<p>&nbsp;&eacute;&#128512;&#xe9; a>b</p>",
    f"<ac:structured-macro ac:name='code'><ac:plain-text-body><![CDATA[{LOOKALIKE}]]></ac:plain-text-body>"
    "</ac:structured-macro>",
    f'<ac:structured-macro ac:name="html"><ac:plain-text-body>{LOOKALIKE}</ac:plain-text-body></ac:structured-macro>',
    f"<p><![CDATA[{LOOKALIKE}]]></p>",
    "<p title = 'a > \"b\"'  >x</p >",
    '<p>so <ac:inline-comment-marker ac:ref="1">it <em>is</em></ac:inline-comment-marker></p>',
    '<ac:link><ri:user ri:account-id="5b10"/></ac:link><ac:emoticon ac:name="smile" />',
    '<ac:structured-macro ac:name="details"><ac:parameter ac:name="id">theirs</ac:parameter></ac:structured-macro>',
)
AROUND = (
    ("", ""),
    (
        "<ac:layout><ac:layout-section ac:type='single'><ac:layout-cell>",
        "</ac:layout-cell></ac:layout-section></ac:layout>",
    ),
    ('<ac:structured-macro ac:name="😀"><ac:rich-text-body>', "</ac:rich-text-body></ac:structured-macro>"),
    ("<table><tbody><tr><td>", "</td></tr></tbody></table>"),
    ("<div\n>", "</div\n>"),
)


@dataclass(frozen=True)
class Tag:
    """An element, before anybody has spelled it."""

    name: str
    inside: Sequence["Tag | str"] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)


def _parameters(values: Mapping[str, str]) -> list[Tag]:
    return [Tag("ac:parameter", [value], {"ac:name": name}) for name, value in values.items()]


def _macro(name: str, values: Mapping[str, str], inside: Sequence[Tag | str]) -> Tag:
    body = Tag("ac:rich-text-body", inside)
    return Tag("ac:structured-macro", [*_parameters(values), body], {"ac:name": name})


def _task(inside: Sequence[Tag | str]) -> Tag:
    return Tag("ac:task-list", [Tag("ac:task", [Tag("ac:task-status", ["complete"]), Tag("ac:task-body", inside)])])


def _around(inside: st.SearchStrategy[Tag | str]) -> st.SearchStrategy[Tag]:
    several = st.lists(inside, max_size=3)
    parameters = st.dictionaries(st.sampled_from(["title", "colour", "id"]), TEXTS, max_size=3)
    return st.one_of(
        st.builds(Tag, st.sampled_from(["p", "ul", "table", "em", "strong", "h2", "ac:layout", "x:unknown"]), several),
        st.builds(Tag, st.just("a"), several, st.fixed_dictionaries({"href": TEXTS, "title": TEXTS})),
        st.builds(_macro, st.sampled_from(["info", "unknown"]), parameters, several),
        st.builds(_task, several),
    )


TREES = st.lists(st.recursive(TEXTS, _around, max_leaves=12), max_size=4)
"""Parts of a page, for ``spelled``."""


def plain(nodes: Sequence[Tag | str]) -> str:
    """Return nodes in the plainest spelling."""
    return "".join(escape(node) if isinstance(node, str) else _plain(node) for node in nodes)


def _plain(tag: Tag) -> str:
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in tag.attributes.items())
    return f"<{tag.name}{attributes}>{plain(tag.inside)}</{tag.name}>"


def saved(nodes: Sequence[Tag | str], random: Random) -> str:
    """Return nodes as some version of Confluence may have saved them: another spelling of the same meaning."""
    return "".join(_text(node, random) if isinstance(node, str) else _tag(node, random) for node in nodes)


def _tag(tag: Tag, random: Random) -> str:
    volatile = [one for one in VOLATILE.get(tag.name, {}).items() if random.random() < 0.5]
    attributes = [*volatile, *tag.attributes.items()]
    random.shuffle(attributes)
    head = "".join([tag.name, *(f" {name}={_quoted(value, random)}" for name, value in attributes)])
    inside = list(tag.inside)
    if tag.name == "ac:structured-macro":
        random.shuffle(inside)  # parameters among themselves, and before or behind the body
    body = "<ac:task-uuid>7f</ac:task-uuid>" * (tag.name == "ac:task") + saved(inside, random)
    empty = not body and random.random() < 0.7
    return random.choice([f"<{head}/>", f"<{head} />"]) if empty else f"<{head}>{body}</{tag.name}>"


def _quoted(value: str, random: Random) -> str:
    quote = random.choice("\"'")
    return f"{quote}{''.join(_letter(letter, random) for letter in value)}{quote}"


def _text(text: str, random: Random) -> str:
    text = text.replace(" ", random.choice([" ", "\n  "]))
    written = "".join(letter if letter.isspace() else _letter(letter, random) for letter in text)
    marked = f'<ac:inline-comment-marker ac:ref="c1">{written}</ac:inline-comment-marker>'
    return random.choice([written, f"{written}<!-- seen -->", marked, _as_cdata(text)])


def _as_cdata(text: str) -> str:
    return escape(text) if "]]>" in text else f"<![CDATA[{text}]]>"


def _letter(letter: str, random: Random) -> str:
    spelled = [f"&#{ord(letter)};", f"&#x{ord(letter):x};", *[f"&{NAMED.get(letter)};"] * (letter in NAMED)]
    return random.choice(spelled) if letter in "\n\t" or random.random() < 0.1 else escape(letter)
