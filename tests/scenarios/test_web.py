"""The web page as people find it: who is let in, what each of them sees, and that nothing foreign runs there."""

from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import quote

import icalendar
import pytest

from config.web import Listen, Web
from tests.scenarios.programme import TEAM, Programme
from tests.scenarios.site import TOKEN, Served, asked, served

TABS = ("", "turns", "items", "topics", "past", "outcomes", "activity", "trouble")
HOSTILE = "<script>alert('x')</script> \"' onmouseover=alert(1) {{ 7*7 }}"


@pytest.fixture
def programme(tmp_path: Path) -> Programme:
    made = Programme(tmp_path)
    made.settle()
    return made


@pytest.fixture
def web(programme: Programme) -> Iterator[Served]:
    with served(programme) as site:
        yield site


def test_whoever_runs_it_is_let_in_by_the_printed_address_and_says_who_they_are(web: Served) -> None:
    someone = web.stranger()
    refused = someone.get("/")
    assert refused.status == 401 and "Open the address that “peerloop run” printed" in refused.text
    asks = someone.get(f"/t/platform/turns?token={TOKEN}")
    assert "Who are you?" in asks.text and {"Ada Lovelace", "Dan Brown"} < set(asks.buttons)
    assert TOKEN not in str(someone.cookies) and "token" not in asks.path
    mine = someone.press("Dan Brown")
    assert mine.status == 200 and "Dan Brown" in mine.text and "Your part" in mine.text
    assert someone.get("/t/platform/turns").status == 200


def test_a_wrong_token_lets_nobody_in(web: Served) -> None:
    assert web.stranger().get("/?token=guessed").status == 403


def test_somebody_who_is_in_no_team_is_told_so(web: Served) -> None:
    someone = web.visitor()
    someone.get("/who")
    told = someone.press("Go on", email="mallory@example.com")
    assert "No team that is served now has a member or a lead with that address" in told.text


def test_every_page_shows_what_the_ledger_knows(web: Served) -> None:
    someone = web.visitor("ada@example.com")
    shown = {tab: someone.get(f"/t/platform/{tab}") for tab in TABS}
    assert {answer.status for answer in shown.values()} == {200}
    memory = web.programme.memory()
    coming = [one for one in memory.by_start() if one.takes_place and one.slot.starts_at > web.programme.now]
    first = coming[0]
    assert first.topic and first.topic.title in shown[""].text
    people = {member["email"]: member["name"] for member in TEAM["members"]}
    assert all(people[email] in shown[""].text for one in coming for email in one.roles.values())
    assert "Nothing is wrong" in shown["trouble"].text
    assert "No session has been held yet" in shown["past"].text


def test_a_session_says_why_them_and_who_is_next_in_line(web: Served) -> None:
    someone, memory = web.visitor("dan@example.com"), web.programme.memory()
    one = next(one for one in memory.by_start() if one.assignments)
    page = someone.get(f"/t/platform/session/{one.key}")
    assert page.status == 200 and all(each.reason.text in page.text for each in one.assignments)


def test_a_page_of_the_wiki_is_read_here_and_its_links_lead_on(web: Served) -> None:
    someone = web.visitor("ada@example.com")
    home = someone.get("/t/platform/page/platform/home")
    assert home.status == 200 and "How to take part" in home.text and "peerloop:begin" not in home.text
    links = [str(one["href"]) for one in home.page.select("main a")]
    assert links and all(someone.get(link).status == 200 for link in links if link.startswith("/t/"))
    assert any(link.startswith("/t/platform/page/") for link in links)


def test_what_people_wrote_is_shown_and_runs_nowhere(tmp_path: Path) -> None:
    topics = [{"title": HOSTILE[:150], "area": HOSTILE[:60].replace(",", ""), "why": HOSTILE, "votes": 9}]
    members = [{"name": f"{HOSTILE[:40]}", "email": "ada@example.com"}, *TEAM["members"][1:]]
    programme = Programme(tmp_path, {**TEAM, "topics": topics, "members": members})
    programme.settle()
    page = next(path for path in programme.pages() if path != "home.md")
    with (programme.wiki / page).open("a") as text:
        text.write(
            "\n## Takeaways\n\n- <img src=x onerror=alert(1)>\n- [x](javascript:alert(1)) ![p](http://evil/x.png)\n"
        )
    programme.settle()
    with served(programme) as web:
        someone = web.visitor("ada@example.com")
        memory = web.site.recall(programme.file)
        places = [*TABS, "page/platform/home", *(f"page/{quote(one.page)}" for one in memory.by_start() if one.page)]
        for place in [*places, *(f"session/{quote(one.key)}" for one in memory.by_start())]:
            answer = someone.get(f"/t/platform/{place}")
            assert answer.status in (200, 404), place
            tags = answer.page
            assert [str(one.get("src")) for one in tags.find_all("script")] == ["/static/page.js"], place
            assert all(str(one["src"]).startswith("/static/") for one in tags.find_all("img"))
            assert not [one for one in tags.find_all(True) for name in one.attrs if name.startswith(("on", "style"))]
            assert not [one for one in tags.find_all("a") if str(one["href"]).startswith("javascript")]
            assert "49" not in answer.text.split("7*7")[0][-5:]


def test_a_calendar_to_subscribe_to_has_the_sessions_and_only_for_members(web: Served) -> None:
    someone = web.visitor("dan@example.com")
    links = [str(one["href"]) for one in someone.get("/t/platform/").page.select("#subscribe ~ .places a")]
    calendars = [icalendar.Calendar.from_ical(asked(web.base, "GET", link).body) for link in links]
    everything, mine = ([str(event["SUMMARY"]) for event in one.walk("VEVENT")] for one in calendars)
    memory = web.programme.memory()
    assert len(everything) == len(memory.sessions) and 0 < len(mine) < len(everything)
    team = {**web.programme.team, "members": [one for one in TEAM["members"] if one["name"] != "Dan Brown"]}
    assert web.programme.edit(team)
    web.reads()
    assert {asked(web.base, "GET", link).status for link in links} == {404}


def test_nobody_sees_a_team_that_is_not_theirs(web: Served) -> None:
    someone = web.visitor("ada@example.com")
    for path in ("/t/other/", "/t/other/turns", "/t/platform%2f..%2fother/", "/t/platform/page/other/home"):
        answer = someone.get(path)
        assert answer.status == 404 and "not one of your teams" in answer.text


def test_a_proxy_says_who_somebody_is_and_only_a_trusted_one(programme: Programme) -> None:
    header, url = "X-Forwarded-Email", "https://peers.example.com"
    here = Web(listen=Listen("127.0.0.1", 0), url=url, user_header=header, trusted=(ip_network("127.0.0.1"),))
    with served(programme, here) as web:
        assert web.stranger(X_Forwarded_Email="Bob@example.com").get("/").status == 200
        assert web.stranger(X_Forwarded_Email="mallory@example.com").get("/t/platform/").status == 404
        assert web.stranger().get("/").status == 403
        assert web.stranger().get(f"/?token={TOKEN}").status == 403
        assert web.stranger(X_Forwarded_Email="bob@example.com, ada@example.com").get("/").status == 403
    elsewhere = here.model_copy(update={"trusted": (ip_network("10.0.0.0/8"),)})
    with served(programme, elsewhere) as web:
        assert web.stranger(X_Forwarded_Email="bob@example.com").get("/").status == 403


def test_health_is_told_to_anybody_and_ready_once_each_team_was_passed_over(web: Served) -> None:
    assert asked(web.base, "GET", "/healthz").status == 200
    assert asked(web.base, "GET", "/readyz").status == 503
    web.site.passed.note("platform", web.programme.now, 0, ())
    assert asked(web.base, "GET", "/readyz").status == 200


def test_every_answer_has_the_headers_that_keep_a_browser_safe(web: Served) -> None:
    someone = web.visitor("ada@example.com")
    for answer in (someone.get("/t/platform/"), web.stranger().get("/nowhere"), someone.get("/static/style.css")):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
    assert "HttpOnly" in asked(web.base, "GET", f"/?token={TOKEN}").headers["set-cookie"]
