"""What people write on a session's page is found again on the programme's home page."""

from pathlib import Path

from integrations.local.page_text import PageText
from tests.scenarios.programme import Programme
from tests.scenarios.test_changed_minds import passes, programme_of

LUNCH = "2026-11-26-1215-lunch.md"


def region(programme: Programme, name: str = "home.md") -> str:
    return PageText(programme.pages()[name]).region


def writes(programme: Programme, old: str, new: str) -> None:
    """Let a person write something into the page of the first lunch."""
    page = programme.wiki / LUNCH
    text = page.read_text()
    assert text.count(old) == 1, old
    page.write_text(text.replace(old, new))


def test_what_was_learned_and_left_to_do_stands_on_the_home_page(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    assert f"[Thursday 2026-11-26, 12:15: Lunch]({LUNCH})" in region(programme)
    passes(programme, days=4)
    assert f"**Held, and no takeaways yet**\n\n- [2026-11-26 Lunch]({LUNCH})\n\n**Turns taken**" in region(programme)
    assert "What we learned" not in region(programme)
    assert (programme.wiki / "turns.png").exists()

    writes(programme, "tomorrow on?\n\n-\n", "tomorrow on?\n\n- Caches *lie*\n")
    writes(programme, "@name what by YYYY-MM-DD", "@bob write it up by 2026-12-02")
    passes(programme)
    assert f"**What we learned**\n\n- [2026-11-26 Lunch]({LUNCH})\n  - Caches lie\n" in region(programme)
    assert "no takeaways" not in region(programme)
    assert f"- [write it up]({LUNCH}) – Bob, due 2026-12-02\n" in region(programme)
    writes(programme, "- [ ] @bob", "- [x] @bob")
    passes(programme)
    assert "write it up" not in region(programme)


def test_a_recording_is_shared_once_everyone_has_agreed(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    passes(programme, days=1)
    writes(programme, "Recording: …", "Recording: https://video.example.com/1")
    writes(programme, "| Ada | |", "| Ada | yes |")
    passes(programme)
    assert "| **Recording** | not shared: not everyone agreed |" in region(programme, LUNCH)
    writes(programme, "| Bob | |\n| Dan | |", "| Bob | ok |\n| Dan | Yes! |")
    passes(programme)
    (row,) = (line for line in region(programme, LUNCH).splitlines() if "**Recording**" in line)
    assert row.endswith("(https://video.example.com/1) |")


def test_a_page_that_a_person_moves_or_deletes_is_followed(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    (programme.wiki / "2026").mkdir()
    moved = (programme.wiki / LUNCH).rename(programme.wiki / "2026" / "first lunch.md")
    passes(programme)
    assert "12:15: Lunch](2026/first%20lunch.md)" in region(programme)
    moved.unlink()
    passes(programme)
    assert "- Thursday 2026-11-26, 12:15: Lunch – " in region(programme)
