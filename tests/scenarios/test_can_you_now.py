"""Eight weeks after a topic was taught: who is asked whether they can do it now, and what comes of what they tick."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from daemon.learn.needs import needs
from daemon.loop import Pass
from daemon.model import Asked, Session, Verdict
from daemon.model.needs import NeedState, need_id
from integrations.local.page_text import PageText
from tests.fakes.confluence import ConfluenceServer
from tests.fakes.confluence.storage import tasks
from tests.scenarios.confluence_programme import FLAVOURS, USE, ConfluenceProgramme, confluence
from tests.scenarios.programme import Programme
from tests.scenarios.test_around_a_session import heard, region, writes
from tests.scenarios.test_changed_minds import TEAM
from tests.scenarios.test_same_person import answers

FIRST = "2026-11-26-1215-lunch.md"
KEY = "platform/lunch/2026-11-26T12:15"
INGRESS: Mapping[str, Any] = {"title": "Ingress", "area": "kubernetes", "votes": 2, "added": "2026-10-05"}
NAMES = ("Ada", "Bob", "Dan", "Eve", "Fay")
MEMBERS = [{"name": name, "email": f"{name.lower()}@example.com"} for name in NAMES]


def taught(folder: Path, *, topics: tuple[Mapping[str, Any], ...] = (INGRESS,), **parts: Any) -> Programme:
    """Return a programme in which Fay taught a topic on 26 November."""
    by_fay = [{"series": "Lunch", "on": "2026-11-26", "presenter": "fay@example.com"}]
    team = {**TEAM, "topics": [*topics], "members": MEMBERS, "sessions": by_fay, "rotation": {"ahead": "2 weeks"}}
    programme = Programme(folder, {**team, **parts})
    passes(programme)
    passes(programme, days=4)
    assert session(programme).topic is not None
    return programme


def passes(programme: Programme, **later: float) -> Pass:
    """Do a pass, some time later, that goes well."""
    programme.later(**later)
    outcome, delivered = programme.apply()
    assert (outcome.errors, delivered.errors) == ((), ())
    return outcome


def edits(programme: Programme, **parts: Any) -> None:
    """Let the lead write other parts into the file, and a pass follow."""
    assert programme.edit({**programme.team, **parts}), programme.faults
    passes(programme)


def asked_of(programme: Programme, key: str = KEY) -> Asked:
    found = session(programme, key).asked
    assert found is not None
    return found


def session(programme: Programme, key: str = KEY) -> Session:
    return programme.memory().sessions[key]


def boxes(programme: Programme, page: str = FIRST) -> list[str]:
    return [line for line in region(programme, page).splitlines() if line.startswith("- [")]


def ticks(programme: Programme, *answers: str, page: str = FIRST) -> None:
    """Let people tick their lines."""
    for words in answers:
        writes(programme, page, f"- [ ] {words}\n", f"- [x] {words}\n")


def unticks(programme: Programme, words: str) -> None:
    writes(programme, FIRST, f"- [x] {words}\n", f"- [ ] {words}\n")


def waits(programme: Programme) -> list[str]:
    """Return the topics that wait, as the home page has them."""
    below = region(programme, "home.md").partition("**Topics that wait**")[2]
    return [line for line in below.partition("\n**")[0].splitlines() if line.startswith("- ")]


def test_those_who_were_there_are_asked_once_on_its_page_and_in_a_mail_that_they_get_anyway(tmp_path: Path) -> None:
    programme = taught(tmp_path)
    passes(programme, days=54, hours=23)
    assert boxes(programme) == [] and session(programme).asked is None
    passes(programme, hours=6)
    assert boxes(programme) == [f"- [ ] {name}: {said}" for name in NAMES[:-1] for said in ("yes", "not yet")]
    assert "Can you do it now?" in region(programme, FIRST) and "Ingress" in region(programme, FIRST)
    assert programme.plan().plan.changes == (), "nothing is left to do"
    for _ in range(8):
        passes(programme, days=3)
    asked = heard(programme, "can you do it now?")
    assert sorted(who for _, who, _ in asked) == ["ada", "bob", "dan", "eve"], "each once, and not who taught it"
    assert {line for _, _, line in asked} == {
        "Lunch “Ingress” of Thursday 2026-11-26: can you do it now? Please tick yes or not yet, beside your name on "
        "its page"
    }
    assert programme.memory().items == {}, "no box is an action item"
    assert not any(mail["Subject"].startswith(("Can you", "A question about what you")) for mail in programme.mails())


def test_ticks_are_no_edit_and_not_yet_from_a_third_brings_a_topic_back_with_its_history(tmp_path: Path) -> None:
    programme = taught(tmp_path)
    passes(programme, days=56)
    ticks(programme, "Ada: yes", "Bob: not yet")
    outcome = passes(programme)
    assert not outcome.plan.findings and not waits(programme)
    assert asked_of(programme).answers == {"ada@example.com": True, "bob@example.com": False}
    ticks(programme, "Dan: not yet")
    passes(programme)
    assert asked_of(programme).verdict is Verdict.STILL_OPEN, "whatever Eve says"
    assert "1 of 3 who answered can do it now. So the topic may be taught again." in region(programme, FIRST)
    assert boxes(programme)[0] == "- [x] Ada: yes" and boxes(programme)[3] == "- [x] Bob: not yet"
    passes(programme)
    again = [one for one in programme.memory().by_start() if one.topic and one.topic.title == "Ingress"][1:]
    assert [str(one.slot.day) for one in again] == ["2027-01-28"]
    assert again[0].topic_reason == (
        "2 votes, waiting since 2026-10-05; comes back, since 2 of 3 who answered cannot do it yet; kubernetes was "
        "last taught on 2026-11-26"
    )


def test_a_topic_that_comes_back_waits_on_the_home_page_until_a_session_has_it(tmp_path: Path) -> None:
    question = need_id("How ingress works")
    ingress = {**INGRESS, "votes": 9, "answers": [question]}
    programme = taught(tmp_path, topics=(ingress, *({"title": f"T{n}"} for n in range(6))))
    path = programme.wiki / FIRST
    path.write_text(f"{path.read_text()}\n## Questions\n\n- How ingress works\n")

    def state() -> NeedState:
        return next(one.state for one in needs(programme.file.team, programme.memory()) if one.id == question)

    passes(programme, days=56)
    assert state() is NeedState.TAUGHT
    ticks(programme, "Ada: not yet", "Bob: not yet")
    passes(programme)
    assert "- Ingress (kubernetes) – 9 votes; comes back, since 2 of 2 who answered cannot do it yet" in waits(
        programme
    )
    assert state() is NeedState.STILL_OPEN
    passes(programme, days=7)
    assert state() is NeedState.PLANNED and "Ingress" not in "".join(waits(programme))


def test_a_topic_that_most_can_do_is_closed(tmp_path: Path) -> None:
    programme = taught(tmp_path)
    passes(programme, days=56)
    ticks(programme, "Ada: yes", "Bob: not yet", "Dan: yes", "Eve: yes")
    passes(programme)
    assert asked_of(programme).verdict is Verdict.CLOSED
    assert "3 of 4 who answered can do it now. So the topic is closed" in region(programme, FIRST)
    passes(programme, days=7)
    assert waits(programme) == []
    unticks(programme, "Ada: yes")
    ticks(programme, "Ada: not yet")
    passes(programme)
    assert asked_of(programme).verdict is Verdict.STILL_OPEN, "a changed mind still counts"
    assert "2 of 4 who answered can do it now. So the topic may be taught again." in region(programme, FIRST)


def test_one_answer_decides_nothing_and_after_four_weeks_those_count_that_there_are(tmp_path: Path) -> None:
    programme = taught(tmp_path)
    passes(programme, days=56)
    ticks(programme, "Ada: not yet")
    passes(programme, days=40)
    assert asked_of(programme).verdict is None
    ticks(programme, "Bob: yes")
    passes(programme)
    assert asked_of(programme).verdict is Verdict.STILL_OPEN
    ticks(programme, "Dan: yes", "Eve: yes")
    passes(programme)
    assert asked_of(programme).verdict is Verdict.CLOSED


def test_who_ticks_both_has_not_answered_and_who_unticks_takes_it_back(tmp_path: Path) -> None:
    programme = taught(tmp_path)
    passes(programme, days=56)
    ticks(programme, "Ada: yes", "Ada: not yet", "Bob: yes")
    passes(programme)
    assert asked_of(programme).answers == {"bob@example.com": True}
    unticks(programme, "Ada: yes")
    unticks(programme, "Bob: yes")
    passes(programme)
    assert asked_of(programme).answers == {"ada@example.com": False}


def test_a_tick_outlives_a_rewritten_page_another_name_and_another_address(tmp_path: Path) -> None:
    programme = taught(tmp_path)
    passes(programme, days=56)
    ticks(programme, "Ada: yes", "Bob: not yet")
    passes(programme)
    _, bob, *others = MEMBERS
    queen = {"name": "Ada *King*", "email": "king@example.com", "was": "ada@example.com"}
    edits(programme, members=[queen, bob, *others], lead="king@example.com")
    assert asked_of(programme).answers == {"king@example.com": True, "bob@example.com": False}
    ticks(programme, "Dan: not yet")
    passes(programme)
    assert boxes(programme)[:4] == [
        r"- [x] Ada \*King\*: yes",
        r"- [ ] Ada \*King\*: not yet",
        "- [ ] Bob: yes",
        "- [x] Bob: not yet",
    ]
    assert asked_of(programme).answers["king@example.com"] is True


@pytest.mark.parametrize("how", ["deleted", "blank", "unreadable"])
def test_a_page_that_cannot_be_read_says_nothing_and_what_was_said_stands(how: str, tmp_path: Path) -> None:
    programme = taught(tmp_path)
    passes(programme, days=56)
    ticks(programme, "Ada: yes", "Bob: yes")
    passes(programme)
    path = programme.wiki / FIRST
    if how == "deleted":
        path.unlink()
    elif how == "blank":
        path.write_text(
            "# \n\n" + path.read_text()[: path.read_text().index("## ")].partition("\n\n")[2].replace("[x]", "[ ]")
        )
    else:
        path.write_text(path.read_text().replace("peerloop:end", "peerloop:ende").replace("[x]", "[ ]"))
    programme.later(hours=1)
    programme.apply()
    assert asked_of(programme).answers == {"ada@example.com": True, "bob@example.com": True}


def test_a_lost_ledger_finds_the_answers_on_the_page(tmp_path: Path) -> None:
    programme = taught(tmp_path)
    passes(programme, days=56)
    ticks(programme, "Ada: not yet", "Bob: not yet")
    passes(programme)
    before = asked_of(programme)
    pages = programme.pages()
    programme.lose_ledger()
    programme.apply()
    assert asked_of(programme) == before
    passes(programme)
    assert PageText(programme.pages()[FIRST]).region == PageText(pages[FIRST]).region


def test_who_was_there_by_the_page_is_asked_and_nobody_who_left_or_declined(tmp_path: Path) -> None:
    programme = taught(tmp_path, topics=(INGRESS, {"title": "Vacuum", "votes": 1}))
    path = programme.wiki / FIRST
    path.write_text(path.read_text() + "\n## Who was there\n\n- [x] Ada\n- [ ] Bob\n- [x] @dan\n- [x] Somebody else\n")
    answers(programme, "2026-12-03", "bob@example.com", "DECLINED")
    ada, bob, dan, eve, fay = MEMBERS
    passes(programme)
    edits(programme, members=[ada, bob, dan, {**eve, "leaves": "2026-12-31"}, fay])
    passes(programme, days=64)
    assert asked_of(programme).people == ("ada@example.com", "dan@example.com")
    second = asked_of(programme, "platform/lunch/2026-12-03T12:15").people
    assert not {"bob@example.com", "eve@example.com"} & {*second} and len(second) >= 2


def test_who_has_muted_it_or_answered_is_not_asked_in_a_mail(tmp_path: Path) -> None:
    ada, bob, *others = MEMBERS
    programme = taught(tmp_path, members=[ada, {**bob, "mute": ["learned"]}, *others])
    passes(programme, days=56, hours=12)
    assert len(boxes(programme)) == 8 and heard(programme, "can you do it now?") == [], "it is night"
    ticks(programme, "Ada: yes")
    for _ in range(7):
        passes(programme, days=3, hours=12)
        programme.later(hours=-12)
        passes(programme)
    assert {who for _, who, _ in heard(programme, "can you do it now?")} == {"dan", "eve"}


def test_a_daemon_that_was_off_asks_when_it_is_back_but_not_after_half_a_year(tmp_path: Path) -> None:
    programme = taught(tmp_path / "a")
    passes(programme, days=7 * 25)
    assert len(boxes(programme)) == 8
    late = taught(tmp_path / "b")
    passes(late, days=7 * 26)
    assert boxes(late) == [] and session(late).asked is None


def test_a_topic_is_asked_about_after_it_was_taught_last_by_whatever_name(tmp_path: Path) -> None:
    programme = taught(tmp_path)
    twice = [{"series": "Lunch", "on": "2026-12-10", "topic": "Ingress"}]
    edits(programme, sessions=twice)
    edits(
        programme,
        topics=[{**INGRESS, "title": "How ingress works", "was": "Ingress"}],
        sessions=[{**twice[0], "topic": "How ingress works"}],
    )
    passes(programme, days=12)
    passes(programme, days=48)
    assert session(programme).asked is None and boxes(programme) == []
    passes(programme, days=14)
    second = "platform/lunch/2026-12-10T12:15"
    assert asked_of(programme, second).on == programme.now.date()
    page = "2026-12-10-1215-lunch.md"
    ticks(programme, *(line[6:] for line in boxes(programme, page)[1:4:2]), page=page)
    passes(programme)
    passes(programme)
    coming = [one for one in programme.memory().by_start() if one.topic and one.slot.starts_at > programme.now]
    assert [one.topic.title for one in coming if one.topic] == ["How ingress works"]


def test_a_session_that_the_lead_says_was_cancelled_is_not_asked_about(tmp_path: Path) -> None:
    programme = taught(tmp_path)
    edits(programme, sessions=[{"series": "Lunch", "on": "2026-11-26", "cancel": "The projector broke"}])
    passes(programme, days=60)
    assert session(programme).asked is None and boxes(programme) == []


def test_a_topic_announced_again_stays_though_it_is_closed_after_all(tmp_path: Path) -> None:
    programme = taught(tmp_path)
    passes(programme, days=56)
    ticks(programme, "Ada: not yet", "Bob: not yet", "Dan: yes", "Eve: yes")
    passes(programme)
    passes(programme)

    def again() -> list[str]:
        return [str(one.slot.day) for one in programme.memory().by_start() if one.topic][1:]

    assert again() == ["2027-01-28"]
    for name in ("Ada", "Bob"):
        unticks(programme, f"{name}: not yet")
        ticks(programme, f"{name}: yes")
    passes(programme)
    passes(programme)
    assert asked_of(programme).verdict is Verdict.CLOSED and again() == ["2027-01-28"]
    passes(programme, days=14)
    assert again() == ["2027-01-28"] and asked_of(programme).verdict is Verdict.CLOSED


def test_a_page_whose_part_people_rewrote_asks_nobody(tmp_path: Path) -> None:
    programme = taught(tmp_path)
    writes(programme, FIRST, "*peerloop keeps", "*We keep")
    programme.later(days=56)
    programme.apply()
    assert session(programme).asked is None and heard(programme, "can you do it now?") == []


# On Confluence


@pytest.fixture(params=FLAVOURS)
def server(request: pytest.FixtureRequest) -> Iterator[ConfluenceServer]:
    with confluence(request.param) as started:
        yield started


def test_on_confluence_a_tick_is_an_answer_and_stays_one(server: ConfluenceServer, tmp_path: Path) -> None:
    by_fay = [{"series": "Lunch", "on": "2026-11-26", "presenter": "fay@example.com"}]
    team = {**TEAM, "topics": [INGRESS], "members": MEMBERS, "sessions": by_fay, "rotation": {"ahead": "2 weeks"}}
    programme = ConfluenceProgramme(server, tmp_path, {**team, "wiki": {**USE, "open": "7 days before"}})
    programme.run()
    passes(programme, days=4)
    passes(programme, days=56)
    (page,) = [one.id for one in server.pages() if one.title.startswith("2026-11-26")]

    def ids() -> dict[str, tuple[str, bool]]:
        return {
            task.words: (task.local_id, task.done) for task in tasks(server.page(page).storage) if ": " in task.words
        }

    before = ids()
    assert [*before] == [f"{name}: {said}" for name in NAMES[:-1] for said in ("yes", "not yet")]
    for words in ("Ada: yes", "Bob: not yet", "Dan: yes", "Dan: not yet"):
        server.person_ticks(page, before[words][0])
    passes(programme)
    assert asked_of(programme).answers == {"ada@example.com": True, "bob@example.com": False}
    server.person_ticks(page, before["Dan: yes"][0], done=False)
    outcome = passes(programme)
    assert asked_of(programme).verdict is Verdict.STILL_OPEN and not outcome.plan.findings
    assert "1 of 3 who answered can do it now. So the topic may be taught again." in server.page(page).storage
    passes(programme)
    after = ids()
    ticked = {words for words, (_, done) in after.items() if done}
    assert ticked == {"Ada: yes", "Bob: not yet", "Dan: not yet"}
    assert {words: one for words, (one, _) in after.items()} == {words: one for words, (one, _) in before.items()}
    assert asked_of(programme).answers == {f"{name}@example.com": name == "ada" for name in ("ada", "bob", "dan")}
    assert programme.memory().items == {}, "no box is an action item"
    assert programme.plan().plan.changes == ()
