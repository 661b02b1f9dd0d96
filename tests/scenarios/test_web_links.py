"""Everything that can be said is said in two taps from a mail: each link is for one person and one purpose alone."""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import itsdangerous
import pytest

from config.team import Team
from config.web import Listen, Web
from daemon.learn.answers import who_was_there
from daemon.loop import World
from daemon.model import Session
from daemon.model.asks import LINK_SIGN, Ask, Purpose, words_of
from daemon.model.statements import Door, StatementKind
from daemon.ports import Messenger
from daemon.web.links import GOOD_FOR, LINK_SALT, Links
from daemon.web.who import Signatures
from integrations.formats.letter_html import html_of
from tests.scenarios.programme import TEAM, Programme
from tests.scenarios.site import Answer, Served, Visitor, asked, served
from tests.scenarios.test_web_said import URL, Linked

RECORDED = {**TEAM, "recording": {"consent": "everyone"}}
WHO = "cleo@example.com"


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Served]:
    programme = Linked(tmp_path, RECORDED)
    programme.settle()
    with served(programme, programme.operator.web) as site:
        yield site


def texts(programme: Programme, to: str) -> list[str]:
    """Return what somebody's mails say, as plain text."""
    bodies = [mail.get_body(("plain",)) for mail in programme.mails() if to in str(mail["To"])]
    return [body.get_content() for body in bodies if body]


def link(programme: Programme, to: str, purpose: Purpose) -> str:
    """Return where somebody's latest mail leads that has a link for a purpose."""
    words = re.escape(f"{LINK_SIGN} {words_of(purpose)}: {URL}")
    return next(found[1] for text in reversed(texts(programme, to)) for found in re.finditer(rf"{words}(\S+)", text))


def opened(web: Served, to: str, purpose: Purpose) -> tuple[Visitor, Answer]:
    """Tap a link in a mail, in a browser that nobody has let in."""
    someone = web.stranger()
    return someone, someone.get(link(web.programme, to, purpose))


def said(web: Served) -> list[tuple[str, str | None, str]]:
    return [(one.kind.value, one.who, one.value) for one in web.programme.memory().statements]


def fields_of(page: Answer) -> dict[str, str]:
    form = page.page.find("form")
    assert form is not None
    return {str(one["name"]): str(one.get("value", "")) for one in form.find_all("input")}


# Each thing that can be said


def test_a_topic_is_voted_for_and_suggested_from_the_foot_of_any_mail(web: Served) -> None:
    topics = [{"title": "Backups", "why": "Nobody has tried one"}, *({"title": f"Topic {n}"} for n in range(30))]
    web.programme.edit({**web.programme.team, "topics": topics})
    web.programme.settle()
    web.reads()
    someone, page = opened(web, WHO, Purpose.TOPICS)
    assert "Which topic next?" in page.text
    waiting = next(title for title in [one["title"] for one in topics] if title in page.text)
    assert "Your vote is noted" in someone.press("I want this", among=f'"{waiting}"').text
    assert "Take my vote back" in (someone.at or page).buttons
    assert "Thank you for the suggestion" in someone.press("Suggest it", value="Tracing").text
    assert said(web) == [("vote", WHO, "yes"), ("suggest", WHO, "Tracing")]
    assert {one.door for one in web.programme.memory().statements} == {Door.MAIL}


def test_a_need_and_a_question_are_said_without_a_name(web: Served) -> None:
    someone, page = opened(web, WHO, Purpose.NEED)
    assert "without your name" in someone.press("Say it without a name", value="How do backups work, Cleo Patra?").text
    asking, page = opened(web, WHO, Purpose.QUESTION)
    assert "without your name" in page.text
    assert "Asked, without your name" in asking.press("Send", value="Why so?").text
    assert "Send" in (asking.at or page).buttons  # one may ask more than one thing
    need, question = sorted(web.programme.memory().statements, key=lambda one: one.kind)
    assert (need.who, question.who) == (None, None)
    assert "Cleo" not in need.value
    assert len(web.hurried) == 0
    tokens = {urlsplit(link(web.programme, WHO, each)).path for each in (Purpose.NEED, Purpose.QUESTION)}
    assert not any(one.id.removeprefix("link-") in token for one in (need, question) for token in tokens)
    assert {one.id.partition("-")[0] for one in (need, question)} == {"web"}  # and no link has left its trace


def test_one_agrees_to_a_recording_and_may_change_ones_mind(web: Served) -> None:
    someone, page = opened(web, WHO, Purpose.CONSENT)
    assert "May it be recorded?" in page.text
    told = someone.press("I agree to a recording")
    assert "you agree to a recording" in told.text and "I agree to a recording" not in told.buttons
    again = someone.get(link(web.programme, WHO, Purpose.CONSENT))
    assert "You have agreed." in again.text
    assert "you do not agree" in someone.press("I do not agree to a recording").text
    assert [value for _, _, value in said(web)] == ["yes", "no"]


def test_who_has_said_so_is_not_asked_about_a_recording_again(web: Served) -> None:
    one = next(one for one in web.programme.memory().by_start() if "facilitator" in one.roles)
    holder = one.roles["facilitator"]
    assert words_of(Purpose.CONSENT) in texts(web.programme, holder)[-1]
    opened(web, holder, Purpose.CONSENT)[0].press("I agree to a recording")
    web.programme.later(days=2)
    web.programme.settle()
    lines = texts(web.programme, holder)[-1].partition("Anything else")[0]
    assert one.slot.day.isoformat() in lines
    about = lines[lines.index(one.slot.day.isoformat()) :].partition("\n  - ")[0]
    assert words_of(Purpose.CANNOT) in about and words_of(Purpose.CONSENT) not in about


def test_one_says_whether_one_was_there(web: Served) -> None:
    web.programme.later(days=4)
    web.programme.settle()
    someone, page = opened(web, "ada@example.com", Purpose.ATTENDED)
    assert "How our ingress works" in page.text and "Vacuum" in page.text
    told = someone.press("I was not there", among="lunch-learn")
    assert "you were not there" in told.text
    assert said(web) == [("attended", "ada@example.com", "no")]
    assert "I was not there" in told.buttons  # at the other one
    memory, team = web.programme.memory(), web.programme.file.team
    one = memory.sessions[memory.statements[-1].about]
    there = {*who_was_there(one, memory.observed(one.page), team, memory, web.programme.now.date())}
    assert "ada@example.com" not in there and WHO in there


def test_a_stuck_item_is_answered_by_who_is_asked_to_help_too(tmp_path: Path) -> None:
    chase = {"remind": ["every 1 working days"], "escalate": {"after": "1 reminders", "to": ["lead"]}}
    programme = Linked(tmp_path, {**TEAM, "chase": chase})
    programme.settle()
    page = next(path for path in programme.pages() if "lunch" in path)
    with (programme.wiki / page).open("a") as text:
        text.write("\n- [ ] @dan order the books by 2026-11-24\n")
    for _ in range(4):
        programme.later(days=1, hours=1)
        programme.settle()
    with served(programme, programme.operator.web) as web:
        someone, shown = opened(web, "ada@example.com", Purpose.ITEM)
        assert "order the books" in shown.text and "an action item" in shown.text
        assert "Nobody is reminded" in someone.press("Done").text
        again = someone.get(link(programme, "ada@example.com", Purpose.ITEM))
        assert "You have answered this already" in again.text and not again.buttons
        assert "Nobody is reminded" in again.text
        programme.settle()
        was = (programme.wiki / page).read_text()
        (programme.wiki / page).write_text(was.replace("by 2026-11-24", "by 2026-12-24"))
        programme.settle()
        again = someone.get(link(programme, "ada@example.com", Purpose.ITEM))
        assert "You have answered this already" in again.text and "Nobody is reminded" not in again.text


# What a link says that was used

ONCE = "You have answered this already, and once is enough."
SOUGHT, YOURS = "somebody else is looked for", "it is yours"
LUNCH = {"series": "Lunch & Learn", "on": date(2026, 11, 26)}


def lunch(programme: Programme) -> Session:
    return programme.memory().sessions["platform/lunch-learn/2026-11-26T12:15"]


def presents(web: Served, who: str) -> None:
    someone = web.visitor(who)
    someone.get(f"/t/platform/session/{lunch(web.programme).key}")
    assert YOURS in someone.press("I'll be presenter").text


def edits(web: Served, **more: Any) -> None:
    assert web.programme.edit({**web.programme.team, **more}), web.programme.faults
    web.reads()


SINCE: Mapping[str, Callable[[Served, str], None]] = {
    "somebody took it": lambda web, was: presents(web, "dan@example.com" if was != "dan@example.com" else WHO),
    "they do it after all": presents,
    "called off": lambda web, _: edits(web, sessions=[{**LUNCH, "cancel": "We have a party"}]),
    "the series is gone": lambda web, _: edits(web, series=web.programme.team["series"][1:]),
    "past": lambda web, _: web.programme.later(days=4),
}


@pytest.mark.parametrize("since", SINCE)
def test_a_link_that_was_used_goes_on_to_say_only_what_is_so(web: Served, since: str) -> None:
    holder = lunch(web.programme).roles["presenter"]
    someone, page = opened(web, holder, Purpose.CANNOT)
    path, fields = link(web.programme, holder, Purpose.CANNOT), fields_of(page)
    first = someone.press("I can't be presenter").text
    assert SOUGHT in first and ONCE not in first
    for _ in range(2):  # before the next pass, and after it
        assert f"{ONCE} Noted: {SOUGHT}" in someone.get(path).text
        web.programme.settle()
    SINCE[since](web, holder)
    web.programme.settle()
    for again in (someone.get(path), someone.post(path, fields)):
        assert ONCE in again.text and SOUGHT not in again.text and "Noted" not in again.text and not again.buttons


def test_who_took_a_turn_by_a_link_is_told_that_it_is_theirs_as_long_as_it_is(web: Served) -> None:
    programme = web.programme
    holder = lunch(programme).roles["presenter"]
    opened(web, holder, Purpose.CANNOT)[0].press("I can't be presenter")
    programme.later(hours=23)
    programme.settle()
    taker = next(each for each in ("cleo@example.com", "dan@example.com", "eve@example.com") if each != holder)
    path = link(programme, taker, Purpose.TAKE)
    someone = web.stranger()
    someone.get(path)
    assert YOURS in someone.press("I'll be presenter").text
    programme.settle()
    assert lunch(programme).roles["presenter"] == taker
    assert YOURS in someone.get(path).text
    edits(web, sessions=[{**LUNCH, "presenter": holder}])
    programme.settle()
    again = someone.get(path)
    assert ONCE in again.text and YOURS not in again.text


def test_whom_the_file_names_is_told_so_at_each_visit_as_long_as_it_does(web: Served) -> None:
    holder = lunch(web.programme).roles["presenter"]
    edits(web, sessions=[{**LUNCH, "presenter": holder}])
    web.programme.settle()
    path = link(web.programme, holder, Purpose.CANNOT)
    someone = web.stranger()
    someone.get(path)
    assert "only the lead can change it" in someone.press("I can't be presenter").text
    web.programme.settle()
    assert f"{ONCE} Noted, and the lead hears of it" in someone.get(path).text
    edits(web, sessions=[])
    web.programme.settle()
    again = someone.get(path).text
    assert ONCE in again and "Noted" not in again


def test_what_does_not_take_place_has_nothing_more_to_be_said_and_that_is_why(web: Served) -> None:
    holder = lunch(web.programme).roles["presenter"]
    path = link(web.programme, holder, Purpose.CANNOT)
    edits(web, sessions=[{**LUNCH, "cancel": "We have a party"}])
    web.programme.settle()
    told = web.stranger().get(path)
    assert "does not take place" in told.text and not told.buttons


# For one person and one purpose


@pytest.mark.parametrize("purpose", [Purpose.TOPICS, Purpose.NEED, Purpose.QUESTION, Purpose.CONSENT])
def test_a_link_is_good_for_its_own_purpose_alone(web: Served, purpose: Purpose) -> None:
    someone, page = opened(web, WHO, purpose)
    fields = fields_of(page)
    one = next(one for one in web.programme.memory().by_start() if "presenter" in one.roles)
    others: list[Mapping[str, Any]] = [
        {"kind": "cannot", "about": one.key, "role": "presenter"},
        {"kind": "take", "about": one.key, "role": "presenter"},
        {"kind": "correction", "about": one.key, "role": "presenter", "value": "why"},
        {"kind": "pulse", "about": one.key, "value": "5"},
        {"other": "ada@example.com"},
        {"kind": "nonsense"},
    ]
    path = link(web.programme, WHO, purpose)
    assert {someone.post(path, {**fields, "value": "x", **more}).status for more in others} <= {400, 403}
    assert someone.get("/t/platform/").status == 401
    assert said(web) == []


def test_a_link_for_one_session_says_nothing_of_another(web: Served) -> None:
    someone, page = opened(web, WHO, Purpose.CONSENT)
    fields = fields_of(page)
    other = next(one for one in web.programme.memory().by_start() if one.key != fields["about"])
    assert someone.post(link(web.programme, WHO, Purpose.CONSENT), {**fields, "about": other.key}).status == 403
    assert said(web) == []


def test_what_is_forged_old_or_of_another_release_lets_nobody_in(web: Served) -> None:
    signatures = web.site.signatures
    forged = Links(URL, Signatures(lambda: "guessed")).answer("platform", WHO, Ask(Purpose.NEED))
    shapes: list[Any] = [
        ["platform", WHO, "session", "x"],
        ["platform", WHO],
        "x",
        {},
        [1, 2, 3, 4],
        ["platform", WHO, [], ""],
    ]
    tokens = [signatures.signed(LINK_SALT, shape) for shape in shapes]
    tokens += [signatures.signed("browser", ["platform", WHO, "need", ""]), signatures.for_good(LINK_SALT, ["x"])]
    assert {asked(web.base, "GET", f"/a/{token}").status for token in tokens} == {403}
    assert asked(web.base, "GET", urlsplit(forged).path).status == 403
    eve = Links(URL, signatures).answer("platform", "eve@elsewhere.com", Ask(Purpose.NEED))
    assert asked(web.base, "GET", urlsplit(eve).path).status == 403
    assert timedelta(days=20) < GOOD_FOR <= timedelta(days=30)


def test_a_link_expires(web: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()

    def shown(after: timedelta) -> Answer:
        clock = SimpleNamespace(time=lambda: now + after.total_seconds())
        monkeypatch.setattr(itsdangerous.timed, "time", clock)  # the one clock that signatures are judged by
        return someone.get(path)

    someone, page = opened(web, WHO, Purpose.NEED)
    path, fields = link(web.programme, WHO, Purpose.NEED), fields_of(page)
    assert shown(GOOD_FOR - timedelta(hours=1)).status == 200
    old = shown(GOOD_FOR + timedelta(hours=1))
    assert old.status == 403 and "older than 30 days" in old.text and not old.buttons
    assert someone.post(path, {**fields, "kind": "need", "value": "How do backups work?"}).status == 403
    assert said(web) == []


def test_a_link_with_nothing_to_choose_from_says_so(tmp_path: Path) -> None:
    programme = Linked(tmp_path, {**TEAM, "topics": []})
    programme.settle()
    with served(programme, programme.operator.web) as web:
        assert "No topic waits just now" in opened(web, WHO, Purpose.TOPICS)[1].text
        assert "There was no session lately" in opened(web, WHO, Purpose.ATTENDED)[1].text


def test_a_link_that_is_used_twice_at_once_says_one_thing(web: Served) -> None:
    one = next(one for one in web.programme.memory().by_start() if "presenter" in one.roles)
    holder = one.roles["presenter"]
    someone, page = opened(web, holder, Purpose.CANNOT)
    path, fields = link(web.programme, holder, Purpose.CANNOT), fields_of(page)
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda _: web.stranger().post(path, fields), range(4)))
    assert all("somebody else is looked for" in each.text for each in told)
    assert [kind for kind, _, _ in said(web)] == ["cannot"]
    assert "You have answered this already" in someone.get(path).text


def test_a_program_that_opens_every_link_says_nothing(web: Served) -> None:
    links = {found for text in texts(web.programme, "") for found in re.findall(rf"{URL}(/a/\S+)", text)}
    assert len(links) > 20
    for method in ("GET", "HEAD"):
        assert {asked(web.base, method, each).status for each in links} == {200}
    assert said(web) == []


def test_whom_a_proxy_knows_uses_no_link_of_somebody_else(tmp_path: Path) -> None:
    programme = Linked(tmp_path)
    programme.settle()
    behind = Web(listen=Listen("127.0.0.1", 0), url=URL, user_header="X-Forwarded-Email", trusted=("127.0.0.1",))
    with served(programme, behind) as web:
        path = link(programme, WHO, Purpose.NEED)
        assert web.stranger(X_Forwarded_Email="bob@example.com").get(path).status == 403
        assert web.stranger(X_Forwarded_Email=WHO).get(path).status == 200
        assert web.stranger().get(path).status == 200  # where the proxy lets mails' links through


def test_what_others_can_read_has_no_link_that_speaks_for_somebody(tmp_path: Path) -> None:
    programme = Linked(tmp_path)

    def public(world: World) -> World:
        def messenger(team: Team, key: str) -> Messenger:
            made = world.messenger(team, key)

            class Board(type(made)):  # type: ignore[misc]
                is_private = False

            made.__class__ = Board
            return made

        return replace(world, messenger=messenger)

    programme.apply(public)
    programme.apply(public)
    told = texts(programme, "")
    assert told and not any("/a/" in text for text in told)


def test_a_mail_shows_the_words_of_our_links_and_the_addresses_of_theirs(web: Served) -> None:
    text = texts(web.programme, WHO)[-1] + "\n  - → Click here: https://evil.example/long\n"
    shown = html_of(text, "x")
    assert re.search(rf'→ <a href="{URL}/a/[^"]+">{words_of(Purpose.NEED)}</a>', shown)
    assert '<a href="https://evil.example/long">evil.example/long</a>' in shown


def test_what_a_link_was_about_is_not_there_any_more(web: Served) -> None:
    links = Links(URL, web.site.signatures)
    gone = links.answer("platform", WHO, Ask(Purpose.CONSENT, "platform/lunch-learn/2020-01-01T12:15"))
    nothing = links.answer("platform", WHO, Ask(Purpose.CONSENT))
    for each in (gone, nothing):
        told = web.stranger().get(urlsplit(each).path)
        assert told.status == 410 and "not there any more" in told.text


def test_all_kinds_of_statements_but_a_few_have_a_purpose() -> None:
    from daemon.model.asks import kinds_of

    reached = {kind for purpose in Purpose for kind in kinds_of(purpose)}
    assert {*StatementKind} - reached == {StatementKind.SWAP_OFFER, StatementKind.CORRECTION}


# What people read afterwards


def test_the_page_tells_what_was_said_elsewhere_of_its_items_until_it_says_something_itself(tmp_path: Path) -> None:
    programme = Linked(tmp_path)
    programme.settle()
    path = programme.wiki / next(path for path in programme.pages() if "lunch" in path)
    programme.later(days=4)
    with path.open("a") as text:
        text.write("\n- [ ] @dan order [the] books by 2026-12-01\n- [ ] @dan ask *support* by 2026-12-02\n")
    programme.settle()
    with served(programme, programme.operator.web) as web:
        dan = web.visitor("dan@example.com")
        dan.get("/t/platform/items")
        told = dan.press("Done")
        assert told.buttons.count("Done") == 1 and "Done lately" in told.text  # before a pass has followed it
        assert 'value="2026-12-04"' in str((dan.at or told).page)  # in a week, unless another day is chosen
        dan.press("Later", value="2026-12-20")
        programme.settle()
        shown = path.read_text()
        assert "\\[the\\] books”: done, as Dan Brown said on the web page on Friday 2026-11-27" in shown
        assert "support\\*”: now due Sunday 2026-12-20, as Dan Brown said" in shown
        assert "- [ ] @dan order [the] books by 2026-12-01" in shown  # the box is theirs
        one = next(one for one in programme.memory().by_start() if "lunch" in one.key)
        read = dan.get(f"/t/platform/page/{one.page}").text
        assert "done, as Dan Brown said" in read
        assert "☑ @dan order [the] books" in read and "☐ @dan ask support" in read  # though its box is open
    path.write_text(path.read_text().replace("- [ ] @dan order", "- [x] @dan order"))
    programme.settle()
    assert "done, as Dan Brown" not in path.read_text() and "now due Sunday" in path.read_text()
    assert programme.run().plan.changes == ()
