"""What people say that they lack: under which headings, with which mark, and that it names nobody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.formats.markdown.write_up import lacking
from integrations.formats.need_words import LONGEST, MOST_NEEDS, NEEDS, marked, need
from tests.soak import examples


@pytest.mark.parametrize(
    "heading",
    [
        "Questions",
        "Open questions",
        "Any more questions?",
        "What next?",
        "What’s next",
        "Next time",
        "What I would like to learn",
        "What would you like to know?",
        "We want to know",
        "What we did not know",
        "What we didn't know",
        "Knowledge gaps",
        "To learn",
    ],
)
def test_headings_that_ask_for_needs(heading: str) -> None:
    assert NEEDS.match(heading)
    assert lacking(f"# Retro\n\n## {heading}\n\n- sagas\n\n## Agenda\n\n- nothing\n")[0] == ("sagas",)


@pytest.mark.parametrize("heading", ["Agenda", "Takeaways", "What we read", "Nextcloud", "Unquestioned", "We know"])
def test_other_headings(heading: str) -> None:
    assert not NEEDS.match(heading)


def test_below_such_a_heading_stand_needs_and_other_things() -> None:
    page = """## Questions

Before, during or after; please without names.

- how do we *roll back*?
-
- [ ] write it down @ada
- ~~answered~~

Is there more?
"""
    assert lacking(page)[0] == ("how do we roll back?", "Is there more?")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("nobody knew how to drain #learn", [("nobody knew how to drain", "#learn")]),
        ("#Learn: sagas", [("sagas", "#learn")]),
        ("sagas #learn, #kafka", [("sagas", "#learn"), ("sagas", "#kafka")]),
        ("see #123 and a#learn and https://x.example/#learn", []),
        ("set `#learn` in code", []),
        ("&#35; C# is a language", []),
        ("#learn", []),
    ],
)
def test_marks(line: str, said: list[tuple[str, str]]) -> None:
    assert list(marked([line])) == said


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("@bob asks how DNS caches", "somebody asks how DNS caches"),
        ("how DNS caches (ask bob@example.com or mailto:eva@x.example)", "how DNS caches (ask somebody or somebody)"),
        ("how DNS caches @ada's way", "how DNS caches somebody's way"),
        ("use @angular/core", "use @angular/core"),
    ],
)
def test_nobody_is_named(line: str, said: str) -> None:
    assert need(line) == said


@examples(100)
@given(st.text(max_size=200), st.from_regex(r"[a-z]{3,10}@[a-z]{3,10}\.example", fullmatch=True), st.text(max_size=200))
def test_no_address_is_kept(before: str, address: str, after: str) -> None:
    assert address not in need(f"{before} {address} {after}")


def test_what_is_long_or_much_is_cut() -> None:
    assert len(need("why " * 1000)) == LONGEST
    assert len(lacking("## Questions\n\n" + "".join(f"- why {n}?\n" for n in range(500)))[0]) == MOST_NEEDS
