"""Templates: what people see, what a broken one is told, and that nobody's text or template does harm."""

import os
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from config import apart
from config.formats import BUILT_IN, PLAIN, SessionFormat
from config.markdown import markdown_text, one_line, web_address
from config.rendering import FILTERS, METHODS, TESTS, agenda
from config.templates import (
    BUILT_IN_FOLDER,
    BrokenTemplate,
    TemplateContext,
    render,
    template_fault,
)
from tests.soak import examples

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
FISHBOWL = replace(PLAIN, name="fishbowl", roles=("facilitator", "note-taker"), template="templates/fishbowl.md")
FORMATS = [*BUILT_IN.values(), replace(PLAIN, name="open space")]
CONTEXT = TemplateContext(
    team="Platform",
    series="Lunch & Learn",
    format="lunch-and-learn",
    date="2026-12-10",
    weekday="Thursday",
    start="12:15",
    end="13:00",
    minutes=45,
    timezone="Europe/Berlin",
    roles={"facilitator": "Ada Lovelace", "note-taker": "Alan Turing"},
    people=("Ada Lovelace", "Alan Turing"),
    topic="How our ingress works",
    link="https://example.com/post_mortem?a=1&b=2",
)


def written(folder: Path, text: str | bytes) -> Path:
    template = folder / "templates" / "fishbowl.md"
    template.parent.mkdir(exist_ok=True)
    template.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def rendered(folder: Path, text: str, context: TemplateContext = CONTEXT) -> str:
    return render(FISHBOWL, written(folder, text), context)


def fault(folder: Path, text: str | bytes, format: SessionFormat = FISHBOWL) -> tuple[int, str]:
    found = template_fault(format, written(folder, text))
    assert found is not None
    return found


@pytest.mark.parametrize("format", FORMATS, ids=lambda format: format.name)
def test_the_built_in_templates_are_sound(format: SessionFormat, tmp_path: Path) -> None:
    assert template_fault(format, tmp_path) is None


@pytest.mark.parametrize("format", FORMATS, ids=lambda format: format.name)
@pytest.mark.parametrize("end", ["least", "default", "most"])
def test_a_built_in_page_has_what_people_fill_in_and_minutes_that_add_up(
    format: SessionFormat, end: str, tmp_path: Path
) -> None:
    minutes = format.default if end == "default" else getattr(format.minutes, end)
    body = render(format, tmp_path, replace(CONTEXT, minutes=minutes))

    headings = re.findall("^## (.+)", body, re.MULTILINE)
    for heading in ("Why we meet", "Agenda", "Who was there", "Recording", "Questions", "Key takeaways"):
        assert heading in headings
    assert headings[-2:] == ["Action items", "Links"]
    boxes = re.findall(r"^- \[ \] (.+)", body, re.MULTILINE)
    assert boxes == ["Ada Lovelace", "Alan Turing", "@name what by YYYY-MM-DD"]
    parts = re.findall(r"^\| (\d+)–(\d+) \| .+ \| (\d+) \|$", body, re.MULTILINE)
    assert sum(int(part[2]) for part in parts) == minutes
    assert [part[0] for part in parts] == ["0", *(part[1] for part in parts[:-1])]
    assert "{" not in body


def test_consent_is_asked_of_everyone_unless_nothing_is_recorded(tmp_path: Path) -> None:
    asked = render(BUILT_IN["lunch-and-learn"], tmp_path, CONTEXT)
    assert "| Ada Lovelace | |\n| Alan Turing | |\n" in asked
    assert "## Recording" not in render(BUILT_IN["lunch-and-learn"], tmp_path, replace(CONTEXT, recording=False))


def test_pairing_has_a_block_for_each_pair(tmp_path: Path) -> None:
    pairs = (("Ada", "Alan"), ("Grace", "Edsger", "Barbara"))
    body = render(BUILT_IN["pairing"], tmp_path, replace(CONTEXT, pairs=pairs))
    assert re.findall("^## Pair .*", body, re.MULTILINE) == ["## Pair 1", "## Pair 2"]


def test_a_team_that_changes_a_formats_roles_reads_of_no_others(tmp_path: Path) -> None:
    body = render(BUILT_IN["lunch-and-learn"], tmp_path, replace(CONTEXT, roles={"facilitator": "Ada"}))
    assert "**Facilitator:**" in body
    assert "**Presenter:**" not in body


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(30, [5, 10, 5, 5, 5]), (45, [5, 20, 10, 5, 5]), (60, [5, 30, 15, 5, 5]), (47, [5, 21, 11, 5, 5]), (3, [1, 1, 1])],
)
def test_an_agenda_keeps_its_proportions(minutes: int, expected: list[int]) -> None:
    parts = agenda(minutes, ("Welcome", 5), ("Talk", 20), ("Questions", 10), ("Takeaways", 5), ("Items", 5))
    assert [part.minutes for part in parts] == expected


@examples(100)
@given(st.integers(1, 1440), st.lists(st.integers(1, 100), min_size=1, max_size=20))
def test_an_agenda_adds_up_exactly(minutes: int, weights: list[int]) -> None:
    parts = agenda(minutes, *((str(place), weight) for place, weight in enumerate(weights)))
    assert sum(part.minutes for part in parts) == minutes
    assert all(part.minutes > 0 and part.ends == part.begins + part.minutes for part in parts)


def test_roles_can_be_written_in_three_ways_and_a_missing_one_has_nobody_yet(tmp_path: Path) -> None:
    text = "{{ roles.facilitator }}, {{ roles['note-taker'] }}, {{ roles.note_taker }}, {{ roles.presenter }}"
    assert rendered(tmp_path, text) == "Ada Lovelace, Alan Turing, Alan Turing, nobody yet\n"


def test_a_value_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert rendered(tmp_path, "{{ why }}|{{ topic|default('x') }}|{% if owner %}y{% endif %}") == (
        "|How our ingress works|\n"
    )


def test_addresses_can_be_linked_both_ways(tmp_path: Path) -> None:
    html = MARKDOWN.render(rendered(tmp_path, "[more]({{ link }}) <{{ link }}>"))
    assert html.count('href="https://example.com/post_mortem?a=1&amp;b=2"') == 2
    assert rendered(tmp_path, "{{ link }}", replace(CONTEXT, link="javascript:alert(1)")) == "\n"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a\n\n{% if %}", 3, "not understood"),
        ("a\n{{ 'open", 2, "not understood"),
        ("{% for name in people %}\n", 1, "not understood"),
        ("\n{{ topik }}", 2, 'did you mean "topic"?'),
        ("\n{% if not topic %}\n{{ nonsense }}{% endif %}", 3, 'no variable "nonsense"'),
        ("\n\n{{ topic.title_case }}", 3, "title_case"),
        ("\n{{ roles.presenter }}", 2, 'no role "presenter"; its roles are facilitator, note-taker'),
        ("\n{{ roles.note-taker }}", 2, "roles.note_taker"),
        ("\n{{ topic|shout }}", 2, 'no filter "shout"'),
        ("\n{% if topic is lovely %}{% endif %}", 2, 'no test "lovely"'),
        ("\n{% include '/etc/passwd' %}", 2, "{% include %}"),
        ("\n{% set x = 1 %}", 2, "{% set %}"),
        ("\n{% macro x() %}{% endmacro %}", 2, "{% macro %}"),
        ("\n{% frobnicate %}", 2, "frobnicate"),
        ("\n{{ topic ~ topic }}", 2, "~"),
        ("\n{{ 10 ** 10 ** 10 }}", 2, "**"),
        ("\n{{ 'a' * 10000000000 }}", 2, "* is for numbers"),
        ("\n{{ '%9999999999d' % 1 }}", 2, "% is for numbers"),
        ("\n{{ topic.center(9999999999) }}", 2, "cannot be called"),
        ("\n{{ topic.__class__.__mro__ }}", 2, "__class__"),
        ("\n{{ people }}", 2, "only text and numbers"),
        ("\n{% for letter in topic %}{% endfor %}{% for letter in 'abc' %}{% endfor %}", 2, "this is text"),
        ("\n{{ agenda(('Welcome', 0)) }}", 2, "agenda takes"),
        ("\n{{ 1 / 0 }}", 2, "cannot be worked out"),
        ("\n{% for i in range(10**9) %}{% endfor %}", 2, "**"),
        ("\n{% for i in range(1000000000) %}{% endfor %}", 2, "round too often"),
        ("{% for a in range(99) %}\n{% for b in range(99) %}{% endfor %}{% endfor %}", 2, "round too often"),
        ("{% for a in range(999) %}" + "x" * 300 + "{% endfor %}", 1, "too large"),
        ("{{ " + "(" * 9000 + ")" * 9000 + " }}", 1, "nested too deeply"),
        ("{% for a in people %}" * 30 + "{% endfor %}" * 30, 1, "nested too deeply"),
        (b"fine\nnot \xff fine", 2, "UTF-8"),
        (b"x" * 40_000, 1, "too large"),
        ("{{ [topic, 'x' * 2]|join }}", 1, "for numbers"),
        ("{{ topic" + "|replace('', topic)" * 9 + " }}", 1, "too long"),
    ],
)
def test_a_broken_template_is_told_where_and_what(text: str | bytes, line: int, words: str, tmp_path: Path) -> None:
    found, sentence = fault(tmp_path, text)
    assert (found, words in sentence) == (line, True), sentence
    assert "\n" not in sentence


def test_a_template_that_is_not_there_or_lies_outside_is_told(tmp_path: Path) -> None:
    missing = template_fault(FISHBOWL, tmp_path)
    assert missing and "cannot be read: No such file" in missing[1]
    (tmp_path / "secret.md").write_text("secret")
    team = tmp_path / "team"
    team.mkdir()
    for path in ("../secret.md", str(tmp_path / "secret.md")):
        outside = template_fault(replace(FISHBOWL, template=path), team)
        assert outside and "outside the folder" in outside[1]
    folder = template_fault(replace(FISHBOWL, template="."), team)
    assert folder and "not a file" in folder[1]


def test_rendering_a_broken_template_names_its_file(tmp_path: Path) -> None:
    with pytest.raises(BrokenTemplate, match=r"^templates/fishbowl.md:2: there is no variable"):
        rendered(tmp_path, "\n{{ topik }}")


def test_the_reference_names_everything_a_template_may_use_and_its_example_is_sound(tmp_path: Path) -> None:
    reference = (BUILT_IN_FOLDER / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \|", reference, re.MULTILINE)
    assert rows == [field.name for field in fields(TemplateContext)]
    for name in (*FILTERS, *TESTS):
        assert f"`{name}`" in reference
    for method in METHODS:
        assert f".{method}(" in reference
    example = re.search(r"^```jinja\n(.*?)^```", reference, re.MULTILINE | re.DOTALL)
    assert example
    assert template_fault(FISHBOWL, written(tmp_path, example[1])) is None
    assert sum(part.minutes for part in agenda(45, ("a", 5), ("b", 40), ("c", 10), ("d", 5))) == 45


NASTY = [
    "]]> <script> [x](javascript:alert(1)) | # *",
    "<!-- peerloop:begin -->",
    "- [ ] @ada",
    "1. x",
    "a\n\n# b",
    "&lt;",
]
texts = st.one_of(st.sampled_from(NASTY), st.text(max_size=60), st.text("\\`*_[]()<>|~#-+=.1!&;: \n\t@a", max_size=30))


@examples(300)
@given(texts)
def test_markdown_shows_text_as_people_wrote_it(text: str) -> None:
    escaped = markdown_text(text)
    assert "<" not in escaped
    blocks = MARKDOWN.parse(escaped)
    assert [block.type for block in blocks] == (
        ["paragraph_open", "inline", "paragraph_close"] if one_line(text) else []
    )
    for block in blocks:
        children = block.children or []
        assert {child.type for child in children} <= {"text", "text_special"}
        assert not block.children or "".join(child.content for child in children) == one_line(text)


@examples(200)
@given(texts)
def test_an_address_stays_one_link_whatever_is_in_it(text: str) -> None:
    assert web_address(f"javascript:{text}") is None
    address = web_address(f"https://example.com/{text}")
    assert address
    for markdown in (f"[x]({address})", f"<{address}>", f"| [x]({address}) | <{address}> |\n| --- | --- |"):
        links = [
            child for block in MARKDOWN.parse(markdown) for child in block.children or [] if child.type == "link_open"
        ]
        assert links and all(str(link.attrs["href"]).startswith("https://example.com/") for link in links)
        assert "<script" not in MARKDOWN.render(markdown)


@examples(50)
@given(topic=texts, name=texts)
def test_text_from_people_stays_in_its_place(tmp_path_factory: pytest.TempPathFactory, topic: str, name: str) -> None:
    table = "{{ topic }}x\n\n| {{ people[0] }} | |\n| --- | --- |"
    context = replace(CONTEXT, topic=topic, people=(name, "Ada"))
    found = MARKDOWN.parse(rendered(tmp_path_factory.getbasetemp(), table, context))
    assert [token.type for token in found] == [token.type for token in MARKDOWN.parse("x\n\n| a | |\n| --- | --- |")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{{ 1.5|round(300000000, 'floor') }}", "rounded to 10 digits at most"),
        ("{{ 99999999999 * 99999999999 }}", "this number gets too large"),
        ("{% if false %}{{ " + "9" * 5000 + " }}{% endif %}", "a number that is too large"),
    ],
)
def test_numbers_are_bounded(tmp_path: Path, text: str, words: str) -> None:
    assert words in fault(tmp_path, text)[1]


def test_what_is_never_shown_is_not_worked_out(tmp_path: Path) -> None:
    assert rendered(tmp_path, "{% if false %}{{ 1.5|round(300000000, 'floor') }}{% endif %}Hello") == "Hello\n"


FOR_EVER = "{% for i in range(1000) %}" + "{{ team|replace(team, '') }}" * 1_000 + "{% endfor %}"


def test_a_template_that_takes_too_long_is_ended_and_the_next_one_is_rendered(tmp_path: Path) -> None:
    with pytest.raises(BrokenTemplate, match=r"templates/fishbowl.md:1: it takes longer than a second"):
        rendered(tmp_path, FOR_EVER)
    assert rendered(tmp_path, "Hello {{ team }}") == "Hello Platform\n"
    assert os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None  # nobody ended is left behind


def test_a_process_that_was_ended_from_outside_is_started_again(tmp_path: Path) -> None:
    rendered(tmp_path, "Hello")
    for worker in apart._idle:
        worker._process.kill()
        worker._process.wait()
    assert rendered(tmp_path, "Hello again") == "Hello again\n"


def test_templates_are_rendered_side_by_side(tmp_path: Path) -> None:
    """One that takes too long keeps no other waiting."""
    slow, quick = tmp_path / "slow", tmp_path / "quick"
    for folder in (slow, quick):
        folder.mkdir()
    with ThreadPoolExecutor(2) as side_by_side:
        long = side_by_side.submit(template_fault, FISHBOWL, written(slow, FOR_EVER))
        assert side_by_side.submit(rendered, quick, "Hello").result() == "Hello\n"
        assert not long.done()
        assert "takes longer than a second" in str(long.result())
