"""What is said on the web page and by the links in mails: it counts once, it is told, and a link alone says nothing."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from config.operator import Operator
from config.web import Listen, Web
from daemon.model import Session
from tests.scenarios.programme import TEAM, Programme
from tests.scenarios.site import Served, asked, served
from tests.scenarios.test_can_you_now import KEY, asked_of, passes, taught

URL = "http://peers.example.com"


class Linked(Programme):
    """A programme whose mails link its web page."""

    def operators(self) -> Operator:
        """Return what the operator decided."""
        web = Web(listen=Listen("127.0.0.1", 0), url=URL)
        return super().operators().model_copy(update={"web": web})


@pytest.fixture
def programme(tmp_path: Path) -> Programme:
    made = Linked(tmp_path)
    made.settle()
    return made


@pytest.fixture
def web(programme: Programme) -> Iterator[Served]:
    with served(programme, programme.operator.web) as site:
        yield site


def coming(programme: Programme, role: str = "presenter", days: int = 3) -> Session:
    """Return the first session so many days away in which somebody has a role."""
    after = programme.now + timedelta(days=days)
    return next(one for one in programme.memory().by_start() if role in one.roles and one.slot.starts_at > after)


def now(programme: Programme, session: Session) -> Session:
    return programme.memory().sessions[session.key]


def free(programme: Programme, session: Session) -> str:
    emails = [str(one["email"]) for one in TEAM["members"] if not one.get("away")]
    return next(email for email in emails if email not in session.roles.values())


def test_who_cannot_make_it_says_so_where_they_stand_and_who_wants_it_takes_it(web: Served) -> None:
    one = coming(web.programme, days=8)
    holder, taker = one.roles["presenter"], free(web.programme, one)
    mine = web.visitor(holder)
    mine.get(f"/t/platform/session/{one.key}")
    told = mine.press("I can't be presenter")
    assert "somebody else is looked for" in told.text and "I can't be presenter" not in told.buttons
    assert len(web.hurried) == 1
    web.programme.settle()
    assert "presenter" in now(web.programme, one).unfilled
    other = web.visitor(taker)
    other.get(f"/t/platform/session/{one.key}")
    assert "Thank you, it is yours" in other.press("I'll be presenter").text
    web.programme.settle()
    assert now(web.programme, one).roles["presenter"] == taker


def test_a_button_that_is_pressed_twice_says_one_thing(web: Served) -> None:
    one = coming(web.programme, days=8)
    mine = web.visitor(one.roles["presenter"])
    page = mine.get(f"/t/platform/session/{one.key}")
    mine.press("I can't be presenter")
    mine.at = page
    mine.press("I can't be presenter")
    assert len(web.programme.memory().statements) == 1


def test_nothing_is_noted_while_the_clock_is_in_doubt(web: Served) -> None:
    one, looks = coming(web.programme, days=8), web.site.world.ledger.looks
    mine = web.visitor(one.roles["presenter"])
    mine.get(f"/t/platform/session/{one.key}")
    looks.note("doubted", web.programme.now)
    assert "The clock of peerloop's machine is in doubt" in mine.press("I can't be presenter").text
    assert not web.programme.memory().statements
    looks.note("trusted", web.programme.now)
    assert "somebody else is looked for" in mine.press("I can't be presenter").text


def test_two_people_at_once_do_not_both_take_a_turn(web: Served) -> None:
    one = coming(web.programme, days=8)
    mine = web.visitor(one.roles["presenter"])
    mine.get(f"/t/platform/session/{one.key}")
    mine.press("I can't be presenter")
    web.programme.settle()
    others = [str(each["email"]) for each in TEAM["members"] if each["email"] not in one.roles.values()]
    people = [web.visitor(email) for email in others if email != "bob@example.com"][:2]
    for each in people:
        each.get(f"/t/platform/session/{one.key}")
    first, second = (each.press("I'll be presenter") for each in people)
    assert "it is yours" in first.text and "That was not possible. " in second.text and ".." not in second.text
    web.programme.settle()
    assert now(web.programme, one).roles["presenter"] in others


def test_a_swap_needs_both(web: Served) -> None:
    one = coming(web.programme, days=8)
    mine = web.visitor(one.roles["presenter"])
    page = mine.get(f"/t/platform/session/{one.key}")
    offers = [label for label in page.buttons if ": " in label and "presenter" in label]
    assert offers
    assert "until they agree all stays as it is" in mine.press(offers[0]).text
    web.programme.settle()
    assert now(web.programme, one).roles == one.roles
    offer = web.programme.memory().statements.offers[0]
    theirs = web.programme.memory().sessions[offer.value]
    other = web.visitor(str(offer.other))
    assert "would do your turn" in other.get("/t/platform/").text
    assert "Swapped" in other.press("Agreed").text
    web.programme.settle()
    assert now(web.programme, one).roles["presenter"] == offer.other
    assert offer.who in now(web.programme, theirs).roles.values()


def test_a_topic_gets_one_vote_of_each_and_a_need_has_no_name(web: Served) -> None:
    someone = web.visitor("dan@example.com")
    someone.get("/t/platform/topics")
    told = someone.press("Say it without a name", value="How do our backups work, asks Dan Brown?")
    assert "without your name" in told.text
    (said,) = web.programme.memory().statements
    assert said.who is None and "Dan" not in said.value and said.at.weekday() == 0
    assert "Thank you for the suggestion" in someone.press("Suggest it", value="Backups").text


def test_a_vote_is_shown_beside_those_of_the_file_and_can_be_taken_back(tmp_path: Path) -> None:
    topics = [{"title": f"Topic {number}", "votes": 200 - number} for number in range(100)]
    programme = Programme(tmp_path, {**TEAM, "topics": topics})
    programme.settle()
    with served(programme) as web:
        someone = web.visitor("dan@example.com")
        someone.get("/t/platform/topics")
        assert "Your vote is noted" in someone.press("I want this", among="Topic 99").text
        assert "102 votes (101 in the file, 1 by members)" in someone.get("/t/platform/topics").text
        someone.press("Take my vote back")
        assert "by members" not in someone.get("/t/platform/topics").text


def links_in(programme: Programme, to: str) -> list[str]:
    """Return the addresses by which somebody can answer their mails, without the name of the machine."""
    bodies = [mail.get_body(("plain",)) for mail in programme.mails() if to in str(mail["To"])]
    texts = [body.get_content() for body in bodies if body]
    return [urlsplit(found).path for text in texts for found in re.findall(rf"→ [^:]+: ({URL}/a/\S+)", text)]


def test_a_mail_has_a_link_to_answer_and_opening_it_says_nothing(web: Served) -> None:
    one = coming(web.programme, days=0)
    holder = one.roles["presenter"]
    links = links_in(web.programme, holder)
    assert links
    for _ in range(3):  # as a program does that looks whether links are harmless
        assert {asked(web.base, method, link).status for link in links for method in ("GET", "HEAD")} == {200}
    assert web.programme.memory().statements == ()
    reader = web.stranger()
    page = reader.get(links[0])
    assert "This link is for you alone" in page.text and "Not found" not in page.text
    told = reader.press(page.buttons[0])
    assert told.status == 200 and len(web.programme.memory().statements) == 1
    again = reader.get(links[0])
    assert not again.buttons and "This link is for you alone" in again.text
    reader.at = page  # as who goes back and presses another button
    note = told.page.find(role="status")
    assert note and note.get_text() in str(reader.press(page.buttons[-1]).page)
    assert len(web.programme.memory().statements) == 1


def test_a_link_is_of_no_use_to_others_for_other_things_or_when_it_is_old(web: Served) -> None:
    holder = coming(web.programme, days=0).roles["presenter"]
    link = links_in(web.programme, holder)[0]
    forged = f"{link[:-4]}AAAA"
    assert asked(web.base, "GET", forged).status == 403
    reader = web.stranger()
    page = reader.get(link)
    form = page.page.find("form")
    assert form is not None
    fields = {str(one["name"]): str(one.get("value", "")) for one in form.find_all("input")}
    other = next(one for one in web.programme.memory().by_start() if one.key != fields["about"])
    assert reader.post(link, {**fields, "about": other.key}).status == 403
    assert reader.post(link, {**fields, "other": "eve@example.com"}).status == 403
    assert reader.post(link, {**fields, "form": "guessed"}).status == 403
    assert web.programme.memory().statements == ()


def test_whether_it_was_worth_the_time_is_counted_without_a_name(tmp_path: Path) -> None:
    programme = Linked(tmp_path, {**TEAM, "pulse": "on"})
    programme.settle()
    programme.later(days=4)
    programme.settle()
    one = next(one for one in reversed(programme.memory().by_start()) if one.slot.ends_at < programme.now)
    path = f"/t/platform/session/{one.key}"
    with served(programme, programme.operator.web) as web:
        for number, each in enumerate(TEAM["members"]):
            someone = web.visitor(str(each["email"]))
            assert "Worth the time" not in someone.get("/t/platform/past").text
            someone.get(path)
            told = someone.press(str(5 - number % 2))
            assert "counted, without your name" in told.text and "5" not in told.buttons
        assert "Worth the time" not in someone.get("/t/platform/past").text  # else each answer shows by what it changes
        programme.later(days=10)
        assert "Worth the time: 4.6 of 5 (5 answers)" in someone.get("/t/platform/past").text
        assert web.site.world.ledger.pulses.of("platform") == {one.key: {5: 3, 4: 2}}
        assert web.programme.memory().statements == ()


def test_a_mail_that_goes_out_anyway_asks_whether_it_was_worth_the_time(tmp_path: Path) -> None:
    programme = Linked(tmp_path, {**TEAM, "pulse": "on"})
    programme.settle()
    programme.later(days=4, hours=1)
    programme.settle()
    bodies = [body.get_content() for mail in programme.mails() if (body := mail.get_body(("plain",)))]
    text = next(body for body in bodies if "was it worth your time?" in body)
    link = text.partition("was it worth your time?")[2].partition(URL)[2].split()[0]
    with served(programme, programme.operator.web) as web:
        someone = web.stranger()
        assert "Was it worth your time?" in someone.get(link).text
        assert "counted, without your name" in someone.press("4").text
        assert list(web.site.world.ledger.pulses.of("platform").values()) == [{4: 1}]


def test_weeks_later_it_is_said_here_too_whether_somebody_can_do_it_now(tmp_path: Path) -> None:
    programme = taught(tmp_path)
    passes(programme, weeks=8)
    assert asked_of(programme).answers == {}
    with served(programme) as web:
        bob = web.visitor("bob@example.com")
        page = bob.get(f"/t/platform/session/{KEY}")
        assert "Can you do it now?" in page.text
        assert "only said how many" in bob.press("Not yet").text
        passes(programme)
        assert asked_of(programme).answers == {"bob@example.com": False}
        bob.get(f"/t/platform/session/{KEY}")
        bob.press("Yes, I can do it now")
        passes(programme)
        assert asked_of(programme).answers == {"bob@example.com": True}
        presenter = web.visitor("fay@example.com")
        assert "Can you do it now?" not in presenter.get(f"/t/platform/session/{KEY}").text


def test_a_mail_that_offers_a_swap_is_answered_by_its_link(web: Served) -> None:
    one = coming(web.programme, days=8)
    mine = web.visitor(one.roles["presenter"])
    page = mine.get(f"/t/platform/session/{one.key}")
    mine.press(next(label for label in page.buttons if ": " in label and "presenter" in label))
    web.programme.later(days=1)
    web.programme.settle()
    offer = web.programme.memory().statements.offers[0]
    reader, links = web.stranger(), links_in(web.programme, str(offer.other))
    pages = [reader.get(link) for link in links]
    asking = next(number for number, page in enumerate(pages) if "would do your turn" in page.text)
    reader.get(links[asking])
    assert "Swapped" in reader.press("Agreed").text
    web.programme.settle()
    assert now(web.programme, one).roles["presenter"] == offer.other


def test_an_invitation_leads_to_where_somebody_says_that_they_cannot_come(web: Served) -> None:
    one = coming(web.programme)
    shown = [str(event.get("DESCRIPTION", "")) for event in web.programme.shown().events.values()]
    (link,) = {found for text in shown for found in re.findall(rf"Say so: ({URL}\S+)", text) if one.key in found}
    mine = web.visitor(one.roles["presenter"])
    assert "I can't be presenter" in mine.get(urlsplit(link).path).buttons


def test_a_turn_that_waits_for_somebody_is_none_that_nobody_can_take(tmp_path: Path) -> None:
    programme = Programme(tmp_path, {**TEAM, "rotation": {"volunteers": "2 weeks"}})
    programme.settle()
    assert any(one.waits for session in programme.memory().by_start() for one in session.assignments)
    with served(programme) as web:
        lead = web.visitor("ada@example.com")
        assert "Nobody can be" not in lead.get("/t/platform/").text + lead.get("/t/platform/trouble").text


def test_what_was_said_without_a_name_is_counted_nowhere_before_the_next_monday(web: Served) -> None:
    someone, lead = web.visitor("dan@example.com"), web.visitor("ada@example.com")
    before = lead.get("/t/platform/").text
    someone.get("/t/platform/topics")
    someone.press("Say it without a name", value="How do our backups work?")
    assert "people want to learn" not in before + lead.get("/t/platform/").text
    web.programme.later(days=7)
    assert "1 thing people want to learn" in lead.get("/t/platform/").text


def test_whom_the_file_names_is_told_that_only_the_lead_can_change_it(web: Served) -> None:
    one = coming(web.programme, days=8)
    series = web.programme.memory().series[one.slot.series].name
    named = {"series": series, "on": f"{one.slot.wall.date()}", "presenter": one.roles["presenter"]}
    assert web.programme.edit({**web.programme.team, "sessions": [named]}), web.programme.faults
    web.programme.settle()
    web.reads()
    mine = web.visitor(one.roles["presenter"])
    mine.get(f"/t/platform/session/{one.key}")
    told = mine.press("I can't be presenter")
    assert "only the lead can change it" in told.text and "somebody else is looked for" not in told.text
    web.programme.later(days=1)
    web.programme.settle()
    mails = [body.get_content() for mail in web.programme.mails() if (body := mail.get_body(("plain",)))]
    assert any("the team's file names them, so only you" in text for text in mails)
    assert not any("too late to give the turn" in text for text in mails)
