"""Letters with thousands of combining marks, which nobody writes, and a server or a hostile member may send."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.unicode import MOST_MARKS, normalized
from daemon.learn.nameless import Nameless
from integrations.confluence.links import is_respelled, leading
from integrations.confluence.storage import parse
from tests.soak import examples
from tests.unit.test_describe import a_team

MARKS = "\u0300" * 100_000 + "\u0327" * 100_000
"""Two kinds, the second of which belongs before the first: to sort them one by one takes minutes."""


@examples(200)
@given(st.text(st.characters(categories=["L", "M", "N", "Z"]), max_size=MOST_MARKS), st.sampled_from(["NFC", "NFKC"]))
def test_what_people_write_is_as_unicode_has_it(text: str, form: Any) -> None:
    assert normalized(form, text) == unicodedata.normalize(form, text)


def test_a_letter_keeps_no_more_marks_than_any_writing_has() -> None:
    kept = "\u0300" * (MOST_MARKS - 1)
    assert normalized("NFC", f"ca{MARKS}f\u00e9") == f"c\u00e0{kept}f\u00e9"


def test_a_mark_that_stands_for_two_is_one_too() -> None:
    assert len(normalized("NFC", "a" + "\u0f73" * 100_000)) <= 1 + 2 * MOST_MARKS


def test_what_is_said_without_a_name_is_read_at_once() -> None:
    said = Nameless.of(a_team(), "platform/home").text(f"What a{MARKS} is")
    assert said.startswith("What \u00e0") and len(said) < 50


@pytest.mark.parametrize("address", [f"http://a{MARKS}/pages/7", "http://[x/pages/7"])
def test_a_link_in_our_table_to_such_a_host_leads_to_its_page(address: str) -> None:
    (link,) = parse(f'<a href="{address}" data-card-appearance="inline">the page</a>').walk()
    assert (leading(lambda *_: None)(link) or "").endswith(" 7")
    assert is_respelled(f'<a href="{address}" data-card-appearance="inline">the page</a>')
