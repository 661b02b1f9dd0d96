"""What the lead of a team in trouble sees on one page, and that each of it leads to where it can be mended."""

from pathlib import Path

from bs4 import Tag

from tests.scenarios.disturbances import Failure
from tests.scenarios.programme import TEAM, Programme
from tests.scenarios.site import Answer, served

LEAD = "ada@example.com"
ASKS_FOR = {
    "The team's file is wrong, since": "mended",
    "Mail does not reach Cleo Patra": "Is their address in the team's file right?",
    "Nobody can be presenter: Lunch & Learn": "name them under sessions: in the team's file",
    "Cleo Patra cannot come, and is facilitator still: Lunch & Learn": "Whoever can, please step in",
    "1 action item overdue": "order the books",
    "1 action item without an owner": "find it",
    "1 thing people want to learn: nobody has decided yet": "peerloop needs accept",
}
"""What needs the lead, by what the page says that it leads to."""


def in_trouble(folder: Path) -> Programme:
    """Return a programme whose roles, needs, items and mails all want the lead."""
    never = {"excused": ["presenter"]}
    members = [{**one, **(never if "eve" not in str(one["email"]) else {})} for one in TEAM["members"]]
    members[-1] |= {"away": ["2026-12-03..2026-12-04"]}
    decided = [{"series": "Lunch & Learn", "on": "2026-12-03", "facilitator": "cleo@example.com"}]
    (folder / "gaps.csv").write_text(
        "title,status,incident,url\nHow do our backups work?,outstanding,INC-12,https://incidents.example.com/12\n"
    )
    more = {"members": members, "sessions": decided, "needs": [{"file": "gaps.csv", "area": "postgres"}]}
    programme = Programme(folder, {**TEAM, **more})
    programme.settle()
    page = next(path for path in programme.pages() if "lunch" in path)
    with (programme.wiki / page).open("a") as text:
        text.write("\n- [ ] @dan order the books by 2026-11-24\n- [ ] @zorro find it\n")
    programme.later(days=4)
    programme.settle()
    programme.later(days=3)
    programme.apply(Failure("messenger", "send", refused=True))
    return programme


def led_to(page: Answer) -> dict[str, str]:
    """Return what the page says that somebody has to do, and where each of it leads."""
    box = page.page.find("section", {"aria-labelledby": "needs-you"})
    assert isinstance(box, Tag), page.text
    return {" ".join(one.get_text().split()): str(one["href"]) for one in box.find_all("a")}


def test_a_lead_sees_on_one_page_what_needs_them_and_is_led_to_where_it_is_mended(tmp_path: Path) -> None:
    programme = in_trouble(tmp_path)
    with served(programme) as web:
        cleo = web.visitor("cleo@example.com")
        one = next(one for one in programme.memory().by_start() if one.key.endswith("2026-12-03T12:15"))
        cleo.get(f"/t/platform/session/{one.key}")
        cleo.press("I can't be facilitator")
        wrong = programme.path.read_text().replace("every: month", "every: fortnigt")
        programme.path.write_text(wrong)
        faults = web.reads().faults
        web.site.world.ledger.troubles.note("platform", ("file",), {"file": str(faults[0])}, programme.now)
        lead = web.visitor(LEAD)
        found = led_to(lead.get("/t/platform/"))
        for words, there in ASKS_FOR.items():
            (place,) = {href for text, href in found.items() if text.startswith(words)}
            page = lead.get(place)
            assert page.status == 200 and there in page.text, (words, page.text)
        assert f"{programme.path.name}:" in lead.get("/t/platform/trouble").text  # file:line:column
        assert "Done" in lead.get("/t/platform/items").buttons
        member = web.visitor("dan@example.com")
        assert "Needs you today" not in member.get("/t/platform/").text
        assert "does not reach" not in member.get("/t/platform/trouble").text
