"""What people wrote of a session on a page of Markdown; what is said of the rules is said of Confluence's pages too."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.formats import SessionFormat
from config.templates import render
from daemon.model import WriteUp
from integrations.confluence import reading
from integrations.confluence.markup import storage_of
from integrations.formats.markdown.action_items import action_items
from integrations.formats.markdown.write_up import write_up
from integrations.local.wiki import LocalWiki
from tests.contract.wiki import PAGE, create
from tests.soak import examples
from tests.unit.test_templates import CONTEXT, FORMATS

ASKED = "| Name | May we record? |\n| --- | --- |\n"


def items(markdown: str) -> list[str]:
    return [item.text for item in action_items("page", markdown)]


def test_takeaways_are_the_items_of_the_list() -> None:
    page = (
        "# Notes\n- no\n\n## 🎓 Key *takeaways*\nWhat now?\n- **Caches** `lie`\n  - so measure,\n    @ada\n-\n"
        "- [ ] @bob no\n\n### For ops\n1. [Alert](https://e.x) <!-- not this -->\n\n## Questions\n- no\n"
    )
    assert write_up(page).takeaways == ("Caches `lie`", "so measure, @ada", "Alert")
    assert items(page) == ["no"]


def test_a_takeaway_ends_where_a_box_below_it_begins() -> None:
    assert write_up("## Takeaways\n\n- Dig first\n[ ] @ada try it\n- Two\n  [x] @bob b\n").takeaways == (
        "Dig first",
        "Two",
    )


def test_takeaways_are_paragraphs_where_the_list_is_empty() -> None:
    asked = "Takeaways\n---------\nWhat should all of us know now?\n\nThree sentences:\n\n1.\n2.\n\n"
    page = f"{asked}Caches lie.\n\n```\nno\n```\n"
    assert write_up(page).takeaways == ("Caches lie.",)
    assert write_up("## Key takeaways\n\n- [ ] @bob no\n").takeaways == ()


@pytest.mark.parametrize(
    "page",
    [
        "## Recording\n\n[Ada](mailto:a@e.x)\n\n[watch](https://e.x/rec?a=1&b=2)",
        "### 🎥 Recordings\n\nIt is here: https://e.x/rec?a=1&b=2.",
        "| a | b |\n| - | - |\n| Recording | <https://e.x/rec?a=1&b=2> |",
        "## Links\n\n- [slides](https://e.x)\n- **Recording:** https://e.x/rec?a=1&b=2",
        "See the [session recording](https://e.x/rec?a=1&b=2).",
    ],
)
def test_the_recording_is_found(page: str) -> None:
    assert write_up(page).recording == "https://e.x/rec?a=1&b=2"
    assert reading.write_up(storage_of(page, cards=False)).recording == "https://e.x/rec?a=1&b=2"


@pytest.mark.parametrize(
    "page",
    [
        "## Recording\n\nRecording: …",
        "## Recording\n\n## Links\n\n[x](https://e.x)",
        "Recording: [x](javascript:x)",
        "```\nRecording: https://e.x\n```",
        "<!-- Recording: https://e.x -->",
    ],
)
def test_what_is_no_recording(page: str) -> None:
    assert write_up(page).recording is None


@pytest.mark.parametrize(
    ("page", "consent"),
    [
        ("", None),
        (ASKED + "| Ada | |\n| | |", None),
        ("| Name | Favourite dish? |\n| - | - |\n| Ada | yes |", None),
        (ASKED + "| Ada | yes |\n| Bob | *Yes*, please! |\n| | |", True),
        (ASKED + "| Ada | ✅ |\n| Bob | 👍🏽 |\n| Cy | [x] |", True),
        (ASKED + "| Ada | yes |\n| Bob | |", False),
        (ASKED + "| Ada | yes |\n| Bob | [ ] |", False),
        (ASKED + "| Ada | yes |\n| Bob | no |", False),
        (ASKED + "| Ada | yes |\n| | x |", False),
        (ASKED + "| Ada | yes |\n| Bob | yes, but not my face |", False),
        (ASKED + "| Ada | yes |\n\n" + ASKED + "| Bob | |", False),
        ("- [x] Everyone agreed to the recording", True),
        ("- [x] Everyone agreed to the recording\n\n" + ASKED + "| Ada | yes |", True),
        ("- [ ] Everyone agreed to the recording\n\n" + ASKED + "| Ada | yes |", False),
        ("## Recording\n\n- [ ] **All** of us agree", False),
        ("- [x] Everybody agrees on naming", None),
    ],
)
def test_everybody_agrees_or_not(page: str, consent: bool | None) -> None:
    assert write_up(page).consent is consent
    if "[x] |" not in page:
        assert reading.write_up(storage_of(page, cards=False)).consent is consent


def test_who_was_there() -> None:
    page = (
        "## 👥 Who was there?\n\nTick your name.\n\n- [x] Ada Lovelace\n- [ ] Bob Noyce\n- [X] @cleo, late\n- Dan D\n"
        "-\n\nAnd @eve.m, with @ada.\n\n## Notes\n\n- @bob\n"
    )
    assert write_up(page).attended == ("Ada Lovelace", "cleo", "Dan D", "eve.m", "ada")


def test_boxes_that_are_answers_are_no_action_items() -> None:
    page = (
        "## Attendees\n\n- [x] Ada\n  - [ ] Bob\n\n### Guests\n\n- [ ] Cy\n\n## Recording\n\n- [ ] Everybody agrees\n"
        "- [ ] @ada upload it\n\n## Action items\n\n- [ ] All agree on names\n"
    )
    assert items(page) == ["upload it", "All agree on names"]
    assert write_up(page).attended == ("Ada",)


@pytest.mark.parametrize("format", FORMATS, ids=lambda format: format.name)
def test_a_page_fresh_from_a_built_in_template_tells_nothing(format: SessionFormat, tmp_path: Path) -> None:
    page = render(format, tmp_path, CONTEXT)
    assert write_up(page) == WriteUp() and items(page) == []
    storage = storage_of(page, cards=True)
    assert reading.write_up(storage) == WriteUp() and reading.action_items("page", storage, {}) == ()


@pytest.mark.parametrize("format", FORMATS, ids=lambda format: format.name)
def test_a_page_that_people_filled_in_is_read_alike_everywhere(format: SessionFormat, tmp_path: Path) -> None:
    page = render(format, tmp_path, CONTEXT)
    for blank, written in (
        ("\n## Action items", "\n- Caches lie\n\n## Action items"),
        ("Recording: …", "Recording: https://e.x/1"),
        ("| Ada Lovelace | |\n| Alan Turing | |", "| Ada Lovelace | yes |\n| Alan Turing | ok |"),
        ("- [ ] Alan Turing", "- [x] Alan Turing"),
        ("@name what by YYYY-MM-DD", "@ada write it by 2026-12-01"),
    ):
        assert page.count(blank) == 1, blank
        page = page.replace(blank, written)
    expected = WriteUp(("Caches lie",), "https://e.x/1", True, ("Alan Turing",))
    assert write_up(page) == expected and items(page) == ["write it"]
    storage = storage_of(page, cards=True)
    assert reading.write_up(storage) == expected
    assert [item.text for item in reading.action_items("page", storage, {})] == ["write it"]


def test_only_what_people_wrote_is_observed(tmp_path: Path) -> None:
    wiki = LocalWiki(tmp_path, "platform")
    ours = "## Key takeaways\n\n- ours\n\n- [ ] ours\n\n| Recording | https://e.x/ours |\n| - | - |"
    wiki.write([create(replace(PAGE, region=ours, body="## Key takeaways\n\n- theirs\n"))])
    (seen,) = wiki.observe(None).seen
    assert (seen.write_up, seen.items) == (WriteUp(("theirs",)), ())


HEADINGS = ["## Key takeaways\n", "# Recording\n", "## Who was there\n"]
SNIPPETS = [*HEADINGS, ASKED, "| Ada | yes |\n", "- [ ] ", "- ", "> ", "1. ", "\n"]


@examples(150)
@given(st.lists(st.sampled_from(SNIPPETS) | st.text("ab[x]() @|`*<!->:\n\r\t?", max_size=12), max_size=12).map("".join))
def test_any_page_is_read(page: str) -> None:
    found = write_up(f"## Key takeaways\n\n- zz\n\n## Notes\n\n{page}")
    assert found.takeaways[0] == "zz"
    assert all(text and text == " ".join(text.split()) for text in (*found.takeaways, *found.attended))
    assert len(set(found.attended)) == len(found.attended)
    assert all(items(page))
