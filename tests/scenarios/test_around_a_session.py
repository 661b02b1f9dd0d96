"""What people hear around a session, week after week: before it, after it, of what was learned, and thanks."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from config.operator import operator_model
from daemon.model import State
from integrations import kinds
from integrations.local.page_text import PageText
from tests.scenarios.programme import ZONE, Programme
from tests.scenarios.test_changed_minds import TEAM, passes, programme_of

FIRST, SECOND = "2026-11-26-1215-lunch.md", "2026-12-03-1215-lunch.md"
THANKS = "thanks-2026-q4.md"
Heard = tuple[str, str, str]
"""The day, to whom, and a line of a digest."""


def heard(programme: Programme, words: str) -> list[Heard]:
    """Return who was told of something in which words, and when, in the order of the days."""
    found = []
    for mail in programme.mails():
        body = mail.get_body(("plain",))
        assert body is not None
        day = parsedate_to_datetime(mail["Date"]).astimezone(ZONE).date()
        lines = [line[4:] for line in body.get_content().splitlines() if line.startswith("  - ")]
        found += [(f"{day:%m-%d}", mail["To"].addresses[0].username, line) for line in lines if words in line]
    return sorted(found)


def days(lines: Iterable[Heard]) -> list[tuple[str, str]]:
    return [(day, who) for day, who, _ in lines]


def day_by_day(programme: Programme, number: int) -> None:
    """Let days go by, with a pass at ten on each."""
    for _ in range(number):
        passes(programme, days=1)


def writes(programme: Programme, page: str, old: str, new: str) -> None:
    path = programme.wiki / page
    text = path.read_text()
    assert text.count(old) == 1, old
    path.write_text(text.replace(old, new))


def takes_away(programme: Programme, page: str, words: str) -> None:
    """Let somebody write down what they learned."""
    writes(programme, page, "tomorrow on?\n\n-\n", f"tomorrow on?\n\n- {words}\n")


def state_of(programme: Programme, day: str) -> State:
    return programme.memory().sessions[f"platform/lunch/{day}T12:15"].state


def region(programme: Programme, page: str) -> str:
    return PageText(programme.pages()[page]).region


def test_each_person_hears_what_is_theirs_a_week_and_a_day_before_and_once(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    day_by_day(programme, 10)  # up to Thursday 3 December
    roles = programme.memory().sessions["platform/lunch/2026-12-03T12:15"].roles
    leads, presents = (roles[role].partition("@")[0] for role in ("facilitator", "presenter"))
    (other,) = {"ada", "bob", "dan"} - {leads, presents}
    when = "Lunch on Thursday 2026-12-03"
    assert days(heard(programme, f"You facilitate {when}")) == [("11-26", leads), ("12-02", leads)]
    assert days(heard(programme, f"You present at {when}")) == [("11-26", presents), ("12-02", presents)]
    asked = [line for line in heard(programme, when) if "please agree on one" in line[2]]
    assert days(asked) == [("11-26", leads), ("12-02", leads)]
    asked = [line for line in heard(programme, when) if "what would you like to hear about" in line[2]]
    assert days(asked) == [("11-27", other)], "it waited for a mail about the session before"
    assert len([line for line in heard(programme, when) if "leads it" not in line[2]]) == 7


def test_the_facilitator_is_asked_to_write_up_and_left_alone_after_the_third_time(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    leads = programme.memory().sessions["platform/lunch/2026-11-26T12:15"].roles["facilitator"].partition("@")[0]
    day_by_day(programme, 30)
    assert days(heard(programme, "Lunch of Thursday 2026-11-26")) == [
        ("11-27", leads),
        ("12-02", leads),
        ("12-10", leads),
    ]


def test_what_waits_for_a_digest_says_what_is_missing_when_it_is_sent(tmp_path: Path) -> None:
    programme = programme_of(tmp_path, recording={"consent": "everyone"})
    day_by_day(programme, 3)
    passes(programme, hours=8)
    takes_away(programme, FIRST, "Caches lie")
    passes(programme, hours=16)
    ((day, _, line),) = heard(programme, "Lunch of Thursday 2026-11-26")
    assert (day, line.partition("please ")[2]) == (
        "11-27",
        "add to its page: the action items, the recording (if everyone agreed to one)",
    )


def test_what_was_learned_is_shared_with_all_in_the_next_week_and_the_session_moves_on(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    day_by_day(programme, 4)
    takes_away(programme, FIRST, "Caches *lie*")
    writes(programme, FIRST, "@name what by YYYY-MM-DD", "@bob measure it by 2026-12-04")
    passes(programme)
    assert state_of(programme, "2026-11-26") is State.DOCUMENTED
    assert "| **Status** | held, and written up |" in region(programme, FIRST)
    day_by_day(programme, 10)
    assert state_of(programme, "2026-11-26") is State.DOCUMENTED
    writes(programme, FIRST, "- [ ] @bob", "- [x] @bob")
    day_by_day(programme, 12)
    assert state_of(programme, "2026-11-26") is State.CLOSED
    assert "| **Status** | held, written up, and nothing is left to do |" in region(programme, FIRST)
    said = heard(programme, "Caches lie")
    assert days(said) == [("11-30", "ada"), ("12-02", "bob"), ("12-02", "dan")]
    assert {line for _, _, line in said} == {"Lunch of Thursday 2026-11-26: “Caches lie”"}


def test_a_page_emptied_is_held_again_and_one_that_is_deleted_changes_nothing(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    day_by_day(programme, 4)
    takes_away(programme, FIRST, "Caches lie")
    passes(programme)
    writes(programme, FIRST, "- Caches lie\n", "-\n")
    passes(programme)
    assert state_of(programme, "2026-11-26") is State.HELD
    writes(programme, FIRST, "tomorrow on?\n\n-\n", "tomorrow on?\n\n- Caches lie\n")
    passes(programme)
    (programme.wiki / FIRST).unlink()
    passes(programme)
    assert state_of(programme, "2026-11-26") is State.DOCUMENTED


def test_a_lost_ledger_tells_nobody_more_than_once_again_and_finds_every_state(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    day_by_day(programme, 4)
    takes_away(programme, FIRST, "Caches lie")
    day_by_day(programme, 8)
    before = {key: one.state for key, one in programme.memory().sessions.items()}
    pages = programme.pages()
    programme.lose_ledger()
    passes(programme)
    assert {key: one.state for key, one in programme.memory().sessions.items()} == before
    assert programme.pages() == pages
    day_by_day(programme, 10)
    said = Counter(who for _, who in days(heard(programme, "Caches lie")))
    assert said == {"ada": 2, "bob": 2, "dan": 2}
    assert all(len({*lines}) == len(lines) for lines in [days(heard(programme, "You facilitate"))])


def test_the_past_quarter_is_thanked_for_once(tmp_path: Path) -> None:
    programme = Programme(tmp_path, TEAM, datetime(2026, 12, 14, 10, tzinfo=ZONE))
    day_by_day(programme, 17)
    assert THANKS not in programme.pages()
    day_by_day(programme, 7)  # up to 7 January
    assert region(programme, THANKS).startswith("Thank you for 2026 Q4!")
    assert f"**Thank you**\n\n[2026 Q4]({THANKS})" in region(programme, "home.md")
    notes = heard(programme, "In 2026 Q4 you")
    assert sorted(who for _, who, _ in notes) == ["ada", "bob", "dan"]
    programme.lose_ledger()
    day_by_day(programme, 28)
    kept = programme.pages()[THANKS]
    takes_away(programme, "2026-12-17-1215-lunch.md", "Too late for thanks")
    programme.lose_ledger()
    day_by_day(programme, 3)
    assert programme.pages()[THANKS] == kept
    assert f"[2026 Q4]({THANKS})" in region(programme, "home.md")
    (programme.wiki / THANKS).unlink()
    passes(programme)
    assert THANKS not in programme.pages() and "Thank you" not in region(programme, "home.md")


def test_who_opts_out_of_thanks_is_on_no_page_and_in_no_note(tmp_path: Path) -> None:
    ada, *others = TEAM["members"]
    team = {**TEAM, "members": [{**ada, "mute": ["thanks"]}, *others]}
    programme = Programme(tmp_path, team, datetime(2026, 12, 14, 10, tzinfo=ZONE))
    day_by_day(programme, 24)
    assert "Ada" not in region(programme, THANKS) and "Bob" in region(programme, THANKS)
    assert {who for _, who, _ in heard(programme, "In 2026 Q4 you")} == {"bob", "dan"}


def test_pages_have_an_address_where_the_operator_gives_one(tmp_path: Path) -> None:
    programme = programme_of(tmp_path)
    day_by_day(programme, 1)
    text = "".join(str(mail.get_payload()) for mail in programme.mails())
    assert f"in peerloop's folder: wiki/platform/{FIRST}" in text
    local = {"kind": "local", "base_url": "https://files.example.com/p"}
    programme.operator = operator_model(kinds()).model_validate(
        {"data": str(programme.data), "connections": {"local": local}}
    )
    passes(programme)
    day_by_day(programme, 2)
    told = [str(mail.get_payload()) for mail in programme.mails() if "26 Nov" in mail["Date"]]
    assert told and any(f"https://files.example.com/p/wiki/platform/{SECOND}" in one for one in told)
    assert programme.plan().plan.changes == ()
