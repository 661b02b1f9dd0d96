"""By when an item is due, as people write it: what is a day, what leaves open which, and what is no day at all."""

import subprocess
import sys
from datetime import date
from time import process_time

import pytest

from daemon.model import RelativeDay
from integrations.confluence.reading import action_items as of_confluence
from integrations.formats.markdown.action_items import action_items as of_markdown
from integrations.formats.page_words import other_mentions, tidy, without_date, without_mention
from tests.unit.test_confluence_reading import WHEN, task, tasks

SEEN = date(2027, 1, 27)
"""A Wednesday, on which the words are first seen."""


def read(words: str) -> tuple[str, str | None, str]:
    """Return what is to be done, by when for who saw it written on that day, and what leaves that open."""
    text, due = without_date(words)
    day = due.day.counted_from(SEEN) if isinstance(due.day, RelativeDay) else due.day
    return tidy(text), str(day) if day else None, due.unclear


@pytest.mark.parametrize(
    ("when", "day"),
    [
        *(("by 2027-02-01", "2027-02-01"), ("by 1 Feb 2027", "2027-02-01"), ("by Feb 1, 2027", "2027-02-01")),
        *(("by 1st of February 2027", "2027-02-01"), ("by the 1st February", "2027-02-01"), ("by 1 Feb", "2027-02-01")),
        *(("1.2.2027", "2027-02-01"), ("by 01.02.2027", "2027-02-01"), ("2027/02/01", "2027-02-01")),
        *(("by 2027-2-1", "2027-02-01"), ("by 13/2/2027", "2027-02-13"), ("by 2/13/2027", "2027-02-13")),
        *(("by 31/12", "2027-12-31"), ("until 1-Feb-2027", "2027-02-01"), ("(due Feb 1)", "2027-02-01")),
        *(("📅 2027-02-01", "2027-02-01"), ("📅2027-02-01", "2027-02-01"), ("due:2027-02-01", "2027-02-01")),
        *(("[due:: 2027-02-01]", "2027-02-01"), ("**by 1 Feb 2027**", "2027-02-01"), ("by 20 Jan", "2027-01-20")),
        *(("by 1 Nov", "2027-11-01"), ("by 29 Feb", "2028-02-29"), ("by Fri 5 Feb 2027", "2027-02-05")),
        *(("Fri", "2027-01-29"), ("by Fri", "2027-01-29"), ("(Fri)", "2027-01-29"), ("by Friday", "2027-01-29")),
        *(("by friday", "2027-01-29"), (", Sun", "2027-01-31"), ("on Sat", "2027-01-30"), ("by Wed", "2027-02-03")),
        *(("tomorrow", "2027-01-28"), ("by tomorrow", "2027-01-28"), ("by today", "2027-01-27")),
        *(("by EOD", "2027-01-27"), ("by the day after tomorrow", "2027-01-29"), ("due in 3 days", "2027-01-30")),
        *(("due in two weeks", "2027-02-10"), ("by this Friday", "2027-01-29"), ("due on Friday", "2027-01-29")),
        *(("bis Freitag", "2027-01-29"), ("bis 1. Februar 2027", "2027-02-01"), ("bis zum 1.2.", "2027-02-01")),
        *(("bis Do", "2027-01-28"), ("bis übermorgen", "2027-01-29"), ("avant le 1er février 2027", "2027-02-01")),
        *(("avant vendredi", "2027-01-29"), ("hasta el 1 de febrero", "2027-02-01"), ("(mañana)", "2027-01-28")),
    ],
)
def test_a_day(when: str, day: str) -> None:
    assert read(f"draw the map {when}") == ("draw the map", day, "")
    assert when.endswith(".") or read(f"draw the map {when}.") == ("draw the map.", day, "")


@pytest.mark.parametrize(
    ("when", "words"),
    [
        *(("by 10.11", "10.11"), ("by 30.02.", "30.02.")),
        *(("by 01/02", "01/02"), ("01/02", "01/02"), ("by 1/2/2027", "1/2/2027"), ("by 01-02-2027", "01-02-2027")),
        *(("by 1/2/27", "1/2/27"), ("by 1.2.27", "1.2.27"), ("by 2027-02-30", "2027-02-30"), ("by 30 Feb", "30 Feb")),
        *(("by 31.4.2027", "31.4.2027"), ("by Thu 5 Feb 2027", "Thu 5 Feb 2027"), ("by next Friday", "next Friday")),
        *(("by Friday next week", "Friday next week"), ("due next week", "next week"), ("by March", "March")),
        *(("by the end of March", "the end of March"), ("by EOW", "EOW"), ("by Q2", "Q2"), ("by the 5th", "the 5th")),
    ],
)
def test_what_leaves_open_which_day(when: str, words: str) -> None:
    assert read(f"draw the map {when}") == (f"draw the map {when}", None, words)


@pytest.mark.parametrize(
    "words",
    [
        *("soak up the sun", "walk in the march", "you may", "wait a second", "take over from Mon", "stand by May"),
        *("prepare Friday's demo", "prepare by Friday's demo", "plan Black Friday", "the minutes of 1 Feb 2027"),
        *("tell of the 2026-12-01 outage", "the outage of 2026-12-01", "upgrade to 1.2.3", "upgrade by 10.4"),
        *(
            "upgrade tzdata 2027.1",
            "bump pip 24.3.1",
            "call at 15:00",
            "run it 24/7",
            "rate it 10/10",
            "close PLAT-2027",
        ),
        *("answer by mail", "go by bike", "replaced by function", "reviewed by Sam", "written by Don", "until done"),
        *("see https://e.x/2027-02-01", "see [due by 1 Feb 2027](https://e.x)", "see [[2027-02-01]]", "by Friday-ish"),
        *(
            "read notes-2027-02-01.md",
            "read notes by 2027-02-01.md",
            "use `by 2027-02-01`",
            "every Friday",
            "version 3",
        ),
        *("read it in 3 days", "the demo for Friday", "ask Jan", "step 1/2", "sat", "finish part 3, second half"),
    ],
)
def test_no_day(words: str) -> None:
    assert read(words) == (words, None, "")


def test_words_say_the_same_in_either_wiki() -> None:
    def both(markdown: str, storage: str) -> list[tuple[str, object, str, str]]:
        (here,), (there,) = of_markdown("page", f"- [ ] {markdown}"), of_confluence("page", tasks(task(storage)), {})
        assert (here.text, here.due) == (there.text, there.due)
        return [(one.text, one.due, one.written, one.unclear) for one in (here, there)]

    friday = ("draw the map", RelativeDay(weekday=4), "Fri", "")
    assert both("@ada draw the map by Fri", "@ada draw the map by <strong>Fri</strong>") == [friday] * 2
    assert both("draw the map 01/02", "draw the map 01/02") == [("draw the map 01/02", None, "", "01/02")] * 2
    linked = of_confluence("page", tasks(task("see <a href='https://e.x'>the plan by 1 Feb 2027</a>")), {})
    titled = "<ac:link><ri:page ri:content-title='Retro 2027-02-01'/></ac:link>"
    assert [(one.text, one.due) for one in linked] == [("see the plan by 1 Feb 2027", None)]
    assert of_confluence("page", tasks(task(f"see {titled}")), {})[0].due is None
    (exact,) = of_confluence("page", tasks(task(f"draw the map 01/02 {WHEN}")), {})
    assert (exact.due, exact.written, exact.unclear) == (date(2026, 12, 1), "", "")


def test_a_day_in_a_cell_of_its_own() -> None:
    table = "| | What | Who | Due |\n|-|-|-|-|\n| [ ] | draw the map | @ada | {} |"
    for words, said in {"Sat": "Sat", "1 Feb 2027": "1 Feb 2027", "01/02": ""}.items():
        (item,) = of_markdown("page", table.format(words))
        assert (item.text.rstrip(" ,0/12"), item.assignee, item.written) == ("draw the map", "ada", said)
        assert item.unclear == ("" if said else words)


@pytest.mark.parametrize(
    "part",
    [
        *(
            ",",
            " ,",
            "by ",
            "by Fri ",
            "by 1 Feb ",
            "on the ",
            "[",
            "[[",
            "[a](",
            "(",
            "`",
            "<a ",
            "*",
            "_",
            ".",
            "\x02",
        ),
        *("at ", "@", "@a ", "- ", "1/", "1 ", "📅", "by the "),
    ],
)
def test_the_time_it_takes_grows_with_the_text(part: str) -> None:
    text, before = part * (40_000 // len(part)), process_time()
    tidy(without_date(without_mention(text)[0])[0])
    for words, _ in other_mentions(text):
        without_date(words)
    assert process_time() - before < 15, "it would take minutes if it grew with the square"


def test_the_library_is_loaded_for_names_of_months_and_days_only() -> None:
    code = (
        "import sys\nfrom integrations.formats.page_words import without_date\n"
        "for words in ('by 2027-02-01', 'by 1.2.2027', 'by 01/02', 'by bike', 'no date'): without_date(f'go {words}')\n"
        "assert 'dateparser' not in sys.modules\nwithout_date('go by 1 Feb')\nassert 'dateparser' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_days_that_depend_on_when_they_were_written() -> None:
    assert RelativeDay(weekday=2).counted_from(SEEN) == date(2027, 2, 3), "Wednesday, said on a Wednesday"
    assert RelativeDay(month=12, day=15).counted_from(date(2026, 12, 24)) == date(2026, 12, 15), "just gone by"
    assert RelativeDay(month=2, day=29).counted_from(SEEN) == date(2028, 2, 29)
