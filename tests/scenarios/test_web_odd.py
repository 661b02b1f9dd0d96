"""The web page where things are not as usual: people leave, are called otherwise or are somebody else's guests."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from copy import deepcopy
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import HTTPConnection

from config.web import Listen, Web
from daemon.web.calm import MOST_SAID
from daemon.web.who import named_by_proxy
from tests.scenarios.programme import TEAM, Programme
from tests.scenarios.site import Served, asked, served
from tests.scenarios.test_web_hostile import fields_of
from tests.scenarios.test_web_said import Linked, coming, free, links_in, now

TOPICS, SUBSCRIBE = "/t/platform/topics", "#subscribe ~ .places a"


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Served]:
    programme = Linked(tmp_path)
    programme.settle()
    with served(programme, programme.operator.web) as site:
        yield site


def edited(web: Served, changed: Mapping[str, Any], email: str) -> None:
    """Change what the team's file says of a member, and let the page see it before a pass does."""
    team = deepcopy(dict(TEAM))
    team["members"] = [{**one, **changed} if one["email"] == email else one for one in team["members"]]
    team["topics"] = team["topics"][1:]  # the first one has an owner
    assert web.programme.edit(team), web.programme.faults
    web.reads()


def test_whose_address_changes_is_known_by_browser_link_and_calendar(web: Served) -> None:
    one = coming(web.programme, days=0)
    holder = one.roles["presenter"]
    mine, link = web.visitor(holder), links_in(web.programme, holder)[0]
    feed = str(mine.get("/t/platform/").page.select(SUBSCRIBE)[1]["href"])
    before = asked(web.base, "GET", feed).body.count(b"BEGIN:VEVENT")
    edited(web, {"email": "new@example.com", "was": holder}, holder)
    assert mine.get("/").status == 200
    assert "I can't be presenter" in mine.get(f"/t/platform/session/{one.key}").buttons
    assert asked(web.base, "GET", feed).body.count(b"BEGIN:VEVENT") == before > 0
    reader = web.stranger()
    assert "You are presenter" in reader.get(link).text
    reader.press("I can't be presenter")
    assert [one.who for one in web.programme.memory().statements] == ["new@example.com"]


def test_who_has_left_sees_nothing_any_more_from_the_next_day_on(web: Served) -> None:
    holder = coming(web.programme, days=0).roles["presenter"]
    mine, link = web.visitor(holder), links_in(web.programme, holder)[0]
    places = ["/t/platform/", link, str(mine.get("/t/platform/").page.select(SUBSCRIBE)[0]["href"])]
    edited(web, {"leaves": f"{web.programme.now:%Y-%m-%d}"}, holder)
    assert [mine.get(place).status for place in places] == [200, 200, 200]
    web.programme.later(days=1)
    assert [mine.get(place).status for place in places] == [404, 403, 404]
    assert "No team that is served now has" in mine.get("/").text


def test_an_overseer_asks_how_it_is_by_any_name(web: Served) -> None:
    for name in ("10.1.2.3:8080", "peerloop.internal", ""):
        assert asked(web.base, "GET", "/healthz", headers={"Host": name}).status == 200
        refused = asked(web.base, "GET", "/", headers={"Host": name})
        assert refused.status == 400 and "does not answer by this name" in refused.text
    for name in ("[::1]:8080", "LOCALHOST", "peers.example.com", "127.0.0.1:9"):
        assert asked(web.base, "GET", "/", headers={"Host": name}).status == 401


def test_an_address_without_its_slash_leads_on_within_the_site(web: Served) -> None:
    cookie = "; ".join(f"{name}={value}" for name, value in web.visitor("ada@example.com").cookies.items())
    answer = asked(web.base, "GET", "/t/platform", headers={"Cookie": cookie})
    assert (answer.status, answer.headers["location"]) == (303, "/t/platform/")


def test_what_was_said_is_seen_at_once_though_no_pass_has_followed_it(web: Served) -> None:
    one = coming(web.programme, days=8)
    mine = web.visitor(one.roles["presenter"])
    mine.get(f"/t/platform/session/{one.key}")
    mine.press("I can't be presenter")
    lead = web.visitor("ada@example.com")
    shown = lead.get(f"/t/platform/session/{one.key}").text
    assert "presenter nobody yet" in shown and "cannot make it, as was said" in shown
    assert all("Nobody can be" not in lead.get(f"/t/platform/{page}").text for page in ("", "trouble"))


def test_so_near_a_session_nobody_is_told_that_somebody_is_looked_for(web: Served) -> None:
    one = coming(web.programme, days=0)
    holder = one.roles["presenter"]
    web.programme.now = one.slot.starts_at - timedelta(hours=2)
    mine = web.visitor(holder)
    mine.get(f"/t/platform/session/{one.key}")
    told = mine.press("I can't be presenter").text
    assert "so near" in told and "looked for" not in told
    web.programme.settle()
    bodies = [mail.get_body(("plain",)) for mail in web.programme.mails() if "ada@" in str(mail["To"])]
    assert any("Bob Noyce (presenter) has declined" in body.get_content() for body in bodies if body)
    taker = free(web.programme, one)
    other = web.visitor(taker)
    assert "Bob Noyce cannot make it" in other.get(f"/t/platform/session/{one.key}").text
    assert "it is yours" in other.press("I'll be presenter").text
    web.programme.settle()
    assert now(web.programme, one).roles["presenter"] == taker


def test_a_vote_is_seen_and_taken_back(web: Served) -> None:
    someone = web.visitor("dan@example.com")
    team = {**TEAM, "topics": [*TEAM["topics"], *({"title": f"Topic {n}"} for n in range(20))]}
    assert web.programme.edit(team)
    web.reads()
    someone.get("/t/platform/topics")
    assert "1 vote (0 in the file, 1 by members)" in someone.press("I want this", among="Topic 19").text
    told = someone.press("Take my vote back", among="Topic 19").text
    assert "Your vote is taken back" in told and "by members" not in told


def test_an_offer_to_swap_that_came_to_nothing_is_not_shown(web: Served) -> None:
    one = coming(web.programme, days=8)
    mine = web.visitor(one.roles["presenter"])
    page = mine.get(f"/t/platform/session/{one.key}")
    mine.press(next(label for label in page.buttons if ": " in label and "presenter" in label))
    offer = web.programme.memory().statements.offers[0]
    other = web.visitor(str(offer.other))
    assert "would do your turn" in other.get("/t/platform/").text
    web.programme.now = web.programme.memory().sessions[offer.value].slot.ends_at + timedelta(days=1)
    assert "would do your turn" not in other.get("/t/platform/").text


def test_a_word_in_the_address_is_for_whom_it_was_meant(web: Served) -> None:
    dan, ada = web.visitor("dan@example.com"), web.visitor("ada@example.com")
    fields = {**fields_of(dan, "/t/platform/topics"), "kind": "take", "role": "see https://evil.example"}
    one = coming(web.programme)
    told = dan.post("/t/platform/say", {**fields, "about": one.key})
    assert "evil.example" in told.text
    assert "evil.example" not in ada.get(told.path).text
    assert told.path.startswith("/t/platform/") and "note=" in told.path
    for back in ("//evil.example", "https://evil.example", "/t/other/", "\\\\evil.example", "/t/platform/\r\nX: y"):
        assert asked_back(web, fields, back).startswith("/t/platform/")


def asked_back(web: Served, fields: Mapping[str, str], back: str) -> str:
    """Return where somebody is led who said something, and stood at an address."""
    dan = web.visitor("dan@example.com")
    form = fields_of(dan, "/t/platform/topics")["form"]
    return dan.post("/t/platform/say", {**fields, "form": form, "back": back}).path


def test_a_link_whose_signature_is_written_otherwise_is_the_same_link(web: Served) -> None:
    link = links_in(web.programme, coming(web.programme, days=0).roles["presenter"])[0]
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    same = [f"{link[:-1]}{letter}" for letter in letters]
    valid = [one for one in same if asked(web.base, "GET", one).status == 200]
    reader = web.stranger()
    reader.get(link)
    reader.press(next(one for one in reader.at.buttons if one.startswith("I can't")) if reader.at else "")
    assert len(valid) > 1 and all(not reader.get(one).buttons for one in valid)


def test_no_field_holds_more_than_a_person_would_say(web: Served) -> None:
    dan = web.visitor("dan@example.com")
    fields = {**fields_of(dan, "/t/platform/topics"), "value": "Backups"}
    for kind, role in (("suggest", "x" * 101), ("need", "x" * 5000), ("attended", "x" * 5000)):
        assert (
            "Please say it in fewer words. " in dan.post("/t/platform/say", {**fields, "kind": kind, "role": role}).text
        )
    long = {**fields, "kind": "vote", "about": "Vacuum", "value": "perhaps"}
    assert "a yes or a no" in dan.post("/t/platform/say", long).text
    assert web.programme.memory().statements == ()


def test_nothing_happens_at_the_moment_at_which_something_is_said_without_a_name(web: Served) -> None:
    dan = web.visitor("dan@example.com")
    dan.get("/t/platform/topics")
    dan.press("Say it without a name", value="Backups")
    assert web.hurried == [] and len(web.programme.memory().statements) == 1
    lead = web.visitor("ada@example.com")
    assert "people want to learn" not in lead.get("/t/platform/").text and "Backups" not in lead.get(TOPICS).text
    web.programme.later(days=7)
    assert "1 thing people want to learn" in lead.get("/t/platform/").text and "Backups" in lead.get(TOPICS).text


def test_who_speaks_while_the_ledger_is_gone_is_told_to_say_it_again(web: Served) -> None:
    dan, ledger = web.visitor("dan@example.com"), web.programme.data / "ledger.db"
    page = dan.get(TOPICS)
    with web.site.world.ledger.alone():
        ledger.rename(ledger.with_name("elsewhere"))
        told = dan.press("Suggest it", value="Backups")
        assert told.status == 503 and "perhaps not noted" in told.text
        ledger.with_name("elsewhere").rename(ledger)
        for _ in range(2):
            dan.at = page
            assert "Thank you" in dan.press("Suggest it", value="Backups").text
    assert len(web.programme.memory().statements) == 1


def test_where_answers_stand_in_the_ledger_does_not_tell_which_came_last(tmp_path: Path) -> None:
    programme = Programme(tmp_path)
    programme.settle()
    with programme.world() as world:
        for answer in (5, 1, 3, 2, 1):
            world.ledger.pulses.add("platform", "s", answer)
    with closing(sqlite3.connect(programme.data / "ledger.db")) as ledger:
        rows = ledger.execute("SELECT answer, count FROM pulses ORDER BY rowid").fetchall()
    assert rows == [(1, 2), (2, 1), (3, 1), (5, 1)]


def test_a_proxy_is_the_same_where_both_kinds_of_addresses_are_served() -> None:
    here = Web(url="https://a.example", user_header="X-Mail", trusted=(ip_network("127.0.0.1"), ip_network("fd00::/8")))
    told = {
        address: named_by_proxy(
            HTTPConnection({"type": "http", "headers": [(b"x-mail", b"Ada@example.com")], "client": (address, 1)}), here
        )
        for address in ("127.0.0.1", "::ffff:127.0.0.1", "fd00::1", "::1", "::ffff:10.0.0.1", "")
    }
    assert [address for address, email in told.items() if email == "ada@example.com"] == [*told][:3]


def test_behind_a_proxy_each_person_has_their_own_measure(tmp_path: Path) -> None:
    programme = Programme(tmp_path)
    programme.settle()
    here = Web(
        listen=Listen("127.0.0.1", 0),
        url="https://peers.example.com",
        user_header="X-Forwarded-Email",
        trusted=(ip_network("127.0.0.1"),),
    )
    with served(programme, here) as web:
        mallory, dan = (web.stranger(X_Forwarded_Email=f"{name}@example.com") for name in ("mallory", "dan"))
        assert [mallory.post("/t/platform/say", {}).status for _ in range(MOST_SAID + 1)][-1] == 429
        assert [web.stranger().post("/a/guess", {}).status for _ in range(MOST_SAID + 1)][-1] == 429
        fields = {**fields_of(dan, "/t/platform/topics"), "value": "Backups"}
        assert "Thank you" in dan.post("/t/platform/say", fields).text
        assert web.stranger().post("/a/another", {}).status == 403
